"""The words that a search may use: names of stations, pipelines, people and the like, as this lab has them."""

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.captures import Deployment, Project
from models.jobs import Job, JobTag
from models.people import User
from models.pipelines import Pipeline
from models.queries.nights import zones

MOST = 300  # different tags or workers; more are not offered, and found all the same

Named = tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Words:
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


class LabWords:
    """The words of this lab; types, tags and workers are those that jobs have.

    Each kind is read when it is asked for first, as most texts need one or none, so ask while the session is open.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    @cached_property
    def stations(self) -> Named:
        return named(self._session, Deployment.id, Deployment.name)

    @cached_property
    def pipelines(self) -> Named:
        return named(self._session, Pipeline.id, Pipeline.name)

    @cached_property
    def projects(self) -> Named:
        return named(self._session, Project.id, Project.name)

    @cached_property
    def types(self) -> tuple[str, ...]:
        return different(self._session, Job.type, MOST)

    @cached_property
    def tags(self) -> tuple[str, ...]:
        return different(self._session, JobTag.tag, MOST)

    @cached_property
    def people(self) -> tuple[str, ...]:
        return tuple(self._session.scalars(_PEOPLE))

    @cached_property
    def workers(self) -> tuple[str, ...]:
        return different(self._session, Job.worker, MOST)

    @cached_property
    def zones(self) -> tuple[str, ...]:
        return zones(self._session)


Vocabulary = Words | LabWords


def named(session: Session, key: InstrumentedAttribute[int], name: InstrumentedAttribute[str]) -> Named:
    """(id, name) of all there are, by name."""
    return tuple((row[0], row[1]) for row in session.execute(_by_name(key, name)))


def different(
    session: Session, column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None], most: int | None = None
) -> tuple[str, ...]:
    """The different values of an indexed column that are known: each is a step in the index, whatever its rows."""
    return tuple(session.scalars(_steps(column).limit(most)))


_PEOPLE = select(User.name).order_by(User.name)


@cache
def _by_name(key: InstrumentedAttribute[int], name: InstrumentedAttribute[str]) -> Select[int, str]:
    return select(key, name).order_by(name, key)


@cache
def _steps(column: Any) -> Select[str]:
    first: Any = select(column.label("value")).where(column.is_not(None)).order_by(column).limit(1).subquery()
    walk = select(first.c.value).cte("walk", recursive=True)
    following = select(column).where(column > walk.c.value).order_by(column).limit(1).scalar_subquery()
    walk = walk.union_all(select(following).where(walk.c.value.is_not(None)))
    return select(walk.c.value).where(walk.c.value.is_not(None))
