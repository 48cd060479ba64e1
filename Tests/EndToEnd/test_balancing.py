"""How requests are spread over workers, through the real daemon: exact where the algorithm promises it."""
import collections
import concurrent.futures
import http.client
import json
import time

from daemon import Daemon, wait_for


class Session:
    """One keep-alive connection; says which worker answered."""

    def __init__(self, pool):
        self.connection = http.client.HTTPConnection("127.0.0.1", pool.port, timeout=30)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def ask(self, path="/", headers=None):
        self.connection.request("GET", path, headers=headers or {})
        answer = self.connection.getresponse()
        body = answer.read()
        assert answer.status == 200, (answer.status, answer.getheaders(), body)
        self.cookie = answer.getheader("Set-Cookie")
        return json.loads(body)["worker"] if path == "/" else None


def hold(pool, milliseconds):
    """One request that keeps a worker busy."""
    with Session(pool) as session:
        session.ask(f"/slow?ms={milliseconds}")


def in_flight(pool):
    return {name: worker["traffic"]["inFlight"] for name, worker in pool.workers().items() if worker["traffic"]["inFlight"]}


SELDOM = 'path = "/health"\ninterval = "5m"'


def balanced(text, workers=4, **options):
    return Daemon(workers=workers, extra=f"[balance]\n{text}", **options)


def test_round_robin_visits_the_workers_in_turn(shared):
    with Session(shared) as session:
        turns = [session.ask() for _ in range(40)]
    assert turns == turns[:4] * 10
    assert len(set(turns[:4])) == 4


def test_the_profile_gives_weights():
    """Shares are exact; a changed one is live, and what is set by hand holds until then."""
    with balanced("weights = { 1 = 3, 4 = 0 }", workers=4) as pool:
        def shares(count):
            with Session(pool) as session:
                return collections.Counter(session.ask() for _ in range(count))

        assert shares(50) == {"example_1": 30, "example_2": 10, "example_3": 10}
        assert pool.ctl("weight", "2", "2").returncode == 0
        wait_for(lambda: shares(60) == {"example_1": 30, "example_2": 20, "example_3": 10}, "the weight that was set by hand")
        lives = {name: worker["status"]["life"] for name, worker in pool.workers().items()}
        pool.write_profile(pool.profile.read_text().replace("{ 1 = 3, 4 = 0 }", "{ 4 = 2 }"))
        result = pool.ctl("reload", "--wait")
        assert result.returncode == 0, result.stderr
        wait_for(lambda: shares(60) == {"example_1": 10, "example_2": 20, "example_3": 10, "example_4": 20}, "the profile's new weights")
        assert {name: worker["status"]["life"] for name, worker in pool.workers().items()} == lives


def test_round_robin_is_exact_over_many_connections_and_loops(shared):
    def one(_):
        with Session(shared) as session:
            return [session.ask() for _ in range(25)]

    with concurrent.futures.ThreadPoolExecutor(16) as threads:
        counts = collections.Counter(worker for turns in threads.map(one, range(16)) for worker in turns)
    assert sorted(counts.values()) == [100, 100, 100, 100], counts


def test_a_drained_worker_leaves_the_order_and_comes_back(fresh):
    assert fresh.ctl("drain", "2", "--wait").returncode == 0
    with Session(fresh) as session:
        counts = collections.Counter(session.ask() for _ in range(30))
        assert sorted(counts.values()) == [10, 10, 10] and "example_2" not in counts
        assert fresh.ctl("resume", "2", "--wait").returncode == 0
        wait_for(lambda: fresh.workers()["example_2"]["status"]["health"] == "healthy", "its health")
        wait_for(lambda: session.ask() == "example_2", "its turn")
        counts = collections.Counter(session.ask() for _ in range(40))
    assert sorted(counts.values()) == [10, 10, 10, 10]


def test_least_in_flight_avoids_the_busy():
    # A probe is a request in flight too: with one under way, the idle worker is as busy as the others.
    with balanced('algorithm = "least-in-flight"', health=SELDOM) as pool, concurrent.futures.ThreadPoolExecutor(3) as threads:
        held = [threads.submit(hold, pool, 4000) for _ in range(3)]
        wait_for(lambda: sum(in_flight(pool).values()) == 3, "three held requests")
        busy = set(in_flight(pool))
        assert len(busy) == 3, "each at another worker"
        with Session(pool) as session:
            counts = collections.Counter(session.ask() for _ in range(20))
        assert all(not future.done() for future in held), "they were held all the while"
        assert set(counts) == {"example_1", "example_2", "example_3", "example_4"} - busy, counts


