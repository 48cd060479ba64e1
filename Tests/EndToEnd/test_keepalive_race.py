"""Workers that close idle connections just as they are used again: nobody sees an error, and nothing is done twice."""
import asyncio
import contextlib
import pathlib
import random

import pytest

from closing import IDLE
from daemon import Daemon, UnixConnection
from load import Client, Result

CLOSING = pathlib.Path(__file__).with_name("closing.py")
REQUESTS = 10_000


async def requests(port, method, clients, pause):
    """REQUESTS in all; each has a body of its own where the method has one."""
    result = Result()

    async def one(number):
        client = Client("127.0.0.1", port, result)
        for turn in range(REQUESTS // clients):
            await client.request(method, body=b"%d-%d" % (number, turn) if method == "POST" else b"")
            await asyncio.sleep(pause())
        client.close()

    await asyncio.gather(*(one(number) for number in range(clients)))
    return result


def doubled(pool, worker):
    """What the worker has seen twice, from itself."""
    with contextlib.closing(UnixConnection(pool.runtime / f"{pool.name}/{worker}.sock")) as connection:
        connection.request("GET", "/doubled")
        return int(connection.getresponse().read())


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("mode", ["at-once", "idle"])
def test_a_close_just_before_the_next_request_is_no_error(mode, workers):
    clients, pause = (20, lambda: 0) if mode == "at-once" else (100, lambda: random.uniform(0.9, 1.1) * IDLE)
    with Daemon(workers=workers, program=CLOSING, options=[mode]) as pool:
        for method in ("GET", "POST"):
            result = asyncio.run(requests(pool.port, method, clients, pause))
            assert (result.sent, result.failed) == (REQUESTS, 0), result.explain()
        traffic = [worker["traffic"] for worker in pool.workers().values()]
        assert sum(figures["replayed"] + figures["raceAvoided"] for figures in traffic) > 0, "the race did not show"
        assert [doubled(pool, worker) for worker in pool.workers()] == [0] * workers
