"""HTTP/2 on a front: a real daemon with aiohttp workers, clients that others wrote (curl, nghttp, h2load, httpx, hyper-h2)."""
import contextlib
import json
import pathlib
import ssl
import subprocess

import httpx
import pytest

from daemon import Daemon, wait_for
from http2_client import Client, frame
from load import beside
from test_tls import Site

WEBSOCKETS = pathlib.Path(__file__).with_name("websocket_worker.py")


def run(*words, timeout=60):
    return subprocess.run(words, capture_output=True, text=True, timeout=timeout)


@pytest.fixture(scope="module")
def site():
    with Site() as pool:
        yield pool


def test_alpn_chooses_and_http1_stays(site):
    url = f"https://localhost:{site.secure}/"
    for option, version in (("--http2", "2"), ("--http1.1", "1.1")):
        answer = run("curl", "-s", "--cacert", site.certificate, option, "-o", "/dev/null", "-w", "%{http_version} %{http_code}", url)
        assert answer.stdout == f"{version} 200", answer


def test_httpx(site):
    with httpx.Client(http2=True, verify=ssl.create_default_context(cafile=site.certificate)) as client:
        answers = [client.get(f"https://localhost:{site.secure}/") for _ in range(8)]
    assert {answer.http_version for answer in answers} == {"HTTP/2"}
    assert {answer.json()["worker"] for answer in answers} == {"example_1", "example_2"}
    assert answers[0].headers["strict-transport-security"] == "max-age=3600"


def test_nghttp_and_h2load(site):
    said = run("nghttp", "-nv", f"https://localhost:{site.secure}/").stdout
    assert ":status: 200" in said and "SETTINGS_ENABLE_CONNECT_PROTOCOL" in said
    load = run("h2load", "-n", "2000", "-c", "8", "-m", "10", f"https://localhost:{site.secure}/").stdout
    assert "2000 succeeded, 0 failed, 0 errored" in load, load


def test_a_roll_loses_no_stream(site):
    """Workers are replaced under a client that keeps its connection."""
    failures, count = [], [0]

    def work(done):
        with Client(site.secure, ssl.create_default_context(cafile=site.certificate)) as client:
            while not done.is_set():
                streams = [client.begin() for _ in range(10)]
                for stream in streams:
                    answer = client.answer(stream)
                    count[0] += 1
                    if answer.reset is not None or answer.status != 200:
                        failures.append((answer.headers, answer.reset))

    with beside(work):
        assert site.ctl("roll", "--wait").returncode == 0
    assert not failures and count[0] > 0


def test_a_replaced_proxy_says_goodbye(site):
    with Client(site.secure, ssl.create_default_context(cafile=site.certificate)) as client:
        assert client.get().status == 200
        assert site.ctl("proxy", "replace").returncode == 0
        # The notice, then the last stream: what was opened in between has been served.
        client.until(lambda: client.goaways)
        assert client.goaways[0].error_code == 0
        while client.read():
            pass
    assert site.fetch("/")[0] == 200


@pytest.fixture(scope="module")
def sockets():
    with Daemon(workers=1, program=WEBSOCKETS, health="path = false", front="h2c = true") as pool:
        yield pool


def test_a_websocket_over_a_stream(sockets):
    with Client(sockets.port) as client:
        client.until(lambda: client.http.remote_settings.enable_connect_protocol == 1)
        stream = client.begin("/echo", "CONNECT", [(":protocol", "websocket"), ("sec-websocket-version", "13")], end=False)
        it = client.streams[stream]
        client.until(lambda: it.headers)
        assert it.status == 200 and "upgrade" not in it.headers and "sec-websocket-accept" not in it.headers
        client.send(stream, frame(b"one"))
        client.until(lambda: it.body == b"\x81\x03one")
        large = b"x" * 60_000
        client.send(stream, frame(large))
        client.until(lambda: len(it.body) == 5 + 4 + len(large))
        # Close: the worker answers with its own and ends, and so does the stream.
        client.send(stream, frame(b"\x03\xe8", 8))
        client.until(lambda: it.ended)
        assert it.body.endswith(b"\x88\x02\x03\xe8") and it.reset is None
        client.http.end_stream(stream)
        client.flush()


def test_a_websocket_beside_requests(sockets):
    with Client(sockets.port) as client:
        stream = client.begin("/echo", "CONNECT", [(":protocol", "websocket"), ("sec-websocket-version", "13")], end=False)
        it = client.streams[stream]
        client.until(lambda: it.headers)
        for number in range(5):
            text = str(number).encode()
            client.send(stream, frame(text))
            client.until(lambda: it.body.endswith(text))
            assert client.get("/nowhere").status in (404, 426, 400)


