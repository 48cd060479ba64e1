"""The example of aiohttp's "Server Deployment" page, with something to look at.

    python aiohttp_example.py --path=/tmp/example_1.sock
    python aiohttp_example.py --port=8081

GET  /            who answered: worker and pid
GET  /health      200 while the worker can serve
GET  /slow?ms=50  answers after so many milliseconds (POST too)
POST /echo        streams the body back
GET  /ws          a WebSocket that echoes

TERM lets requests that are under way finish, then ends with status 0.
"""

import argparse
import asyncio
import logging
import os
import sys
import weakref

from aiohttp import WSCloseCode, WSMsgType, web

parser = argparse.ArgumentParser(description="aiohttp server example")
parser.add_argument("--path", help="unix socket to listen on")
parser.add_argument("--port", type=int, help="TCP port to listen on")
parser.add_argument("--host", default="127.0.0.1", help="address for --port (default: this host only)")

websockets = web.AppKey("websockets", weakref.WeakSet)

SLOW_MS_MAX = 60_000


async def index(request: web.Request) -> web.Response:
    return web.json_response({"worker": os.environ.get("WORKER", "example"), "pid": os.getpid()})


async def health(request: web.Request) -> web.Response:
    return web.Response(text="ok\n")


async def slow(request: web.Request) -> web.Response:
    try:
        ms = int(request.query.get("ms", "1000"))
    except ValueError:
        raise web.HTTPBadRequest(text="ms must be a whole number\n") from None
    if not 0 <= ms <= SLOW_MS_MAX:
        raise web.HTTPBadRequest(text=f"ms must be from 0 to {SLOW_MS_MAX}\n")
    await asyncio.sleep(ms / 1000)
    return web.Response(text=f"slept {ms} ms\n")


async def echo(request: web.Request) -> web.StreamResponse:
    """Send each piece of the body back as it comes, so that bodies of any size need no memory."""
    response = web.StreamResponse(headers={"Content-Type": request.headers.get("Content-Type", "text/plain")})
    if request.content_length is not None:
        response.content_length = request.content_length
    await response.prepare(request)
    async for piece in request.content.iter_any():
        await response.write(piece)
    await response.write_eof()
    return response


async def websocket(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    request.app[websockets].add(socket)
    async for message in socket:
        if message.type == WSMsgType.TEXT:
            await socket.send_str(message.data)
        elif message.type == WSMsgType.BINARY:
            await socket.send_bytes(message.data)
    return socket


async def close_websockets(app: web.Application) -> None:
    """Tell the clients to come back: a WebSocket would otherwise hold up the end of the worker."""
    for socket in set(app[websockets]):
        await socket.close(code=WSCloseCode.GOING_AWAY, message=b"the worker is shutting down")


def make_app() -> web.Application:
    app = web.Application()
    app[websockets] = weakref.WeakSet()
    app.on_shutdown.append(close_websockets)
    app.router.add_get("/", index)
    app.router.add_get("/health", health)
    app.router.add_get("/slow", slow)
    app.router.add_post("/slow", slow)
    app.router.add_route("*", "/echo", echo)
    app.router.add_get("/ws", websocket)
    return app


if __name__ == "__main__":
    args = parser.parse_args()
    # Each line at once: what is still in a buffer when a process is killed is lost.
    sys.stdout.reconfigure(line_buffering=True)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    # A probe every two seconds is no news.
    logging.getLogger("aiohttp.access").addFilter(lambda record: '"GET /health ' not in record.getMessage())
    web.run_app(
        make_app(),
        path=args.path,
        host=args.host if args.port else None,
        port=args.port,
        # %a, the default's first field, is empty on a unix socket; the proxy says who the client was.
        access_log_format='%{X-Forwarded-For}i %t "%r" %s %b %Tfs',
        # Less than the profile's stop_timeout, so that no worker has to be killed.
        shutdown_timeout=8,
    )
