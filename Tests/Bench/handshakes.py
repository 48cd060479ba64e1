"""User instructions (callgrind) and system calls (strace) per TLS 1.3 handshake and per request, of the proxy and of nginx.

The CPU time of a handshake says little on a machine whose speed drifts; these figures hold. Both programs use the same
library and the same certificate, serve with one loop, and have the same client, which does one handshake after the other
and ends each session as one should, or one request after the other in one session. What a start costs is taken out by measuring two runs of different length.
"""
import contextlib
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess

from edge import make_certificate
from instructions import PORT, instructions_of, surroundings, system_calls
from measure import process, report, wait_for
from peers import LOOPS, nginx_configuration


def connect(context, session=None):
    """One handshake and its end; the session that came with it."""
    received, to_send = ssl.MemoryBIO(), ssl.MemoryBIO()
    secure = context.wrap_bio(received, to_send, session=session)
    with socket.create_connection(("127.0.0.1", PORT)) as plain:
        # The end waits for the peer's: its tickets have come by then. A socket of the module's would have forgotten them.
        for action in (secure.do_handshake, secure.unwrap):
            with contextlib.suppress(ssl.SSLEOFError):
                exchange(plain, action, received, to_send)
    assert secure.session.has_ticket and secure.session_reused == (session is not None)
    return secure.session


def exchange(plain, action, received, to_send):
    """Does it with the peer's help."""
    while True:
        try:
            action()
            return plain.sendall(to_send.read())
        except ssl.SSLWantReadError:
            plain.sendall(to_send.read())
            received.write(plain.recv(65536)) or received.write_eof()


def shake_hands(count, resumed):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    session = connect(context) if resumed else None
    for _ in range(count):
        newer = connect(context, session)
        if resumed:
            session = newer
    return count


def ask(count):
    """So many requests in one session; each answer is read whole."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", PORT)) as plain, context.wrap_socket(plain) as client:
        for _ in range(count):
            client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            received = client.recv(65536)
            head, _, body = received.partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r")[0])
            while len(body) < length:
                body += client.recv(65536)
            assert head.startswith(b"HTTP/1.1 200 ") and len(body) == length, head
    return count


def listening():
    """Whether somebody accepts; a connection that says nothing costs the same in a long run as in a short one."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", PORT)):
        return True


@contextlib.contextmanager
def running(words, prefix=()):
    with process([*prefix, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        wait_for(listening, words[0])
        yield server


def nginx_words(directory, sockets, tls):
    """One process that is worker and master."""
    path = pathlib.Path(directory, "handshakes.conf")
    text = nginx_configuration(directory, PORT, sockets, False, tls)
    path.write_text("master_process off;" + text.replace(f"worker_processes {LOOPS}", "worker_processes 1"))
    return [shutil.which("nginx") or "/usr/sbin/nginx", "-p", directory, "-c", path]


def has_ended(server):
    """nginx may hear its signal just before it waits for events: a connection wakes it."""
    listening()
    return server.poll() is not None


def instructions(directory, words, count, work):
    """For each of the things that `work` does as many of as it is told."""
    totals = []
    for times in (1, 3):
        output = pathlib.Path(directory, f"callgrind.tls.{times}")
        with running(words, ["valgrind", "--tool=callgrind", f"--callgrind-out-file={output}"]) as tool:
            work(times * count)
            tool.send_signal(signal.SIGTERM)
            wait_for(lambda: has_ended(tool), "the profile", 60)
        totals.append(instructions_of(output.read_text()))
    return (totals[1] - totals[0]) / (2 * count)


def compare(directory, driver, sockets, tls, count):
    programs = {"pool": [driver, f"--tls={tls}", PORT, *sockets], "nginx": nginx_words(directory, sockets, tls)}
    works = {
        "handshake-full": ("handshake", count, lambda times: shake_hands(times, False)),
        "handshake-resumed": ("handshake", count, lambda times: shake_hands(times, True)),
        "request": ("request", 20 * count, ask),
    }
    for label, (unit, times, work) in works.items():
        counted, called = {}, {}
        for name, words in programs.items():
            counted[name] = instructions(directory, words, times, work)
            report(f"tls-{label}-user-instructions-{name}", counted[name], f"per-{unit}")
            with running(words) as server:
                work(10)
                called[name] = system_calls([server.pid], lambda: work(5 * times))
            report(f"tls-{label}-system-calls-{name}", called[name], f"per-{unit}")
        target = 0.8 if unit == "request" else 1.0
        report(f"tls-{label}-user-instructions-of-nginx", counted["pool"] / counted["nginx"], "ratio", target)
        report(f"tls-{label}-system-calls-of-nginx", called["pool"] / called["nginx"], "ratio", target)


def run(count=100):
    with surroundings() as (directory, driver, sockets):
        compare(directory, driver, sockets, make_certificate(directory), max(count, 50))
