"""What operators do with fronts while everything runs: certificates, holds, maintenance, several pools at one address."""
import contextlib
import datetime
import grp
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import threading

import pytest

from control import scrape
from daemon import BIN, PYTHON, Daemon, wait_for
from test_tls import Site, make_certificate


def test_a_certificate_for_testing_is_made_and_never_overwritten(tmp_path):
    command = [BIN / "poolctl", "certificate", "self-signed", "localhost", "127.0.0.1", "--days", "3"]
    made = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=30)
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "site.key").stat().st_mode & 0o777 == 0o600
    shown = subprocess.run(["openssl", "x509", "-in", "site.pem", "-noout", "-ext", "subjectAltName", "-checkend", "172800"],
                           cwd=tmp_path, capture_output=True, text=True, timeout=30)
    assert shown.returncode == 0 and "DNS:localhost, IP Address:127.0.0.1" in shown.stdout, shown.stdout
    before = (tmp_path / "site.key").read_bytes()
    again = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=30)
    assert again.returncode == 1 and "site.key" in again.stderr and "exists" in again.stderr
    assert (tmp_path / "site.key").read_bytes() == before


def test_a_front_is_not_moved_to_an_address_that_is_taken(fresh):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken, before = other.getsockname()[1], fresh.profile.read_text()
        fresh.write_profile(before.replace(f"127.0.0.1:{fresh.port}", f"127.0.0.1:{taken}"))
        for command in (["plan"], ["reload", "--wait"]):
            result = fresh.ctl(*command)
            assert result.returncode != 0, result.stdout
            assert f"cannot listen at 127.0.0.1:{taken}" in result.stdout + result.stderr, result.stdout + result.stderr
        # What runs goes on where it was.
        assert fresh.get("/")[0] == 200
    assert fresh.ctl("shutdown", "--pool", "example").returncode == 2 and fresh.get("/")[0] == 200
    # Free by now.
    assert fresh.ctl("reload", "--wait").returncode == 0
    old, fresh.port = fresh.port, taken
    assert fresh.get("/")[0] == 200
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", old)).close()


def test_the_end_of_a_certificate_is_told_ahead():
    """As an event, and where certificates are listed."""
    with Site(workers=1) as site:
        make_certificate(site.directory, "site", days=6)
        assert site.ctl("certificate", "reload").returncode == 0
        wait_for(lambda: site.said("site.pem expires"), "the event")
        entry, = site.json("certificate", "list")["certificates"]
        until = datetime.datetime.fromisoformat(entry["validUntil"])
        assert 5 <= (until - datetime.datetime.now(datetime.timezone.utc)).days <= 6
        assert site.fetch("/")[0] == 200


def test_certificates_are_listed_and_reloaded_at_once():
    with Site() as site:
        listed = site.json("certificate", "list")["certificates"]
        assert [entry["names"] for entry in listed] == [["localhost", "127.0.0.1"]]
        assert listed[0]["listen"] == [f"127.0.0.1:{site.secure}"] and listed[0]["pools"] == ["example"]
        assert "localhost" in site.ctl("certificate", "show", "localhost").stdout
        assert site.ctl("certificate", "show", "other.test").returncode == 4
        before = site.presented()
        site.certificate.unlink()
        site.key.unlink()
        assert site.poold("self-signed", "localhost", "--days", "5", cwd=site.directory).returncode == 0
        reloaded = site.ctl("certificate", "reload")
        # The manager looks by itself every five seconds, and may have been faster.
        assert "site.pem: new" in reloaded.stdout or "nothing has changed" in reloaded.stdout
        wait_for(lambda: site.presented() != before, "the new certificate")
        renewed = site.json("certificate", "list")["certificates"]
        assert renewed[0]["fingerprint"] != listed[0]["fingerprint"] and "problem" not in renewed[0]
        site.key.write_text("no key")
        bad = site.ctl("certificate", "reload")
        assert bad.returncode == 1 and "no private key" in bad.stdout


class Paged(Daemon):
    """A daemon with pages of its own."""

    def __init__(self):
        super().__init__(workers=2, front="""
[[front.error_page]]
status = 503
file = "503.html"
[front.maintenance]
page = "back.html"
retry_after = "2m"
""")
        (self.directory / "503.html").write_text("sorry")
        (self.directory / "back.html").write_text("<h1>back soon</h1>")


@pytest.fixture
def paged():
    with Paged() as pool:
        yield pool


