"""Hostile clients before the proxy, and behind it a worker that writes every byte down: what gets through is judged.

    ORACLE_SEED=7 ORACLE_CASES=100000 pytest test_oracle.py     # longer, or a failure again
"""
import asyncio
import collections
import contextlib
import os
import subprocess
import sys

import h11
import pytest

import judges
from daemon import RECORDER, Daemon, wait_for
from hostile import Conversation
from recorder import read_journal

SEED = os.environ.get("ORACLE_SEED", "1")
CASES = int(os.environ.get("ORACLE_CASES", "3000"))
AT_ONCE = 24
# What the proxy refuses though the grammar allows it, each by its word in Pool-Error.
STRICTER = {
    "host": "an empty host, a comma in it, or a port above 65535",
    "trailer-forbidden": "a trailer field that frames, routes or authenticates",
    "chunk-extensions-too-long": "more than 4 KiB of chunk extensions",
    "max-forwards": "OPTIONS and TRACE that may go no further, and end here (RFC 9110, 7.6.2)",
}


class Case:
    """One conversation, its own client address, and what came of it."""

    def __init__(self, number):
        self.number, self.conversation = number, Conversation(SEED, number)
        # The address is how the worker's requests are found again: the proxy writes it, whatever the client says.
        self.address = f"127.{1 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"
        self.sent = judges.strict(self.conversation.bytes)
        self.received, self.arrived = b"", []

    @property
    def methods(self):
        return [message.method for message in self.sent.messages]

    async def run(self, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(self.address, 0))
        try:
            async with asyncio.timeout(20):
                for piece in self.conversation.pieces:
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0)
                # A client that ends its side too long before the answer is taken to be gone: so not before it.
                while len(answers(self.received, self.methods, is_whole=False)) < len(self.sent.messages):
                    if not (more := await reader.read(65536)):
                        break
                    self.received += more
                writer.write_eof()
                self.received += await reader.read(-1)
        except ConnectionError:
            pass
        finally:
            writer.close()

    def explain(self, what):
        return (f"{what}\nORACLE_SEED={SEED} case {self.number}\nsent     {self.conversation.bytes!r}\nreceived {self.received!r}\n"
                f"arrived  {[message.summary for message in self.arrived]}")


def answers(data, methods, is_whole=True):
    """(status, Pool-Error, body) of each final answer; anything that is not an answer is an error."""
    found, methods = [], iter(methods)
    while data:
        head, blank, data = data.partition(b"\r\n\r\n")
        if not blank and not is_whole:
            break
        assert blank and head.startswith(b"HTTP/1.1 "), head[:200]
        fields = dict((name.lower(), value.strip()) for name, _, value in (line.partition(b":") for line in head.split(b"\r\n")[1:]))
        status = int(head[9:12])
        if status < 200:
            continue
        # HEAD gets no body, in a refusal too.
        has_body = next(methods, b"GET") != b"HEAD" if b"pool-error" not in fields else bool(data)
        length = int(fields.get(b"content-length", 0)) if has_body else 0
        if len(data) < length and not is_whole:
            break
        assert len(data) >= length, "an answer was cut"
        found.append((status, fields.get(b"pool-error", b"").decode(), data[:length]))
        data = data[length:]
    return found


def passed_on(message):
    """A client's request as it should reach the worker: path, payload, and the fields that belong to the application."""
    target, absolute = message.target, judges.ABSOLUTE.fullmatch(message.target)
    if absolute:
        bare = b"*" if message.method == b"OPTIONS" and not absolute[3] else b"/"
        target = (absolute[2] or bare) + (absolute[3] or b"")
    own = [value for name, value in message.fields if name.lower() in (b"x-case", b"user-agent", b"accept", b"content-type")]
    return message.method, target, own, message.body, message.trailers


