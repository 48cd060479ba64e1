"""The scripts of docs/ops, run as they stand."""
import json
import os
import re
import subprocess
import threading

import pytest

from daemon import APP, BIN, ROOT, Daemon

OPS = ROOT / "docs/ops"


def script(pool, name, *words, timeout=120):
    environment = {**os.environ, "POOLCTL": str(BIN / "poolctl"), "POOL_RUNTIME_DIR": str(pool.runtime)}
    return subprocess.run([OPS / name, *map(str, words)], capture_output=True, text=True, timeout=timeout, env=environment)


def test_a_release_rolls_and_is_gated(fresh):
    before = fresh.pids()
    result = script(fresh, "roll-with-gate.sh", "example", "release 7")
    assert result.returncode == 0, result.stdout + result.stderr
    after = fresh.pids()
    assert all(before[name] != after[name] for name in before)
    assert fresh.json("ops")["operations"][0]["why"] == "release 7"
    # A changed profile is applied; one with errors changes nothing.
    fresh.write_profile(fresh.aiohttp_profile(worker='nice = 1'))
    assert script(fresh, "roll-with-gate.sh", "example").returncode == 0
    fresh.write_profile("[pool]\n")
    running = fresh.pids()
    assert script(fresh, "roll-with-gate.sh", "example").returncode == 1
    assert fresh.pids() == running
    assert script(fresh, "roll-with-gate.sh").returncode != 0


def test_the_recycle_leaves_a_sick_pool_alone(fresh):
    before = fresh.pids()
    assert script(fresh, "nightly-recycle.sh").returncode == 0
    recycled = fresh.pids()
    assert all(before[name] != recycled[name] for name in before)
    assert fresh.ctl("stop", "all").returncode == 0
    result = script(fresh, "nightly-recycle.sh", "example")
    assert result.returncode == 0 and "left alone" in result.stderr
    assert fresh.pids() == {}


def test_maintenance_is_over_whatever_the_command_did(shared):
    asked = [str(BIN / "poolctl"), "status", "2", "--format", "{admin}", "--runtime-dir", str(shared.runtime)]
    result = script(shared, "maintenance.sh", "2", *asked)
    assert result.returncode == 0 and "maintenance\n" in result.stdout, result.stdout + result.stderr
    assert shared.workers()["example_2"]["status"]["admin"] == "ready"
    assert script(shared, "maintenance.sh", "2", "false").returncode == 1
    assert shared.workers()["example_2"]["status"]["admin"] == "ready"
    assert script(shared, "maintenance.sh", "nobody", "true").returncode == 4
    assert script(shared, "maintenance.sh", "2").returncode == 2


def test_the_gate_says_who_does_not_serve(fresh):
    assert script(fresh, "health-gate.sh").returncode == 0
    assert fresh.ctl("stop", "3").returncode == 0
    result = script(fresh, "health-gate.sh", "1")
    assert result.returncode == 6 and "example_3" in result.stderr
    fresh.stop()
    assert script(fresh, "health-gate.sh", "1").returncode == 5


def test_rules_and_dashboard_name_what_there_is(shared):
    text = shared.ctl("metrics").stdout
    known = set(re.findall(r"^# TYPE (\S+)", text, re.M))
    known |= {f"{name}_{part}" for name in known for part in ("bucket", "sum", "count")}
    shared.get("/")
    for file in ("alerts.yml", "grafana.json"):
        named = set(re.findall(r"\bpool_[a-z0-9_]+", (OPS / file).read_text()))
        # Not before the first sample.
        late = {"pool_worker_cpu_seconds_total", "pool_worker_resident_memory_bytes", "pool_worker_request_duration_seconds_bucket"}
        # Not without a certificate.
        late |= {"pool_certificate_expiry_timestamp_seconds", "pool_certificate_refused"}
        assert named - late <= known, named - late - known
    dashboard = json.loads((OPS / "grafana.json").read_text())
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


def test_scripts_are_shell(tmp_path):
    for path in OPS.glob("*.sh"):
        assert os.access(path, os.X_OK), path
        assert subprocess.run(["sh", "-n", path]).returncode == 0


