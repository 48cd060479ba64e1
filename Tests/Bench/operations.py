"""Failed requests while operators and accidents do what they do: Pool against what it stands in for.

Open loop, 300 requests a second against 50 ms handlers on four aiohttp workers, half of the requests on keep-alive
connections, GET and POST; every request that did not get its whole answer is counted, none is retried.
Names on the command line are Pool's operations to run alone; POOL_BIN is a directory with other programs.
"""
import asyncio
import contextlib
import http.client
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from measure import ROOT, children, note, process, report, wait_for
from peers import Roles

sys.path.insert(0, str(ROOT / "Tests/EndToEnd"))
from load import open_loop  # noqa: E402

PORT = 18090
RATE = 300
BIN = pathlib.Path(os.environ.get("POOL_BIN", ROOT / "bin"))
PYTHON, APP = ROOT / ".venv/bin/python", ROOT / "profiles/app/aiohttp_example.py"


def failures(trouble, method):
    """Requests sent and failed while `trouble()` runs, with two seconds of calm on both sides."""
    done, errors = threading.Event(), []

    def calm_trouble_calm():
        try:
            time.sleep(2)
            trouble()
            time.sleep(2)
        except BaseException as error:
            errors.append(error)
        finally:
            done.set()

    thread = threading.Thread(target=calm_trouble_calm)
    thread.start()
    body = b"x" * 16 if method == "POST" else b""
    result = asyncio.run(open_loop(PORT, RATE, done.is_set, method=method, path="/slow?ms=50", body=body))
    thread.join()
    if errors:
        raise errors[0]
    return result


class Pool:
    """Four aiohttp workers under poold."""

    name = "pool"

    def __init__(self, directory):
        self.directory = directory
        self.profile = pathlib.Path(directory, "p.toml")
        self.release = 0

    def write_profile(self):
        self.release += 1
        self.profile.write_text(f"""
[pool]
name = "bench"
workers = 4
[worker]
command = ["{PYTHON}", "{APP}", "--path={{socket}}"]
environment = {{ RELEASE = "{self.release}" }}
listen = "unix:{{run}}/w{{n}}.sock"
[front]
listen = ["127.0.0.1:{PORT}"]
[health]
path = "/health"
""")

    @contextlib.contextmanager
    def running(self):
        self.write_profile()
        options = ["--runtime-dir", f"{self.directory}/run", "--state-dir", f"{self.directory}/state"]
        with process([BIN / "poold", "run", *options, self.profile], stderr=subprocess.DEVNULL) as keeper:
            self.roles = Roles(keeper.pid)
            self.ctl("wait", "--for", "healthy", "--timeout", "40")
            yield

    def ctl(self, *words, status=0):
        end = words.index("--") if "--" in words else len(words)
        command = [BIN / "poolctl", *words[:end], "--runtime-dir", f"{self.directory}/run", *words[end:]]
        result = subprocess.run(command, capture_output=True, text=True, timeout=150)
        if result.returncode != status:
            raise RuntimeError(f"{words}: exit status {result.returncode}, not {status}: {result.stdout}{result.stderr}")
        return result.stdout

    def workers(self):
        return [pid for pid in children(self.roles.keeper) if pid not in (self.roles.manager, self.roles.proxy)]

    def troubles(self):
        return {
            "restart-all": lambda: self.ctl("restart", "all", "--wait", "--timeout", "100"),
            "roll": lambda: self.ctl("roll", "--wait", "--timeout", "100"),
            "deploy": self.deploy,
            # It comes back by itself, and says so.
            "failed-deploy": lambda: self.ctl("deploy", "--wait", "--timeout", "100", "--", "/bin/false", status=7),
            "scale-4-2-6": self.scale,
            "apply": self.apply,
            "manager-killed-10-times": self.kill_manager,
            "proxy-replaced": lambda: self.ctl("proxy", "replace"),
            "upgrade": lambda: self.ctl("upgrade"),
            "four-workers-killed": self.kill_workers,
        }

    def deploy(self):
        self.release += 1
        self.ctl("deploy", "--env", f"RELEASE={self.release}", "--wait", "--timeout", "100")

    def scale(self):
        for count in ("2", "6", "4"):
            self.ctl("scale", count, "--wait", "--timeout", "60")

    def apply(self):
        self.write_profile()
        self.ctl("apply", "--timeout", "100")

    def kill_manager(self):
        for _ in range(10):
            old = self.roles.manager
            os.kill(old, signal.SIGKILL)
            wait_for(self.answers, "another manager")

    def answers(self):
        with contextlib.suppress(RuntimeError):
            return bool(self.ctl("status"))
        return False

    def kill_workers(self):
        """All four, one after another: each is replaced before the next."""
        for pid in self.workers():
            count = len(self.workers())
            os.kill(pid, signal.SIGKILL)
            wait_for(lambda: pid not in (now := self.workers()) and len(now) == count, "its successor")
            self.ctl("wait", "--for", "healthy", "--timeout", "40")


