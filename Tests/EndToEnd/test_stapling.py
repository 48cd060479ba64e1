"""OCSP stapling from an authority's answer to a client that asks for it, and what is not stapled, by name and reason."""
import datetime
import os
import shutil
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from daemon import BIN, wait_for
from test_tls import Site


def openssl(directory, *arguments):
    result = subprocess.run(["openssl", *map(str, arguments)], cwd=directory, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    return result.stdout


class Authority:
    """A certificate authority of a test, with its list of certificates."""

    def __init__(self, directory, name):
        self.directory, self.name = directory, name
        openssl(directory, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-days", "30",
                "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}")

    def issue(self, name):
        """A certificate for localhost with the authority's behind it, in NAME.pem and NAME.key."""
        openssl(self.directory, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-keyout", f"{name}.key",
                "-out", f"{name}.csr", "-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost")
        leaf = openssl(self.directory, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{self.name}.pem", "-CAkey", f"{self.name}.key",
                       "-days", "20", "-copy_extensions", "copy")
        (self.directory / f"{name}.leaf").write_text(leaf)
        (self.directory / f"{name}.pem").write_text(leaf + (self.directory / f"{self.name}.pem").read_text())
        os.chmod(self.directory / f"{name}.key", 0o600)

    def answer(self, name, path, status="V", signer=None):
        """What the authority says of a certificate, in a file."""
        signer = signer or self.name
        serial = openssl(self.directory, "x509", "-in", f"{name}.leaf", "-noout", "-serial").strip().split("=")[1]
        now = datetime.datetime.now(datetime.timezone.utc)
        until = (now + datetime.timedelta(days=20)).strftime("%y%m%d%H%M%SZ")
        revoked = now.strftime("%y%m%d%H%M%SZ") if status == "R" else ""
        (self.directory / "index").write_text(f"{status}\t{until}\t{revoked}\t{serial}\tunknown\t/CN={name}\n")
        openssl(self.directory, "ocsp", "-index", "index", "-rsigner", f"{signer}.pem", "-rkey", f"{signer}.key", "-CA", f"{self.name}.pem",
                "-issuer", f"{self.name}.pem", "-cert", f"{name}.leaf", "-ndays", "1", "-noverify", "-respout", path)


@pytest.fixture
def site():
    pool = Site(workers=1, tls=', ocsp = "site.ocsp"')
    authority = Authority(pool.directory, "authority")
    authority.issue("site")
    pool.authority = authority
    yield pool
    shutil.rmtree(pool.directory, ignore_errors=True)


def stapled(site):
    """What a client that asks for it gets."""
    result = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{site.secure}", "-servername", "localhost", "-status",
         "-CAfile", site.directory / "authority.pem"], input="", capture_output=True, text=True, timeout=30)
    assert "Verify return code: 0 (ok)" in result.stdout, result.stdout + result.stderr
    assert ("OCSP response: no response sent" in result.stdout) != ("OCSP Response Status: successful" in result.stdout)
    return "Cert Status: good" in result.stdout


def test_an_answer_is_stapled_and_a_new_one_taken_up(site):
    site.authority.answer("site", "site.ocsp")
    good = (site.directory / "site.ocsp").read_bytes()
    with site:
        assert stapled(site)
        site.authority.answer("site", "site.ocsp", status="R")
        wait_for(lambda: site.said("site.ocsp: not stapled: it says that the certificate is revoked"), "the event")
        wait_for(lambda: not stapled(site), "handshakes without the answer")
        assert site.fetch("/")[0] == 200
        (site.directory / "site.ocsp").write_bytes(good)
        wait_for(lambda: stapled(site), "the answer again")


def dated(site, until):
    """An answer that holds until then, seconds from now; `openssl ocsp` knows no seconds."""
    leaf, issuer = x509.load_pem_x509_certificates((site.directory / "site.pem").read_bytes())
    key = serialization.load_pem_private_key((site.directory / "authority.key").read_bytes(), None)
    now = datetime.datetime.now(datetime.timezone.utc)
    answer = ocsp.OCSPResponseBuilder().add_response(
        leaf, issuer, hashes.SHA1(), ocsp.OCSPCertStatus.GOOD, now - datetime.timedelta(hours=5), now + datetime.timedelta(seconds=until),
        None, None,
    ).responder_id(ocsp.OCSPResponderEncoding.HASH, issuer).sign(key, hashes.SHA256())
    (site.directory / "site.ocsp").write_bytes(answer.public_bytes(serialization.Encoding.DER))


def old(site):
    dated(site, -3600)


def test_an_answer_is_stapled_as_long_as_it_holds(site):
    dated(site, 15)
    with site:
        assert stapled(site)
        wait_for(lambda: not stapled(site), "handshakes without what is over")
        wait_for(lambda: site.said("site.ocsp: no longer stapled: its time is over"), "the event")
        assert site.fetch("/")[0] == 200


def foreign(site):
    Authority(site.directory, "other").issue("else")
    site.authority.issue("else")
    site.authority.answer("else", "site.ocsp")


def forged(site):
    Authority(site.directory, "other")
    site.authority.answer("site", "site.ocsp", signer="other")


def nonsense(site):
    (site.directory / "site.ocsp").write_text("nonsense")


def missing(site):
    pass


@pytest.mark.parametrize("spoil, reason", [
    (old, "its time is over, or has not begun"),
    (foreign, "it is about another certificate"),
    (forged, "it is not signed by the certificate's issuer, nor by a responder of it"),
    (nonsense, "it is no successful answer of OCSP"),
    (missing, "it is no successful answer of OCSP"),
])
def test_what_is_no_answer_for_it_is_named_at_check_time(site, spoil, reason):
    spoil(site)
    result = subprocess.run([BIN / "poold", "check", site.profile], capture_output=True, text=True, timeout=30)
    said = result.stdout + result.stderr
    assert result.returncode == 0, said
    assert f"site.ocsp: not stapled: {reason}" in said and "openssl ocsp -respout" in said and "profile.toml:" in said
