"""pooltop.toml: read at the start, named where it is wrong, written only when that is asked for."""
import pathlib
import subprocess
import tempfile

import pytest

from daemon import BIN, wait_for
from terminal import Terminal


@pytest.fixture
def config(monkeypatch):
    """Where the settings of this test's user are; there are none yet. The path is short: the screen shows it."""
    with tempfile.TemporaryDirectory(prefix="set-") as home:
        monkeypatch.setenv("XDG_CONFIG_HOME", home)
        path = pathlib.Path(home, "pool/pooltop.toml")
        path.parent.mkdir()
        yield path


def dashboard(pool, *options):
    return Terminal([BIN / "pooltop", "--runtime-dir", pool.runtime, *options], 100, 30)


def pooltop(*options):
    return subprocess.run([BIN / "pooltop", *options], capture_output=True, text=True, timeout=20)


def quits(screen):
    screen.send("q")
    assert screen.wait() == 0


def test_nothing_is_written_unless_it_is_asked_for(shared, config):
    with dashboard(shared) as screen:
        screen.until("live")
        screen.send(":", "theme light", "Enter", ":", "sort p99", "Enter")
        assert not config.exists()
        screen.send(":", "save", "Enter")
        screen.until("settings written")
        quits(screen)
    assert 'theme = "light"' in config.read_text() and 'sort = "p99"' in config.read_text()
    result = pooltop("--print-config")
    assert result.returncode == 0 and result.stdout == config.read_text() and result.stderr == ""


def test_printing_and_writing_from_the_command_line(config):
    config.write_text('rate = "fast"\nwrap = true\n')
    result = pooltop("--print-config", "--theme", "light")
    assert result.returncode == 1 and "line 1: rate cannot be" in result.stderr
    assert "wrap = true" in result.stdout and 'theme = "light"' in result.stdout
    assert pooltop("--write-config", "--theme", "light").returncode == 0
    assert config.with_name("pooltop.toml~").read_text() == 'rate = "fast"\nwrap = true\n'
    assert pooltop("--print-config").returncode == 0


def test_no_config_does_without(shared, config):
    config.write_text('[keys]\nhelp = "#"\n')
    with dashboard(shared, "--no-config") as screen:
        screen.until("live")
        screen.send("?")
        screen.until("row down")
        screen.send("Esc")
        quits(screen)


def test_a_named_file_that_is_not_there_is_said(shared, config):
    with dashboard(shared, "--config", str(config)) as screen:
        screen.until("does not exist")
        wait_for(lambda: "live" in screen.text, "the connection")
        quits(screen)


MISTAKES = """theme = "purple"
rate = 900
colums = ["id"]
sort = 7
wrap = "yes"
[keys]
explode = "x"
"""


def test_every_mistake_is_reachable_and_the_rest_counts(shared, config):
    config.write_text(MISTAKES + 'help = ["#", "?"]\n')
    result = pooltop("--check-settings")
    assert result.returncode == 1
    for line in (1, 2, 3, 4, 5, 7):
        assert f"{config}: line {line}: " in result.stdout, result.stdout
    assert len(result.stdout.splitlines()) == 6 and "did you mean columns?" in result.stdout
    with dashboard(shared) as screen:
        screen.until("6 mistakes in the settings, ? lists them")
        screen.send("#")
        text = screen.until("SETTINGS: 6 mistakes left out")
        assert all(f"line {line}: " in text for line in (1, 2, 3, 4, 5, 7)), text
        screen.send("/", "explode", "Enter")
        screen.until("no such command: explode")
        screen.gone("line 2: ")
        screen.send("Esc", "Esc")
        quits(screen)


def test_settings_without_mistakes_pass_the_check(config):
    assert "does not exist" in pooltop("--check-settings").stdout
    config.write_text('rate = 2\n')
    result = pooltop("--check-settings")
    assert result.returncode == 0 and "no mistakes" in result.stdout
