"""What workers say of themselves, and what they are given: sd_notify, LISTEN_FDS, socket modes, rights."""
import json
import os
import pwd
import signal
import stat
import textwrap

from daemon import Daemon, wait_for

# Answers every request, and says what its files say: READY=1 once `ready` exists, WATCHDOG=1 until `hang` exists.
WORKER = textwrap.dedent("""
    import json, os, pathlib, socket, sys, threading, time
    here = pathlib.Path(sys.argv[1])
    def say(text):
        if "NOTIFY_SOCKET" not in os.environ: return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as note:
            note.connect(os.environ["NOTIFY_SOCKET"]); note.send(text.encode())
    if "LISTEN_FDS" in os.environ:
        assert os.environ["LISTEN_PID"] == str(os.getpid())
        server = socket.socket(fileno=3)
        server.setblocking(True)
    else:
        server = socket.socket(socket.AF_UNIX); server.bind(sys.argv[2]); server.listen(64)
    facts = {"pid": os.getpid(), "uid": os.getuid(), "gid": os.getgid(), "groups": os.getgroups(), "nice": os.nice(0),
             "socket": os.fstat(server.fileno()).st_ino, "home": os.environ.get("HOME")}
    facts["umask"] = os.umask(0)
    import resource
    facts["nofile"] = resource.getrlimit(resource.RLIMIT_NOFILE)
    def serve(client):
        while client.recv(65536):
            body = json.dumps(facts).encode()
            client.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(body) + body)
    def accept():
        while True:
            client, _ = server.accept()
            threading.Thread(target=serve, args=(client,), daemon=True).start()
    threading.Thread(target=accept, daemon=True).start()
    while not (here / "ready").exists(): time.sleep(0.01)
    say("STATUS=warm\\nREADY=1")
    while True:
        if not (here / "hang").exists(): say("WATCHDOG=1")
        time.sleep(0.05)
""")


def daemon(worker="", health="", ready=True, listen="unix:{run}/w.sock"):
    pool = Daemon(profile="")
    program = pool.directory / "speaker.py"
    program.write_text(WORKER)
    program.chmod(0o644)
    pool.program = program
    if ready:
        (pool.directory / "ready").touch()
    pool.write_profile(f"""
[pool]
name = "example"
[worker]
command = ["/usr/bin/python3", "{program}", "{pool.directory}", "{{socket}}"]
listen = "{listen}"
{worker}
[front]
listen = ["127.0.0.1:{pool.port}"]
[health]
{health}
""")
    return pool


def running(pool):
    status = pool.workers()["example_1"]["status"]
    return status if status["state"] == "RUNNING" else None


def answering(pool):
    """Launches, and waits for the control socket rather than for health."""
    pool.launch()
    wait_for(lambda: pool.ctl("status").returncode in (0, 3), "the control socket")
    return pool


def finish(pool):
    pool.finish()


def test_a_worker_is_ready_when_it_says_so():
    pool = daemon('ready = "notify"', ready=False)
    try:
        answering(pool)
        def starting():
            status = pool.workers()["example_1"]["status"]
            return status["state"] == "STARTING" and "READY=1" in status["reason"]
        wait_for(starting, "a start that waits for READY=1")
        assert running(pool) is None
        (pool.directory / "ready").touch()
        wait_for(lambda: running(pool), "RUNNING")
    finally:
        finish(pool)


def test_what_is_said_while_there_is_no_manager_is_heard_by_the_next():
    pool = daemon('ready = "notify"', ready=False)
    try:
        answering(pool)
        pid = wait_for(lambda: pool.pids().get("example_1"), "the process")
        os.kill(pool.role("manager"), signal.SIGKILL)
        (pool.directory / "ready").touch()
        wait_for(lambda: pool.ctl("status").returncode == 0, "the next manager, and RUNNING")
        assert running(pool)["process"]["pid"] == pid
    finally:
        finish(pool)


def test_a_worker_that_hangs_is_restarted_and_the_event_says_why():
    pool = daemon('ready = "notify"\nwatchdog = "500ms"')
    try:
        answering(pool)
        pid = wait_for(lambda: running(pool), "RUNNING")["process"]["pid"]
        lived = lambda: (pool.workers()["example_1"].get("resources") or {}).get("uptimeSeconds", 0)
        wait_for(lambda: lived() > 1.5, "a life of several times the watchdog's limit")
        assert pool.pids()["example_1"] == pid
        (pool.directory / "hang").touch()
        wait_for(lambda: pool.pids().get("example_1") not in (None, pid), "a successor")
        events = pool.ctl("events").stdout
        assert "no WATCHDOG=1 for 500 ms" in events, events
    finally:
        finish(pool)


def test_an_inherited_socket_stays_over_restarts_and_the_managers_death():
    pool = daemon("listen_fds = true", 'path = "/"')
    try:
        pool.start()
        first = json.loads(pool.get("/")[2])
        assert pool.ctl("restart", "all", "--wait").returncode == 0
        second = json.loads(pool.get("/")[2])
        os.kill(pool.role("manager"), signal.SIGKILL)
        wait_for(lambda: pool.ctl("status").returncode == 0, "the next manager")
        assert pool.ctl("restart", "all", "--wait").returncode == 0
        third = json.loads(pool.get("/")[2])
        assert len({first["pid"], second["pid"], third["pid"]}) == 3
        assert first["socket"] == second["socket"] == third["socket"]
    finally:
        finish(pool)


def test_the_mode_of_a_workers_own_socket_is_set():
    pool = daemon('socket_mode = "602"', 'path = "/"')
    try:
        pool.start()
        assert stat.S_IMODE((pool.runtime / "example" / "w.sock").stat().st_mode) == 0o602
    finally:
        finish(pool)


def test_a_worker_has_the_rights_that_its_profile_says():
    nobody = pwd.getpwnam("nobody")
    wanted = "user = \"nobody\"\n" if os.geteuid() == 0 else ""
    groups = 'groups = ["daemon"]\n' if os.geteuid() == 0 else ""
    pool = daemon(f'{wanted}{groups}umask = "027"\nnice = 5\nlimits = {{ nofile = 512 }}', 'path = "/"')
    try:
        pool.start()
        facts = json.loads(pool.get("/")[2])
        assert facts["umask"] == 0o027 and facts["nice"] == 5 and facts["nofile"] == [512, 512]
        if os.geteuid() == 0:
            assert (facts["uid"], facts["gid"]) == (nobody.pw_uid, nobody.pw_gid)
            assert facts["groups"] == [1], "daemon's, and none of root's"
            assert facts["home"] == nobody.pw_dir
        else:
            assert facts["uid"] == os.geteuid()
    finally:
        finish(pool)
