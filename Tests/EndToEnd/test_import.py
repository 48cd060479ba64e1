"""What somebody has today, in: the deployment page's snippets become pools that serve. And out again."""
import contextlib
import http.client
import json
import os
import pathlib
import shutil
import ssl
import subprocess
import tempfile

import page
import pytest
from daemon import BIN, PYTHON, ROOT, Daemon, UnixConnection, free_port, wait_for
from proxies import answers, program


def poolctl(*words, cwd=None, status=0):
    result = subprocess.run([BIN / "poolctl", *map(str, words)], capture_output=True, text=True, timeout=30, cwd=cwd)
    assert result.returncode == status, f"{result.stdout}{result.stderr}"
    return result


@pytest.fixture
def place():
    """A directory with the page's program and files, where the page says /path/to and /tmp."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix="page-"))
    os.chmod(directory, 0o755)
    (directory / "tmp").mkdir()
    os.chmod(directory / "tmp", 0o1777)
    static = directory / "app/static/static"
    static.mkdir(parents=True)
    (static / "style.css").write_text("body { color: black }\n")
    example = directory / "aiohttp_example.py"
    example.write_text(f"#!{PYTHON}\n{page.EXAMPLE}")
    example.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


def settle(text, place, port):
    """The changes that the page leaves to its reader: paths, and here a port of the test's own."""
    for ours, theirs in [("/path/to/", f"{place}/"), ("/tmp/example_", f"{place}/tmp/example_"), ("listen 80;", f"listen {port};")]:
        text = text.replace(ours, theirs)
    # Only root becomes somebody else.
    return text if os.geteuid() == 0 else text.replace("user=nobody\n", "")


def test_the_pages_two_snippets_become_a_pool_that_serves(place):
    port = free_port()
    (place / "supervisord.conf").write_text(settle(page.SUPERVISORD, place, port))
    (place / "nginx.conf").write_text(settle(page.NGINX + page.UPSTREAM, place, port))
    imported = poolctl("import", "supervisord.conf", "nginx.conf", cwd=place)
    # What is not as it was is said with file, line and reason.
    assert "nginx.conf:18:7: changed: root" in imported.stderr
    assert 'server_name = "example.com"' in imported.stdout or 'server_name = ["example.com"]' in imported.stdout
    assert "lost" not in imported.stderr and "invalid" not in imported.stderr
    pool = Daemon(profile=imported.stdout)
    pool.port = port
    with pool:
        workers = pool.workers()
        assert sorted(workers) == [f"example_{n}" for n in range(1, 5)]
        status, _, body = pool.get("/")
        # The page's program has no routes: its own 404 says that a worker answered.
        assert (status, body) == (404, b"404: Not Found")
        assert pool.get("/static/style.css")[::2] == (200, b"body { color: black }\n")
        for _ in range(8):
            pool.get("/")
        wait_for(lambda: min(worker["traffic"]["requests"] for worker in pool.workers().values()) >= 2, "two requests each")
        if os.geteuid() == 0:
            owner = os.stat(f"/proc/{pool.pids()['example_1']}").st_uid
            assert owner != 0


def test_files_are_told_apart_and_includes_are_followed(place):
    port = free_port()
    (place / "conf.d").mkdir()
    (place / "conf.d/aiohttp.conf").write_text(settle(page.SUPERVISORD, place, port))
    (place / "supervisord.conf").write_text("; ours\n[supervisord]\nnodaemon=true\n[include]\nfiles = %(here)s/conf.d/*.conf\n")
    (place / "sites").mkdir()
    (place / "sites/app").write_text("server { include sites/listen; location / { proxy_pass http://aiohttp; } }\n")
    (place / "sites/listen").write_text(f"listen {port};\n")
    upstream = settle(page.UPSTREAM, place, port).replace("http {", "", 1).rstrip().removesuffix("}")
    (place / "nginx.conf").write_text("events {}\nhttp {\n" + upstream + "\ninclude sites/app;\ninclude sites/none/*;\n}\n")
    report = json.loads(poolctl("import", place / "nginx.conf", place / "supervisord.conf", "--json").stdout)
    assert [pool["name"] for pool in report["pools"]] == ["example"]
    assert f'listen = ["0.0.0.0:{port}"]' in report["pools"][0]["profile"]
    lost = [note for note in report["notes"] if note["kind"] == "lost"]
    assert [(pathlib.Path(note["file"]).name, note["directive"]) for note in lost] == [("nginx.conf", "include")]


