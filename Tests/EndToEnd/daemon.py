"""A real poold in directories of its own, and what a test needs to look at it and to hurt it."""
import contextlib
import http.client
import itertools
import json
import os
import pathlib
import random
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("POOL_BIN", ROOT / "bin"))
PYTHON = ROOT / ".venv/bin/python"
APP = ROOT / "profiles/app/aiohttp_example.py"
RECORDER = ROOT / "Tests/EndToEnd/recorder.py"


def wait_for(condition, what, seconds=30):
    """Waits for a cause, with a deadline; the pause only bounds how often it looks."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds} s"
        time.sleep(0.02)


def port_range():
    """Ports that the kernel gives to nobody who does not ask for them, a part of them for each of pytest's processes."""
    lowest = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
    first = lowest - 2000 * (process % 8 + 1)
    assert first > 1024, f"no ports are left below {lowest}, where those of connections begin"
    return range(first, first + 2000)


PORTS = port_range()
# Not the same ones again after a run that was cut off.
ports = itertools.cycle(random.sample(PORTS, len(PORTS)))


def is_free(port):
    with socket.socket() as probe:
        try:
            probe.bind(("0.0.0.0", port))
            return True
        except OSError:
            return False


def free_port():
    """One that no connection of another test takes until it is used."""
    return next(port for port in ports if is_free(port))


def free_port_before(count):
    """A port before `count` free ones: what `{port+n}` of a profile begins with."""
    return next(port for port in ports if port + count in PORTS and all(map(is_free, range(port + 1, port + count + 1))))


class Following:
    """A program that goes on writing, read line by line with a deadline; it is gone after the `with`."""

    def __init__(self, command, stream="stdout"):
        self.program = subprocess.Popen([str(word) for word in command], **{stream: subprocess.PIPE})
        self.pipe, self.received = getattr(self.program, stream), b""

    def more(self, deadline):
        """Takes what has come; false at the end."""
        ready = select.select([self.pipe], [], [], max(0, deadline - time.monotonic()))[0]
        assert ready, f"nothing more within the deadline, after {self.received[-200:]!r}"
        chunk = os.read(self.pipe.fileno(), 65536)
        self.received += chunk
        return bool(chunk)

    def readline(self, seconds=30):
        deadline = time.monotonic() + seconds
        while b"\n" not in self.received and self.more(deadline):
            pass
        line, end, self.received = self.received.partition(b"\n")
        return (line + end).decode(errors="replace")

    def read(self, seconds=30):
        """All until its end."""
        deadline = time.monotonic() + seconds
        while self.more(deadline):
            pass
        rest, self.received = self.received, b""
        return rest.decode(errors="replace")

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if self.program.poll() is None:
            self.program.kill()
        self.program.wait()
        self.pipe.close()


