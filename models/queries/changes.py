"""What changed since a page last looked, and how the engine is: what live pages live on."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Select, String, bindparam, cast, func, literal, select, union_all
from sqlalchemy.orm import Session

from models.captures import Event
from models.jobs import Job
from models.queries.queues import Pause, pauses
from models.queries.workers import ALIVE_S, BUSY, GONE, STOPPED
from models.revisions import Revision, Tombstone
from models.states import Status
from models.workers import Worker

MOST = 500  # ids of one kind in one answer
MOST_FAILED = 100


@dataclass(frozen=True)
class Changes:
    """The ids of rows that changed after a rev, newest first, and the rev to ask from next time.

    `more` says that there were over MOST of a kind: a page then reads all that it shows again.
    `running` and `waiting` count jobs, so that a page knows how often to look; `failed` those of the last 24 hours, up
    to MOST_FAILED.
    """

    rev: int
    jobs: list[int]
    events: list[int]
    workers: list[str]
    gone: list[tuple[str, str]]  # (table, row) that were deleted
    running: int
    waiting: int
    failed: int
    more: bool


@dataclass(frozen=True)
class Health:
    """Who is at work, and what is."""

    workers: int  # that gave a sign of life lately and take work
    busy: int
    lost: int  # that went silent without signing off
    running: int  # jobs
    waiting: int
    held: int  # that wait for a person's verdict
    failed_lately: int  # jobs that ended in FAILURE or TIMEDOUT in the last 24 hours
    paused: tuple[Pause, ...] = ()  # queues of which nothing is taken
    stopped: int = 0  # workers that stand still until somebody starts them again


def since(session: Session, rev: int) -> Changes:
    """What changed after `rev`; the rows are read after the counter, so nothing between is missed."""
    asked = session.connection()
    state = asked.execute(_STATE, {"since": datetime.now(UTC) - timedelta(days=1)}).one()
    found: dict[str, list[Any]] = {kind: [] for kind in ("job", "event", "worker", "gone")}
    for row in sorted(asked.execute(_CHANGED, {"rev": rev}), key=lambda row: -row.rev):
        found[row.kind].append(row)
    return Changes(
        rev=state.rev,
        jobs=[int(row.key) for row in found["job"][:MOST]],
        events=[int(row.key) for row in found["event"][:MOST]],
        workers=[row.key for row in found["worker"][:MOST]],
        gone=[(row.of, row.key) for row in found["gone"][:MOST]],
        running=state.running,
        waiting=state.waiting,
        failed=state.failed,
        more=any(len(rows) > MOST for rows in found.values()),
    )


def busy_jobs(session: Session) -> tuple[int, int]:
    """How many jobs run (or are being cancelled), and how many wait for a worker."""
    row = session.connection().execute(_BUSY).one()
    return row.running, row.waiting


def held_jobs(session: Session) -> int:
    """How many jobs stand at their checkpoint, where a person says what becomes of captures."""
    return int(session.connection().execute(_HELD).scalar_one())


def paused_jobs(session: Session) -> int:
    """How many jobs were paused one by one."""
    return int(session.connection().execute(_PAUSED).scalar_one())


def health(session: Session, now: datetime) -> Health:
    """How the engine is at `now` (UTC)."""
    rows = session.execute(select(Worker.state, Worker.seen_at).where(Worker.state != GONE)).all()
    alive = [state for state, seen_at in rows if now - seen_at <= timedelta(seconds=ALIVE_S)]
    running, waiting = busy_jobs(session)
    return Health(
        workers=len(alive) - alive.count(STOPPED),
        busy=alive.count(BUSY),
        lost=len(rows) - len(alive),
        running=running,
        waiting=waiting,
        held=held_jobs(session),
        failed_lately=failed_lately(session, now),
        paused=tuple(pauses(session)),
        stopped=alive.count(STOPPED),
    )


def failed_lately(session: Session, now: datetime) -> int:
    """How many jobs ended in FAILURE or TIMEDOUT in the 24 hours before `now`."""
    return int(session.connection().execute(_FAILED, {"since": now - timedelta(days=1)}).scalar_one())


def _after(kind: str, rev: Any, key: Any, of: Any = None) -> Select[Any]:
    """What changed of one kind after a rev, the latest first: kind, rev, key as text, and its table if it is gone."""
    shown = (literal(kind).label("kind"), rev.label("rev"), cast(key, String).label("key"))
    of = literal("") if of is None else of
    part = select(*shown, of.label("of")).where(rev > bindparam("rev")).order_by(rev.desc()).limit(MOST + 1)
    return select(part.subquery())


def _jobs(name: str, *statuses: Status) -> Any:
    return select(func.count(Job.id)).where(Job.status.in_(statuses)).scalar_subquery().label(name)


# Each open page asks these two at each change, so they are put together once, and are no more than two.
_CHANGED = union_all(
    _after("job", Job.rev, Job.id),
    _after("event", Event.rev, Event.id),
    _after("worker", Worker.rev, Worker.name),
    _after("gone", Tombstone.rev, Tombstone.row, Tombstone.table),
)
_BUSY = select(_jobs("running", Status.STARTED, Status.CANCELING), _jobs("waiting", Status.PENDING))
_HELD = select(func.count(Job.id)).where(Job.status == Status.CHECKPOINT)
_PAUSED = select(func.count(Job.id)).where(Job.status == Status.PAUSED)
_ENDED_BADLY = select(Job.id).where(
    Job.status.in_((Status.FAILURE, Status.TIMEDOUT)), Job.finished_at >= bindparam("since")
)
_FAILED = select(func.count()).select_from(_ENDED_BADLY.subquery())
_FAILED_TO_MOST = select(func.count()).select_from(_ENDED_BADLY.limit(MOST_FAILED).subquery())
_STATE = _BUSY.add_columns(Revision.value.label("rev"), _FAILED_TO_MOST.scalar_subquery().label("failed")).where(
    Revision.id == 1
)
