"""Whole stories with pooltop: what an operator does in a bad quarter of an hour, on every kind of terminal."""
import re

import pytest

from daemon import BIN, wait_for
from terminal import Terminal

KINDS = ["xterm-256color", "tmux-256color", "linux", "vt100"]


def dashboard(pool, columns=100, rows=30, *options, **environment):
    return Terminal([BIN / "pooltop", "--runtime-dir", pool.runtime, *options], columns, rows, environment)


@pytest.mark.parametrize("term", KINDS)
def test_the_story(fresh, term):
    """Start, filter, restart one, watch a roll, lose the daemon, find it again."""
    before = fresh.pids()
    with dashboard(fresh, TERM=term) as screen:
        screen.until("live")
        # Only one is left by the filter, and the restart meets that one.
        screen.send("/", "example_3", "Enter")
        screen.until("1 shown")
        screen.send("r")
        screen.until("poolctl restart 3")
        screen.send("y")
        wait_for(lambda: fresh.pids().get("example_3") not in (None, before["example_3"]), "the restarted worker", 60)
        after = fresh.pids()
        assert {name for name in before if after[name] != before[name]} == {"example_3"}
        screen.until("succeeded", 60)
        screen.send("Esc")
        screen.until("4 shown")
        # The roll, watched step by step.
        screen.send("R")
        screen.until("poolctl roll")
        screen.send("y")
        screen.send("6")
        screen.until("steps of")
        screen.until("roll")
        wait_for(lambda: all(fresh.pids().get(name) not in (None, pid) for name, pid in after.items()), "the roll", 120)
        screen.until("succeeded", 60)
        screen.send("1")
        # The daemon goes and comes.
        fresh.stop()
        screen.until("NO DATA")
        screen.send("r")
        screen.until("daemon lost")
        assert "Cancel" not in screen.text
        fresh.start()
        screen.until("live", 30)
        screen.send("q")
        assert screen.wait() == 0


def test_the_worst_asks_for_the_name(fresh):
    before = fresh.pids()
    with dashboard(fresh) as screen:
        screen.until("live")
        screen.send("*", "x")
        screen.until("Type the pool's name")
        screen.send("y", "Enter")
        assert fresh.pids() == before
        screen.send("\x15", "\x7f", "example", "Enter")
        wait_for(lambda: not fresh.pids(), "all stopped", 60)
        screen.until("0/4")
        screen.send("q")
        assert screen.wait() == 0


def test_the_views_show_what_the_daemon_knows(fresh):
    with dashboard(fresh, 120, 40) as screen:
        screen.until("live")
        screen.send("Enter")
        screen.until("address")
        screen.send("i")
        screen.until("processes: ")
        screen.until("python")
        screen.send("i")
        screen.until("WORKER")
        screen.until("(hidden)")
        assert "example_1" not in "".join(line for line in screen.text.splitlines() if line.strip().startswith("WORKER"))
        screen.send("i")
        screen.until("HTTP 200")
        screen.send("7")
        screen.until(f"127.0.0.1:{fresh.port}")
        screen.send("8")
        screen.until("is what runs")
        text = fresh.profile.read_text()
        fresh.write_profile(text.replace("workers = 4", "workers = 5"))
        screen.until("differs from what runs")
        screen.until("+ workers = 5")
        screen.send("C")
        screen.until("poolctl reload")
        screen.send("y")
        wait_for(lambda: len(fresh.workers()) == 5, "the fifth worker", 60)
        screen.send("9")
        screen.until("5/5", 60)
        screen.send("q")
        assert screen.wait() == 0


def test_a_weight_is_changed_from_the_table(fresh):
    with dashboard(fresh) as screen:
        screen.until("live")
        screen.send("Down", "W", "3", "Enter")
        screen.until("poolctl weight 3 2")
        screen.send("y")
        wait_for(lambda: fresh.workers()["example_2"]["status"]["weight"] == 3, "the weight")
        screen.until("done for 1 worker")
        screen.send("q")
        assert screen.wait() == 0


