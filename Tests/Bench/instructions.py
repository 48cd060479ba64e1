"""User instructions and allocations (callgrind) and system calls (strace) per request: figures that hold on a noisy machine.

`ProxyDriver` is the proxy's server alone, with one loop, in front of four sockets of nginx. What its start costs is
taken out by measuring two runs of different length.
"""
import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile

from measure import ROOT, children, note, process, report, wait_for, wrk
from peers import LOOPS, backend_configuration, nginx_configuration

PORT = 18085
REQUEST = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
ALLOCATORS = {"malloc", "calloc", "realloc", "memalign", "posix_memalign", "aligned_alloc"}
BUILT = ROOT / ".build-release/release/ProxyDriver"


@contextlib.contextmanager
def bare_proxy(driver, sockets, prefix=()):
    """The proxy's server, under a tool or alone."""
    with process([*prefix, driver, PORT, *sockets], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as tool:
        wait_for(listening, "the proxy")
        yield tool


def listening():
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", PORT)):
        return True


def send_requests(count):
    """`count` requests over 64 keep-alive connections in turn."""
    clients = [socket.create_connection(("127.0.0.1", PORT)) for _ in range(64)]
    for index in range(count):
        client = clients[index % 64]
        client.sendall(REQUEST)
        received = b""
        while not received.endswith(b"x" * 1024):
            received += client.recv(65536)
    for client in clients:
        client.close()


def counted(directory, driver, sockets, count):
    """Instructions and allocations of a whole run of `count` requests."""
    output = pathlib.Path(directory, f"callgrind.{count}")
    with bare_proxy(driver, sockets, ["valgrind", "--tool=callgrind", f"--callgrind-out-file={output}"]) as tool:
        send_requests(count)
        tool.send_signal(signal.SIGTERM)
        tool.wait(60)
    profile = output.read_text()
    return instructions_of(profile), allocations(profile)


def instructions_of(profile):
    """All instructions of a callgrind profile."""
    return int(re.search(r"^(?:summary|totals): (\d+)", profile, re.M).group(1))


def allocations(profile):
    """Calls of the C library's allocator in a callgrind profile; Swift's own come down to these."""
    # A name is written out where it is first used, and is a number from then on.
    names = dict(re.findall(r"fn=\((\d+)\) (\S+)", profile))
    calls = re.findall(r"^cfn=\((\d+)\).*\ncalls=(\d+)", profile, re.M)
    return sum(int(count) for number, count in calls if names[number] in ALLOCATORS)


def requests(port, seconds=3):
    """As many as 64 connections make; their number."""
    return wrk(f"http://127.0.0.1:{port}/", seconds=seconds)["requests"]


def system_calls(pids, work):
    """System calls of processes for each thing that is done; `work` does some of them, and tells how many."""
    with tempfile.NamedTemporaryFile() as summary:
        words = ["strace", "-f", "-c", "-o", summary.name]
        for pid in pids:
            words += ["-p", str(pid)]
        with process(words, stderr=subprocess.DEVNULL) as tracer:
            wait_for(lambda: "TracerPid:\t0" not in pathlib.Path(f"/proc/{pids[0]}/status").read_text(), "strace")
            count = work()
            tracer.send_signal(signal.SIGINT)
            tracer.wait(20)
        total = re.search(r"^100\.00\s+\S+\s+(?:\S+\s+)?(\d+)\s+(?:\d+\s+)?total", pathlib.Path(summary.name).read_text(), re.M)
        return int(total.group(1)) / count


@contextlib.contextmanager
def surroundings():
    """A directory, the driver in it, and the sockets of four backends."""
    with tempfile.TemporaryDirectory(prefix="pb") as directory, contextlib.ExitStack() as stack:
        pathlib.Path(directory, "tmp").mkdir()
        sockets = [f"{directory}/backend_{n}.sock" for n in (1, 2, 3, 4)]
        for number, path in enumerate(sockets):
            conf = pathlib.Path(directory, f"backend-{number}.conf")
            conf.write_text(backend_configuration(directory).replace("SOCKET", path))
            stack.enter_context(process([shutil.which("nginx") or "/usr/sbin/nginx", "-p", directory, "-c", conf]))
        wait_for(lambda: all(os.path.exists(path) for path in sockets), "the backends")
        subprocess.run([ROOT / ".make/swift.sh", "build", "--configuration", "release", "--static-swift-stdlib", "--scratch-path", ".build-release",
                        "--product", "ProxyDriver"], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
        # Without debug information: Debian 12's valgrind cannot read this compiler's.
        driver = f"{directory}/ProxyDriver"
        subprocess.run(["strip", "--strip-debug", "-o", driver, BUILT], check=True)
        yield directory, driver, sockets


def run(count=3000):
    count = max(count, 500)
    with surroundings() as (directory, driver, sockets):
        (few, few_made), (many, many_made) = (counted(directory, driver, sockets, total) for total in (count, 3 * count))
        report("proxy-user-instructions", (many - few) / (2 * count), "per-request", 8000)
        assert few_made > 0, "the profile names no allocation, not even of the start"
        # No two starts allocate quite the same: a timer that has run, a thread that was first. One of a request would be 1.
        report("proxy-allocations", max(0, round((many_made - few_made) / (2 * count), 2)), "per-request", 0)

        with bare_proxy(driver, sockets) as proxy:
            wrk(f"http://127.0.0.1:{PORT}/", seconds=1)
            report("proxy-system-calls", system_calls([proxy.pid], lambda: requests(PORT)), "per-request", 4.2)
        conf = pathlib.Path(directory, "front.conf")
        text = nginx_configuration(directory, PORT, sockets, False)
        conf.write_text(text.replace(f"worker_processes {LOOPS}", "worker_processes 1"))
        with process([shutil.which("nginx") or "/usr/sbin/nginx", "-p", directory, "-c", conf]) as master:
            workers = wait_for(lambda: children(master.pid), "nginx's worker")
            wrk(f"http://127.0.0.1:{PORT}/", seconds=1)
            note(f"nginx system calls per request: {system_calls(workers, lambda: requests(PORT)):.2f}")
