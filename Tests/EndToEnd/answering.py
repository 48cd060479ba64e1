"""A worker that answers with whatever bytes it is told.

    answering.py --path=/run/x.sock

The body of a POST to /answer is JSON: `pieces`, each base64, sent with a pause before every one but the first, and
`close`, whether the connection ends behind them. /closed says how many connections with such an answer the other
side has closed; any other request is answered with its path.
"""
import argparse
import asyncio
import base64
import json
import re
import signal

PAUSE = 0.05
closed = 0


async def answer(reader, writer, head):
    """Answers one request; whether the connection goes on."""
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    body = await reader.readexactly(int(length[1])) if length else b""
    path = head.split(b" ", 2)[1]
    if path != b"/answer":
        text = b"%d" % closed if path == b"/closed" else path
        payload = b"" if head.startswith(b"HEAD ") else text
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(text), payload))
        return True
    order = json.loads(body)
    for index, piece in enumerate(order["pieces"]):
        if index:
            await asyncio.sleep(PAUSE)
        writer.write(base64.b64decode(piece))
        await writer.drain()
    return not order["close"]


async def serve(reader, writer):
    global closed
    orders = 0
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            orders += b" /answer " in head
            if not await answer(reader, writer, head):
                break
    except (OSError, asyncio.IncompleteReadError):
        closed += orders > 0
    finally:
        writer.close()


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--path", required=True)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with await asyncio.start_unix_server(serve, parser.parse_args().path):
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main())
