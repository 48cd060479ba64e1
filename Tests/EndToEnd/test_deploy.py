"""Every system of the deployment page, with the real programs: standalone, gunicorn in all its forms, other backends."""
import asyncio
import base64
import contextlib
import hashlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import tempfile
import zipfile

import page
import pytest
from daemon import PYTHON, ROOT, Daemon, alive, children, free_port, title, wait_for
from load import Client, Result, under_load

PROFILES = ROOT / "profiles"


@pytest.fixture
def place():
    directory = pathlib.Path(tempfile.mkdtemp(prefix="deploy-"))
    os.chmod(directory, 0o755)
    yield directory
    shutil.rmtree(directory)


def shipped(name, **changes):
    """A profile of the repository as it is, but for its ports, in a daemon of the test's own."""
    text = (PROFILES / f"{name}.toml").read_text()
    pool = Daemon(profile="", name=re.search(r'name = "([^"]+)"', text)[1])
    for port in sorted(set(re.findall(r"127\.0\.0\.1:(\d{4})", text))):
        text = text.replace(f"127.0.0.1:{port}", f"127.0.0.1:{free_port()}")
    text = re.sub(r'directory = "\.\."', f'directory = "{ROOT}"', text)
    for ours, theirs in changes.items():
        text = text.replace(ours, theirs)
    pool.write_profile(text)
    if front := re.search(r'(?m)^\[front\](?:.|\n)*?listen = \[?"127\.0\.0\.1:(\d+)"', text):
        pool.port = int(front[1])
    return pool


# Standalone

def test_standalone_behind_the_proxy():
    with shipped("standalone") as pool:
        assert json.loads(pool.get("/")[2])["worker"] == "standalone_1"
        # A restart of the only worker holds requests instead of refusing them.
        with under_load(pool.port, 4) as result:
            assert pool.ctl("restart", "all", "--wait").returncode == 0
        assert result.failed == 0, result.explain()


def test_standalone_without_a_proxy_in_front():
    pool = shipped("standalone-bare")
    port = int(re.search(r'listen = "127\.0\.0\.1:(\d+)"', pool.profile.read_text())[1])
    with pool:
        # Clients reach the worker itself; Pool starts, probes and restarts it.
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        with contextlib.closing(connection):
            connection.request("GET", "/")
            answer = connection.getresponse()
            assert "aiohttp" in answer.headers["Server"]
        before = pool.pids()["bare_1"]
        os.kill(before, signal.SIGKILL)
        wait_for(lambda: pool.pids().get("bare_1", before) != before, "another process")
        assert pool.ctl("wait", "--for", "healthy", "--timeout", "30").returncode == 0


# gunicorn

def gunicorn(place, more="", module=page.MY_APP_MODULE, worker_class="aiohttp.GunicornWebWorker", front="", workers=1, command=(),
             application="my_app_module:my_web_app"):
    (place / "my_app_module.py").write_text(module)
    pool = Daemon(profile="", name="gunicorn")
    words = [PYTHON, "-m", "gunicorn", application, "--bind=unix:{socket}", f"--worker-class={worker_class}",
             "--access-logfile=-", "--no-control-socket", *command]
    pool.write_profile(f"""
[pool]
name = "gunicorn"
workers = {workers}
[worker]
command = [{", ".join(f'"{word}"' for word in words)}]
directory = "{place}"
stop_timeout = "15s"
{more}
[front]
listen = "127.0.0.1:{pool.port}"
{front}
[health]
path = "/"
""")
    return pool


@pytest.mark.parametrize("module", ["MY_APP_MODULE", "MY_APP_FACTORY"])
@pytest.mark.parametrize("worker_class", ["GunicornWebWorker", "GunicornUVLoopWebWorker"])
def test_the_pages_gunicorn_application(place, module, worker_class):
    with gunicorn(place, module=getattr(page, module), worker_class=f"aiohttp.{worker_class}") as pool:
        assert pool.get("/")[2] == b"Welcome home!"
        # The page's own words for it, in the worker's log.
        words = re.compile(rf"Using worker: aiohttp\.(worker\.)?{worker_class}\b")
        wait_for(lambda: words.search(pool.ctl("logs", "all", "--lines", "200").stdout), "the line in the log")


def test_a_factory_that_gunicorn_is_told_to_call(place):
    module = page.MY_APP_MODULE + "\n\ndef create():\n    return my_web_app\n"
    with gunicorn(place, module=module, application="my_app_module:create()") as pool:
        assert pool.get("/")[2] == b"Welcome home!"


def test_the_shipped_gunicorn_profile_rolls_without_a_failure():
    with shipped("gunicorn") as pool:
        with under_load(pool.port, 6) as result:
            assert pool.ctl("roll", "--wait", "--timeout", "80").returncode == 0
        assert result.failed == 0 and result.sent > 50, result.explain()


