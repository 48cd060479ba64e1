"""Every verb of poolctl against a live daemon: its text, its JSON, its exit code."""
import json
import os
import pathlib
import pty
import pwd
import re
import select
import signal
import subprocess
import tempfile

import pytest

from daemon import BIN, PYTHON, Daemon, Following, wait_for

# Looking: verb and arguments, exit code, a pattern of the text, a question to the JSON (None where there is none).
LOOKS = [
    ("status", 0, r"example  4 of 4 routable .*\nWORKER .*\nexample_1 +RUNNING +healthy", lambda j: len(j["pools"][0]["workers"]) == 4),
    ("status 2-3", 0, r"example_2.*\nexample_3", lambda j: [w["name"] for w in j["pools"][0]["workers"]] == ["example_2", "example_3"]),
    ("status --wide", 0, r"ADDRESS.*WHY", None),
    ("ps state:running", 0, "example_4", None),
    ("health", 0, r"^healthy\n  example: 4 of 4 routable\n$", lambda j: j["healthy"] is True),
    ("logs -n 5", 0, r"example_\d ", None),
    ("tail 1 -n 1", 0, r"example_1 ", None),
    ("logs --level critical", 0, "", None),
    ("logs --since-start 1", 0, "example_1", None),
    ("events -n 3", 0, r"\n.*\n", None),
    ("events --kind state --severity info", 0, "RUNNING|running", None),
    ("stats", 0, r"example_1 ", lambda j: j["pools"][0]["workers"][0]["worker"] == "example_1"),
    ("ops", 0, "", lambda j: isinstance(j["operations"], list)),
    ("ops list --active", 0, "no operations", lambda j: j["operations"] == []),
    ("wait --for healthy", 0, "^healthy\n$", None),
    ("wait --for ready=3", 0, "^ready=3\n$", None),
    ("plan", 0, "example: unchanged", lambda j: j["pools"][0]["outcome"] == "unchanged"),
    ("reread", 0, "example: unchanged", None),
    ("config", 0, r"\[worker\]", lambda j: j[0]["pool"] == "example"),
    ("config show", 0, "stop_timeout", None),
    ("config diff", 0, "is what runs", lambda j: j[0]["running"] == j[0]["proposed"]),
    ("config paths", 0, "control.sock", lambda j: j["controlSocket"].endswith("/control.sock")),
    ("version", 0, r"^poolctl \S+\npoold   \S+ \(manager \d+, keeper \d+", lambda j: j["daemon"]["access"] == "admin"),
    ("doctor", 0, r"ok +the daemon answers", lambda j: all(f["severity"] in ("ok", "warning") for f in j)),
    ("metrics", 0, "# TYPE pool_build_info gauge", None),
    ("openapi", 0, '"openapi"', None),
    ("manual", 0, r"^\.\\\".*\n\.TH POOLCTL 1", None),
    ("completion bash", 0, "poolctl", None),
    ("--version", 0, r"^\d+\.\d+\.\d+\n$", None),
    ("--help", 0, "EXIT CODES", None),
]


@pytest.mark.parametrize("line,code,pattern,question", LOOKS, ids=[look[0] for look in LOOKS])
def test_verbs_that_look(shared, line, code, pattern, question):
    # The width of a terminal that somebody exported is no business of a pipe's in this test.
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    result = shared.ctl(*line.split(), env=environment)
    assert result.returncode == code, result.stdout + result.stderr
    assert re.search(pattern, result.stdout), result.stdout
    assert "\x1b" not in result.stdout, "no colours in a pipe"
    if question:
        result = shared.ctl(*line.split(), "--json")
        assert result.returncode == code, result.stderr
        assert question(json.loads(result.stdout)), result.stdout


MISTAKES = [
    ("status nobody", 4, "no worker or pool is named nobody"),
    ("status exmaple_1", 4, "did you mean example_1"),
    ("status --pool shop", 4, "pool shop does not exist"),
    ("status 4-1", 2, "4 is more than 1"),
    ("logs --grpe x", 2, "Unknown option '--grpe'"),
    ("frobnicate", 2, "there is no verb frobnicate"),
    ("stauts", 2, "did you mean status"),
    ("stop", 2, "Missing expected argument"),
    ("scale 9999", 2, "9999"),
    ("signal NONSENSE 1", 2, "NONSENSE"),
    ("ops show 99999", 4, "op-99999"),
    ("cancel 99999", 4, "op-99999"),
    ("weight 400 1", 2, "0...256"),
    ("wait --for ready=9 --timeout 1", 6, "the wait timed out"),
    ("wait --for op:99999", 4, "op-99999"),
    ("check /nonexistent.toml", 4, "/nonexistent.toml"),
]


