"""Nothing is lost when something dies: workers, the manager, the proxy, under load."""
import asyncio
import os
import signal
import time

from daemon import Daemon, alive, wait_for
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


def test_a_killed_proxy_comes_back_on_the_same_sockets(fresh):
    before, proxy = fresh.pids(), fresh.role("proxy")
    os.kill(proxy, signal.SIGKILL)
    # The listening socket stays open in the keeper: a connection waits in its backlog and is not refused.
    assert fresh.get("/")[0] == 200
    assert fresh.role("proxy") not in (None, proxy)
    assert fresh.pids() == before


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
