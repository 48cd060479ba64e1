"""https on a front: a real daemon, certificates made by openssl, clients that check them."""
import contextlib
import datetime
import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from daemon import BIN, Daemon, free_port, wait_for


def make_certificate(directory, name, hosts=("localhost",), days=90):
    names = ",".join([f"DNS:{host}" for host in hosts] + ["IP:127.0.0.1"])
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-days", str(days),
         "-keyout", f"{directory}/{name}.key", "-out", f"{directory}/{name}.pem", "-subj", f"/CN={name}",
         "-addext", f"subjectAltName={names}"], check=True, capture_output=True)
    os.chmod(f"{directory}/{name}.key", 0o600)
    return directory / f"{name}.pem", directory / f"{name}.key"


class Site(Daemon):
    """A daemon whose front speaks https on `self.secure`, and redirects there from `self.port`."""

    def __init__(self, workers=2, tls="", front=""):
        super().__init__(workers=workers)
        self.secure = free_port()
        self.certificate, self.key = make_certificate(self.directory, "site")
        text = self.profile.read_text()
        listen = f'listen = ["127.0.0.1:{self.port}"]'
        assert listen in text
        self.write_profile(text.replace(listen, f"""listen = [
  {{ address = "127.0.0.1:{self.secure}", tls = {{ certificate = "site.pem", key = "site.key"{tls} }} }},
  {{ address = "127.0.0.1:{self.port}", redirect_https = {self.secure} }},
]
hsts = 3600
{front}"""))

    def context(self):
        return ssl.create_default_context(cafile=self.certificate)

    def connect(self):
        return http.client.HTTPSConnection("localhost", self.secure, timeout=30, context=self.context())

    def fetch(self, path="/", headers=None, method="GET", body=None):
        connection = self.connect()
        with contextlib.closing(connection):
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()

    def presented(self):
        """The certificate that the front shows, as DER."""
        plain = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        plain.check_hostname, plain.verify_mode = False, ssl.CERT_NONE
        with socket.create_connection(("127.0.0.1", self.secure), timeout=10) as raw:
            with plain.wrap_socket(raw, server_hostname="localhost") as client:
                return client.getpeercert(binary_form=True)

    def said(self, text):
        return text in self.ctl("events").stdout


@pytest.fixture(scope="module")
def site():
    with Site() as pool:
        yield pool


def test_https_reaches_the_workers(site):
    status, headers, body = site.fetch("/")
    assert status == 200
    assert json.loads(body)["worker"].startswith("example_")
    assert headers["Strict-Transport-Security"] == "max-age=3600"


def test_bodies_pass_both_ways(site):
    body = os.urandom(900_000)
    status, _, echoed = site.fetch("/echo", method="POST", body=body)
    assert (status, echoed) == (200, body)


def test_port_80_sends_everyone_to_https(site):
    status, headers, _ = site.get("/a?b=c", headers={"Host": "localhost:80"})
    assert (status, headers["Location"]) == (301, f"https://localhost:{site.secure}/a?b=c")


def test_curl_and_openssl_agree(site):
    result = subprocess.run(["curl", "-sS", "--cacert", site.certificate, "-o", "/dev/null", "-w", "%{http_code} %{ssl_verify_result}",
                             f"https://localhost:{site.secure}/"], capture_output=True, text=True, timeout=30)
    assert result.stdout == "200 0", result.stderr
    old = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{site.secure}", "-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0"],
                         input="", capture_output=True, text=True, timeout=30)
    assert "Cipher is (NONE)" in old.stdout


