"""The control socket against independent readers: OpenAPI, Prometheus, credentials, and readers who stop reading."""
import contextlib
import grp
import json
import math
import os
import pathlib
import pwd
import re
import signal
import socket
import subprocess
import sys
import time

import pytest

from bridge import Bridge
from control import configured, follow, read_until, scrape
from daemon import BIN, Daemon, UnixConnection, free_port, wait_for


def rss_of(pid):
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def document_for_tools(pool, tmp_path):
    """The daemon's own document, without what a tool that reads answers to their end cannot ask: endless streams."""
    status, document = pool.api("GET", "/v1/openapi.json")
    assert status == 200
    for operations in document["paths"].values():
        for operation in operations.values():
            if "parameters" in operation:
                operation["parameters"] = [p for p in operation["parameters"] if p["name"] not in ("follow", "wait")]
            for answer in operation["responses"].values():
                for streamed in ("text/event-stream", "application/x-ndjson"):
                    answer.get("content", {}).pop(streamed, None)
    # Thousands of workers are not what this test is about.
    document["components"]["schemas"]["ActionRequest"]["properties"]["count"] = {"type": "integer", "minimum": 1, "maximum": 3}
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(document))
    return path


def test_every_answer_is_a_documented_one(fresh, tmp_path):
    path = document_for_tools(fresh, tmp_path)
    with Bridge(fresh.runtime / "control.sock") as bridge:
        def run(*words):
            result = subprocess.run(
                [pathlib.Path(sys.executable).parent / "schemathesis", "run", path, "--url", f"http://127.0.0.1:{bridge.port}",
                 "--phases", "examples,coverage,fuzzing", "--max-examples", "8", "--seed", "1", "--checks", "all",
                 "--continue-on-failure", "--request-timeout", "20", "--no-color", "--warnings", "off", *words],
                capture_output=True, text=True, cwd=tmp_path, timeout=500)
            assert result.returncode == 0, result.stdout[-8000:] + result.stderr[-2000:]

        # What would end the daemon, or replace its processes again and again, is left out.
        left_out = ["shutdown", "replaceProxy", "upgrade"]
        # What is a selector, which fields a verb takes and which go together is more than a schema says: a valid one
        # may be refused.
        worded = ["act", "deploy", "gate", "weigh", "reload", "workers", "events", "logs", "stats"]
        # And a key that came before with another request is refused, which no schema says either.
        worded += ["cancelOperation", "pauseOperation", "resumeOperation", "reloadCertificates"]
        run(*(word for name in left_out + worded for word in ("--exclude-operation-id", name)))
        run(*(word for name in worded for word in ("--include-operation-id", name)),
            "--exclude-checks", "positive_data_acceptance")
    assert fresh.api("GET", "/v1/version")[0] == 200


def check_conventions(text):
    """What promtool check metrics looks at: help, types, base units, suffixes, buckets that add up."""
    families = scrape(text)
    for family in families.values():
        assert family.documentation, family.name
        assert family.type in ("counter", "gauge", "histogram"), family.name
        assert re.fullmatch(r"pool_[a-z0-9_]+", family.name), family.name
        assert not re.search(r"_(milliseconds|microseconds|ms|kilobytes|percent)(_|$)", family.name), family.name
        assert family.samples, family.name
        for sample in family.samples:
            assert sample.name.endswith("_total") == (family.type == "counter"), sample.name
            assert math.isfinite(sample.value) and (family.type == "gauge" or sample.value >= 0), sample
        keys = [(sample.name, tuple(sorted(sample.labels.items()))) for sample in family.samples]
        assert len(keys) == len(set(keys)), f"{family.name} says something twice"
        if family.type == "histogram":
            by_worker = {}
            for sample in family.samples:
                by_worker.setdefault((sample.labels["pool"], sample.labels["worker"]), []).append(sample)
            for samples in by_worker.values():
                buckets = [s.value for s in samples if s.name.endswith("_bucket")]
                count = [s.value for s in samples if s.name.endswith("_count")]
                assert buckets == sorted(buckets) and buckets[-1] == count[0]
                assert [s.labels["le"] for s in samples if s.name.endswith("_bucket")][-1] == "+Inf"
    return families


