"""A WebSocket server of the `websockets` package behind the proxy: one path for each thing that a test looks at.

/echo       sends every message back, in as many fragments as it came in
/ping       pings the client once, and sends the latency's arrival as "pong"
/close/N    closes with the code N and the reason "because"
/wait/X     waits until the client closes
/codes/X    sends the close code and reason with which it did
/refuse     answers the handshake with 403
"""
import argparse
import asyncio
import collections
import http
import signal

from websockets.asyncio.server import unix_serve
from websockets.exceptions import ConnectionClosed

codes = collections.defaultdict(asyncio.Queue)


async def echo(connection):
    while True:
        fragments = [fragment async for fragment in connection.recv_streaming()]
        await connection.send(fragments[0] if len(fragments) == 1 else fragments)


async def serve(connection):
    path = connection.request.path
    try:
        if path == "/echo":
            await echo(connection)
        elif path == "/ping":
            await (await connection.ping(b"from the worker"))
            await connection.send("pong")
        elif path.startswith("/close/"):
            await connection.close(int(path.rpartition("/")[2]), "because")
        elif path.startswith("/wait/"):
            await connection.wait_closed()
            codes[path[6:]].put_nowait(f"{connection.close_code} {connection.close_reason}")
        elif path.startswith("/codes/"):
            await connection.send(await codes[path[7:]].get())
    except ConnectionClosed:
        pass


def plain(connection, request):
    if request.path == "/health":
        return connection.respond(http.HTTPStatus.OK, "ok\n")
    if request.path == "/refuse":
        return connection.respond(http.HTTPStatus.FORBIDDEN, "not you\n")
    return None


def choose(connection, offered):
    return "chat.v2" if "chat.v2" in offered else None


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--path", required=True)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    options = {"max_size": None, "ping_interval": None, "select_subprotocol": choose}
    async with unix_serve(serve, parser.parse_args().path, process_request=plain, **options):
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main())
