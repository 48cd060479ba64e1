"""`[proxy] engine = "haproxy"`: the real HAProxy in the proxy's place, changed through its Runtime API."""
import contextlib
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import threading
import time

import pytest
from daemon import Daemon, children, free_port, title, wait_for
from engines import comes_back, outlives_the_manager
from load import under_load

ENGINE = '[proxy]\nengine = "haproxy"\n'


def engine(pool):
    """The engine process, and the HAProxy below it."""
    process = next(pid for pid in children(pool.keeper.pid) if title(pid).endswith("(haproxy)"))
    return process, [pid for pid in children(process) if title(pid).startswith("haproxy ")]


def say(pool, command):
    """HAProxy's own answer to a command of its Runtime API."""
    path = max(pool.runtime.glob("haproxy-*/admin-*.sock"), key=lambda path: path.stat().st_mtime)
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
        client.sendall(command.encode() + b"\n")
        return b"".join(iter(lambda: client.recv(65536), b"")).decode()


def servers(pool, backend="example"):
    """The state of each server of a backend, as HAProxy itself shows it."""
    rows = [line.split(",") for line in say(pool, "show stat").splitlines() if line.startswith(backend + ",")]
    return {row[1]: row[17] for row in rows if row[1] not in ("BACKEND", "FRONTEND")}


def turns(pool, count=12):
    return [json.loads(pool.get("/")[2])["worker"] for _ in range(count)]


@pytest.fixture(scope="module")
def behind():
    with Daemon(workers=3, extra=ENGINE, front='response_headers = { X-Answer = "100% ours" }\nclient_max_body_size = 1000') as pool:
        yield pool


def test_requests_go_through_haproxy_in_exact_turns(behind):
    status, headers, _ = behind.get("/")
    # HAProxy writes all names in small letters.
    assert (status, headers["x-answer"]) == (200, "100% ours")
    assert len(engine(behind)[1]) == 1
    wait_for(lambda: set(servers(behind).values()) == {"UP"}, "three servers")
    wait_for(lambda: sorted(turns(behind, 9)) == sorted(["example_1", "example_2", "example_3"] * 3), "equal turns")


def test_a_body_that_is_too_large_is_refused(behind):
    assert behind.get("/echo", method="POST", body=b"x" * 1000)[0] == 200
    assert behind.get("/echo", method="POST", body=b"x" * 1001)[0] == 413


def test_counts_and_latency_of_each_worker_come_live(behind):
    before = {name: worker["traffic"]["requests"] for name, worker in behind.workers().items()}
    for _ in range(9):
        assert behind.get("/slow?ms=30")[0] == 200
    wait_for(lambda: all(worker["traffic"]["requests"] - before[name] >= 3 for name, worker in behind.workers().items()), "three each")
    assert "example_1" in behind.ctl("status").stdout


def test_requests_under_way_are_exact(behind):
    hold = [threading.Thread(target=behind.get, args=("/slow?ms=4000",)) for _ in range(3)]
    for thread in hold:
        thread.start()
    try:
        wait_for(lambda: [w["traffic"]["inFlight"] for w in behind.workers().values()] == [1, 1, 1], "one at each worker")
    finally:
        for thread in hold:
            thread.join()
    wait_for(lambda: [w["traffic"]["inFlight"] for w in behind.workers().values()] == [0, 0, 0], "none")


def test_each_worker_is_probed_through_it(behind):
    pid, process = behind.pids()["example_2"], engine(behind)
    os.kill(pid, signal.SIGSTOP)
    try:
        wait_for(lambda: behind.workers()["example_2"]["status"]["health"] == "unhealthy", "an unhealthy worker")
        wait_for(lambda: servers(behind)["example_2"].startswith("DRAIN"), "its server out of the rotation")
        begun = time.monotonic()
        assert set(turns(behind, 8)) == {"example_1", "example_3"}
        assert time.monotonic() - begun < 5
    finally:
        os.kill(pid, signal.SIGCONT)
    assert behind.ctl("wait", "--for", "healthy", "--timeout", "40").returncode == 0
    assert engine(behind) == process


