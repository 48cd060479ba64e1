"""The built-in proxy as a client sees it."""
import asyncio
import collections
import os
import re
import signal
import socket

import aiohttp
import pytest

from daemon import RECORDER, Daemon, wait_for


def served_by(pool, count):
    """Which worker answered each of `count` requests on one connection."""
    async def run():
        workers = collections.Counter()
        async with aiohttp.ClientSession() as session:
            for _ in range(count):
                async with session.get(f"http://127.0.0.1:{pool.port}/") as answer:
                    assert answer.status == 200
                    workers[(await answer.json())["worker"]] += 1
        return workers

    return asyncio.run(run())


def test_round_robin_is_exact(shared):
    assert sorted(served_by(shared, 100).values()) == [25, 25, 25, 25]


def test_bodies_stream_both_ways(shared):
    body = os.urandom(900_000)

    async def chunks():
        for start in range(0, len(body), 10_000):
            yield body[start:start + 10_000]

    async def run():
        url = f"http://127.0.0.1:{shared.port}/echo"
        async with aiohttp.ClientSession() as session:
            async with session.post(url, data=body) as answer:
                assert await answer.read() == body
            async with session.post(url, data=chunks()) as answer:
                assert await answer.read() == body

    asyncio.run(run())


def test_websocket(shared):
    async def run():
        async with aiohttp.ClientSession() as session:
            async with session.ws_connect(f"http://127.0.0.1:{shared.port}/ws") as websocket:
                for text in ("one", "two" * 10_000):
                    await websocket.send_str(text)
                    assert (await websocket.receive(timeout=10)).data == text

    asyncio.run(run())


@pytest.mark.parametrize("request_bytes", [
    b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    b"GET / HTTP/1.1\nHost: x\n\n",
    b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n",
    b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
    b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nhello",
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
])
def test_smuggling_shapes_are_refused_and_the_connection_closed(shared, request_bytes):
    received = shared.raw(request_bytes + b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")
    status = received.split(b" ", 2)[1]
    assert status in (b"400", b"501"), received[:200]
    assert len(re.findall(rb"(?m)^HTTP/1\.1 \d{3} ", received)) == 1, "nothing after the refused request is answered"
    assert b"Pool-Error:" in received


@pytest.fixture(scope="module")
def recorded():
    """A pool of one recorder: what gets through is seen to the byte."""
    with Daemon(workers=1, program=RECORDER) as pool:
        yield pool


def reached(pool, request_bytes):
    """The bytes that reached the worker for one request on a connection of its own."""
    head, _, body = pool.raw(request_bytes).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 "), head + body
    return bytes.fromhex(body.decode())


def test_order_and_case_of_headers_are_kept_and_hop_by_hop_ones_are_not(recorded):
    got = reached(recorded, b"GET /a?b HTTP/1.1\r\nHost: h\r\nzULU: 1\r\nAlpha: 2\r\nConnection: close, X-Secret\r\n"
                            b"X-Secret: 3\r\nKeep-Alive: timeout=5\r\nTE: gzip\r\nUpgrade: x\r\n\r\n")
    lines = got.split(b"\r\n")
    assert lines[0] == b"GET /a?b HTTP/1.1"
    names = [line.split(b":")[0] for line in lines[1:] if line]
    assert names[:3] == [b"Host", b"zULU", b"Alpha"]
    assert not {b"connection", b"x-secret", b"keep-alive", b"te", b"upgrade"} & {name.lower() for name in names} - {b"connection"}
    assert b"X-Secret" not in got


def test_forwarding_headers_of_strangers_are_replaced(recorded):
    got = reached(recorded, b"GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 6.6.6.6\r\nX-Real-IP: 6.6.6.6\r\nPool-Worker: example_1\r\n\r\n")
    assert b"6.6.6.6" not in got and b"Pool-Worker" not in got
    assert b"X-Forwarded-For: 127.0.0.1\r\n" in got
    assert b"X-Forwarded-Proto: http\r\n" in got


def test_chunked_body_arrives_as_sent(recorded):
    got = reached(recorded, b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")
    assert got.partition(b"\r\n\r\n")[2].replace(b"\r\n", b"").replace(b"5", b"").replace(b"6", b"").replace(b"0", b"") == b"hello world"


def test_pipelined_requests_are_answered_in_order(recorded):
    requests = b"".join(b"GET /%d HTTP/1.1\r\nHost: h\r\n\r\n" % n for n in range(20))
    answers = recorded.raw(requests).split(b"HTTP/1.1 200 ")[1:]
    paths = [bytes.fromhex(answer.partition(b"\r\n\r\n")[2].decode()).split(b" ")[1] for answer in answers]
    assert paths == [b"/%d" % n for n in range(20)]


def test_no_worker_is_a_503_that_says_so(fresh):
    assert fresh.ctl("stop", "all", "--wait").returncode == 0
    status, headers, body = fresh.get("/")
    assert status == 503
    assert "no-worker" in headers["Pool-Error"], headers
    assert body
    assert fresh.ctl("start", "all", "--wait").returncode == 0
    wait_for(lambda: fresh.get("/")[0] == 200, "service after the start")


def test_dead_worker_leaves_the_rotation_and_no_request_fails(fresh):
    os.kill(fresh.pids()["example_1"], signal.SIGSTOP)
    os.kill(fresh.pids()["example_1"], signal.SIGKILL)
    for _ in range(40):
        assert fresh.get("/")[0] == 200


def test_large_body_is_refused_before_it_is_read():
    with Daemon(workers=1, front='client_max_body_size = "1K"') as pool:
        with socket.create_connection(("127.0.0.1", pool.port), timeout=10) as client:
            client.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
            assert client.recv(65536).startswith(b"HTTP/1.1 413 ")
