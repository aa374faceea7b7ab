"""Ranges that are open at an end that is not given, as conditions."""

from datetime import date

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute


def within(column: InstrumentedAttribute[date], first: date | None, last: date | None) -> list[ColumnElement[bool]]:
    """That a day is `first` or later and `last` or earlier; None sets no end."""
    least = [] if first is None else [column >= first]
    most = [] if last is None else [column <= last]
    return [*least, *most]
