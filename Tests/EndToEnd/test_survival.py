"""Nothing is lost when something dies: workers, the manager, the proxy, under load."""
import asyncio
import contextlib
import gzip
import json
import os
import signal
import socket
import time

import pytest
from daemon import BIN, Daemon, Following, alive, title, wait_for
from load import closed_loop, open_loop


async def under_load(pool, trouble, clients=20, seconds=10, **load):
    """Runs `trouble(elapsed)` in a thread while clients send requests for at least `seconds`."""
    begun = time.monotonic()
    task = asyncio.ensure_future(asyncio.to_thread(trouble))
    result = await closed_loop(pool.port, clients, lambda: task.done() and time.monotonic() - begun >= seconds, **load)
    await task
    return result


def test_no_get_fails_while_workers_are_killed_one_after_another(fresh):
    def kill_workers():
        for name in sorted(fresh.pids()):
            pid = fresh.pids()[name]
            os.kill(pid, signal.SIGKILL)
            wait_for(lambda: fresh.pids().get(name) not in (None, pid), f"{name}'s successor")
            result = fresh.ctl("wait", "--for", "healthy", "--timeout", "30")
            assert result.returncode == 0, result.stderr

    result = asyncio.run(under_load(fresh, kill_workers))
    assert result.sent > 500
    assert result.failed == 0, result.explain()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_only_worker_is_killed(method):
    clients = 4
    with Daemon(workers=1) as pool:
        def kill_it():
            pid = pool.pids()["example_1"]
            # Old enough that its end is no failed start, which would be answered by a back-off.
            wait_for(lambda: pool.workers()["example_1"]["resources"]["uptimeSeconds"] > 1.5, "a worker that has started well")
            # So much traffic that a fifth of it, which may be sent again, is more than what is in flight.
            wait_for(lambda: pool.workers()["example_1"]["traffic"]["requests"] > 200, "traffic", 60)
            os.kill(pid, signal.SIGKILL)
            wait_for(lambda: pool.pids().get("example_1") not in (None, pid), "its successor")
            assert pool.ctl("wait", "--for", "healthy", "--timeout", "30").returncode == 0

        path, body = ("/slow?ms=20", b"") if method == "GET" else ("/echo", b"x" * 16)
        result = asyncio.run(under_load(pool, kill_it, clients, seconds=3, method=method, path=path, body=body))
        assert result.sent > 50
        # Requests wait for the successor. A POST that the worker may have had is not sent again.
        assert result.failed <= (0 if method == "GET" else clients), result.explain()
        assert set(result.statuses) <= {200, 502}, result.explain()


def test_no_request_fails_while_the_manager_is_killed(fresh):
    before = fresh.pids()

    def kill_manager():
        for _ in range(3):
            manager = fresh.role("manager")
            os.kill(manager, signal.SIGKILL)
            wait_for(lambda: fresh.role("manager") not in (None, manager), "another manager")
            wait_for(lambda: fresh.ctl("status").returncode == 0, "an answer on the control socket")

    result = asyncio.run(under_load(fresh, kill_manager, method="POST", path="/echo", body=b"hello"))
    assert result.sent > 500
    assert result.failed == 0, result.explain()
    assert fresh.pids() == before, "the same processes as before"
    assert all(alive(pid) for pid in before.values())


def test_no_request_fails_in_a_rolling_restart(fresh):
    before = fresh.pids()

    def restart():
        result = fresh.ctl("restart", "all", "--wait", "--timeout", "80")
        assert result.returncode == 0, result.stderr

    async def run():
        task = asyncio.ensure_future(asyncio.to_thread(restart))
        result = await open_loop(fresh.port, 100, task.done, path="/slow?ms=50")
        await task
        return result

    result = asyncio.run(run())
    assert result.failed == 0, result.explain()
    after = fresh.pids()
    assert all(after[name] != before[name] for name in before)


def test_no_request_fails_and_no_worker_is_doubled_when_the_keeper_is_killed(fresh):
    before = fresh.pids()

    def kill_keeper():
        for _ in range(2):
            fresh.keeper.kill()
            fresh.keeper.wait()
            fresh.launch()
            wait_for(lambda: fresh.ctl("status").returncode == 0, "an answer of the next daemon")
            assert fresh.pids() == before, "the same processes as before"

    result = asyncio.run(under_load(fresh, kill_keeper))
    assert result.sent > 500
    assert result.failed == 0, result.explain()
    assert sorted(worker_processes(fresh)) == sorted(before.values()), "one process for each worker"
    # They are looked after as if they were the new keeper's own.
    os.kill(before["example_2"], signal.SIGKILL)
    wait_for(lambda: fresh.pids().get("example_2") not in (None, before["example_2"]), "a successor")
    wait_for(lambda: len(fresh.roles("proxy")) == 1, "the end of the dead keeper's proxies")