class Releases:
    """An app in directories of releases, of which a link says which one runs."""

    def __init__(self, directory):
        self.directory, self.link = directory, directory / "current"
        self.text = APP.read_text()
        self.make("1")
        self.link.symlink_to(directory / "1")

    def make(self, name, old="", new=""):
        """A release that differs from the example where it says; its answers name it."""
        assert old in self.text
        text = self.text.replace('"pid": os.getpid()', f'"pid": os.getpid(), "release": "{name}"')
        (self.directory / name).mkdir()
        (self.directory / name / "app.py").write_text(text.replace(old, new) if old else text)
        return self.directory / name


@pytest.fixture
def released(tmp_path):
    releases = Releases(tmp_path)
    with Daemon(program=releases.link / "app.py", worker="start_timeout = \"20s\"") as pool:
        pool.releases = releases
        yield pool


def served(pool):
    """The releases that answer, over more requests than there are workers."""
    return {json.loads(pool.get("/")[2])["release"] for _ in range(12)}


NOT_STARTING = ("import argparse", "raise SystemExit(3)\nimport argparse")
NOT_ANSWERING = ("async def index(request: web.Request) -> web.Response:", "async def index(request):\n    raise OSError('broken')")


def test_a_release_is_deployed_or_rolled_back(tmp_path):
    releases = Releases(tmp_path)
    first = f'start_timeout = "20s"\ndirectory = "{releases.directory / "1"}"'
    with Daemon(program="app.py", worker=first) as pool:
        assert served(pool) == {"1"}
        second = releases.make("2")
        result = script(pool, "release.sh", "example", pool.profile, second)
        assert result.returncode == 0 and served(pool) == {"2"}, result.stdout + result.stderr
        assert f'directory = "{second}"' in pool.profile.read_text()
        # What runs is what the file says: a reload restarts nobody.
        running = pool.pids()
        assert pool.ctl("reload").returncode == 0 and pool.pids() == running
        broken = releases.make("3", *NOT_STARTING)
        result = script(pool, "release.sh", "example", pool.profile, broken, "a bad day", timeout=240)
        assert result.returncode == 7 and f"{broken} does not work: back to {second}" in result.stderr, result.stdout + result.stderr
        assert served(pool) == {"2"} and f'directory = "{second}"' in pool.profile.read_text()
        operation = pool.json("ops")["operations"][0]
        assert (operation["verb"], operation["why"], operation["state"]) == ("deploy", "a bad day", "rolled-back")
        running = pool.pids()
        assert pool.ctl("reload").returncode == 0 and pool.pids() == running
        assert script(pool, "release.sh", "example", pool.profile, "/nonexistent").returncode == 2
        assert script(pool, "release.sh", "example", releases.directory / "1/app.py", second).returncode == 2


def test_a_canary_is_believed_or_taken_back(released):
    releases = released.releases
    bad = releases.make("2", *NOT_ANSWERING)
    running = threading.Event()

    def ask():
        while not running.wait(0.02):
            released.get("/")

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        result = script(released, "canary.sh", "example", releases.link, bad, "example_1", "30", timeout=240)
    finally:
        running.set()
        asking.join()
    # Whichever is seen first: what clients get of it, or what the probe does.
    assert re.search("bad answers of the canary|the canary is not healthy", result.stderr), result.stdout + result.stderr
    assert result.returncode == 7
    assert served(released) == {"1"} and os.readlink(releases.link) == str(releases.directory / "1")
    # What the worker served before does not count: without a request of its own nobody believes it.
    unseen = releases.make("2b")
    result = script(released, "canary.sh", "example", releases.link, unseen, "example_1", "2", timeout=240)
    assert result.returncode == 7 and "only 0 requests reached the canary" in result.stderr, result.stdout + result.stderr
    assert served(released) == {"1"} and os.readlink(releases.link) == str(releases.directory / "1")
    running.clear()
    asking = threading.Thread(target=ask)
    asking.start()
    try:
        result = script(released, "canary.sh", "example", releases.link, releases.make("3"), "example_1", "3", timeout=240)
    finally:
        running.set()
        asking.join()
    assert result.returncode == 0 and served(released) == {"3"}, result.stdout + result.stderr
    counted = re.search(r"the canary served (\d+) requests, 0 of them badly", result.stdout)
    assert counted and 1 <= int(counted[1]) < 1000, result.stdout


