"""Conversations of a hostile client, made from a seed: the same seed makes the same bytes.

Each is put together from parts that may be ordinary or evil, and then a few bytes may be changed at random. About a
third of all come out valid, so that a proxy that refuses everything does not pass either.
"""
import random

EVIL_SHARE = 0.06
METHODS = [b"GET", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"PATCH", b"HEAD"]
EVIL_METHODS = [b"get", b"G ET", b"GET\t", b"", b"CONNECT", b"TRACE", b"M-SEARCH", b"G(T", b"GE\x00T", b"PRI", b"X" * 300]
EVIL_TARGETS = [
    b"http://other.example/%s", b"https://other.example:8443/%s?q=1", b"HTTP://x", b"http://user@other.example/%s", b"ftp://x/%s", b"*",
    b"//other.example/%s", b"%s", b"/%s#fragment", b"/%s\x00", b"/%s\xc3\xa9", b"/%s a", b"/%s\t", b"/../%s", b"/%%2e%%2e/%s",
    b"http:///%s", b"http://a:b:c/%s", b"/%s?a=<script>|`{}", b"x.example:80", b"http://x.example:99999/%s", b"/%s\x7f", b"?%s",
]
EVIL_VERSIONS = [b"HTTP/1.0", b"HTTP/1.2", b"HTTP/2.0", b"http/1.1", b"HTTP/1.1 ", b"HTTP/01.1", b"HTTP/1.10", b"HTTP/1,1", b"HTTP/0.9", b"", b"HTTP/1.1\x00"]
EVIL_HOSTS = [
    [], [b"Host: a", b"Host: b"], [b"Host: a", b"Host: a"], [b"Host:"], [b"Host: a b"], [b"Host: a/b"], [b"Host: a@b"], [b"Host: a,b"],
    [b"Host : a"], [b"Host\t: a"], [b"Host: [::1]:80"], [b"Host: [::1"], [b"Host: a:b"], [b"Host: a:99999"], [b"Host: a\x00"], [b"Host: a?b"],
    [b"host: a", b"HOST: b"], [b"H\xc3\xb6st: a"], [b"Host: %61"], [b"Host: \xc3\xa9"], [b"Host: a#b"], [b"Host: a:"],
]
EVIL_FIELDS = [
    b" folded: 1", b"\tfolded", b"Name : x", b": x", b"NoColon", b"N@me: x", b"A: b\r\n c", b"A: b\r\n\tc", b"A: b\rc", b"A: b\nc", b"A: b\x00c",
    b"A: b\x0bc", b"A: b\x7fc", b"A: \xff\xfe", b"A:", b"A:\tb\t", b"A: b\n", b"\x00A: b", b"A: b\r\r", b"X" * 400 + b": y", b"X: " + b"y" * 3000,
    b"Content_Length: 5", b"Transfer_Encoding: chunked", b"X_Forwarded_For: 6.6.6.6", b"X-Real-IP: 6.6.6.6", b"X-Forwarded-For: 6.6.6.6",
    b"Forwarded: for=6.6.6.6", b"X-Request-ID: evil", b"Pool-Worker: example_9", b"Connection: Content-Length", b"Connection: Transfer-Encoding, Host",
    b"Connection: close", b"Connection: keep-alive", b"Connection: close, keep-alive", b"Connection: X-Real-IP, Cookie", b"Connection: upgrade",
    b"Upgrade: websocket", b"Upgrade: h2c", b"Connection: Upgrade\r\nUpgrade: websocket", b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x",
    b"TE: trailers", b"TE: chunked", b"Trailer: X-A", b"Expect: 100-continue", b"Expect: 200-ok", b"Expect: 100-Continue, x", b"Keep-Alive: timeout=1",
    b"Proxy-Connection: keep-alive", b"Proxy: evil", b"Via: 1.0 x", b"Cookie: a=b", b"Cookie: c=d", b"Content-Length: 0", b"Content-Encoding: chunked",
    b"Max-Forwards: 0", b"Content-Type: text/plain", b"Date: x", b"If-Match: *", b"Authorization: Basic x", b"X-Http-Method-Override: PUT",
    b"Transfer-Encoding\x00: chunked", b"Content-Length\x0b: 9", b"Content-Length\xa0: 9", b"\xefContent-Length: 9", b"Transfer-Encoding:\x0bchunked",
]
FRAMINGS = ["none", "length", "chunked"]
EVIL_LENGTHS = [
    b"Content-Length: +%d", b"Content-Length: -%d", b"Content-Length: 0x%x", b"Content-Length: %d, %d", b"Content-Length: %d\r\nContent-Length: %d",
    b"Content-Length: %d\r\nContent-Length: 0", b"Content-Length: %d 0", b"Content-Length: %d;", b"Content-Length: \x0b%d", b"Content-Length: %d\x00",
    b"Content-Length:%d", b"Content-Length: 00%d", b"Content-Length : %d", b"Content-Length: %d.0", b"Content-Length: %de0", b"Content-Length: _%d",
    b"Content-Length: 1844674407370955162%d", b"Content-Length:", b"content-LENGTH: %d", b"Content-Length: %d\r\nTransfer-Encoding: chunked",
    b"Content-Length: %d\r\nTransfer-Encoding: identity", b"Content-Length: \xd9\xa3", b"Content-Length: %d\r\n", b"Content-Length: 99999999",
]
EVIL_CODINGS = [
    b"Transfer-Encoding: xchunked", b"Transfer-Encoding: chunked, chunked", b"Transfer-Encoding: gzip, chunked", b"Transfer-Encoding: chunked, gzip",
    b"Transfer-Encoding: identity", b"Transfer-Encoding:\tchunked", b"Transfer-Encoding: CHUNKED", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x", b"Transfer-Encoding: x\r\nTransfer-Encoding: chunked", b"Transfer-Encoding : chunked",
    b"Transfer-Encoding: chunked\r\nContent-Length: 4", b"Content-Length: 4\r\nTransfer-Encoding: chunked", b"Transfer-Encoding: \"chunked\"",
    b"Transfer-Encoding: chunked;q=1", b"Transfer-Encoding: chunked,", b"Transfer-Encoding: ,chunked", b"Transfer-Encoding: chun\x00ked",
    b"Transfer-Encoding: chunked\x0b", b"Transfer-Encoding:", b"Transfer-Encoding: \r\n chunked", b"Transfer-Encoding:\r\n chunked", b"Foo: bar\rTransfer-Encoding: chunked",
    b"Foo: bar\nTransfer-Encoding: chunked", b"transfer-encoding:chunked", b"Transfer-Encoding: chunked ", b"Transfer-Encoding\r\n: chunked", b"X: y\r\n\tTransfer-Encoding: chunked",
]
EVIL_SIZES = [
    b"0x%x", b"+%x", b"-%x", b" %x", b"%x ", b"%x\t", b"%x;", b"%x;a", b"%x;a=b", b"%x ; a = \"b\\\"\"", b"%x;a=\"\r\n", b"%x;a\nb", b"%x,", b"%xg", b"", b"%x\x00", b"%x\x0b",
    b"0%x", b"000000000000000000000%x", b"ffffffffffffffff", b"10000000000000000", b"8000000000000000", b"%x;\x00", b"%x;a=\"b\"c", b"%x;;", b"%x=", b"%x;=b", b"%x;a=\xff", b"%x\r",
    b"%x;" + b"e" * 5000,
]
EVIL_TRAILERS = [
    b"X-T: 1", b"X-T: 1\r\nX-U: 2", b"Content-Length: 5", b"Transfer-Encoding: chunked", b"Host: evil", b"X_Real_IP: 6.6.6.6", b" X: fold", b"X : y", b"X", b"X: a\nb", b"X: a\rb",
    b": x", b"X: \x00", b"Authorization: x", b"X-T: " + b"t" * 500, b"GET /evil HTTP/1.1", b"Connection: close",
]
EVIL_ENDS = [b"\n", b"\r", b"\r\r\n", b"\n\r", b"\r\n ", b"\x00\r\n", b"\r\n\r\n", b"", b" \r\n", b"\x85"]
BYTES = [b"\r", b"\n", b"\r\n", b"\0", b" ", b"\t", b":", b",", b";", b"0", b"\x0b", b"\x7f", b"\x80", b"\xff", b"\"", b"\\", b"#", b"\r\n\r\n", b"=", b"-", b"_"]


