"""Odd but real configurations: each becomes profiles and notes that a person has read, and no line of them is dropped.

What is expected stands beside each configuration in `expected.txt`; RECORD_GOLDENS=1 writes it, and the diff is the review.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import pytest
from daemon import BIN

CONFIGURATIONS = pathlib.Path(__file__).parent / "configurations"
REFUSED = {"haproxy.cfg": "HAProxy's configuration", "apache.conf": "Apache's configuration"}
NAMES = sorted(path.name for path in CONFIGURATIONS.iterdir() if path.is_dir() and path.name != "refused")
MAIN = ["nginx.conf", "supervisord.conf", "gunicorn.conf.py"]
ENVIRONMENT = {"HOME": "/home/site", "PATH": "/usr/bin:/bin", "WEB_COUNT": "3", "WEB_USER": "site", "PORT": "8123"}

# Lines without which nothing changes, each with the reason.
DEFAULTS = [
    # They say what would be so without them.
    r"proxy_set_header Host \$http_host;", r"autorestart=unexpected", r"numprocs_start=1", r"server_name _;", r"ssl_protocols TLSv1.2 TLSv1.3;",
    r"^        listen 80;",
    # certbot's last word where its rules name every host that comes, and the redirect of the only pools there are.
    r"return 404; # managed by Certbot", r"^        server_name blog.example;",
    # Included twice: what it says is noted once.
    r"include options/ssl-nginx.conf;",
    # They stand in a block or a section that is listed as a whole.
    r"worker_connections", r"try_files \$uri \$uri/ =404;", r"fastcgi_pass unix:/run/php/php-fpm.sock;", r"memmon", r"TICK_60", r"app.fcgi",
    r"localhost:9002", r"^file=", r"^chmod=", r"^supervisor.rpcinterface_factory", r"^serverurl=unix",
    # It is a text's.
    r'bind = "9.9.9.9:9"', r"workers = 99",
]


@pytest.fixture
def place():
    directory = pathlib.Path(tempfile.mkdtemp(prefix="import-"))
    yield directory
    shutil.rmtree(directory)


def run(directory):
    """What `poolctl import` makes of the directory's main files; no crash, and no note without a place and a reason."""
    files = [name for name in MAIN if (directory / name).exists()]
    result = subprocess.run([BIN / "poolctl", "import", *files, "--json"], cwd=directory, env=ENVIRONMENT, capture_output=True,
                            text=True, timeout=30)
    assert result.returncode in (0, 1), result.stderr
    report = json.loads(result.stdout)
    for note in report["notes"]:
        assert (directory / note["file"]).exists() and note["line"] >= 1 and note["reason"], note
    return report


def text(report, directory):
    notes = [f'{note["file"]}:{note["line"]}:{note["column"]}: {note["kind"]}: {note["directive"]}: {note["reason"]}' for note in report["notes"]]
    profiles = [f'=== {pool["name"]}.toml\n' + "\n".join(line for line in pool["profile"].splitlines() if line and not line.startswith("#"))
                for pool in report["pools"]]
    # Two things are the machine's: where the files are, and how many processors it has.
    found = "\n".join(profiles + ["=== notes"] + notes).replace(str(directory), "DIRECTORY") + "\n"
    processors = 2 * os.sysconf("SC_NPROCESSORS_ONLN") + 1
    return found.replace(f"workers = {processors}", "workers = N").replace(f"workers: it is {processors}", "workers: it is N")


@pytest.mark.parametrize("name", NAMES)
def test_a_real_configuration_becomes_what_was_read(place, name):
    directory = place / name
    shutil.copytree(CONFIGURATIONS / name, directory)
    found = text(run(directory), directory)
    expected = CONFIGURATIONS / name / "expected.txt"
    if os.environ.get("RECORD_GOLDENS"):
        expected.write_text(found)
    assert found == expected.read_text()


def statements(path):
    """The lines that say something by themselves, with their indices."""
    pattern = {".conf": r"^\s*[^#\s;].*", ".py": r"^[a-z_].*[^(,\[]$"}.get(path.suffix, r"^\s*[^#\s;].*")
    lines = path.read_bytes().decode("utf-8-sig").splitlines()
    for index, line in enumerate(lines):
        bare = re.sub(r"\s+[#;].*$", "", line).rstrip()
        if not re.match(pattern, line) or any(re.search(default, line) for default in DEFAULTS):
            continue
        if "supervisor" in str(path):
            if re.match(r"\s*[\w.]+ *[=:]", line):
                yield index, lines
        elif path.suffix == ".py":
            if not line.endswith(":"):
                yield index, lines
        elif bare.endswith(";") and bare.count("{") == bare.count("}") and bare.count('"') % 2 == 0 and bare.count("'") % 2 == 0:
            yield index, lines


@pytest.mark.parametrize("name", NAMES)
def test_no_line_of_a_configuration_is_dropped_silently(place, name):
    """Every line is in the profile or in the notes: without it something is different."""
    directory = place / name
    shutil.copytree(CONFIGURATIONS / name, directory)
    whole = text(run(directory), directory)
    tried, silent = 0, []
    for path in sorted(directory.rglob("*")):
        if not path.is_file() or path.name == "expected.txt":
            continue
        before = path.read_bytes()
        for index, lines in statements(path):
            tried += 1
            path.write_text("\n".join(lines[:index] + [""] + lines[index + 1:]) + "\n")
            if text(run(directory), directory) == whole:
                silent.append(f"{path.name}:{index + 1}: {lines[index].strip()}")
        path.write_bytes(before)
    assert tried >= 5 and not silent, "\n".join(silent)


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_cannot_be_imported_is_refused_by_its_name(name):
    result = subprocess.run([BIN / "poolctl", "import", CONFIGURATIONS / "refused" / name], capture_output=True, text=True, timeout=30)
    assert result.returncode == 1 and REFUSED[name] in result.stderr and name in result.stderr, result.stderr
    assert result.stdout == ""


def test_a_file_that_cannot_be_read_is_named(place):
    (place / "sites").mkdir()
    (place / "sites/gone").symlink_to(place / "nowhere")
    (place / "sites/directory").mkdir()
    (place / "sites/app").write_text("server { listen 8080; location / { proxy_pass http://127.0.0.1:8000; } }\n")
    (place / "nginx.conf").write_text("include sites/*;\n")
    result = subprocess.run([BIN / "poolctl", "import", "nginx.conf"], cwd=place, capture_output=True, text=True, timeout=30)
    assert result.returncode == 0 and "8080" in result.stdout
    assert "sites/gone:1:1: invalid: file: " in result.stderr and "directory:1" not in result.stderr, result.stderr


def test_a_configuration_without_a_pool_says_so(place):
    (place / "nginx.conf").write_text("server { listen 80; root /srv/www; }\n")
    result = subprocess.run([BIN / "poolctl", "import", "nginx.conf"], cwd=place, capture_output=True, text=True, timeout=30)
    assert result.returncode == 1 and "There is no pool in nginx.conf" in result.stderr, result.stderr
    assert "nginx.conf:1:1: lost: server" in result.stderr
