"""Logs and figures sent on: to a journal, to syslog, to StatsD; the receivers are sockets of the tests' own."""
import contextlib
import os
import re
import signal
import socket
import struct

from control import configured, scrape
from daemon import wait_for


def receiver(path=None):
    """A bound datagram socket: at a path, or at a port of 127.0.0.1."""
    bound = socket.socket(socket.AF_UNIX if path else socket.AF_INET, socket.SOCK_DGRAM)
    bound.bind(str(path) if path else ("127.0.0.1", 0))
    bound.settimeout(0.2)
    return bound


def received(bound, condition, what):
    """All datagrams until a condition holds of them."""
    found = []

    def more():
        with contextlib.suppress(TimeoutError):
            while True:
                found.append(bound.recv(65536))
                if condition(found):
                    return True
        return condition(found)

    wait_for(more, what)
    return found


def journal_entry(datagram):
    """The fields of a record in the journal's native protocol."""
    fields, rest = {}, datagram
    while rest:
        line, _, rest = rest.partition(b"\n")
        name, equals, value = line.partition(b"=")
        if not equals:
            (size,) = struct.unpack("<Q", rest[:8])
            value, rest = rest[8:8 + size], rest[8 + size + 1:]
        fields[name.decode()] = value
    return fields


SYSLOG = re.compile(rb"<(\d{1,3})>1 (\S+) (\S+) (\S+) - (\S+) \[pool@32473( [a-z]+=\"(?:[^\"\\\]]|\\.)*\")+\] (.*)", re.DOTALL)


def test_lines_and_events_reach_the_journal_and_syslog(tmp_path):
    journal, local, network = receiver(tmp_path / "journal"), receiver(tmp_path / "log"), receiver()
    ship = f'["journald:{tmp_path}/journal", "syslog:{tmp_path}/log", "syslog:127.0.0.1:{network.getsockname()[1]}"]'
    with journal, local, network, configured(f"[logs]\nship = {ship}\n", workers=1) as pool:
        def has(text):
            return lambda found: any(text in datagram for datagram in found)

        assert all(pool.get("/?shipping")[0] == 200 for _ in range(20))
        assert pool.ctl("drain", "1", "--why", "a reason").returncode == 0
        entries = [journal_entry(datagram) for datagram in received(journal, has(b"drain"), "the drain in the journal")]
        lines = [entry for entry in entries if entry.get("POOL_WORKER") == b"example_1" and entry["POOL_STREAM"] in (b"stdout", b"stderr")]
        assert lines and all(entry["SYSLOG_IDENTIFIER"] == b"example" and entry["PRIORITY"] in b"234567" for entry in lines)
        numbers = [int(entry["POOL_SEQUENCE"]) for entry in lines]
        assert numbers == sorted(set(numbers))
        assert any(entry["SYSLOG_IDENTIFIER"] == b"poold" and b"started" in entry["MESSAGE"] for entry in entries)
        for bound in (local, network):
            messages = received(bound, has(b"drain"), "the drain in syslog")
            assert all(SYSLOG.fullmatch(message) for message in messages), [m for m in messages if not SYSLOG.fullmatch(m)][:3]

        def counted():
            sent = scrape(pool.ctl("metrics").stdout)["pool_log_shipped"].samples
            return sorted(sample.labels["to"] for sample in sent if sample.value > 10)

        wait_for(lambda: len(counted()) == 3, "more than ten lines counted for each receiver")
        # Contents and receivers change with a reload; where each was, it goes on.
        pool.configuration.write_text(f'[logs]\nship = ["syslog:{tmp_path}/log"]\ncontents = ["daemon"]\n')
        assert pool.ctl("reload").returncode == 0
        received(local, has(b"was applied"), "the reload in syslog")
        assert pool.ctl("resume", "1").returncode == 0 and all(pool.get("/?shipping")[0] == 200 for _ in range(20))
        assert pool.ctl("drain", "1").returncode == 0
        messages = received(local, lambda found: sum(b"operation" in one for one in found) >= 2, "what came after it")
        assert all(b" poold - event " in message for message in messages), messages


def test_a_new_manager_goes_on_where_the_old_one_was(tmp_path):
    local = receiver(tmp_path / "log")
    with local, configured(f'[logs]\nship = ["syslog:{tmp_path}/log"]\n', workers=1) as pool:
        assert all(pool.get("/?shipping")[0] == 200 for _ in range(20))
        received(local, lambda found: len(found) > 20, "lines")
        os.kill(pool.role("manager"), signal.SIGKILL)
        assert all(pool.get("/?shipping")[0] == 200 for _ in range(20))
        found = received(local, lambda found: any(b"taken over" in message for message in found), "the takeover")
        assert not any(b"cannot be sent" in message for message in found)


def test_a_receiver_that_is_away_is_waited_for(tmp_path):
    with configured(f'[logs]\nship = ["syslog:{tmp_path}/log"]\ncontents = ["daemon"]\n', workers=1) as pool:
        wait_for(lambda: "cannot be sent to syslog" in pool.ctl("events").stdout, "the event")
        with receiver(tmp_path / "log") as local:
            found = received(local, lambda found: any(b"are sent to" in message for message in found), "the rest")
            assert any(b"started" in message for message in found)
        assert pool.get("/")[0] == 200


def test_figures_reach_statsd():
    with receiver() as statsd:
        port = statsd.getsockname()[1]
        text = f'[statsd]\naddress = "127.0.0.1:{port}"\nprefix = "web"\ninterval = "1s"\n'
        with configured(text, workers=2) as pool:
            for _ in range(10):
                assert pool.get("/")[0] == 200
            found = received(statsd, lambda found: sum(counts(found)) >= 10, "the requests")
            assert all(len(datagram) <= 1432 for datagram in found)
            lines = b"\n".join(found).decode().splitlines()
            assert all(re.fullmatch(r"web\.example(\.example_[12])?\.[a-z0-9_]+:[0-9.e+-]+\|[cg]", line) for line in lines), lines
            assert any(line.startswith("web.example.example_1.rss_bytes:") for line in lines)


def counts(datagrams):
    return [int(number) for number in re.findall(r"web\.example\.requests:(\d+)\|c", b"\n".join(datagrams).decode())]
