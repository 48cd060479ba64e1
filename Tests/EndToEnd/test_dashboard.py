"""pooltop in a real pseudo-terminal, against a real daemon."""
import os
import signal
import subprocess

import pytest

from daemon import BIN, wait_for
from terminal import Terminal


def dashboard(pool, columns=80, rows=24, *options, **environment):
    return Terminal([BIN / "pooltop", "--runtime-dir", pool.runtime, *options], columns, rows, environment)


def test_overview_shows_the_workers_and_quits_with_a_restored_terminal(shared):
    with dashboard(shared) as screen:
        text = screen.until("ready")
        for number in "1234":
            assert any(line.strip(" >*").startswith(number) for line in text.splitlines()), text
        assert "example" in text and "4/4" in text
        screen.send("q")
        assert screen.wait() == 0
        wait_for(lambda: screen.is_restored, "the restored terminal")


@pytest.mark.parametrize("columns, rows", [(40, 10), (60, 16), (80, 24), (160, 50), (400, 100)])
def test_every_size(shared, columns, rows):
    with dashboard(shared, columns, rows) as screen:
        screen.until("example")
        screen.send("q")
        assert screen.wait() == 0


def test_resize(shared):
    with dashboard(shared) as screen:
        screen.until("ready")
        screen.resize(40, 10)
        screen.until("example")
        screen.resize(120, 40)
        screen.until("ready")


def test_log_pane_follows(shared):
    with dashboard(shared, 120, 40) as screen:
        screen.until("ready")
        screen.send("3")
        shared.get("/?follow-me")
        screen.until("follow-me")


def test_help_names_its_keys(shared):
    with dashboard(shared) as screen:
        screen.until("ready")
        screen.send("?")
        screen.until("row down")
        screen.send("Esc")
        screen.until("ready")


def test_restart_asks_first_and_then_does_it(fresh):
    before = fresh.pids()
    with dashboard(fresh) as screen:
        screen.until("ready")
        screen.send("r")
        text = screen.until("Cancel")
        assert "poolctl restart" in text
        screen.send("Enter")  # Cancel has the focus
        screen.gone("Cancel")
        assert fresh.pids() == before
        screen.send("r")
        screen.until("Cancel")
        screen.send("y")
        wait_for(lambda: sum(fresh.pids().get(name) not in (None, pid) for name, pid in before.items()) == 1, "one restarted worker", 60)


def test_daemon_lost_and_found_again(fresh):
    with dashboard(fresh) as screen:
        screen.until("live")
        fresh.stop()
        screen.until("NO DATA")
        fresh.start()
        screen.until("live", 30)
        screen.send("q")
        assert screen.wait() == 0


def test_a_daemon_that_hangs_is_no_live_one(fresh):
    with dashboard(fresh) as screen:
        screen.until("live")
        manager = fresh.role("manager")
        os.kill(manager, signal.SIGSTOP)
        try:
            screen.until("NO DATA", 20)
            screen.send("r")
            screen.until("actions are off")
        finally:
            os.kill(manager, signal.SIGCONT)
        screen.until("● live", 20)
        screen.send("q")
        assert screen.wait() == 0


def test_without_a_daemon_it_says_how_to_start_one(tmp_path):
    with Terminal([BIN / "pooltop", "--runtime-dir", tmp_path], 80, 24) as screen:
        screen.until("poold run")
        screen.send("q")
        assert screen.wait() == 0
        wait_for(lambda: screen.is_restored, "the restored terminal")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_signals_restore_the_terminal(shared, number):
    with dashboard(shared) as screen:
        screen.until("ready")
        os.kill(screen.pid, number)
        screen.wait()
        wait_for(lambda: screen.is_restored, "the restored terminal")


def test_a_crash_restores_the_terminal(shared):
    with dashboard(shared) as screen:
        screen.until("ready")
        os.kill(screen.pid, signal.SIGSEGV)
        screen.wait()
        wait_for(lambda: screen.is_restored, "the restored terminal")


def test_once_tells_of_the_named_pool_only(shared):
    command = [BIN / "pooltop", "--runtime-dir", shared.runtime, "--once"]
    result = subprocess.run([*command, "elsewhere"], capture_output=True, text=True, timeout=20)
    assert result.returncode != 0 and result.stdout == ""
    assert "there is no pool elsewhere; the daemon has " in result.stderr


def test_once_prints_text_without_a_terminal(shared):
    result = subprocess.run([BIN / "pooltop", "--runtime-dir", shared.runtime, "--once"], capture_output=True, text=True, timeout=20)
    assert result.returncode == 0 and "\x1b" not in result.stdout
    assert "example" in result.stdout
