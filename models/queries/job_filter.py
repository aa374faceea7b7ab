"""Which jobs: the one filter that pages, exports and every API dialect share, as conditions on the job table."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, not_, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from models.captures import Event
from models.jobs import Job, JobNight, JobTag
from models.people import User
from models.pipelines import Pipeline
from models.queries.job_bounds import CLOCKS, Bound, bounded, by_no_index
from models.queries.ranges import within
from models.states import FINAL, ReviewState, Status

UUID_LENGTH = 36
MOST_WORDS = 32  # in one filter
UNSUCCESSFUL = (Status.FAILURE, Status.TIMEDOUT, Status.REVOKED)


@dataclass(frozen=True)
class JobFilter:
    """Which jobs; an empty field filters nothing, several values of one field are alternatives."""

    status: tuple[Status, ...] = ()
    type: tuple[str, ...] = ()
    pipeline_id: tuple[int, ...] = ()
    pipeline_slug: tuple[str, ...] = ()
    project_id: tuple[int, ...] = ()
    deployment_id: tuple[int, ...] = ()  # its own station, or that of its night
    event_id: tuple[int, ...] = ()  # nights that it has captures of
    night_from: date | None = None
    night_to: date | None = None
    collection_id: tuple[int, ...] = ()
    capture_id: tuple[int, ...] = ()
    words: tuple[str, ...] = ()  # each of them within the name or the pipeline's name, any case
    dispatch_mode: str | None = None
    incomplete_only: bool = False  # not in a final state
    updated_since: datetime | None = None
    failed_since: datetime | None = None  # hides the unsuccessful ones that ended before
    ids: tuple[int, ...] = ()  # these jobs, or those of `uuids`
    uuids: tuple[str, ...] = ()
    uuid_part: str = ""  # within the uuid, any case
    tags: tuple[str, ...] = ()  # any of them
    priority: tuple[int, ...] = ()
    owner: tuple[str, ...] = ()  # names of users, exactly
    worker: tuple[str, ...] = ()  # that made the first claim of the latest attempt, exactly
    reviewer: tuple[str, ...] = ()
    review_state: tuple[ReviewState, ...] = ()
    submitted_from: datetime | None = None  # by submission; by creation where there was none
    submitted_to: datetime | None = None
    started_from: datetime | None = None  # by start; by submission or creation before there is one
    started_to: datetime | None = None
    bounds: tuple[Bound, ...] = ()  # all of them
    excluded: tuple["JobFilter", ...] = ()  # none of these

    @property
    def asks_clocks(self) -> bool:
        """Whether it finds other jobs as time goes by, without a change."""
        return any(bound.of in CLOCKS for bound in self.bounds) or any(each.asks_clocks for each in self.excluded)


def conditions(where: JobFilter, walked: Collection[str] = ()) -> list[ColumnElement[bool]]:
    """The filter as conditions on `Job` alone, so that a list and a count need no join.

    Values of the columns in `walked` are looked for on the way through a list in its order, by no index; SQLite alone.
    """
    found: list[ColumnElement[bool]] = [
        (by_no_index(column) if column.key in walked else column).in_(values)
        for column, values in _plain(where)
        if values
    ]
    if where.pipeline_slug:
        found.append(Job.pipeline_id.in_(select(Pipeline.id).where(Pipeline.slug.in_(where.pipeline_slug))))
    if where.event_id:
        found.append(_touches(select(Event.id).where(Event.id.in_(where.event_id))))
    if where.night_from or where.night_to:
        found.append(_touches(nights_of(where)))
    for word in where.words:
        named = select(Pipeline.id).where(Pipeline.name.icontains(word, autoescape=True))
        found.append(or_(Job.name.icontains(word, autoescape=True), Job.pipeline_id.in_(named)))
    if where.dispatch_mode is not None:
        found.append(Job.dispatch_mode == where.dispatch_mode)
    if where.incomplete_only:
        found.append(Job.status.in_(sorted(set(Status) - FINAL)))
    if where.updated_since:
        found.append(Job.updated_at >= where.updated_since)
    if where.failed_since:
        found.append(not_(and_(Job.status.in_(UNSUCCESSFUL), Job.updated_at < where.failed_since)))
    found += [bounded(bound, walked) for bound in where.bounds]
    found += [not_(func.coalesce(and_(*conditions(each)), false())) for each in where.excluded]
    return found + _named(where) + _people(where) + _window(where)


def nights_of(where: JobFilter) -> Select[int]:
    """The nights in the range that the filter asks for."""
    return select(Event.id).where(*within(Event.night, where.night_from, where.night_to))


def _plain(where: JobFilter) -> list[tuple[InstrumentedAttribute[Any], Sequence[Any]]]:
    return [
        (Job.status, where.status),
        (Job.type, where.type),
        (Job.pipeline_id, where.pipeline_id),
        (Job.project_id, where.project_id),
        (Job.deployment_id, where.deployment_id),
        (Job.collection_id, where.collection_id),
        (Job.capture_id, where.capture_id),
        (Job.priority, where.priority),
        (Job.review_state, where.review_state),
        (Job.worker, where.worker),
    ]


def _named(where: JobFilter) -> list[ColumnElement[bool]]:
    """Jobs by number, by uuid, by a part of it, or by their tags."""
    found: list[ColumnElement[bool]] = []
    if where.ids or where.uuids:
        found.append(or_(Job.id.in_(where.ids), Job.uuid.in_([uuid.lower() for uuid in where.uuids])))
    if len(where.uuid_part) == UUID_LENGTH:
        found.append(Job.uuid == where.uuid_part.lower())  # the whole of it, which its index finds
    elif where.uuid_part:
        found.append(Job.uuid.icontains(where.uuid_part, autoescape=True))
    if where.tags:
        found.append(Job.id.in_(select(JobTag.job_id).where(JobTag.tag.in_(where.tags))))
    return found


def _people(where: JobFilter) -> list[ColumnElement[bool]]:
    who = [(Job.owner_id, where.owner), (Job.reviewer_id, where.reviewer)]
    return [column.in_(select(User.id).where(User.name.in_(names))) for column, names in who if names]


def _window(where: JobFilter) -> list[ColumnElement[bool]]:
    """When they were submitted, and when they started. Nothing happens to a job before it is created, so an end of a
    window is one for `created_at` too, which has an index.
    """
    submitted = func.coalesce(Job.submitted_at, Job.created_at)
    started = func.coalesce(Job.started_at, submitted)
    found: list[ColumnElement[bool]] = []
    for at, first, last in (
        (submitted, where.submitted_from, where.submitted_to),
        (started, where.started_from, where.started_to),
    ):
        if first is not None:
            found.append(at >= first)
        if last is not None:
            found += [at <= last, Job.created_at <= last]
    return found


def _touches(nights: Select[int]) -> ColumnElement[bool]:
    """Asked for one of these nights, or found to have captures of one."""
    collected = select(JobNight.job_id).where(JobNight.event_id.in_(nights))
    return or_(Job.event_id.in_(nights), Job.id.in_(collected))
