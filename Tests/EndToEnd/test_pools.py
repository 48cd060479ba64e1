"""Pools that come and go by a reload of a directory of profiles, while others serve."""
import os
import signal
import urllib.request

from daemon import Daemon, alive, free_port, wait_for


class Directory(Daemon):
    """poold with a directory of profiles: `example`, and what a test puts beside it."""

    def __init__(self):
        super().__init__(workers=2)
        self.profiles = self.directory / "profiles"
        self.profiles.mkdir()
        (self.profiles / "example.toml").write_text(self.profile.read_text())

    def launch(self, *profiles):
        return super().launch(self.profiles)

    def put(self, name, workers=1):
        """A profile like the first one's, on a port of its own."""
        port = free_port()
        text = (self.profiles / "example.toml").read_text()
        text = text.replace('"example"', f'"{name}"').replace("example_{n}", name + "_{n}").replace(str(self.port), str(port))
        (self.profiles / f"{name}.toml").write_text(text.replace("workers = 2", f"workers = {workers}"))
        return port


def get(port):
    return urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10).status


def refuses(port):
    try:
        return get(port) != 200
    except OSError:
        return True


def test_a_profile_that_comes_adds_a_pool_and_one_that_goes_stops_it():
    with Directory() as pool:
        before = pool.pids()
        port = pool.put("second")
        plan = pool.ctl("plan")
        assert plan.returncode == 0 and "second: added" in plan.stdout and "example: unchanged" in plan.stdout
        assert "second" not in pool.ctl("status").stdout
        result = pool.ctl("reload")
        assert result.returncode == 0, result.stdout + result.stderr
        assert pool.ctl("wait", "--for", "healthy", "--timeout", "40").returncode == 0
        assert get(port) == 200 and pool.get("/")[0] == 200
        # It is as the others: it survives the manager, and can be scaled.
        manager = pool.role("manager")
        os.kill(manager, signal.SIGKILL)
        wait_for(lambda: pool.role("manager") not in (None, manager) and pool.ctl("ops").returncode == 0, "another manager")
        assert pool.ctl("scale", "second=2").returncode == 0
        assert get(port) == 200
        (pool.profiles / "second.toml").unlink()
        assert "second: removed" in pool.ctl("plan").stdout
        result = pool.ctl("reload")
        assert result.returncode == 0 and "second: removed" in result.stdout, result.stdout + result.stderr
        wait_for(lambda: pool.api("GET", "/v1/pools/second")[0] == 404, "its leaving")
        wait_for(lambda: refuses(port), "its port to be closed")
        assert pool.pids() == before and pool.get("/")[0] == 200, "nothing else is touched"
        assert "second" not in pool.ctl("status").stdout
        # And again.
        port = pool.put("second")
        assert pool.ctl("reload").returncode == 0
        assert pool.ctl("wait", "--for", "healthy", "--timeout", "40").returncode == 0
        assert get(port) == 200


def test_the_death_of_the_manager_does_not_keep_a_pool_from_leaving():
    with Directory() as pool:
        pool.put("second")
        assert pool.ctl("reload").returncode == 0
        assert pool.ctl("wait", "--for", "healthy", "--timeout", "40").returncode == 0
        (pool.profiles / "second.toml").unlink()
        assert pool.ctl("reload", "--no-wait").returncode == 0
        manager = pool.role("manager")
        os.kill(manager, signal.SIGKILL)
        wait_for(lambda: pool.role("manager") not in (None, manager), "another manager")
        wait_for(lambda: pool.ctl("ops").returncode == 0 and pool.api("GET", "/v1/pools/second")[0] == 404, "its leaving")
        assert pool.get("/")[0] == 200


def test_a_profile_that_is_wrong_adds_nothing():
    with Directory() as pool:
        (pool.profiles / "bad.toml").write_text("[pool]\nname = 3\n")
        result = pool.ctl("reload")
        assert result.returncode == 1 and "bad.toml: refused" in result.stdout
        (pool.profiles / "bad.toml").unlink()
        os.rename(pool.profiles / "example.toml", pool.profiles / "other.toml")
        before = pool.pids()
        result = pool.ctl("reload")
        assert result.returncode == 0 and "example: unchanged" in result.stdout, result.stdout
        assert pool.pids() == before and all(map(alive, before.values()))
