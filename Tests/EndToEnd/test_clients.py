"""Real clients through the proxy: curl, requests, httpx, aiohttp, load generators, and a browser's habits."""
import asyncio
import contextlib
import hashlib
import json
import os
import re
import socket
import subprocess
import time

import aiohttp
import httpx
import pytest
import requests

from daemon import wait_for

BODY = os.urandom(700_000)
# A client that closes within 250 ms of its request is taken to have closed only its side, as `nc` does.
PATIENCE = 0.5


def in_flight(pool):
    return sum(worker["traffic"]["inFlight"] for worker in pool.workers().values())


def digest(data):
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def url(shared):
    return f"http://127.0.0.1:{shared.port}"


# curl

def curl(*words, data=None):
    """(what -w says as JSON, body) of one run of curl."""
    command = ["curl", "--silent", "--show-error", "--max-time", "20", "--write-out", "%{stderr}%{json}\n", *words]
    result = subprocess.run(command, input=data, capture_output=True, timeout=60)
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stderr.splitlines()], result.stdout


def test_curl_keeps_its_connection(url):
    said, body = curl(*[f"{url}/"] * 5)
    assert [one["http_code"] for one in said] == [200] * 5
    assert sum(one["num_connects"] for one in said) == 1
    assert body.count(b"example_") == 5


@pytest.mark.parametrize("words", [
    ["--data-binary", "@-"],
    ["--data-binary", "@-", "-H", "Expect: 100-continue"],
    ["--upload-file", "-", "-X", "POST"],
    ["--upload-file", "-", "-X", "POST", "-H", "Transfer-Encoding: chunked", "--no-buffer"],
    ["--http1.0", "--data-binary", "@-"],
    ["--data-binary", "@-", "-H", "Connection: close"],
], ids=["length", "expect", "upload", "chunked", "1.0", "close"])
def test_curl_bodies(url, words):
    said, body = curl(*words, f"{url}/echo", data=BODY)
    assert said[0]["http_code"] == 200 and digest(body) == digest(BODY)


def test_curl_head_options_and_http_1_0(url):
    assert curl("--head", f"{url}/")[0][0]["http_code"] == 200
    assert curl("-X", "OPTIONS", f"{url}/")[0][0]["http_code"] == 405
    said, body = curl("--http1.0", f"{url}/", f"{url}/")
    assert [one["http_code"] for one in said] == [200, 200] and body.count(b"example_") == 2


def test_curl_that_takes_it_for_a_forward_proxy(url):
    """An absolute target, as curl sends it to a proxy: the target's host goes on."""
    said, body = curl("--proxy", url, "http://other.example/")
    assert said[0]["http_code"] == 200 and b"example_" in body
    result = subprocess.run(["curl", "-sp", "--max-time", "20", "-x", url, "http://other.example/"], capture_output=True)
    assert result.returncode == 56, "CONNECT is refused"


# Libraries: the same exchanges with each

def with_requests(url):
    def pieces():
        for start in range(0, len(BODY), 9_000):
            yield BODY[start:start + 9_000]

    with requests.Session() as session:
        for _ in range(30):
            assert session.get(f"{url}/").status_code == 200
        assert session.post(f"{url}/echo", data=BODY).content == BODY
        assert session.post(f"{url}/echo", data=pieces()).content == BODY
        with session.post(f"{url}/echo", data=BODY, stream=True) as answer:
            assert b"".join(answer.iter_content(5_000)) == BODY
        assert session.head(f"{url}/").text == ""
        assert session.get(f"{url}/nowhere").status_code == 404
        with pytest.raises(requests.ReadTimeout):
            session.get(f"{url}/slow?ms=20000", timeout=PATIENCE)
        assert session.get(f"{url}/").status_code == 200


