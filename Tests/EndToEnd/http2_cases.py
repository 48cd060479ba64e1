"""What a client of HTTP/2 may and may not send, frame by frame, and what comes of it: the rows of docs/CONFORMANCE.md."""
import dataclasses

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
UNKNOWN = 0xfa
END_STREAM, ACK, END_HEADERS, PADDED, HAS_PRIORITY = 1, 1, 4, 8, 32
NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR, SETTINGS_TIMEOUT, STREAM_CLOSED, FRAME_SIZE_ERROR, REFUSED_STREAM, \
    CANCEL, COMPRESSION_ERROR, CONNECT_ERROR, ENHANCE_YOUR_CALM = range(12)
CODES = ("NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED", "FRAME_SIZE_ERROR",
         "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM")
# What the test's front takes: streams at once, bytes of a frame.
STREAMS_MAX, FRAME_MAX = 8, 16_384


def connection(code):
    """GOAWAY, and the end of the connection."""
    return f"connection error {CODES[code]}"


def stream(code, number=1):
    """RST_STREAM, and the connection goes on."""
    return f"stream error {CODES[code]}" + (f" on {number}" if number != 1 else "")


def answered(status=200, number=1):
    return f"answered {status}" + (f" on {number}" if number != 1 else "")


IGNORED = "nothing, the connection goes on"
LEAVES = "answered 200, and the end"


@dataclasses.dataclass
class Ended:
    """A step: wait for the end of a stream."""
    number: int


@dataclasses.dataclass
class Received:
    """A step: wait for so many bytes of a stream's answer."""
    number: int
    count: int


@dataclasses.dataclass
class Case:
    """Steps on a connection of its own, behind `start`, and what comes of them.

    `arrives`: whether the worker sees the request of `/case`; None where it may begin to.
    `reason` is due where Pool does something else than the RFC's first choice, which is `instead_of`.
    """
    section: str
    name: str
    steps: list
    outcome: str
    arrives: bool | None = None
    start: bytes | None = None
    instead_of: str = ""
    reason: str = ""


def frame(kind, flags=0, number=0, payload=b"", length=None):
    """Any frame, sound or not."""
    return (len(payload) if length is None else length).to_bytes(3, "big") + bytes([kind, flags]) + number.to_bytes(4, "big") + payload


def integer(value, prefix, first=0):
    """RFC 7541, 5.1"""
    most = (1 << prefix) - 1
    if value < most:
        return bytes([first | value])
    found, value = bytes([first | most]), value - most
    while value > 127:
        found, value = found + bytes([value & 127 | 128]), value >> 7
    return found + bytes([value])


def block(*fields):
    """Fields as literals that leave no trace in the table: whatever is in them arrives as it is."""
    return b"".join(b"\0" + integer(len(name), 7) + name + integer(len(value), 7) + value for name, value in fields)


METHOD, SCHEME, AUTHORITY, PATH = (b":method", b"GET"), (b":scheme", b"http"), (b":authority", b"localhost"), (b":path", b"/case")
POST = (b":method", b"POST")


def request(*more, method=METHOD, path=PATH):
    return block(method, SCHEME, AUTHORITY, path, *more)


def headers(payload=None, number=1, flags=END_STREAM | END_HEADERS, end=True):
    return frame(HEADERS, flags if end else flags & ~END_STREAM, number, request() if payload is None else payload)


def upload(*more, number=1, path=PATH):
    """The head of a request whose body is still to come."""
    return headers(request(*more, method=POST, path=path), number, end=False)


def data(payload=b"", number=1, end=True, flags=0):
    return frame(DATA, flags | (END_STREAM if end else 0), number, payload)


def fields(*pairs):
    """A request of just these fields."""
    return [headers(block(*pairs))]


def with_field(name, value=b"x"):
    return [headers(request((name, value)))]


def setting(number, value):
    return frame(SETTINGS, payload=number.to_bytes(2, "big") + value.to_bytes(4, "big"))


def update(increment, number=0):
    return frame(WINDOW_UPDATE, number=number, payload=increment.to_bytes(4, "big"))


