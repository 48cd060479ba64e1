"""Workers that die, refuse to die, never listen, or cannot be started at all."""
import os
import signal
import time

from daemon import APP, PYTHON, Daemon, alive, wait_for


def status(pool, name):
    return pool.workers()[name]["status"]


def test_killed_worker_is_replaced_at_once(fresh):
    old = fresh.pids()["example_2"]
    killed = time.monotonic()
    os.kill(old, signal.SIGKILL)
    new = wait_for(lambda: (pid := fresh.pids().get("example_2")) not in (None, old) and pid, "a successor", 5)
    assert time.monotonic() - killed < 1, "a successor within a second (supervisord takes that long to look)"
    assert alive(new)
    assert fresh.ctl("wait", "--for", "healthy", "--timeout", "20").returncode == 0
    worker = status(fresh, "example_2")
    assert worker["restarts"] == 1
    assert worker["lastExit"]["signaled"]["signal"] == signal.SIGKILL


def test_impossible_command_backs_off_and_ends_fatal():
    pool = Daemon(profile="")
    pool.write_profile("""
[pool]
name = "example"
[worker]
command = ["/nonexistent/program"]
listen = "unix:{run}/w.sock"
backoff = { initial = "50ms", maximum = "200ms", deaths_max = 3, window = "60s" }
""")
    try:
        pool.launch_only()
        worker = wait_for(lambda: (s := status(pool, "example_1"))["state"] == "FATAL" and s, "FATAL")
        assert "/nonexistent/program" in worker["reason"] and "no such file" in worker["reason"]
        assert pool.ctl("status").returncode == 3, "what should run does not run"
    finally:
        pool.finish()


def test_worker_that_never_listens_is_a_failed_start_that_says_so():
    pool = Daemon(profile="")
    pool.write_profile("""
[pool]
name = "example"
[worker]
command = ["/bin/sleep", "1000"]
listen = "unix:{run}/w.sock"
ready = "listen"
start_timeout = "500ms"
""")
    try:
        pool.launch_only()
        worker = wait_for(lambda: (s := status(pool, "example_1"))["state"] in ("BACKOFF", "FATAL") and s, "the failed start")
        assert "listen" in worker["reason"] and "w.sock" in worker["reason"]
    finally:
        pool.finish()


def test_worker_that_ignores_term_is_killed_with_its_children():
    pool = Daemon(profile="")
    pool.write_profile(f"""
[pool]
name = "example"
[worker]
command = ["/bin/sh", "-c", "trap '' TERM; sleep 1000 & {PYTHON} {APP} --path=$1", "sh", "{{socket}}"]
listen = "unix:{{run}}/w.sock"
stop_timeout = "500ms"
[front]
listen = ["127.0.0.1:{pool.port}"]
[health]
path = "/health"
""")
    with pool:
        group = pool.pids()["example_1"]
        begun = time.monotonic()
        assert pool.ctl("stop", "example_1", "--wait").returncode == 0
        assert time.monotonic() - begun < 10
        assert not alive(group)
        wait_for(lambda: not [entry for entry in os.listdir("/proc") if entry.isdigit() and group_of(entry) == group], "the end of the group", 5)


def group_of(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        return int(fields[2]) if fields[0] != "Z" else None
    except OSError:
        return None


def test_stop_start_restart(fresh):
    before = fresh.pids()
    assert fresh.ctl("stop", "example_3", "--wait").returncode == 0
    assert status(fresh, "example_3")["state"] == "STOPPED"
    assert fresh.get("/")[0] == 200
    assert fresh.ctl("start", "example_3", "--wait").returncode == 0
    assert status(fresh, "example_3")["state"] == "RUNNING"
    result = fresh.ctl("restart", "1", "--wait")
    assert result.returncode == 0, result.stderr
    after = fresh.pids()
    assert after["example_1"] != before["example_1"]
    assert after["example_2"] == before["example_2"] and after["example_4"] == before["example_4"]


def test_a_worker_stopped_by_hand_stays_stopped_when_the_manager_dies(fresh):
    assert fresh.ctl("stop", "example_4", "--wait").returncode == 0
    manager = fresh.role("manager")
    os.kill(manager, signal.SIGKILL)
    wait_for(lambda: fresh.role("manager") not in (None, manager), "another manager")
    wait_for(lambda: fresh.ctl("status").returncode != 5, "an answer")
    assert status(fresh, "example_4")["state"] == "STOPPED"
    assert "example_4" not in fresh.pids()
