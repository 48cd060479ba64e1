"""Ten thousand clients that never finish their request: the others are served, and each of the slow is told in time."""
import resource
import selectors
import socket
import time

import pytest

from daemon import Daemon

SLOW = 10_000
PART = b"GET / HTTP/1.1\r\nHost: pool.example\r\nX-Slow: "


@pytest.fixture
def descriptors():
    """Room for the sockets here; the proxy makes its own."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def connect(port, number):
    client = socket.socket()
    # Source addresses of their own: one has no more than 28,000 ports.
    client.bind((f"127.0.1.{1 + number % 200}", 0))
    client.connect(("127.0.0.1", port))
    client.setblocking(False)
    client.send(PART)
    return client


def test_slowloris_leaves_the_service_answering(descriptors):
    count = min(SLOW, descriptors - 1000)
    with Daemon(workers=2, front='[front.timeouts]\nrequest_head = "6s"') as pool:
        slow, waits, told, cut = selectors.DefaultSelector(), [], 0, 0

        def probe():
            begun = time.monotonic()
            assert pool.get("/")[0] == 200
            waits.append(time.monotonic() - begun)

        for number in range(count):
            slow.register(connect(pool.port, number), selectors.EVENT_READ)
            if number % 500 == 0:
                probe()
        deadline = time.monotonic() + 60
        while slow.get_map() and time.monotonic() < deadline:
            for key, _ in slow.select(0.5):
                try:
                    answer = key.fileobj.recv(65536)
                except ConnectionResetError:
                    answer = b""
                told += answer.startswith(b"HTTP/1.1 408 ") and b"Pool-Error: timeout; phase=request" in answer
                cut += not answer.startswith(b"HTTP/1.1 408 ")
                slow.unregister(key.fileobj)
                key.fileobj.close()
            probe()
        print(f"{count} slow clients; {len(waits)} probes, the worst {max(waits):.3f} s")
        assert (told, cut, len(slow.get_map())) == (count, 0, 0)
        assert max(waits) < 5