def test_a_hold_loses_nobody(paged):
    """Requests wait while a migration runs, and all of them are answered."""
    answers = []
    assert "held until" in paged.ctl("hold", "--for", "60", "--why", "migration").stdout
    threads = [threading.Thread(target=lambda: answers.append(paged.get("/")[0])) for _ in range(8)]
    for thread in threads:
        thread.start()
    wait_for(lambda: paged.json("stats")["proxy"]["queued"] == 8, "eight waiting requests")
    assert not answers and "migration" in paged.ctl("status").stdout
    assert paged.ctl("front", "open").stdout == "example: open\n"
    for thread in threads:
        thread.join(timeout=30)
    assert answers == [200] * 8


def test_maintenance_survives_the_manager(paged):
    assert paged.ctl("front", "maintenance", "--why", "release").returncode == 0
    status, headers, body = paged.get("/")
    assert (status, headers["Retry-After"], body) == (503, "120", b"<h1>back soon</h1>")
    manager = paged.role("manager")
    os.kill(manager, signal.SIGKILL)
    status, headers, _ = paged.get("/")
    assert (status, headers["Pool-Error"]) == (503, "maintenance")
    wait_for(lambda: paged.role("manager") not in (None, manager) and paged.ctl("version").returncode == 0, "a new manager")
    assert "in maintenance" in paged.ctl("status").stdout
    assert paged.get("/")[0] == 503
    assert paged.ctl("front", "open").returncode == 0
    assert paged.get("/")[0] == 200


def gauges(pool):
    """What Prometheus reads of the front: (maintenance, hold)."""
    families = scrape(pool.ctl("metrics").stdout)
    return tuple(families[name].samples[0].value for name in ("pool_maintenance", "pool_hold"))


@pytest.mark.parametrize("words, state, text, values, doctor", [
    (("front", "maintenance"), "maintenance", "in maintenance by", (1, 0), 1),
    (("hold", "--for", "60"), "holding", "held until", (0, 1), 0),
])
def test_who_lets_nothing_through_is_not_healthy(paged, words, state, text, values, doctor):
    """However well the workers are: every question about health gets the same answer."""
    assert paged.ctl("health").returncode == 0 and gauges(paged) == (0, 0)
    assert paged.ctl(*words, "--why", "migration").returncode == 0
    health = paged.ctl("health")
    assert health.returncode == 3 and text in health.stdout and "migration" in health.stdout, health.stdout
    status, reply = paged.api("GET", "/v1/health")
    assert status == 503 and not reply["healthy"]
    assert reply["pools"][0]["state"] == state and reply["pools"][0]["gate"]["why"] == "migration"
    waited = paged.ctl("wait", "--for", "healthy", "--timeout", "1")
    assert waited.returncode == 6 and text in waited.stderr and "poolctl front open" in waited.stderr, waited.stderr
    assert paged.ctl("wait", "--for", "ready=2", "--timeout", "10").returncode == 0
    assert gauges(paged) == values
    found = paged.ctl("doctor")
    assert found.returncode == doctor and text in found.stdout, found.stdout
    assert paged.ctl("front", "open").returncode == 0
    assert paged.ctl("wait", "--for", "healthy", "--timeout", "10").returncode == 0
    assert paged.ctl("health").returncode == 0 and gauges(paged) == (0, 0)


def test_a_wait_names_only_whom_it_is_about(paged):
    assert paged.ctl("drain", "2").returncode == 0
    waited = paged.ctl("wait", "1", "--for", "stopped", "--timeout", "1")
    assert waited.returncode == 6 and "example_1: RUNNING" in waited.stderr
    assert "example_2" not in waited.stderr and "\\n" not in waited.stderr


def test_a_page_is_read_again(paged):
    assert paged.ctl("stop", "all").returncode == 0
    assert paged.get("/")[2] == b"sorry"
    (paged.directory / "503.html").write_text("very sorry")
    wait_for(lambda: paged.get("/")[2] == b"very sorry", "the new page")


def test_a_page_that_cannot_be_read_is_refused():
    pool = Paged()
    (pool.directory / "503.html").unlink()
    check = pool.poold("check", pool.profile)
    assert check.returncode == 2 and "503.html cannot be read" in check.stderr
    (pool.directory / "503.html").write_bytes(b"x" * 70_000)
    assert "the most is 65536 bytes" in pool.poold("check", pool.profile).stderr
    shutil.rmtree(pool.directory)


