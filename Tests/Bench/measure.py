"""What a figure is made of: processes that end with the run, CPU time from /proc, medians, and one line a figure."""
import contextlib
import os
import pathlib
import re
import resource
import signal
import statistics
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
TICKS = os.sysconf("SC_CLK_TCK")


def report(name, value, unit, target=None, higher_is_better=False):
    """One line a figure, so that runs can be compared with grep and diff."""
    if target is None:
        print(f"bench {name} {value:.3f} {unit}", flush=True)
        return True
    met = value >= target if higher_is_better else value <= target
    print(f"bench {name} {value:.3f} {unit} target {'>=' if higher_is_better else '<='}{target} {'met' if met else 'missed'}", flush=True)
    return met


def note(text):
    print(f"# {text}", flush=True)


def cpu_seconds(pids):
    """User and system CPU time of processes with all their threads, to the nanosecond where the kernel counts so."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{pid}/task"):
                with contextlib.suppress(OSError):
                    total += int(pathlib.Path(f"/proc/{pid}/task/{task}/schedstat").read_text().split()[0])
    return total / 1e9


def waits(pids):
    """How often threads of processes have given the processor up to wait for something."""
    total = 0
    for pid in pids:
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            # A thread may have ended since it was listed.
            with contextlib.suppress(OSError):
                total += int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", (task / "status").read_text(), re.M)[1])
    return total


def client_seconds():
    """CPU time of the programs that were run to their end: of the clients."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def resident_bytes(pid):
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def children(pid):
    """Direct children of a process."""
    found = []
    for task in os.listdir(f"/proc/{pid}/task"):
        found += pathlib.Path(f"/proc/{pid}/task/{task}/children").read_text().split()
    return [int(child) for child in found]


def title(pid):
    # A child may have ended since it was listed.
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    return ""


@contextlib.contextmanager
def process(command, **options):
    """A process of ours that ends with the block, TERM first."""
    child = subprocess.Popen([str(word) for word in command], start_new_session=True, **options)
    try:
        yield child
    finally:
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()


def wait_for(condition, what, seconds=30):
    """Waits for a cause, with a deadline; the pause only bounds how often it looks."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not happen within {seconds} s")
        time.sleep(0.02)


def wrk(url, connections=64, seconds=4, headers=(), threads=1):
    """One run of wrk: requests, requests a second, p50 and p99 in milliseconds, errors."""
    words = ["wrk", "-t", str(threads), "-c", str(connections), "-d", f"{seconds}s", "--latency", "--timeout", "10s"]
    for header in headers:
        words += ["-H", header]
    text = subprocess.run([*words, url], check=True, capture_output=True, text=True).stdout
    unit = {"us": 1e-3, "ms": 1.0, "s": 1e3}

    def milliseconds(label):
        value, suffix = re.search(rf"{label}\s+([\d.]+)(us|ms|s)", text).groups()
        return float(value) * unit[suffix]

    errors = sum(int(number) for number in re.findall(r"(?:connect|read|write|timeout) (\d+)", text))
    errors += sum(int(number) for number in re.findall(r"Non-2xx or 3xx responses: (\d+)", text))
    requests = int(re.search(r"(\d+) requests in", text).group(1))
    return {"requests": requests, "rate": float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1)),
            "p50": milliseconds("50%"), "p99": milliseconds("99%"), "errors": errors}


def median(values):
    return statistics.median(values)