def test_one_master_with_many_workers():
    with shipped("gunicorn-many") as pool:
        master = pool.pids()["many_1"]
        wait_for(lambda: len(children(master)) == 3, "three gunicorn workers")
        before = set(children(master))
        # More and fewer of gunicorn's own workers, by its own signals.

        def gunicorns():
            return [process["gunicorn"] for process in pool.api("GET", "/v1/workers/many_1/detail")[1]["processes"] if "gunicorn" in process]

        # What each process is to gunicorn, and its heartbeat: gunicorn itself is not asked.
        wait_for(lambda: [process["role"] for process in gunicorns()] == ["master"] + ["worker"] * 3, "three workers that have booted")
        # One that is still booting has none.
        wait_for(lambda: all(process.get("heartbeatSeconds", 99) < 3 for process in gunicorns()[1:]), "fresh heartbeats")
        assert "heartbeatSeconds" not in gunicorns()[0]
        table = pool.ctl("status", "many_1", "--processes").stdout
        assert table.count("(gunicorn worker, heartbeat ") == 3 and table.count("(gunicorn master)") == 1, table
        # One that hangs: its heartbeat ages.
        hung = children(master)[0]
        os.kill(hung, signal.SIGSTOP)
        try:
            wait_for(lambda: max(process.get("heartbeatSeconds", 0) for process in gunicorns()[1:]) > 3, "an old heartbeat")
        finally:
            os.kill(hung, signal.SIGCONT)
        wait_for(lambda: max(process.get("heartbeatSeconds", 99) for process in gunicorns()[1:]) < 3, "a fresh one again")
        with under_load(pool.port, 6) as result:
            for _ in range(2):
                assert pool.ctl("signal", "TTIN", "all").returncode == 0
                wait_for(lambda: len(children(master)) == 4, "a fourth")
                # It serves: the one that goes is the oldest.
                wait_for(lambda: [process["role"] for process in gunicorns()] == ["master"] + ["worker"] * 4, "four that have booted")
                assert pool.ctl("signal", "TTOU", "all").returncode == 0
                wait_for(lambda: len(children(master)) == 3, "three again")
        assert result.failed == 0 and result.sent > 20, result.explain()
        before = set(children(master))
        # The upgrade is Pool's own: what gunicorn would start by itself, nobody would supervise.
        refused = pool.ctl("signal", "USR2", "all")
        assert refused.returncode != 0 and "poolctl deploy --surge 1" in refused.stderr, refused.stderr
        assert len(children(master)) == 3
        # HUP replaces gunicorn's workers under the same master. One that ends may still take a connection and drop it, and
        # here there is no other worker to ask: 1 of 16,931 requests was seen to fail so, where Pool's own roll loses none.
        with under_load(pool.port, 6) as result:
            assert pool.ctl("signal", "HUP", "all").returncode == 0
            wait_for(lambda: len(children(master)) == 3 and before.isdisjoint(children(master)), "three others")
        assert result.failed <= max(1, result.sent / 5000), result.explain()
        assert pool.pids()["many_1"] == master
        # What they use is counted with the master: three interpreters need more than one.
        own = int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{master}/status").read_text())[1]) * 1024
        wait_for(lambda: pool.workers()["many_1"]["resources"]["rssBytes"] > 2 * own, "the memory of all")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_gunicorns_keep_alive_never_shows_as_a_502(place, method):
    """Requests that are as far apart as gunicorn's keep-alive timeout, from clients that all ask at the same moment."""
    module = page.MY_APP_MODULE.replace("my_web_app.router", "my_web_app.router.add_post('/', index)\nmy_web_app.router")
    with gunicorn(place, module=module, command=["--keep-alive=1"]) as pool:

        async def bursts():
            result = Result()
            clients = [Client("127.0.0.1", pool.port, result) for _ in range(20)]

            async def one(client, delay):
                await asyncio.sleep(delay)
                await client.request(method, "/", b"x" if method == "POST" else b"")

            for _ in range(6):
                await asyncio.gather(*(one(client, index * 0.001) for index, client in enumerate(clients)))
                await asyncio.sleep(0.99)
            for client in clients:
                client.close()
            return result

        result = asyncio.run(bursts())
        assert (result.sent, result.failed) == (120, 0), result.explain()


def test_a_gunicorn_worker_that_loads_its_application_is_booting(place):
    gate = place / "gate"
    os.mkfifo(gate)
    module = f"open({str(gate)!r}).read()\n{page.MY_APP_MODULE}"
    pool = gunicorn(place, module=module, command=["--timeout=120"])
    pool.launch()
    try:
        # 5: nobody listens yet.
        wait_for(lambda: pool.ctl("status").returncode != 5, "the daemon")

        def roles():
            processes = pool.api("GET", "/v1/workers/gunicorn_1/detail")[1].get("processes", [])
            return [process["gunicorn"]["role"] for process in processes if "gunicorn" in process]

        wait_for(lambda: roles() == ["master", "booting"], "a worker that loads")
        # Somebody writes: the application goes on.
        gate.open("w").close()
        wait_for(lambda: roles() == ["master", "worker"], "a worker that has booted")
    finally:
        assert not pool.end()
        shutil.rmtree(pool.directory)


# [worker.venv]

