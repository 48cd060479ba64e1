"""The same program under supervisord and under poold: what both can do has the same outcome, seen from outside.

docs/supervisord.md explains the differences; what is the same is tested here.
"""
import contextlib
import json
import pathlib
import signal
import subprocess
import time

import pytest
from daemon import PYTHON, ROOT, Daemon, alive, wait_for

SUBJECT = ROOT / "Tests/EndToEnd/twin_subject.py"


class Twin:
    """One supervisor with programs of one or more copies; `facts` is what these wrote down."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.facts_file = self.directory / "facts"

    def facts(self, kind="start"):
        lines = self.facts_file.read_text().splitlines() if self.facts_file.exists() else []
        return [fact for line in lines if (fact := json.loads(line))["kind"] == kind]

    def starts(self):
        return len(self.facts())

    def state(self, name="one"):
        return self.states().get(name)

    def wait_state(self, state, name="one", seconds=30):
        wait_for(lambda: self.state(name) == state, f"{name} {state} (is {self.states()})", seconds)


class Supervisord(Twin):
    def __init__(self, directory, programs):
        super().__init__(directory)
        self.programs = programs

    def section(self, name, program):
        words = "".join(f" {key}={value}" for key, value in program.get("words", {}).items())
        count, first = program.get("count", 1), program.get("first", 1)
        plural = count > 1
        lines = {
            "command": f"{PYTHON} {SUBJECT} {self.facts_file} name={name}{words}" + (" number=%(process_num)d" if plural else ""),
            "process_name": f"{name}_%(process_num)d" if plural else name, "numprocs": count, "numprocs_start": first,
            "stdout_logfile": self.directory / f"{name}.log", "stderr_logfile": self.directory / f"{name}.err",
            "startsecs": 1, "stopwaitsecs": 10, "stopasgroup": "true", "killasgroup": "true", **program.get("supervisord", {})}
        return f"[program:{name}]\n" + "".join(f"{key}={value}\n" for key, value in lines.items())

    @contextlib.contextmanager
    def running(self):
        conf = self.directory / "s.conf"
        base = f"""[supervisord]
