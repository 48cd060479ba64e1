"""Restart time of a killed worker, against supervisord; the manager's death; memory of the roles."""
import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
from datetime import datetime

from measure import ROOT, children, cpu_seconds, median, note, process, report, resident_bytes, wait_for
from peers import Roles

# The worker writes the moment at which its main program begins, then waits to be killed. A shell's own start is short.
WORKER = """#!/bin/sh
date +%s%N >>"$1/starts"
exec sleep 3600
"""


def starts(directory):
    path = pathlib.Path(directory, "starts")
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def restart_times(directory, pid_of_worker, count):
    """Milliseconds from kill -9 to the successor's first statement."""
    times = []
    for _ in range(count):
        pid, known = pid_of_worker(), len(starts(directory))
        time.sleep(1.2)  # supervisord must have seen it RUNNING, or it counts a failed start
        killed = time.time_ns()
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: len(starts(directory)) > known, "the successor", 20)
        times.append((starts(directory)[known] - killed) / 1e6)
    return times


def bare_spawn(directory, count):
    """What fork and exec of the same program take without any supervisor: the floor."""
    times = []
    for _ in range(count):
        known, begun = len(starts(directory)), time.time_ns()
        with process([f"{directory}/worker", directory]):
            wait_for(lambda: len(starts(directory)) > known, "the process")
            times.append((starts(directory)[known] - begun) / 1e6)
    return times


@contextlib.contextmanager
def pool_of_one(directory):
    """poold with one such worker: its keeper's process and the roles."""
    pathlib.Path(directory, "p.toml").write_text(f"""
[pool]
name = "restart"
[worker]
command = ["{directory}/worker", "{directory}"]
listen = "unix:{directory}/w.sock"
ready = "time"
start_seconds = "100ms"
""")
    options = ["--runtime-dir", f"{directory}/run", "--state-dir", f"{directory}/state"]
    with process([ROOT / "bin/poold", "run", *options, f"{directory}/p.toml"], stderr=subprocess.DEVNULL) as keeper:
        wait_for(lambda: starts(directory), "the worker")
        yield keeper, Roles(keeper.pid)


def with_pool(directory, count):
    with pool_of_one(directory) as (keeper, roles):
        def worker():
            others = (roles.proxy, roles.manager)
            return wait_for(lambda: [pid for pid in children(keeper.pid) if pid not in others], "the worker's process")[0]

        return restart_times(directory, worker, count)


def roles_cost(directory):
    """Memory of the roles, and how long nobody answers where the manager dies."""
    with pool_of_one(directory) as (keeper, roles):
        time.sleep(3)  # what the start left to do is over by then
        note(f"memory: keeper {resident_bytes(keeper.pid) >> 20} MB, manager {resident_bytes(roles.manager) >> 20} MB, "
             f"proxy {resident_bytes(roles.proxy) >> 20} MB")
        report("memory-keeper", resident_bytes(keeper.pid) / 2**20, "MB", 12)
        report("memory-manager", resident_bytes(roles.manager) / 2**20, "MB", 40)
        report("manager-killed-to-answer", median([manager_outage(directory, roles) for _ in range(5)]), "ms", 250)


def manager_outage(directory, roles):
    """Milliseconds from kill -9 of the manager to the next answer on the control socket."""
    path, old = f"{directory}/run/control.sock", roles.manager
    killed = time.monotonic()
    os.kill(old, signal.SIGKILL)

    def answers():
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(5)
                client.connect(path)
                client.sendall(b"GET /v1/version HTTP/1.1\r\nHost: pool\r\nConnection: close\r\n\r\n")
                return b" 200 " in client.recv(4096)
        except OSError:
            return False

    wait_for(answers, "an answer on the control socket")
    return (time.monotonic() - killed) * 1000


def bare_spawns(count):
    """Seconds that as many processes take without any supervisor, one after the other."""
    sleepers, begun = [], time.monotonic()
    try:
        for _ in range(count):
            sleepers.append(subprocess.Popen(["/bin/sleep", "100"]))
        return time.monotonic() - begun
    finally:
        for sleeper in sleepers:
            sleeper.kill()
        for sleeper in sleepers:
            sleeper.wait()


