"""The words that a search may use: names of stations, pipelines, people and the like, as this lab has them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.captures import Deployment, Project
from models.jobs import Job, JobTag
from models.people import User
from models.pipelines import Pipeline
from models.queries.nights import zones

MOST = 300  # different tags or workers; more are not offered, and found all the same

Named = tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Vocabulary:
    """(id, name) of what has an id, by name; keys of job types, tags, names of people and workers as they are.

    `zones` are those of the stations, which decide what last night is.
    """

    stations: Named = ()
    pipelines: Named = ()
    projects: Named = ()
    types: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    workers: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()


def vocabulary(session: Session) -> Vocabulary:
    """The words of this lab; types, tags and workers are those that jobs have."""
    return Vocabulary(
        stations=named(session, Deployment.id, Deployment.name),
        pipelines=named(session, Pipeline.id, Pipeline.name),
        projects=named(session, Project.id, Project.name),
        types=different(session, Job.type, MOST),
        tags=different(session, JobTag.tag, MOST),
        people=tuple(session.scalars(select(User.name).order_by(User.name))),
        workers=different(session, Job.worker, MOST),
        zones=zones(session),
    )


def named(session: Session, key: InstrumentedAttribute[int], name: InstrumentedAttribute[str]) -> Named:
    """(id, name) of all there are, by name."""
    return tuple((row[0], row[1]) for row in session.execute(select(key, name).order_by(name, key)))


def different(
    session: Session, column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None], most: int | None = None
) -> tuple[str, ...]:
    """The different values of an indexed column that are known: each is a step in the index, whatever its rows."""
    first: Any = select(column.label("value")).where(column.is_not(None)).order_by(column).limit(1).subquery()
    walk = select(first.c.value).cte("walk", recursive=True)
    following = select(column).where(column > walk.c.value).order_by(column).limit(1).scalar_subquery()
    walk = walk.union_all(select(following).where(walk.c.value.is_not(None)))
    return tuple(session.scalars(select(walk.c.value).where(walk.c.value.is_not(None)).limit(most)))
