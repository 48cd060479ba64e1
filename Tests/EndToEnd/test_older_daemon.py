"""A daemon of another version behind the socket: said in words, with the documented exit code, never a trace."""
import contextlib
import json
import re
import socket
import subprocess
import threading

import pytest

from daemon import BIN
from terminal import Terminal

VERSION = {"version": "0.0.9", "api": 1, "pid": 7, "startedAt": "2026-11-22T07:41:05.000Z", "runtimeDirectory": "/run/pool",
           "stateDirectory": "/var/lib/pool", "access": "admin"}


def no_route(target):
    """What a daemon says of a path that it does not have."""
    return 404, "application/problem+json", {"type": "urn:pool:problem:not-found", "title": "Not found", "status": 404, "code": "not-found",
                                             "detail": f"there is no {target}", "remedy": "see /v1/openapi.json"}


def of_another_form(target):
    """An answer whose members are called otherwise."""
    return 200, "application/json", {"pools": [{"title": "example"}], "workers": []}


def without_problems(target):
    """An age before problem documents."""
    return 404, "text/plain", "not found\n"


@contextlib.contextmanager
def older(directory, answer):
    """The control socket of a daemon that knows its version and little else."""
    path, listener = directory / "control.sock", socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen(16)

    def serve():
        with contextlib.suppress(OSError):
            while True:
                client = listener.accept()[0]
                with client, contextlib.suppress(OSError):
                    request = b""
                    while b"\r\n\r\n" not in request and (data := client.recv(4096)):
                        request += data
                    target = request.split(b" ")[1].decode().split("?")[0]
                    status, kind, body = (200, "application/json", VERSION) if target == "/v1/version" else answer(target)
                    body = (body if isinstance(body, str) else json.dumps(body)).encode()
                    client.sendall(b"HTTP/1.1 %d X\r\nContent-Type: %s\r\nContent-Length: %d\r\nPool-Version: 0.0.9\r\nConnection: close\r\n\r\n%s"
                                   % (status, kind.encode(), len(body), body))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield path
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def ctl(path, *words):
    result = subprocess.run([BIN / "poolctl", *words, "--socket", path], capture_output=True, text=True, timeout=30)
    return result.returncode, result.stderr, result.stdout


@pytest.mark.parametrize("answer", [no_route, of_another_form, without_problems], ids=lambda answer: answer.__name__)
@pytest.mark.parametrize("words", ["status", "health", "restart all", "hold --for 3 example", "front open example", "logs", "ops list",
                                   "weight 2 1", "deploy", "certificate list"])
def test_every_verb_names_the_version(tmp_path, answer, words):
    with older(tmp_path, answer) as path:
        code, errors, _ = ctl(path, *words.split())
    assert code == 1, errors
    assert "version 0.0.9" in errors, errors
    assert re.search(r"older than this program \(\d+\.\d+\.\d+\): upgrade and restart it|run the same version of both", errors), errors
    assert "Fatal error" not in errors and len(errors.splitlines()) <= 3


def test_version_and_doctor_compare(tmp_path):
    with older(tmp_path, no_route) as path:
        code, _, text = ctl(path, "version")
        assert code == 0 and re.search(r"^poolctl \d.*\npoold   0\.0\.9 ", text)
        code, errors, text = ctl(path, "doctor")
        assert "version 0.0.9" in text + errors


def test_the_dashboard_says_it_and_goes_on(tmp_path):
    with older(tmp_path, no_route) as path, Terminal([BIN / "pooltop", "--socket", path], 100, 24) as screen:
        screen.until("version 0.0.9")
        screen.until("older than this program")
        screen.send("?")
        screen.until("row down")
        screen.send("Esc", "q")
        assert screen.wait() == 0