def judge_worker_side(connections):
    """Every request that reached the worker, by the address of its client; both judges find the same ones, and no fault."""
    arrived = collections.defaultdict(list)
    for data, begins in connections.values():
        strict, second = judges.strict(data, forwarded=True), judges.second(data)
        assert not strict.fault, f"{strict.fault}: {data[-3000:]!r}"
        assert not second.fault, f"h11: {second.fault}: {data[-3000:]!r}"
        assert [message.summary for message in strict.messages] == [message.summary for message in second.messages]
        for message in strict.messages:
            # Probes come from no address. A request begins a record: the worker has answered what came before it.
            arrived[b"".join(message.values(b"x-real-ip")).decode()].append((begins[message.offset], message))
    return {address: [message for _, message in sorted(found, key=lambda item: item[0])] for address, found in arrived.items()}


def judge_client_side(case):
    """What is wrong with the answers of one case; the words for its refusals of valid requests."""
    sent, replies = case.sent, answers(case.received, case.methods)
    good = [reply for reply in replies if not reply[1]]
    assert len(case.arrived) <= len(sent.messages), case.explain(f"{len(sent.messages)} valid requests became more: {sent.fault}")
    assert len(good) == len(case.arrived), case.explain("not one answer for each request that the worker got")
    assert all(status == 200 for status, _, _ in good), case.explain("an answer that the worker did not give")
    for message, request, reply in zip(sent.messages, case.arrived, good):
        assert passed_on(message) == passed_on(request), case.explain(f"{passed_on(message)} became another request")
        if request.method != b"HEAD":
            line = bytes.fromhex(reply[2].decode()).split(b"\r\n")[0]
            assert line == b" ".join([request.method, request.target, b"HTTP/1.1"]), case.explain("somebody else's answer")
    # An unfinished request may be answered or not; every fault is, and nothing behind it.
    refusals = [error for _, error, _ in replies if error]
    assert len(refusals) <= 1 and (not refusals or replies[-1][1]), case.explain("answers behind a refusal")
    if sent.fault and len(case.arrived) == len(sent.messages):
        assert refusals, case.explain(f"no word about {sent.fault}")
    return refusals if len(case.arrived) < len(sent.messages) else []


async def run_cases(port, count):
    cases, todo = [Case(number) for number in range(count)], iter(range(count))

    async def one():
        for number in todo:
            await cases[number].run(port)

    await asyncio.gather(*(one() for _ in range(AT_ONCE)))
    return cases


@pytest.fixture(scope="module")
def outcome():
    """All cases run against a pool of one recorder, and all that reached it."""
    with Daemon(workers=1, program=RECORDER, options=["--journal"]) as pool:
        cases = asyncio.run(run_cases(pool.port, CASES))
        journal = next(pool.runtime.rglob("*.journal"))
        assert wait_for(lambda: pool.get("/")[0] == 200, "service afterwards")
        assert pool.pool()["workers"][0]["status"]["restarts"] == 0
        yield cases, read_journal(journal)


def test_nothing_malformed_or_ambiguous_gets_through(outcome):
    cases, connections = outcome
    arrived = judge_worker_side(connections)
    refused, valid = collections.Counter(), 0
    for case in cases:
        case.arrived = arrived.get(case.address, [])
        refused.update(judge_client_side(case))
        valid += len(case.arrived)
    total = sum(refused.values())
    print(f"{len(cases)} conversations, {valid} requests passed on, {total} valid ones refused: {dict(refused)}")
    assert valid > len(cases) / 4, "the cases are no use: hardly any is valid"
    unexplained = {error: count for error, count in refused.items() if error.removeprefix("malformed; fault=") not in STRICTER}
    assert not unexplained
    assert total <= len(cases) / 100


