"""Malformed and ambiguous requests, and what each proxy does with them: the rows of docs/CONFORMANCE.md."""
import dataclasses
import re

CRLF = b"\r\n"


@dataclasses.dataclass
class Case:
    """One request on a connection of its own, with another request behind it.

    `trace` finds, in what reached the worker, that the offence went through; what comes without it was cleaned.
    `reason` is due wherever Pool is laxer than the strictest of the three.
    """
    section: str
    name: str
    request: bytes
    trace: str = ""
    reason: str = ""


def get(*lines, start=b"GET / HTTP/1.1", host=b"Host: x"):
    return CRLF.join([start, *([host] if host else []), *lines, b"", b""])


def post(*lines, body=b"hello"):
    return get(*lines, start=b"POST / HTTP/1.1") + body


def chunked(body, *lines):
    return post(b"Transfer-Encoding: chunked", *lines, body=body)


END = b"0\r\n\r\n"
LEN, TE, SIZE, LINE, HEAD, TARGET, HOST, HOP = (
    "Content-Length", "Transfer-Encoding", "Chunked bodies", "Lines", "Fields", "Request line", "Host", "Hop by hop and identity")

CASES = [
    Case(LEN, "Content-Length and Transfer-Encoding together", chunked(END, b"Content-Length: 5"), "(?is)content-length.*transfer-encoding|transfer-encoding.*content-length"),
    Case(LEN, "two different Content-Length", post(b"Content-Length: 5", b"Content-Length: 6", body=b"hello!"), "(?is)content-length.*content-length"),
    Case(LEN, "the same Content-Length twice", post(b"Content-Length: 5", b"Content-Length: 5"), "(?is)content-length.*content-length"),
    Case(LEN, "`Content-Length: 5, 5`", post(b"Content-Length: 5, 5"), "5, 5"),
    Case(LEN, "`Content-Length: +5`", post(b"Content-Length: +5"), r"\+5"),
    Case(LEN, "`Content-Length: -5`", post(b"Content-Length: -5"), "-5"),
    Case(LEN, "`Content-Length: 0x5`", post(b"Content-Length: 0x5"), "0x5"),
    Case(LEN, "`Content-Length: 5 5`", post(b"Content-Length: 5 5"), "5 5"),
    Case(LEN, "`Content-Length:` with no value", post(b"Content-Length:", body=b""), "(?i)content-length: *\r"),
    Case(LEN, "a length of 20 digits", post(b"Content-Length: 18446744073709551621"), "18446744073709551621"),
    Case(LEN, "`Content-Length: 005`", post(b"Content-Length: 005"), "005",
         "Leading zeros are within the grammar (1*DIGIT), and every parser reads the same number."),
    Case(LEN, "vertical tab before the length", post(b"Content-Length: \x0b5"), "\x0b5"),
    Case(TE, "`Transfer-Encoding: xchunked`", chunked(END).replace(b"chunked", b"xchunked"), "xchunked"),
    Case(TE, "`Transfer-Encoding: chunked, chunked`", chunked(END).replace(b"chunked", b"chunked, chunked"), "chunked, chunked"),
    Case(TE, "`Transfer-Encoding: chunked, identity`", chunked(END).replace(b"chunked", b"chunked, identity"), "identity"),
    Case(TE, "`Transfer-Encoding: gzip, chunked`", chunked(END).replace(b"chunked", b"gzip, chunked"), "gzip, chunked"),
    Case(TE, "`Transfer-Encoding: identity`", chunked(END).replace(b"chunked", b"identity"), "identity"),
    Case(TE, "two Transfer-Encoding fields", chunked(END, b"Transfer-Encoding: x"), "(?is)transfer-encoding.*transfer-encoding"),
    Case(TE, "vertical tab before `chunked`", chunked(END).replace(b" chunked", b" \x0bchunked"), "\x0bchunked"),
    Case(TE, "`Transfer-Encoding : chunked`", chunked(END).replace(b"ing:", b"ing :"), "(?i)encoding +:"),
    Case(TE, "`Transfer-Encoding: Chunked`, another case", chunked(END).replace(b"chunked", b"Chunked"), "Chunked",
         "Codings are case-insensitive (RFC 9112, 7); what goes on is written anew, in lower case."),
    Case(TE, "chunked in HTTP/1.0", chunked(END).replace(b"HTTP/1.1", b"HTTP/1.0"), "(?i)transfer-encoding"),
    Case(TE, "`Transfer_Encoding: chunked` beside a length", post(b"Content-Length: 5", b"Transfer_Encoding: chunked"), "(?i)transfer_encoding",
         "The field is dropped: a CGI-like worker would read it as the framing. nginx drops every name with an underscore; applications use such names."),
    Case(SIZE, "size `0x5`", chunked(b"0x5\r\nhello\r\n" + END), "0x5"),
    Case(SIZE, "size `+5`", chunked(b"+5\r\nhello\r\n" + END), r"\+5"),
    Case(SIZE, "size `-1`", chunked(b"-1\r\nhello\r\n" + END), "-1"),
    Case(SIZE, "no size", chunked(b"\r\nhello\r\n" + END), "\r\n\r\n\r\nhello"),
    Case(SIZE, "a size of 17 digits", chunked(b"10000000000000005\r\nhello\r\n" + END), "10000000000000005"),
    Case(SIZE, "a size with leading zeros", chunked(b"0005\r\nhello\r\n" + END), "0005",
         "Leading zeros are within the grammar (1*HEXDIG); at most 16 digits are taken."),
    Case(SIZE, "LF alone behind the size", chunked(b"5\nhello\r\n" + END), "5\n"),
    Case(SIZE, "LF alone behind the data", chunked(b"5\r\nhello\n" + END), "hello\n"),
    Case(SIZE, "nothing behind the data", chunked(b"5\r\nhello" + END), "hello0"),
    Case(SIZE, "more data than the size", chunked(b"5\r\nhello!\r\n" + END), "hello!"),
    Case(SIZE, "an extension", chunked(b"5;a=b\r\nhello\r\n" + END), ";a=b",
         "Extensions are within the grammar; they are checked and never sent on."),
    Case(SIZE, "LF within an extension", chunked(b"5;a\nb\r\nhello\r\n" + END), "5;a"),
    Case(SIZE, "CR within an extension", chunked(b"5;a\rb\r\nhello\r\n" + END), "5;a"),
    Case(SIZE, "blank behind the size", chunked(b"5 \r\nhello\r\n" + END), "5 \r"),
    Case(SIZE, "a trailer field", chunked(b"0\r\nX-Trailer: 1\r\n\r\n"), "X-Trailer",
         "Trailers are within the grammar and gRPC and others need them; they are passed on as they came."),
    Case(SIZE, "Content-Length as a trailer", chunked(b"0\r\nContent-Length: 50\r\n\r\n"), "(?i)content-length: 50"),
    Case(SIZE, "a folded trailer", chunked(b"0\r\nX: 1\r\n y\r\n\r\n"), "\n y"),
    Case(LINE, "LF alone ends all lines", get().replace(b"\r\n", b"\n"), "(?<!\r)\n"),
    Case(LINE, "LF alone ends one field", get(b"A: b\nC: d"), "A: b(?<!\r)\n"),
    Case(LINE, "CR within a value", get(b"A: b\rC: d"), "b\rC"),
    Case(LINE, "NUL within a value", get(b"A: b\0c"), "b\0c"),
    Case(LINE, "another control byte within a value", get(b"A: b\x01c"), "b\x01c"),
    Case(LINE, "DEL within a value", get(b"A: b\x7fc"), "b\x7fc"),
    Case(LINE, "bytes above 127 within a value", get(b"A: b\xe9c"), "b\xe9c",
         "obs-text is within the grammar, and old clients send it; all parsers see the same bytes."),
    Case(LINE, "a folded line", get(b"A: b", b" c"), "\r\n c"),
    Case(LINE, "a folded first field", b"GET / HTTP/1.1\r\n Host: x\r\nHost: x\r\n\r\n", "\r\n Host"),
    Case(LINE, "empty lines before the request line", b"\r\n\r\n" + get(), r"\A\r\n",
         "RFC 9112, 2.2 wants one ignored; some old clients send two. A third is refused."),
    Case(HEAD, "blank before the colon", get(b"A : b"), "A :"),
    Case(HEAD, "no name", get(b": b"), "\r\n: b"),
    Case(HEAD, "no colon", get(b"AB"), "\r\nAB\r"),
    Case(HEAD, "a name that is no token", get(b"A(B): c"), r"A\(B"),
    Case(HEAD, "a byte above 127 in a name", get(b"\xc3\x84: c"), "\xc3\x84"),
    Case(HEAD, "a NUL in a name", get(b"A\0: c"), "A\0"),
    Case(TARGET, "two spaces", get(start=b"GET  / HTTP/1.1"), "GET  /"),
    Case(TARGET, "a tab for a space", get(start=b"GET\t/ HTTP/1.1"), "GET\t"),
    Case(TARGET, "a space within the target", get(start=b"GET /a b HTTP/1.1"), "/a b"),
    Case(TARGET, "a control byte within the target", get(start=b"GET /\x01 HTTP/1.1"), "/\x01"),
    Case(TARGET, "a byte above 127 within the target", get(start=b"GET /\xe9 HTTP/1.1"), "/\xe9"),
    Case(TARGET, "a fragment", get(start=b"GET /a#b HTTP/1.1"), "/a#b"),
    Case(TARGET, "`\"<>|` in the target", get(start=b"GET /\"<>| HTTP/1.1"), "\"<>",
         "No URI may hold them, but browsers send them, and all parsers end the target at the same space."),
    Case(TARGET, "a target without a slash", get(start=b"GET a HTTP/1.1"), "GET a"),
    Case(TARGET, "`GET *`", get(start=b"GET * HTTP/1.1"), r"GET \*"),
    Case(TARGET, "user information in an absolute target", get(start=b"GET http://u@x/ HTTP/1.1"), "u@x"),
    Case(TARGET, "an absolute target, another Host", get(start=b"GET http://y/ HTTP/1.1"), "(?i)host: x\r",
         "RFC 9112, 3.2.2: the target's host counts; it replaces the Host field before the request goes on."),
    Case(TARGET, "CONNECT", b"CONNECT x:80 HTTP/1.1\r\nHost: x:80\r\n\r\n", "CONNECT"),
    Case(TARGET, "a method in lower case", get(start=b"get / HTTP/1.1"), "get /",
         "Any token is a method, and methods are case-sensitive: the worker refuses what it does not know."),
    Case(TARGET, "a method that is no token", get(start=b"G{T / HTTP/1.1"), "G{T"),
    Case(TARGET, "`HTTP/1.2`", get(start=b"GET / HTTP/1.2"), "1\\.2"),
    Case(TARGET, "`HTTP/2.0`", get(start=b"GET / HTTP/2.0"), "2\\.0"),
    Case(TARGET, "no version (HTTP/0.9)", b"GET /\r\n\r\n", "GET /\r"),
    Case(TARGET, "TRACE with a body", b"TRACE / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", "TRACE"),
    Case(HOST, "no Host", get(host=None), r"(?is)\A(?!.*\nhost:)"),
    Case(HOST, "two different Host", get(b"Host: y"), "(?is)host: x.*\nhost: y|host: y.*\nhost: x"),
    Case(HOST, "an empty Host", get(host=b"Host:"), "(?i)\nhost: *\r"),
    Case(HOST, "`Host: x/y`", get(host=b"Host: x/y"), "(?i)host: x/y"),
    Case(HOST, "`Host: u@x`", get(host=b"Host: u@x"), "(?i)host: u@x"),
    Case(HOST, "`Host: x:port`", get(host=b"Host: x:port"), "(?i)host: x:port"),
    Case(HOST, "`Host: x, y`", get(host=b"Host: x, y"), "(?i)host: x, y"),
    Case(HOP, "`Connection: Host`", get(b"Connection: Host"), r"(?is)\A(?!.*\nhost:)",
         "The option is without effect: a client cannot remove what routes or frames the message."),
    Case(HOP, "`Connection: Content-Length`", post(b"Connection: Content-Length", b"Content-Length: 5"), r"(?is)\A(?!.*content-length:)",
         "The same."),
    Case(HOP, "a field named by Connection", get(b"Connection: X-A", b"X-A: 1"), "X-A",
         "RFC 9110, 7.6.1: it goes no further; the request does."),
    Case(HOP, "`Upgrade: h2c`", get(b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAA"), "(?i)h2c",
         "The request goes on without it: a worker that accepted would take the connection out of the proxy's sight."),
    Case(HOP, "`TE: trailers`", get(b"TE: trailers"), "(?i)\nte:",
         "Removed, as it speaks of this connection; trailers are passed on whether asked for or not."),
    Case(HOP, "`X_Forwarded_For: 6.6.6.6`", get(b"X_Forwarded_For: 6.6.6.6"), "6\\.6\\.6\\.6",
         "Dropped: a CGI-like worker would take it for the field that the proxy writes."),
    Case(HOP, "`X-Real-IP` from a stranger", get(b"X-Real-IP: 6.6.6.6"), "6\\.6\\.6\\.6",
         "Replaced; from an address in `trusted_proxies` it is kept."),
    Case(HOP, "`Forwarded` from a stranger", get(b"Forwarded: for=6.6.6.6"), "6\\.6\\.6\\.6", "Replaced, likewise."),
    Case(HOP, "`Proxy: x` (httpoxy)", get(b"Proxy: x"), "(?i)\nproxy: x", "Dropped: CGI turns it into HTTP_PROXY. The request is as good without it."),
    Case(HOP, "`Expect: 200-ok`", post(b"Expect: 200-ok", b"Content-Length: 5"), "200-ok"),
]


def leaves_trace(case, arrived):
    return re.search(case.trace.encode("latin-1"), arrived) is not None