def test_drain_and_resume_without_a_reload(behind):
    process = engine(behind)
    assert behind.ctl("drain", "example_1", "--wait").returncode == 0
    wait_for(lambda: servers(behind)["example_1"].startswith("DRAIN"), "a draining server")
    assert set(turns(behind, 8)) == {"example_2", "example_3"}
    assert behind.ctl("resume", "example_1", "--wait").returncode == 0
    wait_for(lambda: set(turns(behind, 6)) == {"example_1", "example_2", "example_3"}, "all three again")
    assert engine(behind) == process


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_rolling_restart_loses_nothing(behind, method):
    path, body = ("/slow?ms=20", b"") if method == "GET" else ("/echo", b"x" * 16)
    before, process = behind.pids(), engine(behind)
    with under_load(behind.port, 6, method=method, path=path, body=body) as result:
        assert behind.ctl("restart", "all", "--wait", "--timeout", "90").returncode == 0
    assert all(before[name] != pid for name, pid in behind.pids().items())
    # The same HAProxy, which was not reloaded: not even an idle connection of a client was closed.
    assert engine(behind) == process
    assert result.failed == 0 and result.sent > 20, result.explain()


def test_scaling_adds_and_deletes_servers_while_it_runs(behind):
    process = engine(behind)
    assert behind.ctl("scale", "4", "--wait", "--timeout", "40").returncode == 0
    wait_for(lambda: "example_4" in turns(behind, 8), "the fourth worker")
    assert "example_4" in servers(behind, "pool_probe")
    assert behind.ctl("scale", "3", "--wait", "--timeout", "40").returncode == 0
    wait_for(lambda: "example_4" not in servers(behind) and "example_4" not in servers(behind, "pool_probe"), "its server's end")
    assert behind.ctl("scale", "4", "--wait", "--timeout", "40").returncode == 0
    wait_for(lambda: "example_4" in turns(behind, 8), "the fourth worker again")
    assert behind.ctl("scale", "3", "--wait", "--timeout", "40").returncode == 0
    assert engine(behind) == process


def busy(pool):
    """The worker that a request is at."""
    wait_for(lambda: any(worker["traffic"]["inFlight"] for worker in pool.workers().values()), "a request at a worker")
    return next(name for name, worker in pool.workers().items() if worker["traffic"]["inFlight"])


def test_a_worker_that_is_killed_is_counted_by_its_termination_code(behind):
    with socket.create_connection(("127.0.0.1", behind.port), timeout=20) as client:
        # SD: the worker has begun to answer, and ends in the middle of it.
        client.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345")
        name = busy(behind)
        before = behind.workers()[name]["traffic"]["errors"]
        os.kill(behind.pids()[name], signal.SIGKILL)
        assert b"".join(iter(lambda: client.recv(4096), b"")).endswith(b"\r\n\r\n12345")
    wait_for(lambda: behind.workers()[name]["traffic"]["errors"] > before, "the error")
    assert behind.ctl("wait", "--for", "healthy", "--timeout", "40").returncode == 0


def test_a_request_that_may_be_repeated_is_sent_again(behind):
    answers = []
    thread = threading.Thread(target=lambda: answers.append(behind.get("/slow?ms=3000")[0]))
    thread.start()
    name = busy(behind)
    os.kill(behind.pids()[name], signal.SIGKILL)
    thread.join()
    assert answers == [200]
    assert behind.ctl("wait", "--for", "healthy", "--timeout", "40").returncode == 0


def test_haproxy_that_is_killed_is_started_again(behind):
    comes_back(behind, engine)


def test_the_manager_may_die_under_it(behind):
    outlives_the_manager(behind, engine)


