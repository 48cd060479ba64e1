"""The proxy against nginx and HAProxy: CPU per request, requests a second, latency, bodies, memory of idle connections."""
import pathlib
import socket
import tempfile

from measure import client_seconds, cpu_seconds, median, note, report, resident_bytes, wrk
from peers import CONNECTIONS, haproxy, nginx, pool

PORTS = {"pool": 18080, "nginx": 18081, "haproxy": 18082}
BROWSER = [
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "Accept-Encoding: gzip, deflate, br", "Accept-Language: en-GB,en;q=0.5", "Cache-Control: max-age=0",
    "Cookie: session=0123456789abcdef0123456789abcdef; theme=dark", "DNT: 1", "Referer: http://127.0.0.1/index.html",
    "Sec-Fetch-Dest: document", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Site: same-origin", "Upgrade-Insecure-Requests: 1",
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
]


def interleaved(processes, rounds, path="/", scheme="http", **load):
    """Every proxy once a round, in turn, so that the machine's drift falls on all of them; medians of the rounds."""
    figures = {name: [] for name in processes}
    for _ in range(rounds):
        for name, pids in processes.items():
            before, client = cpu_seconds(pids), client_seconds()
            run = wrk(f"{scheme}://127.0.0.1:{PORTS[name]}{path}", **load)
            run["cpu"] = (cpu_seconds(pids) - before) / run["requests"] * 1e6
            run["both"] = run["cpu"] + (client_seconds() - client) / run["requests"] * 1e6
            figures[name].append(run)
    return figures


def ratio(figures, key, name, other):
    """The median of the ratios pair by pair: what holds on a machine whose speed drifts."""
    return median([mine[key] / theirs[key] for mine, theirs in zip(figures[name], figures[other])])


def compare(label, figures, cpu_target, rate_target=None, p99_target=None, others=("nginx", "haproxy")):
    for name, runs in figures.items():
        note(f"{label} {name}: {median([run['cpu'] for run in runs]):.1f} us CPU/request, {median([run['rate'] for run in runs]):.0f}/s, "
             f"p50 {median([run['p50'] for run in runs]):.2f} ms, p99 {median([run['p99'] for run in runs]):.2f} ms, "
             f"errors {sum(run['errors'] for run in runs)}")
    for other in others:
        report(f"{label}-cpu-of-{other}", ratio(figures, "cpu", "pool", other), "ratio", cpu_target)
    if rate_target:
        report(f"{label}-rate-of-nginx", ratio(figures, "rate", "pool", "nginx"), "ratio", rate_target, higher_is_better=True)
    if p99_target:
        report(f"{label}-p99-of-nginx", ratio(figures, "p99", "pool", "nginx"), "ratio", p99_target)


def idle_memory(port, pids, connections):
    """Resident bytes more per idle keep-alive connection, each after one request."""
    request = b"GET / HTTP/1.1\r\nHost: bench\r\n\r\n"
    before, held = sum(map(resident_bytes, pids)), []
    try:
        for index in range(connections):
            client = socket.create_connection(("127.0.0.1", port), source_address=(f"127.0.1.{index // 5000 + 1}", 0))
            client.sendall(request)
            received = b""
            while len(received) < 1024:
                received += client.recv(65536)
            held.append(client)
        return (sum(map(resident_bytes, pids)) - before) / connections / 1024
    finally:
        for client in held:
            client.close()


def run(rounds=5, seconds=3):
    with tempfile.TemporaryDirectory(prefix="pb") as directory:
        sockets = [f"{directory}/backend_{n}.sock" for n in (1, 2, 3, 4)]
        pathlib.Path(directory, "tmp").mkdir()
        pathlib.Path(directory, "large").write_bytes(b"y" * (100 << 20))
        with pool(directory, PORTS["pool"]) as daemon, nginx(directory, PORTS["nginx"], sockets) as nginx_pids, \
                haproxy(directory, PORTS["haproxy"], sockets) as haproxy_pids:
            processes = {"pool": [daemon.proxy], "nginx": nginx_pids, "haproxy": haproxy_pids}
            interleaved(processes, 1, seconds=1)
            compare("proxy-plain-64", interleaved(processes, rounds, connections=64, seconds=seconds), 0.75, 1.4, 0.8)
            compare("proxy-plain-512", interleaved(processes, max(2, rounds // 2), connections=512, seconds=seconds), 0.75)
            compare("proxy-plain-2000", interleaved(processes, max(2, rounds // 2), connections=2000, seconds=seconds), 0.75)
            bodies = interleaved(processes, max(2, rounds // 2), path="/large", connections=4, seconds=seconds)
            for other in ("nginx", "haproxy"):
                report(f"proxy-100MiB-per-cpu-of-{other}", 1 / ratio(bodies, "cpu", "pool", other), "ratio",
                       1.5 if other == "nginx" else None, higher_is_better=True)
            for name, pids in processes.items():
                report(f"proxy-idle-connection-{name}", idle_memory(PORTS[name], pids, min(10_000, CONNECTIONS - 10)), "kB", 0.5 if name == "pool" else None)
    with tempfile.TemporaryDirectory(prefix="pb") as directory:
        sockets = [f"{directory}/backend_{n}.sock" for n in (1, 2, 3, 4)]
        with pool(directory, PORTS["pool"], access_log=True) as daemon, \
                nginx(directory, PORTS["nginx"], sockets, access_log=True) as nginx_pids, \
                haproxy(directory, PORTS["haproxy"], sockets, access_log=True) as haproxy_pids:
            processes = {"pool": [daemon.proxy], "nginx": nginx_pids, "haproxy": haproxy_pids}
            interleaved(processes, 1, seconds=1)
            compare("proxy-browser-log-64", interleaved(processes, rounds, connections=64, seconds=seconds, headers=BROWSER), 0.85)