@pytest.mark.parametrize("line,code,message", MISTAKES, ids=[mistake[0] for mistake in MISTAKES])
def test_mistakes_are_named_and_have_their_code(shared, line, code, message):
    result = shared.ctl(*line.split())
    assert result.returncode == code, result.stdout + result.stderr
    assert message in result.stderr, result.stderr
    assert result.stdout == "" and "Fatal" not in result.stderr


def test_common_options_stand_in_front(shared):
    def ctl(*words):
        return subprocess.run([BIN / "poolctl", *map(str, words)], capture_output=True, text=True, timeout=30)

    for options in (["--runtime-dir", shared.runtime], ["--socket", shared.runtime / "control.sock"]):
        assert ctl(*options, "status").returncode == 0
        assert json.loads(ctl(*options, "--json", "health").stdout)["healthy"]
        assert json.loads(ctl("--json", *options, "--pool", "example", "ops", "list").stdout) is not None
    environment = {**os.environ, "POOL_SOCKET": str(shared.runtime / "control.sock")}
    assert subprocess.run([BIN / "poolctl", "health"], env=environment, capture_output=True).returncode == 0


def test_a_template_is_for_scripts(shared):
    lines = shared.ctl("status", "--format", r"{name}\t{pid}\t{routable}").stdout.splitlines()
    assert {line.split("\t")[0]: int(line.split("\t")[1]) for line in lines} == shared.pids()
    assert all(line.endswith("\ttrue") for line in lines)


def verdict(result):
    """The operation's line that a finished verb ends with."""
    return result.stdout.strip().splitlines()[-1]


def test_verbs_that_act(fresh):
    """One after the other on one pool, each seen in the state afterwards."""
    def do(line, code=0):
        result = fresh.ctl(*line.split(), timeout=120)
        assert result.returncode == code, f"{line}: {result.stdout}{result.stderr}"
        return result

    def status(number):
        return fresh.workers()[f"example_{number}"]["status"]

    assert "drain example: succeeded" in verdict(do("drain 1 --why looking"))
    assert status(1)["admin"] == "drain"
    assert do("resume 1") and status(1)["admin"] == "ready"
    assert do("maint 2") and status(2)["admin"] == "maintenance"
    assert "maint" in fresh.ctl("status", "2").stdout
    assert do("enable 2") and status(2)["admin"] == "ready"
    assert do("weight 3 4").stdout == "example_4: weight 3\n" and status(4)["weight"] == 3
    assert do("weight 1 all")
    assert do("signal WINCH all") and do("wait --for healthy")

    assert "stop example: succeeded" in verdict(do("stop 3")) and status(3)["state"] == "STOPPED"
    assert do("status", code=3) and do("wait 3 --for stopped")
    assert do("start 3") and do("wait --for healthy") and status(3)["state"] == "RUNNING"

    before = fresh.pids()
    assert "restart example: succeeded" in verdict(do("restart 1-2"))
    after = fresh.pids()
    assert {name for name in before if before[name] != after[name]} == {"example_1", "example_2"}
    assert "roll example: succeeded" in verdict(do("roll --batch 2 --why release"))
    rolled = fresh.pids()
    assert all(rolled[name] != after[name] for name in after)
    # The words of the process before are still there.
    assert do("logs 1 --previous -n 20").stdout

    assert "scale example: succeeded" in verdict(do("scale 5")) and len(fresh.workers()) == 5
    assert do("scale example=-1") and len(fresh.workers()) == 4

    fresh.write_profile(fresh.aiohttp_profile(worker='drain_timeout = "3s"'))
    assert "drain_timeout" in do("config diff", code=1).stdout
    assert "differs" in do("plan").stdout
    assert "applied" in do("reload").stdout and "unchanged" in do("update").stdout
    fresh.write_profile("[pool]\nname = 5\n")
    assert "refused" in do("reload", code=1).stdout
    assert "error" in do("config diff", code=1).stdout

    operation = fresh.json("ops", "list")["operations"][0]
    assert operation["actor"].startswith("root (uid 0, pid ") or "uid" in operation["actor"]
    assert operation["id"] in do(f"ops show {operation['id']}").stdout
    assert do(f"ops watch {operation['id']}") and do(f"wait --for op:{operation['id']}")
    # What is over cannot be cancelled.
    assert do(f"cancel {operation['id']}", code=1)

    started = do("restart all --no-wait").stdout
    identity = re.search(r"op-\d+", started)[0]
    cancelled = fresh.ctl("ops", "cancel", identity)
    watched = fresh.ctl("ops", "watch", identity, timeout=120)
    assert (cancelled.returncode, watched.returncode) in ((0, 1), (1, 0)), cancelled.stderr + watched.stdout
    assert do("wait --for healthy --timeout 60")

    assert "the daemon has ended" in do("shutdown --why enough").stdout
    fresh.keeper.wait(30)
    for verb in ("status", "logs", "stop all", "wait --for op:1", "ops", "top --help"):
        result = fresh.ctl(*verb.split())
        assert result.returncode == (0 if "help" in verb else 5), f"{verb}: {result.stderr}"
        assert "help" in verb or ("no daemon" in result.stderr and "poold run" in result.stderr), result.stderr
    assert fresh.ctl("version").returncode == 0 and fresh.ctl("doctor").returncode == 1


