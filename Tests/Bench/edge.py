"""TLS, HTTP/2 and files: the proxy against nginx and HAProxy (which serves no files)."""
import pathlib
import re
import subprocess
import tempfile

from instructions import system_calls
from measure import cpu_seconds, median, note, report, waits, wrk
from peers import haproxy, nginx, pool
from proxy import PORTS, compare, interleaved, ratio


def make_certificate(directory):
    """A certificate and its key in one file, as HAProxy wants them."""
    both = pathlib.Path(directory, "site.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-days", "2",
                    "-keyout", f"{directory}/key", "-out", f"{directory}/chain", "-subj", "/CN=bench",
                    "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    both.write_text(pathlib.Path(directory, "chain").read_text() + pathlib.Path(directory, "key").read_text())
    both.chmod(0o600)
    return both


def handshakes(port, seconds, resumed):
    """Handshakes of one client that does nothing else."""
    words = ["openssl", "s_time", "-connect", f"127.0.0.1:{port}", "-time", str(seconds), "-reuse" if resumed else "-new"]
    text = subprocess.run(words, capture_output=True, text=True).stdout
    return int(text.split(" connections in ")[0].split()[-1])


def compare_handshakes(processes, rounds, resumed):
    """Many short rounds: their median bears a machine whose speed changes within seconds. `handshakes.py` counts instead."""
    label = "resumed" if resumed else "full"
    costs = {name: [] for name in processes}
    for _ in range(rounds):
        for name, pids in processes.items():
            before = cpu_seconds(pids)
            count = handshakes(PORTS[name], 1, resumed)
            costs[name].append((cpu_seconds(pids) - before) / count * 1e6)
    for name, runs in costs.items():
        note(f"tls-handshake-{label} {name}: {median(runs):.0f} us CPU/handshake")
    ratios = [theirs / mine for mine, theirs in zip(costs["pool"], costs["nginx"])]
    report(f"tls-handshakes-{label}-per-cpu-of-nginx", median(ratios), "ratio", 1.0, higher_is_better=True)


def streams(port, seconds):
    """Requests answered by 200 in some seconds: 10 streams on each of 16 connections."""
    words = ["h2load", "-D", str(seconds), "-c", "16", "-m", "10", f"https://127.0.0.1:{port}/"]
    text = subprocess.run(words, capture_output=True, text=True).stdout
    assert " 0 failed, 0 errored" in text and "h2" in text, text
    return int(re.search(r"status codes: (\d+) 2xx", text)[1])


def compare_http2(processes, rounds, seconds):
    costs = {name: [] for name in processes}
    for _ in range(rounds):
        for name, pids in processes.items():
            before = cpu_seconds(pids)
            count = streams(PORTS[name], seconds)
            costs[name].append((cpu_seconds(pids) - before) / count * 1e6)
    for name, runs in costs.items():
        note(f"http2-16x10 {name}: {median(runs):.1f} us CPU/request")
    ratios = [mine / theirs for mine, theirs in zip(costs["pool"], costs["nginx"])]
    report("http2-16x10-cpu-of-nginx", median(ratios), "ratio", 1.0)


def compare_work(label, processes, rounds, path, connections, scheme="http"):
    """What the kernel is asked for by each request: figures that hold where CPU time does not."""
    def load(name, seconds=1):
        return wrk(f"{scheme}://127.0.0.1:{PORTS[name]}{path}", connections=connections, seconds=seconds)["requests"]

    slept, called = {name: [] for name in processes}, {name: [] for name in processes}
    for _ in range(rounds):
        for name, pids in processes.items():
            before = waits(pids)
            count = load(name)
            slept[name].append((waits(pids) - before) / count)
            called[name].append(system_calls(pids, lambda: load(name)))
    for what, figures in (("system-calls", called), ("waits", slept)):
        for name, values in figures.items():
            note(f"{label} {name}: {median(values):.3f} {what} a request")
        ratios = [mine / theirs for mine, theirs in zip(figures["pool"], figures["nginx"])]
        # Who is done sooner waits more often: no target for that.
        report(f"{label}-{what}-of-nginx", median(ratios), "ratio", 1.0 if what == "system-calls" else None)


def run(rounds=5, seconds=3):
    with tempfile.TemporaryDirectory(prefix="pb") as directory:
        sockets = [f"{directory}/backend_{n}.sock" for n in (1, 2, 3, 4)]
        for name in ("tmp", "static"):
            pathlib.Path(directory, name).mkdir()
        pathlib.Path(directory, "static/1k").write_bytes(b"y" * 1024)
        pathlib.Path(directory, "static/1m").write_bytes(b"y" * (1 << 20))
        tls = make_certificate(directory)
        with pool(directory, PORTS["pool"], tls=tls) as daemon, nginx(directory, PORTS["nginx"], sockets, tls=tls) as nginx_pids, \
                haproxy(directory, PORTS["haproxy"], sockets, tls=tls) as haproxy_pids:
            processes = {"pool": [daemon.proxy], "nginx": nginx_pids, "haproxy": haproxy_pids}
            interleaved(processes, 1, scheme="https", seconds=1)
            compare("proxy-tls-64", interleaved(processes, rounds, scheme="https", seconds=seconds), 0.80)
            compare_work("proxy-tls-64", {name: processes[name] for name in ("pool", "nginx")}, rounds, "/", 64, "https")
            for resumed in (False, True):
                compare_handshakes(processes, 4 * rounds, resumed)
            del processes["haproxy"]
            compare_http2(processes, rounds, seconds)
            figures = interleaved(processes, max(2, rounds // 2), "/static/1m", "https", connections=4, seconds=seconds)
            compare("static-tls-1MiB", figures, 1.0, others=("nginx",))
    with tempfile.TemporaryDirectory(prefix="pb") as directory:
        sockets = [f"{directory}/backend_{n}.sock" for n in (1, 2, 3, 4)]
        for name in ("tmp", "static"):
            pathlib.Path(directory, name).mkdir()
        pathlib.Path(directory, "static/1k").write_bytes(b"y" * 1024)
        pathlib.Path(directory, "static/1m").write_bytes(b"y" * (1 << 20))
        with pool(directory, PORTS["pool"]) as daemon, nginx(directory, PORTS["nginx"], sockets) as nginx_pids:
            processes = {"pool": [daemon.proxy], "nginx": nginx_pids}
            interleaved(processes, 1, "/static/1k", seconds=1)
            for name, connections in (("1k", 64), ("1m", 4)):
                figures = interleaved(processes, rounds, f"/static/{name}", connections=connections, seconds=seconds)
                compare(f"static-{name}", figures, 1.0, others=("nginx",))
                compare_work(f"static-{name}", processes, rounds, f"/static/{name}", connections)
            # Over loopback the kernel receives in the context of whoever sends, or of whoever reads: which of them is
            # charged for a large file is chance, and only both together are its cost.
            report("static-1m-cpu-with-client-of-nginx", ratio(figures, "both", "pool", "nginx"), "ratio", 1.0)
