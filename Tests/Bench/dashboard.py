"""What pooltop costs: CPU, bytes and writes of frames, first paint, key to paint, memory, in a real pseudo-terminal.

The daemon is played: its streams are made beforehand, so that the player takes little of the machine. Four records a
second make four frames a second, pooltop's default and most.
"""
import contextlib
import datetime
import fcntl
import json
import os
import pathlib
import pty
import random
import select
import signal
import socket
import struct
import tempfile
import termios
import threading
import time

from measure import ROOT, cpu_seconds, note, report, resident_bytes

PROGRAM = pathlib.Path(os.environ.get("POOL_BIN", ROOT / "bin")) / "pooltop"
AT = "2026-11-22T07:41:09Z"
# What the player writes its clock over: the dashboard's histories go by the daemon's time.
CLOCK = b"2026-11-22T07:41:08Z"


def worker(number, second):
    name = f"bench_{number}"
    return {
        "name": name,
        "status": {"id": name, "state": "RUNNING", "health": "healthy", "admin": "ready", "process": {"pid": 1000 + number, "startTicks": 5},
                   "life": 1, "generation": 1, "address": f"unix:/run/pool/bench/{name}.sock", "since": AT, "startedAt": AT, "restarts": 0,
                   "attempt": 0, "weight": 1,
                   "lastProbe": {"phase": "done", "status": 200, "detail": "HTTP 200", "elapsedSeconds": 0.0012, "at": AT}},
        "traffic": {**{key: 0 for key in (
            "inFlight tunnels status1xx status3xx status4xx status5xx errors connectFailures timeouts retries replayed raceAvoided "
            "clientAborts ejections panics").split()},
            "requests": 1000 * second + number, "status2xx": 1000 * second + number, "bytesIn": 77777 * second, "bytesOut": 888888 * second,
            "requestsPerSecond": round(random.uniform(1, 900), 3), "errorsPerSecond": 0,
            "p50Milliseconds": round(random.uniform(1, 9), 3), "p90Milliseconds": 11.5, "p99Milliseconds": round(random.uniform(10, 200), 3)},
        "resources": {"cpuPercent": round(random.uniform(0, 99), 2), "cpuSeconds": 3.5 * second, "rssBytes": random.randrange(1 << 26, 1 << 27),
                      "threads": 5, "fileDescriptors": 24, "uptimeSeconds": 60 + second}}


QUIET = worker(0, 0)["traffic"]


