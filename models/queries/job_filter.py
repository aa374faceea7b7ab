"""Which jobs: the one filter that pages, exports and every API dialect share, as conditions on the job table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, not_, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from models.captures import Event
from models.jobs import Job, JobNight
from models.pipelines import Pipeline
from models.states import FINAL, Status

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
    text: str = ""  # within the name or the pipeline's name, any case
    dispatch_mode: str | None = None
    incomplete_only: bool = False  # not in a final state
    updated_since: datetime | None = None
    failed_since: datetime | None = None  # hides the unsuccessful ones that ended before


def conditions(where: JobFilter) -> list[ColumnElement[bool]]:
    """The filter as conditions on `Job` alone, so that a list and a count need no join."""
    found: list[ColumnElement[bool]] = [column.in_(values) for column, values in _plain(where) if values]
    if where.pipeline_slug:
        found.append(Job.pipeline_id.in_(select(Pipeline.id).where(Pipeline.slug.in_(where.pipeline_slug))))
    if where.deployment_id:
        nights = select(Event.id).where(Event.deployment_id.in_(where.deployment_id))
        own = Job.deployment_id.in_(where.deployment_id)
        found.append(or_(own, and_(Job.deployment_id.is_(None), Job.event_id.in_(nights))))
    if where.event_id:
        found.append(_touches(select(Event.id).where(Event.id.in_(where.event_id))))
    if where.night_from or where.night_to:
        found.append(_touches(_nights(where)))
    if where.text.strip():
        text = where.text.strip()
        named = select(Pipeline.id).where(Pipeline.name.icontains(text, autoescape=True))
        found.append(or_(Job.name.icontains(text, autoescape=True), Job.pipeline_id.in_(named)))
    if where.dispatch_mode is not None:
        found.append(Job.dispatch_mode == where.dispatch_mode)
    if where.incomplete_only:
        found.append(Job.status.in_(sorted(set(Status) - FINAL)))
    if where.updated_since:
        found.append(Job.updated_at >= where.updated_since)
    if where.failed_since:
        found.append(not_(and_(Job.status.in_(UNSUCCESSFUL), Job.updated_at < where.failed_since)))
    return found


def _plain(where: JobFilter) -> list[tuple[InstrumentedAttribute[Any], Sequence[Any]]]:
    return [
        (Job.status, where.status),
        (Job.type, where.type),
        (Job.pipeline_id, where.pipeline_id),
        (Job.project_id, where.project_id),
        (Job.collection_id, where.collection_id),
        (Job.capture_id, where.capture_id),
    ]


def _nights(where: JobFilter) -> Select[int]:
    nights = select(Event.id)
    if where.night_from:
        nights = nights.where(Event.night >= where.night_from)
    if where.night_to:
        nights = nights.where(Event.night <= where.night_to)
    return nights


def _touches(nights: Select[int]) -> ColumnElement[bool]:
    """Asked for one of these nights, or found to have captures of one."""
    collected = select(JobNight.job_id).where(JobNight.event_id.in_(nights))
    return or_(Job.event_id.in_(nights), Job.id.in_(collected))