def test_a_deploy_and_the_front_from_the_table(fresh):
    before = fresh.pids()
    with dashboard(fresh) as screen:
        screen.until("live")
        screen.send("D")
        screen.until("poolctl deploy")
        screen.send("Enter")
        screen.until("nothing was changed")
        assert fresh.pids() == before
        screen.send("D", "y")
        wait_for(lambda: all(fresh.pids().get(name) not in (None, pid) for name, pid in before.items()), "the deploy", 120)
        screen.until("succeeded", 60)
        # Held, and opened by the same key.
        screen.send("F")
        screen.until("poolctl hold --for 30")
        screen.send("y")
        screen.until("held, ")
        screen.send("F")
        screen.until("poolctl front open")
        screen.send("y")
        # Not before it is told here too: the key asks by what is on the screen.
        screen.until("front of example: open")
        assert fresh.get("/")[0] == 200
        # Closed only by the pool's name.
        screen.send("O", "y", "Enter")
        screen.until("Type the pool's name")
        assert fresh.get("/")[0] == 200
        screen.send("\x7f", "example", "Enter")
        wait_for(lambda: fresh.get("/")[0] == 503, "the maintenance page")
        screen.until("maintenance")
        screen.send("O", "y")
        wait_for(lambda: fresh.get("/")[0] == 200, "an answer")
        screen.send("q")
        assert screen.wait() == 0


def test_the_setup_is_written_when_asked(fresh, tmp_path):
    settings = tmp_path / "pool/pooltop.toml"
    with dashboard(fresh, XDG_CONFIG_HOME=str(tmp_path)) as screen:
        screen.until("live")
        screen.send(",")
        screen.until("frames a second")
        # The first column off, at once.
        screen.send("Down", "Down", "Down", "Down", "Down", "Down", "Enter")
        screen.until("[ ]")
        assert not settings.exists()
        screen.send("s")
        wait_for(settings.exists, "the file")
        screen.send("Esc", "q")
        assert screen.wait() == 0
    assert '"state"' in settings.read_text() and 'columns = ["state"' in settings.read_text()


def test_a_worker_replaced_meanwhile_is_not_hit(fresh):
    """The question carries the process that was seen: its successor is somebody else."""
    with dashboard(fresh) as screen:
        screen.until("live")
        screen.send("r")
        screen.until("poolctl restart 1")
        before = fresh.pids()["example_1"]
        assert fresh.ctl("restart", "1").returncode == 0
        after = fresh.pids()["example_1"]
        assert after != before
        screen.send("y")
        screen.until("refused")
        assert fresh.pids()["example_1"] == after
        screen.send("q")
        assert screen.wait() == 0


def scrolled(screen, words):
    """Goes down a page, a line at a time, to its end, and looks for all the words on the way."""
    def below():
        return re.search(r"\+(\d+) \S+$", screen.text, re.MULTILINE)

    seen = ""
    while more := below():
        seen += screen.text
        screen.send("j")
        wait_for(lambda: (now := below()) is None or now[1] != more[1], "the next line")
    seen += screen.text
    missing = [word for word in words if word not in seen]
    assert not missing, f"not reached: {missing}; what was seen:\n{seen}"


@pytest.mark.parametrize("term", KINDS)
def test_the_least_screen_reaches_all_and_a_smaller_one_sums_up(fresh, term):
    with dashboard(fresh, 40, 10, TERM=term) as screen:
        screen.until("live")
        screen.send("2")
        screen.until("process")
        scrolled(screen, ["state", "process", "in flight", "restarts", "LATENCY", "p99", "WHAT HAPPENED"])
        screen.send("5")
        screen.until("CHECK")
        scrolled(screen, ["ready workers", "daemon's", "newest"])
        screen.send("1", "R")
        screen.until("Rolling restart")
        screen.send("y", "6")
        screen.until(">op-")
        screen.send("Enter")
        screen.until("Esc: the list")
        scrolled(screen, ["asked by", "STEPS", "w1", "w4"])
        screen.send("Esc")
        screen.until("VERB")
        screen.send("1")
        screen.until("ID▲")
        screen.resize(30, 8)
        screen.until("of 4 healthy")
        # Nothing is asked that would not be seen.
        screen.send("x", ":", "P")
        screen.until("there is one pool")
        assert "Command" not in screen.text and "Stop" not in screen.text
        screen.resize(80, 24)
        screen.until("[1 Workers]")
        screen.gone("Cancel")
        screen.send("q")
        assert screen.wait() == 0


def test_the_command_line_completes_what_the_daemon_knows(fresh):
    before = fresh.pids()
    with dashboard(fresh) as screen:
        screen.until("live")
        screen.send(":", "restart example_", "\t")
        screen.until("> restart example_1 ")
        screen.send("--f", "\t", "--why 'a test'", "Enter")
        screen.until("poolctl restart 1 --force --why 'a test'")
        screen.send("y")
        wait_for(lambda: fresh.pids().get("example_1") not in (None, before["example_1"]), "the restarted worker", 60)
        # What was typed before is found again, and the reason stands with the operation.
        screen.send(":", "example", "\x12")
        screen.until("Commands typed before")
        screen.until("restart example_1 --force --why 'a test'")
        screen.send("Esc", "Esc", "6")
        screen.until('"a test"')
        screen.send("q")
        assert screen.wait() == 0