class Player:
    """A control socket that plays a state stream, and log lines at a rate."""

    RECORDS = 8

    def __init__(self, directory, workers, share=1.0, lines=0, history=0, rate=4):
        self.lines, self.history, self.rate, self.ending = lines, history, rate, threading.Event()
        random.seed(7)
        everybody = [worker(number, 0) for number in range(1, workers + 1)]
        self.records = [self.record("snapshot", 0, everybody)]
        for second in range(1, self.RECORDS + 1):
            changed = random.sample(range(workers), round(workers * share))
            for index in changed:
                everybody[index] = worker(index + 1, second)
            self.records.append(self.record("change", second, [everybody[index] for index in sorted(changed)]))
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(f"{directory}/control.sock")
        self.listener.listen(16)
        threading.Thread(target=self.accept, daemon=True).start()

    @staticmethod
    def record(kind, second, workers):
        # Where no worker changes, neither do their sums.
        stats = worker(0, second)["traffic"] if workers and second else QUIET
        state = {"sequence": 1 + second, "at": CLOCK.decode(), "operations": [],
                 "pools": [{"name": "bench", "generation": 1, "sequence": 1, "at": AT, "listen": ["127.0.0.1:8080"], "workers": workers, "stats": stats}]}
        if kind == "change":
            state["removed"] = []
        return f"event: {kind}\nid: {1 + second}\ndata: {json.dumps(state, separators=(',', ':'), sort_keys=True)}\n\n".encode()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client = self.listener.accept()[0]
                threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with contextlib.suppress(OSError), client:
            request = client.recv(8192)
            if not request:
                # A screen that ends.
                return
            target = request.split(b" ")[1].decode()
            if "/v1/version" in target:
                body = json.dumps({"version": "0.1.0", "api": 1, "pid": 1, "startedAt": AT, "runtimeDirectory": "/run", "stateDirectory": "/var",
                                   "access": "admin"}).encode()
                client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body))
                return
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
            if "/v1/state" in target:
                self.play_state(client)
            elif "/v1/logs" in target:
                self.play_lines(client)
            else:
                self.beat(client)

    def play_state(self, client):
        index, place = 0, [record.index(CLOCK) for record in self.records]
        while True:
            record = bytearray(self.records[index])
            now = datetime.datetime.now(datetime.timezone.utc)
            record[place[index]:place[index] + len(CLOCK)] = f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03}Z".encode()
            client.sendall(record)
            if self.ending.wait(1 / self.rate):
                return
            index = index % self.RECORDS + 1

    @staticmethod
    def line(number, text):
        line = {"sequence": number, "at": AT, "worker": f"bench_{number % 16 + 1}", "life": 1, "stream": "stdout", "continued": False, "text": text}
        return f"event: change\nid: {number}\ndata: {json.dumps(line)}\n\n".encode()

    def play_lines(self, client):
        number = 0
        # The oldest half holds what the filter looks for, once in 500 lines.
        while number < self.history:
            text = b""
            for number in range(number + 1, min(number + 1000, self.history) + 1):
                is_wanted = number % 500 == 0 and number <= self.history // 2
                text += self.line(number, f"{'ERROR needle' if is_wanted else 'INFO GET'} /api/v1/items/{number} {'tail-end' if is_wanted else '200 3.2ms'}")
            client.sendall(text)
        while self.lines and not self.ending.wait(0.05):
            text = b""
            for _ in range(self.lines // 20):
                number += 1
                text += self.line(number, f"INFO GET /api/v1/items/{number} 200 3.2ms")
            client.sendall(text)
        self.beat(client)

    def beat(self, client):
        while not self.ending.wait(4):
            client.sendall(b'event: heartbeat\ndata: {"at":"%s"}\n\n' % AT.encode())

    def close(self):
        self.ending.set()
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


class Screen:
    """pooltop in a pseudo-terminal that takes everything, and counts it."""

    def __init__(self, directory, columns, rows, *options):
        self.begun, self.bytes, self.frames, self.first = time.monotonic(), 0, 0, None
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            # Nobody's settings: there are none in the player's directory.
            environment = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8", "XDG_CONFIG_HOME": directory}
            os.execve(PROGRAM, [str(PROGRAM), "--socket", f"{directory}/control.sock", *options], environment)

    def take(self, seconds, until=None):
        """Reads for some time, or until a text comes; the moment of it."""
        end, tail = time.monotonic() + seconds, b""
        while (left := end - time.monotonic()) > 0:
            if not select.select([self.master], [], [], left)[0]:
                continue
            try:
                data = os.read(self.master, 1 << 16)
            except OSError:
                # The program has ended.
                return None
            self.first = self.first or time.monotonic()
            self.bytes += len(data)
            self.frames += data.count(b"\x1b[?2026h")
            tail = tail[-64:] + data
            if until and until in tail:
                return time.monotonic()
        return None

    def send(self, keys):
        os.write(self.master, keys)

    def close(self):
        os.kill(self.pid, signal.SIGTERM)
        self.take(0.5)
        os.waitpid(self.pid, 0)
        os.close(self.master)


@contextlib.contextmanager
def playing(workers, columns, rows, *options, share=1.0, lines=0, history=0, rate=4):
    with tempfile.TemporaryDirectory(prefix="pool-") as directory:
        player = Player(directory, workers, share, lines, history, rate)
        screen = Screen(directory, columns, rows, *options)
        try:
            yield screen
        finally:
            screen.close()
            player.close()


def cost(name, target, workers, columns, rows, seconds, share=1.0, rate=4):
    with playing(workers, columns, rows, share=share, rate=rate) as screen:
        assert screen.take(20, until=b"live"), "pooltop does not connect"
        # Where nothing changes, the graphs of what was before are to be full of it.
        screen.take(3 if share else 20)
        bytes_before, frames_before = screen.bytes, screen.frames
        before, begun = cpu_seconds([screen.pid]), time.monotonic()
        screen.take(seconds)
        spent = 100 * (cpu_seconds([screen.pid]) - before) / (time.monotonic() - begun)
        frames = max(1, screen.frames - frames_before)
        report(f"dashboard-cpu-{name}", spent, "%", target)
        note(f"{name}: {(screen.bytes - bytes_before) / frames:.0f} bytes a frame, {frames / seconds:.1f} frames/s, {resident_bytes(screen.pid) >> 20} MB")
        return (screen.bytes - bytes_before) / frames, resident_bytes(screen.pid)


def first_paint(rounds):
    times = []
    for _ in range(rounds):
        with playing(16, 160, 50) as screen:
            painted = screen.take(10, until=b"live")
            times.append((painted - screen.begun) * 1000)
    times.sort()
    report("dashboard-first-paint", times[len(times) // 2], "ms", 50)


def key_to_paint(count):
    """From a key's byte to the first byte of its frame, with a thousand workers and 2,000 lines a second."""
    times = []
    with playing(1000, 160, 50, lines=2000) as screen:
        assert screen.take(20, until=b"live"), "pooltop does not connect"
        screen.take(3)
        for index in range(count):
            # Whatever is under way is read first.
            screen.take(0.02)
            begun = time.monotonic()
            screen.send(b"j" if index % 40 < 20 else b"k")
            screen.first = None
            while screen.first is None and time.monotonic() < begun + 2:
                screen.take(0.002)
            times.append(((screen.first or time.monotonic()) - begun) * 1000)
        memory = resident_bytes(screen.pid)
    times.sort()
    report("dashboard-key-to-paint-p50", times[len(times) // 2], "ms")
    report("dashboard-key-to-paint-p99", times[min(len(times) - 1, len(times) * 99 // 100)], "ms", 16)
    report("dashboard-memory", memory / 2**20, "MB", 40)


def filter_to_paint(rounds, history=100_000):
    """From the last key of a filter to the first screen of its lines, all of them in the older half of the log."""
    times = []
    with playing(16, 160, 50, "--view", "3", "--log-lines", str(history), history=history) as screen:
        assert screen.take(60, until=f"{history:,}".encode()), "the lines do not come"
        for _ in range(rounds):
            screen.send(b"/needle")
            screen.take(1)
            screen.send(b".*item")
            begun = time.monotonic()
            painted = screen.take(5, until=b"tail-end")
            times.append((painted - begun) * 1000)
            screen.send(b"\x1b")
            screen.take(1)
        memory = resident_bytes(screen.pid)
    times.sort()
    report("dashboard-log-memory", memory / 2**20, "MB", 40)
    report("dashboard-filter-first-screen", times[len(times) // 2], "ms", 50)


def run(rounds=5):
    seconds = 4 * rounds
    cost("16-workers", 1, 16, 160, 50, seconds)
    # The daemon measures each worker once a second: of a thousand, a quarter is new in each of four frames.
    cost("1000-workers", 2, 1000, 160, 50, seconds, share=0.25)
    cost("1000-workers-all-at-once", None, 1000, 160, 50, seconds, rate=1)
    cost("1000-workers-all-in-every-frame", None, 1000, 160, 50, seconds)
    cost("nothing-changes", 0.1, 16, 160, 50, seconds, share=0, rate=1)
    small, _ = cost("tenth-changes-80x24", None, 16, 80, 24, seconds, share=0.1)
    large, _ = cost("tenth-changes-160x50", None, 16, 160, 50, seconds, share=0.1)
    report("dashboard-frame-bytes-80x24", small / 1024, "kB", 2)
    report("dashboard-frame-bytes-160x50", large / 1024, "kB", 4)
    first_paint(rounds)
    key_to_paint(20 * rounds)
    filter_to_paint(rounds)