def test_a_worker_that_dies_without_a_keeper_is_replaced_at_the_next_start(fresh):
    before = fresh.pids()
    fresh.keeper.kill()
    fresh.keeper.wait()
    os.kill(before["example_3"], signal.SIGKILL)
    wait_for(lambda: not alive(before["example_3"]), "its end")
    fresh.start()
    after = fresh.pids()
    assert after.pop("example_3") != before.pop("example_3")
    assert after == before
    exit = fresh.workers()["example_3"]["status"]["lastExit"]
    assert "unknown" in exit, "nobody saw how it ended, and that is what is said"


def test_a_start_that_fails_leaves_the_workers_of_a_dead_keeper_alone(fresh):
    before = fresh.pids()
    fresh.keeper.kill()
    fresh.keeper.wait()
    good = fresh.profile.read_text()
    fresh.write_profile(good.replace("[front]", "[front]\nwrong = 1"))
    fresh.launch()
    assert fresh.keeper.wait(30) != 0
    assert all(alive(pid) for pid in before.values())
    fresh.write_profile(good)
    fresh.start()
    assert fresh.pids() == before


def worker_processes(pool):
    return [pid for pid in pool.processes() if str(pool.program) in title(pid)]


def test_a_killed_proxy_comes_back_on_the_same_sockets(fresh):
    before, proxy = fresh.pids(), fresh.role("proxy")
    os.kill(proxy, signal.SIGKILL)
    # The listening socket stays open in the keeper: a connection waits in its backlog and is not refused.
    assert fresh.get("/")[0] == 200
    assert fresh.role("proxy") not in (None, proxy)
    assert fresh.pids() == before


def test_no_request_fails_and_no_connection_is_refused_while_the_proxy_is_replaced(fresh):
    before = fresh.pids()

    def replace():
        for loops in (None, 1, None):
            old = fresh.role("proxy")
            words = [] if loops is None else ["--loops", loops]
            result = fresh.ctl("proxy", "replace", "--why", "a test", *words)
            assert result.returncode == 0, result.stderr
            assert f"serves with {loops or 1} loops" in result.stdout or loops is None, result.stdout
            wait_for(lambda: not alive(old), "the end of the proxy before")
            assert len(fresh.roles("proxy")) == 1

    async def run():
        task = asyncio.ensure_future(asyncio.to_thread(replace))
        loads = [
            open_loop(fresh.port, 150, task.done, path="/slow?ms=50"),
            open_loop(fresh.port, 150, task.done, method="POST", path="/echo", body=b"hello"),
        ]
        results = await asyncio.gather(*loads)
        await task
        return results

    for result in asyncio.run(run()):
        assert result.sent > 100
        assert result.failed == 0, result.explain()
    assert fresh.pids() == before, "the workers notice nothing"


def test_a_long_answer_outlives_the_replacement_of_the_proxy(fresh):
    with socket.create_connection(("127.0.0.1", fresh.port), timeout=20) as client:
        client.sendall(b"GET /slow?ms=3000 HTTP/1.1\r\nHost: x\r\n\r\n")
        wait_for(lambda: any(w["traffic"]["inFlight"] for w in fresh.workers().values()), "the request at a worker")
        old = fresh.role("proxy")
        assert fresh.ctl("proxy", "replace").returncode == 0
        assert alive(old), "it has a request to finish"
        assert fresh.get("/")[0] == 200
        assert client.recv(65536).startswith(b"HTTP/1.1 200 ")
    wait_for(lambda: not alive(old), "the end of the proxy before")


def test_a_manager_killed_in_the_middle_of_a_replacement_ends_it(fresh):
    with socket.create_connection(("127.0.0.1", fresh.port), timeout=20) as client:
        client.sendall(b"GET /slow?ms=2000 HTTP/1.1\r\nHost: x\r\n\r\n")
        wait_for(lambda: any(w["traffic"]["inFlight"] for w in fresh.workers().values()), "the request at a worker")
        old, manager = fresh.role("proxy"), fresh.role("manager")
        assert fresh.ctl("proxy", "replace").returncode == 0
        os.kill(manager, signal.SIGKILL)
        wait_for(lambda: fresh.role("manager") not in (None, manager), "another manager")
        assert client.recv(65536).startswith(b"HTTP/1.1 200 ")
    wait_for(lambda: fresh.ctl("status").returncode == 0, "an answer on the control socket")
    wait_for(lambda: not alive(old), "the end of the proxy before")
    assert len(fresh.roles("proxy")) == 1
    assert fresh.get("/")[0] == 200


def test_counters_survive_manager_and_proxy(fresh):
    for _ in range(20):
        fresh.get("/")
    wait_for(lambda: fresh.pool()["stats"]["requests"] >= 20, "the counted requests")
    counted = fresh.pool()["stats"]["requests"]
    for role in ("manager", "proxy"):
        pid = fresh.role(role)
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: fresh.role(role) not in (None, pid), f"another {role}")
    wait_for(lambda: fresh.ctl("status").returncode == 0, "an answer")
    wait_for(lambda: fresh.pool()["stats"]["requests"] >= counted, "the same counters")


