"""Jobs and what they are made of: attempts, stages, items and log lines."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, UniqueConstraint, and_, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, now, primary_key, words
from models.captures import Capture, Collection, Deployment, Event, Project
from models.people import User
from models.pipelines import Pipeline
from models.states import FINAL, ItemState, ReviewState, Status

# Lists of jobs are sorted by these, ties by id, and go past what they do not show by what the index itself tells of a
# job; and they are filtered by FILTERS with the newest first. Migration 0012 tells more.
ORDERS = (
    "name",
    "type",
    "status",
    "project_id",
    "deployment_id",
    "event_id",
    "collection_id",
    "pipeline_id",
    "priority",
    "created_at",
    "updated_at",
    "submitted_at",
    "started_at",
    "finished_at",
    "queue_ms",
    "elapsed_ms",
    "progress",
    "processed",
    "failed",
    "detections",
    "total",
)
TOLD = ("status", "type", "priority", "project_id", "pipeline_id", "deployment_id")
FILTERS = ("project_id", "pipeline_id", "collection_id", "type", "owner_id", "review_state", "priority")


def told(first: str) -> tuple[str, ...]:
    """The columns of the index by which lists are sorted by `first`."""
    return (first, *(["id"] if first != "id" else []), *(name for name in TOLD if name != first))


class Job(Base):
    """Something asked of the engine. Times are UTC, durations ms; counters are those of its capture stage."""

    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_status_priority_served_at", "status", "priority", "served_at"),
        Index("ix_job_status_created_at", "status", "created_at"),
        Index("ix_job_status_finished_at", "status", "finished_at"),  # what failed lately is counted at each change
        Index("ix_job_deployment_id_created_at", "deployment_id", "created_at"),
        Index("ix_job_deadline_at", "deadline_at", sqlite_where=text("deadline_at IS NOT NULL")),
        # A bar of a worker's timings leads to its jobs by their clocks.
        Index("ix_job_worker_created_at", "worker", "created_at", *TOLD, "queue_ms", "elapsed_ms"),
        # Migration 0002 tells of the last ones, and of the index by which a name is searched.
        Index("ix_job_id", *told("id")),
        *(Index(f"ix_job_{name}_id", *told(name)) for name in ORDERS),
        *(Index(f"ix_job_{name}_created_at", name, "created_at") for name in FILTERS),
    )

    id: Mapped[int] = primary_key()
    uuid: Mapped[str] = mapped_column(default=lambda: str(uuid.uuid4()), unique=True)
    name: Mapped[str]
    type: Mapped[str]  # a key of engine.jobtypes
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    deployment_id: Mapped[int | None] = mapped_column(ForeignKey("deployment.id"))
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"))
    collection_id: Mapped[int | None] = mapped_column(ForeignKey("collection.id"))
    capture_id: Mapped[int | None] = mapped_column(ForeignKey("capture.id"), index=True)
    pipeline_id: Mapped[int | None] = mapped_column(ForeignKey("pipeline.id"))
    arguments: Mapped[dict[str, Any]] = mapped_column(default=dict)  # what only this type knows
    delay: Mapped[int] = mapped_column(default=0)  # s of the test stage
    limit: Mapped[int | None]  # captures at most
    shuffle: Mapped[bool] = mapped_column(default=False)
    seed: Mapped[int] = mapped_column(default=0)  # of the shuffle
    reprocess: Mapped[bool] = mapped_column(default=False)
    priority: Mapped[int] = mapped_column(default=5)  # 0 to 9, 9 first
    timeout_ms: Mapped[int | None]  # from submission; null is never
    failure_threshold: Mapped[float] = mapped_column(default=0.5)  # a larger share of failed items is FAILURE
    tags: Mapped[list[str]] = mapped_column(default=list)
    dispatch_mode: Mapped[str] = mapped_column(default="internal")
    dry_run: Mapped[bool] = mapped_column(default=False)  # collects and checks, and processes nothing
    checkpoint: Mapped[dict[str, Any] | None]  # what makes a capture wait for a person; see engine.checkpoint
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    token_prefix: Mapped[str | None] = mapped_column(index=True)  # of the token that submitted it
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    review_state: Mapped[ReviewState] = mapped_column(words(ReviewState), default=ReviewState.NONE, index=True)

    status: Mapped[Status] = mapped_column(words(Status), default=Status.CREATED)
    attempt: Mapped[int] = mapped_column(default=0)
    worker: Mapped[str | None]  # that made the first claim of its latest attempt
    stage_id: Mapped[int | None]  # the stage whose items may be claimed
    requested: Mapped[str | None]  # cancel or pause, asked for and not yet done
    requested_at: Mapped[datetime | None]
    control_id: Mapped[int | None]  # the audit row of what was asked last
    cause: Mapped[str | None]  # why it ended

    total: Mapped[int] = mapped_column(default=0)  # captures of this job
    processed: Mapped[int] = mapped_column(default=0)  # done or skipped
    skipped: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    stopped: Mapped[int] = mapped_column(default=0)
    detections: Mapped[int] = mapped_column(default=0)
    classifications: Mapped[int] = mapped_column(default=0)
    progress: Mapped[float] = mapped_column(default=0.0)  # 0 to 1, the mean of its stages
    cost_ms: Mapped[float | None]  # of one capture, a moving mean; decides the size of a batch
    log_seq: Mapped[int] = mapped_column(default=0)  # number of its last log line

    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)
    submitted_at: Mapped[datetime | None]  # of the latest attempt
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    served_at: Mapped[datetime | None]  # when a shift last took it up
    deadline_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    hold_until: Mapped[datetime | None]  # not claimed before; the backoff after a pipeline was away
    holds: Mapped[int] = mapped_column(default=0)  # how often in a row it was held back
    queue_ms: Mapped[int | None]  # first attempt, submission to first claim
    elapsed_ms: Mapped[int | None]  # latest attempt, first claim to end
    paused_ms: Mapped[int] = mapped_column(default=0)
    rev: Mapped[int] = mapped_column(default=0, index=True)

    project: Mapped[Project] = relationship()
    deployment: Mapped[Deployment | None] = relationship()
    event: Mapped[Event | None] = relationship()
    collection: Mapped[Collection | None] = relationship()
    capture: Mapped[Capture | None] = relationship()
    pipeline: Mapped[Pipeline | None] = relationship()
    owner: Mapped[User | None] = relationship(foreign_keys=owner_id)
    reviewer: Mapped[User | None] = relationship(foreign_keys=reviewer_id)
    stages: Mapped[list["Stage"]] = relationship(order_by="Stage.position", viewonly=True)
    attempts: Mapped[list["Attempt"]] = relationship(order_by="Attempt.number", viewonly=True)


class JobTag(Base):
    """A tag of a job, for finding it; `Job.tags` has them in their order."""

    __tablename__ = "job_tag"

    job_id: Mapped[int] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"), primary_key=True)
    tag: Mapped[str] = mapped_column(primary_key=True, index=True)


class JobNight(Base):
    """A night that a job has captures of, and how many; written when its captures are collected."""

    __tablename__ = "job_night"

    job_id: Mapped[int] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"), primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), primary_key=True, index=True)
    captures_count: Mapped[int]


class Attempt(Base):
    """One try of one job: `queue_ms` from its submission to its first claim, `elapsed_ms` from there to its end."""

    __tablename__ = "attempt"
    __table_args__ = (Index("ix_attempt_folded_finished_at", "folded", "finished_at"),)

    job_id: Mapped[int] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[Status] = mapped_column(words(Status))
    submitted_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    queue_ms: Mapped[int | None]
    elapsed_ms: Mapped[int | None]
    paused_ms: Mapped[int] = mapped_column(default=0)
    cause: Mapped[str | None]
    worker: Mapped[str | None]  # that made its first claim; others may have worked on it too
    folded: Mapped[bool] = mapped_column(default=False)  # counted in the rollups


class Stage(Base):
    """One step of a job. `params` is what people and programs see of it: ordered {"key", "name", "value"}."""

    __tablename__ = "stage"
    __table_args__ = (UniqueConstraint("job_id", "key"),)

    id: Mapped[int] = primary_key()
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"))
    position: Mapped[int]
    key: Mapped[str]
    name: Mapped[str]
    over_captures: Mapped[bool] = mapped_column(default=False)  # else it is one item with a saved cursor
    status: Mapped[Status] = mapped_column(words(Status), default=Status.CREATED)
    progress: Mapped[float] = mapped_column(default=0.0)
    params: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    open_items: Mapped[int] = mapped_column(default=0)  # not final yet
    total_items: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime | None]  # the first time
    finished_at: Mapped[datetime | None]
    begun_at: Mapped[datetime | None]  # the latest time, while it is worked on
    worked_ms: Mapped[int | None]  # what that took each time together, pauses included; None: it was not noted


class Item(Base):
    """One capture of one job, or the one piece of work of a stage without captures."""

    __tablename__ = "item"
    __table_args__ = (
        Index(
            "ix_item_waiting",
            "stage_id",
            "position",
            sqlite_where=text("state = 'WAITING'"),
            postgresql_where=text("state = 'WAITING'"),
        ),
        Index(
            "ix_item_claimed",
            "job_id",
            "claim",
            sqlite_where=text("state = 'CLAIMED'"),
            postgresql_where=text("state = 'CLAIMED'"),
        ),
        Index("ix_item_job_id_state", "job_id", "state"),
        Index("ix_item_job_id_finished_at", "job_id", "finished_at"),
        Index("ix_item_capture_id", "capture_id"),
    )

    id: Mapped[int] = primary_key()
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"))
    stage_id: Mapped[int] = mapped_column(ForeignKey("stage.id", ondelete="CASCADE"))
    capture_id: Mapped[int | None] = mapped_column(ForeignKey("capture.id"))
    position: Mapped[int]
    state: Mapped[ItemState] = mapped_column(words(ItemState), default=ItemState.WAITING)
    tries: Mapped[int] = mapped_column(default=0)  # claims that ended without a word
    error_kind: Mapped[str | None]
    error: Mapped[str | None]
    claim: Mapped[str | None]  # the token of the batch that holds it
    worker: Mapped[str | None]  # who holds it, or held it last
    lease_until: Mapped[datetime | None]
    attempt: Mapped[int | None]  # that ended it
    finished_at: Mapped[datetime | None]
    duration_ms: Mapped[float | None]
    cursor: Mapped[dict[str, Any] | None]  # where a stage without captures goes on
    result_id: Mapped[int | None] = mapped_column(ForeignKey("result.id", ondelete="SET NULL"))


# An item, joined to its job, that a person can still judge: what a job that has ended holds back waits for nobody.
AWAITS_VERDICT: ColumnElement[bool] = and_(Item.state == ItemState.STOPPED, Job.status.not_in(FINAL))


class Log(Base):
    """Append-only; `seq` counts from 1 in each job without a hole, so a reader asks for what came after."""

    __tablename__ = "log"
    __table_args__ = ({"sqlite_with_rowid": False},)

    job_id: Mapped[int] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    attempt: Mapped[int]
    stage: Mapped[str | None]
    level: Mapped[str]  # DEBUG, INFO, WARNING or ERROR
    at: Mapped[datetime]
    message: Mapped[str]
