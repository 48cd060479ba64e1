"""Fixtures: a running pool for the tests that only look, and a fresh one for those that hurt it."""
import os
import pathlib
import shutil
import signal
import tempfile

import pytest

from daemon import BIN, Daemon

# An exported NGINX means inherited sockets to nginx; the others would redirect the tests' daemons.
# So would a proxy or a client certificate of the developer's own.
for name in ("NGINX", "COLUMNS", "NO_COLOR", "POOL_CONFIG", "POOL_RUNTIME_DIR", "POOL_URL", "POOL_SOCKET", "POOL_STATE_DIR",
             "POOL_CERT", "POOL_KEY", "POOL_CA", "http_proxy", "https_proxy", "all_proxy",
             "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
    os.environ.pop(name, None)

# The developer's own poold.toml and pooltop.toml are not the tests' to read or write; where pip finds packages is.
for base in (os.environ.get("XDG_CONFIG_HOME"), os.path.expanduser("~/.config")):
    settings = pathlib.Path(base or "/nonexistent", "pip", "pip.conf")
    if settings.exists():
        os.environ.setdefault("PIP_CONFIG_FILE", str(settings))
        break
CONFIGURATION = tempfile.mkdtemp(prefix="config-")
os.environ["XDG_CONFIG_HOME"] = CONFIGURATION


def pytest_configure(config):
    # A run that is told to end leaves no more behind than one that is interrupted.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_sessionstart(session):
    missing = [name for name in ("poold", "poolctl", "pooltop") if not (BIN / name).exists()]
    if missing:
        pytest.exit(f"not built: {', '.join(missing)}; run make build", returncode=2)


def pytest_unconfigure(config):
    shutil.rmtree(CONFIGURATION, ignore_errors=True)


@pytest.fixture(scope="module")
def shared():
    """Four healthy aiohttp workers, shared by the tests of a module that leave them as they were."""
    with Daemon() as pool:
        yield pool


@pytest.fixture
def fresh():
    """Four healthy aiohttp workers for one test."""
    with Daemon() as pool:
        yield pool