def test_metrics_are_what_prometheus_reads(shared):
    for _ in range(8):
        assert shared.get("/")[0] == 200
    wait_for(lambda: shared.pool()["stats"]["requests"] >= 8, "the counted requests")
    families = check_conventions(shared.ctl("metrics").stdout)
    requests = sum(sample.value for sample in families["pool_worker_requests"].samples)
    assert requests >= 8
    assert {sample.labels["worker"] for sample in families["pool_worker_routable"].samples} == set(shared.workers())
    histogram = families["pool_worker_request_duration_seconds"]
    assert sum(s.value for s in histogram.samples if s.name.endswith("_count")) >= 8
    states = {(s.labels["worker"], s.labels["state"]): s.value for s in families["pool_worker_state"].samples}
    assert all(sum(value for (name, _), value in states.items() if name == worker) == 1 for worker in shared.workers())


def test_metrics_over_tcp_show_nothing_else():
    port = free_port()
    with configured(f'[metrics]\nlisten = ["127.0.0.1:{port}"]\n', workers=1):
        def ask(request):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
                client.sendall(request.encode() + b"\r\nHost: x\r\nConnection: close\r\n\r\n")
                return b"".join(iter(lambda: client.recv(65536), b"")).decode()

        head, _, body = ask("GET /metrics HTTP/1.1").partition("\r\n\r\n")
        assert head.startswith("HTTP/1.1 200 ") and "text/plain; version=0.0.4" in head
        check_conventions(body)
        for request, status in (("GET /v1/state", 404), ("POST /v1/shutdown", 404), ("POST /metrics", 405), ("GET /", 404)):
            assert ask(f"{request} HTTP/1.1").startswith(f"HTTP/1.1 {status} "), request


def as_user(uid, gid, *words):
    """Runs poolctl as somebody else, with no further groups."""
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=30,
                          user=uid, group=gid, extra_groups=[], env={"PATH": "/usr/bin:/bin"}, cwd="/")


@pytest.fixture
def readable_poolctl(tmp_path):
    """A copy that other users can reach; they go on from there to the socket."""
    import shutil, tempfile
    directory = pathlib.Path(tempfile.mkdtemp(prefix="poolctl-"))
    directory.chmod(0o755)
    shutil.copy2(BIN / "poolctl", directory / "poolctl")
    yield directory / "poolctl"
    shutil.rmtree(directory)


def test_users_may_what_the_configuration_says(readable_poolctl):
    """Root starts it, as a system's daemon; three strangers and one nobody knows come by."""
    assert os.geteuid() == 0, "this test changes its user: run it as root"
    rules = '[access]\nview = ["user:41001"]\noperate = ["group:41002"]\nadmin = ["user:41003"]\n'
    with configured(rules, workers=2) as pool:
        def ctl(uid, gid, *words):
            return as_user(uid, gid, readable_poolctl, *words, "--runtime-dir", pool.runtime)

        # view looks, and no more
        assert ctl(41001, 41001, "status").returncode == 0
        refused = ctl(41001, 41001, "drain", "1")
        assert refused.returncode == 4 and "may not operate" in refused.stderr, refused.stderr
        # operate acts on workers, not on profiles
        assert ctl(41009, 41002, "drain", "1", "--why", "a test").returncode == 0
        assert ctl(41009, 41002, "reload").returncode == 4
        # admin does
        assert ctl(41003, 41003, "reload").returncode == 0
        # nobody else sees anything
        stranger = ctl(41004, 41004, "status")
        assert stranger.returncode == 4 and "view" in stranger.stderr, stranger.stderr
        version = json.loads(ctl(41001, 41001, "version", "--json").stdout)
        assert version["daemon"]["access"] == "view"

        lines = [json.loads(line) for line in (pool.state / "audit.ndjson").read_text().splitlines()]
        drains = [line for line in lines if line["target"].endswith("/actions")]
        assert [(line["userID"], line["status"]) for line in drains] == [(41001, 403), (41009, 202)]
        assert drains[1]["why"] == "a test" and drains[1]["pid"] > 0 and "problem" in drains[0]
        assert oct((pool.state / "audit.ndjson").stat().st_mode & 0o777) == "0o640"


def test_a_broken_configuration_stops_nothing():
    with configured("[access]\nview = 5\n", workers=1) as pool:
        assert pool.get("/")[0] == 200
        events = pool.ctl("events", "--severity", "error").stdout
        assert "poold.toml:2:8: expected an array of strings" in events