class Supervisord:
    """Four workers under supervisord behind a proxy of its own."""

    # What stands in the upstream besides the servers.
    front = ""

    def __init__(self, directory):
        self.directory = directory

    def configuration(self):
        """The proxy's file and the command that runs it."""
        directory = self.directory
        servers = "".join(f"server unix:{directory}/example_{n}.sock fail_timeout=0;" for n in (1, 2, 3, 4))
        path = pathlib.Path(directory, "n.conf")
        path.write_text(f"""
daemon off; worker_processes 1; pid {directory}/n.pid; error_log /dev/null; {"user root;" if os.geteuid() == 0 else ""}
events {{ worker_connections 4096; }}
http {{ access_log off; client_body_temp_path {directory}/tmp; proxy_temp_path {directory}/tmp; fastcgi_temp_path {directory}/tmp;
  uwsgi_temp_path {directory}/tmp; scgi_temp_path {directory}/tmp;
  upstream aiohttp {{ {servers} {self.front} }}
  server {{ listen 127.0.0.1:{PORT}; client_max_body_size 4G;
    location / {{ proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_redirect off;
      {'proxy_http_version 1.1; proxy_set_header Connection "";' if self.front else ""} proxy_buffering off; proxy_pass http://aiohttp; }} }} }}
""")
        return [shutil.which("nginx") or "/usr/sbin/nginx", "-p", directory, "-c", path]

    @contextlib.contextmanager
    def running(self):
        directory = self.directory
        os.makedirs(f"{directory}/tmp", exist_ok=True)
        conf = pathlib.Path(directory, "s.conf")
        conf.write_text(f"""
[supervisord]
nodaemon=true
logfile=/dev/null
logfile_maxbytes=0
pidfile={directory}/s.pid
[unix_http_server]
file={directory}/s.sock
[supervisorctl]
serverurl=unix://{directory}/s.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[program:aiohttp]
numprocs = 4
numprocs_start = 1
process_name = example_%(process_num)s
command={PYTHON} {APP} --path={directory}/example_%(process_num)s.sock
stdout_logfile=NONE
stderr_logfile=NONE
autostart=true
autorestart=true
""")
        self.control = [ROOT / ".venv/bin/supervisorctl", "-c", conf]
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with process([ROOT / ".venv/bin/supervisord", "-c", conf], **silent) as self.master, \
                process(self.configuration(), **silent):
            wait_for(lambda: all(os.path.exists(f"{directory}/example_{n}.sock") for n in (1, 2, 3, 4)), "the workers")
            wait_for(answers, "the proxy")
            yield

    def ctl(self, *words):
        subprocess.run([*self.control, *words], check=True, capture_output=True, timeout=120)

    def troubles(self):
        return {"restart-all": lambda: self.ctl("restart", "all"), "one-by-one": self.one_by_one,
                "two-workers-killed": self.kill_two}

    def one_by_one(self):
        for number in (1, 2, 3, 4):
            self.ctl("restart", f"aiohttp:example_{number}")

    def kill_two(self):
        for pid in children(self.master.pid)[:2]:
            os.kill(pid, signal.SIGKILL)
        time.sleep(4)


class NginxSupervisord(Supervisord):
    """The aiohttp page's set-up."""

    name = "nginx-supervisord"


class NginxKeepAliveSupervisord(Supervisord):
    """The same with connections to the workers kept alive."""

    name = "nginx-keepalive-supervisord"
    front = "keepalive 32;"

    def troubles(self):
        return {"restart-all": lambda: self.ctl("restart", "all")}


