"""Jobs as pages and programs read them: in which order (`SORTS`), as plain rows.

A list is read in two steps: the ids of the window from one index, then the rows of those ids with their names. So
the joins are paid for the rows that are shown, at whatever depth the window lies.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Label, Select, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from models.captures import Collection, Deployment, Event, Project
from models.jobs import TOLD, Attempt, Job
from models.people import Audit, User
from models.pipelines import Pipeline
from models.queries import job_counts
from models.queries.job_filter import JobFilter
from models.queries.job_order import GROUPS, SORTS, by_group, by_several, by_status, in_ranks, several, window
from models.queries.job_places import Place, behind, in_order, place_of
from models.queries.job_search import count, matching, narrowed
from models.queries.job_work import (
    Eta,
    ItemRow,
    LogRow,
    StageRow,
    eta,
    eta_of,
    items,
    latest_logs,
    logs,
    progress_over_time,
    stages,
)
from models.queries.vocabulary import different, named
from models.states import ReviewState, Status

__all__ = [
    "SORTS",
    "AttemptRow",
    "ControlRow",
    "Eta",
    "Facets",
    "ItemRow",
    "JobDetail",
    "JobFilter",
    "JobRow",
    "LogRow",
    "Place",
    "StageRow",
    "by_ids",
    "count",
    "detail",
    "eta",
    "facets",
    "id_of",
    "ids",
    "in_order",
    "items",
    "latest_logs",
    "logs",
    "matching",
    "newest",
    "page",
    "place_of",
    "progress_over_time",
    "stages",
]

MET = (*TOLD, "worker")  # columns that a long list is looked through for, not looked up
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class JobRow(NamedTuple):  # a list has hundreds, and a dataclass takes ten times as long to make
    """One job with the names of what it is about. Times are UTC, `*_ms` in ms, `progress` from 0 to 1."""

    id: int
    uuid: str
    name: str
    type: str
    status: Status
    requested: str | None
    priority: int
    project: str
    project_id: int
    deployment: str | None
    deployment_id: int | None
    event_id: int | None
    night: date | None
    collection: str | None
    collection_id: int | None
    collection_method: str | None
    capture_id: int | None
    pipeline: str | None
    pipeline_id: int | None
    pipeline_slug: str | None
    progress: float
    total: int
    processed: int
    skipped: int
    failed: int
    stopped: int
    detections: int
    classifications: int
    attempt: int
    delay: int
    limit: int | None
    shuffle: bool
    dispatch_mode: str
    created_at: datetime
    updated_at: datetime
    submitted_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    queue_ms: int | None
    elapsed_ms: int | None
    paused_ms: int
    owner: str | None
    reviewer: str | None
    review_state: ReviewState
    dry_run: bool
    tags: list[str]
    cause: str | None
    rev: int


@dataclass(frozen=True)
class AttemptRow:
    """One try of a job; `queue_ms` from its submission to its first claim, `elapsed_ms` from there to its end."""

    number: int
    status: Status
    submitted_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    queue_ms: int | None
    elapsed_ms: int | None
    paused_ms: int
    cause: str | None
    worker: str | None  # that made its first claim


@dataclass(frozen=True)
class ControlRow:
    """What was asked of a job last, by whom, and how far the engine is with it."""

    verb: str
    who: str
    via: str
    requested_at: datetime
    acknowledged_at: datetime | None
    done_at: datetime | None


@dataclass(frozen=True)
class JobDetail:
    """One job with all that its own page shows, but for its logs and items."""

    job: JobRow
    stages: list[StageRow]
    attempts: list[AttemptRow]
    arguments: dict[str, Any]
    delay: int
    limit: int | None
    shuffle: bool
    seed: int
    reprocess: bool
    timeout_ms: int | None
    failure_threshold: float
    checkpoint: dict[str, Any] | None
    deadline_at: datetime | None
    control: ControlRow | None


@dataclass(frozen=True)
class Facets:
    """What filters offer: types in use, and (id, name) of what there is; nights newest first."""

    types: list[str]
    pipelines: list[tuple[int, str]]
    projects: list[tuple[int, str]]
    deployments: list[tuple[int, str]]
    nights: list[date]


def page(
    session: Session,
    where: JobFilter,
    *,
    sort: str = "-created_at",
    offset: int = 0,
    limit: int = 50,
    now: datetime | None = None,
) -> list[JobRow]:
    """A window of the jobs, in the order of a key of SORTS ("-" before it for descending; ties by id).

    Values that are missing come first when ascending and last when descending. Raises KeyError for an unknown sort.
    """
    found = ids(session, where, sort=sort, offset=offset, limit=limit)
    return by_ids(session, found, now=now)


def ids(
    session: Session,
    where: JobFilter,
    *,
    sort: str = "-created_at",
    offset: int = 0,
    limit: int = 50,
    after: Place | None = None,
    is_long: bool = False,
    ranks: Mapping[Status, int] | None = None,
) -> list[int]:
    """The ids of the window that `page` shows; `sort` may be several keys with commas between.

    `after` is the place of the last job of the window before, in the same order: the window then begins behind it, at
    the same speed at any depth. Of a list that is known to be long, some ten thousand jobs, nothing is counted before.
    `ranks` says in which order states stand where they have other words than ours.
    """
    if "," in sort:
        which, sorts = narrowed(session, where, offset), several(sort.split(","), SORTS, ranks)
        groups = [GROUPS[each] for each in GROUPS if each in sort.replace("-", "").split(",")]
        return by_several(session, sorts, which, groups=groups, offset=offset, limit=limit)
    name = sort.removeprefix("-")
    descending = sort.startswith("-")
    column = SORTS[name]
    walked = _walked(session, where, name, is_long=is_long)
    which = narrowed(session, where, offset if after is None else 0, walked, is_long=is_long)
    if after is not None:
        return behind(session, after, which, limit)
    if name == "status" and ranks:
        groups_of = in_ranks(ranks, descending=descending)
        return by_status(session, groups_of, which, descending=descending, offset=offset, limit=limit)
    if name in GROUPS:
        return by_group(session, GROUPS[name], which, descending=descending, offset=offset, limit=limit)
    known = job_counts.known(session, where, offset)
    query, keys = select(Job.id).where(*which), (column, Job.id)
    return window(session, query, keys, descending=descending, offset=offset, limit=limit, known=known)


def by_ids(session: Session, wanted: Iterable[int], *, now: datetime | None = None) -> list[JobRow]:
    """The rows of these jobs, in the order given; those that are gone are left out."""
    order = list(wanted)
    if not order:
        return []
    moment = now or datetime.now(UTC)
    rows = session.connection().execute(_ROWS, {"ids": order}).all()  # past the ORM, which takes half as long again
    found = {row.id: _live(row, moment) for row in map(JobRow._make, rows)}
    return [found[job_id] for job_id in order if job_id in found]


def etas(session: Session, rows: Iterable[JobRow], now: datetime) -> dict[int, Eta]:
    """When those of these jobs that run will be done, as far as something tells; for a few jobs, each by an index."""
    running = [row for row in rows if row.status is Status.STARTED]
    lefts = {row.id: row.total - row.processed - row.failed - row.stopped for row in running}
    found = {row.id: eta_of(session, row.id, lefts[row.id], row.attempt, now) for row in running}
    return {job_id: each for job_id, each in found.items() if each is not None}


def newest(session: Session) -> int:
    """The number of the newest job, 0 when there is none: about how many jobs there are."""
    return session.scalars(_NEWEST).one_or_none() or 0


def id_of(session: Session, key: str, project_id: int | None = None) -> int | None:
    """The id of the job that is named by its number or by its uuid; None also for one of another project."""
    if key.isascii() and key.isdecimal() and len(key) < 19:
        row = session.execute(_OF_NUMBER, {"key": int(key)}).first()
    elif UUID.fullmatch(key):
        row = session.execute(_OF_UUID, {"key": key.lower()}).first()
    else:
        return None
    return None if row is None or project_id not in (None, row.project_id) else row.id


def detail(session: Session, job_id: int, *, now: datetime | None = None) -> JobDetail | None:
    """One job with its stages in order, its attempts from the first, and what was asked of it last; None if gone."""
    rows = by_ids(session, [job_id], now=now)
    if not rows:
        return None
    own = session.execute(_DETAIL, {"job": job_id}).one()
    attempts = session.execute(_ATTEMPTS, {"job": job_id})
    return JobDetail(
        job=rows[0],
        stages=stages(session, [job_id])[job_id],
        attempts=[AttemptRow(*row) for row in attempts],
        control=_control(session, job_id),
        **own._mapping,
    )


def worked_ms(session: Session, wanted: Iterable[int]) -> dict[int, int]:
    """How long all attempts of each of these jobs took together; one of which no attempt has ended is left out."""
    summed = select(Attempt.job_id, func.sum(Attempt.elapsed_ms)).where(
        Attempt.job_id.in_(list(wanted)), Attempt.elapsed_ms.is_not(None)
    )
    return {job_id: int(ms or 0) for job_id, ms in session.execute(summed.group_by(Attempt.job_id))}


def facets(session: Session) -> Facets:
    """The values that filters offer."""
    return Facets(
        types=list(different(session, Job.type)),
        pipelines=list(named(session, Pipeline.id, Pipeline.name)),
        projects=list(named(session, Project.id, Project.name)),
        deployments=list(named(session, Deployment.id, Deployment.name)),
        nights=list(session.scalars(select(Event.night).distinct().order_by(Event.night.desc()))),
    )


def _walked(session: Session, where: JobFilter, name: str, *, is_long: bool) -> frozenset[str]:
    """The columns whose values are met on the way through the list in this order, and not looked up in their index."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"  # PostgreSQL knows by itself
    if not is_sqlite or (name == "created_at" and (not is_long or sum(bool(getattr(where, told)) for told in MET) < 2)):
        return frozenset()  # by creation each filter has its index
    walked = frozenset(MET) if is_long else job_counts.common(session, where)
    return walked - {(GROUPS[name].key if name in GROUPS else SORTS[name]).key}