def test_a_control_socket_that_was_removed_comes_back(fresh):
    """By whatever hand: it is made again, with the same rights, and what was connected goes on."""
    path = fresh.runtime / "control.sock"
    mode = path.stat().st_mode
    with contextlib.closing(follow(fresh, "/v1/state?follow=true&interval=1")) as stream:
        read_until(stream, b"event: snapshot")
        path.unlink()
        wait_for(lambda: path.exists() and fresh.ctl("version").returncode == 0, "the new socket")
        read_until(stream, b"event: change")
    assert path.stat().st_mode == mode
    assert "was taken away; it was made again" in fresh.ctl("events", "--severity", "warning").stdout
    # A manager that takes over listens at the new one.
    manager = fresh.role("manager")
    os.kill(manager, signal.SIGKILL)
    wait_for(lambda: fresh.role("manager") not in (None, manager) and fresh.ctl("version").returncode == 0, "a new manager")
    # Where it cannot be made again that is told, once, and nobody's request is the worse for it.
    path.unlink()
    path.mkdir()
    wait_for(lambda: "cannot be made again" in fresh.log.read_text(), "the event")
    assert [fresh.get("/")[0] for _ in range(20)] == [200] * 20
    path.rmdir()
    wait_for(lambda: path.exists() and fresh.ctl("version").returncode == 0, "the socket after the obstacle")
    assert fresh.log.read_text().count("cannot be made again") == 1


GREEDY = """
import socket, sys, time
path, idle, slow = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
def connect(first):
    try:
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(5)
        client.connect(path)
        client.sendall(first)
        return client
    except OSError:
        return None
held = [connect(b"") for _ in range(idle)]
begun = [connect(b"GET /v1/version HTTP/1.1\\r\\nHost: x\\r\\nX-Slow: ") for _ in range(slow)]
print("held", flush=True)
end = time.monotonic() + 60
while begun and time.monotonic() < end:
    time.sleep(0.5)
    for client in list(begun):
        try:
            client.sendall(b"a")
        except (OSError, AttributeError):
            begun.remove(client)
print("cut" if not begun else f"{len(begun)} go on", flush=True)
sys.stdin.read()
"""


def test_no_user_can_shut_the_others_out():
    """Somebody who may only look opens all the connections that there are: some silent, some a byte at a time."""
    with configured('[access]\nview = ["user:65534"]\n', workers=1) as pool:
        path = pool.runtime / "control.sock"
        greedy = subprocess.Popen(["/usr/bin/python3", "-c", GREEDY, path, "1000", "100"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  text=True, user=65534, group=65534, extra_groups=[], cwd="/")
        try:
            assert greedy.stdout.readline() == "held\n"
            # Its own share is used up, nobody else's is.
            for _ in range(20):
                assert pool.ctl("status").returncode == 0
            manager = pool.role("manager")
            wait_for(lambda: len(os.listdir(f"/proc/{manager}/fd")) < 400, "connections beyond its share to be closed")
            # A request that is not whole in 15 s is given up, however busy it looks.
            assert greedy.stdout.readline() == "cut\n"
        finally:
            greedy.stdin.close()
            greedy.wait(10)
        wait_for(lambda: len(os.listdir(f"/proc/{manager}/fd")) < 100, "its connections to be gone")


def test_a_request_behind_another_has_its_time_too(fresh):
    """Its head comes together with a request that is answered; then its body comes a byte at a time, for ever."""
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(fresh.runtime / "control.sock"))
        client.sendall(b"GET /v1/version HTTP/1.1\r\nHost: x\r\n\r\n"
                       b"POST /v1/pools/example/actions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n")
        client.settimeout(10)
        assert client.recv(65536).startswith(b"HTTP/1.1 200")
        client.settimeout(0.5)
        end = time.monotonic() + 40
        while time.monotonic() < end:
            try:
                client.sendall(b" ")
                received = client.recv(65536)
                # The request is not whole, so it has no answer.
                assert received.count(b"HTTP/1.1") == 0
                if not received:
                    return
            except TimeoutError:
                continue
            except OSError:
                return
    raise AssertionError("the connection goes on")


