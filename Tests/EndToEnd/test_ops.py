"""The scripts of docs/ops, run as they stand."""
import json
import os
import re
import subprocess

import pytest

from daemon import BIN, ROOT, wait_for

OPS = ROOT / "docs/ops"


def script(pool, name, *words, timeout=120):
    environment = {**os.environ, "POOLCTL": str(BIN / "poolctl"), "POOL_RUNTIME_DIR": str(pool.runtime)}
    return subprocess.run([OPS / name, *words], capture_output=True, text=True, timeout=timeout, env=environment)


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
        assert named - late <= known, named - late - known
    dashboard = json.loads((OPS / "grafana.json").read_text())
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


def test_scripts_are_shell(tmp_path):
    for path in OPS.glob("*.sh"):
        assert os.access(path, os.X_OK), path
        assert subprocess.run(["sh", "-n", path]).returncode == 0