def test_two_pools_share_an_address():
    """Each host has its workers, its files and its headers; the default takes what is nobody's."""
    with contextlib.ExitStack() as stack:
        pool = Daemon(workers=1)
        text = pool.profile.read_text()
        second = text.replace('name = "example"', 'name = "shop"').replace("example_{n}.sock", "shop_{n}.sock")
        second = second.replace("[health]", 'server_name = ["shop.test", "*.shop.test"]\nresponse_headers = { X-Shop = "1" }\n[health]')
        pool.write_profile(text.replace("[health]", "default_server = true\n[health]"))
        third = text.replace('name = "example"', 'name = "api"').replace("example_{n}.sock", "api_{n}.sock")
        third = third.replace("[health]", 'path = ["/api", "/hook/"]\nclient_max_body_size = "10"\nresponse_headers = { X-Pool = "api" }\n[health]')
        (pool.directory / "second.toml").write_text(second)
        (pool.directory / "third.toml").write_text(third)
        start = pool.launch
        pool.launch = lambda: start(pool.profile, pool.directory / "second.toml", pool.directory / "third.toml")
        stack.enter_context(pool)

        def worker(host):
            status, headers, body = pool.get("/", {"Host": host})
            assert status == 200
            return json.loads(body)["worker"], headers.get("X-Shop")

        assert worker("anything.test") == ("example_1", None)
        assert worker("shop.test") == worker("WWW.Shop.Test:80") == ("shop_1", "1")
        # By path, under any host that no other pool has; the limits are those of the pool whose path it is.
        for path, served in (("/api/x", "api"), ("/api?x", "api"), ("/hook/", "api"), ("/apis", None), ("/hook", None)):
            assert pool.get(path)[1].get("X-Pool") == served, path
        assert pool.get("/api", method="POST", body=b"x" * 11)[0] == 413
        assert pool.get("/echo", method="POST", body=b"x" * 11)[0] == 200
        # Health of both is asked through the same proxy, and one may be in maintenance alone.
        assert pool.ctl("front", "maintenance", "shop").returncode == 0
        assert pool.get("/", {"Host": "shop.test"})[0] == 503
        assert worker("example.test") == ("example_1", None)


INHERIT = """
import os, socket, sys
bound = socket.socket(fileno=int(sys.argv[1]))
os.dup2(bound.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.argv[2], sys.argv[2:])
"""


