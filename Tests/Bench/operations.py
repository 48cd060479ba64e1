"""Failed requests while operators and accidents do what they do: Pool against nginx + supervisord.

Open loop, 300 requests a second against 50 ms handlers on four aiohttp workers, half of the requests on keep-alive
connections, GET and POST; every request that did not get its whole answer is counted, none is retried.
"""
import asyncio
import contextlib
import os
import pathlib
import shutil
import signal
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
PYTHON, APP = ROOT / ".venv/bin/python", ROOT / "profiles/app/aiohttp_example.py"


def failures(trouble, method):
    """Requests sent and failed while `trouble()` runs, with two seconds of calm on both sides."""
    done = threading.Event()

    def calm_trouble_calm():
        try:
            time.sleep(2)
            trouble()
            time.sleep(2)
        finally:
            done.set()

    thread = threading.Thread(target=calm_trouble_calm)
    thread.start()
    body = b"x" * 16 if method == "POST" else b""
    path = "/slow?ms=50" if method == "GET" else "/echo"
    result = asyncio.run(open_loop(PORT, RATE, done.is_set, method=method, path=path, body=body))
    thread.join()
    return result


class Pool:
    """Four aiohttp workers under poold."""

    name = "pool"

    def __init__(self, directory):
        self.directory = directory
        self.profile = pathlib.Path(directory, "p.toml")

    @contextlib.contextmanager
    def running(self):
        self.profile.write_text(f"""
[pool]
name = "bench"
workers = 4
[worker]
command = ["{PYTHON}", "{APP}", "--path={{socket}}"]
listen = "unix:{{run}}/w{{n}}.sock"
[front]
listen = ["127.0.0.1:{PORT}"]
[health]
path = "/health"
""")
        options = ["--runtime-dir", f"{self.directory}/run", "--state-dir", f"{self.directory}/state"]
        with process([ROOT / "bin/poold", "run", *options, self.profile], stderr=subprocess.DEVNULL) as keeper:
            self.roles = Roles(keeper.pid)
            self.ctl("wait", "--for", "healthy", "--timeout", "40")
            yield

    def ctl(self, *words):
        return subprocess.run([ROOT / "bin/poolctl", *words, "--runtime-dir", f"{self.directory}/run"], check=True,
                              capture_output=True, text=True, timeout=120).stdout

    def workers(self):
        return [pid for pid in children(self.roles.keeper) if pid not in (self.roles.manager, self.roles.proxy)]

    def troubles(self):
        return {
            "restart-all": lambda: self.ctl("restart", "all", "--wait", "--timeout", "100"),
            "scale-4-2-6": self.scale,
            "manager-killed-3-times": self.kill_manager,
            "two-workers-killed": self.kill_two,
        }

    def scale(self):
        for count in ("2", "6", "4"):
            self.ctl("scale", count, "--wait", "--timeout", "60")

    def kill_manager(self):
        for _ in range(3):
            old = self.roles.manager
            os.kill(old, signal.SIGKILL)
            wait_for(lambda: self.answers(), "another manager")

    def answers(self):
        with contextlib.suppress(subprocess.CalledProcessError):
            return bool(self.ctl("status"))
        return False

    def kill_two(self):
        for pid in self.workers()[:2]:
            os.kill(pid, signal.SIGKILL)
        time.sleep(1)
        self.ctl("wait", "--for", "healthy", "--timeout", "40")


class NginxSupervisord:
    """The aiohttp page's set-up."""

    name = "nginx-supervisord"

    def __init__(self, directory):
        self.directory = directory

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
        servers = "".join(f"server unix:{directory}/example_{n}.sock fail_timeout=0;" for n in (1, 2, 3, 4))
        nginx = pathlib.Path(directory, "n.conf")
        nginx.write_text(f"""
daemon off; worker_processes 1; pid {directory}/n.pid; error_log /dev/null; user root;
events {{ worker_connections 4096; }}
http {{ access_log off; client_body_temp_path {directory}/tmp; proxy_temp_path {directory}/tmp; fastcgi_temp_path {directory}/tmp;
  uwsgi_temp_path {directory}/tmp; scgi_temp_path {directory}/tmp;
  upstream aiohttp {{ {servers} }}
  server {{ listen 127.0.0.1:{PORT}; client_max_body_size 4G;
    location / {{ proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_redirect off;
      proxy_buffering off; proxy_pass http://aiohttp; }} }} }}
""")
        self.control = [ROOT / ".venv/bin/supervisorctl", "-c", conf]
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with process([ROOT / ".venv/bin/supervisord", "-c", conf], **silent) as self.master, \
                process([shutil.which("nginx") or "/usr/sbin/nginx", "-p", directory, "-c", nginx], **silent):
            wait_for(lambda: all(os.path.exists(f"{directory}/example_{n}.sock") for n in (1, 2, 3, 4)), "the workers")
            time.sleep(1)
            yield

    def ctl(self, *words):
        subprocess.run([*self.control, *words], check=True, capture_output=True, timeout=120)

    def troubles(self):
        return {"restart-all": lambda: self.ctl("restart", "all"), "two-workers-killed": self.kill_two}

    def kill_two(self):
        for pid in children(self.master.pid)[:2]:
            os.kill(pid, signal.SIGKILL)
        time.sleep(4)


def run(rounds=1):
    for kind in (Pool, NginxSupervisord):
        with tempfile.TemporaryDirectory(prefix="pb") as directory:
            system = kind(directory)
            with system.running():
                for label, trouble in system.troubles().items():
                    for method in ("GET", "POST"):
                        result = failures(trouble, method)
                        note(f"{system.name} {label} {method}: {result.explain()}")
                        # A POST that a killed worker had already read cannot be sent again: its failure is the truth.
                        unavoidable = label == "two-workers-killed" and method == "POST"
                        report(f"failed-{system.name}-{label}-{method}", result.failed, f"of {result.sent}",
                               0 if kind is Pool and not unavoidable else None)
