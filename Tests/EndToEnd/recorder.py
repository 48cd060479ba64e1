"""A worker that records: it answers every request with the exact bytes that reached it, as hexadecimal.

    recorder.py --path=/run/x.sock [--journal]

With a journal, every byte that comes in is also in PATH.journal before it is looked at (`read_journal`).

What arrives is taken apart with the strictest reading there is: a head up to the first blank line, a body by one
Content-Length or by plain chunks; anything else is answered with 599 and the connection closed, so that a test sees it.
The body of a request for /stall is never read.
"""
import argparse
import asyncio
import os
import re
import signal
import struct


class Malformed(Exception):
    pass


LINE = re.compile(rb"^[!#$%&'*+\-.^_`|~0-9A-Za-z]+: ?[^\x00-\x08\x0a-\x1f\x7f]*$")
START = re.compile(rb"^[A-Z!#$%&'*+\-.^_`|~0-9a-z]+ [^\x00-\x20\x7f]+ HTTP/1\.1$")


async def read_request(reader):
    """The bytes of one request, head and body; None at the end of the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise Malformed(f"end within a head: {error.partial!r}") from None
        return None
    lines = head[:-4].split(b"\r\n")
    if not START.match(lines[0]):
        raise Malformed(f"request line {lines[0]!r}")
    for line in lines[1:]:
        if not LINE.match(line):
            raise Malformed(f"field line {line!r}")
    fields = [(name.lower(), value.strip()) for name, _, value in (line.partition(b":") for line in lines[1:])]
    lengths = [value for name, value in fields if name == b"content-length"]
    codings = [value.lower() for name, value in fields if name == b"transfer-encoding"]
    if len(lengths) + len(codings) > 1 or codings not in ([], [b"chunked"]):
        raise Malformed(f"framing {lengths} {codings}")
    if [name for name, _ in fields].count(b"host") != 1:
        raise Malformed("not one Host")
    body = b""
    if b" /stall " in lines[0]:
        await asyncio.Event().wait()
    if lengths:
        if not lengths[0].isdigit():
            raise Malformed(f"length {lengths[0]!r}")
        body = await reader.readexactly(int(lengths[0]))
    elif codings:
        while True:
            line = await reader.readuntil(b"\r\n")
            if not re.fullmatch(rb"[0-9a-fA-F]{1,15}\r\n", line):
                raise Malformed(f"chunk size {line!r}")
            chunk = await reader.readexactly(int(line, 16)) if int(line, 16) else b""
            body += line + chunk
            if not chunk:
                while (trailer := await reader.readuntil(b"\r\n")) != b"\r\n":
                    if not LINE.match(trailer[:-2]):
                        raise Malformed(f"trailer {trailer!r}")
                    body += trailer
                body += b"\r\n"
                break
            if (end := await reader.readexactly(2)) != b"\r\n":
                raise Malformed(f"end of chunk {end!r}")
            body += end
    return head + body


class Journalled(asyncio.StreamReaderProtocol):
    """Writes down what a connection brings, as it comes: records of connection number, length and bytes."""
    opened = 0

    def __init__(self, journal):
        super().__init__(asyncio.StreamReader(limit=1 << 20), serve)
        self.journal, self.number = journal, Journalled.opened
        Journalled.opened += 1

    def data_received(self, data):
        self.journal.write(struct.pack("<II", self.number, len(data)) + data)
        super().data_received(data)


def records(data):
    """Connection number and bytes of each record."""
    position = 0
    while position < len(data):
        number, count = struct.unpack_from("<II", data, position)
        yield number, data[position + 8:position + 8 + count]
        position += 8 + count


def read_journal(path):
    """Connection number to all the bytes that it brought, and where in them each record begins in the whole."""
    connections, position = {}, 0
    with open(path, "rb") as file:
        data = file.read()
    for number, piece in records(data):
        brought, begins = connections.get(number, (b"", {}))
        begins[len(brought)] = position
        connections[number] = brought + piece, begins
        position += 8 + len(piece)
    return connections


async def serve(reader, writer):
    try:
        while (request := await read_request(reader)) is not None:
            payload = b"ok" if b" /health " in request.split(b"\r\n", 1)[0] else request.hex().encode()
            head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(payload)}\r\nX-Worker: {os.getpid()}\r\n\r\n".encode()
            writer.write(head + (b"" if request.startswith(b"HEAD ") else payload))
            await writer.drain()
    except (Malformed, asyncio.LimitOverrunError) as error:
        text = f"{error}".encode()
        writer.write(b"HTTP/1.1 599 Malformed\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(text), text))
    except (OSError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--path", required=True)
    parser.add_argument("--journal", action="store_true")
    options = parser.parse_args()
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    name = f"{options.path}.journal" if options.journal else os.devnull
    with open(name, "ab", buffering=0) as journal:
        async with await loop.create_unix_server(lambda: Journalled(journal), options.path):
            await stop.wait()


if __name__ == "__main__":
    asyncio.run(main())
