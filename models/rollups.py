"""Finished attempts, folded for charts: counts, and durations in log-spaced bins 5 % wide."""

import math
from datetime import date

from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base

BIN_RATIO = 1.05


class StatusCount(Base):
    """How many attempts of a type ended in a status in a night (by submission, noon to noon UTC)."""

    __tablename__ = "rollup_status"

    night: Mapped[date] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(primary_key=True)
    pipeline_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # 0 is none
    status: Mapped[str] = mapped_column(primary_key=True)
    attempts: Mapped[int]


class DurationCount(Base):
    """How many attempts fell into a duration bin; `metric` is queue or elapsed."""

    __tablename__ = "rollup_duration"

    night: Mapped[date] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(primary_key=True)
    pipeline_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # 0 is none
    metric: Mapped[str] = mapped_column(primary_key=True)
    bin: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    attempts: Mapped[int]


def bin_of(ms: float) -> int:
    """The bin of a duration in ms; bin 0 is up to 1 ms, bin n ends at 1.05**n ms."""
    return 0 if ms <= 1 else math.ceil(math.log(ms) / math.log(BIN_RATIO))


def bin_edges(number: int) -> tuple[float, float]:
    """Lower and upper edge of a bin, ms."""
    return (0.0, 1.0) if number == 0 else (BIN_RATIO ** (number - 1), BIN_RATIO**number)