def test_a_restart_says_how_it_goes_in_a_pipe(shared):
    result = shared.ctl("restart", "1", "--json")
    operation = json.loads(result.stdout)["operations"][0]
    assert result.returncode == 0 and operation["state"] == "succeeded" and operation["verb"] == "restart"
    lines = shared.ctl("restart", "2").stdout.splitlines()
    assert any(re.fullmatch(r"op-\d+ example_2: .*", line) for line in lines[:-1]), lines
    assert re.match(r"op-\d+ restart example: succeeded", lines[-1])


def on_terminal(pool, *words, seconds=60, until=None):
    """What a person would see: the output of a run on a pseudo terminal of 100 columns."""
    pid, terminal = pty.fork()
    if pid == 0:
        environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"}
        os.execve(BIN / "poolctl", ["poolctl", *words, "--runtime-dir", str(pool.runtime)], environment)
    seen = b""
    while select.select([terminal], [], [], seconds)[0]:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            break
        if not data:
            break
        seen += data
        if until and until in seen:
            os.kill(pid, signal.SIGINT)
            until = None
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), seen.decode()


def test_on_a_terminal_there_are_colours_and_a_bar(shared):
    code, text = on_terminal(shared, "status")
    assert code == 0 and "\x1b[32m" in text
    assert all(len(re.sub(r"\x1b\[[0-9;]*m", "", line)) <= 100 for line in text.splitlines())
    code, text = on_terminal(shared, "restart", "3")
    assert code == 0 and re.search(r"op-\d+ restart example \[[#-]{20}\]", text), text
    code, text = on_terminal(shared, "status", "-w", until=b"example_4")
    assert code == 0 and "\x1b[H\x1b[2J" in text
    code, text = on_terminal(shared, "status", "--json")
    assert json.loads(text)


def test_what_is_written_can_be_cut_off(shared):
    """A reader that goes away (head) is no error, whatever was being written."""
    for verb in ("status", "logs -n 1000", "events", "logs -f -n 100", "metrics"):
        result = subprocess.run(["bash", "-o", "pipefail", "-c", f"{BIN}/poolctl {verb} --runtime-dir {shared.runtime} | head -1"],
                                capture_output=True, text=True, timeout=30)
        assert result.returncode == 0 and result.stderr == "", f"{verb}: {result.stderr}"


