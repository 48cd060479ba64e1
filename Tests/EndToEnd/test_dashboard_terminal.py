"""What terminals, users and daemons do to pooltop: each in a real pseudo-terminal."""
import contextlib
import os
import re
import signal
import socket
import threading
import time

import pytest

from daemon import APP, BIN, Daemon, Following, children, state_of, wait_for
from terminal import Terminal

COLOUR = re.compile(rb"\x1b\[[0-9;]*?(?:3[0-7]|4[0-7]|9[0-7]|10[0-7]|[34]8[;:])[0-9;:]*m")


def dashboard(pool, columns=80, rows=24, *options, **environment):
    return Terminal([BIN / "pooltop", "--runtime-dir", pool.runtime, *options], columns, rows, environment)


def cpu_ticks(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def written_bytes(pid):
    """What it has handed to write() so far; a write that waits for its terminal is not in it."""
    with open(f"/proc/{pid}/io") as file:
        return int(next(line for line in file if line.startswith("wchar:")).split()[1])


def quits(screen):
    screen.send("q")
    assert screen.wait() == 0


# Suspending


@contextlib.contextmanager
def in_a_shell(pool):
    """pooltop as a shell's job: where nobody could continue it, the kernel lets nobody stop it. Yields its pid too."""
    environment = {"PS1": "shell> ", "HISTFILE": "/dev/null"}
    with Terminal(["/bin/bash", "--norc", "--noprofile", "-i"], 80, 24, environment) as shell:
        shell.until("shell>")
        shell.send(f"{BIN / 'pooltop'} --runtime-dir {pool.runtime}\r")
        shell.until("live")
        yield shell, children(shell.pid)[0]
        shell.send("exit\r")
        shell.wait()


@pytest.mark.parametrize("stop", ["key", "signal"])
def test_suspended_it_gives_the_terminal_back_and_returns_at_the_new_size(shared, stop):
    with in_a_shell(shared) as (shell, pid):
        if stop == "key":
            shell.send("^Z")
        else:
            os.kill(pid, signal.SIGTSTP)
        wait_for(lambda: state_of(pid) == "T", "the stopped program")
        shell.until("Stopped")
        assert shell.is_restored
        shell.resize(120, 40)
        shell.send("fg\r")
        # What only a screen of 120 columns has room for.
        shell.until("refresh 4/s")
        shell.send("q")
        wait_for(lambda: shell.is_restored, "the restored terminal")
        wait_for(lambda: not children(shell.pid), "the end of the job")


# Terminals that fail


def stuffed(screen):
    """Holds the terminal and redraws until nothing more goes into it."""
    screen.hold()
    written, in_vain = -1, 0

    def takes_no_more():
        nonlocal written, in_vain
        before, written = written, written_bytes(screen.pid)
        in_vain = in_vain + 1 if before == written and state_of(screen.pid) == "S" else 0
        screen.send("\x0c")
        return in_vain == 15

    wait_for(takes_no_more, "the program waiting for its terminal")


def test_a_stopped_terminal_cannot_hold_it(shared):
    with dashboard(shared, 200, 60) as screen:
        screen.until("live")
        stuffed(screen)
        begun = time.monotonic()
        os.kill(screen.pid, signal.SIGTERM)
        screen.wait(5)
        assert time.monotonic() - begun < 3


def test_a_stopped_terminal_costs_nothing_and_goes_on(shared):
    with dashboard(shared, 200, 60) as screen:
        screen.until("live")
        stuffed(screen)
        before, begun = cpu_ticks(screen.pid), time.monotonic()
        # What is measured is two seconds of waiting.
        time.sleep(2)
        # Hundredths of a second of CPU; the news of the daemon are still read.
        assert cpu_ticks(screen.pid) - before <= 20 * (time.monotonic() - begun)
        screen.go_on()
        screen.send("5")
        screen.until("CHECK")
        quits(screen)


@pytest.mark.parametrize("ignored", [False, True], ids=["hup", "hup-ignored"])
def test_without_its_terminal_it_ends(shared, ignored):
    command = [BIN / "pooltop", "--runtime-dir", str(shared.runtime)]
    if ignored:
        command = ["/bin/sh", "-c", 'trap "" HUP; exec "$@"', "sh", *command]
    with Terminal(command) as screen:
        screen.until("live")
        screen.hang_up()
        screen.wait(5)


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGILL, signal.SIGFPE, signal.SIGTRAP])
def test_every_crash_restores_the_terminal(shared, number):
    with dashboard(shared, SWIFT_BACKTRACE="enable=no") as screen:
        screen.until("live")
        os.kill(screen.pid, number)
        assert screen.wait() == -number
        wait_for(lambda: screen.is_restored, "the restored terminal")


# Kinds of terminals


@pytest.mark.parametrize("term", ["xterm-256color", "tmux-256color", "screen-256color", "linux", "vt100", "xterm"])
def test_kinds_of_terminals(shared, term):
    with dashboard(shared, TERM=term) as screen:
        screen.until("live")
        screen.send("5")
        screen.until("CHECK")
        screen.send("1")
        screen.until("STATE")
        quits(screen)


def test_a_terminal_without_a_cursor_gets_lines(shared):
    with dashboard(shared, TERM="dumb") as screen:
        screen.until("example")
        assert b"\x1b" not in screen.received


def test_an_unknown_terminal_is_named(shared):
    with dashboard(shared, TERM="no-such-terminal") as screen:
        assert screen.wait() == 1
        wait_for(lambda: "no-such-terminal" in screen.text, "the message")


