"""Starting, finding, refusing and stopping the daemon; its three roles."""
import fcntl
import os
import signal
import socket
import stat
import subprocess
import time

from daemon import BIN, Daemon, alive, children, title, wait_for


def test_three_roles_with_titles(shared):
    titles = sorted(title(pid) for pid in children(shared.keeper.pid) if title(pid).startswith("poold:"))
    assert title(shared.keeper.pid) == f"poold: keeper {shared.runtime}"
    assert titles == [f"poold: manager {shared.runtime}", f"poold: proxy {shared.runtime}"]


def test_workers_are_the_keepers_children(shared):
    assert set(shared.pids().values()) <= set(children(shared.keeper.pid))
    assert len(shared.pids()) == 4


def test_second_daemon_is_refused_with_the_first_ones_pid(shared):
    before = shared.pids()
    result = shared.poold("run", *shared.options, str(shared.profile))
    assert result.returncode != 0
    assert str(shared.keeper.pid) in result.stderr
    assert shared.pids() == before
    assert shared.get("/")[0] == 200


def test_directories_and_sockets_are_private(shared):
    assert stat.S_IMODE(os.stat(shared.runtime).st_mode) == 0o750
    assert stat.S_IMODE(os.stat(shared.runtime / "control.sock").st_mode) & 0o007 == 0
    assert stat.S_IMODE(os.stat(shared.runtime / "probe.sock").st_mode) & 0o077 == 0


def test_term_stops_everything_with_status_0(fresh):
    pids = [*fresh.pids().values(), *children(fresh.keeper.pid)]
    assert fresh.stop() == 0
    assert not [pid for pid in pids if alive(pid)]
    assert not (fresh.runtime / "control.sock").exists()


def test_term_lets_requests_finish(fresh):
    with socket.create_connection(("127.0.0.1", fresh.port), timeout=20) as client:
        client.sendall(b"GET /slow?ms=1500 HTTP/1.1\r\nHost: x\r\n\r\n")
        wait_for(lambda: fresh.pool()["stats"]["inFlight"] == 1, "the request's arrival at a worker")
        fresh.keeper.send_signal(signal.SIGTERM)
        received = client.recv(65536)
    assert received.startswith(b"HTTP/1.1 200 ")
    assert fresh.keeper.wait(30) == 0


def test_background_returns_when_it_answers_and_shutdown_ends_it():
    pool = Daemon()
    with pool:
        pool.stop()
        result = subprocess.run([BIN / "poold", "run", "-d", *pool.options, pool.profile], capture_output=True, text=True, timeout=60)
        assert result.returncode == 0, result.stderr
        assert pool.ctl("wait", "--for", "healthy", "--timeout", "40").returncode == 0
        keeper = [pid for pid in pool.processes() if title(pid).startswith("poold: keeper")]
        assert len(keeper) == 1
        result = pool.ctl("shutdown", "--wait")
        assert result.returncode == 0, result.stderr
        wait_for(lambda: not pool.processes(), "the end of every process")


def test_a_daemon_can_be_started_as_soon_as_the_other_one_has_ended():
    """The lock is free when shutdown says so, and not a moment later: ten times, because it is a race."""
    with Daemon(workers=1) as pool:
        for _ in range(10):
            assert "the daemon has ended" in pool.ctl("shutdown").stdout
            with open(pool.runtime / "poold.lock") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            assert pool.keeper.wait(30) == 0
            pool.launch()
            assert pool.ctl("wait", "--for", "daemon", "--timeout", "30").returncode == 0


def test_environment_names_the_directories(shared):
    environment = {**os.environ, "POOL_RUNTIME_DIR": str(shared.runtime), "POOL_STATE_DIR": str(shared.state)}
    result = subprocess.run([BIN / "poolctl", "status"], capture_output=True, text=True, env=environment, timeout=30)
    assert result.returncode == 0 and "example_1" in result.stdout


def test_stale_sockets_of_a_killed_daemon_are_dealt_with():
    pool = Daemon()
    with pool:
        started = pool.pids()
        for pid in [pool.keeper.pid, pool.role("manager"), pool.role("proxy"), *started.values()]:
            os.kill(pid, signal.SIGKILL)
        pool.keeper.wait()
        wait_for(lambda: not pool.processes(), "the end of every process")
        assert (pool.runtime / "control.sock").exists(), "kill -9 leaves the socket file"
        time.sleep(0)
        pool.start()
        assert pool.get("/")[0] == 200