def test_a_new_certificate_drops_nobody(site):
    """Replaced under load: open connections go on, new ones see the new one; a broken pair changes nothing."""
    failures, stop = [], threading.Event()

    def client():
        while not stop.is_set():
            try:
                connection = http.client.HTTPSConnection(
                    "localhost", site.secure, timeout=30, context=ssl._create_unverified_context())
                with contextlib.closing(connection):
                    for _ in range(20):
                        connection.request("GET", "/")
                        answer = connection.getresponse()
                        answer.read()
                        if answer.status != 200:
                            failures.append(answer.status)
            except OSError as error:
                failures.append(error)

    held = http.client.HTTPSConnection("localhost", site.secure, timeout=60, context=ssl._create_unverified_context())
    held.request("GET", "/")
    assert held.getresponse().read()
    threads = [threading.Thread(target=client) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        before = site.presented()
        certificate, key = make_certificate(site.directory, "next")
        # The usual order of such programs: for a moment the files do not fit each other.
        os.replace(certificate, site.certificate)
        wait_for(lambda: site.said("is not that of the certificate"), "the event of the broken pair")
        assert site.presented() == before
        os.replace(key, site.key)
        wait_for(lambda: site.presented() != before, "the new certificate")
        held.request("GET", "/")
        assert held.getresponse().status == 200
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not failures
    assert site.said("was read again")


def test_a_new_manager_and_a_new_proxy_have_the_certificates(site):
    shown = site.presented()
    manager, proxy = site.role("manager"), site.role("proxy")
    os.kill(manager, signal.SIGKILL)
    wait_for(lambda: site.role("manager") not in (None, manager), "another manager")
    assert site.presented() == shown
    os.kill(proxy, signal.SIGKILL)
    wait_for(lambda: site.role("proxy") not in (None, proxy), "another proxy")

    def serves():
        with contextlib.suppress(OSError):
            return site.presented() == shown and site.fetch("/")[0] == 200
    wait_for(serves, "https after the proxy's death")


@pytest.mark.parametrize("break_it, text", [
    (lambda site: site.key.unlink(), "no such file or directory"),
    (lambda site: site.key.write_text("nonsense"), "holds no private key in PEM form"),
    (lambda site: site.certificate.write_text("nonsense"), "holds no certificate in PEM form"),
    (lambda site: make_certificate(site.directory, "x")[1].replace(site.key), "the key is not that of the certificate"),
])
def test_bad_pairs_are_refused_at_check_time(break_it, text):
    site = Site()
    try:
        break_it(site)
        result = subprocess.run([BIN / "poold", "check", site.profile], capture_output=True, text=True, timeout=30)
        assert result.returncode == 2
        assert text in result.stderr + result.stdout
        assert "profile.toml:" in result.stderr + result.stdout
    finally:
        shutil.rmtree(site.directory)


def test_a_certificate_that_was_made_a_moment_ago_is_no_reason_to_warn():
    """However short its life."""
    site = Site()
    try:
        make_certificate(site.directory, "site", days=3)
        result = subprocess.run([BIN / "poold", "check", site.profile], capture_output=True, text=True, timeout=30)
        assert result.returncode == 0 and "expires" not in result.stderr + result.stdout, result.stderr + result.stdout
    finally:
        shutil.rmtree(site.directory)


def make_expiring(site, left):
    """With the same key, and so many days left of its 60; `openssl req` makes none that is over."""
    key = serialization.load_pem_private_key(site.key.read_bytes(), None)
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "site")]), datetime.datetime.now(datetime.timezone.utc)
    day = datetime.timedelta(days=1)
    certificate = x509.CertificateBuilder(name, name, key.public_key(), 7, now - (60 - left) * day, now + left * day).sign(key, hashes.SHA256())
    site.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return f"{now + left * day:%Y-%m-%d}"


@pytest.mark.parametrize("spoil, text, remedy", [
    (lambda site: site.key.chmod(0o644), "every user of this host can read the key", "chmod 600 it"),
    (lambda site: make_expiring(site, -1), "has expired: it ended at", "renew it: clients refuse it"),
    (lambda site: make_expiring(site, 6.5), "expires in 6 days, at", "renew it: new files are taken up within seconds"),
])
def test_what_is_amiss_with_a_pair_is_said_at_check_time(spoil, text, remedy):
    site = Site()
    try:
        date = spoil(site) or ""
        result = subprocess.run([BIN / "poold", "check", site.profile], capture_output=True, text=True, timeout=30)
        said = result.stderr + result.stdout
        assert result.returncode == 0, said
        assert text in said and remedy in said and str(site.directory / "site.") in said and "profile.toml:" in said
        assert date in said, said
    finally:
        shutil.rmtree(site.directory)


