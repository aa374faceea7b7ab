"""The chaos run: each test is a fault, tried on a running Nightboard on each database, and a table at the end.

Alone a run tries each fault once on each database. `--chaos-rounds N` (`make chaos N=1000`) makes N rounds on each,
over all faults in rotation, the long ones among them.
"""

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from tests.chaos.ledger import Ledger
from tests.chaos.scene import Scene, open_scene

DATABASES = ("sqlite", "postgresql")
ROUND_S = 300  # on a machine with much else to do; each wait within has a bound of its own
FEWEST_FAULTS = 20  # there are more; a bound on how often each is repeated before the list is cut to N

LEDGER = Ledger()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--chaos-rounds", type=int, default=0, help="So many rounds over all faults, on each database.")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "only(database): this fault exists on one database only")
    config.addinivalue_line("markers", "long: a fault that takes long; left out unless --chaos-rounds is given")


def rounds_of(config: pytest.Config) -> int:
    return int(config.getoption("chaos_rounds", 0))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "night" in metafunc.fixturenames:
        only = [mark.args[0] for mark in metafunc.definition.iter_markers("only")]
        metafunc.parametrize("night", [name for name in DATABASES if name in (only or DATABASES)], indirect=True)
        turns = 1 + rounds_of(metafunc.config) // FEWEST_FAULTS
        metafunc.parametrize("turn", [f"turn{number}" for number in range(1, turns + 1)])


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the faults in rotation, one database after the other, and cut them to the number of rounds."""
    rounds = rounds_of(config)
    mine = [item for item in items if isinstance(item, pytest.Function) and "night" in item.fixturenames]
    if not mine:
        return
    places = [items.index(item) for item in mine]
    kept = [item for item in mine if rounds or item.get_closest_marker("long") is None]
    kept.sort(key=_rotation)
    for item in kept:
        item.add_marker(pytest.mark.timeout(ROUND_S))
    if rounds:
        kept = [item for name in DATABASES for item in [i for i in kept if _params(i)["night"] == name][:rounds]]
    dropped = [item for item in mine if item not in set(kept)]
    for place, item in zip(places, kept, strict=False):
        items[place] = item
    for place in sorted(places[len(kept) :], reverse=True):
        del items[place]
    config.hook.pytest_deselected(items=dropped)


def _params(item: pytest.Function) -> dict[str, Any]:
    return item.callspec.params


def _rotation(item: pytest.Function) -> tuple[int, int]:
    params = _params(item)
    return DATABASES.index(params["night"]), int(params["turn"].removeprefix("turn"))


@pytest.fixture(scope="package")
def night(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A Nightboard at work with one night of captures."""
    cluster = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    with open_scene(tmp_path_factory.mktemp("chaos"), LEDGER, cluster) as scene:
        yield scene


@pytest.fixture(autouse=True)
def turn(request: pytest.FixtureRequest, night: Scene) -> str:
    """Which turn of this fault it is; its random moments follow from that."""
    night.random = Random(request.node.name)
    night.until_well()
    return str(getattr(request, "param", ""))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if LEDGER.entries:
        terminalreporter.section("chaos: what was tried, and what became of it")
        for line in LEDGER.table():
            terminalreporter.line(line)
