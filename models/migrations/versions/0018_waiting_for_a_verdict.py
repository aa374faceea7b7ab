"""Captures that wait for a person's verdict are no longer told as processed, nor their results as results

What a checkpoint held back before is mended: its results wait, and its captures and nights are counted anew.

Revision: 0018
Follows: 0017
"""

import sqlalchemy as sa
from alembic import op

from models.base import UtcDateTime, Whole

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

ENDED = ("SUCCESS", "FAILURE", "REVOKED", "TIMEDOUT")
job = sa.table("job", sa.column("id"), sa.column("status"))
item = sa.table("item", *map(sa.column, ("job_id", "capture_id", "state", "result_id", "finished_at")))
result = sa.table(
    "result",
    *map(sa.column, ("id", "capture_id", "job_id", "parameters", "detections_count", "created_at")),
    sa.column("waiting", sa.Boolean()),
)
capture = sa.table(
    "capture", *map(sa.column, ("id", "event_id", "processed_at", "stopped_at", "failed_at", "detections_count"))
)
event = sa.table(
    "event", *map(sa.column, ("id", "processed_count", "stopped_count", "failed_count", "detections_count"))
)
STOPPED = item.c.state == "STOPPED"
HELD_BACK = sa.select(item.c.capture_id).where(STOPPED)


def upgrade() -> None:
    op.add_column("result", sa.Column("waiting", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("capture", sa.Column("stopped_at", UtcDateTime(timezone=True), nullable=True))
    op.add_column("event", sa.Column("stopped_count", Whole, nullable=False, server_default="0"))
    _mend_results()
    _mend_captures()
    _mend_nights()


def _mend_results() -> None:
    made = sa.exists().where(STOPPED, item.c.result_id == result.c.id, item.c.job_id == result.c.job_id)
    held_back = result.c.capture_id.in_(HELD_BACK)
    op.execute(result.update().where(held_back, made).values(waiting=sa.true()))


def _mend_captures() -> None:
    counts = (
        result.c.capture_id == capture.c.id,
        result.c.waiting.is_(sa.false()),
        result.c.parameters.not_like("%~%"),
    )
    latest = (
        sa.select(result.c.detections_count).where(*counts).order_by(result.c.created_at.desc(), result.c.id.desc())
    )
    found = latest.limit(1).scalar_subquery()
    open_verdict = (STOPPED, item.c.capture_id == capture.c.id, item.c.job_id == job.c.id, job.c.status.not_in(ENDED))
    since = sa.select(sa.func.min(item.c.finished_at)).where(*open_verdict).scalar_subquery()
    op.execute(
        capture.update()
        .where(capture.c.id.in_(HELD_BACK))
        .values(
            processed_at=sa.case((found.is_not(None), capture.c.processed_at), else_=sa.null()),
            stopped_at=since,
            failed_at=sa.case((since.is_(None), capture.c.failed_at), else_=sa.null()),
            detections_count=sa.func.coalesce(found, 0),
        )
    )


def _mend_nights() -> None:
    without = (capture.c.event_id == event.c.id, capture.c.processed_at.is_(None))
    untouched = (*without, capture.c.stopped_at.is_(None))
    touched = sa.select(capture.c.event_id).where(capture.c.id.in_(HELD_BACK))
    op.execute(
        event.update()
        .where(event.c.id.in_(touched))
        .values(
            processed_count=_count(capture.c.event_id == event.c.id, capture.c.processed_at.is_not(None)),
            stopped_count=_count(*without, capture.c.stopped_at.is_not(None)),
            failed_count=_count(*untouched, capture.c.failed_at.is_not(None)),
            detections_count=sa.select(sa.func.coalesce(sa.func.sum(capture.c.detections_count), 0))
            .where(capture.c.event_id == event.c.id)
            .scalar_subquery(),
        )
    )


def _count(*which: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
    return sa.select(sa.func.count()).select_from(capture).where(*which).scalar_subquery()


def downgrade() -> None:
    op.drop_column("event", "stopped_count")
    op.drop_column("capture", "stopped_at")
    op.drop_column("result", "waiting")