def test_two_choices_avoid_the_busy():
    with balanced('algorithm = "two-choices"', health=SELDOM) as pool, concurrent.futures.ThreadPoolExecutor(8) as threads:
        held = [threads.submit(hold, pool, 4000) for _ in range(8)]
        wait_for(lambda: sum(in_flight(pool).values()) == 8, "eight held requests")
        counts = in_flight(pool)
        assert all(not future.done() for future in held)
        # Of two taken at random the less loaded one: nobody has all, nobody is left far behind.
        assert max(counts.values()) <= 5 and len(counts) >= 3, counts


def test_consistent_hash_keeps_a_key_at_its_worker():
    with balanced('algorithm = "consistent-hash"\nkey = "header:X-User"') as pool:
        with Session(pool) as session:
            homes = {user: session.ask(headers={"X-User": user}) for user in (f"user{n}" for n in range(200))}
            assert all(session.ask(headers={"X-User": user}) == home for user, home in homes.items())
            counts = collections.Counter(homes.values())
            assert len(counts) == 4 and min(counts.values()) >= 20, counts
            assert pool.ctl("drain", "3", "--wait").returncode == 0
            moved = {user: session.ask(headers={"X-User": user}) for user in homes}
        assert "example_3" not in moved.values()
        assert all(moved[user] == home for user, home in homes.items() if home != "example_3"), "only its own keys move"
        assert len({moved[user] for user, home in homes.items() if home == "example_3"}) > 1, "and not all to one"


def test_a_sticky_cookie_keeps_a_client_and_fails_over():
    with balanced('algorithm = "sticky-cookie"\nkey = "stay"') as pool:
        with Session(pool) as session:
            home = session.ask()
            assert session.cookie.startswith("stay=") and "HttpOnly" in session.cookie
            cookie = {"Cookie": session.cookie.split(";")[0]}
            assert {session.ask(headers=cookie) for _ in range(20)} == {home}
            assert session.cookie is None, "who has the cookie is not given another"
            # Without it: the next in turn, each with a cookie of its own.
            assert len({session.ask() for _ in range(4)}) == 4
            assert pool.ctl("stop", home, "--wait").returncode == 0
            other = session.ask(headers=cookie)
            assert other != home and session.cookie is not None, "another worker, and its cookie"
            moved = {"Cookie": session.cookie.split(";")[0]}
            assert {session.ask(headers=moved) for _ in range(10)} == {other}


def test_a_worker_that_comes_back_starts_slowly():
    with balanced('slow_start = "10s"', workers=2) as pool:
        started = time.monotonic()
        # Both are new; the other one is to be warm.
        wait_for(lambda: time.monotonic() - started > 10, "the end of the other's slow start")
        assert pool.ctl("restart", "1", "--wait").returncode == 0
        with Session(pool) as session:
            begun = time.monotonic()
            counts = collections.Counter(session.ask() for _ in range(100))
            elapsed = time.monotonic() - begun
        # A tenth of its turns at the start, growing to all of them over the time.
        share = 0.1 + 0.9 * min(1, (elapsed + 3) / 10)
        assert 0 < counts["example_1"] <= 1 + 100 * share / (1 + share), (counts, elapsed)
        assert counts["example_1"] + counts["example_2"] == 100


def test_the_limit_of_requests_in_flight_holds_and_the_rest_waits():
    with balanced("in_flight_max = 1", workers=2) as pool, concurrent.futures.ThreadPoolExecutor(8) as threads:
        begun = time.monotonic()
        list(threads.map(lambda _: hold(pool, 200), range(8)))
        elapsed = time.monotonic() - begun
        # Four rounds of two, each of 200 ms: in less, a worker had two at once.
        assert elapsed >= 0.8, elapsed
        wait_for(lambda: sum(w["traffic"]["requests"] for w in pool.workers().values()) == 8, "the count of all eight")


def test_the_algorithm_changes_at_run_time_without_a_restart():
    with balanced('algorithm = "round-robin"') as pool:
        before = pool.pids()
        text = pool.profile.read_text()
        pool.write_profile(text.replace('algorithm = "round-robin"', 'algorithm = "consistent-hash"\nkey = "header:X-User"'))
        assert pool.ctl("reload", "--wait").returncode == 0
        with Session(pool) as session:
            wait_for(lambda: len({session.ask(headers={"X-User": "a"}) for _ in range(8)}) == 1, "the new algorithm")
        assert pool.pids() == before
