"""Schedules: what the engine does every morning by itself, and each time it did."""

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, now, primary_key, words
from models.captures import Deployment, Project
from models.people import User
from models.pipelines import Pipeline


class Step(enum.StrEnum):
    """What a run of a schedule does, one after the other; a step begins when the jobs of the one before have ended."""

    SYNC = "sync"
    ML = "ml"
    TRACKS = "tracks"


class Schedule(Base):
    """Jobs to be made for one station, or each station of a project: by the sun, or by a cron line in its own zone."""

    __tablename__ = "schedule"
    __table_args__ = (
        Index(
            "ix_schedule_next_at",
            "next_at",
            sqlite_where=text("paused_at IS NULL"),
            postgresql_where=text("paused_at IS NULL"),
        ),
    )

    id: Mapped[int] = primary_key()
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    deployment_id: Mapped[int | None] = mapped_column(ForeignKey("deployment.id"))  # null is every station
    name: Mapped[str]
    cron: Mapped[str | None]  # null is by the sun
    minutes_after_sunrise: Mapped[int] = mapped_column(default=60)
    steps: Mapped[list[str]] = mapped_column(default=list)  # words of Step, in their order
    pipeline_id: Mapped[int | None] = mapped_column(ForeignKey("pipeline.id"))  # of ml and tracks
    paused_at: Mapped[datetime | None]
    since: Mapped[datetime]  # what was due before is not made up for
    next_at: Mapped[datetime | None]  # when the first of its stations is due
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # who made it
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    rev: Mapped[int] = mapped_column(default=0, index=True)

    project: Mapped[Project] = relationship()
    deployment: Mapped[Deployment | None] = relationship()
    pipeline: Mapped[Pipeline | None] = relationship()
    user: Mapped[User | None] = relationship()


class ScheduleRun(Base):
    """One time that a schedule came due for one station. `jobs` are {"step", "event", "job"}, in the order made.

    After the engine slept there is one run for all that was missed, over the nights from `first_night` to `last_night`.
    Where that was too much at once, the nights from `left_out_from` to the one before `first_night` wait until somebody
    asks for them.
    """

    __tablename__ = "schedule_run"
    __table_args__ = (
        UniqueConstraint("schedule_id", "deployment_id", "due_at"),
        Index(
            "ix_schedule_run_open",
            "schedule_id",
            sqlite_where=text("finished_at IS NULL"),
            postgresql_where=text("finished_at IS NULL"),
        ),
        Index(
            "ix_schedule_run_left_out",
            "schedule_id",
            sqlite_where=text("left_out_from IS NOT NULL"),
            postgresql_where=text("left_out_from IS NOT NULL"),
        ),
    )

    id: Mapped[int] = primary_key()
    schedule_id: Mapped[int] = mapped_column(ForeignKey("schedule.id", ondelete="CASCADE"))
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"))
    due_at: Mapped[datetime]
    first_night: Mapped[date]
    last_night: Mapped[date]
    left_out_from: Mapped[date | None]  # the first of the nights that were not made up for
    step: Mapped[Step] = mapped_column(words(Step))
    jobs: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    outcome: Mapped[str | None]  # why it ended before its last step, in plain words
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]

    schedule: Mapped[Schedule] = relationship()
    deployment: Mapped[Deployment] = relationship()
