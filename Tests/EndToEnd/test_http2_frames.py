"""HTTP/2 frame by frame: what a client may not send, what comes of it, and that nobody else is the worse for it.

The cases are sent as bytes; hyperframe and hpack read the answers, and a strict reader judges what reached the worker.
"""
import contextlib
import os
import select
import socket
import ssl

import hpack
import hyperframe.frame
import pytest

import judges
from daemon import RECORDER, ROOT, Daemon, free_port
from http2_cases import (
    ACK, CASES, END_HEADERS, END_STREAM, HEADERS, IGNORED, LEAVES, PING, PREFACE, PROTOCOL_ERROR, REFUSED_STREAM, SETTINGS,
    STREAMS_MAX, Ended, answered, block, connection, frame, stream)
from recorder import records
from test_tls import make_certificate

DOCUMENT = ROOT / "docs/CONFORMANCE.md"
BEGIN, END = "<!-- frames: written by Tests/EndToEnd/test_http2_frames.py -->\n", "<!-- end of the frames -->\n"
# Behind each case: does the connection go on?
PROBE, PROBE_STREAM = b"go on?!.", 1001


class Front(Daemon):
    """A front for HTTP/2 in the clear and over TLS, with a worker that writes every byte down."""

    def __init__(self):
        super().__init__(workers=1, program=RECORDER, options=["--journal"], health="path = false",
                         front=f"h2c = true\n[front.limits]\nhttp2_streams_max = {STREAMS_MAX}")
        self.secure = free_port()
        # Bytes of the journal that were judged, and by connection what there is of a request that has not come whole.
        self.judged, self.rest = 0, {}
        make_certificate(self.directory, "site")
        listen = f'listen = ["127.0.0.1:{self.port}"]'
        text = self.profile.read_text()
        assert listen in text
        self.write_profile(text.replace(listen, f"""listen = ["127.0.0.1:{self.port}",
  {{ address = "127.0.0.1:{self.secure}", tls = {{ certificate = "site.pem", key = "site.key" }} }}]"""))

    def arrived(self):
        """The targets of the requests that have reached the worker since the last call, judged; one that was cut is none."""
        with open(next(self.runtime.rglob("*.journal")), "rb") as file:
            file.seek(self.judged)
            new = file.read()
        self.judged += len(new)
        targets = []
        for number, data in records(new):
            self.rest[number] = self.rest.get(number, b"") + data
        for number in {number for number, _ in records(new)}:
            reading = judges.strict(self.rest[number], forwarded=True)
            assert not reading.fault, reading.fault
            if reading.is_clean:
                targets += [message.target for message in reading.messages]
                del self.rest[number]
        return targets

    def dial(self, secure):
        client = socket.create_connection(("127.0.0.1", self.secure if secure else self.port), timeout=20)
        if not secure:
            return client
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(["h2"])
        client = context.wrap_socket(client, server_hostname="localhost")
        assert client.selected_alpn_protocol() == "h2"
        return client


@pytest.fixture(scope="module")
def front():
    with Front() as pool:
        yield pool


class Peer:
    """Sends bytes as they are, and keeps what comes by stream."""

    def __init__(self, client, start):
        self.client, self.received, self.frames = client, b"", []
        self.fields, self.bodies, self.ended, self.resets, self.goaway, self.is_over = {}, {}, set(), {}, None, False
        self.decoder, self.pongs = hpack.Decoder(), []
        self.send(start)

    def send(self, data):
        # A connection that is ended takes no more, and what it said is still to be read.
        with contextlib.suppress(OSError):
            self.client.sendall(data)
        while not self.is_over and (getattr(self.client, "pending", int)() or select.select([self.client], [], [], 0)[0]):
            self.read()

    def read(self):
        try:
            data = self.client.recv(65536)
        except (ConnectionError, ssl.SSLEOFError):
            data = b""
        self.is_over = not data
        self.received += data
        while len(self.received) >= 9:
            head, length = hyperframe.frame.Frame.parse_frame_header(memoryview(self.received[:9]))
            if len(self.received) < 9 + length:
                break
            head.parse_body(memoryview(self.received[9:9 + length]))
            self.received = self.received[9 + length:]
            self.take(head)

    def take(self, it):
        if not self.frames:
            # RFC 9113, 3.4: the server's preface.
            assert isinstance(it, hyperframe.frame.SettingsFrame) and "ACK" not in it.flags, it
        self.frames.append(it)
        number = it.stream_id
        if isinstance(it, hyperframe.frame.HeadersFrame):
            assert "END_HEADERS" in it.flags
            self.fields.setdefault(number, dict(self.decoder.decode(it.data)))
        elif isinstance(it, hyperframe.frame.DataFrame):
            self.bodies[number] = self.bodies.get(number, b"") + it.data
        elif isinstance(it, hyperframe.frame.RstStreamFrame):
            self.resets[number] = it.error_code
        elif isinstance(it, hyperframe.frame.GoAwayFrame):
            self.goaway = it
        elif isinstance(it, hyperframe.frame.PingFrame) and "ACK" in it.flags:
            self.pongs.append(it.opaque_data)
        if "END_STREAM" in it.flags or number in self.resets:
            self.ended.add(number)

    def until(self, condition):
        while not condition() and not self.is_over:
            self.read()

    def take_steps(self, steps):
        for step in steps:
            if isinstance(step, Ended):
                self.until(lambda: step.number in self.ended)
            elif isinstance(step, bytes):
                if self.goaway:
                    break
                self.send(step)
            else:
                self.until(lambda: len(self.bodies.get(step.number, b"")) >= step.count)

    def outcome(self, number):
        """What came of a stream, in the words of the table."""
        if self.goaway and self.goaway.error_code:
            assert self.is_over, "GOAWAY with an error, and the connection stays"
            return connection(self.goaway.error_code)
        if number in self.resets:
            return stream(self.resets[number], number)
        if number in self.ended:
            return answered(int(self.fields[number][":status"]), number)
        return "the end without a word" if self.is_over else IGNORED