class BrokenProxy:
    """A proxy of a kind that people do write. It reads by the letter of the first framing it finds, and has one more fault."""

    def __init__(self, worker, fault):
        self.worker, self.fault = worker, fault

    async def serve(self, reader, writer):
        address = writer.get_extra_info("peername")[0]
        with contextlib.suppress(OSError, EOFError, TimeoutError, ValueError, asyncio.LimitOverrunError):
            async with asyncio.timeout(5):
                while (request := await self.read(reader)) is not None:
                    writer.write(await self.pass_on(request, address))
        writer.close()

    async def read(self, reader):
        """A request, as somebody would read it who has never heard of smuggling."""
        if not (line := await reader.readline()):
            return None
        lines, length, is_chunked = [line], 0, False
        while (line := await reader.readline()) not in (b"\r\n", b"\n", b""):
            lines.append(line)
            name, _, value = line.lower().partition(b":")
            length = int(value) if name.strip() == b"content-length" else length
            is_chunked = is_chunked or name.strip() == b"transfer-encoding"
        body = b""
        if is_chunked:
            while not body.endswith(b"0\r\n\r\n"):
                if not (more := await reader.readline()):
                    break
                body += more
        elif length:
            body = await reader.readexactly(length)
        return lines, body

    async def pass_on(self, request, address):
        lines, body = request
        said = address.encode()
        identity = [b"X-Real-IP: " + said, b"X-Forwarded-For: " + said, b"X-Forwarded-Proto: http", b"Forwarded: for=" + said, b"X-Request-ID: 1"]
        identity = [line + b"\r\n" for line in identity]
        if self.fault != "trusting":
            # What the client says of itself or of its connection goes no further; otherwise lines stay as they came.
            ours = set(judges.IDENTITY[1:]) | judges.HOP_BY_HOP
            lines = lines[:1] + [line for line in lines[1:] if line.partition(b":")[0].strip().lower().replace(b"_", b"-") not in ours]
        if self.fault == "rewriting":
            lines[0] = lines[0].replace(b"/", b"/v1/", 1)
        head = b"".join(lines[:1] + identity + lines[1:]) + b"\r\n"
        answer = b""
        for _ in range(2 if self.fault == "retrying" else 1):
            answer = await self.ask(head + body)
        return answer

    async def ask(self, request):
        reader, writer = await asyncio.open_unix_connection(self.worker)
        try:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            return head + (b"" if request.startswith(b"HEAD ") else await reader.readexactly(length))
        finally:
            writer.close()


@pytest.mark.parametrize("fault", ["trusting", "rewriting", "retrying"])
def test_a_broken_proxy_does_not_pass(tmp_path, fault):
    """The judges can say no: the same cases, through proxies that are known to be wrong."""
    path = str(tmp_path / "recorder.sock")
    worker = subprocess.Popen([sys.executable, RECORDER, f"--path={path}", "--journal"])

    async def run():
        server = await asyncio.start_server(BrokenProxy(path, fault).serve, "127.0.0.1", 0)
        async with server:
            return await run_cases(server.sockets[0].getsockname()[1], 200)

    try:
        assert wait_for(lambda: os.path.exists(path), "the recorder")
        cases = asyncio.run(run())
    finally:
        worker.terminate()
        worker.wait()
    connections = read_journal(f"{path}.journal")
    assert connections, "nothing arrived: this shows nothing"
    arrived, objections = {}, []
    for number, connection in connections.items():
        try:
            for address, messages in judge_worker_side({number: connection}).items():
                arrived.setdefault(address, []).extend(messages)
        except (AssertionError, h11.ProtocolError) as objection:
            objections.append(("worker", str(objection)))
    for case in cases:
        case.arrived = arrived.get(case.address, [])
        try:
            judge_client_side(case)
        except AssertionError as objection:
            objections.append(("client", str(objection)))
    sides, words = collections.Counter(side for side, _ in objections), "".join(text for _, text in objections)
    print(f"{fault}: {len(cases)} conversations, {len(connections)} requests passed on, objections {dict(sides)}")
    assert sides["worker"] > 10, "malformed messages got through, and nobody minded"
    assert sides["client"] > 10, "the worker got other requests than the client sent, and nobody minded"
    expected = {"trusting": "times b'x-", "rewriting": "became another request", "retrying": "valid requests became more"}[fault]
    assert expected in words
    if fault != "trusting":
        assert sides["worker"] < len(connections), "what is in order is objected to as well"