def _control(session: Session, job_id: int) -> ControlRow | None:
    row = session.execute(_CONTROL, {"job": job_id}).first()
    return ControlRow(*row) if row else None


def _with_names(columns: list[Label[Any]]) -> Select[Any]:
    return (
        select(*columns)
        .select_from(Job)
        .join(Project, Project.id == Job.project_id)
        .outerjoin(Event, Event.id == Job.event_id)
        .outerjoin(Deployment, Deployment.id == Job.deployment_id)
        .outerjoin(Collection, Collection.id == Job.collection_id)
        .outerjoin(Pipeline, Pipeline.id == Job.pipeline_id)
        .outerjoin(User, User.id == Job.owner_id)
        .outerjoin(_REVIEWER, _REVIEWER.id == Job.reviewer_id)
    )


def _live(row: JobRow, now: datetime) -> JobRow:
    """The row with the clock that still runs: waiting since it was submitted, or working since it was started."""
    if row.finished_at is not None or row.submitted_at is None:
        return row
    if row.started_at is not None:
        return row._replace(elapsed_ms=_ms(row.started_at, now))
    return row._replace(queue_ms=_ms(row.submitted_at, now)) if row.queue_ms is None else row


def _ms(start: datetime, end: datetime) -> int:
    return max(0, round((end - start).total_seconds() * 1000))


