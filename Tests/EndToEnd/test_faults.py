"""What the machine refuses: room on the disk, descriptors, processes. Traffic goes on, the state says what is wrong, and all is well when it gives again."""
import asyncio
import contextlib
import http.client
import json
import os
import pathlib
import resource
import signal
import subprocess
import threading

import pytest
from daemon import Daemon, alive, wait_for
from load import closed_loop


@contextlib.contextmanager
def limited(pid, limit, soft):
    """A process may have only so much for a while."""
    before = resource.prlimit(pid, limit)
    resource.prlimit(pid, limit, (soft, before[1]))
    try:
        yield
    finally:
        if alive(pid):
            resource.prlimit(pid, limit, before)


def descriptors(pid):
    return {int(entry) for entry in os.listdir(f"/proc/{pid}/fd")}


def first_free(pid):
    """With this limit no new descriptor is to be had: all numbers below it are taken."""
    # Looked at again and again: one that is open for a moment only would be free under the limit.
    looks = [descriptors(pid) for _ in range(200)]
    return next(number for number in range(4096) if not all(number in taken for taken in looks))


@contextlib.contextmanager
def traffic(pool):
    """Requests all the while; none may fail."""
    done, results = threading.Event(), []
    thread = threading.Thread(target=lambda: results.append(asyncio.run(closed_loop(pool.port, 4, done.is_set))))
    thread.start()
    try:
        # The retry budget is a share of what has come: of nothing it is three.
        wait_for(lambda: sum(worker["traffic"]["requests"] for worker in pool.workers().values()) > 200, "traffic")
        yield
    finally:
        done.set()
        thread.join()
    assert results[0].failed == 0 and results[0].sent > 50, results[0]


def events(pool):
    return pool.ctl("events", "-n", "200").stdout


def test_a_keeper_without_descriptors_starts_nothing_says_so_and_goes_on():
    with Daemon(workers=2) as pool:
        keeper = pool.keeper.pid
        before = pool.pids()
        with traffic(pool):
            with limited(keeper, resource.RLIMIT_NOFILE, first_free(keeper)):
                os.kill(before["example_2"], signal.SIGKILL)
                wait_for(lambda: "too many open files" in events(pool).lower(), "the reason")
                worker = pool.workers()["example_2"]["status"]
                assert worker["state"] in ("BACKOFF", "STARTING") and not worker.get("process")
                assert "too many open files" in str(worker).lower()
                # It answers, and says that something that should run does not.
                assert pool.ctl("status").returncode == 3
            assert pool.ctl("wait", "--for", "healthy", "--timeout", "60").returncode == 0
        after = pool.pids()
        assert after["example_1"] == before["example_1"] and after["example_2"] != before["example_2"]
        assert pool.keeper.poll() is None


def test_whichever_descriptor_is_the_keepers_last_nothing_leaks():
    """With one more each time: of a start's descriptors the Nth is the one that is not to be had, until there are enough."""
    with Daemon(workers=2) as pool:
        keeper = pool.keeper.pid
        count = len(descriptors(keeper))
        outcomes = []
        for more in range(12):
            assert pool.ctl("stop", "2", "--wait").returncode == 0
            wait_for(lambda: len(descriptors(keeper)) <= count, f"the descriptors of before, {count}; now {descriptors(keeper)}")
            with limited(keeper, resource.RLIMIT_NOFILE, nth_free(keeper, more)):
                result = pool.ctl("start", "2", "--wait", "--timeout", "3")
                outcomes.append(result.returncode == 0)
                assert pool.keeper.poll() is None and pool.ctl("status").returncode in (0, 3)
                if not outcomes[-1]:
                    worker = pool.workers()["example_2"]["status"]
                    assert "too many open files" in str(worker).lower() or worker["state"] == "STARTING", (more, worker)
            if outcomes[-1]:
                break
        assert outcomes[-1] and not outcomes[0], outcomes
        assert pool.ctl("wait", "--for", "healthy", "--timeout", "40").returncode == 0
        wait_for(lambda: len(descriptors(keeper)) <= count, f"the descriptors of before, {count}")


def nth_free(pid, count):
    """With this limit so many new descriptors are to be had."""
    taken = descriptors(pid)
    return [number for number in range(4096) if number not in taken][count]


