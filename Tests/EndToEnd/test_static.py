"""Files that the proxy serves itself, with a real daemon and a real curl."""
import os
import subprocess

import pytest

from daemon import Daemon, wait_for


@pytest.fixture(scope="module")
def site():
    pool = Daemon(workers=1, front="""
[[front.static]]
prefix = "/static"
root = "public"
index = "index.html"
max_age = "1m"
precompressed = true
""")
    public = pool.directory / "public"
    (public / "sub").mkdir(parents=True)
    (public / "app.js").write_text("plain")
    (public / "app.js.gz").write_text("compressed")
    (public / "sub/index.html").write_text("<p>index</p>")
    (public / "large.bin").write_bytes(os.urandom(5_000_000))
    (public / "out").symlink_to("/etc/passwd")
    (pool.directory / "secret").write_text("secret")
    with pool:
        yield pool


def curl(pool, path, *words):
    url = f"http://127.0.0.1:{pool.port}{path}"
    return subprocess.run(["curl", "-sS", "--path-as-is", *words, url], capture_output=True, timeout=30).stdout


def test_files_come_with_their_types(site):
    status, headers, body = site.get("/static/app.js")
    assert (status, body) == (200, b"plain")
    assert headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert headers["Cache-Control"] == "max-age=60"
    assert site.get("/static/app.js", {"Accept-Encoding": "gzip"})[2] == b"compressed"
    assert site.get("/static/sub/")[2] == b"<p>index</p>"
    assert site.get("/static/app.js", {"If-None-Match": headers["ETag"]})[0] == 304


def test_downloads_go_on_where_they_stopped(site, tmp_path):
    whole = (site.directory / "public/large.bin").read_bytes()
    part = tmp_path / "part"
    part.write_bytes(whole[:1_234_567])
    curl(site, "/static/large.bin", "-C", "-", "-o", part)
    assert part.read_bytes() == whole


@pytest.mark.parametrize("path", [
    "/static/../secret", "/static/..%2fsecret", "/static/%2e%2e/secret", "/static/sub/../../secret", "/static/out", "/static/",
    "/static//etc/passwd", "/static/app.js%00", "/static/nothing",
])
def test_nothing_leads_out(site, path):
    assert curl(site, path, "-o", "/dev/null", "-w", "%{http_code}") == b"404"


def test_a_replaced_file_is_served_soon(site):
    path = site.directory / "public/changing"
    path.write_text("one")
    assert site.get("/static/changing")[2] == b"one"
    (site.directory / "public/next").write_text("two")
    os.replace(site.directory / "public/next", path)
    wait_for(lambda: site.get("/static/changing")[2] == b"two", "the new file", 5)
