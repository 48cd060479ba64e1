"""Load on a proxy that was built with a sanitizer; says what the sanitizer found.

    stress.py thread|address PROGRAM SECONDS

Ordinary and large requests, hostile conversations, WebSockets, HTTP/2 streams, answers and bodies given up half way, over
TCP and TLS, over four good workers and a bad one, while the proxy's routes change fifty times a second.
"""
import asyncio
import contextlib
import os
import pathlib
import random
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "Tests/EndToEnd"))

import aiohttp  # noqa: E402
import load  # noqa: E402
from hostile import Conversation  # noqa: E402

OPTIONS = {
    "thread": ("TSAN_OPTIONS", f"halt_on_error=0 history_size=4 exitcode=0 suppressions={HERE}/thread.supp"),
    "address": ("ASAN_OPTIONS", "detect_leaks=1 halt_on_error=0 exitcode=0"),
}


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [taken.getsockname()[1] for taken in sockets]
    finally:
        for taken in sockets:
            taken.close()


async def bad_worker(reader, writer):
    """Answers what is no HTTP, an error, or nothing."""
    with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        while await reader.readuntil(b"\r\n\r\n"):
            answer = random.choice([b"nonsense\r\n\r\n", b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", b""])
            writer.write(answer)
            if not answer.startswith(b"HTTP/1.1 500"):
                break
    writer.close()


class Load:
    def __init__(self, plain, secure, seconds):
        self.plain, self.secure, self.end = plain, secure, time.monotonic() + seconds
        self.counts = {}
        self.context = ssl.create_default_context()
        self.context.check_hostname, self.context.verify_mode = False, ssl.CERT_NONE

    def is_over(self):
        return time.monotonic() > self.end

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1

    async def connect(self, is_secure):
        return await asyncio.open_connection("127.0.0.1", self.secure if is_secure else self.plain, ssl=self.context if is_secure else None)

    async def hostile(self, number):
        case = number * 10_000_000
        while not self.is_over():
            case += 1
            with contextlib.suppress(OSError, TimeoutError):
                reader, writer = await self.connect(case % 4 == 1)
                for piece in Conversation("sanitize", case).pieces:
                    writer.write(piece)
                    await asyncio.sleep(0)
                if case % 3 and writer.can_write_eof():
                    writer.write_eof()
                if case % 5:
                    async with asyncio.timeout(1):
                        await reader.read(-1)
                writer.transport.abort() if case % 7 == 0 else writer.close()
                self.count("hostile conversations")

    async def over_tls(self):
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=self.context)) as session:
            while not self.is_over():
                with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
                    body = b"z" * random.choice([0, 100, 100_000])
                    async with session.post(f"https://127.0.0.1:{self.secure}/echo", data=body, timeout=aiohttp.ClientTimeout(10)) as answer:
                        await answer.read()
                        self.count("requests over TLS")

    async def websocket(self):
        async with aiohttp.ClientSession() as session:
            while not self.is_over():
                with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError, TypeError):
                    async with session.ws_connect(f"http://127.0.0.1:{self.plain}/ws") as ends:
                        for _ in range(20):
                            await ends.send_bytes(b"x" * random.choice([1, 100, 70_000]))
                            await ends.receive(timeout=5)
                            self.count("WebSocket messages")
                await asyncio.sleep(0.01)

    async def given_up(self):
        while not self.is_over():
            with contextlib.suppress(OSError):
                _, writer = await self.connect(random.random() < 0.3)
                if random.random() < 0.5:
                    writer.write(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n" + b"x" * random.randrange(400_000))
                else:
                    writer.write(b"GET /slow?ms=50 HTTP/1.1\r\nHost: x\r\n\r\n")
                await asyncio.sleep(random.random() * 0.08)
                writer.transport.abort()
                self.count("given up")

    async def http2(self, url):
        """h2load until the end: streams side by side, over TLS and without."""
        while not self.is_over():
            process = await asyncio.create_subprocess_exec(
                "h2load", "-n", "400", "-c", "4", "-m", "10", url, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL)
            said = (await process.communicate())[0].decode()
            self.counts["HTTP/2 requests"] = self.counts.get("HTTP/2 requests", 0) + int(re.search(r"(\d+) succeeded", said)[1])

    async def run(self):
        loops = [
            load.closed_loop(self.plain, 16, self.is_over),
            load.closed_loop(self.plain, 6, self.is_over, "POST", "/echo", b"y" * 30_000),
            load.closed_loop(self.plain, 4, self.is_over, "GET", "/slow?ms=20"),
        ]
        others = [self.hostile(number) for number in range(5)] + [self.over_tls() for _ in range(4)]
        others += [self.websocket(), self.websocket(), self.given_up(), self.given_up()]
        others += [self.http2(f"https://127.0.0.1:{self.secure}/"), self.http2(f"http://127.0.0.1:{self.plain}/slow?ms=5")]
        done = await asyncio.gather(*loops, *others)
        self.counts["requests"] = sum(result.sent for result in done[:3])


async def main(kind, program, seconds):
    with tempfile.TemporaryDirectory(prefix="ps") as name, contextlib.ExitStack() as stack:
        directory = pathlib.Path(name)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-days", "2", "-subj", "/CN=stress",
                        "-keyout", directory / "site.key", "-out", directory / "site.pem"], check=True, capture_output=True)
        sockets = [directory / f"w{number}.sock" for number in range(5)]
        started = []
        for path in sockets[:4]:
            started.append(subprocess.Popen([sys.executable, ROOT / "profiles/app/aiohttp_example.py", f"--path={path}"],
                                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "WORKER": path.stem}))
        bad = await asyncio.start_unix_server(bad_worker, sockets[4])
        plain, secure = free_ports(2)
        variable, options = OPTIONS[kind]
        proxy = await asyncio.create_subprocess_exec(
            program, str(plain), str(secure), name, str(seconds), *map(str, sockets), stdout=subprocess.PIPE,
            env={**os.environ, variable: f"{options} log_path={directory}/report"})
        try:
            # Beyond the proxy's end: its drain and its forced stop happen under load too.
            work = Load(plain, secure, seconds + 3)
            await asyncio.gather(work.run(), proxy.wait())
            said = (await proxy.stdout.read()).decode()
        finally:
            with contextlib.suppress(ProcessLookupError):
                proxy.kill()
            for process in started:
                process.kill()
                process.wait()
            bad.close()
        print(f"{kind}: {said.strip()}; clients: {work.counts}")
        reports = "".join(path.read_text(errors="replace") for path in sorted(directory.glob("report*")))
        print(reports, end="")
        if proxy.returncode != 0:
            print(f"{kind}: the proxy ended with {proxy.returncode}")
        if "ejections" not in said:
            print(f"{kind}: the proxy did not come to its end")
            return 1
        print(f"{kind}: {reports.count('SUMMARY')} findings")
        return 1 if reports or proxy.returncode != 0 else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