def test_a_key_makes_every_mutation_one(fresh):
    """Weights, gates and reloads as well as actions: sent again they answer the same, and do nothing."""
    def twice(path, body, key, method="POST"):
        first = fresh.api(method, path, body, {"Idempotency-Key": key})
        again = fresh.api(method, path, body, {"Idempotency-Key": key})
        assert first == again and first[0] < 300, (first, again)
        return first[1]

    def events():
        return [event["message"] for event in fresh.json("events", "--tail", "500")]

    twice("/v1/pools/example/weights", {"weight": 3, "workers": ["1"]}, "w")
    assert fresh.workers()["example_1"]["status"]["weight"] == 3
    gate = twice("/v1/pools/example/gate", {"state": "hold", "seconds": 60}, "g")["gate"]
    assert fresh.pool()["gate"] == gate, "the second request would have begun the hold anew"
    assert fresh.api("POST", "/v1/pools/example/gate", {"state": "open"})[0] == 200
    # The answer of then, though the front is open by now; and it stays open.
    assert fresh.api("POST", "/v1/pools/example/gate", {"state": "hold", "seconds": 60}, {"Idempotency-Key": "g"})[1]["gate"] == gate
    assert "gate" not in fresh.pool()
    fresh.write_profile(fresh.profile.read_text().replace("/health", "/health?x"))
    reloaded = twice("/v1/reload", {}, "r")
    assert reloaded["pools"][0]["outcome"] == "applied"
    status, problem = fresh.api("POST", "/v1/reload", {"dryRun": True}, {"Idempotency-Key": "r"})
    assert status == 422 and problem["code"] == "key-reused"
    assert fresh.api("POST", "/v1/pools/example/actions", {"verb": "drain"}, {"Idempotency-Key": "r"})[0] == 422
    # What was refused was not done: the key is free.
    assert fresh.api("POST", "/v1/pools/other/weights", {"weight": 1}, {"Idempotency-Key": "n"})[0] == 404
    twice("/v1/pools/example/weights", {"weight": 1}, "n")


def test_if_match_guards_or_is_refused(fresh):
    generation = fresh.pool()["generation"]
    old, now = {"If-Match": f'"g{generation + 7}"'}, {"If-Match": f'"g{generation}"'}
    for path, body in (("/v1/pools/example/weights", {"weight": 2}), ("/v1/pools/example/gate", {"state": "open"}),
                       ("/v1/reload", {}), ("/v1/reload", {"pool": "example"}), ("/v1/pools/example/actions", {"verb": "resume"})):
        status, problem = fresh.api("POST", path, body, old)
        assert status == 412 and problem["code"] == "precondition-failed", (path, problem)
        assert fresh.api("POST", path, body, now)[0] in (200, 202), path
    status, problem = fresh.api("POST", "/v1/proxy/certificates/reload", {}, now)
    assert status == 400 and problem["object"] == "header If-Match", problem


def test_the_audit_log_says_what_was_done_with_whom(fresh):
    def last():
        return json.loads((fresh.state / "audit.ndjson").read_text().splitlines()[-1])

    operation = fresh.api("POST", "/v1/pools/example/actions", {"verb": "drain", "workers": ["1", "2"], "why": "disk"})[1]["id"]
    line = last()
    assert (line["verb"], line["workers"], line["operations"], line["why"]) == ("drain", ["1", "2"], [operation], "disk")
    operation = fresh.api("POST", "/v1/pools/example/actions", {"verb": "resume"})[1]["id"]
    assert (last()["workers"], last()["operations"]) == (["all"], [operation])
    fresh.api("POST", "/v1/pools/example/weights", {"weight": 2, "workers": ["3"]})
    assert (last()["verb"], last()["workers"], last()["weight"]) == ("weigh", ["3"], 2)
    fresh.api("POST", "/v1/pools/example/gate", {"state": "open"})
    assert (last()["verb"], last()["state"]) == ("gate", "open") and "workers" not in last()
    fresh.api("POST", "/v1/pools/example/actions", {"verb": "drain", "workers": ["9"]})
    assert last()["workers"] == ["9"] and last()["status"] == 404 and "operations" not in last()
    fresh.write_profile(fresh.profile.read_text().replace("/health", "/health?x"))
    reloaded = fresh.api("POST", "/v1/reload", {"why": "path"})[1]
    assert (last()["verb"], last()["operations"]) == ("reload", [reloaded["pools"][0]["operation"]])


def test_a_misspelled_field_acts_on_nobody(fresh):
    pids = fresh.pids()
    for body, field, hint in (
        ({"verb": "restart", "worker": ["example_1"]}, "worker", "did you mean workers or order?"),
        ({"verb": "restart", "workers": []}, "workers", "leave workers out to mean every worker of the pool"),
        ({"verb": "stop", "Workers": ["1"]}, "Workers", "did you mean workers?"),
    ):
        status, problem = fresh.api("POST", "/v1/pools/example/actions", body)
        assert status == 400 and problem["code"] == "invalid-argument", problem
        assert problem["object"] == f"field {field}" and problem["remedy"] == hint, problem
    assert fresh.pids() == pids and fresh.json("ops", "list")["operations"] == []
    status, operation = fresh.api("POST", "/v1/pools/example/actions", {"verb": "restart", "workers": ["example_1"]})
    assert status == 202 and [step["worker"] for step in operation["steps"]] == ["example_1"]


