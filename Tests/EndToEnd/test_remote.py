"""The control API from another host: TLS with certificates on both sides, and nothing without."""
import json
import os
import socket
import ssl
import subprocess

import pytest

from control import configured
from daemon import BIN, ROOT, Following, free_port, wait_for


class Authority:
    """A certificate authority of a test's own."""

    def __init__(self, directory, name):
        self.directory, self.name = directory, name
        self.key, self.certificate = directory / f"{name}.key", directory / f"{name}.pem"
        openssl("req", "-x509", *KEY, "-days", "30", "-keyout", self.key, "-out", self.certificate, "-subj", f"/CN={name}")

    def issue(self, name, names=""):
        """A certificate's file and its key's."""
        certificate, key, request = (self.directory / f"{name}.{end}" for end in ("pem", "key", "csr"))
        openssl("req", "-new", *KEY, "-keyout", key, "-out", request, "-subj", f"/CN={name}")
        extensions = self.directory / f"{name}.ext"
        extensions.write_text(f"subjectAltName={names}\n" if names else "basicConstraints=CA:FALSE\n")
        openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial", "-days", "30",
                "-extfile", extensions, "-out", certificate)
        os.chmod(key, 0o600)
        return certificate, key


KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc")


def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


class Remote:
    def __init__(self, pool, port, authority):
        self.pool, self.port, self.authority = pool, port, authority

    def ctl(self, who, *words, host="localhost", ca=None):
        certificate, key = who
        command = [BIN / "poolctl", "--url", f"https://{host}:{self.port}", "--cert", certificate, "--key", key,
                   "--ca", ca or self.authority.certificate, *words]
        return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="module")
def remote(tmp_path_factory):
    directory, port = tmp_path_factory.mktemp("authority"), free_port()
    authority = Authority(directory, "authority")
    certificate, key = authority.issue("daemon", "DNS:localhost,IP:127.0.0.1")
    text = f"""
[remote]
listen = ["127.0.0.1:{port}"]
certificate = "{certificate}"
key = "{key}"
clients = "{authority.certificate}"
view = ["viewer"]
operate = ["deploy.example.org"]
admin = ["mailto:alice@example.org", "alice@example.org"]
"""
    with configured(text, workers=2, program=ROOT / "Tests/EndToEnd/loud.py") as pool:
        yield Remote(pool, port, authority)


def test_a_certificates_names_say_what_its_holder_may(remote):
    viewer = remote.authority.issue("viewer")
    result = remote.ctl(viewer, "status")
    assert result.returncode == 0 and "example_1" in result.stdout, result.stderr
    assert remote.ctl(viewer, "version", "--json", host="127.0.0.1").returncode == 0
    result = remote.ctl(viewer, "restart", "1")
    assert result.returncode == 4 and "viewer (127.0.0.1:" in result.stderr and "may not operate" in result.stderr
    deployer = remote.authority.issue("robot", "DNS:deploy.example.org")
    result = remote.ctl(deployer, "restart", "1", "--why", "from afar")
    assert result.returncode == 0, result.stdout + result.stderr
    assert remote.ctl(deployer, "reload").returncode == 4
    alice = remote.authority.issue("Alice", "email:alice@example.org")
    assert remote.ctl(alice, "reload").returncode == 0
    stranger = remote.authority.issue("stranger")
    result = remote.ctl(stranger, "status")
    assert result.returncode == 4 and "none of the certificate's names enough: stranger" in result.stderr
    lines = [json.loads(line) for line in (remote.pool.state / "audit.ndjson").read_text().splitlines()]
    (restart,) = [line for line in lines if line.get("why") == "from afar"]
    assert restart["actor"].startswith("robot (127.0.0.1:") and "pid" not in restart and restart["status"] == 202


