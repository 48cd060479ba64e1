"""The access log formats of aiohttp and gunicorn, against what aiohttp and gunicorn themselves write."""
import base64
import contextlib
import http.client
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import pytest
from daemon import PYTHON, Daemon, free_port, wait_for
from proxies import answers

# aiohttp with its own defaults: nothing is said about the access log.
AIOHTTP = """
import logging, sys
from aiohttp import web

async def index(request):
    return web.Response(text="Welcome home!")

async def echo(request):
    return web.Response(body=await request.read())

logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(message)s")
app = web.Application(client_max_size=1 << 20)
app.router.add_get("/", index)
app.router.add_post("/echo", echo)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
"""

# For gunicorn's own log: its own kind of worker serves WSGI.
WSGI = """
def app(environ, start_response):
    size = int(environ.get("CONTENT_LENGTH") or 0)
    path = environ["PATH_INFO"]
    found = path in ("/", "/echo")
    body = (environ["wsgi.input"].read(size) if path == "/echo" else b"Welcome home!") if found else b"404: Not Found"
    start_response("200 OK" if found else "404 Not Found", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
"""

REQUESTS = [
    ("GET", "/", None, {}),
    ("GET", "/?a=%20b&c=d", None, {"User-Agent": "Mozilla/5.0 (X11; Linux)", "Referer": "http://example.com/from?x=1"}),
    ("POST", "/echo", b"x" * 1000, {"User-Agent": "poster"}),
    ("GET", "/none", None, {"User-Agent": ""}),
    ("GET", "/" + "long" * 50, None, {"Referer": "-"}),
]


# Every specifier of aiohttp's documentation and of gunicorn's, but for `e`: a program's own variables, which a proxy does not have.
SPECIFIERS = {
    "aiohttp": ["%a", "%t", "%P", "%r", "%s", "%b", "%T", "%Tf", "%D", "%{Host}i", "%{User-Agent}i", "%{X-None}i", "%{Content-Type}o", "%{X-None}o"],
    "gunicorn": ["%(h)s", "%(l)s", "%(u)s", "%(t)s", "%(r)s", "%(m)s", "%(U)s", "%(q)s", "%(H)s", "%(s)s", "%(B)s", "%(b)s", "%(f)s", "%(a)s",
                 "%(T)s", "%(M)s", "%(D)s", "%(L)s", "%(p)s", "%({host}i)s", "%({x-none}i)s", "%({content-type}o)s", "%({x-none}o)s"],
}
# What is never the same has the same form.
FORMS = [
    (r"\[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\]", "time"), (r"<\d+>", "pid"), (r"\d+\.\d{6}", "exact"), (r"\d+", "number"),
]
TIMES = {"%t", "%P", "%T", "%Tf", "%D", "%(t)s", "%(p)s", "%(T)s", "%(M)s", "%(D)s", "%(L)s"}

SPECIFIED = [
    ("GET", "/", None, {}),
    ("GET", "/?a=%20b&c=d", None, {"User-Agent": "Mozilla/5.0", "Referer": "http://example.com/from?x=1"}),
    ("POST", "/echo", b"x" * 1000, {"Authorization": "Basic " + base64.b64encode(b"ada:secret").decode()}),
    ("GET", "/none", None, {"Authorization": "Basic broken", "User-Agent": ""}),
    ("HEAD", "/", None, {"Authorization": "Bearer abc"}),
    ("DELETE", "/none?x", None, {}),
]


def ask(port, requests=REQUESTS):
    for method, path, body, headers in requests:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        with contextlib.closing(connection):
            # The port is not the same in front of Pool.
            connection.request(method, path, body, {"Host": "example.com", **headers})
            connection.getresponse().read()


def lines(path):
    """The lines of an access log without what is never the same: the time."""
    text = path.read_text() if path.exists() else ""
    found = [line for line in text.splitlines() if "HTTP/1.1" in line]
    # Each loop of the proxy writes its own lines: they come in its order, not in all clients'.
    return sorted(re.sub(r"\[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\]", "[time]", line) for line in found)


@pytest.fixture
def place():
    directory = pathlib.Path(tempfile.mkdtemp(prefix="logs-"))
    yield directory
    shutil.rmtree(directory)