def with_httpx(url):
    def pieces():
        for start in range(0, len(BODY), 9_000):
            yield BODY[start:start + 9_000]

    with httpx.Client(trust_env=False) as client:
        for _ in range(30):
            assert client.get(f"{url}/").status_code == 200
        assert client.post(f"{url}/echo", content=BODY).content == BODY
        assert client.post(f"{url}/echo", content=pieces()).content == BODY
        with client.stream("POST", f"{url}/echo", content=BODY) as answer:
            assert b"".join(answer.iter_raw(5_000)) == BODY
        assert client.head(f"{url}/").text == ""
        assert client.get(f"{url}/nowhere").status_code == 404
        with pytest.raises(httpx.ReadTimeout):
            client.get(f"{url}/slow?ms=20000", timeout=PATIENCE)
        assert client.get(f"{url}/").status_code == 200


def with_aiohttp(url):
    async def pieces():
        for start in range(0, len(BODY), 9_000):
            yield BODY[start:start + 9_000]

    async def run():
        async with aiohttp.ClientSession() as session:
            async def get(path, **options):
                async with session.get(url + path, **options) as answer:
                    return answer.status, await answer.read()

            assert {status for status, _ in await asyncio.gather(*(get("/") for _ in range(200)))} == {200}
            for body in (BODY, pieces()):
                async with session.post(f"{url}/echo", data=body, expect100=True) as answer:
                    assert await answer.read() == BODY
            async with session.head(f"{url}/") as answer:
                assert await answer.read() == b""
            assert (await get("/nowhere"))[0] == 404
            with pytest.raises(asyncio.TimeoutError):
                await get("/slow?ms=20000", timeout=aiohttp.ClientTimeout(total=PATIENCE))
            assert (await get("/"))[0] == 200

    asyncio.run(run())


@pytest.mark.parametrize("exchanges", [with_requests, with_httpx, with_aiohttp])
def test_library(shared, url, exchanges):
    exchanges(url)
    # The ones that timed out were given up, and their workers' requests cancelled with them.
    wait_for(lambda: in_flight(shared) == 0, "the end of all requests", 10)


# Load generators

def test_wrk_sees_no_error(url):
    result = subprocess.run(["wrk", "-t1", "-c32", "-d2s", f"{url}/"], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0 and re.search(r"(\d+) requests in", result.stdout)
    assert "Socket errors" not in result.stdout and "Non-2xx" not in result.stdout, result.stdout


def test_h2load_sees_no_error(url):
    command = ["h2load", "--h1", "-n2000", "-c16", "-m1", f"{url}/"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert "2000 succeeded, 0 failed, 0 errored, 0 timeout" in result.stdout, result.stdout
    assert "2000 2xx, 0 3xx, 0 4xx, 0 5xx" in result.stdout


# A browser

GET = b"GET %s HTTP/1.1\r\nHost: pool.example\r\nUser-Agent: Mozilla/5.0\r\nAccept: text/html\r\nConnection: keep-alive\r\n\r\n"


def answer(client):
    """The status of one answer, read to its last byte."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += client.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    length = int(re.search(rb"(?i)content-length: (\d+)", head)[1])
    while len(body) < length:
        body += client.recv(65536)
    return int(head[9:12])


def test_browser_habits(shared):
    """Six connections, some opened ahead and used late; a tab closed within an answer; all reused afterwards."""
    with contextlib.ExitStack() as stack:
        def connect():
            return stack.enter_context(socket.create_connection(("127.0.0.1", shared.port), timeout=10))

        tabs = [connect() for _ in range(6)]
        for client in tabs[:3]:
            client.sendall(GET % b"/")
        assert [answer(client) for client in tabs[:3]] == [200] * 3
        # The reader leaves: requests are given up by closing their connections.
        leaving, begun = [connect() for _ in range(4)], time.monotonic()
        for client in leaving:
            client.sendall(GET % b"/slow?ms=20000")
        wait_for(lambda: in_flight(shared) == 4 and time.monotonic() > begun + PATIENCE, "four requests")
        for client in leaving:
            client.close()
        wait_for(lambda: in_flight(shared) == 0, "their end", 10)
        for client in tabs * 2:
            client.sendall(GET % b"/slow?ms=1")
            assert answer(client) == 200
