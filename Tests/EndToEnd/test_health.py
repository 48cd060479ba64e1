"""Probes travel through the proxy, and their verdicts say why."""
import os
import signal

from daemon import Daemon, wait_for


def health(pool, name):
    status = pool.workers()[name]["status"]
    return status["health"], status.get("lastProbe")


def test_a_hung_worker_becomes_unhealthy_with_phase_and_reason():
    with Daemon(health='path = "/health"\ninterval = "200ms"\ntimeout = "300ms"', worker='restart_unhealthy_after = "1h"') as pool:
        pid = pool.pids()["example_1"]
        os.kill(pid, signal.SIGSTOP)
        try:
            wait_for(lambda: health(pool, "example_1")[0] == "unhealthy", "unhealthy", 15)
            assert health(pool, "example_1")[1]["phase"] == "timeout"
            assert pool.workers()["example_1"]["status"]["reason"]
            before = pool.workers()["example_1"]["traffic"]["requests"]
            for _ in range(12):
                assert pool.get("/")[0] == 200
            assert pool.workers()["example_1"]["traffic"]["requests"] == before
            assert "1 unhealthy" in pool.ctl("health").stdout
        finally:
            os.kill(pid, signal.SIGCONT)
        wait_for(lambda: health(pool, "example_1")[0] == "healthy", "healthy again", 15)
        assert "unhealthy" not in pool.ctl("health").stdout


def test_a_wrong_status_is_not_healthy():
    pool = Daemon(workers=1, health='path = "/nothing-here"\ninterval = "100ms"', worker='start_timeout = "2s"')
    try:
        pool.launch_only()
        worker = wait_for(lambda: (s := pool.workers()["example_1"]["status"]).get("lastProbe", {}).get("phase") == "status" and s, "an answered probe")
        assert worker["health"] != "healthy"
        assert worker["lastProbe"]["status"] == 404
    finally:
        pool.finish()
