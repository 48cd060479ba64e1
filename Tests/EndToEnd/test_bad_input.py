"""Bad input: a clear message with its place, an exit code that tells the truth, and nothing that runs is harmed."""
import os
import pathlib
import signal
import socket

import pytest

from daemon import Daemon, wait_for

GOOD = '[pool]\nname = "x"\n[worker]\ncommand = ["/bin/true"]\nlisten = "unix:{run}/w.sock"\n'


@pytest.fixture
def idle():
    """A daemon's directories, with nothing started."""
    pool = Daemon(profile=GOOD)
    yield pool
    pool.finish()


@pytest.mark.parametrize("text, place, words", [
    ('[pool]\nname = "x"\nworkers = "four"\n', ":3:", ["workers", "integer"]),
    ('[pool]\nname = "x"\nworkrs = 4\n', ":3:", ["workrs", "workers"]),
    ('[pool\nname = "x"\n', ":1:", []),
    ('[pool]\nname = "x"\nworkers = 0\n', ":3:", ["workers"]),
    (GOOD + '[health]\ninterval = "2 parsecs"\n', ":7:", ["interval", "2 parsecs"]),
    (GOOD + '[front]\nlisten = ["nowhere"]\n', ":7:", ["nowhere"]),
])
def test_every_problem_has_its_place(idle, text, place, words):
    idle.write_profile(text)
    for result, code in ((idle.poold("run", *idle.options, str(idle.profile)), 2), (idle.ctl("check", str(idle.profile)), 1)):
        assert result.returncode == code, result.stdout + result.stderr
        output = result.stdout + result.stderr
        assert f"{idle.profile}{place}" in output, output
        for word in words:
            assert word in output, output


def test_missing_profile(idle):
    result = idle.poold("run", *idle.options, "/nowhere/p.toml")
    assert result.returncode == 2 and "/nowhere/p.toml" in result.stderr and "no such file" in result.stderr


def test_port_in_use_names_the_address(idle):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        idle.write_profile(GOOD + f'[front]\nlisten = ["127.0.0.1:{port}"]\n')
        result = idle.poold("run", *idle.options, str(idle.profile))
    assert result.returncode == 1, result.stderr
    assert f"127.0.0.1:{port}" in result.stderr and "in use" in result.stderr


def test_runtime_directory_that_cannot_be_made(idle):
    result = idle.poold("run", "--runtime-dir", "/proc/nothing/here", "--state-dir", str(idle.state), str(idle.profile))
    assert result.returncode == 1 and "/proc/nothing" in result.stderr


def test_socket_path_that_is_too_long(idle):
    idle.write_profile(GOOD.replace("{run}", "/tmp/" + "x" * 120))
    result = idle.ctl("check", str(idle.profile))
    assert result.returncode == 1 and "107" in result.stdout + result.stderr


def test_no_daemon_is_exit_code_5_and_says_how_to_start_one(idle):
    result = idle.ctl("status")
    assert result.returncode == 5 and "poold run" in result.stderr


def test_unknown_worker_is_exit_code_4_and_names_those_there_are(shared):
    result = shared.ctl("restart", "example_9")
    assert result.returncode == 4 and "example_9" in result.stderr


def test_wrong_usage_is_exit_code_2(shared):
    assert shared.ctl("restrat").returncode == 2
    assert shared.ctl("status", "--nonsense").returncode == 2


def test_wait_that_times_out_is_exit_code_6(shared):
    assert shared.ctl("wait", "--for", "stopped", "--timeout", "0.3").returncode == 6


def test_control_socket_survives_nonsense(shared):
    for data in (b"\0" * 100, b"GET / HTTP/9.9\r\n\r\n", b"POST /v1/pools/example/actions HTTP/1.1\r\nHost: x\r\nContent-Length: 7\r\n\r\n{\"verb\""):
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(5)
            client.connect(str(shared.runtime / "control.sock"))
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)
            client.recv(4096)
    assert shared.api("GET", "/v1/nothing")[0] == 404
    status, problem = shared.api("POST", "/v1/pools/example/actions", {"verb": "explode"})
    assert status == 400 and problem["detail"]
    assert shared.api("GET", "/v1/pools/nope")[0] == 404


def test_a_full_disk_for_logs_and_state_harms_nothing_that_runs():
    pool = Daemon(workers=2)
    pool.state.mkdir()
    own_user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    pool.wrapper = ["unshare", *own_user, "--mount", "sh", "-c", 'mount -t tmpfs -o size=6m,mode=755 none "$1" && shift && exec "$@"', "sh",
                    str(pool.state)]
    with pool:
        # The file system is the daemon's alone.
        fill = pathlib.Path(f"/proc/{pool.keeper.pid}/root{pool.state}/fill")
        with open(fill, "wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
            while True:
                file.write(bytes(65536))
        before = pool.pids()
        assert all(pool.get(f"/?full={number}")[0] == 200 for number in range(40))
        # Also what changes something works, and what could not be written is said.
        assert pool.ctl("restart", "1", "--wait").returncode == 0
        os.kill(before["example_2"], signal.SIGKILL)
        wait_for(lambda: "No space left on device" in pool.ctl("events").stdout, "the event that names the cause")
        assert pool.ctl("wait", "--for", "healthy", "--timeout", "40").returncode == 0
        after = pool.pids()
        assert set(after) == set(before) and not set(after.values()) & set(before.values())
        fill.unlink()
        wait_for(lambda: "the state is saved again" in pool.ctl("events").stdout, "the state file written again")
        pool.get("/?room-again")
        wait_for(lambda: "room-again" in pool.ctl("logs", "-n", "20").stdout, "the log line")
