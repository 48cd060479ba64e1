"""WebSocket through the proxy, between a client and a server of the `websockets` package."""
import asyncio
import os
import pathlib

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError, InvalidStatus

from daemon import Daemon, wait_for

WORKER = pathlib.Path(__file__).with_name("websocket_worker.py")


@pytest.fixture(scope="module")
def pool():
    # No probes: a worker that takes a large message apart answers nothing else.
    with Daemon(workers=1, program=WORKER, health="path = false") as pool:
        yield pool


def client(pool, path="/echo", **options):
    return connect(f"ws://127.0.0.1:{pool.port}{path}", **{"max_size": None, "ping_interval": None, "proxy": None, **options})


def run(work):
    """Runs a coroutine, with an end."""
    async def limited():
        async with asyncio.timeout(60):
            return await work
    return asyncio.run(limited())


def test_text_and_binary(pool):
    async def work():
        async with client(pool) as connection:
            for message in ("one", "", "zwölf \N{SNOWMAN}", b"\x00\xff" * 100, b""):
                await connection.send(message)
                assert await connection.recv() == message

    run(work())


@pytest.mark.parametrize("compression, size", [("deflate", 1 << 20), (None, 12 << 20)])
def test_large_messages(pool, compression, size):
    message = os.urandom(size)

    async def work():
        async with client(pool, compression=compression) as connection:
            await connection.send(message)
            assert await connection.recv() == message

    run(work())


def test_fragments_stay_fragments(pool):
    pieces = ["a" * 10, "b" * 200_000, "c", "d" * 70_000]

    async def work():
        async with client(pool, compression=None) as connection:
            await connection.send(pieces)
            assert [piece async for piece in connection.recv_streaming()][:4] == pieces

    run(work())


def test_pings_both_ways(pool):
    async def work():
        async with client(pool) as connection:
            await (await connection.ping(b"from the client"))
        async with client(pool, "/ping") as connection:
            assert await connection.recv() == "pong"

    run(work())


def test_ping_between_fragments(pool):
    async def work():
        async with client(pool, compression=None) as connection:
            async def pieces():
                yield "first"
                await (await connection.ping())
                yield "last"

            await connection.send(pieces())
            assert await connection.recv() == "firstlast"

    run(work())


@pytest.mark.parametrize("code", [1000, 1001, 1011, 3000, 4999])
def test_close_codes_both_ways(pool, code):
    async def work():
        async with client(pool, f"/close/{code}") as connection:
            await connection.wait_closed()
            assert (connection.close_code, connection.close_reason) == (code, "because")
        async with client(pool, f"/wait/{code}") as connection:
            await connection.close(code, "enough")
        async with client(pool, f"/codes/{code}") as connection:
            assert await connection.recv() == f"{code} enough"

    run(work())


def test_subprotocol_and_refused_handshake(pool):
    async def work():
        async with client(pool, subprotocols=["chat.v1", "chat.v2"]) as connection:
            assert connection.subprotocol == "chat.v2"
        with pytest.raises(InvalidStatus) as refused:
            async with client(pool, "/refuse"):
                pass
        assert refused.value.response.status_code == 403
        assert refused.value.response.body == b"not you\n"

    run(work())


def test_many_at_once(pool):
    async def one(number):
        async with client(pool) as connection:
            for turn in range(20):
                await connection.send(f"{number} {turn}")
                assert await connection.recv() == f"{number} {turn}"

    async def work():
        await asyncio.gather(*(one(number) for number in range(50)))

    run(work())
    wait_for(lambda: pool.workers()["example_1"]["traffic"]["tunnels"] == 0, "the end of all tunnels", 10)


def test_an_idle_tunnel_ends_and_a_busy_one_does_not():
    async def work(pool):
        async with client(pool) as idle, client(pool) as busy:
            turns = 0
            while idle.close_code is None:
                await (await busy.ping())
                turns += 1
                # Less than the limit, so that only the silent one is over it.
                await asyncio.wait([asyncio.ensure_future(idle.wait_closed())], timeout=0.2)
            assert idle.close_code == 1006 and turns >= 4
            await busy.send("still here")
            assert await busy.recv() == "still here"
            with pytest.raises(ConnectionClosedError):
                await idle.recv()

    with Daemon(workers=1, program=WORKER, front='[front.timeouts]\ntunnel_idle = "1s"') as pool:
        run(work(pool))