def test_a_manager_without_descriptors_lets_traffic_flow_and_answers_again():
    with Daemon(workers=2) as pool:
        manager = pool.role("manager")
        before = pool.pids()
        with traffic(pool):
            with limited(manager, resource.RLIMIT_NOFILE, first_free(manager)):
                # It cannot take a connection; a command says so after its time, or is told no.
                refused = pool.ctl("status", "--timeout", "2")
                assert refused.returncode != 0 and refused.stderr
                os.kill(before["example_2"], signal.SIGKILL)
                spent = cpu_ticks(manager)
                refused = pool.ctl("status", "--timeout", "3")
                assert refused.returncode != 0
                # It waits for descriptors: it does not spin.
                assert cpu_ticks(manager) - spent < 2 * os.sysconf("SC_CLK_TCK")
            wait_for(lambda: pool.ctl("status", "--timeout", "5").returncode == 0, "an answer")
            assert pool.ctl("wait", "--for", "healthy", "--timeout", "60").returncode == 0
        assert pool.role("manager") == manager
        assert pool.pids()["example_2"] != before["example_2"]
        # What workers write is captured again.
        assert pool.ctl("restart", "all", "--wait").returncode == 0
        pool.get("/?captured-again")
        wait_for(lambda: "captured-again" in pool.ctl("logs", "-n", "50").stdout, "the log line")