def test_check_says_what_haproxy_cannot_do(behind, tmp_path):
    profile = tmp_path / "p.toml"
    profile.write_text(behind.profile.read_text() + "\n[front.limits]\nmemory_max = \"64M\"\n")
    result = behind.ctl("check", profile)
    assert result.returncode == 0 and "HAProxy has no word for memory_max" in result.stdout + result.stderr
    profile.write_text(behind.profile.read_text() + f'\n[[front.static]]\nprefix = "/static/"\nroot = "{tmp_path}"\n')
    result = behind.ctl("check", profile)
    assert result.returncode != 0 and "HAProxy cannot do this: static" in result.stdout + result.stderr


def test_a_front_cannot_be_held(behind):
    result = behind.ctl("hold", "example", "--for", "10s")
    assert result.returncode != 0 and "HAProxy cannot hold" in result.stdout + result.stderr


def test_the_engine_is_changed_under_load():
    """From Pool's proxy to HAProxy and back, on the same listening sockets."""
    with Daemon(workers=2) as pool:
        pool.write_profile(pool.profile.read_text() + ENGINE)
        assert pool.ctl("reload", "--wait").returncode == 0
        with under_load(pool.port, 4) as load:
            result = pool.ctl("proxy", "replace")
            assert result.returncode == 0, result.stderr
            wait_for(lambda: any(title(pid).endswith("(haproxy)") for pid in children(pool.keeper.pid)), "HAProxy")
            wait_for(lambda: len(pool.roles("proxy")) == 1, "the end of the proxy before")
            wait_for(lambda: set(turns(pool, 8)) == {"example_1", "example_2"}, "both workers")
            pool.write_profile(pool.profile.read_text().replace(ENGINE, ""))
            assert pool.ctl("reload", "--wait").returncode == 0
            assert pool.ctl("proxy", "replace").returncode == 0
            wait_for(lambda: not any(title(pid).endswith("(haproxy)") for pid in children(pool.keeper.pid)), "the built-in proxy")
        bad = [failure for failure in load.failures if isinstance(failure[3], int)]
        assert not bad and load.failed <= load.sent * 0.02, load.explain()


def test_tls_and_a_changed_front(tmp_path):
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2",
                    "-keyout", key, "-out", certificate], check=True, capture_output=True)
    plain, secure = free_port(), free_port()
    with Daemon(workers=2, extra=ENGINE) as pool:
        text = pool.profile.read_text()
        listen = next(line for line in text.splitlines() if line.startswith("listen") and str(pool.port) in line)
        process, before = engine(pool)
        fronts = (f'listen = ["127.0.0.1:{pool.port}", {{ address = "127.0.0.1:{plain}", redirect_https = {secure} }}, '
                  f'{{ address = "127.0.0.1:{secure}", tls = {{ certificate = "{certificate}", key = "{key}" }} }}]\nhsts = "1h"')
        pool.write_profile(text.replace(listen, fronts))
        result = pool.ctl("reload", "--wait")
        assert result.returncode == 0, result.stdout + result.stderr
        # New listeners need another HAProxy, beside the first; the engine is the same.
        context = ssl.create_default_context(cafile=certificate)

        def ask():
            connection = http.client.HTTPSConnection("localhost", secure, context=context, timeout=10)
            with contextlib.closing(connection):
                connection.request("GET", "/")
                answer = connection.getresponse()
                return answer.status, answer.headers["Strict-Transport-Security"]

        def is_served():
            with contextlib.suppress(OSError, http.client.HTTPException):
                return ask() == (200, "max-age=3600")
            return False

        wait_for(is_served, "https")
        wait_for(lambda: engine(pool)[0] == process and len(engine(pool)[1]) == 1 and engine(pool)[1] != before, "another HAProxy alone")
        connection = http.client.HTTPConnection("127.0.0.1", plain, timeout=10)
        with contextlib.closing(connection):
            connection.request("GET", "/a?b=c", headers={"Host": f"localhost:{plain}"})
            answer = connection.getresponse()
            assert (answer.status, answer.headers["Location"]) == (301, f"https://localhost:{secure}/a?b=c")
        assert pool.get("/")[0] == 200