def reset(number=1, code=CANCEL):
    return frame(RST_STREAM, number=number, payload=code.to_bytes(4, "big"))


def priority(number=1, on=0):
    return frame(PRIORITY, number=number, payload=on.to_bytes(4, "big") + b"\x10")


def goaway(code=NO_ERROR, number=0, more=b""):
    return frame(GOAWAY, number=number, payload=bytes(4) + code.to_bytes(4, "big") + more)


PINGED = b"8 bytes."
HALF = request()[:20]
MALFORMED = {"outcome": stream(PROTOCOL_ERROR), "arrives": False}
REST = request()[20:]

CASES = [
    # How a connection begins
    Case("3.4", "SETTINGS behind the preface", [headers()], answered(), True),
    Case("3.4", "another frame than SETTINGS behind the preface", [headers()], connection(PROTOCOL_ERROR), False, start=PREFACE),
    Case("3.4", "an acknowledgement for the first SETTINGS", [headers()], connection(PROTOCOL_ERROR), False, start=PREFACE + frame(SETTINGS, ACK)),
    # Frames
    Case("4.1", "a frame of an unknown type", [frame(UNKNOWN, 0xff, 0, bytes(8)), headers()], answered(), True),
    Case("4.1", "flags that a type does not know", [frame(PING, 0x16, 0, PINGED), headers()], answered(), True),
    Case("4.1", "the reserved bit of a stream's number", [frame(PING, 0, 0x8000_0000, PINGED), headers()], answered(), True),
    Case("4.2", "DATA of 16,384 bytes", [upload(), data(b"x" * FRAME_MAX)], answered(), True),
    Case("4.2", "DATA of 16,385 bytes", [upload(), data(b"x" * (FRAME_MAX + 1))], connection(FRAME_SIZE_ERROR),
         instead_of=stream(FRAME_SIZE_ERROR), reason="A stream error may be taken for one of the connection (5.4), and this client is not to be trusted with lengths."),
    Case("4.2", "HEADERS of 16,385 bytes", [headers(request() + bytes(FRAME_MAX))], connection(FRAME_SIZE_ERROR), False),
    Case("4.2", "an unknown type of 16,385 bytes", [frame(UNKNOWN, 0, 0, bytes(FRAME_MAX + 1))], connection(FRAME_SIZE_ERROR)),
    # Header sections
    Case("4.3", "an index beyond the table", [headers(request() + b"\xc6")], connection(COMPRESSION_ERROR), False),
    Case("4.3", "index 0", [headers(request() + b"\x80")], connection(COMPRESSION_ERROR), False),
    Case("4.3", "a section that ends within a field", [headers(request((b"name", b"value"))[:-1])], connection(COMPRESSION_ERROR), False),
    Case("4.3", "a table larger than was allowed", [headers(b"\x3f\xe2\x1f" + request())], connection(COMPRESSION_ERROR), False),
    Case("4.3", "a change of the table behind a field", [headers(request() + b"\x20")], connection(COMPRESSION_ERROR), False),
    Case("4.3", "an integer beyond 32 bits", [headers(request() + b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f")], connection(COMPRESSION_ERROR), False),
    Case("4.3", "EOS within a Huffman string", [headers(request() + b"\0\x01a\x85\xff\xff\xff\xff\xff")], connection(COMPRESSION_ERROR), False),
    Case("4.3", "Huffman padding of zeros", [headers(request() + b"\0\x01a\x81\x18")], connection(COMPRESSION_ERROR), False),
    Case("4.3", "Huffman padding of more than 7 bits", [headers(request() + b"\0\x01a\x82\x1f\xff")], connection(COMPRESSION_ERROR), False),
    Case("4.3", "PRIORITY within a section", [headers(HALF, flags=END_STREAM), priority(), frame(CONTINUATION, END_HEADERS, 1, REST)],
         connection(PROTOCOL_ERROR), False),
    Case("4.3", "HEADERS of another stream within a section", [headers(HALF, flags=END_STREAM), headers(number=3)], connection(PROTOCOL_ERROR), False),
    Case("4.3", "an unknown type within a section",
         [headers(HALF, flags=END_STREAM), frame(UNKNOWN, 0, 0, b"x"), frame(CONTINUATION, END_HEADERS, 1, REST)], connection(PROTOCOL_ERROR), False),
    # States of streams
    Case("5.1", "idle: DATA", [data(b"x")], connection(PROTOCOL_ERROR)),
    Case("5.1", "idle: RST_STREAM", [reset()], connection(PROTOCOL_ERROR)),
    Case("5.1", "idle: WINDOW_UPDATE", [update(1, 1)], connection(PROTOCOL_ERROR)),
    Case("5.1", "idle: CONTINUATION", [frame(CONTINUATION, END_HEADERS, 1, request())], connection(PROTOCOL_ERROR), False),
    Case("5.1", "idle: PRIORITY", [priority(), headers()], answered(), True),
    Case("5.1", "half-closed: DATA", [headers(), data(b"x")], connection(STREAM_CLOSED),
         instead_of=stream(STREAM_CLOSED), reason="A client that goes on behind its own end has lost count: nothing more of what it says can be relied on."),
    Case("5.1", "half-closed: HEADERS", [headers(), headers()], connection(STREAM_CLOSED), instead_of=stream(STREAM_CLOSED), reason="As before."),
    Case("5.1", "half-closed: WINDOW_UPDATE and PRIORITY", [headers(), update(1, 1), priority()], answered(), True),
    Case("5.1", "closed by the client's RST_STREAM: DATA", [upload(), reset(), data(b"x")], connection(STREAM_CLOSED)),
    Case("5.1", "closed by the client's RST_STREAM: HEADERS", [upload(), reset(), headers()], connection(STREAM_CLOSED)),
    Case("5.1", "closed by the client's RST_STREAM: WINDOW_UPDATE, PRIORITY, RST_STREAM", [upload(), reset(), update(1, 1), priority(), reset()], IGNORED),
    Case("5.1", "closed: DATA", [headers(), Ended(1), data(b"x")], connection(STREAM_CLOSED)),
    Case("5.1", "closed: HEADERS", [headers(), Ended(1), headers()], connection(STREAM_CLOSED)),
    Case("5.1", "closed: WINDOW_UPDATE, PRIORITY, RST_STREAM", [headers(), Ended(1), update(1, 1), priority(), reset()], answered(), True),
    Case("5.1", "closed by the server's RST_STREAM: DATA and trailers that were on their way",
         [upload((b"te", b"gzip")), Ended(1), data(b"x", end=False), headers(block((b"trailer", b"x")))], stream(PROTOCOL_ERROR), False),
    Case("5.1.1", "an even number", [headers(number=2)], connection(PROTOCOL_ERROR), False),
    Case("5.1.1", "HEADERS without a stream", [headers(number=0)], connection(PROTOCOL_ERROR), False),
    Case("5.1.1", "a number that was passed over", [headers(number=5), headers(number=3)], connection(PROTOCOL_ERROR)),
    Case("5.1.1", "a number that was passed over, later", [headers(number=5), Ended(5), headers(number=3)], connection(PROTOCOL_ERROR)),
    Case("5.1.2", "one stream too many, SETTINGS not yet acknowledged",
         [upload(number=2 * index + 1) for index in range(STREAMS_MAX + 1)], stream(REFUSED_STREAM, 2 * STREAMS_MAX + 1)),
    Case("5.1.2", "one stream too many, SETTINGS acknowledged",
         [frame(SETTINGS, ACK), *[upload(number=2 * index + 1) for index in range(STREAMS_MAX + 1)]], connection(PROTOCOL_ERROR),
         instead_of=stream(REFUSED_STREAM), reason="The client has said that it knows the limit. PROTOCOL_ERROR is the RFC's other choice."),
    Case("5.3", "a stream that depends on itself", [priority(1, 1), headers()], answered(), True,
         instead_of="stream error PROTOCOL_ERROR (RFC 7540)", reason="RFC 9113 has done away with priorities; Pool says so in its SETTINGS (RFC 9218) and does not read them."),
    # Errors and extensions
    Case("5.4", "RST_STREAM is not answered", [upload(), reset(code=PROTOCOL_ERROR)], IGNORED),
    Case("5.5", "an unknown setting", [setting(0xfe, 1), headers()], answered(), True),
    Case("5.5", "an unknown type on a stream", [upload(), frame(UNKNOWN, 0, 1, b"x"), data(b"x")], answered(), True),
    # Each type
    Case("6.1", "DATA without a stream", [data(b"x", 0)], connection(PROTOCOL_ERROR)),
    Case("6.1", "padding", [upload(), data(b"\x03body\0\0\0", flags=PADDED)], answered(), True),
    Case("6.1", "as much padding as payload", [upload(), data(b"\x06body\0", flags=PADDED)], connection(PROTOCOL_ERROR)),
    Case("6.2", "padding", [headers(b"\x02" + request() + b"\0\0", flags=END_STREAM | END_HEADERS | PADDED)], answered(), True),
    Case("6.2", "more padding than payload", [headers(b"\xff" + request(), flags=END_STREAM | END_HEADERS | PADDED)], connection(PROTOCOL_ERROR), False),
    Case("6.2", "a priority", [headers(bytes(4) + b"\xff" + request(), flags=END_STREAM | END_HEADERS | HAS_PRIORITY)], answered(), True),
    Case("6.3", "PRIORITY without a stream", [priority(0)], connection(PROTOCOL_ERROR)),
    Case("6.3", "PRIORITY of 4 bytes", [frame(PRIORITY, number=1, payload=bytes(4))], connection(FRAME_SIZE_ERROR),
         instead_of=stream(FRAME_SIZE_ERROR), reason="A stream error may be taken for one of the connection (5.4)."),
    Case("6.4", "RST_STREAM without a stream", [reset(0)], connection(PROTOCOL_ERROR)),
    Case("6.4", "RST_STREAM of 3 bytes", [upload(), frame(RST_STREAM, number=1, payload=bytes(3))], connection(FRAME_SIZE_ERROR)),
    Case("6.5", "an acknowledgement with a payload", [frame(SETTINGS, ACK, payload=bytes(6))], connection(FRAME_SIZE_ERROR)),
    Case("6.5", "SETTINGS of a stream", [frame(SETTINGS, number=1)], connection(PROTOCOL_ERROR)),
    Case("6.5", "SETTINGS of 5 bytes", [frame(SETTINGS, payload=bytes(5))], connection(FRAME_SIZE_ERROR)),
    Case("6.5.2", "ENABLE_PUSH of 2", [setting(2, 2)], connection(PROTOCOL_ERROR)),
    Case("6.5.2", "INITIAL_WINDOW_SIZE of 2^31", [setting(4, 1 << 31)], connection(FLOW_CONTROL_ERROR)),
    Case("6.5.2", "MAX_FRAME_SIZE of 16,383", [setting(5, FRAME_MAX - 1)], connection(PROTOCOL_ERROR)),
    Case("6.5.2", "MAX_FRAME_SIZE of 2^24", [setting(5, 1 << 24)], connection(PROTOCOL_ERROR)),
    Case("6.5.2", "ENABLE_CONNECT_PROTOCOL of 2", [setting(8, 2)], connection(PROTOCOL_ERROR)),
    Case("6.5.2", "NO_RFC7540_PRIORITIES of 2", [setting(9, 2)], connection(PROTOCOL_ERROR)),
    Case("6.5.2", "a HEADER_TABLE_SIZE of 0", [setting(1, 0), headers()], answered(), True),
    Case("6.6", "PUSH_PROMISE", [frame(PUSH_PROMISE, END_HEADERS, 1, (2).to_bytes(4, "big") + request())], connection(PROTOCOL_ERROR), False),
    Case("6.7", "PING of a stream", [frame(PING, number=1, payload=PINGED)], connection(PROTOCOL_ERROR)),
    Case("6.7", "PING of 7 bytes", [frame(PING, payload=PINGED[1:])], connection(FRAME_SIZE_ERROR)),
    Case("6.7", "an answer to no PING", [frame(PING, ACK, payload=PINGED), headers()], answered(), True),
    Case("6.8", "GOAWAY of a stream", [goaway(number=1)], connection(PROTOCOL_ERROR)),
    Case("6.8", "GOAWAY of 7 bytes", [frame(GOAWAY, payload=bytes(7))], connection(FRAME_SIZE_ERROR)),
    Case("6.9", "WINDOW_UPDATE of 0 for the connection", [update(0)], connection(PROTOCOL_ERROR)),
    Case("6.9", "WINDOW_UPDATE of 0 for a stream", [upload(), update(0, 1)], connection(PROTOCOL_ERROR),
         instead_of=stream(PROTOCOL_ERROR), reason="A stream error may be taken for one of the connection (5.4)."),
    Case("6.9", "WINDOW_UPDATE of 3 bytes", [frame(WINDOW_UPDATE, payload=bytes(3))], connection(FRAME_SIZE_ERROR)),
    Case("6.9.1", "a window of the connection beyond 2^31 - 1", [update(0x7fff_ffff)], connection(FLOW_CONTROL_ERROR)),
    Case("6.9.1", "a window of a stream beyond 2^31 - 1", [upload(), update(0x7fff_ffff, 1)], stream(FLOW_CONTROL_ERROR)),
    Case("6.9.1", "more DATA than the window",
         [upload(path=(b":path", b"/stall"))] + [data(b"x" * FRAME_MAX, end=False)] * 512, stream(FLOW_CONTROL_ERROR)),
    Case("6.9.1", "a window of one byte", [setting(4, 1), headers(), update(0x7fff, 1)], answered(), True),
    Case("6.9.2", "SETTINGS that make a window negative, and another that mends it",
         [setting(4, 10), headers(), Received(1, 10), setting(4, 0), setting(4, 0x7fff)], answered(), True),
    Case("6.9.2", "SETTINGS that make a stream's window too large", [upload(), update(0x7fff_0000 - 1, 1), setting(4, 0x7fff_ffff)],
         stream(FLOW_CONTROL_ERROR), instead_of=connection(FLOW_CONTROL_ERROR),
         reason="nghttp2 ends the stream whose window it is; the windows of the others are sound."),
    Case("6.10", "a section in many frames",
         [headers(request()[:9], flags=END_STREAM), frame(CONTINUATION, 0, 1), frame(CONTINUATION, 0, 1, request()[9:30]),
          frame(CONTINUATION, END_HEADERS, 1, request()[30:])], answered(), True),
    Case("6.10", "CONTINUATION behind the end of a section", [headers(), frame(CONTINUATION, END_HEADERS, 1, b"")], connection(PROTOCOL_ERROR)),
    Case("6.10", "CONTINUATION without a stream", [headers(HALF, flags=END_STREAM), frame(CONTINUATION, END_HEADERS, 0, REST)],
         connection(PROTOCOL_ERROR), False),
    Case("6.10", "CONTINUATION of another stream", [headers(HALF, flags=END_STREAM), frame(CONTINUATION, END_HEADERS, 3, REST)],
         connection(PROTOCOL_ERROR), False),
    Case("6.10", "CONTINUATION behind DATA", [upload(), data(b"x", end=False), frame(CONTINUATION, END_HEADERS, 1, b"")], connection(PROTOCOL_ERROR)),
    Case("7", "RST_STREAM with an unknown code", [upload(), reset(code=0xff)], IGNORED),
    Case("7", "GOAWAY with an unknown code, before its answer", [headers(), goaway(0xff)], LEAVES),
    # Messages
    Case("8.1", "trailers", [upload(), data(b"body", end=False), headers(block((b"checksum", b"1")))], answered(), True),
    Case("8.1", "a second section that does not end the stream", [upload(), data(b"x", end=False), headers(block((b"a", b"b")), end=False)],
         stream(PROTOCOL_ERROR)),
    Case("8.1", "a pseudo-header field in trailers", [upload(), data(b"x", end=False), headers(block(PATH))], stream(PROTOCOL_ERROR)),
    Case("8.1", "Content-Length in trailers", [upload(), data(b"x", end=False), headers(block((b"content-length", b"1")))], answered(400)),
    Case("8.1", "`Connection` in trailers", [upload(), data(b"x", end=False), headers(block((b"connection", b"close")))], stream(PROTOCOL_ERROR)),
    Case("8.1.1", "a Content-Length that is right", [upload((b"content-length", b"4")), data(b"body")], answered(), True),
    Case("8.1.1", "less DATA than Content-Length", [upload((b"content-length", b"5")), data(b"body")], stream(PROTOCOL_ERROR)),
    Case("8.1.1", "more DATA than Content-Length", [upload((b"content-length", b"3")), data(b"body")], stream(PROTOCOL_ERROR)),
    Case("8.1.1", "less in two frames than Content-Length", [upload((b"content-length", b"9")), data(b"body", end=False), data(b"body")], stream(PROTOCOL_ERROR)),
    Case("8.1.1", "a Content-Length without a body", [headers(request((b"content-length", b"4"), method=POST))], **MALFORMED),
    Case("8.1.1", "two Content-Length", [upload((b"content-length", b"4"), (b"content-length", b"5")), data(b"body")], **MALFORMED),
    Case("8.1.1", "a Content-Length that is no number", [upload((b"content-length", b"4x")), data(b"body")], **MALFORMED),
    Case("8.1.1", "a Content-Length with a sign", [upload((b"content-length", b"+4")), data(b"body")], **MALFORMED),
    Case("8.1.1", "a Content-Length beyond 64 bits", [upload((b"content-length", b"18446744073709551620")), data(b"body")], **MALFORMED),
    # Fields
    Case("8.2", "a name in upper case", with_field(b"X-Upper"), **MALFORMED),
    Case("8.2", "an empty name", with_field(b""), **MALFORMED),
    Case("8.2", "a blank in a name", with_field(b"a b"), **MALFORMED),
    Case("8.2", "a colon within a name", with_field(b"a:b"), **MALFORMED),
    Case("8.2", "NUL in a name", with_field(b"a\0b"), **MALFORMED),
    Case("8.2", "a line break in a name", with_field(b"a\r\nevil"), **MALFORMED),
    Case("8.2", "a byte above 127 in a name", with_field(b"a\xe9"), **MALFORMED),
    Case("8.2.1", "NUL in a value", with_field(b"a", b"x\0y"), **MALFORMED),
    Case("8.2.1", "LF in a value", with_field(b"a", b"x\nevil: 1"), **MALFORMED),
    Case("8.2.1", "CR in a value", with_field(b"a", b"x\ry"), **MALFORMED),
    Case("8.2.1", "a blank before a value", with_field(b"a", b" x"), **MALFORMED),
    Case("8.2.1", "a blank behind a value", with_field(b"a", b"x "), **MALFORMED),
    Case("8.2.1", "a tab behind a value", with_field(b"a", b"x\t"), **MALFORMED),
    Case("8.2.1", "a blank within a value", with_field(b"a", b"x y"), answered(), True),
    Case("8.2.1", "bytes above 127 in a value", with_field(b"a", b"\xe9"), answered(), True),
    *[Case("8.2.2", f"`{name.decode()}: {value.decode()}`", with_field(name, value), **MALFORMED) for name, value in [
        (b"connection", b"close"), (b"connection", b"keep-alive"), (b"keep-alive", b"timeout=5"), (b"proxy-connection", b"close"),
        (b"transfer-encoding", b"chunked"), (b"upgrade", b"websocket"), (b"te", b"gzip"), (b"te", b"trailers, gzip")]],
    Case("8.2.2", "`te: trailers`", with_field(b"te", b"trailers"), answered(), True),
    Case("8.2.3", "cookies in several fields", [headers(request((b"cookie", b"a=1"), (b"cookie", b"b=2")))], answered(), True),
    # Pseudo-header fields
    Case("8.3", "an unknown one", fields(METHOD, SCHEME, AUTHORITY, PATH, (b":unknown", b"x")), **MALFORMED),
    Case("8.3", "`:status` in a request", fields(METHOD, SCHEME, AUTHORITY, PATH, (b":status", b"200")), **MALFORMED),
    Case("8.3", "one behind a field", fields(METHOD, SCHEME, AUTHORITY, (b"a", b"b"), PATH), **MALFORMED),
    Case("8.3.1", "no `:method`", fields(SCHEME, AUTHORITY, PATH), **MALFORMED),
    Case("8.3.1", "no `:scheme`", fields(METHOD, AUTHORITY, PATH), **MALFORMED),
    Case("8.3.1", "no `:path`", fields(METHOD, SCHEME, AUTHORITY), **MALFORMED),
    Case("8.3.1", "two `:method`", fields(METHOD, METHOD, SCHEME, AUTHORITY, PATH), **MALFORMED),
    Case("8.3.1", "two `:scheme`", fields(METHOD, SCHEME, SCHEME, AUTHORITY, PATH), **MALFORMED),
    Case("8.3.1", "two `:path`", fields(METHOD, SCHEME, AUTHORITY, PATH, PATH), **MALFORMED),
    Case("8.3.1", "two `:authority`", fields(METHOD, SCHEME, AUTHORITY, AUTHORITY, PATH), **MALFORMED),
    Case("8.3.1", "an empty `:path`", fields(METHOD, SCHEME, AUTHORITY, (b":path", b"")), **MALFORMED),
    Case("8.3.1", "a `:path` without a slash", fields(METHOD, SCHEME, AUTHORITY, (b":path", b"case")), **MALFORMED),
    Case("8.3.1", "a blank in `:path`", fields(METHOD, SCHEME, AUTHORITY, (b":path", b"/case HTTP/1.1")), **MALFORMED),
    Case("8.3.1", "a line break in `:path`", fields(METHOD, SCHEME, AUTHORITY, (b":path", b"/case\r\nevil: 1")), **MALFORMED),
    Case("8.3.1", "a blank in `:method`", fields((b":method", b"GET /evil"), SCHEME, AUTHORITY, PATH), **MALFORMED),
    Case("8.3.1", "an empty `:method`", fields((b":method", b""), SCHEME, AUTHORITY, PATH), **MALFORMED),
    Case("8.3.1", "a `:path` of `*` for GET", fields(METHOD, SCHEME, AUTHORITY, (b":path", b"*")), **MALFORMED),
    Case("8.3.1", "another scheme than http and https", fields(METHOD, (b":scheme", b"ftp"), AUTHORITY, PATH), answered(400), False),
    Case("8.3.1", "user information in `:authority`", fields(METHOD, SCHEME, (b":authority", b"u@localhost"), PATH), answered(400), False),
    Case("8.3.1", "`:authority` and another Host", fields(METHOD, SCHEME, AUTHORITY, PATH, (b"host", b"other")), answered(400), False),
    Case("8.3.1", "`:authority` and the same Host", fields(METHOD, SCHEME, AUTHORITY, PATH, (b"host", b"localhost")), answered(), True),
    Case("8.3.1", "Host and no `:authority`", fields(METHOD, SCHEME, PATH, (b"host", b"localhost")), answered(), True),
    Case("8.3.1", "neither Host nor `:authority`", fields(METHOD, SCHEME, PATH), **MALFORMED),
    # CONNECT, and RFC 8441
    Case("8.5", "CONNECT to an authority", fields((b":method", b"CONNECT"), (b":authority", b"localhost:1")), answered(501), False),
    Case("8.5", "CONNECT with `:path`, without `:protocol`", fields((b":method", b"CONNECT"), AUTHORITY, PATH), **MALFORMED),
    Case("8.5", "CONNECT without `:authority`", fields((b":method", b"CONNECT")), **MALFORMED),
    Case("8.5", "`:protocol` with GET", fields(METHOD, SCHEME, AUTHORITY, PATH, (b":protocol", b"websocket")), **MALFORMED),
    Case("8.5", "an unknown `:protocol`", fields((b":method", b"CONNECT"), SCHEME, AUTHORITY, PATH, (b":protocol", b"magic")), answered(501), False),
]
