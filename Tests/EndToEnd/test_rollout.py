"""Deploys under load: what changes, what gates them, the way back, and that nobody notices."""
import asyncio

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
