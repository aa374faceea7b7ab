"""The history of jobs as programs ask for it: by likeness of people, pipelines and keys, and in several orders at once.

With it comes what a history tells beside each job and the list of jobs does not.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, and_, cast, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.types import String

from models.captures import Capture, CollectionCapture
from models.jobs import Item, Job
from models.people import User
from models.pipelines import Algorithm, Pipeline, pipeline_algorithm
from models.queries import job_counts, jobs
from models.queries.job_filter import JobFilter
from models.queries.job_order import BY_WORD, GROUPS, by_group, by_several, by_status, in_ranks, several, window
from models.queries.job_search import narrowed
from models.queries.jobs import JobRow
from models.states import Status

Like = tuple[tuple[str, ...], ...]  # all of these, of each any of its alternatives


@dataclass(frozen=True)
class HistoryFilter:
    """Jobs that `jobs` lets through and that are like all of these. A likeness is a part of the word, any case."""

    jobs: JobFilter
    user: Like = ()
    model: Like = ()  # its slug, its name, or its version: what it is called, or its number as 2.0.0
    access_key: Like = ()
    types: Mapping[str, str] = field(default_factory=dict)  # key and name of job types, for jobs without a pipeline
    nobody: str = ""  # what the owner of a job without one is called


@dataclass(frozen=True)
class Aside:
    """What a history tells beside a job; `input_bytes` is the weight of its captures."""

    arguments: dict[str, Any]
    token_prefix: str | None
    timeout_ms: int | None
    dry_run: bool
    project: str
    pipeline_version: int | None
    classifies: bool
    input_bytes: int


_OWNER = select(User.name).where(User.id == Job.owner_id).scalar_subquery()
_PIPELINE = select(Pipeline.name).where(Pipeline.id == Job.pipeline_id).scalar_subquery()
_KEY = func.coalesce(Job.token_prefix, _OWNER)
SORTS: dict[str, ColumnElement[Any] | InstrumentedAttribute[Any]] = {
    "uuid": Job.uuid,
    "access_key": _KEY,
    "owner": _OWNER,
    "name": Job.name,
    "dry_run": Job.dry_run,
    "status": Job.status,
    "created_at": Job.created_at,
    "updated_at": Job.updated_at,
    "submitted_at": Job.submitted_at,
    "started_at": Job.started_at,
    "finished_at": Job.finished_at,
    "total": Job.total,
    "processed": Job.processed,
    "failed": Job.failed,
    "pipeline": _PIPELINE,
}


def page(
    session: Session,
    where: HistoryFilter,
    *,
    sorts: Sequence[str],
    offset: int,
    limit: int,
    ranks: Mapping[Status, int] | None = None,
) -> list[JobRow]:
    """A window of the jobs, in the order of keys of SORTS ("-" before one for descending; ties by id).

    What is missing comes first when ascending and last when descending. `ranks` says in which order states stand
    where they have other words than ours. Raises KeyError for an unknown key.
    """
    which = [*narrowed(session, where.jobs, offset), *_likeness(where)]
    descending = bool(sorts) and sorts[0].startswith("-")
    match [name.removeprefix("-") for name in sorts]:
        case ["pipeline"]:
            group = GROUPS["pipeline"]
            found = by_group(session, group, which, descending=descending, offset=offset, limit=limit)
        case ["status"]:
            groups = in_ranks(ranks or BY_WORD, descending=descending)
            found = by_status(session, groups, which, descending=descending, offset=offset, limit=limit)
        case [name] if name in SORTS:
            known = None if _likeness(where) else job_counts.known(session, where.jobs, offset)
            query, keys = select(Job.id).where(*which), (SORTS[name], Job.id)
            found = window(session, query, keys, descending=descending, offset=offset, limit=limit, known=known)
        case _:
            found = by_several(session, several(sorts, SORTS, ranks), which, offset=offset, limit=limit)
    return jobs.by_ids(session, found)


def asides(session: Session, rows: Sequence[JobRow], *, weigh: bool = True) -> dict[int, Aside]:
    """What is told beside each of these jobs. Without `weigh` the bytes are left at 0."""
    ids = [row.id for row in rows]
    classifying = _classifying(session, {row.pipeline_id for row in rows if row.pipeline_id is not None})
    weights = _weights(session, rows) if weigh else {}
    query = select(
        Job.id, Job.arguments, Job.token_prefix, Job.timeout_ms, Job.dry_run, Job.pipeline_id, Pipeline.version
    )
    names = {row.id: row.project for row in rows}
    return {
        row.id: Aside(
            arguments=row.arguments,
            token_prefix=row.token_prefix,
            timeout_ms=row.timeout_ms,
            dry_run=row.dry_run,
            project=names[row.id],
            pipeline_version=row.version,
            classifies=row.pipeline_id in classifying,
            input_bytes=weights.get(row.id, 0),
        )
        for row in session.execute(query.outerjoin(Pipeline, Pipeline.id == Job.pipeline_id).where(Job.id.in_(ids)))
    }


def _likeness(where: HistoryFilter) -> list[ColumnElement[bool]]:
    key = func.coalesce(Job.token_prefix, _OWNER, where.nobody)
    found = [_any_of(words, [key]) for words in where.access_key]
    found += [_of_user(words, where) for words in where.user]
    return found + [_of_model(words, where) for words in where.model]


def _of_user(words: Iterable[str], where: HistoryFilter) -> ColumnElement[bool]:
    named = Job.owner_id.in_(select(User.id).where(_any_of(words, [User.name])))
    return or_(named, Job.owner_id.is_(None)) if _is_like(words, where.nobody) else named


def _of_model(words: Iterable[str], where: HistoryFilter) -> ColumnElement[bool]:
    columns = [Pipeline.slug, Pipeline.name, Pipeline.version_name, cast(Pipeline.version, String) + ".0.0"]
    of_pipeline = Job.pipeline_id.in_(select(Pipeline.id).where(_any_of(words, columns)))
    types = [key for key, name in where.types.items() if _is_like(words, key) or _is_like(words, name)]
    return or_(of_pipeline, and_(Job.pipeline_id.is_(None), Job.type.in_(types))) if types else of_pipeline


def _is_like(words: Iterable[str], text: str) -> bool:
    return any(word.casefold() in text.casefold() for word in words)


def _any_of(words: Iterable[str], columns: Iterable[Any]) -> ColumnElement[bool]:
    texts = list(columns)
    return or_(*(text.icontains(word, autoescape=True) for word in words for text in texts))


def _classifying(session: Session, pipelines: Iterable[int]) -> set[int]:
    query = (
        select(pipeline_algorithm.c.pipeline_id)
        .join(Algorithm, Algorithm.id == pipeline_algorithm.c.algorithm_id)
        .where(pipeline_algorithm.c.pipeline_id.in_(list(pipelines)), Algorithm.task_type == "classification")
    )
    return set(session.scalars(query))


def _weights(session: Session, rows: Sequence[JobRow]) -> dict[int, int]:
    """The bytes of the captures of each job: of its items, or before there are any of the collection it is over."""
    weight = func.sum(Capture.size_bytes)
    collected = [row.id for row in rows if row.total]
    items = select(Item.job_id, weight).join(Capture, Capture.id == Item.capture_id).where(Item.job_id.in_(collected))
    found = {job_id: int(size or 0) for job_id, size in session.execute(items.group_by(Item.job_id))}
    waiting = {row.id: row.collection_id for row in rows if not row.total and row.collection_id is not None}
    members = (
        select(CollectionCapture.collection_id, weight)
        .join(Capture, Capture.id == CollectionCapture.capture_id)
        .where(CollectionCapture.collection_id.in_(set(waiting.values())))
        .group_by(CollectionCapture.collection_id)
    )
    sizes = {collection: int(size or 0) for collection, size in session.execute(members)}
    return found | {job_id: sizes.get(collection, 0) for job_id, collection in waiting.items()}