def test_a_changed_pool_is_not_acted_on(fresh):
    """ETag and If-Match, generations and lives, against a live daemon."""
    def act(body, headers=None):
        return fresh.api("POST", "/v1/pools/example/actions", body, headers)

    connection = UnixConnection(fresh.runtime / "control.sock")
    with contextlib.closing(connection):
        connection.request("GET", "/v1/pools/example")
        answer = connection.getresponse()
        tag, pool = answer.getheader("ETag"), json.loads(answer.read())
    life = pool["workers"][0]["status"]["life"]
    assert act({"verb": "drain", "workers": ["1"]}, {"If-Match": tag})[0] == 202
    assert act({"verb": "resume", "workers": ["1"]}, {"If-Match": '"g999"'})[0] == 412
    assert act({"verb": "resume", "workers": ["1"], "expectedGeneration": pool["generation"]})[0] == 202
    assert act({"verb": "drain", "expectedGeneration": pool["generation"] + 1})[0] == 409
    guard = [{"worker": "example_1", "life": life}]
    assert fresh.ctl("restart", "1").returncode == 0
    status, problem = act({"verb": "signal", "signal": "USR1", "workers": ["1"], "expected": guard})
    assert status == 409 and "replaced meanwhile" in problem["detail"]
    fresh.write_profile(fresh.aiohttp_profile(workers=4, worker='drain_timeout = "7s"'))
    assert fresh.ctl("reload").returncode == 0
    assert act({"verb": "drain"}, {"If-Match": tag})[0] == 412
    key = {"Idempotency-Key": "once"}
    first, again = (act({"verb": "maintenance", "workers": ["2"]}, key)[1]["id"] for _ in range(2))
    assert first == again
    assert act({"verb": "drain", "workers": ["2"]}, key)[0] == 422


def test_streams_are_numbered_and_resumed(shared):
    for name in ("state", "stats", "operations", "events", "logs"):
        if name == "operations":
            assert shared.ctl("drain", "1").returncode == 0 and shared.ctl("resume", "1").returncode == 0
        with follow(shared, f"/v1/{name}?follow=true") as stream:
            text = read_until(stream, b"\n\n").decode()
        assert re.search(r"\nid: [1-9][0-9]*\nevent: (snapshot|change)\n", text), (name, text[:600])
        # A number that was never given is no reason to wait for ever.
        with follow(shared, f"/v1/{name}?follow=true", ["Last-Event-ID: 9007199254740991"]) as stream:
            text = read_until(stream, b"data: ").decode()
            expected = "snapshot" if name in ("state", "stats", "operations") else "gap"
            assert f"event: {expected}\n" in text, (name, text)


def test_readers_who_stop_reading_cost_nothing():
    """200 readers, 50 of them stuck, while the workers log as fast as they can."""
    with Daemon(workers=2) as pool:
        manager = pool.role("manager")
        time_alone = [timed(pool) for _ in range(50)]
        before = rss_of(manager)
        targets = ["/v1/logs?follow=true&tail=10000", "/v1/state?follow=true&interval=1", "/v1/events?follow=true&tail=4096",
                   "/v1/stats?follow=true&interval=1"]
        with contextlib.ExitStack() as stack:
            readers = [stack.enter_context(follow(pool, targets[index % 4])) for index in range(200)]
            stuck, reading = readers[:50], readers[50:]
            for stream in stuck:
                stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            for stream in reading:
                stream.setblocking(False)
            received = 0
            deadline = time.monotonic() + 8
            slowest = []
            while time.monotonic() < deadline:
                for _ in range(20):
                    pool.get("/?flooding")
                slowest.append(timed(pool))
                for stream in reading:
                    with contextlib.suppress(BlockingIOError):
                        received += len(stream.recv(1 << 20))
            assert received > 100_000
            grown = rss_of(manager) - before
            # Each stuck reader holds one lot and a socket's buffer.
            assert grown < 60 << 20, f"{grown >> 20} MiB more"
            middle = sorted(slowest)[len(slowest) // 2]
            assert middle < 50 * max(0.002, sorted(time_alone)[25]), f"{middle * 1000:.1f} ms"
            assert pool.get("/")[0] == 200
            assert pool.role("manager") == manager
        # They are gone, and so is what they held: others are let in as before.
        wait_for(lambda: pool.api("GET", "/v1/version")[0] == 200, "an answer afterwards")


def timed(pool):
    start = time.monotonic()
    assert pool.api("GET", "/v1/version")[0] == 200
    return time.monotonic() - start
