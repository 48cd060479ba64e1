"""What holds for every program that stands in the proxy's place; `engine(pool)` gives its process and those below it."""
import http.client
import os
import signal

from daemon import wait_for


def comes_back(pool, engine):
    """The program behind the engine is killed, and another one answers."""
    process, below = engine(pool)
    os.kill(below[0], signal.SIGKILL)

    def answers():
        try:
            return engine(pool)[0] != process and pool.get("/")[0] == 200
        except (OSError, StopIteration, http.client.HTTPException):
            return False

    wait_for(answers, "another one that answers")


def outlives_the_manager(pool, engine):
    """The manager is killed, and the next one finds what runs."""
    manager, before = pool.role("manager"), engine(pool)
    os.kill(manager, signal.SIGKILL)
    assert pool.get("/")[0] == 200
    wait_for(lambda: pool.role("manager") not in (None, manager), "another manager")
    assert pool.ctl("wait", "--for", "healthy", "--timeout", "30").returncode == 0
    assert engine(pool) == before