def specified(path, specifiers):
    """The fields of each line, with what is never the same as its form."""
    found = []
    for line in path.read_text().splitlines() if path.exists() else []:
        fields = line.split("|")
        if len(fields) != len(specifiers):
            continue
        found.append([next((name for form, name in FORMS if re.fullmatch(form, field)), field) if specifier in TIMES else field
                      for specifier, field in zip(specifiers, fields)])
    return sorted(found)


def theirs(place, command, port, log, lines=lines, requests=REQUESTS):
    """What the program itself writes for the requests."""
    with open(log, "wb") as output:
        child = subprocess.Popen(command, stdout=output, stderr=output, cwd=place)
        try:
            wait_for(lambda: answers(port), "the program")
            ask(port, requests)
            wait_for(lambda: len(lines(log)) == len(requests), "its log")
        finally:
            child.terminate()
            child.wait(20)
    return lines(log)


def ours(place, worker, form, lines=lines, requests=REQUESTS):
    """What Pool writes for the same requests to the same program behind it."""
    log = place / "pool.log"
    pool = Daemon(profile="", name="logs")
    pool.write_profile(f"""
[pool]
name = "logs"
[worker]
command = {worker}
directory = "{place}"
listen = "127.0.0.1:{free_port()}"
ready = "listen"
[front]
listen = "127.0.0.1:{pool.port}"
access_log = {{ format = "{form}", path = "{log}" }}
""")
    with pool:
        ask(pool.port, requests)
        wait_for(lambda: len(lines(log)) == len(requests), f"the log: {lines(log)}")
        return lines(log)


def test_aiohttps_format_is_what_aiohttp_writes(place):
    (place / "app.py").write_text(AIOHTTP)
    port = free_port()
    expected = theirs(place, [PYTHON, "app.py", str(port)], port, place / "aiohttp.log")
    assert any('127.0.0.1 [time] "GET / HTTP/1.1" 200 ' in line for line in expected)
    assert ours(place, f'["{PYTHON}", "app.py", "{{port}}"]', "aiohttp") == expected


def test_gunicorns_format_is_what_gunicorn_writes(place):
    (place / "app.py").write_text(WSGI)
    port = free_port()
    words = [str(PYTHON), "-m", "gunicorn", "app:app", "--workers=1", "--access-logfile=-", "--no-control-socket"]
    expected = theirs(place, [*words, f"--bind=127.0.0.1:{port}"], port, place / "gunicorn.log")
    assert any(line.startswith('127.0.0.1 - - [time] "GET / HTTP/1.1" 200 13 ') for line in expected)
    quoted = ", ".join(f'"{word}"' for word in [*words, "--bind=127.0.0.1:{port}"])
    assert ours(place, f"[{quoted}]", "gunicorn") == expected


@pytest.mark.parametrize("program", sorted(SPECIFIERS))
def test_every_specifier_is_what_the_program_itself_writes(place, program):
    specifiers = SPECIFIERS[program]
    pattern, port = "|".join(specifiers), free_port()
    if program == "aiohttp":
        (place / "app.py").write_text(AIOHTTP.replace("print=None", f"print=None, access_log_format={pattern!r}"))
        command, worker = [PYTHON, "app.py", str(port)], f'["{PYTHON}", "app.py", "{{port}}"]'
    else:
        (place / "app.py").write_text(WSGI)
        words = [str(PYTHON), "-m", "gunicorn", "app:app", "--workers=1", "--access-logfile=-", "--no-control-socket",
                 f"--access-logformat={pattern}"]
        command = [*words, f"--bind=127.0.0.1:{port}"]
        escaped = [word.replace("{", "{{").replace("}", "}}") for word in words]
        worker = "[" + ", ".join(f'"{word}"' for word in [*escaped, "--bind=127.0.0.1:{port}"]) + "]"

    def read(path):
        return specified(path, specifiers)

    expected = theirs(place, command, port, place / "theirs.log", read, SPECIFIED)
    assert all(field != "" for field in expected[0][:1]) and len(expected) == len(SPECIFIED)
    found = ours(place, worker, pattern, read, SPECIFIED)
    different = [f"{specifier}: {program} writes {one!r}, Pool {two!r}" for theirs_, ours_ in zip(expected, found)
                 for specifier, one, two in zip(specifiers, theirs_, ours_) if one != two]
    assert not different, "\n".join(different)
