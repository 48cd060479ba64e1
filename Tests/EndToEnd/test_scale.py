"""How many workers: by hand with an order, by load, and by load that only says what it would do."""
import json
import threading

from daemon import Daemon, wait_for

LOAD = """[balance]
in_flight_max = 1

[scale]
auto = "{auto}"
min = 1
max = 2
grow_after = "1s"
shrink_after = "1s"
cooldown = "2s"
"""


class Clients:
    """So many requests at once, again and again, until the end of the `with`."""

    def __init__(self, pool, count):
        self.over, self.statuses = threading.Event(), []
        self.threads = [threading.Thread(target=self.run, args=(pool,)) for _ in range(count)]

    def run(self, pool):
        while not self.over.is_set():
            self.statuses.append(pool.get("/slow?ms=300")[0])

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()


def said(pool, words):
    events = map(json.loads, pool.ctl("events", "--json").stdout.splitlines())
    return [event for event in events if words in event["message"]]


def test_a_dry_run_says_what_it_would_do_and_does_not():
    with Daemon(workers=1, extra=LOAD.format(auto="dry-run")) as pool:
        with Clients(pool, 4) as clients:
            event = wait_for(lambda: said(pool, "would scale example from 1 to 2 workers"), "the event")[0]
        assert event["actor"] == "autoscale" and "(dry run)" in event["message"]
        assert list(pool.pids()) == ["example_1"]
        assert not pool.json("ops")["operations"]
        assert set(clients.statuses) == {200}


def test_a_pool_grows_with_its_load_and_shrinks_without():
    with Daemon(workers=1, extra=LOAD.format(auto="on")) as pool:
        with Clients(pool, 4) as clients:
            wait_for(lambda: len(pool.pids()) == 2, "a second worker")
            wait_for(lambda: pool.ctl("wait", "--for", "healthy", "--timeout", "20").returncode == 0, "health")
        wait_for(lambda: list(pool.pids()) == ["example_1"], "one worker again", 60)
        assert set(clients.statuses) == {200}, "growing and shrinking lose nothing"
        operations = pool.json("ops")["operations"]
        assert {operation["verb"] for operation in operations} == {"scale"}
        assert all(operation["actor"] == "autoscale" and operation["why"] for operation in operations)


def test_who_goes_first_is_what_was_asked_for():
    with Daemon(workers=3) as pool:
        assert pool.ctl("restart", "1").returncode == 0
        result = pool.ctl("scale", "2", "--first", "newest")
        assert result.returncode == 0, result.stderr
        assert sorted(pool.pids()) == ["example_2", "example_3"]
        assert pool.ctl("scale", "1").returncode == 0
        assert list(pool.pids()) == ["example_2"], "the highest number, where nobody says otherwise"
        refused = pool.ctl("scale", "1", "--first", "fattest")
        assert refused.returncode == 2 and "most-memory" in refused.stderr


def test_the_last_hour_is_remembered(fresh):
    for _ in range(20):
        assert fresh.get("/")[0] == 200

    def points():
        series = fresh.json("stats", "--history")["series"]
        assert [(entry["pool"], entry.get("worker")) for entry in series] == [("example", None)]
        return series[0]["points"]

    wait_for(lambda: sum(point["requests"] for point in points()) >= 1 or len(points()) > 1, "ten seconds", 40)
    assert all(point["rssBytes"] > 0 for point in points())
    worker = fresh.json("stats", "--history", "--last", "10m", "1")["series"]
    assert [entry["worker"] for entry in worker] == ["example_1"]
    table = fresh.ctl("stats", "--history").stdout
    assert "example (pool)" in table and "REQ/S" in table
    assert "host" in fresh.json("stats")
