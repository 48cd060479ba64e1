"""Pool becomes another version of itself while it works: no request, no worker, no socket is lost."""
import asyncio
import contextlib
import os
import shutil
import signal
import subprocess

import pytest

from daemon import BIN, Daemon, wait_for
from load import open_loop


class Installed(Daemon):
    """A daemon whose program lies in a directory of its own, so that another one can be put in its place."""

    @property
    def program_path(self):
        return self.directory / "poold"

    def install(self):
        """Puts a new file there as package managers do, by a rename."""
        shutil.copy(BIN / "poold", self.directory / "poold.new")
        os.rename(self.directory / "poold.new", self.program_path)

    def launch(self, *profiles):
        self.install()
        self.log = self.directory / "poold.log"
        with open(self.log, "ab") as log:
            self.keeper = subprocess.Popen(
                [self.program_path, "run", *self.options, self.profile], stderr=log, stdout=log)
        return self


@pytest.fixture
def installed():
    with Installed() as pool:
        yield pool


def runs(pid, path):
    """Whether the process runs the file that lies at the path now."""
    return os.path.samefile(f"/proc/{pid}/exe", path)


def test_an_upgrade_under_load_loses_nothing(installed):
    workers, manager, proxy = installed.pids(), installed.role("manager"), installed.role("proxy")
    installed.install()
    assert not runs(installed.keeper.pid, installed.program_path)

    async def run():
        command = asyncio.ensure_future(
            asyncio.to_thread(installed.ctl, "upgrade", "--why", "next", timeout=120))
        return await asyncio.gather(
            command,
            open_loop(installed.port, 40, command.done, path="/slow?ms=50"),
            open_loop(installed.port, 20, command.done, method="POST", path="/echo", body=b"hello"))

    result, reads, writes = asyncio.run(run())
    assert result.returncode == 0, result.stdout + result.stderr + installed.log.read_text()
    assert reads.failed == 0, reads.explain()
    assert writes.failed == 0, writes.explain()
    assert installed.pids() == workers, "no worker was touched"
    assert installed.role("manager") not in (None, manager)
    serving = [pid for pid in installed.roles("proxy") if pid != proxy]
    assert len(serving) == 1
    for pid in (installed.keeper.pid, installed.role("manager"), serving[0]):
        assert runs(pid, installed.program_path), pid
    operation = installed.json("ops")["operations"][0]
    assert (operation["verb"], operation["state"], operation["why"]) == ("upgrade", "succeeded", "next")


def test_what_an_upgraded_daemon_must_still_do(installed):
    for _ in range(2):
        installed.install()
        assert installed.ctl("upgrade").returncode == 0
    # It is still the only one of its directory, and the parent of its workers.
    other = installed.poold("run", *installed.options, str(installed.profile))
    assert other.returncode != 0 and "already running" in other.stderr
    old = installed.pids()["example_1"]
    os.kill(old, signal.SIGKILL)
    wait_for(lambda: installed.pids().get("example_1") not in (None, old), "a successor")
    assert installed.workers()["example_1"]["status"]["lastExit"]["signaled"]["signal"] == signal.SIGKILL
    manager = installed.role("manager")
    os.kill(manager, signal.SIGKILL)
    wait_for(lambda: installed.role("manager") not in (None, manager), "another manager")
    wait_for(lambda: installed.ctl("wait", "--for", "healthy", "--timeout", "20").returncode == 0, "health")
    assert installed.json("ops")["operations"][0]["state"] == "succeeded", "it did not begin again"


@pytest.mark.parametrize("program", ["/bin/true", "/nonexistent/poold", "/etc/passwd"])
def test_what_is_no_poold_is_refused(installed, program):
    keeper, manager = installed.keeper.pid, installed.role("manager")
    result = installed.ctl("upgrade", "--program", program)
    assert result.returncode != 0 and "cannot take over" in result.stderr, result.stderr
    assert installed.role("manager") == manager and installed.keeper.poll() is None, keeper
    assert installed.get("/")[0] == 200


def test_a_version_that_does_not_come_up_is_given_up(installed):
    """The new program's keeper works, and its managers die: the old one goes on, and the command says so with 7."""
    workers = installed.pids()
    real, broken = installed.directory / "real", installed.directory / "broken"
    shutil.copy(BIN / "poold", real)
    library = installed.directory / "die.so"
    source = installed.directory / "die.c"
    source.write_text("""
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
#include <unistd.h>
__attribute__((constructor)) static void die(void) {
    char words[256] = {0};
    FILE *file = fopen("/proc/self/cmdline", "r");
    if (!file) return;
    size_t count = fread(words, 1, sizeof words - 1, file);
    fclose(file);
    char *exe = realpath("/proc/self/exe", NULL);
    if (count > 6 && exe && strstr(exe, "/real") && !strcmp(words + strlen(words) + 1, "manager")) _exit(3);
}
""")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
    broken.write_text(f'#!/bin/sh\nLD_PRELOAD={library} exec {real} "$@"\n')
    broken.chmod(0o755)
    result = installed.ctl("upgrade", "--program", str(broken), timeout=90)
    with contextlib.suppress(OSError):
        library.unlink()
    assert result.returncode == 7, result.stdout + result.stderr + installed.log.read_text()
    assert "did not come up" in result.stdout
    assert runs(installed.keeper.pid, installed.program_path)
    assert installed.pids() == workers
    assert installed.get("/")[0] == 200
