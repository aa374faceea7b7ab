"""What a job would work on: how many captures are in its scope, and how many have their result already."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session

from models.captures import Capture, Collection, CollectionCapture, Deployment, Event, Project
from models.results import Result


@dataclass(frozen=True)
class Scope:
    """One of these: a capture, a collection, a night or a whole station."""

    deployment_id: int | None = None
    event_id: int | None = None
    collection_id: int | None = None
    capture_id: int | None = None


@dataclass(frozen=True)
class Work:
    """Captures in a scope; those whose result by the pipeline in question is there, or waits for a person's verdict."""

    captures: int
    done: int
    stopped: int = 0


@dataclass(frozen=True)
class NightChoice:
    """A night that a form offers; `captures` is how many it has."""

    id: int
    deployment_id: int
    night: date
    captures: int


def work(session: Session, scope: Scope, pipeline: tuple[int, int, str] | None) -> Work:
    """The work in a scope; `pipeline` is the key that results go by: (id, version, digest of its parameters)."""
    captures = session.scalars(_captures(select(func.count(Capture.id)), scope)).one()
    if pipeline is None:
        return Work(captures, 0)
    pipeline_id, version, parameters = pipeline
    same = (
        Result.capture_id == Capture.id,
        Result.pipeline_id == pipeline_id,
        Result.pipeline_version == version,
        Result.parameters == parameters,
    )
    known = exists().where(*same, Result.waiting.is_(False))
    waits = exists().where(*same, Result.waiting, Capture.stopped_at.is_not(None))
    count = _captures(select(func.count(Capture.id)), scope)
    return Work(captures, *(session.scalars(count.where(each)).one() for each in (known, waits)))


def nights_of(session: Session, deployment_id: int) -> list[NightChoice]:
    """The nights of a station, newest first."""
    query = select(Event).where(Event.deployment_id == deployment_id).order_by(Event.night.desc())
    return [
        NightChoice(event.id, event.deployment_id, event.night, event.captures_count)
        for event in session.scalars(query)
    ]


def stations(session: Session) -> list[tuple[int, str]]:
    """(id, name) of every station, with its project's name where two have the same."""
    query = select(Deployment.id, Deployment.name, Project.name).join(Project).order_by(Deployment.name, Project.name)
    rows = session.execute(query).tuples().all()
    shared = {name for name, count in Counter(name for _, name, _ in rows).items() if count > 1}
    return [(key, f"{name} ({project})" if name in shared else name) for key, name, project in rows]


def collections(session: Session) -> list[tuple[int, str, int]]:
    """(id, name, how many captures) of every collection, newest first."""
    query = select(Collection.id, Collection.name, Collection.captures_count).order_by(Collection.id.desc())
    return list(session.execute(query).tuples())


def first_project(session: Session) -> int | None:
    """The project of a job that is about none in particular."""
    return session.scalars(select(Project.id).order_by(Project.id)).first()


def project_of(session: Session, scope: Scope) -> int | None:
    """The project that a scope belongs to; None when what it names is gone."""
    query: Select[Any]
    if scope.capture_id is not None:
        query = select(Deployment.project_id).join(Capture).where(Capture.id == scope.capture_id)
    elif scope.collection_id is not None:
        query = select(Collection.project_id).where(Collection.id == scope.collection_id)
    elif scope.event_id is not None:
        query = select(Deployment.project_id).join(Event).where(Event.id == scope.event_id)
    else:
        query = select(Deployment.project_id).where(Deployment.id == scope.deployment_id)
    return session.scalars(query).first()


def _captures(query: Select[Any], scope: Scope) -> Select[Any]:
    if scope.capture_id is not None:
        return query.where(Capture.id == scope.capture_id)
    if scope.collection_id is not None:
        return query.join(CollectionCapture, CollectionCapture.capture_id == Capture.id).where(
            CollectionCapture.collection_id == scope.collection_id
        )
    if scope.event_id is not None:
        return query.where(Capture.event_id == scope.event_id)
    return query.where(Capture.deployment_id == scope.deployment_id)
