"""The commonest troubles, each of them made: doctor must find it, and say what to do."""
import os
import pathlib
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import pytest

from control import scrape
from daemon import APP, BIN, PYTHON, Daemon, free_port, wait_for
from test_tls import Site


def doctor(*words, program=BIN / "poolctl", **options):
    return subprocess.run([str(word) for word in (program, "doctor", *words)], capture_output=True, text=True, timeout=60, **options)


def found(result, trouble, remedy, severity="trouble"):
    """One finding with its remedy, in the right severity."""
    lines = result.stdout.splitlines()
    for line, following in zip(lines, lines[1:]):
        if line.startswith(severity) and trouble in line:
            assert following.strip().startswith("->") and remedy in following, following
            return
    raise AssertionError(f"{severity} {trouble!r} is not in:\n{result.stdout}{result.stderr}")


@pytest.fixture
def directory():
    path = pathlib.Path(tempfile.mkdtemp(prefix="pool-"))
    yield path
    shutil.rmtree(path)


def profile(directory, command=None, front="", worker="", health='path = "/health"'):
    command = command or [str(PYTHON), "-u", str(APP), "--path={socket}"]
    words = ", ".join(f'"{word}"' for word in command)
    text = f'[pool]\nname = "shop"\n[worker]\ncommand = [{words}]\nlisten = "unix:{{run}}/{{n}}.sock"\n{worker}\n[front]\n{front}\n[health]\n{health}\n'
    path = directory / "shop.toml"
    path.write_text(text)
    return path


def test_no_daemon_and_a_stale_socket(directory):
    result = doctor("--runtime-dir", directory)
    assert result.returncode == 1
    found(result, "does not exist", "poold run")
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(directory / "control.sock"))
    result = doctor("--runtime-dir", directory)
    assert result.returncode == 1
    found(result, "nobody listens", "poold run")


def test_a_socket_of_somebody_else():
    assert os.geteuid() == 0, "this test changes its user: run it as root"
    place = pathlib.Path(tempfile.mkdtemp(prefix="poolctl-"))
    place.chmod(0o755)
    shutil.copy2(BIN / "poolctl", place / "poolctl")
    try:
        with Daemon(workers=1) as pool:
            result = doctor("--runtime-dir", pool.runtime, program=place / "poolctl", user=41004, group=41004, extra_groups=[],
                            env={"PATH": "/usr/bin:/bin"}, cwd="/")
            assert result.returncode == 1
            found(result, "permission denied", "daemon's user")
    finally:
        shutil.rmtree(place)


def test_a_port_in_use(directory):
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        path = profile(directory, front=f'listen = ["127.0.0.1:{port}"]')
        result = doctor(path, "--runtime-dir", directory)
        assert result.returncode == 1
        found(result, f"nobody can listen at 127.0.0.1:{port}", "ss -ltnp")


def test_profiles_that_cannot_work(directory):
    listen = f'listen = ["127.0.0.1:{free_port()}"]'
    cases = [
        (dict(worker='user = "nobody-of-this-name"'), "there is no user nobody-of-this-name", "useradd", "trouble"),
        (dict(command=["/nonexistent/app", "{socket}"]), "the program /nonexistent/app is not found", "worker.command", "trouble"),
        (dict(worker='directory = "/nonexistent"'), "worker.directory does not exist", "make it", "trouble"),
        (dict(health=""), "no health.path", "set health.path", "warning"),
        (dict(command=[str(PYTHON), str(APP), "--path={socket}"]), "Python holds back what it prints", "PYTHONUNBUFFERED", "warning"),
        (dict(command=[str(directory / "gunicorn"), "--bind=unix:{socket}"]), "gunicorn hangs up on idle connections", "--keep-alive=75", "warning"),
        (dict(command=[str(PYTHON), "-u", str(APP), "--path=/tmp/x.sock"]), "the command is not told where to listen", "{socket}", "warning"),
    ]
    (directory / "gunicorn").write_text("#!/bin/sh\n")
    for settings, trouble, remedy, severity in cases:
        result = doctor(profile(directory, front=listen, **settings), "--runtime-dir", directory)
        found(result, trouble, remedy, severity)
    sound = doctor(profile(directory, front=listen), "--runtime-dir", directory)
    assert "the profile is right" in sound.stdout, sound.stdout


def test_few_descriptors(directory):
    def lower():
        resource.setrlimit(resource.RLIMIT_NOFILE, (1024, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))

    found(doctor("--runtime-dir", directory, preexec_fn=lower), "may open only 1024 descriptors", "LimitNOFILE", "warning")


