"""The proxy's verdict on malformed and ambiguous requests, held to the table in docs/CONFORMANCE.md.

`make verdicts` writes the table again, with nginx and HAProxy measured beside it.
"""
import contextlib
import os
import re
import socket

import pytest

import proxies
from daemon import RECORDER, ROOT, Daemon
from recorder import records
from verdict_cases import CASES, leaves_trace

DOCUMENT = ROOT / "docs/CONFORMANCE.md"
BEGIN, END = "<!-- verdicts: written by Tests/EndToEnd/test_verdicts.py -->\n", "<!-- end of the verdicts -->\n"
BEHIND = b"GET /behind HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
PEERS = ["nginx", "haproxy"]


def reply(port, request):
    """What one connection gets for a request and one behind it: all of it, or what came before five seconds of silence."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client, contextlib.suppress(OSError):
        client.sendall(request + BEHIND)
        while chunk := client.recv(65536):
            received += chunk
    return received


def verdict(port, journal, case):
    """`400 word`, `closed`, `no answer`, `cleaned` or `passed on`."""
    before = journal.stat().st_size
    received = reply(port, case.request)
    head = received.partition(b"\r\n\r\n")[0]
    lines = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
    status = head[9:12].decode()
    if status not in ("200", "599") and (head.startswith(b"HTTP/") or not head):
        word = lines.get(b"Pool-Error", b"").decode().partition("fault=")[2]
        return f"{status} {word}".strip() if status else "closed"
    arrived = b"".join(data for _, data in records(journal.read_bytes()[before:])).split(BEHIND.split(b"\r\n")[0])[0]
    return "passed on" if leaves_trace(case, arrived) else "cleaned"


def strictness(word):
    return {"passed on": 0, "cleaned": 1}.get(word, 2)


def is_laxer(row):
    return strictness(row[0]) < max(map(strictness, row[1:]))


def recorded():
    """Name to the three verdicts, out of the document."""
    table = DOCUMENT.read_text().partition(BEGIN)[2].partition(END)[0]
    found = {}
    for line in table.splitlines():
        cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == 5 and cells[0] not in ("request", "---"):
            found[cells[0]] = cells[1:4]
    return found


def written(rows):
    nginx, haproxy = map(proxies.version, PEERS)
    columns = f"| request | Pool | nginx {nginx} | HAProxy {haproxy} | why Pool does not refuse it |"
    text, section = BEGIN, None
    for case in CASES:
        if case.section != section:
            section = case.section
            text += f"\n### {section}\n\n{columns}\n|---|---|---|---|---|\n"
        row = rows[case.name]
        cells = [case.name.replace("|", "\\|"), *row, case.reason if strictness(row[0]) < 2 else ""]
        text += f"| {' | '.join(cells)} |\n"
    return text + "\n" + END


@pytest.fixture(scope="module")
def pool():
    with Daemon(workers=1, program=RECORDER, options=["--journal"], health="path = false") as pool:
        yield pool


@pytest.fixture(scope="module")
def table(pool):
    """The recorded table; with RECORD_GOLDENS measured and written first."""
    if os.environ.get("RECORD_GOLDENS"):
        journal = next(pool.runtime.rglob("*.journal"))
        rows = {case.name: [verdict(pool.port, journal, case)] for case in CASES}
        for name in PEERS:
            with proxies.Peer(name) as peer:
                for case in CASES:
                    rows[case.name].append(verdict(peer.port, peer.journal, case))
        before, _, rest = DOCUMENT.read_text().partition(BEGIN)
        DOCUMENT.write_text(before + written(rows) + rest.partition(END)[2])
    return recorded()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_verdict_is_the_documented_one(pool, table, case):
    assert verdict(pool.port, next(pool.runtime.rglob("*.journal")), case) == table[case.name][0]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_laxer_than_the_strictest_has_a_reason(table, case):
    assert not is_laxer(table[case.name]) or case.reason, table[case.name]


def test_document_has_no_other_rows(table):
    assert set(table) == {case.name for case in CASES}
