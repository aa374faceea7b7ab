"""The chaos run: each test is a fault, tried on a running Nightboard on each database, and a table at the end.

Alone a run is in its short form: each quick fault once, most on each database, some on one. `--chaos-rounds N`
(`make chaos N=1000`) makes N rounds on each, over all faults in rotation, the long ones among them.
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
MARKERS = (
    "only(database): this fault exists on one database only",
    "short(database): in the short form this fault is tried on one database only",
    "long: takes long, and is left out of the short form",
)

LEDGER = Ledger()
HANDED = "chaos"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--chaos-rounds", type=int, default=0, help="So many rounds over all faults, on each database.")


def pytest_configure(config: pytest.Config) -> None:
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)


def rounds_of(config: pytest.Config) -> int:
    return int(config.getoption("chaos_rounds", 0))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "scene" in metafunc.fixturenames:
        only = [mark.args[0] for mark in metafunc.definition.iter_markers("only")]
        metafunc.parametrize("scene", [name for name in DATABASES if name in (only or DATABASES)], indirect=True)
        turns = 1 + rounds_of(metafunc.config) // FEWEST_FAULTS
        metafunc.parametrize("turn", range(1, turns + 1), ids=[f"turn{number}" for number in range(1, turns + 1)])


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the faults in rotation, one database after the other, and cut them to the number of rounds."""
    rounds = rounds_of(config)
    mine = [item for item in items if isinstance(item, pytest.Function) and "tests.chaos." in item.module.__name__]
    kept = sorted((item for item in mine if rounds or _is_short(item)), key=_rotation)
    if rounds:
        faults = [[item for item in kept if _rotation(item)[0] == number][:rounds] for number in range(len(DATABASES))]
        kept = [item for database in faults for item in database] + [item for item in kept if not _is_fault(item)]
    for item in kept:
        item.add_marker(pytest.mark.timeout(ROUND_S))
    if mine:
        at = items.index(mine[0])
        items[:] = [item for item in items if item not in set(mine)]
        items[at:at] = kept
        config.hook.pytest_deselected(items=[item for item in mine if item not in set(kept)])


def _is_fault(item: pytest.Function) -> bool:
    return "scene" in item.fixturenames


def _is_short(item: pytest.Function) -> bool:
    databases = [mark.args[0] for mark in item.iter_markers("short")]
    on_this = not databases or _params(item).get("scene") in databases
    return on_this and item.get_closest_marker("long") is None


def _params(item: pytest.Function) -> dict[str, Any]:
    return item.callspec.params if hasattr(item, "callspec") else {}


def _rotation(item: pytest.Function) -> tuple[int, int]:
    """The place of a fault: which database, and in which turn. What is no fault comes last."""
    if not _is_fault(item):
        return len(DATABASES), 0
    return DATABASES.index(_params(item)["scene"]), _params(item)["turn"]


@pytest.fixture(scope="package")
def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A Nightboard at work on one database, for all faults that are tried there."""
    cluster = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    with open_scene(tmp_path_factory.mktemp("chaos"), LEDGER, cluster) as opened:
        yield opened


@pytest.fixture
def night(scene: Scene, request: pytest.FixtureRequest, turn: int) -> Scene:
    """The scene, well again after the fault before; its random moments follow from the name and turn of this one."""
    scene.random = Random(f"{request.node.name} {turn}")
    scene.until_well()
    return scene


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where the tests are spread over processes, each hands what it found to the one that prints."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput[HANDED] = LEDGER.dump()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    LEDGER.load(getattr(node, "workeroutput", {}).get(HANDED, []))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if LEDGER.entries:
        terminalreporter.section("chaos: what was tried, and what became of it")
        for line in LEDGER.table():
            terminalreporter.line(line)