def many_workers(directory, count=1000):
    """Start of a thousand tiny workers, the cost of their keeper and manager when nothing happens, and a mass death."""
    pathlib.Path(directory, "p.toml").write_text(f"""
[pool]
name = "many"
workers = {count}
[worker]
command = ["/bin/sleep", "100000"]
listen = "unix:{directory}/none_{{n}}.sock"
ready = "time"
start_seconds = "100ms"
""")
    bare = bare_spawns(count)
    options = ["--runtime-dir", f"{directory}/run", "--state-dir", f"{directory}/state"]
    log = pathlib.Path(directory, "log")
    with open(log, "wb") as stream, process([ROOT / "bin/poold", "run", *options, f"{directory}/p.toml"], stderr=stream) as keeper:
        roles = Roles(keeper.pid)

        def sleepers():
            others = (roles.proxy, roles.manager)
            return [pid for pid in children(keeper.pid) if pid not in others]

        def moments(word):
            """The times of all events with the word, by the daemon's own log."""
            return [datetime.fromisoformat(line.split()[0]) for line in log.read_text().splitlines() if word in line]

        wait_for(lambda: len(moments("is RUNNING")) >= count, "1,000 RUNNING", 60)
        started = max(moments("is RUNNING")) - min(moments("is STARTING"))
        # Each is RUNNING after the 100 ms that its profile asks for.
        report("thousand-workers-start", started.total_seconds() - 0.1, "s", 1)
        note(f"a thousand processes without a supervisor: {bare:.2f} s")
        # The window that is measured: nothing happens in it, and what the start left to do is over by then.
        time.sleep(5)
        before, begun = cpu_seconds([keeper.pid, roles.manager]), time.monotonic()
        time.sleep(10)
        spent = cpu_seconds([keeper.pid, roles.manager]) - before
        report("thousand-workers-idle-cpu", 100 * spent / (time.monotonic() - begun), "%", 1)
        old = set(sleepers())
        killed = time.monotonic()
        for pid in old:
            os.kill(pid, signal.SIGKILL)
        wait_for(lambda: len(new := set(sleepers())) == count and not new & old, "1,000 successors", 120)
        report("thousand-workers-killed-to-replaced", time.monotonic() - killed, "s", 5)
        wait_for(lambda: log.read_text().count("killed by SIGKILL") >= count, "every death accounted for", 60)


def with_supervisord(directory, count):
    pathlib.Path(directory, "supervisord.conf").write_text(f"""
[supervisord]
nodaemon=true
logfile=/dev/null
logfile_maxbytes=0
pidfile={directory}/supervisord.pid
[program:w]
command={directory}/worker {directory}
autorestart=true
""")
    supervisord = ROOT / ".venv/bin/supervisord"
    with process([supervisord, "-c", f"{directory}/supervisord.conf"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as master:
        wait_for(lambda: starts(directory), "the worker")
        return restart_times(directory, lambda: wait_for(lambda: children(master.pid), "the worker's process")[0], count)


@contextlib.contextmanager
def both_cores_busy():
    with contextlib.ExitStack() as stack:
        for _ in range(os.cpu_count()):
            stack.enter_context(process([sys.executable, "-c", "while True: pass"]))
        yield


# Deaths that follow each other so fast that a supervisor waits before the next start are another thing: as few as these
# in a row, in as many rounds.
DEATHS, ROUNDS = 4, 3


@contextlib.contextmanager
def place():
    """A directory with the worker in it."""
    with tempfile.TemporaryDirectory(prefix="pb") as directory:
        worker = pathlib.Path(directory, "worker")
        worker.write_text(WORKER)
        worker.chmod(0o755)
        yield directory


def restart(label, surroundings, measurements):
    results = {}
    for name, measurement in measurements.items():
        times = []
        for _ in range(ROUNDS):
            with place() as directory, surroundings():
                times += measurement(directory, DEATHS)
        results[name] = median(times)
    note(f"killed worker to successor's first statement{label}: " + ", ".join(f"{name} {ms:.1f} ms" for name, ms in results.items())
         + " (the shell's own start is in all)")
    return results


def run(_=None):
    idle = restart("", contextlib.nullcontext, {"bare": bare_spawn, "pool": with_pool, "supervisord": with_supervisord})
    report("restart-over-bare-spawn", idle["pool"] - idle["bare"], "ms", 1)
    report("restart-of-supervisord", idle["pool"] / idle["supervisord"], "ratio", 0.1)
    busy = restart(", both cores busy", both_cores_busy, {"bare": bare_spawn, "pool": with_pool})
    report("restart-over-bare-spawn-busy", busy["pool"] - busy["bare"], "ms", 1)
    with place() as directory:
        roles_cost(directory)
    with tempfile.TemporaryDirectory(prefix="pb") as directory:
        many_workers(directory)
