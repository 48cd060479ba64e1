"""The control socket under load: poolctl with a thousand workers, a client that asks 10,000 times a second, 200 readers."""
import contextlib
import os
import pathlib
import selectors
import socket
import subprocess
import sys
import tempfile
import threading
import time

from commandline import timed
from measure import ROOT, note, process, report, resident_bytes, wait_for
from peers import Roles

BIN = pathlib.Path(os.environ.get("POOL_BIN", ROOT / "bin"))
# Writes so many lines when it is told to by a file, in pieces of a hundred.
LOUD = """
import os, socket, sys, time
server = socket.socket(socket.AF_UNIX); server.bind(sys.argv[1]); server.listen()
go = sys.argv[1] + ".go"
while not os.path.exists(go): time.sleep(0.05)
count, rate = (int(word) for word in open(go).read().split())
begun, written = time.monotonic(), 0
while written < count:
    for _ in range(100):
        written += 1
        sys.stdout.write(f"INFO GET /api/v1/items/{written} 200 3.2ms\\n")
    sys.stdout.flush()
    time.sleep(max(0, begun + written / rate - time.monotonic()))
time.sleep(3600)
"""


@contextlib.contextmanager
def daemon(directory, workers, command, *lines):
    """poold with a pool of such workers; the control socket's path and the roles' processes."""
    pathlib.Path(directory, "p.toml").write_text("\n".join((
        "[pool]", 'name = "bench"', f"workers = {workers}", "[worker]", f"command = {command}",
        f'listen = "unix:{directory}/w{{n}}.sock"', *lines, "")))
    options = ["--runtime-dir", f"{directory}/run", "--state-dir", f"{directory}/state"]
    with process([BIN / "poold", "run", *options, f"{directory}/p.toml"], stderr=subprocess.DEVNULL) as keeper:
        roles = Roles(keeper.pid)
        status = [BIN / "poolctl", "status", "--runtime-dir", f"{directory}/run"]
        ready = [BIN / "poolctl", "wait", "--for", f"running={workers}", "--timeout", "90", "--runtime-dir", f"{directory}/run"]
        wait_for(lambda: subprocess.run(status, capture_output=True).returncode == 0, "the control socket")
        subprocess.run(ready, capture_output=True)
        yield f"{directory}/run/control.sock", roles


def thousand_workers(count):
    with tempfile.TemporaryDirectory(prefix="pb") as directory:
        quick = 'ready = "time"', 'start_seconds = "100ms"'
        with daemon(directory, 1000, '["/bin/sleep", "100000"]', *quick):
            status = [BIN / "poolctl", "status", "--runtime-dir", f"{directory}/run"]
            text = wait_for(lambda: (found := subprocess.run(status, capture_output=True, text=True).stdout).count("RUNNING") >= 1000 and found,
                            "1,000 RUNNING", 60)
            assert len(text.splitlines()) >= 1000
            report("poolctl-status-thousand-workers", timed(status, count), "ms", 30)


REQUEST = b"GET /v1/state HTTP/1.1\r\nHost: pool\r\n\r\n"


def ask(path, rate, seconds):
    """One client's requests at a rate, open loop, on one connection: milliseconds from when each was due to its answer."""
    client = socket.socket(socket.AF_UNIX)
    client.connect(path)
    client.setblocking(False)
    count, asked, answered, times, rest = int(rate * seconds), 0, 0, [], b""
    to_send = b""
    poller = selectors.DefaultSelector()
    poller.register(client, selectors.EVENT_READ)
    begun = time.monotonic()
    while answered < count:
        due = min(count, int((time.monotonic() - begun) * rate) + 1)
        if due > asked:
            to_send += REQUEST * (due - asked)
            asked = due
        if to_send:
            with contextlib.suppress(BlockingIOError):
                to_send = to_send[client.send(to_send):]
        if not poller.select(0.0005):
            continue
        data = client.recv(1 << 20)
        assert data, "the daemon closed the connection"
        now = time.monotonic()
        rest += data
        # Every answer has a head of its own, and only one.
        found = rest.count(b"HTTP/1.1 200")
        rest = rest[-11:]
        rest = b"" if b"HTTP/1.1 200"[:len(rest)] != rest else rest
        for index in range(answered, answered + found):
            times.append((now - begun - index / rate) * 1000)
        answered += found
        if now - begun > 6 * seconds:
            break
    client.close()
    times.sort()
    return answered / (time.monotonic() - begun), times


