"""More or less than so much: bounds on a job's clocks, times and counts, as conditions on the job table."""

import operator
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import UnaryExpression
from sqlalchemy.sql.operators import custom_op

from models.jobs import Job
from models.states import ACTIVE

Measure = Literal["queue_ms", "elapsed_ms", "created_at", "started_at", "finished_at", "priority", "total", "failed"]
Sign = Literal[">", ">=", "<", "<="]
CLOCKS = ("queue_ms", "elapsed_ms")
SIGNS: dict[str, Any] = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}
# A clock that still runs began longer ago than so much, so the comparison of its beginning is the other way round.
TURNED: dict[str, Any] = {">": operator.lt, ">=": operator.le, "<": operator.gt, "<=": operator.ge}


@dataclass(frozen=True)
class Bound:
    """`of` more or less than `than`: ms of a clock, a time in UTC, or a number. A clock that runs counts up to now."""

    of: Measure
    sign: Sign
    than: int | datetime


def by_no_index(column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """The same value, as an expression that no index of SQLite has."""
    return UnaryExpression(column.expression, operator=custom_op("+"), type_=column.type)


def bounded(bound: Bound, walked: Collection[str] = ()) -> ColumnElement[bool]:
    """The jobs within the bound; a column in `walked` is looked for by no index, which SQLite alone may be told."""
    column: Any = getattr(Job, bound.of)
    if bound.of in walked:
        column = by_no_index(column)
    ended: ColumnElement[bool] = SIGNS[bound.sign](column, bound.than)
    if bound.of not in CLOCKS or not isinstance(bound.than, int):
        return ended
    # A clock has its ms when it stopped. One that runs is of an active job, which the indexes tell: asked first, since
    # nearly all jobs are none, and of those no row is looked at.
    began: Any = Job.submitted_at if bound.of == "queue_ms" else Job.started_at
    since = datetime.now(UTC) - timedelta(milliseconds=bound.than)
    running = [Job.status.in_(sorted(ACTIVE)), Job.finished_at.is_(None), TURNED[bound.sign](began, since)]
    if bound.of == "queue_ms":
        running += [column.is_(None), Job.started_at.is_(None)]
    return or_(ended, and_(*running))