def test_inherited_sockets_are_used():
    """As from a systemd socket unit: poold could not bind the address itself, because it is taken."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        pool = Daemon(workers=1)
        pool.write_profile(pool.profile.read_text().replace(f":{pool.port}", f":{bound.getsockname()[1]}"))
        pool.port = bound.getsockname()[1]
        bound.set_inheritable(True)
        descriptor = bound.fileno()
        popen = subprocess.Popen

        def launch():
            pool.log = pool.directory / "poold.log"
            with open(pool.log, "ab") as log:
                words = [PYTHON, "-c", INHERIT, str(descriptor), str(BIN / "poold"), "run", *pool.options, str(pool.profile)]
                pool.keeper = popen(words, stderr=log, stdout=log, pass_fds=[descriptor])
            return pool

        pool.launch = launch
        with pool:
            assert pool.get("/")[0] == 200
            manager = pool.role("manager")
            os.kill(manager, signal.SIGKILL)
            wait_for(lambda: pool.role("manager") not in (None, manager) and pool.ctl("version").returncode == 0, "a new manager")
            assert pool.get("/")[0] == 200
            environments = [open(f"/proc/{pid}/environ").read() for pid in pool.pids().values()]
            assert not any("LISTEN_FDS" in environment for environment in environments)


def test_unix_fronts_have_an_owner_and_a_mode():
    pool = Daemon(workers=1)
    path = pool.directory / "front.sock"
    text = pool.profile.read_text()
    listen = f'listen = ["127.0.0.1:{pool.port}"]'
    pool.write_profile(text.replace(listen, f'listen = ["127.0.0.1:{pool.port}", {{ address = "unix:{path}", mode = "0620", group = "{os.getgid()}" }}]'))
    with pool:
        assert path.stat().st_mode & 0o777 == 0o620
        answer = subprocess.run(["curl", "-sS", "--unix-socket", path, "http://pool/"], capture_output=True, text=True, timeout=30)
        assert "example_1" in answer.stdout, answer.stderr
    pool = Daemon(workers=1)
    pool.write_profile(text.replace(listen, 'listen = { address = "unix:/tmp/x.sock", owner = "nobody-at-all" }'))
    assert "user nobody-at-all does not exist" in pool.poold("check", pool.profile).stderr
    shutil.rmtree(pool.directory)


def test_a_unix_front_is_given_to_a_user_and_a_group():
    """By name; who is neither of them does not get in, and a new manager leaves it as it is. Only root gives it to others."""
    is_root = os.geteuid() == 0
    user = pwd.getpwnam("nobody") if is_root else pwd.getpwuid(os.geteuid())
    group = grp.getgrnam("daemon") if is_root else grp.getgrgid(os.getegid())
    pool = Daemon(workers=1)
    path = pool.directory / "front.sock"
    text = pool.profile.read_text()
    listen = f'listen = ["127.0.0.1:{pool.port}"]'
    access = f'{{ address = "unix:{path}", owner = "{user.pw_name}", group = "{group.gr_name}", mode = "0660" }}'
    pool.write_profile(text.replace(listen, f'listen = ["127.0.0.1:{pool.port}", {access}]'))

    def ask(uid, gid):
        become = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups"] if is_root else []
        return subprocess.run([*become, "curl", "-sS", "--unix-socket", path, "http://pool/"], capture_output=True, text=True, timeout=30)

    with pool:
        for _ in range(2):
            status = path.stat()
            assert (status.st_uid, status.st_gid, status.st_mode & 0o777) == (user.pw_uid, group.gr_gid, 0o660)
            for who in ((user.pw_uid, 4242), (4242, group.gr_gid)):
                assert "example_1" in ask(*who).stdout
            if is_root:
                stranger = ask(4242, 4242)
                assert stranger.returncode == 7 and stranger.stdout == "", stranger
            manager = pool.role("manager")
            os.kill(manager, signal.SIGKILL)
            wait_for(lambda: pool.role("manager") not in (None, manager) and pool.ctl("version").returncode == 0, "a new manager")


def test_a_pool_listens_at_several_addresses():
    """IPv4, IPv6 and a unix socket at once: the same workers, each in turn, and each client's address in the log."""
    pool = Daemon(workers=2, front='access_log = { format = "combined", path = "ACCESS" }')
    path, port, log = pool.directory / "front.sock", pool.port, pool.directory / "access.log"
    listen = f'listen = ["127.0.0.1:{port}"]'
    addresses = [f"127.0.0.1:{port}", f"127.0.0.2:{port}", f"[::1]:{port}", f"unix:{path}"]
    pool.write_profile(pool.profile.read_text().replace(listen, f"listen = {json.dumps(addresses)}").replace("ACCESS", str(log)))
    targets = {
        "127.0.0.1": ["http://127.0.0.1"], "127.0.0.2": ["--interface", "127.0.0.9", "http://127.0.0.2"],
        "::1": ["http://[::1]"], "unix": ["--unix-socket", path, "http://pool"],
    }

    def ask(words, path="/"):
        words = [*words[:-1], (words[-1] if words[0] == "--unix-socket" else f"{words[-1]}:{port}") + path]
        result = subprocess.run(["curl", "-sS", "-g", *words], capture_output=True, text=True, timeout=30)
        assert result.returncode == 0, result.stderr
        return result.stdout

    with pool:
        for _ in range(2):
            served = [json.loads(ask(words))["worker"] for words in [*targets.values()] * 2]
            assert served in ([f"example_{1 + n % 2}" for n in range(8)], [f"example_{2 - n % 2}" for n in range(8)]), served
            for client in ("127.0.0.1", "127.0.0.9", "::1"):
                wait_for(lambda: f"\n{client} - - [" in f"\n{log.read_text()}", f"{client} in the log")
            # Only there: what is for one address is at no other.
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.3", port)).close()
            assert pool.ctl("proxy", "replace", timeout=120).returncode == 0
        # One leaves, the others stay. The proxy that was replaced may still be at work, but it holds no address open.
        pool.write_profile(pool.profile.read_text().replace(f', "[::1]:{port}"', ""))
        assert pool.ctl("reload", "--wait").returncode == 0
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("::1", port)).close()
        assert "example_" in ask(targets["127.0.0.2"]) and "example_" in ask(targets["unix"])


def test_a_trailer_does_not_say_what_a_rule_says():
    """By HTTP/1.1 and by HTTP/2 (whose trailers reach the worker as those of a chunked body)."""
    with Daemon(workers=1, front='request_headers = { X-User = "nobody", X-Gone = false }') as pool:
        def send(trailer):
            with socket.create_connection(("127.0.0.1", pool.port), timeout=30) as client:
                client.sendall(b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                               b"1\r\na\r\n0\r\n" + trailer + b"\r\n\r\n")
                return client.recv(65536)

        assert send(b"X-Other: a").startswith(b"HTTP/1.1 200 ")
        for trailer in (b"X-User: root", b"x_user: root", b"X-GONE: 1"):
            answer = send(trailer)
            assert answer.startswith(b"HTTP/1.1 400 ") and b"trailer-forbidden" in answer, answer


def test_sessions_are_resumed_over_the_replacement_of_a_proxy():
    with Site(workers=1) as site:
        def client(*words):
            result = subprocess.run(
                ["openssl", "s_client", "-connect", f"127.0.0.1:{site.secure}", "-tls1_2", *words],
                input="", capture_output=True, text=True, timeout=30)
            return result.stdout

        assert "New, TLSv1.2" in client("-sess_out", site.directory / "session")
        assert site.ctl("proxy", "replace", timeout=120).returncode == 0
        assert "Reused, TLSv1.2" in client("-sess_in", site.directory / "session")