def busy(rate, seconds, lines=300_000):
    """A client that asks while lines stream out to another one."""
    with tempfile.TemporaryDirectory(prefix="pb") as directory:
        pathlib.Path(directory, "loud.py").write_text(LOUD)
        command = f'["{sys.executable}", "{directory}/loud.py", "{{socket}}"]'
        with daemon(directory, 4, command, 'ready = "listen"') as (path, _):
            counts = [0]
            # A process of its own: the client that is measured must not wait for this one's Python.
            follower = subprocess.Popen(["curl", "-sN", "--unix-socket", path, "-H", "Accept: text/event-stream",
                                         "http://pool/v1/logs?follow=true"], stdout=subprocess.PIPE)
            counter = threading.Thread(target=count_lines, args=(follower.stdout.fileno(), counts))
            counter.start()
            quiet_rate, quiet = ask(path, rate, 2)
            note(f"without lines: {quiet_rate:.0f} requests/s, p50 {quiet[len(quiet) // 2]:.2f} ms, p99 {quiet[len(quiet) * 99 // 100]:.2f} ms")
            for number in range(1, 5):
                pathlib.Path(directory, f"w{number}.sock.go").write_text(f"{lines // 4} {lines // 4 // seconds}")
            answered, times = ask(path, rate, seconds)
            with contextlib.suppress(TimeoutError):
                wait_for(lambda: counts[0] >= lines, "all lines", 20)
            follower.terminate()
            follower.wait()
            counter.join()
            note(f"{counts[0]:,} of {lines:,} lines streamed out meanwhile")
            assert counts[0] >= 0.99 * lines, "the lines that were to be streamed meanwhile were not written"
            report("control-requests", answered, "per s", rate * 0.99, higher_is_better=True)
            report("control-requests-p50", times[len(times) // 2], "ms")
            report("control-requests-p99", times[min(len(times) - 1, len(times) * 99 // 100)], "ms", 5)


def count_lines(descriptor, counts):
    while data := os.read(descriptor, 1 << 18):
        counts[0] += data.count(b"event: change")


def many_readers(readers=200, workers=16):
    """Memory of the manager with 200 readers, a quarter of which read nothing at all, while 100,000 lines are written."""
    with tempfile.TemporaryDirectory(prefix="pb") as directory:
        pathlib.Path(directory, "loud.py").write_text(LOUD)
        command = f'["{sys.executable}", "{directory}/loud.py", "{{socket}}"]'
        with daemon(directory, workers, command, 'ready = "listen"') as (path, roles), contextlib.ExitStack() as stack:
            before = resident_bytes(roles.manager)
            streams = []
            for index in range(readers):
                client = stack.enter_context(socket.socket(socket.AF_UNIX))
                client.connect(path)
                target = "/v1/logs?follow=true" if index % 2 else "/v1/state?follow=true"
                client.sendall(f"GET {target} HTTP/1.1\r\nHost: pool\r\nAccept: text/event-stream\r\n\r\n".encode())
                client.setblocking(False)
                streams.append(client)
            reading = selectors.DefaultSelector()
            for index, client in enumerate(streams):
                if index % 4:
                    reading.register(client, selectors.EVENT_READ)
            for number in range(1, workers + 1):
                pathlib.Path(directory, f"w{number}.sock.go").write_text(f"{100_000 // workers} {10_000 // workers}")
            peak, end = 0, time.monotonic() + 15
            while time.monotonic() < end:
                for key, _ in reading.select(0.1):
                    if not key.fileobj.recv(1 << 20):
                        reading.unregister(key.fileobj)
                peak = max(peak, resident_bytes(roles.manager))
            note(f"manager: {before >> 20} MB without readers")
            report("memory-manager-200-readers", peak / 2**20, "MB", 50)


def run(rounds=5):
    thousand_workers(3 * rounds)
    busy(10_000, 2 * rounds)
    many_readers()
