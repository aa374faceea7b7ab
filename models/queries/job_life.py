"""The way of a job through its states: when it came into each, for how long, and where it may go from here.

The trail is the job's own log. The engine writes a line at each transition, and at each death of a worker, in the words
of this module, and they are read here again, so that what happened long ago is told as exactly as the last.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.jobs import Job, Log
from models.states import TRANSITIONS, Move, Status

STATUS_LINE = re.compile(r"Changing status of job \d+ from ([A-Z]+) to ([A-Z]+)")
BEGINNING = "Changing status of job "
DEATH = "Worker {worker} ended with {items} items in hand; they went back to the queue"
MOST = 500


@dataclass(frozen=True)
class Stay:
    """A job's stay in one state: since when, until when (None is now), and in which attempt; 0 is before the first."""

    status: Status
    since: datetime
    until: datetime | None
    attempt: int

    @property
    def ms(self) -> float | None:
        """How long it lasted; None while it goes on."""
        return None if self.until is None else (self.until - self.since).total_seconds() * 1000


def status_line(job_id: int, before: Status, after: Status) -> str:
    """The line of the log that tells of a transition."""
    return f"{BEGINNING}{job_id} from {before} to {after}"


def death_line(worker: str | None, items: int) -> str:
    """The line of the log, a warning, that tells of a worker that died at its work."""
    return DEATH.format(worker=worker, items=items)


def deaths(session: Session, job_id: int) -> dict[int, int]:
    """How often a worker died at work on each attempt of a job; an attempt without is left out."""
    told = (Log.level == "WARNING", Log.message.like(DEATH.format(worker="%", items="%")))
    query = select(Log.attempt, func.count().label("times")).where(Log.job_id == job_id, *told).group_by(Log.attempt)
    return {row.attempt: row.times for row in session.execute(query)}


def stays(session: Session, job_id: int) -> list[Stay]:
    """The states that a job went through, the first one first; of very many the last. Empty when it is gone."""
    created_at = session.scalars(select(Job.created_at).where(Job.id == job_id)).first()
    if created_at is None:
        return []
    query = (
        select(Log.message, Log.at, Log.attempt)
        .where(Log.job_id == job_id, Log.stage.is_(None), Log.message.startswith(BEGINNING))
        .order_by(Log.seq.desc())
        .limit(MOST)
    )
    came = [(Status.CREATED, created_at, 0)]
    for message, at, attempt in reversed(session.execute(query).all()):
        if told := STATUS_LINE.fullmatch(message):
            came.append((Status(told[2]), at, attempt))
    times = list(accumulate((at for _, at, _ in came), max))  # two machines' clocks may differ by some ms
    ends = [*times[1:], None]
    return [Stay(status, at, until, attempt) for (status, _, attempt), at, until in zip(came, times, ends, strict=True)]


def ahead(status: Status) -> dict[Status, Move]:
    """The states that a job which is `status` can go to, each with the first move that leads there."""
    found: dict[Status, Move] = {}
    for step, ways in TRANSITIONS.items():
        if status in ways:
            found.setdefault(ways[status], step)
    return found
