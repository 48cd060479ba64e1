"""Fixtures: a running pool for the tests that only look, and a fresh one for those that hurt it."""
import os

import pytest

from daemon import BIN, Daemon

# An exported NGINX means inherited sockets to nginx; the others would redirect the tests' daemons.
# So would a proxy or a client certificate of the developer's own.
for name in ("NGINX", "COLUMNS", "NO_COLOR", "POOL_CONFIG", "POOL_RUNTIME_DIR", "POOL_URL", "POOL_SOCKET", "POOL_STATE_DIR",
             "POOL_CERT", "POOL_KEY", "POOL_CA", "XDG_CONFIG_HOME", "http_proxy", "https_proxy", "all_proxy",
             "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
    os.environ.pop(name, None)


def pytest_sessionstart(session):
    missing = [name for name in ("poold", "poolctl", "pooltop") if not (BIN / name).exists()]
    if missing:
        pytest.exit(f"not built: {', '.join(missing)}; run make build", returncode=2)


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
