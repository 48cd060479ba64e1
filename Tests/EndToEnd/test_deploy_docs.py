"""docs/deployment/ as a newcomer reads it: every command is run as it stands, every line of a profile is checked."""
import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import page
import pytest
from daemon import BIN, PYTHON, ROOT, free_port, wait_for

DOCS = ROOT / "docs/deployment"
PAGES = sorted(path.name for path in DOCS.glob("*.md"))
PROFILE = {"pool": {'name = "doc"'}, "worker": {'command = ["app", "--path={socket}"]'}, "front": {'listen = "127.0.0.1:8080"'}}


@pytest.fixture
def place():
    directory = pathlib.Path(tempfile.mkdtemp(prefix="docs-"))
    os.chmod(directory, 0o755)
    yield directory
    shutil.rmtree(directory)


def blocks(name):
    """(language, text) of each fenced block of a page."""
    return re.findall(r"(?m)^```(\w*)\n(.*?)^```$", (DOCS / name).read_text(), re.DOTALL)


def commands(name):
    """The lines that somebody is to type."""
    return [line.strip() for language, text in blocks(name) if not language for line in text.splitlines()
            if re.match(r"\s*(poolctl|poold|pooltop|curl|certbot|make|nginx|apt) ", line)]


def keys():
    """Which table of a profile has a key, by the reference."""
    table, found = "", {}
    for line in (ROOT / "docs/PROFILE.md").read_text().splitlines():
        if heading := re.match(r"## \[([a-z.]+)\]", line):
            table = heading[1]
        elif key := re.match(r"\| `([a-z_0-9]+)` \|", line):
            found.setdefault(key[1], table)
    return found


def check(text, place):
    path = place / "checked.toml"
    path.write_text(text)
    result = subprocess.run([BIN / "poolctl", "check", path], capture_output=True, text=True, timeout=30)
    errors = [line for line in result.stdout.splitlines() if ": error: " in line]
    assert (result.returncode == 0) == (not errors), result.stdout + result.stderr
    return errors


def completed(text):
    """A profile of a fragment and what a profile must have besides."""
    head, besides = [], {table: list(lines) for table, lines in PROFILE.items()}
    # Who says a port means a worker that listens on one, and the other way round.
    if "{port}" in text:
        besides["worker"] = ['listen = "127.0.0.1:{8080+n}"']
    elif re.search(r'(?m)^\[worker\]\nlisten = "(tcp:)?127', text):
        besides["worker"] = ['command = ["app", "--port={port}"]']
    for table, lines in besides.items():
        for line in lines:
            key = line.split(" ")[0]
            inner = re.search(rf"(?ms)^\[{table}\]\n(.*?)(?=^\[|\Z)", text)
            if not inner or not re.search(rf"(?m)^{key} =", inner[1]):
                if inner:
                    text = text.replace(f"[{table}]\n", f"[{table}]\n{line}\n", 1)
                else:
                    head.append(f"[{table}]\n{line}\n")
    return "".join(head) + text


@pytest.mark.parametrize("name", PAGES)
def test_every_profile_of_a_page_is_one(place, name):
    for language, text in blocks(name):
        if language == "toml":
            assert not check(completed(text), place), text


def fragments():
    """What stands in the last column of the tables, as far as it is a line of a profile."""
    for name in PAGES:
        for line in (DOCS / name).read_text().splitlines():
            if not line.startswith("|"):
                continue
            cell = line.rstrip("|").split(" | ")[-1]
            for code in re.findall(r"`([^`]+)`", cell):
                match = re.fullmatch(r"(?:\[([a-z.]+)\] )?([a-z_]+) = (.+)", code)
                if match and "…" not in code:
                    yield name, match


def test_every_line_in_the_tables_is_one_of_a_profile(place):
    # What is none is seen.
    assert check(completed("[front]\nlisten_at = 80\n"), place)
    known, tried, refused = keys(), 0, []
    inner = {"certificate", "key", "client_ca", "client_certificates", "ocsp", "min_version", "packages", "root", "max_age", "path", "redirect_https"}
    for name, match in fragments():
        table, key, value = match.groups()
        if table is None and key in inner:
            continue
        assert table or key in known, f"{name}: no table of a profile has {key}"
        tried += 1
        table = table or known[key]
        if table == "worker.venv":
            value = value.replace("…", "")
        text = completed(f"[{table}]\n{key} = {value}\n")
        refused += [f"{name}: {match[0]}: {line}" for line in check(text, place)]
    assert tried > 25 and not refused, "\n".join(refused)


