"""Readers of the control socket who stop reading: cut off after a time, and until then without a single system call."""
import array
import contextlib
import fcntl
import os
import pathlib
import re
import socket
import subprocess
import termios
import threading

from control import configured, follow, scrape
from daemon import ROOT, Daemon, free_port, wait_for

LOUD = ROOT / "Tests/EndToEnd/loud.py"


def flood(pool, megabytes=3):
    """Lines enough to fill a socket's buffer many times over."""
    for _ in range(megabytes):
        assert pool.get("/flood")[0] == 200


def cut(pool):
    result = pool.ctl("metrics")
    assert result.returncode == 0
    return scrape(result.stdout)["pool_control_readers_cut"].samples[0].value


def test_stuck_readers_are_cut_off():
    with configured('[control]\nreader_timeout = "1s"\n', workers=2, program=LOUD) as pool, contextlib.ExitStack() as stack:
        reading = stack.enter_context(follow(pool, "/v1/state?follow=true"))
        stuck = [stack.enter_context(follow(pool, "/v1/logs?follow=true&tail=1000")) for _ in range(8)]
        flood(pool)
        wait_for(lambda: cut(pool) == len(stuck), "the end of the stuck readers", 60)
        for stream in stuck:
            # What was in the socket can still be read; then comes the end.
            while stream.recv(1 << 20):
                pass
        assert reading.recv(1 << 20)
        messages = [event["message"] for event in pool.api("GET", "/v1/events?tail=1000")[1]["events"]]
        told = [message for message in messages if "took nothing from the control socket for 1 s: cut off" in message]
        assert told and f"pid {os.getpid()})" in told[0], messages


def descriptors(pid):
    """A manager's control connections: descriptors and inodes. Others, such as a probe's, soon leave their numbers to files."""
    sockets = [line.split() for line in pathlib.Path("/proc/net/unix").read_text().splitlines()]
    control = {f"socket:[{words[6]}]" for words in sockets if words[-1].endswith("/control.sock")}
    found = set()
    for entry in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            target = os.readlink(entry)
            if target in control:
                found.add((int(entry.name), target))
    return found


def calls_on(pid, seconds):
    """System calls of a process by the descriptor that they name first."""
    command = ["timeout", "-s", "INT", str(seconds), "strace", "-f", "-qq", "-p", str(pid), "-e", "trace=desc,network"]
    trace = subprocess.run(command, capture_output=True, text=True, timeout=60).stderr
    counts = {}
    for name, descriptor in re.findall(r"(\w+)\((\d+)", trace):
        if not name.startswith("epoll_"):
            counts[int(descriptor)] = counts.get(int(descriptor), 0) + 1
    return counts


def waiting(stream):
    """Bytes in a socket that nobody has read."""
    count = array.array("i", [0])
    fcntl.ioctl(stream, termios.FIONREAD, count)
    return count[0]


def test_a_stuck_reader_costs_no_system_call():
    with configured('[control]\nreader_timeout = "10m"\n', workers=2, program=LOUD) as pool, contextlib.ExitStack() as stack:
        manager = pool.role("manager")
        before = descriptors(manager)
        stuck = [stack.enter_context(follow(pool, "/v1/logs?follow=true&tail=1000")) for _ in range(10)]
        wait_for(lambda: len(descriptors(manager) - before) == len(stuck), "the connections")
        of_stuck = descriptors(manager) - before
        reader = stack.enter_context(follow(pool, "/v1/logs?follow=true"))
        of_reader = wait_for(lambda: descriptors(manager) - before - of_stuck, "the reader's connection")

        def is_full():
            """Their sockets take no more, however much is written."""
            levels = [waiting(stream) for stream in stuck]
            flood(pool)
            calls_during(pool, manager, reader, 2)
            return min(levels) > 0 and levels == [waiting(stream) for stream in stuck]

        wait_for(is_full, "the filling of the stuck readers' sockets", 90)
        counts = calls_during(pool, manager, reader)
        assert of_stuck < descriptors(manager)
        of_the_stuck = {fd: counts[fd] for fd, _ in of_stuck if fd in counts}
        assert of_the_stuck == {}, "system calls for readers who take nothing"
        # The same measure finds the one who reads.
        assert sum(counts.get(fd, 0) for fd, _ in of_reader) > 3, counts


def calls_during(pool, manager, reader, seconds=3):
    """Traces the manager while workers log and one reader reads."""
    done = threading.Event()

    def work():
        reader.settimeout(0.2)
        while not done.is_set():
            pool.get("/flood")
            with contextlib.suppress(TimeoutError):
                reader.recv(1 << 20)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        return calls_on(manager, seconds)
    finally:
        done.set()
        thread.join()


def test_the_daemons_configuration_is_read_again():
    with configured('[control]\nreader_timeout = "20s"\n', workers=1) as pool:
        file = pool.configuration
        assert pool.json("plan")["daemon"]["outcome"] == "unchanged"
        file.write_text('[control]\nreader_timeout = "10s"\n')
        assert pool.json("plan")["daemon"]["outcome"] == "differs"
        result = pool.ctl("reload")
        assert result.returncode == 0 and f"daemon: applied ({file})" in result.stdout, result.stdout + result.stderr
        file.write_text('[control]\nreader_time = "10s"\n')
        result = pool.ctl("reload")
        assert result.returncode == 1 and "daemon: refused" in result.stdout
        assert "poold.toml:2:1: unknown key control.reader_time; did you mean reader_timeout?" in result.stdout
        assert any("the old one stays" in event["message"] for event in pool.api("GET", "/v1/events")[1]["events"])
        # By signal too; an address of metrics comes and goes.
        port = free_port()
        file.write_text(f'[metrics]\nlisten = ["127.0.0.1:{port}"]\n')
        pool.keeper.send_signal(1)

        def answers():
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as client:
                client.sendall(b"GET /metrics HTTP/1.1\r\nHost: p\r\nConnection: close\r\n\r\n")
                return client.recv(100).startswith(b"HTTP/1.1 200")
            return False

        wait_for(answers, "metrics after the reload")
        file.write_text("")
        assert pool.ctl("reload").returncode == 0
        wait_for(lambda: not answers(), "the end of metrics")
