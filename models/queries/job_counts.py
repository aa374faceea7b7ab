"""How many jobs have each value of a column, as SQLite's own triggers keep count (migration 0009).

A window far down a list is counted to from the nearer end when it is known how many jobs there are, and an order by
what a group of jobs is called knows in which group it lies. PostgreSQL keeps no such count: each write of a job would
wait there for the row of its project.
"""

from dataclasses import replace
from typing import Any

from sqlalchemy import bindparam, column, select, table
from sqlalchemy.orm import Session

from models.queries.job_filter import JobFilter
from models.queries.job_search import count
from models.states import FINAL, Status

COUNTED = ("status", "type", "project_id", "deployment_id", "pipeline_id", "collection_id")  # of the table `job`
NONE = ""  # stands for a value that is missing
DEEP = 2_000  # jobs before a window, from which on it pays to look up how many there are
MANY = 10_000  # jobs, more than are sorted sooner than the list is walked

_counts = table("job_count", column("name"), column("value"), column("jobs"))
_BY_VALUE = select(_counts.c.value, _counts.c.jobs).where(_counts.c.name == bindparam("counted"))


def by_value(session: Session, name: str, offset: int | None = None) -> dict[str, int] | None:
    """{value of this column as text: how many jobs}; None where nobody keeps count, or for a window near the top."""
    is_near = offset is not None and offset <= DEEP
    if is_near or name not in COUNTED or session.get_bind().dialect.name != "sqlite":
        return None
    return {str(value): int(jobs) for value, jobs in session.execute(_BY_VALUE, {"counted": name})}


def known(session: Session, where: JobFilter, offset: int) -> int | None:
    """How many jobs this filter finds, where that is known or soon counted: a few ms of a million jobs.

    None for a window near the top, which is read as soon, and where nobody keeps count.
    """
    if offset <= DEEP or (counts := by_value(session, COUNTED[0])) is None:
        return None
    return _known(session, where, sum(counts.values()))


def common(session: Session, where: JobFilter) -> frozenset[str]:
    """The columns of which this filter asks for values that many jobs have.

    SQLite takes any value for a rare one: it would look up each such job and sort them all, where a few steps through
    the list in its order find as many as a window shows.
    """
    return frozenset(name for name in COUNTED if getattr(where, name) and (_jobs_of(session, where, name) or 0) > MANY)


def _known(session: Session, where: JobFilter, total: int) -> int | None:
    if where.incomplete_only and not where.status:
        where = replace(where, incomplete_only=False, status=tuple(set(Status) - FINAL))
    if where.excluded:
        one, *others = where.excluded
        left_out = None if others or replace(where, excluded=()) != JobFilter() else _known(session, one, total)
        return None if left_out is None else total - left_out
    if where in (JobFilter(words=where.words), JobFilter(bounds=where.bounds[:1])):
        return count(session, where) if where.words or where.bounds else total
    asked = [name for name in COUNTED if getattr(where, name)]
    unasked: dict[str, Any] = dict.fromkeys(asked, ())
    return _jobs_of(session, where, asked[0]) if len(asked) == 1 and replace(where, **unasked) == JobFilter() else None


def _jobs_of(session: Session, where: JobFilter, name: str) -> int | None:
    """How many jobs have one of the values of this column that the filter asks for."""
    if session.get_bind().dialect.name != "sqlite":
        return None
    asked = {str(value) for value in getattr(where, name)}
    found = select(_counts.c.jobs).where(_counts.c.name == name, _counts.c.value.in_(asked))
    return sum(int(jobs) for jobs in session.scalars(found))