def wheel(place, name, version, text):
    """A package that pip can install without a network."""
    path = place / f"{name}-{version}-py3-none-any.whl"
    files = {f"{name}.py": text, f"{name}-{version}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
             f"{name}-{version}.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"}
    record = "".join(f"{file},sha256={base64.urlsafe_b64encode(hashlib.sha256(body.encode()).digest()).rstrip(b'=').decode()},{len(body)}\n"
                     for file, body in files.items())
    with zipfile.ZipFile(path, "w") as archive:
        for file, body in files.items():
            archive.writestr(file, body)
        archive.writestr(f"{name}-{version}.dist-info/RECORD", record + f"{name}-{version}.dist-info/RECORD,,\n")
    return path


SERVER = """
import http.server, os, socketserver, sys, {name}

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def address_string(self): return "-"
    def do_GET(self):
        body = {name}.WORD.encode() + b" " + sys.prefix.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True

if os.path.exists(sys.argv[1]): os.unlink(sys.argv[1])
Server(sys.argv[1], Handler).serve_forever()
"""


def venv_pool(place, packages, more=""):
    (place / "server.py").write_text(SERVER.format(name="greeting"))
    pool = Daemon(profile="", name="env")
    pool.write_profile(f"""
[pool]
name = "env"
workers = 2
[worker]
command = ["python", "server.py", "{{socket}}"]
directory = "{place}"
{more}
[worker.venv]
packages = ["{packages}"]
path = "{place}/venv"
timeout = "5m"
[front]
listen = "127.0.0.1:{pool.port}"
[health]
path = "/"
""")
    return pool


# pip, twice, on a busy machine.
@pytest.mark.timeout(900)
def test_the_profile_makes_its_environment_and_makes_it_anew(place):
    pool = venv_pool(place, wheel(place, "greeting", "1.0", "WORD = 'hello'\n"))
    pool.launch()
    try:
        assert pool.ctl("wait", "--for", "healthy", "--timeout", "280", timeout=300).returncode == 0, pool.ctl("logs", "all").stdout
        assert pool.get("/")[2] == f"hello {place}/venv".encode()
        log = wait_for(lambda: "venv: made" in (text := pool.ctl("logs", "all", "--lines", "100").stdout) and text, "the line in the log")
        # One of the two made it, the other waited.
        assert log.count("venv: making") == 1 and log.count("venv: made") == 1, log
        pool.write_profile(pool.profile.read_text().replace("greeting-1.0", "greeting-2.0"))
        wheel(place, "greeting", "2.0", "WORD = 'hello again'\n")
        assert pool.ctl("reload", "--wait", "--timeout", "280", timeout=300).returncode == 0
        assert pool.get("/")[2].startswith(b"hello again")
    finally:
        pool.finish()


@pytest.mark.timeout(600)
def test_an_environment_that_cannot_be_made_is_a_clear_failure(place):
    pool = venv_pool(place, f"{place}/nothing-1.0-py3-none-any.whl", "[worker.backoff]\ninitial = \"100ms\"\ndeaths_max = 2\nwindow = \"10m\"\n")
    try:
        pool.launch_only()
        wait_for(lambda: all(worker["status"]["state"] == "FATAL" for worker in pool.workers().values()), "FATAL", seconds=300)
        worker = pool.workers()["env_1"]
        assert "78" in json.dumps(worker["status"]), worker
        words = ("pip install", "failed with status", "nothing-1.0")
        wait_for(lambda: all(word in pool.ctl("logs", "all", "--lines", "100").stdout for word in words), "the reason in the log")
    finally:
        pool.finish()


def test_a_new_gunicorn_takes_over_from_the_old_one():
    with shipped("gunicorn-many") as pool:
        master = pool.pids()["many_1"]
        with under_load(pool.port, 6) as result:
            assert pool.ctl("deploy", "--surge", "1", "--wait", "--timeout", "80").returncode == 0
        wait_for(lambda: not alive(master), "the end of the old master")
        assert set(pool.pids()) == {"many_1"} and pool.pids()["many_1"] != master
        assert result.failed == 0 and result.sent > 50, result.explain()


# Other programs in the proxy's place

@pytest.mark.parametrize("program", ["haproxy", "nginx"])
def test_the_shipped_profile_with_another_engine(program):
    with shipped("haproxy", **{'engine = "haproxy"': f'engine = "{program}"'}) as pool:
        wait_for(lambda: {json.loads(pool.get("/")[2])["worker"] for _ in range(12)} == {f"behind_{n}" for n in (1, 2, 3, 4)}, "all four")
        assert any(title(pid).endswith(f"({program})") for pid in children(pool.keeper.pid))


# Other backends

def test_uvicorn():
    with shipped("uvicorn") as pool:
        assert pool.get("/")[2] == b"Welcome home!\n"
        assert pool.ctl("roll", "--wait", "--timeout", "60").returncode == 0
        assert pool.get("/")[0] == 200


def test_a_backend_that_is_not_python():
    with shipped("perl") as pool:
        assert re.fullmatch(rb"Welcome home from perl_\d+!\n", pool.get("/")[2])
        with under_load(pool.port, 4) as result:
            assert pool.ctl("restart", "all", "--wait", "--timeout", "60").returncode == 0
        assert result.failed == 0 and result.sent > 20, result.explain()
