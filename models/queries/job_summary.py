"""What is told beside many jobs at once: why captures of theirs failed, and in which folders their captures lie."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from sqlalchemy import CompoundSelect, bindparam, func, select, union
from sqlalchemy.orm import Session

from models.captures import Capture, CollectionCapture, Event, Source
from models.jobs import Item, Job, Stage
from models.states import ItemState


@dataclass(frozen=True)
class FailureCount:
    """Captures of a job that failed alike; `stage` is the key of the step, `reason` one word or a sentence."""

    stage: str
    reason: str
    captures: int


def failures(session: Session, job_ids: Iterable[int]) -> dict[int, list[FailureCount]]:
    """Why captures of each of these jobs failed, the commonest reason first; a job without failures is left out."""
    reason = func.coalesce(Item.error_kind, Item.error, "unknown")
    captures = func.count()
    query = (
        select(Item.job_id, Stage.key, reason, captures)
        .join(Stage, Stage.id == Item.stage_id)
        .where(Item.job_id.in_(list(job_ids)), Item.state == ItemState.FAILED, Item.capture_id.is_not(None))
        .group_by(Item.job_id, Stage.key, reason)
        .order_by(Item.job_id, captures.desc(), reason)
    )
    found: dict[int, list[FailureCount]] = {}
    for job_id, stage, why, count in session.execute(query):
        found.setdefault(job_id, []).append(FailureCount(stage, why, count))
    return found


def folders(session: Session, job_ids: Iterable[int]) -> dict[int, str]:
    """The folder under which the captures of each job lie; where its scope has several, the one that holds them all.

    A job whose scope has no captures is left out.
    """
    found: dict[int, set[str]] = {}
    for job_id, url in session.execute(_sources(), {"jobs": list(job_ids)}):
        found.setdefault(job_id, set()).add(url)
    return {job_id: _common(urls) for job_id, urls in found.items()}


def _common(urls: set[str]) -> str:
    try:
        return os.path.commonpath(urls)
    except ValueError:  # a folder and something else have none
        return min(urls)


@cache
def _sources() -> CompoundSelect[int, str]:
    """The sources of jobs over a capture, a collection, a night, and a whole station; put together once."""
    one = select(Job.id, Source.url).where(Job.id.in_(bindparam("jobs", expanding=True)))
    return union(
        one.join(Capture, Capture.id == Job.capture_id).join(Source, Source.id == Capture.source_id),
        one.join(CollectionCapture, CollectionCapture.collection_id == Job.collection_id)
        .join(Capture, Capture.id == CollectionCapture.capture_id)
        .join(Source, Source.id == Capture.source_id),
        one.join(Event, Event.id == Job.event_id).join(Source, Source.deployment_id == Event.deployment_id),
        one.join(Source, Source.deployment_id == Job.deployment_id).where(Job.event_id.is_(None)),
    )
