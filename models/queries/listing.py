"""Lists of one kind of row: how a window of it is chosen, counted and read.

As with jobs, the ids of a window come from the table alone, and only its rows pay for what belongs to them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

Row = TypeVar("Row")


@dataclass(frozen=True)
class Where:
    """Which rows; None filters nothing. A field that says nothing about a kind of row filters none of it."""

    project_id: int | None = None
    deployment_id: int | None = None
    event_id: int | None = None
    collection_id: int | None = None
    slug: str | None = None
    words: tuple[str, ...] = ()  # each of them within the name (of a capture: its path), any case


def containing(column: InstrumentedAttribute[str], words: tuple[str, ...]) -> ColumnElement[bool]:
    """Each of the words within the column, any case."""
    return and_(*(column.icontains(word, autoescape=True) for word in words))


@dataclass(frozen=True)
class Listing(Generic[Row]):
    """One kind of row: how its windows are chosen, and what its rows hold."""

    row: type[Row]
    key: InstrumentedAttribute[int]
    source: Callable[[Select[Any]], Select[Any]]  # joins what `columns` need
    columns: Mapping[str, Any]  # of the row, where they are not the table's own
    narrow: Mapping[str, Callable[[Any], ColumnElement[bool]]]  # field of Where: condition on the table alone
    sorts: Mapping[str, InstrumentedAttribute[Any]]
    usual: str

    def page(
        self, session: Session, where: Where, *, sort: str | None = None, offset: int = 0, limit: int = 50
    ) -> list[Row]:
        """A window of rows in the order of `sorts`, "-" before one for descending, a comma between two; ties by id."""
        wanted = (sort or self.usual).split(",")
        query = select(self.key).where(*self._conditions(where))
        for name in wanted:
            column = self.sorts[name.removeprefix("-")]
            query = query.order_by(column.desc().nulls_last() if name[0] == "-" else column.asc().nulls_first())
        query = query.order_by(self.key.desc() if wanted[0][0] == "-" else self.key.asc())
        return self.by_ids(session, session.scalars(query.offset(offset or None).limit(limit)))

    def count(self, session: Session, where: Where) -> int:
        """How many rows there are."""
        return session.scalars(select(func.count(self.key)).where(*self._conditions(where))).one()

    def one(self, session: Session, row_id: int, where: Where | None = None) -> Row | None:
        """One row by its id, or None when there is none that `where` allows."""
        found = session.scalars(select(self.key).where(self.key == row_id, *self._conditions(where or Where()))).all()
        return next(iter(self.by_ids(session, found)), None)

    def by_ids(self, session: Session, ids: Iterable[int]) -> list[Row]:
        """These rows in the order given; those that are gone are left out."""
        order = list(ids)
        if not order:
            return []
        found = {row.id: self.row(*row) for row in session.execute(self._rows, {"ids": order})}
        return [found[row_id] for row_id in order if row_id in found]

    @cached_property
    def _rows(self) -> Select[Any]:
        """The rows of some ids, put together once."""
        names = [field.name for field in fields(self.row)]  # type: ignore[arg-type]
        columns = [self.columns.get(name, getattr(self.key.class_, name, None)).label(name) for name in names]
        query = self.source(select(*columns).select_from(self.key.class_))
        return query.where(self.key.in_(bindparam("ids", expanding=True)))

    def _conditions(self, where: Where) -> list[ColumnElement[bool]]:
        asked = ((name, getattr(where, name)) for name in self.narrow)
        return [self.narrow[name](value) for name, value in asked if value not in (None, ())]
