"""Load that counts honestly: raw sockets, no hidden retry, every request that did not get its whole answer is a failure.

A keep-alive connection that the server closed while it was idle is noticed and replaced before use; one that dies
under a request counts as failed, whatever the method.
"""
import asyncio
import collections
import contextlib
import dataclasses
import threading
import time


@dataclasses.dataclass
class Result:
    """What became of the requests of a run."""
    sent: int = 0
    succeeded: int = 0
    statuses: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    failures: list = dataclasses.field(default_factory=list)
    workers: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    latencies: list = dataclasses.field(default_factory=list)

    @property
    def failed(self):
        return self.sent - self.succeeded

    def explain(self):
        return f"{self.failed} of {self.sent} failed; statuses {dict(self.statuses)}; first failures {self.failures[:5]}"


class Client:
    """One connection after another to one address, keep-alive unless told otherwise."""

    def __init__(self, host, port, result):
        self.host, self.port, self.result = host, port, result
        self.reader = self.writer = None

    async def request(self, method="GET", path="/", body=b"", close=False, timeout=30):
        """Sends one request and reads its whole answer; counts it."""
        self.result.sent += 1
        begun = time.monotonic()
        try:
            async with asyncio.timeout(timeout):
                await self._connect()
                self.writer.write(self._head(method, path, body, close) + body)
                status, worker, keep, why = await self._answer(method)
        except (OSError, EOFError, TimeoutError) as error:
            self.result.failures.append((round(begun, 2), method, path, repr(error)))
            self.close()
            return None
        self.result.statuses[status] += 1
        self.result.latencies.append(time.monotonic() - begun)
        if worker:
            self.result.workers[worker] += 1
        if 200 <= status < 400:
            self.result.succeeded += 1
        else:
            self.result.failures.append((round(begun, 2), method, path, status, why))
        if close or not keep:
            self.close()
        return status

    async def _connect(self):
        if self.reader is not None and self.reader.at_eof():
            self.close()
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection(self.host, self.port)

    def _head(self, method, path, body, close):
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host}:{self.port}"]
        if body or method in ("POST", "PUT"):
            lines.append(f"Content-Length: {len(body)}")
        if close:
            lines.append("Connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    async def _answer(self, method):
        head = await self.reader.readuntil(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:] if line)}
        keep = headers.get("connection", "").lower() != "close"
        if method == "HEAD":
            pass
        elif "content-length" in headers:
            await self.reader.readexactly(int(headers["content-length"]))
        elif headers.get("transfer-encoding", "").lower() == "chunked":
            while size := int((await self.reader.readuntil(b"\r\n")).split(b";")[0], 16):
                await self.reader.readexactly(size + 2)
            await self.reader.readuntil(b"\r\n")
        else:
            await self.reader.read()
            keep = False
        return int(lines[0].split()[1]), headers.get("x-worker"), keep, headers.get("pool-error")

    def close(self):
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None


async def closed_loop(port, clients, until, method="GET", path="/", body=b"", host="127.0.0.1", result=None):
    """`clients` at once, each sending its next request when the last was answered, until `until()` is true."""
    result = Result() if result is None else result

    async def one(index):
        client = Client(host, port, result)
        while not until():
            # Every third client opens a connection for each request, as many real ones do.
            if await client.request(method, path, body, close=index % 3 == 2) is None:
                # Where nobody listens, the answer is immediate: do not spin.
                await asyncio.sleep(0.01)
        client.close()

    await asyncio.gather(*(one(index) for index in range(clients)))
    return result


async def open_loop(port, rate, until, method="GET", path="/", body=b"", host="127.0.0.1"):
    """`rate` requests a second whatever the server does, half of them on pooled keep-alive connections."""
    result, pool, tasks, begun, count = Result(), [], set(), time.monotonic(), 0

    async def one(keep):
        client = pool.pop() if keep and pool else Client(host, port, result)
        await client.request(method, path, body, close=not keep)
        if keep and client.writer is not None:
            pool.append(client)

    while not until():
        task = asyncio.ensure_future(one(count % 2 == 0))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        count += 1
        await asyncio.sleep(max(0, begun + count / rate - time.monotonic()))
    await asyncio.gather(*tasks)
    for client in pool:
        client.close()
    return result


@contextlib.contextmanager
def beside(work, seconds=60):
    """Runs `work(done)` in a thread beside the block; whatever becomes of the block, `done` is set and the thread joined."""
    done, errors = threading.Event(), []

    def run():
        try:
            work(done)
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(seconds)
    assert not thread.is_alive(), f"the load did not end within {seconds} s"
    if errors:
        raise errors[0]


@contextlib.contextmanager
def under_load(port, clients, **request):
    """A closed loop beside the block; the result is complete after the block."""
    result = Result()
    with beside(lambda done: asyncio.run(closed_loop(port, clients, done.is_set, result=result, **request))):
        yield result
