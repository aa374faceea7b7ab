"""Windows of lists of jobs, also in an order that no index of the table `job` has: by what a group of jobs is called.

The groups are few or have an index of their own, and within a group jobs come by their ids, which every index ends
with. So a window lies as near at any depth as one of a plain column.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from models import captures
from models.captures import Deployment, Event, Project
from models.jobs import Job
from models.pipelines import Pipeline
from models.queries.job_counts import NONE, by_value
from models.rows import together
from models.states import Status

Conditions = Sequence[ColumnElement[bool]]
AT_ONCE = 1000  # ids that are read one by one
MOST_GROUPS = 1000  # that are gone through one by one
BY_WORD = {status: number for number, status in enumerate(sorted(Status))}


@dataclass(frozen=True)
class Part:
    """A part of a list: the jobs of a condition, by id unless `keys` say otherwise; and how many, if that is known."""

    which: ColumnElement[bool]
    known: int | None = None
    query: Select[int] | None = None
    keys: tuple[Any, ...] = (Job.id,)


@dataclass(frozen=True)
class Group:
    """What jobs belong to: the column of `Job` that says so, and the name that sorts them."""

    key: InstrumentedAttribute[Any]
    table: type[Any]
    name: InstrumentedAttribute[Any]

    def part(self, where: Conditions) -> Part:
        """The jobs of all such groups, by the group's name and the group, then by id."""
        query = select(Job.id).join(self.table, self.table.id == self.key).where(*where)
        return Part(self.key.is_not(None), query=query, keys=(self.name, self.table.id, Job.id))


SORTS: dict[str, InstrumentedAttribute[Any]] = {
    "id": Job.id,
    "name": Job.name,
    "status": Job.status,
    "type": Job.type,
    "project": Project.name,
    "deployment": Deployment.name,
    "collection": captures.Collection.name,
    "pipeline": Pipeline.name,
    "night": Event.night,
    "priority": Job.priority,
    "created_at": Job.created_at,
    "updated_at": Job.updated_at,
    "submitted_at": Job.submitted_at,
    "started_at": Job.started_at,
    "finished_at": Job.finished_at,
    "queue_ms": Job.queue_ms,
    "elapsed_ms": Job.elapsed_ms,
    "progress": Job.progress,
    "processed": Job.processed,
    "failed": Job.failed,
    "detections": Job.detections,
    "total": Job.total,
}
GROUPS = {
    "project": Group(Job.project_id, Project, Project.name),
    "deployment": Group(Job.deployment_id, Deployment, Deployment.name),
    "collection": Group(Job.collection_id, captures.Collection, captures.Collection.name),
    "pipeline": Group(Job.pipeline_id, Pipeline, Pipeline.name),
    "night": Group(Job.event_id, Event, Event.night),
}


def window(
    session: Session,
    query: Select[int],
    keys: Sequence[Any],
    *,
    descending: bool,
    offset: int,
    limit: int,
    known: int | None = None,
) -> list[int]:
    """The ids of a window of `query` in the order of these columns; what is missing comes first, or last if descending.

    Where it is `known` how many there are, the window is counted to from the nearer end.
    """
    if known is None or 2 * offset <= known:
        ordered = query.order_by(*_order(keys, descending)).offset(offset or None).limit(limit)
        return together(session, ordered) if limit > AT_ONCE else list(session.scalars(ordered))
    size = min(limit, known - offset)
    if size <= 0:
        return []
    backwards = query.order_by(*_order(keys, not descending)).offset(known - offset - size).limit(size)
    return list(session.scalars(backwards))[::-1]