@pytest.mark.parametrize("line", ["status", "status --json", "logs", "--help", "metrics", "events --json"])
def test_what_is_lost_is_an_error(shared, line):
    """A full disk: nobody must take an empty file for an answer."""
    with open("/dev/full", "w") as full:
        result = subprocess.run([BIN / "poolctl", *line.split(), "--runtime-dir", shared.runtime],
                                stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert result.returncode == 1 and "cannot write the output: No space left on device" in result.stderr


def test_who_drained_a_worker_and_why_is_in_the_status(fresh):
    def status():
        return fresh.ctl("status", env={**os.environ, "COLUMNS": "200"}).stdout

    assert fresh.ctl("drain", "1", "--why", "disk swap").returncode == 0
    assert fresh.ctl("maint", "2", "--why", "new kernel").returncode == 0
    user = pwd.getpwuid(os.getuid()).pw_name
    for pattern in (rf"example_1 .*drained by {user} \(.*: disk swap", rf"example_2 .*in maintenance by {user} \(.*: new kernel"):
        assert re.search(pattern, status()), status()
    # A new manager remembers both.
    manager = fresh.role("manager")
    os.kill(manager, signal.SIGKILL)
    wait_for(lambda: fresh.role("manager") not in (None, manager) and fresh.ctl("version").returncode == 0, "a new manager")
    assert "disk swap" in status()
    assert fresh.ctl("resume", "1", "2").returncode == 0 and "disk swap" not in status()


def test_a_reload_says_which_generation_it_makes(fresh):
    assert fresh.pool()["generation"] == 1
    fresh.write_profile(fresh.aiohttp_profile(worker="nice = 2"))
    assert "applied, generation 2" in fresh.ctl("reload").stdout
    assert fresh.pool()["generation"] == 2
    assert "unchanged, generation 2" in fresh.ctl("reload").stdout


def test_a_level_leaves_the_marks_out(shared):
    assert "* " in shared.ctl("logs", "--level", "info").stdout
    assert "RUNNING" not in shared.ctl("logs", "--level", "error").stdout


def test_figures_are_asked_for_once_a_second_at_most(shared):
    result = shared.ctl("stats", "-f", "--interval", "500ms")
    assert result.returncode == 2 and "1s or more" in result.stderr
    for path in ("/v1/stats", "/v1/state"):
        status, problem = shared.api("GET", f"{path}?follow=true&interval=0.5")
        assert status == 400 and "expected seconds in 1...3600" in problem["detail"]


def test_init_writes_what_poold_takes():
    with tempfile.TemporaryDirectory() as directory:
        result = subprocess.run(
            [BIN / "poolctl", "init", "--name", "shop", "--workers", "2", "--health", "/health", "--", str(PYTHON), "app.py", "--path={socket}"],
            capture_output=True, text=True, timeout=30)
        assert result.returncode == 0, result.stderr
        assert "# " in result.stdout and 'name = "shop"' in result.stdout
        profile = pathlib.Path(directory) / "shop.toml"
        profile.write_text(result.stdout)
        assert subprocess.run([BIN / "poold", "check", profile], capture_output=True).returncode == 0
        assert subprocess.run([BIN / "poolctl", "check", profile], capture_output=True).returncode == 0


def test_a_wrong_socket_is_told_as_such(tmp_path):
    def ctl(*words):
        result = subprocess.run([BIN / "poolctl", *map(str, words)], capture_output=True, text=True, timeout=30)
        return result.returncode, result.stderr

    import socket
    code, text = ctl("status", "--runtime-dir", tmp_path / "none")
    assert code == 5 and "does not exist" in text
    path = pathlib.Path(tempfile.mkdtemp(prefix="pool-")) / "control.sock"
    try:
        stale = socket.socket(socket.AF_UNIX)
        stale.bind(str(path))
        stale.close()
        code, text = ctl("status", "--socket", path)
        assert code == 5 and "nobody listens" in text
        path.unlink()
        other = socket.socket(socket.AF_UNIX)
        other.bind(str(path))
        other.listen()
        other.settimeout(30)
        with Following([BIN / "poolctl", "status", "--socket", path], stream="stderr") as asking:
            client, _ = other.accept()
            client.sendall(b"220 mail.example.org ESMTP\r\n")
            client.close()
            text = asking.read()
            code = asking.program.wait(30)
        assert code == 1 and "no daemon of Pool" in text
        code, text = ctl("status", "--socket", path, "--timeout", "500ms")
        assert code == 6 and "did not answer within" in text
        other.close()
    finally:
        path.unlink(missing_ok=True)
        path.parent.rmdir()
    long = tmp_path / ("x" * 200)
    code, text = ctl("status", "--socket", long)
    assert code == 1 and "over 107 bytes" in text
