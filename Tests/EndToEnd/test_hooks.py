"""Hooks before and after start, stop and roll: real commands, their order, their failures, their time limit."""
import os
import signal

from daemon import Daemon, wait_for

HOOKS = """[hooks]
before_start = ["/bin/sh", "hook.sh"]
after_start = ["/bin/sh", "hook.sh"]
before_stop = ["/bin/sh", "hook.sh"]
after_stop = ["/bin/sh", "hook.sh"]
before_roll = ["/bin/sh", "hook.sh"]
after_roll = ["/bin/sh", "hook.sh"]
timeout = "3s"
"""
# `fail-HOOK` lets a hook fail, `hang-HOOK` lets it go on until the file is gone or it is killed.
SCRIPT = """
echo "$POOL_HOOK ${POOL_WORKER_NAME:-$POOL_OPERATION}" >> ran
echo "this is $POOL_HOOK of $WORKER"
while [ -e hang-$POOL_HOOK ]; do sleep 0.05; done
[ ! -e fail-$POOL_HOOK ] || { echo "no way" >&2; exit 3; }
"""


class Hooked(Daemon):
    def __init__(self, workers=2, **options):
        super().__init__(workers=workers, extra=HOOKS, **options)
        (self.directory / "hook.sh").write_text(SCRIPT)

    def ran(self):
        path = self.directory / "ran"
        return path.read_text().splitlines() if path.exists() else []

    def forget(self):
        # The hook before the last one of a start comes with health, which nobody waits for.
        wait_for(lambda: sum(line.startswith("after_start") for line in self.ran()) >= 2, "the hooks of the start")
        (self.directory / "ran").unlink()

    def let(self, what, hook, wanted=True):
        path = self.directory / f"{what}-{hook}"
        path.touch() if wanted else path.unlink()


def test_hooks_run_around_each_step_and_speak_in_the_log():
    with Hooked() as pool:
        assert sorted(pool.ran()[:2]) == ["before_start example_1", "before_start example_2"]
        pool.forget()
        result = pool.ctl("roll")
        assert result.returncode == 0, result.stderr
        operation = pool.json("ops")["operations"][0]
        one = [f"{hook} example_{{}}" for hook in ("before_stop", "after_stop", "before_start", "after_start")]
        assert pool.ran() == [
            f"before_roll {operation['id']}", *[line.format(1) for line in one], *[line.format(2) for line in one],
            f"after_roll {operation['id']}"]
        assert [(step["hook"], step["state"]) for step in operation["hooks"]] == [
            ("before_roll", "succeeded"), ("after_roll", "succeeded")]
        assert "before_roll hook succeeded" in pool.ctl("ops", "show", operation["id"]).stdout
        lines = pool.ctl("logs", "1").stdout
        assert "before_stop: this is before_stop of example_1" in lines
        assert "before_roll: this is before_roll" in pool.ctl("events").stdout


def test_a_hook_that_fails_refuses_the_step():
    with Hooked() as pool:
        pids = pool.pids()
        pool.let("fail", "before_stop")
        for words in (["stop", "1"], ["roll"], ["scale", "1"]):
            result = pool.ctl(*words)
            assert result.returncode in (1, 7), result.stdout
            assert "before_stop hook: exit status 3: no way" in result.stdout + result.stderr
        assert pool.pids() == pids and pool.get("/")[0] == 200
        pool.let("fail", "before_stop", False)
        pool.let("fail", "before_roll")
        assert pool.ctl("roll").returncode == 1
        assert pool.pids() == pids
        pool.let("fail", "before_start")
        os.kill(pids["example_1"], signal.SIGKILL)
        wait_for(lambda: pool.workers()["example_1"]["status"]["state"] == "BACKOFF", "a failed start")
        assert "before_start hook: exit status 3: no way" in pool.workers()["example_1"]["status"]["reason"]
        pool.let("fail", "before_start", False)
        assert pool.ctl("start", "1").returncode == 0


def test_a_hook_after_the_start_that_fails_turns_a_deploy_back():
    with Hooked() as pool:
        pool.forget()
        pool.let("fail", "after_start")
        result = pool.ctl("deploy", "--env", "RELEASE=2")
        assert result.returncode in (1, 7), result.stdout
        assert "after_start hook: exit status 3" in result.stdout + result.stderr
        assert pool.pool()["generation"] == 1
        assert pool.get("/")[0] == 200


def test_a_hook_that_hangs_is_killed_with_its_children():
    with Hooked() as pool:
        pool.let("hang", "before_stop")
        result = pool.ctl("stop", "1")
        assert result.returncode == 1
        assert "before_stop hook: took longer than 3 s" in result.stdout + result.stderr
        assert "example_1" in pool.pids()
        pool.let("hang", "before_stop", False)


def test_the_death_of_the_manager_in_a_hook_runs_it_again():
    with Hooked() as pool:
        pool.forget()
        pool.let("hang", "before_stop")
        before = pool.pids()
        result = pool.ctl("restart", "1", "--no-wait")
        assert result.returncode == 0, result.stderr
        wait_for(lambda: "before_stop example_1" in pool.ran(), "the hook")
        manager = pool.role("manager")
        os.kill(manager, signal.SIGKILL)
        wait_for(lambda: pool.role("manager") not in (None, manager), "another manager")
        pool.let("hang", "before_stop", False)
        wait_for(lambda: pool.ctl("ops").returncode == 0 and pool.json("ops")["operations"][0]["state"] == "succeeded", "its end")
        assert pool.ran().count("before_stop example_1") == 2
        after = pool.pids()
        assert before["example_1"] != after["example_1"] and before["example_2"] == after["example_2"]
