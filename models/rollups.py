"""What charts read: finished attempts as counts and as durations in log-spaced bins 5 % wide, and each worker's work.

Attempts are counted for their station and for all stations together (0), and each of these for the worker that made
their first claim and for all workers together (""), so that the usual question reads no more rows than it did with one
station and one worker. An attempt that no worker took up is counted among all alone. Each table is kept in the order in
which charts read it.
"""

import math
from datetime import date, datetime

from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base

BIN_RATIO = 1.05


ALL_STATIONS = 0
ALL_WORKERS = ""


class StatusCount(Base):
    """How many attempts of a type ended in a status in a night (by submission, noon to noon UTC)."""

    __tablename__ = "rollup_status"
    __table_args__ = ({"sqlite_with_rowid": False},)

    worker: Mapped[str] = mapped_column(primary_key=True, default=ALL_WORKERS)
    deployment_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=ALL_STATIONS)
    night: Mapped[date] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(primary_key=True)
    pipeline_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # 0 is none
    status: Mapped[str] = mapped_column(primary_key=True)
    attempts: Mapped[int]


class DurationCount(Base):
    """How many attempts fell into a duration bin; `metric` is queue or elapsed."""

    __tablename__ = "rollup_duration"
    __table_args__ = ({"sqlite_with_rowid": False},)

    worker: Mapped[str] = mapped_column(primary_key=True, default=ALL_WORKERS)
    deployment_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=ALL_STATIONS)
    metric: Mapped[str] = mapped_column(primary_key=True)
    night: Mapped[date] = mapped_column(primary_key=True)
    bin: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    type: Mapped[str] = mapped_column(primary_key=True)
    pipeline_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # 0 is none
    attempts: Mapped[int]


class MonthCount(Base):
    """The duration bins of all stations once more, whole months together, in the order in which a histogram reads them.

    A station's own bins are so few that their nights serve.
    """

    __tablename__ = "rollup_duration_month"
    __table_args__ = ({"sqlite_with_rowid": False},)

    worker: Mapped[str] = mapped_column(primary_key=True, default=ALL_WORKERS)
    metric: Mapped[str] = mapped_column(primary_key=True)
    bin: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    month: Mapped[date] = mapped_column(primary_key=True)  # its first day
    type: Mapped[str] = mapped_column(primary_key=True)
    pipeline_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # 0 is none
    attempts: Mapped[int]


class WorkerMinute(Base):
    """What a worker landed in a minute: captures, those of them that failed, and how long it worked on them.

    Kept for some days, see `engine.rollups`. Only its own worker writes a row, so no landing waits for another.
    """

    __tablename__ = "worker_minute"

    minute: Mapped[datetime] = mapped_column(primary_key=True)
    worker: Mapped[str] = mapped_column(primary_key=True)
    captures: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    steps: Mapped[int] = mapped_column(default=0)  # of stages without captures
    busy_ms: Mapped[int] = mapped_column(default=0)


class WorkerHour(Base):
    """What a worker landed in an hour, apart by what it was for; kept for good."""

    __tablename__ = "worker_hour"

    hour: Mapped[datetime] = mapped_column(primary_key=True)
    worker: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(primary_key=True)
    pipeline_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # 0 is none
    deployment_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # 0 is none
    captures: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    busy_ms: Mapped[int] = mapped_column(default=0)


def bin_of(ms: float) -> int:
    """The bin of a duration in ms; bin 0 is up to 1 ms, bin n ends at 1.05**n ms."""
    return 0 if ms <= 1 else math.ceil(math.log(ms) / math.log(BIN_RATIO))


def bin_edges(number: int) -> tuple[float, float]:
    """Lower and upper edge of a bin, ms."""
    return (0.0, 1.0) if number == 0 else (BIN_RATIO ** (number - 1), BIN_RATIO**number)
