"""A worker that closes its connections when a proxy is about to use them again, and counts what it does twice.

    closing.py --path=/run/x.sock at-once|idle

`at-once`: right behind each answer, which says nothing of it. `idle`: when nothing has come for IDLE seconds.
The answer to a request is its body; /doubled says how many bodies came more than once.
"""
import argparse
import asyncio
import re
import signal

IDLE = 0.05
seen, doubled = set(), 0


class Connection(asyncio.Protocol):
    def __init__(self, closes_at_once):
        self.closes_at_once, self.held, self.timer = closes_at_once, b"", None

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.held += data
        while (request := self.take()) is not None:
            self.answer(*request)

    def connection_lost(self, error):
        if self.timer:
            self.timer.cancel()

    def take(self):
        """Path and body of the next whole request."""
        head, end, rest = self.held.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        size = int(length[1]) if length else 0
        if not end or len(rest) < size:
            return None
        self.held = rest[size:]
        return head.split(b" ", 2)[1], rest[:size]

    def answer(self, path, body):
        global doubled
        if path == b"/doubled":
            body = b"%d" % doubled
        elif body:
            doubled += body in seen
            seen.add(body)
        self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        if self.closes_at_once and path != b"/health":
            self.transport.close()
            return
        if self.timer:
            self.timer.cancel()
        self.timer = asyncio.get_running_loop().call_later(IDLE, self.transport.close)


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--path", required=True)
    parser.add_argument("mode", choices=["at-once", "idle"])
    options = parser.parse_args()
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    async with await loop.create_unix_server(lambda: Connection(options.mode == "at-once"), options.path):
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main())