def test_workers_that_do_not_serve():
    with Daemon(workers=2, health='path = "/nowhere"', worker='start_timeout = "3s"').launch_only() as pool:
        def unhealthy():
            result = pool.ctl("doctor")
            return result if "is unhealthy" in result.stdout or "FATAL" in result.stdout or "BACKOFF" in result.stdout else None

        result = wait_for(unhealthy, "a finding about a worker", 60)
        assert result.returncode == 1 and ("->" in result.stdout)
    with Daemon(workers=2) as pool:
        assert pool.ctl("doctor").returncode == 0
        assert pool.ctl("drain", "1").returncode == 0
        found(pool.ctl("doctor"), "example_1 takes no requests", "poolctl resume example_1", "warning")
        assert pool.ctl("resume", "1").returncode == 0
        pool.write_profile("[pool]\nname = 3\n")
        assert pool.ctl("reload").returncode == 1
        result = pool.ctl("doctor")
        assert result.returncode == 1
        found(result, "the profile was refused", "poolctl reload")
        # A stuck worker: the kernel stops it, and its probes are not answered any more.
        pid = pool.pids()["example_2"]
        os.kill(pid, signal.SIGSTOP)
        try:
            result = wait_for(lambda: (r := pool.ctl("doctor")) and "example_2 is unhealthy" in r.stdout and r, "the stuck worker", 60)
            found(result, "example_2 is unhealthy", "does not answer in time")
        finally:
            os.kill(pid, signal.SIGCONT)


def test_the_daemons_own_limits_count():
    pool = Daemon(workers=1)
    pool.wrapper = ["prlimit", "--nofile=1024:1024"]
    with pool:
        found(pool.ctl("doctor"), "the daemon may open only 1024 descriptors", "LimitNOFILE", "warning")
        # Ours are no concern of a daemon that runs.
        assert "a process may" not in pool.ctl("doctor").stdout


def test_profiles_that_run_and_a_taken_port_beside_them(directory):
    with Daemon(workers=1, health="") as pool, socket.create_server(("127.0.0.1", 0)) as holder:
        taken = holder.getsockname()[1]
        path = profile(directory, front=f'listen = ["127.0.0.1:{taken}"]')
        result = pool.ctl("doctor", path)
        assert result.returncode == 1
        found(result, f"nobody can listen at 127.0.0.1:{taken}", "ss -ltnp")
        # The running profile is looked at though another one was named, and its own address is no trouble.
        found(result, f"{pool.profile}: no health.path", "set health.path", "warning")
        assert f"nobody can listen at 127.0.0.1:{pool.port}" not in result.stdout


def test_a_worker_that_never_gets_ready_by_a_wrong_path():
    with Daemon(workers=1, health='path = "/nowhere"', worker='start_timeout = "60s"').launch_only() as pool:
        result = wait_for(lambda: (r := pool.ctl("doctor")) and "does not get ready" in r.stdout and r, "the finding", 40)
        assert result.returncode == 1
        found(result, "does not get ready: the probe says", "set health.path to one that it answers")


def test_a_name_is_no_place_to_listen(directory):
    command = [str(PYTHON), "-u", str(APP), "--path=/tmp/{name}.sock"]
    listen = f'listen = ["127.0.0.1:{free_port()}"]'
    result = doctor(profile(directory, front=listen, command=command), "--runtime-dir", directory)
    found(result, "the command is not told where to listen", "{socket}", "warning")
    for place in ("{n}", "{n:02}", "{8080+n}"):
        told = profile(directory, front=listen, command=[*command[:-1], f"--path=/tmp/{place}.sock"])
        assert "not told where" not in doctor(told, "--runtime-dir", directory).stdout


def test_certificates_that_end_or_are_refused():
    """The doctor and Prometheus are told the same."""
    def gauge(site, name):
        return scrape(site.ctl("metrics").stdout)[name].samples[0]

    with Site() as site:
        assert "is good for" in site.ctl("doctor").stdout
        assert gauge(site, "pool_certificate_expiry_timestamp_seconds").labels == {"certificate": str(site.certificate)}
        site.certificate.unlink()
        site.key.unlink()
        assert site.poold("self-signed", "localhost", "--days", "5", cwd=site.directory).returncode == 0
        assert site.ctl("certificate", "reload").returncode == 0
        result = site.ctl("doctor")
        assert result.returncode == 0
        found(result, f"certificate {site.certificate} ends in 4 days", "poolctl certificate reload", "warning")
        left = gauge(site, "pool_certificate_expiry_timestamp_seconds").value - time.time()
        assert 4 * 86_400 < left <= 5 * 86_400 and gauge(site, "pool_certificate_refused").value == 0
        site.key.write_text("no key")
        assert site.ctl("certificate", "reload").returncode == 1
        result = site.ctl("doctor")
        assert result.returncode == 1
        found(result, "is not used, the one before is shown", "poolctl certificate list")
        assert gauge(site, "pool_certificate_refused").value == 1
