"""Deploys under load: what changes, what gates them, the way back, and that nobody notices."""
import asyncio
import json
import os
import signal

from daemon import PYTHON, Daemon, wait_for
from load import open_loop


def environment(pid):
    with open(f"/proc/{pid}/environ", "rb") as file:
        return dict(entry.split(b"=", 1) for entry in file.read().split(b"\0") if b"=" in entry)


def under_load(pool, *words, path="/slow?ms=20"):
    """The command's result, and what became of the requests that came meanwhile."""
    async def run():
        command = asyncio.ensure_future(asyncio.to_thread(pool.ctl, *words, timeout=120))
        return await asyncio.gather(command, open_loop(pool.port, 50, command.done, path=path))
    return asyncio.run(run())


def test_a_deploy_changes_command_directory_and_environment_and_loses_nothing(fresh):
    before = fresh.pids()
    result, load = under_load(
        fresh, "deploy", "--env", "RELEASE=42", "--directory", str(fresh.directory), "--canary", "1", "--bake", "1",
        "--max-failures", "0.5", "--why", "release 42")
    assert result.returncode == 0, result.stdout + result.stderr
    assert load.failed == 0, load.explain()
    after = fresh.pids()
    assert all(before[name] != after[name] for name in before)
    assert {environment(pid)[b"RELEASE"] for pid in after.values()} == {b"42"}
    assert fresh.pool()["generation"] == 2
    operation = fresh.json("ops")["operations"][0]
    assert (operation["verb"], operation["state"], operation["why"]) == ("deploy", "succeeded", "release 42")
    # The file rules again with the next reload.
    assert fresh.ctl("reload").returncode == 0
    assert all(b"RELEASE" not in environment(pid) for pid in fresh.pids().values())


def test_a_deploy_that_fails_is_rolled_back_with_a_report(fresh):
    result, load = under_load(fresh, "deploy", "--", "/bin/false")
    assert result.returncode == 7, result.stdout + result.stderr
    assert load.failed == 0, load.explain()
    assert "example_1: failed" in result.stdout and "rolled back 1 of 4 workers" in result.stdout
    pool = fresh.pool()
    assert pool["generation"] == 1
    assert fresh.ctl("wait", "--for", "healthy", "--timeout", "20").returncode == 0
    assert {worker["status"]["state"] for worker in pool["workers"]} == {"RUNNING"}


def test_a_pool_of_one_is_deployed_beside_the_old_one():
    with Daemon(workers=1) as pool:
        result, load = under_load(pool, "deploy", "--surge", "1")
        assert result.returncode == 0, result.stdout + result.stderr
        assert load.failed == 0, load.explain()
        assert list(pool.pids()) == ["example_1"]


def test_canaries_that_fail_requests_bring_the_deploy_back(fresh):
    """The new workers start and are healthy, yet fail what clients ask of them."""
    broken = fresh.directory / "broken.py"
    broken.write_text("""
import sys
from aiohttp import web
async def answer(request):
    return web.Response(status=200 if request.path == "/health" else 500)
app = web.Application()
app.router.add_route("*", "/{path:.*}", answer)
web.run_app(app, path=sys.argv[1].removeprefix("--path="), print=None)
""")
    result, load = under_load(
        fresh, "deploy", "--canary", "1", "--bake", "60", "--max-failures", "0.1", "--", str(PYTHON), str(broken), "--path={socket}")
    assert result.returncode == 7, result.stdout + result.stderr
    # By their share of failed requests, or because the proxy has ejected them before there were enough to judge.
    assert "canaries failed" in result.stdout or "canary example_1: ejected" in result.stdout
    assert "rolled back 1 of 4 workers" in result.stdout
    assert fresh.pool()["generation"] == 1
    assert fresh.get("/")[0] == 200


def test_a_paused_deploy_waits_outlives_the_manager_and_is_cancelled(fresh):
    status, operation = fresh.api("POST", "/v1/pools/example/deploy", {"canary": 1, "bakeSeconds": 600})
    assert status == 202, operation
    name = operation["id"]
    wait_for(lambda: fresh.api("GET", f"/v1/operations/{name}")[1]["steps"][0]["state"] == "succeeded", "the canary")
    assert fresh.ctl("ops", "pause", name).returncode == 0
    manager = fresh.role("manager")
    os.kill(manager, signal.SIGKILL)
    wait_for(lambda: fresh.role("manager") not in (None, manager), "the next manager")
    wait_for(lambda: fresh.ctl("version").returncode == 0, "its control socket")
    assert fresh.api("GET", f"/v1/operations/{name}")[1]["state"] == "paused"
    assert fresh.ctl("ops", "resume", name).returncode == 0
    assert fresh.ctl("ops", "cancel", name).returncode == 0
    assert fresh.ctl("ops", "watch", name).returncode == 7, "cancelled: rolled back"
    assert fresh.pool()["generation"] == 1


def test_a_deploy_that_cannot_be_meant_is_refused(shared):
    before = shared.pids()
    for body, code in [({"batch": 0}, 400), ({"bakeSeconds": 5}, 400), ({"environment": ["A"]}, 400),
                       ({"command": []}, 400), ({"expectedGeneration": 99}, 409), ({"surge": 0, "unavailableMax": 0}, 400)]:
        status, problem = shared.api("POST", "/v1/pools/example/deploy", body)
        assert status == code, (body, status, json.dumps(problem))
    assert shared.pids() == before
    assert shared.api("POST", "/v1/operations/op-99/pause")[0] == 404
