"""`[proxy] engine = "nginx"`: the real nginx in the proxy's place, under the same manager, dashboard and commands."""
import json
import os
import signal
import subprocess
import time

import pytest
from daemon import BIN, Daemon, children, title, wait_for
from engines import comes_back, outlives_the_manager
from load import under_load

ENGINE = '[proxy]\nengine = "nginx"\n'


def engine(pool):
    """The engine process, and the nginx below it."""
    process = next(pid for pid in children(pool.keeper.pid) if title(pid).endswith("(nginx)"))
    return process, [pid for pid in children(process) if "nginx: master" in title(pid)]


def routes(pool, worker):
    """The line of nginx's upstream for a worker."""
    configuration = next(pool.runtime.glob("nginx-*/nginx.conf")).read_text()
    return next(line for line in configuration.splitlines() if f"{worker}.sock" in line).rstrip(";")


def serving(pool):
    """nginx's processes that take connections: others after each reload."""
    return {pid for pid in children(engine(pool)[1][0]) if title(pid) == "nginx: worker process"}


@pytest.fixture(scope="module")
def behind():
    with Daemon(workers=3, extra=ENGINE, front='response_headers = { X-Answer = "ours" }') as pool:
        yield pool


def test_requests_go_through_nginx_round_robin(behind):
    status, headers, body = behind.get("/")
    assert (status, headers["Server"], headers["X-Answer"]) == (200, "nginx", "ours")
    # The pool is healthy before the last reload has come to every process of nginx.
    wait_for(lambda: {json.loads(behind.get("/")[2])["worker"] for _ in range(12)} == {"example_1", "example_2", "example_3"},
             "a turn of every worker")
    assert len(engine(behind)[1]) == 1


def test_counts_and_latency_of_each_worker_come_live(behind):
    before = {name: worker["traffic"]["requests"] for name, worker in behind.workers().items()}
    for _ in range(9):
        assert behind.get("/slow?ms=30")[0] == 200
    wait_for(lambda: all(worker["traffic"]["requests"] - before[name] >= 2 for name, worker in behind.workers().items()), "the counts")
    wait_for(lambda: sum(w["traffic"]["requests"] for w in behind.workers().values()) >= sum(before.values()) + 9, "all of them")
    assert "example_1" in behind.ctl("status").stdout


def test_each_worker_is_probed_through_it(behind):
    pid, before = behind.pids()["example_2"], serving(behind)
    os.kill(pid, signal.SIGSTOP)
    try:
        wait_for(lambda: behind.workers()["example_2"]["status"]["health"] == "unhealthy"
                 or "unhealthy" in json.dumps(behind.workers()["example_2"]["status"]), "an unhealthy worker")
        # It is out of the rotation as soon as nginx has taken the new routes: nobody waits for it any more.
        wait_for(lambda: routes(behind, "example_2").endswith(" down"), "the new configuration")
        wait_for(lambda: serving(behind) and before.isdisjoint(serving(behind)), "nginx's new processes")
        begun = time.monotonic()
        assert {json.loads(behind.get("/")[2])["worker"] for _ in range(8)} == {"example_1", "example_3"}
        assert time.monotonic() - begun < 5
    finally:
        os.kill(pid, signal.SIGCONT)
    assert behind.ctl("wait", "--for", "healthy", "--timeout", "40").returncode == 0


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_rolling_restart_drains_by_reload(behind, method):
    path, body = ("/slow?ms=20", b"") if method == "GET" else ("/echo", b"x" * 16)
    before, master = behind.pids(), engine(behind)[1]
    with under_load(behind.port, 6, method=method, path=path, body=body) as result:
        assert behind.ctl("restart", "all", "--wait", "--timeout", "90").returncode == 0
    assert all(before[name] != pid for name, pid in behind.pids().items())
    # The same nginx all the time: it was reloaded, not started anew.
    assert engine(behind)[1] == master
    # nginx closes idle connections of clients when it reloads; a request that meets that is the client's to repeat.
    bad = [failure for failure in result.failures if isinstance(failure[3], int)]
    assert not bad and result.failed <= result.sent * 0.02, result.explain()