def test_profiles_are_written_once(place):
    (place / "supervisord.conf").write_text(page.SUPERVISORD)
    poolctl("import", "supervisord.conf", "--output", place, cwd=place)
    profile = (place / "example.toml").read_text()
    assert "workers = 4" in profile
    again = poolctl("import", "supervisord.conf", "--output", place, cwd=place, status=1)
    assert "exists" in again.stderr.lower()
    assert (place / "example.toml").read_text() == profile


def test_the_pages_ssl_servers_speak_https_and_redirect(place):
    pool = Daemon(profile="")
    plain, secure, backend = free_port(), free_port(), free_port()
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-days", "2",
                    "-keyout", place / "key.pem", "-out", place / "cert.pem", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
    text = (page.NGINX_SSL.replace("/etc/secrets", str(place)).replace("listen 80 ", f"listen {plain} ")
            .replace("[::]:443", f"[::1]:{secure}").replace("443 ssl", f"{secure} ssl")
            .replace("https://$host$request_uri", f"https://$host:{secure}$request_uri").replace("127.0.0.1:8080", f"127.0.0.1:{backend}"))
    (place / "nginx.conf").write_text(text)
    (place / "supervisord.conf").write_text(f"[program:app]\ncommand={place}/aiohttp_example.py --port={backend}\nautorestart=true\n")
    imported = poolctl("import", "supervisord.conf", "nginx.conf", cwd=place)
    assert "lost" not in imported.stderr
    pool.write_profile(imported.stdout)
    pool.name, pool.port = "app", plain
    with pool:
        status, headers, _ = pool.get("/a?b=c", headers={"Host": f"localhost:{plain}"})
        assert (status, headers["Location"]) == (301, f"https://localhost:{secure}/a?b=c")
        context = ssl.create_default_context(cafile=place / "cert.pem")
        connection = http.client.HTTPSConnection("localhost", secure, context=context, timeout=10)
        with contextlib.closing(connection):
            connection.request("GET", "/")
            assert connection.getresponse().read() == b"404: Not Found"


def test_a_gunicorn_configuration_is_read_without_running_it(place):
    port = free_port()
    (place / "my_app_module.py").write_text(page.MY_APP_MODULE)
    (place / "gunicorn.conf.py").write_text(f"""
import os
open({str(place / "ran")!r}, "a").write("x")
wsgi_app = "my_app_module:my_web_app"
bind = "127.0.0.1:{port}"
workers = 2
worker_class = "aiohttp.GunicornWebWorker"
chdir = {str(place)!r}
""")
    imported = poolctl("import", place / "gunicorn.conf.py")
    assert not (place / "ran").exists()
    assert "gunicorn.conf.py:3:1: unneeded" in imported.stderr
    profile = imported.stdout.replace('"gunicorn", "my_app', f'"{PYTHON.parent}/gunicorn", "my_app')
    pool = Daemon(profile=profile, name="my_app_module")
    pool.port = port
    with pool:
        assert pool.get("/")[2] == b"Welcome home!"
        assert sorted(pool.workers()) == ["my_app_module_1", "my_app_module_2"]


# Out again

PROFILE = """
[pool]
name = "out"
workers = 3

[worker]
command = ["{python}", "{app}", "--path={{socket}}"]
environment = {{ WORKER = "100% {{name}}" }}
listen = "unix:{place}/tmp/out_{{n}}.sock"

[front]
listen = ["127.0.0.1:{port}", {{ address = "127.0.0.1:{secure}", tls = {{ certificate = "cert.pem", key = "key.pem" }} }},
    {{ address = "127.0.0.1:{plain}", redirect_https = {secure} }}]
server_name = ["localhost", "127.0.0.1"]
gzip = {{ types = ["text/html", "application/json"], min_size = "64" }}
error_page = {{ status = 413, file = "large.html" }}
client_max_body_size = "2K"
request_headers = {{ X-Set = "yes" }}
response_headers = {{ X-Answer = "ours" }}
static = {{ prefix = "/static/", root = "app/static/static", max_age = "1h" }}
hsts = "1h"

[health]
path = "/health"
"""


@pytest.fixture
def exported(place):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-days", "2",
                    "-keyout", place / "key.pem", "-out", place / "cert.pem", "-subj", "/CN=localhost"], check=True, capture_output=True)
    (place / "large.html").write_text("<h1>too large</h1>")
    ports = {"port": free_port(), "secure": free_port(), "plain": free_port()}
    (place / "out.toml").write_text(PROFILE.format(python=PYTHON, app=ROOT / "profiles/app/aiohttp_example.py", place=place, **ports))
    return place, ports