class Reader:
    """Somebody who types what a page says, in a directory of their own."""

    def __init__(self, place):
        self.place = place
        self.typed = []
        self.environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "POOL_RUNTIME_DIR": str(place / "run"),
                            "POOL_STATE_DIR": str(place / "state")}

    def type(self, line, translate=lambda line: line):
        self.typed.append(line)
        result = subprocess.run(["bash", "-ec", translate(line)], cwd=self.place, env=self.environment, capture_output=True, text=True, timeout=60)
        assert result.returncode == 0, f"{line}: {result.stdout}{result.stderr}"
        return result

    @contextlib.contextmanager
    def running(self, line, translate=lambda line: line):
        """`poold run …` as it stands, until it is healthy; ended by the shutdown of the page's reader."""
        self.typed.append(line)
        log = open(self.place / "log", "ab")
        daemon = subprocess.Popen(["bash", "-c", "exec " + translate(line)], cwd=self.place, env=self.environment, stdout=log, stderr=log)
        try:
            wait_for((self.place / "run/control.sock").exists, f"{line}: {(self.place / 'log').read_text()}")
            assert self.ctl("wait", "--for", "healthy", "--timeout", "40").returncode == 0, (self.place / "log").read_text()
            yield
            assert self.ctl("shutdown").returncode == 0
            daemon.wait(40)
        finally:
            log.close()
            if daemon.poll() is None:
                daemon.terminate()
                daemon.wait(40)

    def ctl(self, *words):
        return subprocess.run([BIN / "poolctl", *words], env=self.environment, capture_output=True, text=True, timeout=60)

    def fetch(self, url, *options):
        return subprocess.run(["curl", "--silent", "--show-error", "--max-time", "20", *options, url], cwd=self.place, capture_output=True, text=True)


def shipped(place):
    """The repository's profiles with ports of the test's own."""
    shutil.copytree(ROOT / "profiles", place / "profiles")
    os.symlink(ROOT / ".venv", place / ".venv")
    ports = {}
    for path in (place / "profiles").glob("*.toml"):
        text = path.read_text()
        for port in set(re.findall(r"127\.0\.0\.1:(\d{4})", text)):
            ports.setdefault(port, free_port())
            text = text.replace(f"127.0.0.1:{port}", f"127.0.0.1:{ports[port]}")
        path.write_text(text)
    return ports


def test_standalone(place):
    ports, reader = shipped(place), Reader(place)
    front, bare = commands("standalone.md")
    assert "on 8091" in front and "on 8095" in bare
    with reader.running(front):
        assert "aiohttp" in reader.fetch(f"http://127.0.0.1:{ports['8091']}/", "--include").stdout
    with reader.running(bare):
        assert "200 OK" in reader.fetch(f"http://127.0.0.1:{ports['8095']}/", "--include").stdout


def test_nginx_and_supervisord_there_and_back(place):
    reader, port = Reader(place), free_port()
    example = place / "aiohttp_example.py"
    example.write_text(f"#!{PYTHON}\n{page.EXAMPLE}")
    example.chmod(0o755)
    for name, text in [("supervisord.conf", page.SUPERVISORD), ("nginx.conf", page.NGINX + page.UPSTREAM)]:
        # What the page leaves to its reader: paths, and the port that a reader of this test may have.
        text = text.replace("/path/to/", f"{place}/").replace("/tmp/example_", f"{place}/example_").replace("listen 80;", f"listen {port};")
        (place / name).write_text(text if os.geteuid() == 0 else text.replace("user=nobody\n", ""))
    if os.geteuid() == 0:
        os.chmod(place, 0o777)
    imported, checked, run, to_supervisord, to_nginx, to_systemd = commands("nginx-supervisord.md")
    said = reader.type(imported).stderr
    # The page shows what is said.
    for line in blocks("nginx-supervisord.md")[1][1].splitlines():
        assert line.replace("/path/to", str(place)) in said, f"{line}\n{said}"
    reader.type(checked)
    with reader.running(run):
        assert reader.fetch(f"http://127.0.0.1:{port}/").stdout == "404: Not Found"
    units = place / "units"
    units.mkdir()
    reader.type(to_supervisord)
    # nginx's own files are where root may write.
    reader.type(to_nginx, lambda line: line.replace("nginx -t", f"sed -i 's/^http {{/http {{ access_log off;/' nginx.conf; nginx -t -p {place} -g 'pid {place}/nginx.pid; error_log {place}/error.log;'"))
    reader.type(to_systemd, lambda line: line.replace("/etc/systemd/system", str(units)))
    assert "[program:" in (place / "supervisord.conf").read_text() and list(units.iterdir())
    assert reader.typed == commands("nginx-supervisord.md")


def test_a_certificate_for_trying_it(place):
    reader, port = Reader(place), free_port()
    made, asked, certbot = commands("tls.md")
    assert certbot.startswith("certbot certonly --webroot ")
    reader.type(made)
    listen = re.search(r"(?s)asks a front with\s+`(listen = [^`]+)`", (DOCS / "tls.md").read_text())[1]
    listen = listen.replace("/full/path", str(place)).replace("8443", str(port))
    (place / "example.toml").write_text(f"""
[pool]
name = "example"
[worker]
command = ["{PYTHON}", "{ROOT}/profiles/app/aiohttp_example.py", "--path={{socket}}"]
[front]
{listen}
[health]
path = "/health"
""")
    with reader.running("poold run example.toml"):
        assert "aiohttp" in reader.type(asked, lambda line: line.replace("8443", str(port)).replace("curl ", "curl --silent --include ")).stdout.lower()


def test_no_page_has_a_command_that_is_not_tried():
    tried = {"standalone.md", "nginx-supervisord.md", "tls.md"}
    assert {name for name in PAGES if commands(name)} == tried