def test_no_log_line_is_lost_or_doubled_over_the_managers_death():
    script = "import sys, time\nfor n in range(100000):\n    sys.stdout.write(f'line {n}\\n'); sys.stdout.flush(); time.sleep(0.0005)\n"
    pool = Daemon(profile="")
    program = pool.directory / "chatter.py"
    program.write_text(script)
    pool.write_profile(f"""
[pool]
name = "example"
[worker]
command = ["/usr/bin/python3", "{program}"]
listen = "unix:{{run}}/w.sock"
ready = "time"
""")
    with pool:
        for _ in range(5):
            manager = pool.role("manager")
            lines = logged(pool)
            wait_for(lambda: logged(pool) > lines + 50, "more lines")
            os.kill(manager, signal.SIGKILL)
            wait_for(lambda: pool.role("manager") not in (None, manager), "another manager")
        target = logged(pool) + 200
        wait_for(lambda: logged(pool) > target, "more lines")
        assert pool.ctl("stop", "all", "--wait").returncode == 0
        numbers = [int(line.split(b"line ")[1]) for line in log_lines(pool) if b"line " in line]
        assert numbers == list(range(len(numbers)))


def log_lines(pool):
    """The lines of the rotated log files on disk, oldest first."""
    lines = []
    for path in sorted((pool.state / "example" / "logs").glob("*.log*"), key=lambda path: path.stat().st_mtime):
        lines += path.read_bytes().split(b"\n")
    return lines


def logged(pool):
    return len(log_lines(pool))


def test_rotated_and_compressed_logs_are_read_over_the_managers_death():
    """Small files, so that they are rotated and compressed all the time, and little memory, so that all is in them."""
    script = "import sys, time\nfor n in range(60000):\n    sys.stdout.write(f'line {n} {\"x\" * 60}\\n'); sys.stdout.flush(); time.sleep(0.0005)\n"
    pool = Daemon(profile="")
    program = pool.directory / "chatter.py"
    program.write_text(script)
    pool.write_profile(f"""
[pool]
name = "example"
[worker]
command = ["/usr/bin/python3", "{program}"]
listen = "unix:{{run}}/w.sock"
ready = "time"
[log]
file_size_max = "16k"
files_max = 1000
lines_in_memory = 100
""")
    logs = pool.state / "example" / "logs"
    with pool:
        for _ in range(5):
            manager = pool.role("manager")
            files = len(list(logs.glob("*.gz")))
            wait_for(lambda: len(list(logs.glob("*.gz"))) > files + 3, "compressed files")
            os.kill(manager, signal.SIGKILL)
            wait_for(lambda: pool.role("manager") not in (None, manager), "another manager")
        wait_for(lambda: pool.ctl("status").returncode == 0, "the manager")
        assert pool.ctl("stop", "all", "--wait").returncode == 0
        # In the files, and by each way of asking: every line once, in order.
        def read():
            """All lines of the files; nothing while they are still being moved."""
            def present():
                return sorted((path.name, path.stat().st_size) for path in logs.iterdir())

            with contextlib.suppress(FileNotFoundError):
                before = present()
                if any(".gz" not in name and name != "example_1.log" for name, _ in before if name.startswith("example_1.log")):
                    return None
                lines = [line for path in sorted(logs.glob("*.gz"), key=lambda path: -int(path.name.split(".")[2]))
                         for line in gzip.decompress(path.read_bytes()).split(b"\n")]
                lines += (logs / "example_1.log").read_bytes().split(b"\n")
                return lines if present() == before else None

        on_disk = wait_for(read, "all compressed")
        numbers = [int(line.split(b"line ")[1].split()[0]) for line in on_disk if b" line " in line]
        assert numbers == list(range(len(numbers))) and len(numbers) > 1000

        def asked(*words):
            records = [json.loads(line) for line in pool.ctl("logs", "--stream", "stdout", "--json", *words).stdout.splitlines()]
            return [int(record["text"].split()[1]) for record in records]

        assert asked("-n", "100000") == numbers
        assert asked("--since", "1h") == numbers
        assert asked("-n", "700") == numbers[-700:]
        assert asked("--grep", "line 77 ") == [77]
        assert asked("--regex", "line 1?99 ", "--since-start") == [99, 199]
        # A reader that comes back with its cursor is sent what it has missed, from the files.
        with Following([BIN / "poolctl", "logs", "--runtime-dir", pool.runtime, "--stream", "stdout", "--json", "-f", "-n", "100000"]) as follower:
            followed = [int(json.loads(follower.readline())["text"].split()[1]) for _ in numbers]
        assert followed == numbers
        status, page = pool.api("GET", "/v1/logs?after=500&stream=stdout")
        assert status == 200 and [line["sequence"] for line in page["lines"]][:1] == [501] and len(page["lines"]) > len(numbers) - 501
        # The process before: its lines are in the files too.
        assert pool.ctl("start", "all", "--wait").returncode == 0
        wait_for(lambda: asked("-n", "1", "--since-start"), "lines of the new process")
        assert asked("--previous", "-n", "300") == numbers[-300:]