def test_scaling_changes_its_upstream(behind):
    assert behind.ctl("scale", "4", "--wait", "--timeout", "40").returncode == 0
    # Done means that nginx sends it requests, not that it was told to.
    assert "example_4" in {json.loads(behind.get("/")[2])["worker"] for _ in range(8)}
    assert behind.ctl("scale", "3", "--wait", "--timeout", "40").returncode == 0


def test_nginx_that_is_killed_is_started_again(behind):
    comes_back(behind, engine)


def test_the_manager_may_die_under_it(behind):
    outlives_the_manager(behind, engine)


def test_check_says_what_nginx_cannot_do(behind, tmp_path):
    profile = tmp_path / "p.toml"
    profile.write_text(behind.profile.read_text() + "\n[front.limits]\nqueue_max = 5\n")
    result = behind.ctl("check", profile)
    assert "nginx has no word for queue_max" in result.stdout + result.stderr


def test_the_engine_is_changed_under_load():
    """From Pool's proxy to nginx and back, on the same listening sockets."""
    with Daemon(workers=2) as pool:
        pool.write_profile(pool.profile.read_text() + ENGINE)
        assert pool.ctl("reload", "--wait").returncode == 0
        result = pool.ctl("proxy", "replace")
        assert result.returncode == 0, result.stderr
        wait_for(lambda: pool.get("/")[1].get("Server") == "nginx", "nginx")
        pool.write_profile(pool.profile.read_text().replace(ENGINE, ""))
        assert pool.ctl("reload", "--wait").returncode == 0
        assert pool.ctl("proxy", "replace").returncode == 0
        wait_for(lambda: pool.get("/")[1].get("Server") != "nginx", "the built-in proxy")


def test_without_nginx_the_reason_is_said(tmp_path):
    pool = Daemon(workers=1, extra=ENGINE)
    environment = dict(os.environ, PATH=str(tmp_path))
    log = open(pool.directory / "poold.log", "wb")
    pool.log = pool.directory / "poold.log"
    pool.keeper = subprocess.Popen([BIN / "poold", "run", *pool.options, pool.profile], stdout=log, stderr=log, env=environment)
    try:
        wait_for(lambda: "engine is nginx" in pool.log.read_text(), "the notice")
    finally:
        pool.finish()


@pytest.mark.parametrize("program", ["nginx", "haproxy"])
def test_a_program_that_refuses_is_a_reason_that_everybody_sees(tmp_path, program):
    """The daemon's PATH names another program first, which complains as the real one does where it is broken."""
    complaint = f"{program}: [emerg] this installation is broken"
    fake = tmp_path / program
    fake.write_text(f"#!/bin/sh\necho '{complaint}' >&2\nexit 1\n")
    fake.chmod(0o755)
    pool = Daemon(workers=1, extra=ENGINE.replace("nginx", program))
    pool.log = pool.directory / "poold.log"
    environment = dict(os.environ, PATH=f"{tmp_path}:{os.environ['PATH']}")
    with open(pool.log, "wb") as log:
        pool.keeper = subprocess.Popen([BIN / "poold", "run", *pool.options, pool.profile], stdout=log, stderr=log, env=environment)
    try:
        wait_for(lambda: pool.ctl("ops").returncode == 0, "the control socket")
        title = {"nginx": "nginx", "haproxy": "HAProxy"}[program]
        reason = f"{title} refuses its configuration; see the daemon's log"
        wait_for(lambda: reason in pool.ctl("events").stdout, "the reason among the events")
        assert complaint in pool.log.read_text()
        # Nobody calls the pool healthy while nothing serves it.
        assert pool.ctl("health").returncode == 3
        wait_for(lambda: "0 of 1 routable" in pool.ctl("status").stdout, "the state")
        assert "waits until it is ready" in pool.ctl("status", "--wide").stdout
    finally:
        pool.finish()