nodaemon=true
logfile={self.directory}/supervisord.log
pidfile={self.directory}/s.pid
childlogdir={self.directory}
[unix_http_server]
file={self.directory}/s.sock
[supervisorctl]
serverurl=unix://{self.directory}/s.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
"""
        conf.write_text(base + "".join(self.section(name, program) for name, program in self.programs.items()))
        self.conf = conf
        process = subprocess.Popen([ROOT / ".venv/bin/supervisord", "-c", conf], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for(lambda: self.states(), "supervisord")
            yield self
        finally:
            process.terminate()
            process.wait(60)

    def ctl(self, *words):
        return subprocess.run([ROOT / ".venv/bin/supervisorctl", "-c", self.conf, *words], capture_output=True, text=True, timeout=60).stdout

    def states(self):
        lines = [line.split() for line in self.ctl("status").splitlines()]
        return {words[0].split(":")[-1]: words[1] for words in lines if len(words) > 1 and words[1].isupper()}

    def stop(self, name="one"):
        self.ctl("stop", name)

    def start(self, name="one"):
        self.ctl("start", name)

    def restart(self, name="one"):
        self.ctl("restart", name)

    def output(self, name="one"):
        """What was written to stdout, by lines, of the current file."""
        return (self.directory / f"{name}.log").read_text().splitlines()

    def rotated(self, name="one"):
        return sorted(self.directory.glob(f"{name}.log.*"))

    def plain_logs(self):
        return self.directory.glob("one.log*")


class Poold(Twin):
    def __init__(self, directory, programs):
        super().__init__(directory)
        self.programs = programs

    def profile(self, name, program):
        words = [f"{key}={value}" for key, value in program.get("words", {}).items()]
        count, first = program.get("count", 1), program.get("first", 1)
        command = [str(PYTHON), str(SUBJECT), str(self.facts_file), f"name={name}", *words, *(["number={n}"] if count > 1 else [])]
        options = {"ready": '"time"', "start_seconds": '"1s"', "stop_timeout": '"10s"', **program.get("poold", {})}
        pool = {"name": json.dumps(name), "workers": count, "first": first, **program.get("pool", {})}
        tables = {"pool": pool, "worker": {"command": json.dumps(command), "listen": '"unix:{run}/{name}.sock"', **options}, **program.get("tables", {})}
        return "".join(f"[{table}]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items()) for table, keys in tables.items())

    @contextlib.contextmanager
    def running(self):
        self.daemon = Daemon(profile="")
        paths = []
        for name, program in self.programs.items():
            paths.append(self.directory / f"{name}.toml")
            paths[-1].write_text(self.profile(name, program))
        try:
            self.daemon.launch(*paths)
            wait_for(lambda: self.daemon.ctl("ops").returncode == 0, "the control socket")
            yield self
        finally:
            left = self.daemon.end()
        assert not left, left

    def states(self):
        """A pool of one worker goes by its own name."""
        found = {}
        for pool in self.daemon.api("GET", "/v1/pools")[1]["pools"]:
            for worker in pool["workers"]:
                plural = self.programs[pool["name"]].get("count", 1) > 1
                found[worker["name"] if plural else pool["name"]] = worker["status"]["state"]
        return found

    def ctl(self, verb, name):
        assert self.daemon.ctl(verb, "all", "--pool", name, "--wait").returncode == 0

    def stop(self, name="one"):
        self.ctl("stop", name)

    def start(self, name="one"):
        self.ctl("start", name)

    def restart(self, name="one"):
        self.ctl("restart", name)

    def output(self, name="one"):
        lines = (self.daemon.state / name / "logs" / f"{name}_1.log").read_text().splitlines()
        return [line.split(" ", 4)[4] for line in lines if line.split(" ")[3] == "out"]

    def rotated(self, name="one"):
        return sorted((self.daemon.state / name / "logs").glob(f"{name}_1.log.*"))

    def plain_logs(self):
        return (self.daemon.state / "one" / "logs").glob("one_1.log")


def start_stop_restart(twin):
    twin.wait_state("RUNNING")
    twin.stop()
    stopped = twin.state()
    twin.start()
    twin.wait_state("RUNNING")
    twin.restart()
    twin.wait_state("RUNNING")
    return stopped, twin.starts(), [fact["signal"] for fact in twin.facts("signal")]


def ends_as(state):
    def run(twin):
        twin.wait_state(state)
        # Nothing comes after it.
        starts = twin.starts()
        time.sleep(1.5)
        return twin.state(), twin.starts() == starts, starts
    return run


def is_started_again(twin):
    wait_for(lambda: twin.starts() >= 2, "another start")
    twin.wait_state("RUNNING")
    return twin.starts()


def stops_by(twin):
    twin.wait_state("RUNNING")
    begun = time.monotonic()
    twin.stop()
    took = time.monotonic() - begun
    pids = [fact["pid"] for fact in twin.facts()] + [fact["child"] for fact in twin.facts("child")]
    wait_for(lambda: not any(alive(pid) for pid in pids), "the end of the processes", 10)
    return twin.state(), [fact["signal"] for fact in twin.facts("signal")], 1 <= took < 8 if "deaf" in twin.facts()[0]["words"] else took < 5


def surroundings(twin):
    twin.wait_state("RUNNING")
    fact = twin.facts()[0]
    return fact["colour"], fact["cwd"], fact["umask"], fact["group"] == fact["pid"]


def both_streams(twin):
    twin.wait_state("RUNNING")
    wait_for(lambda: len(twin.output()) >= 5, "the lines")
    return twin.output()


def several(twin):
    for number in (5, 6, 7):
        twin.wait_state("RUNNING", f"one_{number}")
    return sorted(twin.states()), sorted(fact["words"]["number"] for fact in twin.facts())


def rotates(twin):
    twin.wait_state("RUNNING")
    # supervisord rotates behind the line that is too much, poold before it.
    wait_for(lambda: any(b"line 001999" in path.read_bytes() for path in twin.plain_logs()), "the last line")
    wait_for(lambda: not [path for path in twin.rotated() if path.name.endswith(".compressing")], "the end of the compression")
    return len(twin.rotated())


def order(twin):
    for name in ("one", "two"):
        twin.wait_state("RUNNING", name)
    return [fact["name"] for fact in sorted(twin.facts(), key=lambda fact: fact["pid"])]


def one(words=None, supervisord=None, poold=None, **more):
    return {"one": {"words": words or {}, "supervisord": supervisord or {}, "poold": poold or {}, **more}}


BACKOFF = 'backoff'
QUICK = '{ initial = "100ms", maximum = "200ms", deaths_max = 3, window = "60s" }'
TERM, INT = int(signal.SIGTERM), int(signal.SIGINT)

# What is run, what is done and looked at, and what both must come to.
SCENARIOS = {
    "start, stop, restart": (one(), start_stop_restart, ("STOPPED", 3, [TERM, TERM])),
    "autorestart unexpected, an expected status": (
        one({"exit": 7, "after": 1.3}, {"autorestart": "unexpected", "exitcodes": "0,7"}, {"autorestart": '"unexpected"', "exit_codes": "[0, 7]"}),
        ends_as("EXITED"), ("EXITED", True, 1)),
    "autorestart unexpected, another status": (
        one({"exit": 3, "after": 1.3, "times": 1}, {"autorestart": "unexpected", "exitcodes": "0,7"}, {"autorestart": '"unexpected"', "exit_codes": "[0, 7]"}),
        is_started_again, 2),
    "autorestart false": (
        one({"exit": 3, "after": 1.3}, {"autorestart": "false"}, {"autorestart": "false"}), ends_as("EXITED"), ("EXITED", True, 1)),
    "autorestart true, an expected status": (
        one({"exit": 0, "after": 1.3, "times": 1}, {"autorestart": "true"}, {"autorestart": "true"}), is_started_again, 2),
    "starts that fail end as FATAL": (
        one({"exit": 1}, {"startretries": 2}, {BACKOFF: QUICK}), ends_as("FATAL"), ("FATAL", True, 3)),
    "an exit during the start is tried again": (
        one({"exit": 1, "after": 0.3, "times": 1}, {"startretries": 3}, {BACKOFF: QUICK}), is_started_again, 2),
    "stop signal": (one({}, {"stopsignal": "INT"}, {"stop_signals": '["INT"]'}), stops_by, ("STOPPED", [INT], True)),
    "stop that is not heard": (
        one({"deaf": "yes"}, {"stopwaitsecs": 1}, {"stop_timeout": '"1s"'}), stops_by, ("STOPPED", [TERM], True)),
    "children end too": (
        one({"deaf": "yes", "child": "yes"}, {"stopwaitsecs": 1}, {"stop_timeout": '"1s"'}), stops_by, ("STOPPED", [TERM], True)),
    "environment, directory, umask": (
        one({}, {"environment": 'COLOUR="blue, light"', "directory": "/usr", "umask": "027"},
            {"environment": '{ COLOUR = "blue, light" }', "directory": '"/usr"', "umask": '"027"'}),
        surroundings, ("blue, light", "/usr", 0o027, True)),
    "both streams in one": (
        one({"streams": "yes"}, {"redirect_stderr": "true"}, {"redirect_stderr": "true"}), both_streams, [f"line {n}" for n in range(5)]),
    "several copies": (one(count=3, first=5), several, (["one_5", "one_6", "one_7"], ["5", "6", "7"])),
    "logs are rotated by size": (
        one({"lines": 2000}, {"stdout_logfile_maxbytes": 16384, "stdout_logfile_backups": 3},
            tables={"log": {"file_size_max": '"16k"', "files_max": 3}}), rotates, 3),
    "priority is the order of starts": (
        {"two": {"supervisord": {"priority": 20}, "pool": {"priority": 20}}, "one": {"supervisord": {"priority": 10}, "pool": {"priority": 10}}},
        order, ["one", "two"]),
}


@pytest.mark.parametrize("kind", [Supervisord, Poold], ids=["supervisord", "poold"])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_twins(kind, scenario, tmp_path):
    programs, run, outcome = SCENARIOS[scenario]
    with kind(tmp_path, programs).running() as twin:
        assert run(twin) == outcome
    pids = [fact["pid"] for fact in twin.facts()] + [fact["child"] for fact in twin.facts("child")]
    assert not [pid for pid in pids if alive(pid)]