def probe():
    """A ping, and a request whose answer needs no window."""
    fields = block((b":method", b"HEAD"), (b":scheme", b"http"), (b":authority", b"localhost"), (b":path", b"/probe"))
    return frame(PING, payload=PROBE) + frame(HEADERS, END_STREAM | END_HEADERS, PROBE_STREAM, fields)


def play(client, case):
    peer = Peer(client, case.start if case.start is not None else PREFACE + frame(SETTINGS))
    peer.take_steps(case.steps)
    if case.outcome == LEAVES:
        peer.until(lambda: False)
        assert peer.is_over and peer.goaway is None
        return f"{peer.outcome(1)}, and the end"
    number = int(case.outcome.rpartition(" on ")[2]) if " on " in case.outcome else 1
    if not peer.goaway:
        peer.send(probe())
    awaited = {PROBE_STREAM} | (set() if case.outcome == IGNORED else {number})
    peer.until(lambda: awaited <= peer.ended and PROBE in peer.pongs)
    found = peer.outcome(number)
    if not peer.is_over:
        assert peer.goaway is None
        if REFUSED_STREAM not in peer.resets.values():
            assert peer.fields[PROBE_STREAM][":status"] == "200"
        # Ours was acknowledged, and the proxy sent its own.
        settings = [it for it in peer.frames if isinstance(it, hyperframe.frame.SettingsFrame)]
        assert len(settings) >= 2
    return found


@pytest.mark.parametrize("secure", [False, True], ids=["h2c", "TLS"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.section} {case.name}")
def test_frames(front, case, secure):
    front.arrived()
    with contextlib.closing(front.dial(secure)) as client:
        assert play(client, case) == case.outcome
    # Nobody else is the worse for it.
    assert front.get("/behind")[0] == 200
    arrived = front.arrived()
    assert b"/behind" in arrived
    if case.arrives is not None:
        assert (b"/case" in arrived) == case.arrives


@pytest.mark.parametrize("preface", [
    b"INVALID CONNECTION PREFACE\r\n\r\n", PREFACE[:-2] + b"XX", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"])
def test_a_wrong_preface(front, preface):
    """By ALPN it was to be HTTP/2; in the clear the front speaks HTTP/1.1 too, and answers in it."""
    with contextlib.closing(front.dial(secure=True)) as client:
        peer = Peer(client, preface + frame(SETTINGS))
        peer.until(lambda: False)
        assert peer.outcome(1) == connection(PROTOCOL_ERROR)
    with contextlib.closing(front.dial(secure=False)) as client:
        client.sendall(preface)
        status = client.recv(65536)[:12]
    assert status == (b"HTTP/1.1 200" if preface.startswith(b"GET") else b"HTTP/1.1 505" if preface.startswith(b"PRI") else b"HTTP/1.1 400"), status
    assert front.get("/behind")[0] == 200


def test_every_frame_is_answered_in_its_pieces(front):
    """A request byte by byte, and the last byte of each frame apart."""
    with contextlib.closing(front.dial(secure=False)) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer = Peer(client, b"")
        for byte in PREFACE + frame(SETTINGS) + frame(SETTINGS, ACK) + probe():
            peer.send(bytes([byte]))
        peer.until(lambda: PROBE_STREAM in peer.ended)
        assert peer.outcome(PROBE_STREAM) == answered(200, PROBE_STREAM)


def written():
    lines = ["| RFC 9113 | the client sends | Pool's answer | the RFC's first choice, and why not |", "|---|---|---|---|"]
    for case in CASES:
        assert bool(case.reason) == bool(case.instead_of), case.name
        other = f"{case.instead_of}. {case.reason}" if case.reason else ""
        lines.append(f"| {case.section} | {case.name} | {case.outcome} | {other} |")
    return BEGIN + "\n" + "\n".join(lines) + "\n\n" + END


def test_the_document_has_these_rows():
    before, begin, rest = DOCUMENT.read_text().partition(BEGIN)
    assert begin
    if os.environ.get("RECORD_GOLDENS"):
        DOCUMENT.write_text(before + written() + rest.partition(END)[2])
    assert written() in DOCUMENT.read_text()
