"""Windows of jobs in an order that no index of the table `job` has: by what a group of jobs is called.

The groups are few or have an index of their own, and within a group jobs come by their ids, which every index ends
with. So a window lies as near at any depth as one of a plain column.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.captures import Collection, Deployment, Event, Project
from models.jobs import Job
from models.pipelines import Pipeline

Conditions = Sequence[ColumnElement[bool]]


@dataclass(frozen=True)
class Group:
    """What jobs belong to: the column of `Job` that says so, and the name that sorts them."""

    key: InstrumentedAttribute[Any]
    table: type[Any]
    name: InstrumentedAttribute[Any]


GROUPS = {
    "project": Group(Job.project_id, Project, Project.name),
    "deployment": Group(Job.deployment_id, Deployment, Deployment.name),
    "collection": Group(Job.collection_id, Collection, Collection.name),
    "pipeline": Group(Job.pipeline_id, Pipeline, Pipeline.name),
    "night": Group(Job.event_id, Event, Event.night),
}


def by_group(
    session: Session, group: Group, where: Conditions, *, descending: bool, offset: int, limit: int
) -> list[int]:
    """Ids of jobs by the name of their group, then by id. Jobs of none come first, or last when descending."""
    keys = (group.name, group.table.id, Job.id)
    named = select(Job.id).join(group.table, group.table.id == group.key).where(*where)
    named = named.order_by(*(key.desc() if descending else key.asc() for key in keys))
    if not group.key.property.columns[0].nullable:
        return list(session.scalars(named.offset(offset or None).limit(limit)))
    missing = _by_id([group.key.is_(None), *where], descending=descending)
    parts = [(missing, group.key.is_(None)), (named, group.key.is_not(None))]
    if descending:
        parts.reverse()
    return _in_turn(session, parts, where, offset, limit)


def by_condition(
    session: Session, groups: Conditions, where: Conditions, *, descending: bool, offset: int, limit: int
) -> list[int]:
    """Ids of jobs of one group after the other, within each by id; `groups` stand in the order that is wanted."""
    parts = [(_by_id([group, *where], descending=descending), group) for group in groups]
    return _in_turn(session, parts, where, offset, limit)


def _by_id(where: Conditions, *, descending: bool) -> Select[int]:
    return select(Job.id).where(*where).order_by(Job.id.desc() if descending else Job.id.asc())


def _in_turn(
    session: Session,
    parts: Sequence[tuple[Select[int], ColumnElement[bool]]],
    where: Conditions,
    offset: int,
    limit: int,
) -> list[int]:
    """A window over several lists as if they were one; a list that lies before it is counted, not read."""
    found: list[int] = []
    for number, (query, mine) in enumerate(parts, start=1):
        if offset and number < len(parts):
            passed = session.scalars(select(func.count(Job.id)).where(mine, *where)).one()
            if offset >= passed:
                offset -= passed
                continue
        found += session.scalars(query.offset(offset or None).limit(limit - len(found)))
        offset = 0
        if len(found) >= limit:
            break
    return found