class Conversation:
    """The bytes of one connection and the pieces in which they are sent."""

    def __init__(self, seed, number):
        self.random = random.Random(f"{seed}-{number}")
        self.name = b"c%d" % number
        # A quiet one is all ordinary but for the bytes changed afterwards, if any.
        self.share = self.random.choice([0, EVIL_SHARE, EVIL_SHARE, 2 * EVIL_SHARE])
        data = b"".join(self._request(index) for index in range(self.random.choice([1, 1, 2, 2, 3])))
        self.bytes = self._damaged(data)

    @property
    def pieces(self):
        """Cut at up to two places, one in three of them: verdicts must not depend on it."""
        if self.random.random() < 0.67:
            return [self.bytes]
        cuts = sorted(self.random.randrange(len(self.bytes) + 1) for _ in range(2))
        return [self.bytes[:cuts[0]], self.bytes[cuts[0]:cuts[1]], self.bytes[cuts[1]:]]

    def _pick(self, good, evil):
        return self.random.choice(evil) if self.random.random() < self.share else good

    def _filled(self, template, value):
        return template % ((value,) * (template.count(b"%") - 2 * template.count(b"%%")))

    def _request(self, index):
        choice = self.random.choice
        method = self._pick(choice(METHODS), EVIL_METHODS)
        path = self.name + b"-%d" % index
        target = self._filled(self._pick(b"/%s", EVIL_TARGETS), path)
        start = b" ".join([method, target, self._pick(b"HTTP/1.1", EVIL_VERSIONS)])
        if self.random.random() < self.share / 2:
            start = choice([b" " + start, b"\r\n" + start, b"\r\n\r\n" + start, b"\n" + start, start.replace(b" ", b"  ", 1), start + b" ", start.replace(b" ", b"\t")])
        fields = list(self._pick([b"Host: pool.example"], EVIL_HOSTS))
        fields += [b"User-Agent: hostile", b"Accept: */*", b"X-Case: " + path][:self.random.randrange(4)]
        framing, body = self._body()
        fields += framing
        while self.random.random() < self.share * 3:
            fields.append(choice(EVIL_FIELDS))
        if self.random.random() < 0.3:
            self.random.shuffle(fields)
        return b"".join(line + self._pick(b"\r\n", EVIL_ENDS) for line in [start, *fields, b""]) + body

    def _body(self):
        """The framing fields, and the bytes behind the head."""
        payload = self.random.choice([b"", b"a", b"hello", b"GET /inner HTTP/1.1\r\nHost: x\r\n\r\n", b"0\r\n\r\n", b"x" * 700])
        kind = self.random.choice(FRAMINGS)
        if kind == "none":
            return [], b""
        if kind == "length":
            line = self._pick(b"Content-Length: %d", EVIL_LENGTHS)
            return [self._filled(line, len(payload))], payload
        return [self._pick(b"Transfer-Encoding: chunked", EVIL_CODINGS)], self._chunks(payload)

    def _chunks(self, payload):
        body = b""
        if payload:
            body += self._filled(self._pick(b"%x", EVIL_SIZES), len(payload)) + self._pick(b"\r\n", EVIL_ENDS) + payload + self._pick(b"\r\n", EVIL_ENDS)
        trailer = self._pick(b"", EVIL_TRAILERS)
        return body + self._pick(b"0", EVIL_SIZES[:8]).replace(b"%x", b"0") + self._pick(b"\r\n", EVIL_ENDS) + (trailer and trailer + b"\r\n") + b"\r\n"

    def _damaged(self, data):
        while self.share and self.random.random() < 0.25 and data:
            # Heads are more interesting than payloads.
            at = self.random.randrange(min(len(data), 200))
            kind = self.random.randrange(4)
            if kind == 0:
                data = data[:at] + self.random.choice(BYTES) + data[at:]
            elif kind == 1:
                data = data[:at] + data[at + 1:]
            elif kind == 2:
                data = data[:at] + self.random.choice(BYTES) + data[at + 1:]
            else:
                data = data[:at] + data[at:at + 8] + data[at:]
        return data