@pytest.fixture(scope="module")
def files():
    """A site with files, a directory with an index, a page for errors, and a plain listener that redirects."""
    site = Site(workers=1, front="""
static = { prefix = "/static/", root = "files", index = "index.html" }
error_page = [{ status = [503], file = "sorry.html" }]
gzip = { min_size = "1" , types = ["application/json"] }
""")
    root = site.directory / "files"
    (root / "sub").mkdir(parents=True)
    (root / "sub/index.html").write_text("the index")
    (root / "large").write_bytes(bytes(range(256)) * 8192)
    (site.directory / "sorry.html").write_text("<h1>sorry</h1>")
    with site:
        yield site


def client_of(site):
    return httpx.Client(http2=True, verify=ssl.create_default_context(cafile=site.certificate), base_url=f"https://localhost:{site.secure}")


def test_files_redirects_and_ranges_over_streams(files):
    large = (files.directory / "files/large").read_bytes()
    with client_of(files) as client:
        answers = [client.get("/static/large") for _ in range(3)]
        assert all(answer.content == large and answer.http_version == "HTTP/2" for answer in answers)
        tag = answers[0].headers["etag"]
        assert client.get("/static/large", headers={"If-None-Match": tag}).status_code == 304
        part = client.get("/static/large", headers={"Range": "bytes=100-299"})
        assert (part.status_code, part.content) == (206, large[100:300])
        parts = client.get("/static/large", headers={"Range": "bytes=0-1,300-301"})
        assert parts.status_code == 206 and parts.headers["content-type"].startswith("multipart/byteranges")
        assert large[300:302] in parts.content
        head = client.head("/static/large")
        assert (int(head.headers["content-length"]), head.content) == (len(large), b"")
        assert client.get("/static/none").status_code == 404
        assert client.get("/static/%2e%2e/profile.toml").status_code in (400, 404)
        moved = client.get("/static/sub?a=b")
        assert (moved.status_code, moved.headers["location"]) == (301, "/static/sub/?a=b")
        assert client.get("/static/sub/").text == "the index"
        assert client.get("/").headers["content-encoding"] == "gzip"


def test_error_pages_over_streams(files):
    try:
        assert files.ctl("stop", "example_1", "--wait").returncode == 0
        with client_of(files) as client:
            answer = client.get("/")
            assert (answer.status_code, answer.text) == (503, "<h1>sorry</h1>")
            assert answer.headers["content-type"].startswith("text/html")
    finally:
        assert files.ctl("start", "example_1").returncode == 0


def test_a_flood_is_counted_and_told(site):
    """Pings without end: the client is sent away, the others are served, and the operator learns of what it was."""
    def floods():
        lines = site.ctl("metrics").stdout.splitlines()
        return int(float(next(line.split()[1] for line in lines if line.startswith('pool_proxy_http2_floods_total{kind="pings"}'))))

    before = floods()
    with Client(site.secure, ssl.create_default_context(cafile=site.certificate)) as client:
        ping = (8).to_bytes(3, "big") + bytes([6, 0]) + bytes(4) + bytes(8)
        with contextlib.suppress(OSError):
            client.socket.sendall(ping * 5000)
            client.until(lambda: client.goaways or client.closed)
    wait_for(lambda: floods() == before + 1, "the count of the flood")
    wait_for(lambda: site.said("HTTP/2 flood (pings): "), "the event")
    lines = site.ctl("metrics").stdout.splitlines()
    figures = {line.split()[0]: float(line.split()[1]) for line in lines if line.startswith("pool_proxy_h")}
    assert figures["pool_proxy_handshakes_total"] > 0 and figures["pool_proxy_http2_connections_total"] > 0
    shown = site.ctl("stats", "--proxy").stdout
    assert f"HTTP/2     {int(figures['pool_proxy_http2_connections_total'])} connections, " in shown and f"{before + 1} floods ended" in shown, shown
    assert site.ctl("stats", "--proxy", "--history").returncode == 2
    assert site.fetch("/")[0] == 200


def test_a_request_that_a_flood_cuts_is_logged_as_such(tmp_path):
    """The connection's own requests are its client's loss; the log says why they ended."""
    log = tmp_path / "access.log"
    with Site(workers=1, front=f'access_log = {{ format = "json", path = "{log}" }}') as pool:
        with Client(pool.secure, ssl.create_default_context(cafile=pool.certificate)) as client:
            client.begin("/echo", "POST", end=False)
            # Once the worker has it.
            wait_for(lambda: pool.workers()["example_1"]["traffic"]["inFlight"] == 1, "the request at the worker")
            ping = (8).to_bytes(3, "big") + bytes([6, 0]) + bytes(4) + bytes(8)
            with contextlib.suppress(OSError):
                client.socket.sendall(ping * 5000)
                client.until(lambda: client.goaways or client.closed)
            assert client.goaways[0].error_code == 11, client.goaways

        def cut():
            lines = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
            return [line for line in lines if line["target"] == "/echo"]
        line, = wait_for(cut, "the line of the access log")
        assert (line["termination"][0], line["version"], line["worker"]) == ("F", "HTTP/2.0", "example_1"), line
        wait_for(lambda: pool.workers()["example_1"]["traffic"]["inFlight"] == 0, "the end of the request")