class HAProxySupervisord(Supervisord):
    """HAProxy in nginx's place, with checks."""

    name = "haproxy-supervisord"

    def configuration(self):
        path = pathlib.Path(self.directory, "h.cfg")
        servers = "\n".join(f"  server s{n} unix@{self.directory}/example_{n}.sock check inter 500" for n in (1, 2, 3, 4))
        path.write_text(f"""
global
  maxconn 1000
  stats socket {self.directory}/h.sock level admin
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  option forwardfor
frontend f
  bind 127.0.0.1:{PORT}
  default_backend b
backend b
  balance roundrobin
  option httpchk GET /health
{servers}
""")
        return [shutil.which("haproxy") or "/usr/sbin/haproxy", "-db", "-q", "-f", path]

    def say(self, command):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(f"{self.directory}/h.sock")
            client.sendall(command.encode() + b"\n")
            return client.recv(65536).decode()

    def troubles(self):
        return {"restart-all": lambda: self.ctl("restart", "all"), "two-workers-killed": self.kill_two,
                "drain-and-restart-by-hand": self.drain_by_hand}

    def drain_by_hand(self):
        for number in (1, 2, 3, 4):
            self.say(f"set server b/s{number} state drain")
            time.sleep(0.5)
            self.ctl("restart", f"aiohttp:example_{number}")
            wait_for(lambda: os.path.exists(f"{self.directory}/example_{number}.sock"), "the worker")
            time.sleep(1)
            self.say(f"set server b/s{number} state ready")


class NginxGunicorn(Supervisord):
    """The page's other set-up: one gunicorn master with four workers behind nginx."""

    name = "nginx-gunicorn"

    @contextlib.contextmanager
    def running(self):
        directory = self.directory
        os.makedirs(f"{directory}/tmp", exist_ok=True)
        pathlib.Path(directory, "slow_app.py").write_text("""
import asyncio
from aiohttp import web

async def slow(request):
    await asyncio.sleep(0.05)
    return web.Response(text="slept")

async def echo(request):
    return web.Response(body=await request.read())

app = web.Application()
app.router.add_get("/slow", slow)
app.router.add_post("/slow", slow)
app.router.add_post("/echo", echo)
""")
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        command = [PYTHON, "-m", "gunicorn", "slow_app:app", f"--chdir={directory}", f"--bind=unix:{directory}/example_1.sock",
                   "--worker-class=aiohttp.GunicornWebWorker", "--workers=4", "--no-control-socket"]
        front = [str(word) for word in self.configuration()]
        path = pathlib.Path(front[-1])
        text = path.read_text()
        for number in (2, 3, 4):
            text = text.replace(f"server unix:{directory}/example_{number}.sock fail_timeout=0;", "")
        path.write_text(text)
        with process(command, **silent) as self.master, process(front, **silent):
            wait_for(lambda: os.path.exists(f"{directory}/example_1.sock") and len(children(self.master.pid)) == 4, "gunicorn")
            wait_for(answers, "the proxy")
            yield

    def troubles(self):
        return {"hup": self.hup}

    def hup(self):
        before = set(children(self.master.pid))
        os.kill(self.master.pid, signal.SIGHUP)
        wait_for(lambda: before.isdisjoint(now := children(self.master.pid)) and len(now) == 4, "other workers", 60)


def answers():
    """Whether the proxy and a worker behind it answer."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=2)
    with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/slow?ms=1")
        return connection.getresponse().status == 200
    return False


SYSTEMS = (NginxSupervisord, NginxKeepAliveSupervisord, HAProxySupervisord, NginxGunicorn, Pool)


def run(rounds=1, only=()):
    """All systems; with `only`, Pool alone in these operations."""
    rows = []
    for kind in (Pool,) if only else SYSTEMS:
        with tempfile.TemporaryDirectory(prefix="pb") as directory:
            # Workers of another user than root must reach their sockets.
            os.chmod(directory, 0o755)
            system = kind(directory)
            with system.running():
                for label, trouble in system.troubles().items():
                    if only and label not in only:
                        continue
                    cells = []
                    for method in ("GET", "POST"):
                        result = failures(trouble, method)
                        note(f"{system.name} {label} {method}: {result.explain()}")
                        # A POST that a killed worker had already read cannot be sent again: its failure is the truth.
                        unavoidable = label.endswith("workers-killed") and method == "POST"
                        report(f"failed-{system.name}-{label}-{method}", result.failed, f"of {result.sent}",
                               0 if kind is Pool and not unavoidable else None)
                        cells.append(f"{result.failed:,} of {result.sent:,}")
                    rows.append(f"| {system.name}, {label} | {cells[0]} | {cells[1]} |")
    for line in ("| operation | GET failed | POST failed |", "|---|---|---|", *rows):
        note(line)


if __name__ == "__main__":
    run(only=sys.argv[1:])
