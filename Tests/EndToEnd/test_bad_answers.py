"""Workers whose answers are malformed, cut off or too many: a 502 that says so, and no connection out of step."""
import base64
import contextlib
import json
import pathlib
import socket

import pytest

from daemon import Daemon, UnixConnection, wait_for

ANSWERING = pathlib.Path(__file__).with_name("answering.py")
OK = b"HTTP/1.1 200 OK\r\n"
WHOLE = OK + b"Content-Length: 5\r\n\r\nhello"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"

# Nothing of the answer has gone to the client yet: it gets a 502 with these words.
TOLD = {
    "no status line": ([b"hello\r\n\r\n"], "fault=status-line"),
    "another protocol": ([b"ICY 200 OK\r\n\r\n"], "fault=status-line"),
    "HTTP/2.0": ([b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"], "fault=status-line"),
    "status of two digits": ([b"HTTP/1.1 20 OK\r\n\r\n"], "fault=status"),
    "status of four digits": ([b"HTTP/1.1 2000 OK\r\n\r\n"], "fault=status-line"),
    "status below 100": ([b"HTTP/1.1 099 OK\r\n\r\n"], "fault=status"),
    "binary": ([bytes(range(256))], "fault=control-byte"),
    "LF alone": ([WHOLE.replace(b"\r\n", b"\n")], "fault=bare-lf"),
    "CR alone": ([OK + b"A: b\rc\r\n\r\n"], "fault=bare-cr"),
    "NUL": ([OK + b"A: b\0c\r\n\r\n"], "fault=control-byte"),
    "folded line": ([OK + b"A: b\r\n c\r\nContent-Length: 0\r\n\r\n"], "fault=folded-line"),
    "no colon": ([OK + b"hello\r\n\r\n"], "fault=colon-missing"),
    "blank before the colon": ([OK + b"Content-Length : 5\r\n\r\nhello"], "fault=space-before-colon"),
    "length and chunks": ([OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"], "fault=two-lengths"),
    "two lengths": ([OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"], "fault=content-length-repeated"),
    "bad length": ([OK + b"Content-Length: 5x\r\n\r\nhello"], "fault=content-length"),
    "another coding": ([OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"], "fault=transfer-coding"),
    "chunks in HTTP/1.0": ([b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"], "fault=transfer-encoding-1.0"),
    "bad chunk at once": ([CHUNKED + b"5x\r\nhello\r\n0\r\n\r\n"], "fault=chunk-size"),
    "bad end of chunk at once": ([CHUNKED + b"5\r\nhello!\r\n0\r\n\r\n"], "fault=chunk-end"),
    "forbidden trailer at once": ([CHUNKED + b"0\r\nContent-Length: 5\r\n\r\n"], "fault=trailer-forbidden"),
    "switch that nobody asked for": ([b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"], "fault=upgrade-not-asked"),
    "head too large": ([OK + b"A: " + b"a" * 200_000 + b"\r\nContent-Length: 0\r\n\r\n"], "fault=head-too-large"),
    "head without an end": ([OK] + [b"A: " + b"a" * 60_000 + b"\r\n"] * 4, "fault=head-too-large"),
    "too many fields": ([OK + b"A: b\r\n" * 1000 + b"Content-Length: 0\r\n\r\n"], "fault=fields-too-many"),
    "flood of interim answers": ([b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 5000 + WHOLE], "fault=interims-too-many"),
    "malformed behind an interim answer": ([b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 2x0\r\n\r\n"], "fault=status"),
    "cut within the head": ([OK + b"Content-Le"], "worker-closed; phase=header; part=head"),
    "cut within the status line": ([b"HTTP/1.1 2"], "worker-closed; phase=header; part=head"),
    "closed without a word": ([], "worker-closed; phase=header"),
    "closed behind an interim answer": ([b"HTTP/1.1 103 Early Hints\r\n\r\n"], "worker-closed; phase=header"),
}
# The answer is under way already: the client must see that it is not whole.
CUT = {
    "short body": [OK + b"Content-Length: 10\r\n\r\nhello"],
    "chunks without an end": [CHUNKED + b"5\r\nhello\r\n"],
    "cut within a chunk": [CHUNKED + b"a\r\nhello"],
    "cut within the trailers": [CHUNKED + b"0\r\nX: y\r\n"],
    "bad chunk later": [CHUNKED + b"5\r\nhello\r\n", b"zz\r\n"],
    "bad end of chunk later": [CHUNKED + b"5\r\nhello", b"!\r\n0\r\n\r\n"],
    "bad trailer later": [CHUNKED + b"5\r\nhello\r\n", b"0\r\nContent-Length: 5\r\n\r\n"],
}
# Whole answers with something behind them, which must never become somebody's answer. The body that the client gets.
EXCESS = {
    "bytes behind the length": ([WHOLE + b"EXCESS"], b"hello"),
    "bytes behind the last chunk": ([CHUNKED + b"5\r\nhello\r\n0\r\n\r\nEXCESS"], b"5\r\nhello\r\n0\r\n\r\n"),
    "a second answer": ([WHOLE + WHOLE.replace(b"hello", b"EVIL!")], b"hello"),
    "interim answer behind the last": ([WHOLE + b"HTTP/1.1 100 Continue\r\n\r\n"], b"hello"),
    "204 with a body": ([b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello"], b""),
    "204 with chunks": ([b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"], b""),
    "304 with a body": ([b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello"], b""),
    "interim answer with a length": ([b"HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\n" + WHOLE], b"hello"),
}


@pytest.fixture(scope="module")
def pool():
    """Ejection off: the worker fails again and again, and must still be asked."""
    with Daemon(workers=1, program=ANSWERING, extra="[balance.ejection]\nconsecutive_failures = 0") as pool:
        yield pool


def order(pieces, close, head=b"POST /answer HTTP/1.1\r\nHost: x\r\n"):
    body = json.dumps({"pieces": [base64.b64encode(piece).decode() for piece in pieces], "close": close}).encode()
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


def talk(pool, request):
    """All that comes for a request and one behind it, until the proxy closes."""
    received = b""
    with socket.create_connection(("127.0.0.1", pool.port), timeout=10) as client, contextlib.suppress(ConnectionError):
        client.sendall(request + b"GET /behind HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        while chunk := client.recv(65536):
            received += chunk
    return received


def final(received):
    """The head of the first answer that is none of the interim ones, and what follows it."""
    head, _, rest = received.partition(b"\r\n\r\n")
    while head.startswith(b"HTTP/1.1 1"):
        head, _, rest = rest.partition(b"\r\n\r\n")
    return head, rest


def assert_in_step(pool):
    for number in range(6):
        assert pool.get(f"/step/{number}")[2] == b"/step/%d" % number


@pytest.mark.parametrize("name", TOLD)
def test_malformed_answer_is_a_502_that_says_what_was_wrong(pool, name):
    pieces, words = TOLD[name]
    head, rest = final(talk(pool, order(pieces, close=True)))
    assert head.startswith(b"HTTP/1.1 502 "), head
    error = next(line for line in head.split(b"\r\n") if line.startswith(b"Pool-Error: ")).decode()
    assert words in error and "worker=example_1" in error
    assert b"HTTP/1.1 200 OK" in rest and rest.endswith(b"/behind"), "the client's connection goes on"
    assert_in_step(pool)


@pytest.mark.parametrize("name", CUT)
def test_answer_that_breaks_off_is_not_taken_for_whole(pool, name):
    received = talk(pool, order(CUT[name], close=True))
    head, body = final(received)
    assert head.startswith(b"HTTP/1.1 200 "), head
    assert b"/behind" not in received, "nothing may follow a broken answer"
    assert not body.endswith(b"0\r\n\r\n") and len(body) < 10 + len(b"a\r\n\r\n")
    assert_in_step(pool)


@pytest.mark.parametrize("name", EXCESS)
def test_bytes_behind_an_answer_reach_nobody(pool, name):
    pieces, body = EXCESS[name]
    received = talk(pool, order(pieces, close=False))
    assert b"EXCESS" not in received and b"EVIL!" not in received
    _, rest = final(received)
    assert rest.startswith(body + b"HTTP/1.1 200 OK\r\n") and rest.endswith(b"/behind"), received
    assert_in_step(pool)


def test_head_answer_with_a_body_reaches_nobody(pool):
    request = order([WHOLE], close=False, head=b"HEAD /answer HTTP/1.1\r\nHost: x\r\n")
    _, rest = final(talk(pool, request))
    assert rest.startswith(b"HTTP/1.1 200 OK\r\n") and rest.count(b"hello") == 0 and rest.endswith(b"/behind")
    assert_in_step(pool)


def test_answer_that_nobody_asked_for_reaches_nobody(pool):
    """It comes while the connection is idle, which the proxy then closes. (Under another request it could not be told.)"""
    path = next(pool.runtime.rglob("example_1.sock"))

    def closed():
        with contextlib.closing(UnixConnection(path)) as connection:
            connection.request("GET", "/closed")
            return int(connection.getresponse().read())

    before = closed()
    with socket.create_connection(("127.0.0.1", pool.port), timeout=10) as client:
        client.sendall(order([WHOLE, WHOLE.replace(b"hello", b"EVIL!")], close=False))
        head, rest = final(client.recv(65536))
        assert head.startswith(b"HTTP/1.1 200 ") and rest == b"hello"
        wait_for(lambda: closed() > before, "the proxy's close")
        client.sendall(b"GET /behind HTTP/1.1\r\nHost: x\r\n\r\n")
        assert final(client.recv(65536))[1] == b"/behind"
    assert_in_step(pool)
