"""A browser that others wrote before a front: a page of 50 files over HTTP/2, its second load, and WebSocket."""
import gzip
import json
import pathlib
import struct
import zlib

import pytest

from browser import Browser
from daemon import wait_for
from test_tls import Site

WEBSOCKETS = pathlib.Path(__file__).with_name("websocket_worker.py")
SHEETS, SCRIPTS, PICTURES = range(15), range(20), range(15)


def picture(number):
    """A PNG of one pixel, its colour by the number."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes([0, number, 0, 0]))) + chunk(b"IEND", b"")


def write_page(root):
    """50 files and the page that names them. Every second script is there compressed too, with another text in it."""
    lines = ["<!doctype html><title>50 files</title>"]
    for number in SHEETS:
        (root / f"{number}.css").write_text(f":root {{ --sheet-{number}: {number}; }}\n" + "/* */\n" * 200)
        lines.append(f'<link rel="stylesheet" href="{number}.css">')
    lines.append("<script>scripts = []</script>")
    for number in SCRIPTS:
        (root / f"{number}.js").write_text(f'scripts.push("plain {number}")\n')
        if number % 2:
            (root / f"{number}.js.gz").write_bytes(gzip.compress(f'scripts.push("gzip {number}")\n'.encode()))
        lines.append(f'<script src="{number}.js"></script>')
    for number in PICTURES:
        (root / f"{number}.png").write_bytes(picture(number))
        lines.append(f'<img src="{number}.png">')
    (root / "index.html").write_text("\n".join(lines))


class Page(Site):
    """The files over TLS, and workers that speak WebSocket; an access log that says everything."""

    def __init__(self, http2=True):
        super().__init__(workers=1, front=f"""
http2 = {str(http2).lower()}
access_log = {{ format = "json", path = "ACCESS" }}
[[front.static]]
prefix = "/static/"
root = "files"
index = "index.html"
max_age = "0s"
precompressed = true
""")
        self.log_path = self.directory / "access.log"
        text = self.profile.read_text().replace("ACCESS", str(self.log_path)).replace('path = "/health"', "path = false")
        self.write_profile(text.replace(str(self.program), str(WEBSOCKETS)))
        (self.directory / "files").mkdir()
        write_page(self.directory / "files")
        self.read = 0

    def logged(self, count):
        """The next lines of the access log, so many or more."""
        def lines():
            found = [json.loads(line) for line in self.log_path.read_text().splitlines()[self.read:]]
            return found if len(found) >= count else None

        found = wait_for(lines, f"{count} lines of the access log", 15)
        self.read += len(found)
        return found

    def connections(self):
        lines = self.ctl("metrics").stdout.splitlines()
        return int(float(next(line.split()[1] for line in lines if line.startswith("pool_proxy_http2_connections_total"))))

    @property
    def address(self):
        return f"https://localhost:{self.secure}/static/"


@pytest.fixture(scope="module")
def page():
    with Page() as site:
        yield site


@pytest.fixture(scope="module")
def browser(page):
    with Browser(page.certificate) as program:
        program.load("Page.navigate", url=page.address)
        yield program


SEEN = """({
  scripts, sheets: document.styleSheets.length,
  values: [...Array(15).keys()].map(n => getComputedStyle(document.documentElement).getPropertyValue("--sheet-" + n).trim()),
  pictures: [...document.images].map(image => image.complete && image.naturalWidth),
  entries: [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .map(it => ({name: it.name, version: it.nextHopProtocol, status: it.responseStatus, bytes: it.encodedBodySize})),
})"""


def check(seen, version):
    assert seen["scripts"] == [f"{'gzip' if number % 2 else 'plain'} {number}" for number in SCRIPTS]
    assert seen["sheets"] == len(SHEETS) and seen["values"] == [str(number) for number in SHEETS]
    assert seen["pictures"] == [1] * len(PICTURES)
    assert len(seen["entries"]) == 51 and {entry["version"] for entry in seen["entries"]} == {version}


def test_a_page_of_fifty_files(page, browser):
    seen = browser.ask(SEEN)
    check(seen, "h2")
    lines = page.logged(51)
    targets = {line["target"]: line for line in lines}
    wanted = {f"/static/{number}.{kind}" for kind, numbers in (("css", SHEETS), ("js", SCRIPTS), ("png", PICTURES)) for number in numbers}
    assert wanted | {"/static/"} <= set(targets)
    # A browser also asks for an icon, which is not there.
    assert {line["version"] for line in lines} == {"HTTP/2.0"}
    assert {line["status"] for target, line in targets.items() if target != "/favicon.ico"} == {200}
    assert {line["termination"] for line in lines} == {"--"}
    assert page.connections() == 1


def test_a_second_load_asks_whether_they_have_changed(page, browser):
    browser.load("Page.navigate", url="about:blank")
    browser.load("Page.navigate", url=page.address)
    seen = browser.ask(SEEN)
    check(seen, "h2")
    lines = [line for line in page.logged(51) if line["target"] != "/favicon.ico"]
    assert [line["status"] for line in lines] == [304] * 51, lines
    assert sum(line["bytes"] for line in lines) == 0
    (page.directory / "files/0.js").write_text('scripts.push("new")\n')
    wait_for(lambda: page.fetch("/static/0.js")[2] == b'scripts.push("new")\n', "the new file", 5)
    page.logged(1)
    browser.load("Page.reload")
    assert browser.ask("scripts[0]") == "new"
    statuses = {line["target"]: line["status"] for line in page.logged(51)}
    assert statuses.pop("/static/0.js") == 200 and set(statuses.values()) <= {304, 404}


def talk(address):
    """What a page of an application does with a WebSocket; the size of the largest message, and the code it ended with."""
    return """new Promise((done, fail) => {
  const socket = new WebSocket("%s"), large = "x".repeat(300000), came = []
  socket.binaryType = "arraybuffer"
  socket.onopen = () => { socket.send("one"); socket.send(new Uint8Array([0, 255])); socket.send(large) }
  socket.onmessage = ({data}) => {
    came.push(typeof data === "string" ? data.length : new Uint8Array(data)[1])
    if (came.length === 3) socket.close(1000, "enough")
  }
  socket.onclose = ({code, wasClean}) => done([...came, code, wasClean])
  setTimeout(() => fail("no answer"), 30000)
})""" % address


def test_websocket_over_a_stream(page, browser):
    """The browser knows from the front's SETTINGS that it may: an extended CONNECT on the page's own connection."""
    before = page.connections()
    assert browser.ask(talk(f"wss://localhost:{page.secure}/echo")) == [3, 255, 300_000, 1000, True]
    line = next(line for line in page.logged(1) if line["target"] == "/echo")
    assert (line["version"], line["worker"]) == ("HTTP/2.0", "example_1"), line
    assert page.connections() == before


def test_websocket_and_files_over_http1():
    with Page(http2=False) as site, Browser(site.certificate) as program:
        program.load("Page.navigate", url=site.address)
        check(program.ask(SEEN), "http/1.1")
        assert program.ask(talk(f"wss://localhost:{site.secure}/echo")) == [3, 255, 300_000, 1000, True]
        assert {line["version"] for line in site.logged(52)} == {"HTTP/1.1"}
        assert site.connections() == 0
