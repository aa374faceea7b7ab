"""Many rows in one statement: what a transaction brings along, as a table that SQL can join.

A batch of 2,000 items is ended by one statement that finds its rows here, not by 2,000 bound ones: so a database keeps
up with a pipeline that costs nothing. Only numbers travel like this; text keeps to bound parameters.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import JSON, ColumnElement, Subquery, cast, column, func, literal, select
from sqlalchemy.orm import Session


def as_table(session: Session, rows: Sequence[Sequence[float | None]], **columns: Any) -> Subquery:
    """These rows as a table with these columns, name=type in the order of the rows' values. They travel as JSON."""
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    unfold = func.json_each if on_sqlite else func.json_array_elements
    row = unfold(literal(rows, JSON)).table_valued(column("value", JSON)).c.value

    def cell(place: int, kind: Any) -> ColumnElement[Any]:
        return func.json_extract(row, f"$[{place}]", type_=kind) if on_sqlite else cast(row.op("->>")(place), kind)

    return select(*(cell(place, kind).label(name) for place, (name, kind) in enumerate(columns.items()))).subquery()
