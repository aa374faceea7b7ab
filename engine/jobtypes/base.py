"""What a job type is: its stages, what it asks of a job, and the work of each stage without captures.

A stage over captures is run by the job's pipeline, a batch at a time (`engine.shift`). Any other stage is one piece of
work, written as a generator that yields a `Step` whenever it has something to keep. The engine commits each step
with its cursor in one transaction; when a shift ends or a worker dies, the next one goes on from the last cursor.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from models.jobs import Job
from models.store import Store


@dataclass(frozen=True)
class StagePlan:
    """A stage as its job type lays it out; `params` are (key, name), in the order in which people see them."""

    key: str
    name: str
    params: tuple[tuple[str, str], ...] = ()
    over_captures: bool = False


@dataclass(frozen=True)
class Step:
    """Something that a stage wants kept. `write` runs in the transaction that keeps it.

    It may return the step as it should be kept, where only the transaction knows.
    """

    progress: float  # 0 to 1
    cursor: dict[str, Any] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)
    log: tuple[str, ...] = ()
    last: bool = False  # ends the stage in the transaction that keeps this step
    write: Callable[[Session, Job], "Step | None"] | None = None


@dataclass(frozen=True)
class Task:
    """What the work of a stage is given. `job` is a snapshot: change nothing on it, write through a Step."""

    store: Store
    job: Job
    cursor: dict[str, Any]
    stop: threading.Event  # set when the shift should end after this step

    def wait(self, seconds: float) -> bool:
        """Let time pass; False when the shift should end first."""
        return not self.stop.wait(seconds)


class StageFailed(Exception):
    """A stage cannot be done; the sentence is for the job's page."""


Work = Callable[[Task], Iterator[Step]]
Complaints = dict[str, list[str]]  # field of the request: what is wrong with it


def _no_complaints(_session: Session, _job: Job) -> Complaints:
    return {}


@dataclass(frozen=True)
class JobType:
    """A kind of job. `check` looks at a job before it is written down and says what is wrong with it."""

    key: str
    name: str
    plan: Callable[[Job], list[StagePlan]]
    work: Mapping[str, Work]
    check: Callable[[Session, Job], Complaints] = _no_complaints
