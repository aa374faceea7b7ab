"""Where a job stands in a list, so that a window begins behind it: as soon at any depth as at the top.

Whoever counts the rows of a list that grows at its top is shown some of them twice. Behind the last row that he has
seen none comes again, and none is left out, whatever became of that row meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, TypeAdapter
from pydantic_core import to_jsonable_python
from sqlalchemy import Select, and_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.jobs import Job
from models.queries.job_order import GROUPS, SORTS, Conditions, Part, in_turn
from models.rows import among, together


@dataclass(frozen=True)
class Place:
    """Behind a job, in an order: a key of SORTS, "-" before it when it descends, and what the job has of `keys_of`."""

    sort: str
    keys: tuple[Any, ...]

    def told(self) -> list[Any]:
        """As plain values of JSON."""
        told: list[Any] = to_jsonable_python([self.sort, *self.keys])
        return told

    @classmethod
    def read(cls, told: Sequence[Any]) -> "Place":
        """What `told` said. Raises ValueError when it is something else."""
        sort, *values = told or [None]
        if not isinstance(sort, str) or sort.removeprefix("-") not in SORTS:
            raise ValueError(f"No list is sorted by {sort!r}.")
        keys = keys_of(sort.removeprefix("-"))
        if len(keys) != len(values):
            raise ValueError(f"A place by {sort} is told by {len(keys)} values, not by {len(values)}.")
        return cls(sort, tuple(_read(key, value) for key, value in zip(keys, values, strict=True)))


def keys_of(name: str) -> tuple[InstrumentedAttribute[Any], ...]:
    """What a list in this order is sorted by, one after the other."""
    group = GROUPS.get(name)
    return (SORTS[name], Job.id) if group is None else (SORTS[name], group.table.id, Job.id)


def joined(query: Select[Any], name: str) -> Select[Any]:
    """Only the join that this order needs; a left one, so that the order of `job` is kept by its index."""
    group = GROUPS.get(name)
    return query if group is None else query.outerjoin(group.table, group.table.id == group.key)


def place_of(session: Session, job_id: int, sort: str) -> Place | None:
    """Where this job stands in an order now; None if it is gone."""
    name = sort.removeprefix("-")
    row = session.execute(joined(select(*keys_of(name)).select_from(Job), name).where(Job.id == job_id)).first()
    return Place(sort, tuple(row)) if row else None


def behind(session: Session, place: Place, where: Conditions, limit: int) -> list[int]:
    """Ids of the jobs that come after this place."""
    name, descending = place.sort.removeprefix("-"), place.sort.startswith("-")
    group, (value, *_, last) = GROUPS.get(name), place.keys
    owner = SORTS[name] if group is None else group.key
    further = Job.id < last if descending else Job.id > last
    missing = owner.is_(None)
    if value is None:
        named = Part(owner.is_not(None), keys=keys_of(name)) if group is None else group.part(where)
        parts = [Part(and_(missing, further)), *([] if descending else [named])]
    elif name == "id":
        parts = [Part(further)]
    elif group is None:
        # Jobs of the same value apart: SQLite begins with the value, and would go past all of its jobs to the place.
        later = Part(owner < value if descending else owner > value, keys=keys_of(name))
        parts = [Part(and_(owner == value, further)), later]
    else:
        named_so = (group.name, group.table.id), place.keys[:2]
        beyond = tuple_(*named_so[0]) < named_so[1] if descending else tuple_(*named_so[0]) > named_so[1]
        parts = [Part(and_(group.key == place.keys[1], further)), group.part([*where, beyond])]
    if value is not None and descending and owner.property.columns[0].nullable:
        parts.append(Part(missing))
    return in_turn(session, parts, where, descending=descending, limit=limit)


def in_order(session: Session, found: Sequence[int], name: str) -> list[int]:
    """These jobs in ascending order of a key of SORTS, whatever list they are of; some thousands are soon sorted."""
    if name == "id":
        return sorted(found)
    first, *others = keys_of(name)
    (number,) = among(session, found).subquery().c  # joined, which spares SQLite a table of them
    query = joined(select(Job.id).join_from(number.table, Job, Job.id == number), name)
    query = query.order_by(first.asc().nulls_first(), *others)
    return together(session, query)


def _read(key: InstrumentedAttribute[Any], value: Any) -> Any:
    """The value of a column as JSON has it. Raises ValueError."""
    kind = key.type.python_type
    return None if value is None else TypeAdapter(AwareDatetime if kind is datetime else kind).validate_python(value)
