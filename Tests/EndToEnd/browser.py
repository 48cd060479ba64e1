"""Headless Chromium, driven over its DevTools pipe: a page is opened, and asked what it saw."""
import base64
import hashlib
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time

from cryptography import x509
from cryptography.hazmat.primitives import serialization

PROGRAMS = ("chromium-headless-shell", "chromium")


class Browser:
    """With a directory of its own, trusting one certificate; its whole process group ends with the block."""

    def __init__(self, certificate):
        program = next(filter(None, map(shutil.which, PROGRAMS)), None)
        assert program, f"none of {', '.join(PROGRAMS)} is installed; run make setup"
        key = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        pin = base64.b64encode(hashlib.sha256(key).digest()).decode()
        self.directory = tempfile.mkdtemp(prefix="browser-")
        # Its descriptors 3 and 4 are what it reads orders from and writes answers to.
        reads, self.orders = os.pipe()
        self.answers, writes = os.pipe()
        words = [
            program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
            "--no-proxy-server", "--no-first-run", "--remote-debugging-pipe", f"--user-data-dir={self.directory}",
            # Instead of an exception for any certificate: with that one nothing is kept in the cache.
            f"--ignore-certificate-errors-spki-list={pin}"]
        shell = 'exec 3<&"$1" 4>&"$2" && shift 2 && exec "$@"'
        self.log = open(os.path.join(self.directory, "log"), "w+b")
        self.program = subprocess.Popen(["/bin/bash", "-c", shell, "browser", str(reads), str(writes), *words],
                                        stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                                        pass_fds=[reads, writes], start_new_session=True)
        os.close(reads)
        os.close(writes)
        self.received, self.count, self.session, self.events = b"", 0, None, []

    def __enter__(self):
        try:
            target = self.call("Target.createTarget", url="about:blank")["targetId"]
            self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            self.call("Page.enable")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        os.close(self.orders)
        os.close(self.answers)
        try:
            os.killpg(self.program.pid, signal.SIGKILL)
        finally:
            self.program.wait()
            self.log.close()
            shutil.rmtree(self.directory, ignore_errors=True)

    def call(self, method, **parameters):
        """One order, and its result; what happens meanwhile is kept in `events`."""
        self.count += 1
        order = {"id": self.count, "method": method, "params": parameters}
        if self.session:
            order["sessionId"] = self.session
        os.write(self.orders, json.dumps(order).encode() + b"\0")
        while (answer := self.next()).get("id") != self.count:
            self.events.append(answer)
        assert "error" not in answer, f"{method}: {answer['error']}"
        return answer["result"]

    def next(self, seconds=60):
        deadline = time.monotonic() + seconds
        while b"\0" not in self.received:
            ready = select.select([self.answers], [], [], max(0, deadline - time.monotonic()))[0]
            chunk = os.read(self.answers, 65536) if ready else b""
            assert chunk, f"the browser says nothing within {seconds} s, or has ended\n{self.said()}"
            self.received += chunk
        text, _, self.received = self.received.partition(b"\0")
        return json.loads(text)

    def said(self):
        self.log.seek(0)
        return self.log.read()[-4000:].decode(errors="replace")

    def load(self, method, **parameters):
        """Page.navigate or Page.reload, and the end of it: everything that the page names has come, or failed."""
        self.events.clear()
        answer = self.call(method, **parameters)
        assert not answer.get("errorText"), answer
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self.next())

    def ask(self, expression):
        """The value of an expression in the page, awaited where it is a promise."""
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")
