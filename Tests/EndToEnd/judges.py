"""Two judges of HTTP/1.1 requests that share nothing with the proxy: one written here from the RFCs, and h11.

A judge reads the bytes of one connection and says which requests they hold. What is malformed or could be read in two
ways ends the reading; a proxy must not have sent on what comes behind it.
"""
import dataclasses
import re

import h11

TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
# Visible ASCII: wider than a URI, as all servers take it, because browsers send such bytes. Not the fragment's sign.
START = re.compile(rb"(%s) ([!-\"$-~]+) HTTP/1\.([01])" % TOKEN)
FIELD = re.compile(rb"(%s):[ \t]*((?:[!-~\x80-\xff](?:[ \t!-~\x80-\xff]*[!-~\x80-\xff])?)?)[ \t]*" % TOKEN)
HOST = re.compile(rb"(?:\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)(?::[0-9]*)?")
ABSOLUTE = re.compile(rb"(?i:https?)://([^/?@]+)(/[^?]*|(?=\?)|$)(\?.*)?")
QUOTED = rb'"(?:[\t !#-\[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"'
BLANK = rb"[ \t]*"
CHUNK = re.compile(rb"([0-9a-fA-F]{1,16})((?:%s;%s%s(?:%s=%s(?:%s|%s))?)*)" % (BLANK, BLANK, TOKEN, BLANK, BLANK, TOKEN, QUOTED))
# What speaks of one connection only, and must not reach the worker.
HOP_BY_HOP = {b"connection", b"keep-alive", b"proxy-connection", b"te", b"upgrade", b"http2-settings", b"proxy"}
# What the proxy writes itself, exactly once; these two not always.
IDENTITY = [b"host", b"x-real-ip", b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host", b"forwarded", b"x-request-id"]
SOMETIMES = {b"x-forwarded-host", b"x-real-ip"}
FRAMING = {b"content-length", b"transfer-encoding"}


@dataclasses.dataclass
class Message:
    """One request: its parts, the payload without chunk framing, and what the head said of the connection."""
    method: bytes
    target: bytes
    minor: int
    fields: list
    body: bytes = b""
    trailers: list = dataclasses.field(default_factory=list)
    extensions: bytes = b""
    is_last: bool = False
    # Where it begins in what was read.
    offset: int = 0

    def values(self, name):
        return [value for field, value in self.fields if field.lower() == name]

    @property
    def summary(self):
        """What both judges must agree upon."""
        return self.method, self.target, [(name.lower(), value) for name, value in self.fields], self.body, self.trailers


@dataclasses.dataclass
class Reading:
    """What a judge saw: whole requests, then a fault, an unfinished request, or the end."""
    messages: list = dataclasses.field(default_factory=list)
    fault: str = ""
    is_unfinished: bool = False

    @property
    def is_clean(self):
        return not self.fault and not self.is_unfinished


class Malformed(Exception):
    pass


class Unfinished(Exception):
    pass


class Lines:
    """Bytes taken line by line; a line ends in CRLF, and neither stands alone."""

    def __init__(self, data):
        self.data, self.position = data, 0

    @property
    def is_at_end(self):
        return self.position == len(self.data)

    def line(self):
        stop = re.compile(rb"[\r\n]").search(self.data, self.position)
        if stop is None or stop.group() == b"\r" and stop.end() == len(self.data):
            raise Unfinished
        if self.data[stop.start():stop.start() + 2] != b"\r\n":
            raise Malformed("CR or LF alone")
        line, self.position = self.data[self.position:stop.start()], stop.start() + 2
        return line

    def take(self, count):
        if len(self.data) - self.position < count:
            raise Unfinished
        self.position += count
        return self.data[self.position - count:self.position]


def strict(data, forwarded=False):
    """Reads as RFC 9110 and 9112 say, without any leniency that they allow, but two empty lines before a request.

    `forwarded`: the bytes come from the proxy, which must have taken out more.
    """
    lines, reading = Lines(data), Reading()
    try:
        while not lines.is_at_end and not (reading.messages and reading.messages[-1].is_last):
            offset = lines.position
            message = _message(lines, forwarded)
            message.offset = offset
            reading.messages.append(message)
    except Malformed as error:
        reading.fault = str(error)
    except Unfinished:
        reading.is_unfinished = True
    return reading


def _message(lines, forwarded):
    start = lines.line()
    for _ in range(2):
        if not start and not forwarded:
            start = lines.line()
    match = START.fullmatch(start)
    if not match:
        raise Malformed(f"request line {start!r}")
    message = Message(match[1], match[2], int(match[3]), _fields(lines))
    _check_target(message)
    framing = _check_head(message)
    if forwarded:
        _check_forwarded(message)
    if framing is None:
        _read_chunks(lines, message)
        if forwarded and message.extensions:
            raise Malformed("chunk extension sent on")
    else:
        message.body = lines.take(framing)
    return message


def _fields(lines):
    fields = []
    while line := lines.line():
        match = FIELD.fullmatch(line)
        if not match:
            raise Malformed(f"field line {line!r}")
        fields.append((match[1], match[2]))
    return fields


def _check_target(message):
    target = message.target
    if message.method == b"CONNECT":
        raise Malformed("CONNECT, which no reverse proxy serves")
    if target.startswith(b"/") or target == b"*" and message.method == b"OPTIONS":
        return
    absolute = ABSOLUTE.fullmatch(target)
    if not absolute or not HOST.fullmatch(absolute[1]):
        raise Malformed(f"target {target!r}")


def _check_head(message):
    """The length of the body, or None for chunks."""
    hosts = message.values(b"host")
    if len(hosts) > 1 or not hosts and message.minor == 1 or any(not HOST.fullmatch(host) for host in hosts):
        raise Malformed(f"host {hosts}")
    lengths, codings = message.values(b"content-length"), message.values(b"transfer-encoding")
    if len(lengths) + len(codings) > 1:
        raise Malformed(f"framing {lengths} {codings}")
    if any(value.lower() != b"100-continue" for value in message.values(b"expect")):
        raise Malformed("expectation")
    options = [option.strip(b" \t").lower() for value in message.values(b"connection") for option in value.split(b",")]
    message.is_last = b"close" in options or message.minor == 0 and b"keep-alive" not in options
    if codings:
        if codings[0].lower() != b"chunked" or message.minor == 0:
            raise Malformed(f"transfer encoding {codings}")
        if message.method == b"TRACE":
            raise Malformed("TRACE with a body")
        return None
    if not lengths:
        return 0
    if not re.fullmatch(rb"[0-9]{1,18}", lengths[0]) or message.method == b"TRACE":
        raise Malformed(f"length {lengths}")
    return int(lengths[0])


def _read_chunks(lines, message):
    while True:
        line = lines.line()
        match = CHUNK.fullmatch(line)
        if not match:
            raise Malformed(f"chunk size {line!r}")
        message.extensions += match[2]
        size = int(match[1], 16)
        if size == 0:
            message.trailers = _fields(lines)
            return
        message.body += lines.take(size)
        if (end := lines.take(2)) != b"\r\n":
            raise Malformed(f"end of a chunk {end!r}")


def _check_forwarded(message):
    if message.minor != 1 or not message.target.startswith((b"/", b"*")):
        raise Malformed(f"version 1.{message.minor}, target {message.target!r}")
    names = [name.lower() for name, _ in message.fields]
    if message.values(b"upgrade") or message.values(b"connection"):
        pair = [[value.lower() for value in message.values(name)] for name in (b"connection", b"upgrade")]
        if pair != [[b"upgrade"], [b"websocket"]]:
            raise Malformed(f"upgrade {pair}")
    for name in names:
        if name in HOP_BY_HOP - {b"connection", b"upgrade"}:
            raise Malformed(f"{name} sent on")
        # What a CGI-like server reads as another name.
        if b"_" in name and name.replace(b"_", b"-") in FRAMING | set(IDENTITY) | {b"connection", b"upgrade", b"te"}:
            raise Malformed(f"{name} sent on")
    for name in IDENTITY:
        if names.count(name) != 1 and (names.count(name) > 1 or name not in SOMETIMES):
            raise Malformed(f"{names.count(name)} times {name}")


def second(data):
    """Reads with h11, the parser under httpx's and uvicorn's feet: more lenient, written by others."""
    connection, reading = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20), Reading()
    message = None
    connection.receive_data(data)
    try:
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA or event is h11.PAUSED:
                reading.is_unfinished = message is not None or bool(connection.trailing_data[0])
                return reading
            if isinstance(event, h11.Request):
                fields = [(name, value) for name, value in event.headers.raw_items()]
                message = Message(event.method, event.target, int(event.http_version[-1:]), fields)
            elif isinstance(event, h11.Data):
                message.body += event.data
            elif isinstance(event, h11.EndOfMessage):
                message.trailers = [(name, value) for name, value in event.headers.raw_items()]
                reading.messages.append(message)
                message = None
                connection.send(h11.Response(status_code=200, headers=[("content-length", "0")]))
                connection.send(h11.EndOfMessage())
                if connection.our_state is not h11.DONE:
                    return reading
                connection.start_next_cycle()
    except h11.RemoteProtocolError as error:
        reading.fault = str(error)
    return reading
