"""Log lines per CPU second, against supervisord; and what is lost of them where the manager is killed again and again."""
import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

from measure import ROOT, cpu_seconds, note, process, report, wait_for
from peers import Roles

BIN = pathlib.Path(os.environ.get("POOL_BIN", ROOT / "bin"))
WORKERS, RATE = 4, 10_000
# Writes numbered lines at a rate, each by itself as a logger does, ten in a row, from when a file says so.
WRITER = """
import os, sys, time
directory, count, rate = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
while not os.path.exists(directory + "/go"): time.sleep(0.01)
begun = time.monotonic()
for first in range(0, count, 10):
    for number in range(first, first + 10):
        os.write(1, b"INFO GET /api/v1/items HTTP/1.1 200 3.2ms line %d\\n" % number)
    time.sleep(max(0, begun + (first + 10) / rate - time.monotonic()))
time.sleep(3600)
"""


def numbers(path):
    """The numbers of the written lines in a log file; the daemon's own marks are none of them."""
    return [int(line.rpartition(b"line ")[2]) for line in path.read_bytes().split(b"\n") if b"INFO GET" in line]


def written(paths):
    return sum(path.read_bytes().count(b"INFO GET") for path in paths if path.exists())


def size(paths):
    return sum(path.stat().st_size for path in paths if path.exists())


@contextlib.contextmanager
def with_supervisord(directory, count):
    pathlib.Path(directory, "supervisord.conf").write_text(f"""
[supervisord]
nodaemon=true
logfile=/dev/null
logfile_maxbytes=0
pidfile={directory}/supervisord.pid
[program:w]
command={sys.executable} {directory}/writer.py {directory} {count} {RATE}
numprocs={WORKERS}
process_name=%(program_name)s_%(process_num)s
stdout_logfile={directory}/w_%(process_num)s.log
stdout_logfile_maxbytes=200MB
stderr_logfile=NONE
""")
    words = [ROOT / ".venv/bin/supervisord", "-c", f"{directory}/supervisord.conf"]
    with process(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as master:
        yield [pathlib.Path(directory, f"w_{number}.log") for number in range(WORKERS)], lambda: [master.pid]


@contextlib.contextmanager
def with_pool(directory, count):
    pathlib.Path(directory, "p.toml").write_text(f"""
[pool]
name = "w"
workers = {WORKERS}
[worker]
command = ["{sys.executable}", "{directory}/writer.py", "{directory}", "{count}", "{RATE}"]
listen = "unix:{directory}/none_{{n}}.sock"
ready = "time"
start_seconds = "100ms"
[log]
file_size_max = "200M"
""")
    options = ["--runtime-dir", f"{directory}/run", "--state-dir", f"{directory}/state"]
    with process([BIN / "poold", "run", *options, f"{directory}/p.toml"], stderr=subprocess.DEVNULL) as keeper:
        roles = Roles(keeper.pid)
        yield [pathlib.Path(directory, f"state/w/logs/w_{n}.log") for n in range(1, WORKERS + 1)], lambda: [keeper.pid, roles.manager]


@contextlib.contextmanager
def writing(system, seconds):
    """Four workers that write for so long: their log files, and the supervisor's processes."""
    count = RATE * seconds
    with tempfile.TemporaryDirectory(prefix="pb") as directory:
        pathlib.Path(directory, "writer.py").write_text(WRITER)
        with system(directory, count) as (logs, processes):
            wait_for(lambda: are_there(processes), "the supervisor's processes")
            time.sleep(3)  # the start is not what is measured
            yield logs, processes, count, lambda: pathlib.Path(directory, "go").touch()


def lines_per_cpu_second(system, seconds):
    with writing(system, seconds) as (logs, processes, count, begin):
        before = cpu_seconds(processes())
        begin()
        time.sleep(seconds)  # the lines come at a rate: what is asked meanwhile would count as work
        wait_for(lambda: written(logs) == WORKERS * count, "all lines", 60)
        return WORKERS * count / (cpu_seconds(processes()) - before)


def managers_killed(kills):
    """Lines that are missing, doubled or torn after so many deaths of the manager, among those of four workers."""
    with writing(with_pool, 30) as (logs, processes, count, begin):
        begin()
        for _ in range(kills):
            manager = processes()[1]
            known = size(logs)
            wait_for(lambda: size(logs) > known, "more lines")
            os.kill(manager, signal.SIGKILL)
            wait_for(lambda: are_there(processes, manager), "another manager")
        wait_for(lambda: written(logs) >= WORKERS * count, "all lines", 90)
        wrong = 0
        for path in logs:
            found = numbers(path)
            wrong += len(set(range(count)) ^ set(found)) + len(found) - len(set(found)) + (found != sorted(found))
        return wrong, WORKERS * count


def are_there(processes, old=None):
    """Whether all of a supervisor's processes are there, and none is the old one."""
    with contextlib.suppress(LookupError):
        return old not in processes()
    return False


def run(seconds=10):
    seconds = max(seconds, 3)
    figures = {}
    for name, system in (("supervisord", with_supervisord), ("pool", with_pool)):
        figures[name] = lines_per_cpu_second(system, seconds)
        note(f"{name}: {figures[name]:,.0f} log lines per CPU second at {WORKERS * RATE:,} a second")
    report("log-lines-per-cpu-second-of-supervisord", figures["pool"] / figures["supervisord"], "ratio", 5, higher_is_better=True)
    wrong, lines = managers_killed(20)
    note(f"{lines:,} lines of {WORKERS} workers while the manager was killed 20 times")
    report("log-lines-wrong-over-manager-deaths", wrong, f"of {lines}", 0)
