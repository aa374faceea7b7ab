"""Named points at which a test makes a process fail. In a usual run each costs one look at a module's variable.

The environment variable NIGHTBOARD_FAULT names the point, how to fail there and, if not at each pass, how likely:

    NIGHTBOARD_FAULT=between-work-and-commit:kill:0.2
    NIGHTBOARD_FAULT=@FILE

The second form reads those words from a file whenever a point is passed. Nothing happens while there is no such file,
and whoever fails takes it away first: of many processes one fails, once.

How to fail: `kill` is SIGKILL of the process itself, `kill-parent` that of its parent (a worker, for its child), `stop`
SIGSTOP of itself. `disk:full` is not a point but a state: every SQLite transaction that begins while it stands finds
that the database's file cannot grow.
"""

import os
import random
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, event

VARIABLE = "NIGHTBOARD_FAULT"
POINTS = frozenset(
    {
        "between-claim-and-work",
        "between-work-and-commit",
        "within-commit",  # the landing is written, and not yet committed
        "between-commit-and-bell",  # of a shift: the landing stands, nobody is called
        "between-verb-and-bell",  # of a verb: its transition stands, nobody is called
        "while-answering",  # a landing has seen what was asked of its job
        "while-renewing",  # the lease is about to be renewed
        "while-reconciling",  # before a step of the reconciler
    }
)
ACTS: dict[str, Callable[[], None]] = {
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "kill-parent": lambda: os.kill(os.getppid(), signal.SIGKILL),
    "stop": lambda: os.kill(os.getpid(), signal.SIGSTOP),
}
DISK, FULL = "disk", "full"
MOST_PAGES = 2**32 - 2  # SQLite's own bound on the pages of a file


@dataclass(frozen=True)
class Fault:
    """Where to fail, how, and how likely at each pass."""

    point: str
    act: str
    chance: float


def parse(words: str) -> Fault:
    """Read `POINT:HOW[:CHANCE]`. Raises ValueError with what is known."""
    point, _, rest = words.strip().partition(":")
    act, _, chance = rest.partition(":")
    if (point, act) != (DISK, FULL) and not (point in POINTS and act in ACTS):
        raise ValueError(
            f"{VARIABLE} asks for {words.strip()!r}, which is no fault; write POINT:HOW[:CHANCE], where the points are "
            f"{', '.join(sorted(POINTS))} and the ways to fail {', '.join(ACTS)}, or write disk:full."
        )
    return Fault(point, act, float(chance) if chance else 1.0)


def point(name: str) -> None:
    """Fail here if that is what NIGHTBOARD_FAULT asks for."""
    if _asked:
        _pass(name)


def _pass(name: str) -> None:
    fault = _standing()
    if fault is None or fault.point != name or random.random() >= fault.chance:
        return
    if _file is not None:
        try:
            _file.unlink()
        except FileNotFoundError:
            return  # another process was first
    ACTS[fault.act]()


def _standing() -> Fault | None:
    if _file is None:
        return parse(_asked)
    try:
        return parse(_file.read_text())
    except FileNotFoundError:
        return None


def _bound_the_disk(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        fault = _standing()
        pages = 1 if fault is not None and fault.point == DISK else MOST_PAGES  # 1 means: no more than there are
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")


_asked = os.environ.get(VARIABLE, "")
_file = Path(_asked[1:]) if _asked.startswith("@") else None
if _asked:
    _standing()  # a wrong word is named at the start
    event.listen(Engine, "begin", _bound_the_disk)
