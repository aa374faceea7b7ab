"""Fixtures that every test may use: a lab with real parts, alone or with workers.

`make test` spreads the tests over two processes. What shares a running server stays together in one of them.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab import Lab, draw_captures, open_lab
from tests.postgres import Cluster, cluster

SHARED = {"tests/browser": "browser", "tests/api/fuzz": "fuzz", "tests/api": "api"}  # folder: the server of its tests


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Say which tests stay together: those of one server, else those of one module."""
    for item in items:
        path = item.path.relative_to(config.rootpath).as_posix()
        server = next((name for folder, name in SHARED.items() if path.startswith(folder)), path)
        item.add_marker(pytest.mark.xdist_group(server))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A PostgreSQL of the tests' own, started by the first test that asks."""
    with cluster() as running:
        if running is None:
            pytest.skip("this machine has no PostgreSQL (Debian: apt-get install postgresql)")
        yield running


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def database() -> str | None:
    """The database's address; None is the home's own SQLite file. `tests/engine` asks for both."""
    return None


@pytest.fixture
def lab(home: Path, database: str | None) -> Iterator[Lab]:
    """A home with a station and no captures."""
    with open_lab(home, database) as opened:
        yield opened


@pytest.fixture
def night(lab: Lab, tmp_path: Path) -> Lab:
    """A lab with one night of 24 captures."""
    draw_captures(tmp_path / "captures", 24)
    assert lab.take_in(tmp_path / "captures") == 24
    return lab