def test_nginx_and_supervisord_run_what_is_exported(exported):
    place, ports = exported
    nginx = poolctl("export", "nginx", "out.toml", cwd=place)
    assert "health.path" in nginx.stderr
    (place / "nginx.conf").write_text(nginx.stdout)
    supervisord = poolctl("export", "supervisord", "out.toml", cwd=place)
    (place / "supervisord.conf").write_text(
        f"[supervisord]\nnodaemon=true\nuser={'root' if os.geteuid() == 0 else ''}\nlogfile={place}/s.log\npidfile={place}/s.pid\n"
        f"childlogdir={place}\n" + supervisord.stdout)
    if os.geteuid() != 0:
        (place / "supervisord.conf").write_text((place / "supervisord.conf").read_text().replace("user=\n", ""))
    temp = " ".join(f"{kind}_temp_path {place}/tmp;" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    text = (place / "nginx.conf").read_text().replace("http {", f"http {{ access_log off; {temp}", 1)
    (place / "nginx.conf").write_text(text)
    options = ["-p", place, "-c", place / "nginx.conf", "-g",
               f"daemon off; pid {place}/nginx.pid; error_log {place}/error.log;" + (" user root;" if os.geteuid() == 0 else "")]
    check = subprocess.run([program("nginx"), "-t", *options], capture_output=True, text=True)
    assert check.returncode == 0, check.stderr
    children = [subprocess.Popen([PYTHON.parent / "supervisord", "-c", place / "supervisord.conf"], stdout=subprocess.DEVNULL)]
    try:
        for number in range(1, 4):
            wait_for((place / f"tmp/out_{number}.sock").exists, f"worker {number}")
        children.append(subprocess.Popen([program("nginx"), *options]))
        wait_for(lambda: answers(ports["port"]), "nginx")

        def get(path, port="port", body=None):
            connection = http.client.HTTPConnection("127.0.0.1", ports[port], timeout=10)
            with contextlib.closing(connection):
                connection.request("POST" if body else "GET", path, body)
                answer = connection.getresponse()
                return answer.status, answer.headers, answer.read()

        workers = {json.loads(get("/")[2])["worker"] for _ in range(9)}
        assert workers == {f"100% out_{number}" for number in range(1, 4)}
        assert get("/")[1]["X-Answer"] == "ours"
        assert get("/static/style.css")[1]["Cache-Control"] == "max-age=3600"
        status, headers, page = get("/echo", body=b"x" * 3000)
        assert (status, headers["Content-Type"], page) == (413, "text/html", b"<h1>too large</h1>")
        assert get("/static/style.css")[1]["Content-Type"] == "text/css"
        assert get("/x", port="plain")[1]["Location"] == f"https://127.0.0.1:{ports['secure']}/x"
    finally:
        for child in reversed(children):
            child.terminate()
            child.wait(20)


@pytest.mark.parametrize("name", sorted(path.stem for path in (ROOT / "profiles").glob("*.toml")))
def test_nginx_and_systemd_take_every_shipped_profile(place, name):
    shutil.copytree(ROOT / "profiles", place / "profiles")
    poolctl("certificate", "self-signed", cwd=place / "profiles")
    options = ["-g", f"pid {place}/nginx.pid; error_log {place}/error.log;"]
    conf = place / "nginx.conf"
    conf.write_text(poolctl("export", "nginx", place / f"profiles/{name}.toml").stdout.replace("http {", "http { access_log off;", 1))
    check = subprocess.run([program("nginx"), "-t", "-p", place, "-c", conf, *options], capture_output=True, text=True)
    assert check.returncode == 0 and "warn" not in check.stderr.replace("the \"user\" directive", ""), check.stderr
    # The page's own words for a supervisord, and a section that supervisord's reader takes.
    assert "[program:" in poolctl("export", "supervisord", place / f"profiles/{name}.toml").stdout
    units = place / "units"
    units.mkdir()
    poolctl("export", "systemd", place / f"profiles/{name}.toml", "--output", units)
    written = sorted(units.iterdir())
    assert written and all("ExecStart=" in unit.read_text() for unit in written if unit.suffix == ".service")
    if shutil.which("systemd-analyze"):
        result = subprocess.run(["systemd-analyze", "verify", *written], capture_output=True, text=True)
        assert not any(unit.name in result.stderr for unit in written), result.stderr


def test_systemd_gets_a_template_unit(exported):
    place, _ = exported
    poolctl("export", "systemd", "out.toml", "--output", place, cwd=place)
    unit = (place / "out@.service").read_text()
    assert f"--path={place}/tmp/out_%i.sock" in unit
    assert 'Environment="WORKER=100%% out_%i"' in unit
    if shutil.which("systemd-analyze"):
        result = subprocess.run(["systemd-analyze", "verify", place / "out@.service"], capture_output=True, text=True)
        assert "out@" not in result.stderr, result.stderr