def test_blue_serves_again_where_green_fails(released):
    releases = released.releases
    ask = ["python3", "-c", f"import urllib.request as u; u.urlopen('http://127.0.0.1:{released.port}/')"]
    bad = releases.make("2", *NOT_ANSWERING)
    result = script(released, "blue-green.sh", "example", releases.link, bad, "1-2", "3-4", *ask, timeout=240)
    assert result.returncode == 7 and "python3 says no" in result.stderr, result.stdout + result.stderr
    assert served(released) == {"1"} and released.ctl("wait", "--for", "healthy").returncode == 0
    result = script(released, "blue-green.sh", "example", releases.link, releases.make("3"), "1-2", "3-4", *ask, timeout=240)
    assert result.returncode == 0 and served(released) == {"3"}, result.stdout + result.stderr


def test_apply_says_whether_it_changes_anything(fresh, tmp_path):
    wanted = tmp_path / "wanted.toml"

    def apply(*options):
        result = script(fresh, "apply.sh", *options, wanted, fresh.profile)
        answer = json.loads(result.stdout)
        assert result.returncode == (1 if answer.get("failed") else 0), result.stderr
        return answer

    wanted.write_text(fresh.profile.read_text())
    assert apply()["changed"] is False and apply("--check")["changed"] is False
    wanted.write_text(fresh.aiohttp_profile(worker="nice = 2"))
    before, pids = fresh.profile.read_text(), fresh.pids()
    assert apply("--check")["changed"] is True
    assert fresh.profile.read_text() == before and fresh.pids() == pids
    assert apply()["changed"] is True and fresh.profile.read_text() == wanted.read_text()
    assert all(fresh.pids()[name] != pids[name] for name in pids)
    assert apply()["changed"] is False
    wanted.write_text('[pool]\nname = "example"\nworkers = "many"\n')
    answer = apply()
    assert answer["failed"] and not answer["changed"] and "workers" in answer["msg"]
    assert "nice = 2" in fresh.profile.read_text()
    # Right by itself, and refused by the daemon: the file is as it was, and so is its mode all along.
    fresh.profile.chmod(0o600)
    before = fresh.profile.read_text()
    wanted.write_text(before.replace('name = "example"', 'name = "other"'))
    wanted.chmod(0o644)
    answer = apply()
    assert answer["failed"] and not answer["changed"] and "other" in answer["msg"], answer
    assert fresh.profile.read_text() == before and fresh.profile.stat().st_mode & 0o777 == 0o600
    wanted.write_text(fresh.aiohttp_profile(worker="nice = 3"))
    assert apply()["changed"] is True and fresh.profile.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in fresh.directory.glob("profile.toml*")) == ["profile.toml"]


def test_a_renewed_certificate_is_handed_over(fresh, tmp_path):
    def make(name):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-days", "9",
                        "-keyout", tmp_path / f"{name}.key", "-out", tmp_path / f"{name}.pem", "-subj", f"/CN={name}"],
                       check=True, capture_output=True)
        return tmp_path / f"{name}.pem", tmp_path / f"{name}.key"

    chain, key = make("renewed")
    target = tmp_path / "site.pem", tmp_path / "site.key"
    result = script(fresh, "renew-hook.sh", chain, key, *target)
    assert result.returncode == 0, result.stdout + result.stderr
    assert target[0].read_text() == chain.read_text() and target[1].read_text() == key.read_text()
    assert target[1].stat().st_mode & 0o077 == 0
    _, other = make("other")
    result = script(fresh, "renew-hook.sh", chain, other, *target)
    assert result.returncode == 1 and "is not the key of" in result.stderr
    assert target[1].read_text() == key.read_text()


def test_units_are_what_systemd_takes():
    """Every line of the units is a section, a comment or a setting that systemd's manual has."""
    known = {"Unit", "Service", "Timer", "Install"}
    for path in [*OPS.glob("*.service"), *OPS.glob("*.timer")]:
        section = None
        for line in path.read_text().splitlines():
            if line.startswith("["):
                section = line.strip("[]")
                assert section in known, line
            elif line and not line.startswith("#"):
                assert section and re.fullmatch(r"[A-Z][A-Za-z]+=.*", line), f"{path}: {line}"
    service = (OPS / "pool-recycle.service").read_text()
    (program,) = re.findall(r"^ExecStart=(\S+)", service, re.M)
    assert (OPS / os.path.basename(program)).exists(), program
