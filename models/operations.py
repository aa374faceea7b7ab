"""What is asked of many jobs at once, and of whole queues."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, now, primary_key, words


class Operation(Base):
    """One verb over all jobs that match a filter. It goes through them by id, and who stops before its end is followed
    by another; one at a time, as two would do the same to the same jobs.
    """

    __tablename__ = "operation"

    id: Mapped[int] = primary_key()
    verb: Mapped[str]
    where: Mapped[dict[str, Any]]  # a JobFilter
    who: Mapped[dict[str, Any]]  # the Actor who asked
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)  # what the verb is told: the priority, the tags
    total: Mapped[int]  # jobs that matched when it was asked
    last_job_id: Mapped[int]  # younger jobs are not concerned
    reached: Mapped[int] = mapped_column(default=0)  # id of the last job that was looked at
    done: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    refusals: Mapped[dict[str, Any]] = mapped_column(default=dict)  # sentence: how often
    requested_at: Mapped[datetime] = mapped_column(default=now)
    held_until: Mapped[datetime | None]  # while somebody goes through it
    finished_at: Mapped[datetime | None] = mapped_column(index=True)
    rev: Mapped[int] = mapped_column(default=0, index=True)


class Queue(enum.StrEnum):
    """What may be paused as a whole."""

    ALL = "all"
    STATION = "station"
    PIPELINE = "pipeline"


class QueuePause(Base):
    """While this row stands, no worker takes anything of that queue; what is in hand goes on to its landing."""

    __tablename__ = "queue_pause"

    queue: Mapped[Queue] = mapped_column(words(Queue), primary_key=True)
    key: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # station or pipeline; 0 for all
    since: Mapped[datetime] = mapped_column(default=now)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