class UnixConnection(http.client.HTTPConnection):
    """HTTP to the control socket, as `curl --unix-socket` speaks it."""

    def __init__(self, path, timeout=15):
        super().__init__("localhost", timeout=timeout)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Daemon:
    """Start it with `with Daemon(profile) as pool:`; everything that it started is gone afterwards, or the test fails."""

    def __init__(self, profile=None, workers=4, worker="", front="", health='path = "/health"', extra="", name="example", program=APP, options=()):
        # Short: the path of a unix socket has 107 bytes.
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="pool-"))
        os.chmod(self.directory, 0o755)
        self.runtime, self.state = self.directory / "run", self.directory / "state"
        self.port, self.keeper, self.name = free_port(), None, name
        # Words before poold's own, of a program that ends in it.
        self.wrapper = []
        self.profile, self.program, self.program_options = self.directory / "profile.toml", program, options
        self.write_profile(profile if profile is not None else self.aiohttp_profile(workers, worker, front, health, extra))

    def aiohttp_profile(self, workers=4, worker="", front="", health='path = "/health"', extra=""):
        """The model user's profile on a port and in directories of the test's own."""
        return f"""
[pool]
name = "{self.name}"
workers = {workers}

[worker]
command = ["{PYTHON}", "{self.program}", "--path={{socket}}"{"".join(f', "{word}"' for word in self.program_options)}]
environment = {{ WORKER = "{{name}}" }}
listen = "unix:{{run}}/{self.name}_{{n}}.sock"
{worker}

[front]
listen = ["127.0.0.1:{self.port}"]
{front}

[health]
{health}

{extra}
"""

    def write_profile(self, text):
        self.profile.write_text(text)

    # Running it

    @property
    def options(self):
        return ["--runtime-dir", str(self.runtime), "--state-dir", str(self.state)]

    def poold(self, *words, **options):
        """Runs poold to its end."""
        return subprocess.run([BIN / "poold", *words], capture_output=True, text=True, timeout=60, **options)

    def launch(self, *profiles):
        """`poold run` in the foreground; its log goes to `self.log`."""
        self.log = self.directory / "poold.log"
        with open(self.log, "ab") as log:
            self.keeper = subprocess.Popen(
                [*self.wrapper, BIN / "poold", "run", *self.options, *(profiles or [self.profile])], stderr=log, stdout=log)
        return self

    def start(self, healthy=True):
        self.launch()
        if healthy:
            result = self.ctl("wait", "--for", "healthy", "--timeout", "40")
            assert result.returncode == 0, f"{result.stdout}{result.stderr}\n{self.log.read_text()}"
        return self

    def stop(self, seconds=60):
        """TERM, and its exit status."""
        if self.keeper.poll() is None:
            self.keeper.send_signal(signal.SIGTERM)
        return self.keeper.wait(seconds)

    def launch_only(self):
        """For a `with` that does not wait for health."""
        self.launch()
        wait_for(lambda: self.ctl("ops").returncode == 0, "the control socket")
        return self

    def __enter__(self):
        if self.keeper:
            return self
        try:
            return self.start()
        except BaseException:
            # Nobody calls __exit__ after this.
            self.end()
            raise

    def __exit__(self, kind, error, trace):
        left = self.end()
        if kind is None:
            assert not left, f"processes left behind: {left}\n{self.log.read_text()}"
            shutil.rmtree(self.directory)
        elif hasattr(self, "log") and self.log.exists():
            print(f"--- {self.log}\n{self.log.read_text()[-6000:]}")

    def end(self):
        """Stops it by whatever means, and says which processes outlived its orderly stop."""
        left = []
        with contextlib.suppress(subprocess.TimeoutExpired):
            if self.keeper is not None:
                self.stop()
        for pid in self.processes():
            left.append(f"{pid} {title(pid)}")
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self.keeper is not None and self.keeper.poll() is None:
            self.keeper.kill()
            self.keeper.wait()
        return left

    def finish(self):
        """For a test without `with`: ends it, and fails where a process outlived that."""
        left = self.end()
        assert not left, f"processes left behind: {left}"
        shutil.rmtree(self.directory)

    def processes(self):
        """Every living process that names this daemon's directory in its command line."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                with contextlib.suppress(OSError):
                    if str(self.runtime).encode() in (entry / "cmdline").read_bytes() and state_of(int(entry.name)) != "Z":
                        found.append(int(entry.name))
        return found

    # Looking at it

    def ctl(self, *words, timeout=90, **options):
        # Behind -- there are no options.
        end = words.index("--") if "--" in words else len(words)
        command = [BIN / "poolctl", *words[:end], "--runtime-dir", self.runtime, *words[end:]]
        return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=timeout, **options)

    def json(self, *words):
        result = self.ctl(*words, "--json")
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)

    def api(self, method, path, body=None, headers=None):
        """(status, parsed JSON) of one request on the control socket."""
        connection = UnixConnection(self.runtime / "control.sock")
        with contextlib.closing(connection):
            payload = None if body is None else json.dumps(body)
            connection.request(method, path, payload, {"Content-Type": "application/json", **(headers or {})})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")

    def pool(self):
        """The pool's snapshot."""
        status, snapshot = self.api("GET", f"/v1/pools/{self.name}")
        assert status == 200, snapshot
        return snapshot

    def workers(self):
        return {worker["name"]: worker for worker in self.pool()["workers"]}

    def pids(self):
        """Worker name to pid, for those that have a process."""
        return {name: worker["status"]["process"]["pid"] for name, worker in self.workers().items()
                if worker["status"].get("process")}

    def role(self, name):
        """The pid of a role: the child of the keeper whose title says so."""
        for pid in children(self.keeper.pid):
            if title(pid).startswith(f"poold: {name}"):
                return pid
        return None

    def roles(self, name):
        """The pids of a role that may have several processes, the proxies while one replaces another."""
        return [pid for pid in children(self.keeper.pid) if title(pid).startswith(f"poold: {name}")]

    def get(self, path="/", headers=None, method="GET", body=None):
        """(status, headers, body) through the proxy, on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()

    def raw(self, data, timeout=10):
        """Sends bytes as they are, and returns all that comes until the proxy closes or falls silent."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as client:
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)
            received = b""
            while chunk := client.recv(65536):
                received += chunk
            return received


def children(pid):
    found = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            found += pathlib.Path(f"/proc/{pid}/task/{task}/children").read_text().split()
    return [int(child) for child in found]


def title(pid):
    with contextlib.suppress(OSError):
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    return ""


def state_of(pid):
    """The state letter of a process; Z is a zombie."""
    with contextlib.suppress(OSError):
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return "X"


def alive(pid):
    return state_of(pid) not in "XZ"
