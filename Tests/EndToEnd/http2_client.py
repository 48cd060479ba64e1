"""A client of HTTP/2 over hyper-h2, one stream at a time or many: what came is kept per stream."""
import contextlib
import socket
import ssl

import h2.config
import h2.connection
import h2.events
import h2.settings


class Stream:
    def __init__(self):
        self.interim, self.headers, self.body, self.trailers, self.ended, self.reset = [], {}, b"", {}, False, None

    @property
    def status(self):
        return int(self.headers[":status"])


class Client:
    """Connects in the clear (prior knowledge), or with TLS and ALPN where a context is given."""

    def __init__(self, port, context=None):
        raw = socket.create_connection(("127.0.0.1", port), timeout=30)
        if context:
            context.set_alpn_protocols(["h2", "http/1.1"])
            raw = context.wrap_socket(raw, server_hostname="localhost")
            assert raw.selected_alpn_protocol() == "h2"
        self.socket, self.port, self.scheme = raw, port, "https" if context else "http"
        # What a client of ours would never send must be sendable.
        self.http = h2.connection.H2Connection(h2.config.H2Configuration(
            client_side=True, header_encoding="utf-8", validate_outbound_headers=False, normalize_outbound_headers=False))
        self.streams, self.goaways, self.closed = {}, [], False
        self.http.initiate_connection()
        self.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self.socket.close()

    def flush(self):
        self.socket.sendall(self.http.data_to_send())

    def begin(self, path="/", method="GET", headers=(), end=True):
        stream = self.http.get_next_available_stream_id()
        self.streams[stream] = Stream()
        self.http.send_headers(stream, [
            (":method", method), (":scheme", self.scheme), (":authority", f"localhost:{self.port}"), (":path", path),
            *headers], end_stream=end)
        self.flush()
        return stream

    def send(self, stream, data, end=False):
        """Sends as the windows let it."""
        while data:
            room = min(self.http.local_flow_control_window(stream), self.http.max_outbound_frame_size, len(data))
            if room == 0:
                self.read()
                continue
            self.http.send_data(stream, data[:room])
            data = data[room:]
            self.flush()
        if end:
            self.http.end_stream(stream)
            self.flush()

    def read(self):
        """Takes what comes next; False at the end of the connection."""
        data = self.socket.recv(65_536)
        if not data:
            self.closed = True
            return False
        for event in self.http.receive_data(data):
            stream = self.streams.get(getattr(event, "stream_id", None))
            if isinstance(event, h2.events.InformationalResponseReceived):
                stream.interim.append(dict(event.headers))
            elif isinstance(event, h2.events.ResponseReceived):
                stream.headers = dict(event.headers)
            elif isinstance(event, h2.events.DataReceived):
                stream.body += event.data
                self.http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.TrailersReceived):
                stream.trailers = dict(event.headers)
            elif isinstance(event, h2.events.StreamEnded):
                stream.ended = True
            elif isinstance(event, h2.events.StreamReset):
                stream.reset = event.error_code
            elif isinstance(event, h2.events.ConnectionTerminated):
                self.goaways.append(event)
        with contextlib.suppress(OSError):
            self.flush()
        return True

    def until(self, condition):
        while not condition():
            if not self.read():
                raise ConnectionError("the connection ended")

    def answer(self, stream):
        it = self.streams[stream]
        self.until(lambda: it.ended or it.reset is not None)
        return it

    def get(self, path="/", method="GET", headers=(), body=None):
        stream = self.begin(path, method, headers, end=body is None)
        if body is not None:
            self.send(stream, body, end=True)
        return self.answer(stream)


def frame(payload, opcode=1):
    """A WebSocket frame of a client, masked with zeros."""
    size = len(payload)
    length = bytes([128 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return bytes([128 | opcode]) + length + b"\0\0\0\0" + payload
