"""Apache in front of aiohttp, "at your own risk": aio-libs/aiohttp#2687, and what Pool makes of it.

A backend closes an idle connection at the moment at which the proxy sends the next request on it. Nobody is wrong, and
the request is lost unless somebody sends it again. The test lets clients ask in bursts that are as far apart as the
backend's keep-alive timeout, so that every request of a burst meets a connection that is about to be closed.
"""
import asyncio
import os
import pathlib
import random
import shutil
import subprocess
import tempfile

import pytest
from daemon import PYTHON, Daemon, free_port, free_port_before, wait_for
from load import Client, Result
from proxies import answers

KEEP_ALIVE = 0.25
CLIENTS = 24
BURSTS = 40
# Apache is asked for as long as it takes to lose three requests; mostly a few bursts do.
BURSTS_MAX = 300

BACKEND = f"""
import sys
from aiohttp import web

async def index(request):
    return web.Response(text="Welcome home!" + (await request.text()))

app = web.Application()
app.router.add_route("*", "/", index)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None, keepalive_timeout={KEEP_ALIVE})
"""

APACHE = """
ServerRoot {directory}
ServerName localhost
PidFile {directory}/apache.pid
ErrorLog {directory}/error.log
Listen 127.0.0.1:{port}
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so
{user}
StartServers 1
ServerLimit 1
ThreadsPerChild 64
MaxRequestWorkers 64
KeepAlive On
KeepAliveTimeout 30
MaxKeepAliveRequests 0
ProxyPass / http://127.0.0.1:{backend}/
"""


@pytest.fixture
def place():
    directory = pathlib.Path(tempfile.mkdtemp(prefix="apache-"))
    os.chmod(directory, 0o755)
    (directory / "backend.py").write_text(BACKEND)
    yield directory
    shutil.rmtree(directory)


class Program:
    """A child that answers on a port."""

    def __init__(self, command, port):
        self.command, self.port = command, port

    def __enter__(self):
        self.child = subprocess.Popen(list(map(str, self.command)))
        try:
            wait_for(lambda: answers(self.port), self.command[0])
        except BaseException:
            # Nobody calls __exit__ after a failed __enter__.
            self.__exit__()
            raise
        return self

    def __exit__(self, *error):
        self.child.terminate()
        self.child.wait(30)


def apache(place, backend):
    port = free_port()
    user = "User www-data\nGroup www-data" if os.geteuid() == 0 else ""
    conf = place / f"apache-{port}.conf"
    conf.write_text(APACHE.format(directory=place, port=port, backend=backend, user=user))
    return Program([shutil.which("apache2") or "/usr/sbin/apache2", "-f", conf, "-D", "FOREGROUND"], port)


def backend(place):
    port = free_port()
    return Program([PYTHON, place / "backend.py", port], port)


async def bursts(port, method, enough):
    """Requests of all clients at once, again and again, a keep-alive timeout and a little apart."""
    result = Result()
    clients = [Client("127.0.0.1", port, result) for _ in range(CLIENTS)]
    body = b"x" * 16 if method == "POST" else b""
    spread = random.Random(7)

    async def one(client):
        await asyncio.sleep(spread.uniform(0, 0.006))
        await client.request(method, "/", body)

    for _ in range(BURSTS if enough is None else BURSTS_MAX):
        await asyncio.gather(*(one(client) for client in clients))
        if enough is not None and result.failed >= enough:
            break
        # Around the moment at which the backend closes.
        await asyncio.sleep(KEEP_ALIVE - 0.006)
    for client in clients:
        client.close()
    return result


def failures(port, method, enough=None):
    result = asyncio.run(bursts(port, method, enough))
    print(method, result.explain())
    return result


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_apache_loses_requests_that_pool_does_not(place, method):
    with backend(place) as workers:
        with apache(place, workers.port) as proxy:
            assert failures(proxy.port, method, enough=3).failed >= 1, "the race did not show in Apache: nothing is compared"

    # Pool in Apache's place, and Pool between Apache and the same workers.
    pool = Daemon(profile="", name="held")
    pool.write_profile(f"""
[pool]
name = "held"
workers = 2
[worker]
command = ["{PYTHON}", "{place}/backend.py", "{{port}}"]
listen = "127.0.0.1:{{{free_port_before(2)}+n}}"
[front]
listen = "127.0.0.1:{pool.port}"
[health]
path = "/"
""")
    with pool:
        alone = failures(pool.port, method)
        assert alone.failed == 0 and alone.sent == CLIENTS * BURSTS, alone.explain()
        with apache(place, pool.port) as proxy:
            between = failures(proxy.port, method)
            assert between.failed == 0 and between.sent == CLIENTS * BURSTS, between.explain()