def _of(table: Any, row: type) -> list[Any]:
    return [getattr(table, field.name) for field in fields(row)]


_REVIEWER = aliased(User)
_NAMED: dict[str, Any] = {
    "project": Project.name,
    "deployment": Deployment.name,
    "night": Event.night,
    "collection": Collection.name,
    "collection_method": Collection.method,
    "pipeline": Pipeline.name,
    "pipeline_slug": Pipeline.slug,
    "owner": User.name,
    "reviewer": _REVIEWER.name,
}
_ROW: list[Label[Any]] = [
    (_NAMED[name] if name in _NAMED else getattr(Job, name)).label(name) for name in JobRow._fields
]
# What a program that watches a job asks again and again is put together once.
_ROWS = _with_names(_ROW).where(Job.id.in_(bindparam("ids", expanding=True)))
_NEWEST = select(Job.id).order_by(Job.id.desc()).limit(1)
_OF_NUMBER = select(Job.id, Job.project_id).where(Job.id == bindparam("key"))
_OF_UUID = select(Job.id, Job.project_id).where(Job.uuid == bindparam("key"))
_OWN = [field.name for field in fields(JobDetail) if field.name not in ("job", "stages", "attempts", "control")]
_DETAIL = select(*(getattr(Job, name) for name in _OWN)).where(Job.id == bindparam("job"))
_ATTEMPTS = select(*_of(Attempt, AttemptRow)).where(Attempt.job_id == bindparam("job")).order_by(Attempt.number)
_CONTROL = select(*_of(Audit, ControlRow)).join(Job, Job.control_id == Audit.id).where(Job.id == bindparam("job"))