def cpu_ticks(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def test_a_proxy_without_descriptors_finishes_what_it_has_and_takes_more_later():
    with Daemon(workers=2) as pool:
        proxy = pool.role("proxy")
        connections = [http.client.HTTPConnection("127.0.0.1", pool.port, timeout=60) for _ in range(7)]
        with contextlib.ExitStack() as closing:
            for connection in connections:
                closing.enter_context(contextlib.closing(connection))
            begun, *late = connections
            begun.request("GET", "/slow?ms=3000")
            wait_for(lambda: pool.workers() and sum(worker["traffic"]["inFlight"] for worker in pool.workers().values()) == 1, "the request under way")
            with limited(proxy, resource.RLIMIT_NOFILE, first_free(proxy)):
                for connection in late:
                    connection.request("GET", "/?late")
                # What is under way is not touched. The others wait in the backlog; one that is taken says what is missing.
                assert begun.getresponse().read() == b"slept 3000 ms\n"
            answers = [connection.getresponse() for connection in late]
            assert all(answer.status == 200 or answer.headers["Pool-Error"] == "no-descriptors" for answer in answers)
            assert any(answer.status == 200 for answer in answers)
        assert pool.get("/")[0] == 200
        assert pool.role("proxy") == proxy


def test_a_fork_that_fails_backs_off_and_is_tried_again():
    pool, user = Daemon(workers=2), None
    if os.geteuid() == 0:
        # The limit does not hold for root.
        user = next(uid for uid in range(61000, 61100) if not processes_of(uid))
        os.chown(pool.directory, user, user)
        pool.wrapper = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--"]
    with pool:
        keeper, before = pool.keeper.pid, pool.pids()
        with traffic(pool):
            with fewer_processes(keeper, user):
                os.kill(before["example_2"], signal.SIGKILL)
                wait_for(lambda: "resource temporarily unavailable" in events(pool).lower(), "the reason")
                worker = pool.workers()["example_2"]["status"]
                assert worker["state"] == "BACKOFF" and not worker.get("process")
                assert "resource temporarily unavailable" in str(worker).lower()
            assert pool.ctl("wait", "--for", "healthy", "--timeout", "60").returncode == 0
        assert pool.pids()["example_1"] == before["example_1"]


@contextlib.contextmanager
def fewer_processes(pid, user):
    """No more processes for this one's user; only that user may say so of it."""
    own = [] if user is None else ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--"]

    def limit(soft):
        subprocess.run([*own, "prlimit", "--pid", str(pid), f"--nproc={soft}:"], check=True)

    limits = pathlib.Path(f"/proc/{pid}/limits").read_text().splitlines()
    before = next(line.split()[2] for line in limits if line.startswith("Max processes"))
    limit(1)
    try:
        yield
    finally:
        limit(before)


def processes_of(uid):
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and entry.stat().st_uid == uid:
                found.append(entry.name)
    return found


def test_files_that_may_not_grow_stop_logs_and_state_but_not_traffic():
    """RLIMIT_FSIZE of the manager: what ENOSPC is for a disk, EFBIG is for a file."""
    with Daemon(workers=2) as pool:
        manager, before = pool.role("manager"), pool.pids()
        with traffic(pool):
            with limited(manager, resource.RLIMIT_FSIZE, 0):
                assert pool.ctl("stop", "2", "--wait").returncode == 0
                wait_for(lambda: "the state cannot be saved" in events(pool), "the event")
                wait_for(lambda: "lines are kept in memory only" in events(pool), "the event about the log")
                assert "File too large" in events(pool)
                assert pool.role("manager") == manager
            wait_for(lambda: "the state is saved again" in events(pool), "the state file written again")
        pool.get("/?room-again")
        wait_for(lambda: "is written again" in events(pool), "the log file written again")
        log = pool.state / "example" / "logs" / "example_1.log"
        wait_for(lambda: "room-again" in log.read_text(), "the line in the file")
        # What was asked for meanwhile was kept, and outlives the next manager.
        os.kill(manager, signal.SIGKILL)
        wait_for(lambda: pool.role("manager") not in (None, manager) and pool.ctl("ops").returncode == 0, "another manager")
        assert set(pool.pids()) == {"example_1"} and pool.pids()["example_1"] == before["example_1"]


# The failure of the Nth call, for the first so many N, or until no call is that far: injected by strace.
# Of the manager's calls on files only those on what it keeps are counted: the others are Swift's own, or the network's.
CALLS = [
    ("manager", "openat", "ENOSPC", 5),
    ("manager", "write", "ENOSPC", 5),
    ("manager", "fsync", "EIO", 2),
    ("manager", "rename,renameat,renameat2", "ENOSPC", 2),
    ("manager", "sendmsg", "ENOBUFS", 3),
    ("keeper", "clone,clone3,vfork", "EAGAIN", 2),
    ("keeper", "openat", "EMFILE", 4),
    ("keeper", "recvmsg", "ENOMEM", 2),
]


@contextlib.contextmanager
def injected(pid, call, error, when, log, paths=(), threads=False):
    """The process's Nth call of this kind fails, once in each of its threads."""
    options = [*(["-f"] if threads else []), *(word for path in paths for word in ("-P", str(path)))]
    command = ["strace", *options, "-qq", "-o", log, "-p", str(pid), "-e", f"trace={call}", "-e", f"inject={call}:error={error}:when={when}"]
    tracer = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        tasks = pathlib.Path(f"/proc/{pid}/task")
        traced = tasks.iterdir if threads else lambda: [tasks / str(pid)]
        wait_for(lambda: all("TracerPid:\t0" not in (task / "status").read_text() for task in traced()), "the tracer")
        yield
    finally:
        tracer.terminate()
        tracer.wait(30)


def kept_files(pool):
    logs = [pool.state / "example" / "logs" / f"example_{number}.log" for number in (1, 2)]
    spools = [pool.state / "example" / "spool" / f"example_{number}.{stream}" for number in (1, 2) for stream in ("out", "err")]
    return [pool.state / "state.json", pool.state / "state.json.new", pool.state / "events.ndjson", *logs, *spools]


@pytest.mark.parametrize(("role", "call", "error", "most"), CALLS, ids=[f"{role}-{call.partition(',')[0]}" for role, call, _, _ in CALLS])
def test_whatever_call_fails_a_restart_is_done_or_refused_and_the_next_one_works(role, call, error, most):
    """Stops at the first N that nothing reaches any more."""
    with Daemon(workers=2) as pool:
        assert pool.ctl("restart", "2", "--wait").returncode == 0
        log = pool.directory / "strace.log"
        failed = 0
        for number in range(1, most + 1):
            pid = pool.keeper.pid if role == "keeper" else pool.role("manager")
            before = pool.pids()
            with traffic(pool):
                paths = kept_files(pool) if role == "manager" and call != "sendmsg" else []
                with injected(pid, call, error, number, log, paths, threads=role == "manager"):
                    result = pool.ctl("restart", "2", "--wait", "--timeout", "20")
                    pool.get(f"/?line={number}")
                # What it could not do it says.
                assert result.returncode == 0 or result.stdout + result.stderr, result
                reached = "(INJECTED)" in log.read_text()
                failed += reached
                # Whatever it was: all is as before after the next one.
                wait_for(lambda: pool.ctl("status", "--timeout", "5").returncode in (0, 3), "the control socket")
                assert pool.ctl("restart", "2", "--wait", "--timeout", "40").returncode == 0
                assert pool.ctl("wait", "--for", "healthy", "--timeout", "40").returncode == 0
            after = pool.pids()
            assert after["example_1"] == before["example_1"] and pool.keeper.poll() is None
            assert not list(pool.state.glob("*.new")), "a file half written"
            if not reached:
                break
        assert failed > 0, f"no {call} of the {role} failed"
        logs = [json.loads(line) for line in pool.ctl("logs", "1", "--stream", "stdout", "-n", "100000", "--json").stdout.splitlines()]
        sequences = [line["sequence"] for line in logs]
        assert sequences == sorted(set(sequences))