@pytest.mark.parametrize("options, environment, expected", [
    (["--color", "never"], {}, "none"), ([], {"NO_COLOR": "1"}, "none"), ([], {"NO_COLOR": ""}, "256"),
    ([], {"TERM": "vt100"}, "none"), (["--color", "8"], {}, "8"), (["--color", "16"], {}, "8"), (["--color", "256"], {}, "256"),
    ([], {"TERM": "linux"}, "8"), (["--theme", "mono"], {}, "none"), (["--color", "256"], {"NO_COLOR": "1"}, "256"),
])
def test_depths_of_colour(shared, options, environment, expected):
    with dashboard(shared, 80, 24, *options, **environment) as screen:
        screen.until("live")
        screen.send("5")
        screen.until("CHECK")
        found = COLOUR.findall(bytes(screen.received))
        many = [sequence for sequence in found if re.search(rb"[34]8[;:]", sequence)]
        assert {"none": not found, "8": found and not many, "256": many}[expected], found[:5]
        quits(screen)


@pytest.mark.parametrize("options, environment", [(["--ascii"], {}), ([], {"LC_ALL": "C"})])
def test_nothing_beyond_ascii_where_it_cannot_be_shown(shared, options, environment):
    with dashboard(shared, 80, 24, *options, **environment) as screen:
        screen.until("live")
        for key, words in [("5", "CHECK"), ("2", "address"), ("?", "row down")]:
            screen.send(key)
            screen.until(words)
            if key == "?":
                screen.send("Esc")
        assert all(byte < 0x80 for byte in screen.received)
        quits(screen)


def test_an_unset_locale_is_unicode(shared):
    environment = {name: "" for name in ("LANG", "LC_ALL", "LC_CTYPE")}
    with dashboard(shared, **environment) as screen:
        screen.until("● live")


# What workers write


def test_no_line_of_a_worker_steers_the_terminal(tmp_path):
    program = tmp_path / "noisy.py"
    program.write_text(f"""
import runpy, sys
print("\\x1b]0;owned\\x07\\x1b[2J\\x1b[31mred\\x1b[0m \\x9b31m left\\rright \\u202egnp\\u202c cafe\\u0301 \\u6771\\u4eac seen-it", flush=True)
sys.argv = [{str(APP)!r}] + sys.argv[1:]
runpy.run_path({str(APP)!r}, run_name="__main__")
""")
    with Daemon(workers=1, program=program) as pool, dashboard(pool, 120, 30) as screen:
        screen.until("live")
        screen.send("3")
        screen.until("seen-it")
        received = bytes(screen.received)
        assert b"owned" not in received
        assert b"\x1b]0;" not in received and "\u202e".encode() not in received
        assert "cafe\u0301 ".encode() in received
        assert "東京" in screen.text.replace("東 京", "東京")
        quits(screen)


# Daemons that fail


@contextlib.contextmanager
def server(path, answer):
    """A control socket whose every connection gets these bytes, or nothing at all, and stays open."""
    path.parent.mkdir(exist_ok=True)
    listener, kept = socket.socket(socket.AF_UNIX), []
    listener.bind(str(path))
    listener.listen(64)

    def serve():
        with contextlib.suppress(OSError):
            while True:
                client = listener.accept()[0]
                kept.append(client)
                if answer:
                    client.recv(4096)
                    client.sendall(answer)
                    client.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)
        for client in kept:
            client.close()


def test_a_daemon_that_never_answers_holds_nobody(tmp_path):
    with server(tmp_path / "control.sock", b""), Terminal([BIN / "pooltop", "--runtime-dir", tmp_path]) as screen:
        screen.until("connecting")
        screen.send("?")
        screen.until("row down")
        screen.send("Esc")
        begun = time.monotonic()
        quits(screen)
        assert time.monotonic() - begun < 2


def test_a_daemon_of_another_age_is_said(tmp_path):
    body = b'{"type":"about:blank","title":"Not Found","status":404,"detail":"no such route","code":"not-found"}'
    answer = b"HTTP/1.1 404 Not Found\r\nContent-Type: application/problem+json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body)
    with server(tmp_path / "control.sock", answer), Terminal([BIN / "pooltop", "--runtime-dir", tmp_path]) as screen:
        screen.until("no such route")
        quits(screen)


def test_what_is_no_daemon_at_all_is_said(tmp_path):
    with server(tmp_path / "control.sock", b"220 mail.example.org ESMTP\r\n"), Terminal([BIN / "pooltop", "--runtime-dir", tmp_path]) as screen:
        screen.until("No daemon yet")
        quits(screen)


def test_started_first_it_connects_when_the_daemon_comes():
    pool = Daemon(workers=2)
    with dashboard(pool) as screen:
        screen.until("poold run")
        with pool:
            screen.until("live", 30)
            screen.until("ready")
            quits(screen)


def test_a_killed_manager_is_a_gap_not_an_end(fresh):
    with dashboard(fresh) as screen:
        screen.until("live")
        before = fresh.pids()
        os.kill(fresh.role("manager"), signal.SIGKILL)
        screen.until("connected again", 30)
        assert fresh.pids() == before
        quits(screen)


def test_read_only_refuses_and_says_why(shared):
    before = shared.pids()
    with dashboard(shared, 80, 24, "--read-only") as screen:
        screen.until("live")
        for key in "rRxdW+":
            screen.send(key)
            screen.until("read-only: started with --read-only")
            assert "Cancel" not in screen.text
        quits(screen)
    assert shared.pids() == before


def test_a_pipe_gets_lines(shared):
    with Following([BIN / "pooltop", "--runtime-dir", shared.runtime]) as program:
        lines = [program.readline() for _ in range(2)]
        assert "example" in lines[1] and "\x1b" not in "".join(lines)
