"""How long the command line takes from start to exit, against supervisorctl."""
import pathlib
import subprocess
import sys
import tempfile
import time

from measure import ROOT, median, process, report, wait_for


def timed(command, count):
    """Median milliseconds of whole runs, the first one not counted."""
    times = []
    for index in range(count + 1):
        begun = time.monotonic()
        subprocess.run([str(word) for word in command], check=True, capture_output=True)
        if index:
            times.append((time.monotonic() - begun) * 1000)
    return median(times)


def run(count=15):
    with tempfile.TemporaryDirectory(prefix="pb") as directory:
        worker = f"{directory}/worker.py"
        pathlib.Path(worker).write_text("import sys, socket, time\ns = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen()\ntime.sleep(3600)\n")
        pathlib.Path(directory, "p.toml").write_text(
            f'[pool]\nname = "cli"\nworkers = 4\n[worker]\ncommand = ["{sys.executable}", "{worker}", "{{socket}}"]\n'
            f'listen = "unix:{directory}/w{{n}}.sock"\nready = "listen"\n')
        options = ["--runtime-dir", f"{directory}/run", "--state-dir", f"{directory}/state"]
        with process([ROOT / "bin/poold", "run", *options, f"{directory}/p.toml"], stderr=subprocess.DEVNULL):
            status = [ROOT / "bin/poolctl", "status", "--runtime-dir", f"{directory}/run"]
            wait_for(lambda: subprocess.run(status, capture_output=True).returncode == 0, "the control socket")
            ours = timed(status, count)
        conf = pathlib.Path(directory, "supervisord.conf")
        conf.write_text(f"[supervisord]\nnodaemon=true\nlogfile=/dev/null\nlogfile_maxbytes=0\npidfile={directory}/s.pid\n"
                        f"[unix_http_server]\nfile={directory}/s.sock\n[supervisorctl]\nserverurl=unix://{directory}/s.sock\n"
                        "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n"
                        "[program:w]\ncommand=sleep 3600\nnumprocs=4\nprocess_name=w_%(process_num)s\n")
        with process([ROOT / ".venv/bin/supervisord", "-c", conf], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
            control = [ROOT / ".venv/bin/supervisorctl", "-c", conf, "status"]
            wait_for(lambda: subprocess.run(control, capture_output=True).returncode == 0, "supervisorctl")
            theirs = timed(control, count)
    report("poolctl-status", ours, "ms", 10)
    report("poolctl-status-of-supervisorctl", ours / theirs, "ratio", 0.1)
