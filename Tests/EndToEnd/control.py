"""What the tests of the control socket share."""
import contextlib
import os
import socket

from prometheus_client.parser import text_string_to_metric_families

from daemon import Daemon


def scrape(text):
    """Families by name, as Prometheus' own parser reads them."""
    return {family.name: family for family in text_string_to_metric_families(text)}


@contextlib.contextmanager
def configured(text, **options):
    """A daemon with a poold.toml."""
    pool = Daemon(**options)
    file = pool.directory / "poold.toml"
    file.write_text(text)
    pool.configuration = file
    os.environ["POOL_CONFIG"] = str(file)
    try:
        with pool:
            yield pool
    finally:
        del os.environ["POOL_CONFIG"]


def follow(pool, target, headers=()):
    """An open stream: its socket, from which nobody reads."""
    stream = socket.socket(socket.AF_UNIX)
    # Without a time limit the kernel waits for room in the queue instead of refusing.
    stream.connect(str(pool.runtime / "control.sock"))
    stream.settimeout(20)
    lines = [f"GET {target} HTTP/1.1", "Host: pool", *headers]
    stream.sendall("\r\n".join(lines).encode() + b"\r\n\r\n")
    return stream


def read_until(stream, marker):
    received = b""
    while marker not in received:
        data = stream.recv(65536)
        assert data, received[-500:]
        received += data
    return received