def by_group(
    session: Session, group: Group, where: Conditions, *, descending: bool, offset: int, limit: int
) -> list[int]:
    """Ids of jobs by the name of their group, then by id. Jobs of none come first, or last when descending."""
    counts = None if where else by_value(session, group.key.key, offset)
    if counts is not None and len(counts) <= MOST_GROUPS:
        named = session.scalars(select(group.table.id).order_by(*_order((group.name, group.table.id), descending)))
        values = [*named, None] if descending else [None, *named]
        parts = [Part(group.key == value, counts.get(NONE if value is None else str(value), 0)) for value in values]
        return in_turn(session, parts, where, descending=descending, offset=offset, limit=limit)
    of_some = group.part(where)
    if not group.key.property.columns[0].nullable:
        return in_turn(session, [of_some], where, descending=descending, offset=offset, limit=limit)
    of_none = Part(group.key.is_(None))
    parts = [of_some, of_none] if descending else [of_none, of_some]
    return in_turn(session, parts, where, descending=descending, offset=offset, limit=limit)


def by_status(
    session: Session,
    groups: Sequence[Collection[Status]],
    where: Conditions,
    *,
    descending: bool,
    offset: int,
    limit: int,
) -> list[int]:
    """Ids of jobs of some states after the other, within each by id; `groups` stand in the order that is wanted."""
    counts = None if where else by_value(session, "status", offset)
    parts = [
        Part(Job.status.in_(group), None if counts is None else sum(counts.get(status, 0) for status in group))
        for group in groups
    ]
    return in_turn(session, parts, where, descending=descending, offset=offset, limit=limit)


def ranked(ranks: Mapping[Status, int] | None) -> Any:
    """The state as something to sort by, where states have other words than ours."""
    return case(dict(ranks), value=Job.status) if ranks else Job.status


def in_ranks(ranks: Mapping[Status, int], *, descending: bool) -> list[list[Status]]:
    """The states as groups in the order of their ranks; those of one rank are one group."""
    order = sorted(set(ranks.values()), reverse=descending)
    return [[status for status, rank in ranks.items() if rank == each] for each in order]


def several(
    sorts: Sequence[str], columns: Mapping[str, Any], ranks: Mapping[Status, int] | None
) -> list[tuple[Any, bool]]:
    """Each order as its column and whether it descends, "-" before the names of those that do."""
    names = [(sort.removeprefix("-"), sort.startswith("-")) for sort in sorts]
    return [(ranked(ranks) if name == "status" else columns[name], descending) for name, descending in names]


def by_several(
    session: Session,
    sorts: Sequence[tuple[Any, bool]],
    where: Conditions,
    *,
    groups: Collection[Group] = (),
    offset: int,
    limit: int,
) -> list[int]:
    """Ids of jobs by several columns, each with whether it descends, then by id; `groups` are those they need."""
    query = select(Job.id).where(*where)
    for group in groups:
        query = query.outerjoin(group.table, group.table.id == group.key)
    for column, descending in sorts:
        query = query.order_by(column.desc().nulls_last() if descending else column.asc().nulls_first())
    query = query.order_by(Job.id.desc() if sorts[0][1] else Job.id.asc())
    return list(session.scalars(query.offset(offset or None).limit(limit)))


def in_turn(
    session: Session, parts: Sequence[Part], where: Conditions, *, descending: bool, offset: int = 0, limit: int
) -> list[int]:
    """A window over several lists as if they were one; a list that lies before it is counted, not read."""
    found: list[int] = []
    for number, part in enumerate(parts, start=1):
        known = part.known
        if known is None and offset and number < len(parts):
            known = session.scalars(select(func.count(Job.id)).where(part.which, *where)).one()
        if known is not None and offset >= known:
            offset -= known
            continue
        query = select(Job.id).where(part.which, *where) if part.query is None else part.query
        left = limit - len(found)
        found += window(session, query, part.keys, descending=descending, offset=offset, limit=left, known=known)
        offset = 0
        if len(found) >= limit:
            break
    return found


def _order(keys: Sequence[Any], descending: bool) -> list[Any]:
    return [_directed(key, descending) for key in keys]


def _directed(key: Any, descending: bool) -> Any:
    ordering = key.desc() if descending else key.asc()
    if not _may_be_missing(key):
        return ordering
    return ordering.nulls_last() if descending else ordering.nulls_first()


def _may_be_missing(key: Any) -> bool:
    """Whether a job may have none; of an expression it is not known."""
    columns = getattr(getattr(key, "property", None), "columns", None)
    return columns is None or bool(columns[0].nullable)