def test_nobody_gets_in_without_a_certificate_of_the_authority(remote, tmp_path):
    # The stranger's authority is another one of the same name.
    other = Authority(tmp_path, "authority").issue("viewer")
    result = remote.ctl(other, "status")
    assert result.returncode == 4 and "TLS session" in result.stderr and "[remote] clients" in result.stderr, result.stderr
    # And the daemon is not trusted by who does not know its authority, nor under another name.
    viewer = remote.authority.issue("viewer2")
    result = remote.ctl(viewer, "status", ca=tmp_path / "authority.pem")
    assert result.returncode == 4 and "no TLS session" in result.stderr and "--ca" in result.stderr, result.stderr
    context = ssl.create_default_context(cafile=remote.authority.certificate)
    with socket.create_connection(("127.0.0.1", remote.port), 10) as plain, pytest.raises((ssl.SSLError, ConnectionError)):
        with context.wrap_socket(plain, server_hostname="localhost") as client:
            client.sendall(b"GET /v1/version HTTP/1.1\r\nHost: p\r\n\r\n")
            assert client.recv(100) == b""
            raise ConnectionError
    # Plain HTTP gets no answer at all.
    with socket.create_connection(("127.0.0.1", remote.port), 10) as plain:
        plain.sendall(b"GET /v1/version HTTP/1.1\r\nHost: p\r\n\r\n")
        assert b"HTTP" not in plain.recv(1000)
    # Old versions of TLS neither.
    context = ssl.create_default_context(cafile=remote.authority.certificate)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(*remote.authority.issue("viewer"))
    with socket.create_connection(("127.0.0.1", remote.port), 10) as plain, pytest.raises(ssl.SSLError):
        context.wrap_socket(plain, server_hostname="localhost")


def test_streams_and_large_answers_come_through(remote):
    viewer = remote.authority.issue("viewer")
    assert remote.pool.get("/flood")[0] == 200
    result = wait_for(lambda: (r := remote.ctl(viewer, "logs", "-n", "2000", "--json")).stdout.count("xxxx\"") > 1000 and r, "the lines")
    assert result.returncode == 0
    certificate, key = viewer
    with Following([BIN / "poolctl", "events", "-f", "-n", "1", "--url", f"https://localhost:{remote.port}", "--cert", certificate,
                    "--key", key, "--ca", remote.authority.certificate]) as follower:
        assert follower.readline()
        assert remote.pool.ctl("drain", "2").returncode == 0 and remote.pool.ctl("resume", "2").returncode == 0
        assert any("example_2" in follower.readline() for _ in range(4))


def test_mistakes_are_told(remote, tmp_path):
    viewer = remote.authority.issue("viewer")
    remote_port, remote.port = remote.port, free_port()
    try:
        result = remote.ctl(viewer, "status")
        assert result.returncode == 5 and f"no daemon at https://localhost:{remote.port}" in result.stderr
    finally:
        remote.port = remote_port
    missing = tmp_path / "missing.pem"
    result = remote.ctl((missing, missing), "status")
    assert result.returncode == 1 and f"--cert: {missing} cannot be read" in result.stderr, result.stderr
    result = remote.ctl((viewer[0], remote.authority.key), "status")
    assert result.returncode == 1 and "TLS cannot be begun" in result.stderr, result.stderr
    result = subprocess.run([BIN / "poolctl", "--url", "https://localhost", "status"], capture_output=True, text=True)
    assert result.returncode == 2 and "--cert" in result.stderr
    environment = {**os.environ, "POOL_URL": f"https://localhost:{remote.port}", "POOL_CERT": str(viewer[0]),
                   "POOL_KEY": str(viewer[1]), "POOL_CA": str(remote.authority.certificate)}
    result = subprocess.run([BIN / "poolctl", "status"], capture_output=True, text=True, env=environment)
    assert result.returncode == 0 and "example_1" in result.stdout, result.stderr


def test_a_renewed_certificate_is_taken_at_a_reload(remote):
    viewer = remote.authority.issue("viewer")

    def serial():
        context = ssl.create_default_context(cafile=remote.authority.certificate)
        context.load_cert_chain(*viewer)
        with socket.create_connection(("127.0.0.1", remote.port), 10) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") as client:
                return client.getpeercert()["serialNumber"]

    before = serial()
    remote.authority.issue("daemon", "DNS:localhost,IP:127.0.0.1")
    assert remote.pool.ctl("reload").returncode == 0
    wait_for(lambda: serial() != before, "the renewed certificate")
