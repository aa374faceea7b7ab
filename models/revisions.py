"""Revisions: every row that a page watches carries the number of the last change that touched it.

The number is taken last in a transaction from one locked counter row, so a reader that has seen rev n has seen all
changes up to n. `Store.write` calls `number` just before it commits.
"""

from collections import defaultdict
from typing import Any

from sqlalchemy import Index, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base

TOUCHED = "touched"


class Revision(Base):
    """The one counter row, id 1."""

    __tablename__ = "revision"

    id: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[int]


class Tombstone(Base):
    """A watched row that was deleted, so that a page can take it away."""

    __tablename__ = "tombstone"
    __table_args__ = (Index("ix_tombstone_rev", "rev"),)

    table: Mapped[str] = mapped_column(primary_key=True)
    row: Mapped[str] = mapped_column(primary_key=True)
    rev: Mapped[int]


def touch(session: Session, table: type[Base], *keys: Any) -> None:
    """Say that these rows changed in a way a page shows; they get the transaction's rev at its end."""
    session.info.setdefault(TOUCHED, defaultdict(set))[table].update(keys)


def bury(session: Session, table: type[Base], key: Any) -> None:
    """Say that this row is deleted in this transaction; a tombstone gets its rev."""
    session.merge(Tombstone(table=table.__tablename__, row=str(key), rev=0))
    touch(session, Tombstone, (table.__tablename__, str(key)))


def number(session: Session) -> None:
    """Give all touched rows the next rev. The counter row stays locked from here to the commit."""
    touched = session.info.pop(TOUCHED, None)
    if not touched:
        return
    session.flush()
    session.execute(update(Revision).where(Revision.id == 1).values(value=Revision.value + 1))
    rev = latest(session)
    for table, keys in touched.items():
        if table is Tombstone:
            for name, row in keys:
                session.execute(update(Tombstone).where(Tombstone.table == name, Tombstone.row == row).values(rev=rev))
        else:
            (column,) = table.__table__.primary_key.columns
            session.execute(update(table).where(column.in_(sorted(keys))).values(rev=rev))


def latest(session: Session) -> int:
    """The rev of the last change: the ETag of every page."""
    return int(session.connection().execute(LATEST).scalar_one())


# Every open page asks this every 2 s, so it is put together once and goes past what the ORM would do with a row.
LATEST = text("SELECT value FROM revision WHERE id = 1")