def test_a_key_that_the_daemon_may_not_read_is_named_at_check_time():
    site = Site()
    try:
        site.key.chmod(0)
        site.directory.chmod(0o755)
        # Root reads everything, so that it must be somebody else.
        nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
        result = subprocess.run([*nobody, BIN / "poold", "check", site.profile], capture_output=True, text=True, timeout=30)
        said = result.stderr + result.stdout
        assert result.returncode == 2, said
        assert f"the key {site.key} cannot be read: permission denied: " in said.lower().replace(str(site.directory).lower(), str(site.directory))
        user = "nobody (uid 65534)" if nobody else f"(uid {os.geteuid()})"
        owner = "owner root (uid 0)" if nobody else f"(uid {os.geteuid()})"
        assert f"{user}, who runs this, may not read it (mode 0000, " in said and owner in said, said
        assert f"run poold as root, or let a group of that user in: chgrp GROUP {site.key} && chmod 640 {site.key}" in said
        assert "profile.toml:" in said
        # As in /etc/letsencrypt: the key is a link into a directory that only root may enter.
        site.key.chmod(0o600)
        closed = site.directory / "archive"
        closed.mkdir(0o700)
        site.key.rename(closed / "key")
        site.key.symlink_to("archive/key")
        if nobody:
            result = subprocess.run([*nobody, BIN / "poold", "check", site.profile], capture_output=True, text=True, timeout=30)
            said = result.stderr + result.stdout
            assert result.returncode == 2 and f"may not enter {closed} (mode 0700, owner root (uid 0))" in said, said
            assert f"chgrp GROUP {closed} && chmod g+x {closed}" in said
    finally:
        shutil.rmtree(site.directory)


def test_websockets_over_tls():
    """A tunnel over records: text, binary, a message of many records, and the close handshake."""
    import asyncio
    import pathlib

    from websockets.asyncio.client import connect

    with Site(workers=1) as site:
        worker = pathlib.Path(__file__).with_name("websocket_worker.py")
        site.write_profile(site.profile.read_text().replace(str(site.program), str(worker)).replace('path = "/health"', "path = false"))
        assert site.ctl("reload").returncode == 0

        async def talk():
            async with asyncio.timeout(60):
                address = f"wss://localhost:{site.secure}/echo"
                async with connect(address, ssl=site.context(), max_size=None, proxy=None, ping_interval=None) as client:
                    for message in ("one", b"\x00\xff" * 100, "x" * 1_000_000):
                        await client.send(message)
                        assert await client.recv() == message
                    await client.close(code=1000)

        asyncio.run(talk())


def test_certbots_webroot_from_challenge_to_reload():
    """What certbot does with --webroot and a deploy hook: a proof on port 80, new files in the place of the old ones,
    a reload. The links of /etc/letsencrypt/live are switched as certbot switches them."""
    site = Site(workers=1)
    webroot = site.directory / "webroot"
    challenge = webroot / ".well-known/acme-challenge"
    challenge.mkdir(parents=True)
    archive, live = site.directory / "archive", site.directory / "live"
    archive.mkdir()
    live.mkdir()

    def renew(number):
        certificate, key = make_certificate(archive, f"cert{number}")
        for name, target in (("fullchain.pem", certificate), ("privkey.pem", key)):
            fresh = live / f"{name}.new"
            fresh.symlink_to(target)
            fresh.rename(live / name)

    renew(1)
    text = site.profile.read_text().replace('"site.pem"', '"live/fullchain.pem"').replace('"site.key"', '"live/privkey.pem"')
    site.write_profile(text.replace(f"redirect_https = {site.secure}", f'redirect_https = {site.secure}, acme_webroot = "webroot"'))
    with site:
        first = site.presented()
        (challenge / "token").write_text("token.thumbprint")
        status, _, body = site.get("/.well-known/acme-challenge/token", headers={"Host": "localhost"})
        assert (status, body) == (200, b"token.thumbprint")
        assert site.get("/.well-known/acme-challenge/other", headers={"Host": "localhost"})[0] == 404
        assert site.get("/.well-known/acme-challenge/../../profile.toml", headers={"Host": "localhost"})[0] in (301, 400, 404)
        assert site.get("/elsewhere", headers={"Host": "localhost"})[0] == 301
        (challenge / "token").unlink()
        renew(2)
        assert site.ctl("certificate", "reload", "--why", "certbot").returncode == 0
        wait_for(lambda: site.presented() != first, "the renewed certificate")
        assert site.said("the certificates are read again: certbot")


def test_replacing_the_proxy_cuts_no_handshake(site):
    """Whoever has connected is served, however late in the replacement its handshake comes."""
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(socket.create_connection(("127.0.0.1", site.secure), timeout=30)) for _ in range(25)]
        assert site.ctl("proxy", "replace").returncode == 0
        for client in clients:
            secure = stack.enter_context(site.context().wrap_socket(client, server_hostname="localhost"))
            secure.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            assert secure.recv(65536).startswith(b"HTTP/1.1 200 ")
