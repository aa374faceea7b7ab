"""Fixtures that every test may use: a lab with real parts, alone or with workers.

`make test` spreads the tests over three processes. What shares a running server stays together in one of them.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests import lab as labs
from tests.lab import Lab, draw_captures, open_lab
from tests.nursery import Forked
from tests.postgres import Cluster, cluster

labs.start_part = Forked
SHARED = ("tests/api/fuzz", "tests/api", "tests/browser")  # each has a server for all of its tests
OWN = "tests/browser/test_every_page.py"  # this has one of its own, with the demonstration on it


class Together(LoadScopeScheduling):  # type: ignore[misc]
    """Hands to one process what shares a server: a folder's tests, the faults on one database, else those of a module.

    xdist's own groups are made by adding to a test's id, which pytest 9.2 does not let it do.
    """

    def _split_scope(self, nodeid: str) -> str:
        path, _, name = nodeid.partition("::")
        if path.startswith("tests/chaos"):
            return next((f"chaos {database}" for database in ("sqlite", "postgresql") if f"[{database}-" in name), path)
        return next((folder for folder in SHARED if path.startswith(folder) and path != OWN), path)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    return Together(config, log)


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
