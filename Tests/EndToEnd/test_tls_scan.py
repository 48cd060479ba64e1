"""A scan of the default TLS policy with a scanner that others wrote: no weak point, and nothing that is missing."""
import json
import pathlib
import subprocess

import pytest

from daemon import PYTHON
from test_tls import Site

SCANS = ["sslv2", "sslv3", "tlsv1", "tlsv1_1", "tlsv1_2", "tlsv1_3", "certinfo", "compression", "early_data", "ems",
         "fallback", "heartbleed", "openssl_ccs", "reneg", "resum", "robot", "elliptic_curves"]


@pytest.fixture(scope="module")
def scan():
    with Site(workers=1) as site:
        scanner = pathlib.Path(PYTHON).with_name("sslyze")
        report = site.directory / "scan.json"
        result = subprocess.run(
            [scanner, "--quiet", f"--json_out={report}", *(f"--{name}" for name in SCANS), f"localhost:{site.secure}"],
            capture_output=True, text=True, timeout=300)
        assert report.exists(), result.stdout + result.stderr
        target, = json.loads(report.read_text())["server_scan_results"]
        assert target["scan_status"] == "COMPLETED", target
        results = {name: one["result"] for name, one in target["scan_result"].items() if one["status"] == "COMPLETED"}
        failed = {name: one for name, one in target["scan_result"].items() if one["status"] not in ("COMPLETED", "NOT_SCHEDULED")}
        assert not failed
        yield results


def suites(scan, version):
    return {suite["cipher_suite"]["name"] for suite in scan[f"{version}_cipher_suites"]["accepted_cipher_suites"]}


def test_old_versions_are_refused(scan):
    for version in ("ssl_2_0", "ssl_3_0", "tls_1_0", "tls_1_1"):
        assert suites(scan, version) == set(), version


def test_every_suite_has_forward_secrecy_and_authenticated_encryption(scan):
    for version in ("tls_1_2", "tls_1_3"):
        names = suites(scan, version)
        assert names, version
        for name in names:
            assert "GCM" in name or "CHACHA20" in name, name
            assert version == "tls_1_3" or name.startswith("TLS_ECDHE_"), name


def test_known_attacks_find_nothing(scan):
    assert scan["heartbleed"]["is_vulnerable_to_heartbleed"] is False
    assert scan["openssl_ccs_injection"]["is_vulnerable_to_ccs_injection"] is False
    assert scan["robot"]["robot_result"].startswith("NOT_VULNERABLE"), scan["robot"]
    assert scan["tls_compression"]["supports_compression"] is False
    assert scan["tls_1_3_early_data"]["supports_early_data"] is False
    renegotiation = scan["session_renegotiation"]
    assert renegotiation["is_vulnerable_to_client_renegotiation_dos"] is False
    assert renegotiation["supports_secure_renegotiation"] is True
    assert scan["tls_fallback_scsv"]["supports_fallback_scsv"] is True
    assert scan["tls_extended_master_secret"]["supports_ems_extension"] is True


def test_curves_are_modern(scan):
    names = {curve["name"] for curve in scan["elliptic_curves"]["supported_curves"]}
    assert {"X25519", "secp256r1"} <= names <= {"X25519", "X448", "secp256r1", "secp384r1", "secp521r1"}, names


def test_sessions_are_resumed_by_tickets(scan):
    resumption = scan["session_resumption"]
    assert resumption["tls_ticket_resumption_result"] == "FULLY_SUPPORTED", resumption
