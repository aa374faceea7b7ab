"""What each worker landed by the minute and the hour, stopping a worker, the quality of captures, timings by station

Revision: 0006
Follows: 0005

The counts of all stations together stay as they are, so that attempts of jobs that were deleted still count; those of
each station are counted from the attempts that are there.
"""

from collections import Counter
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

from models.base import UtcDateTime
from models.rollups import ALL_STATIONS, bin_of

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OF_STATUS = ("deployment_id", "night", "type", "pipeline_id", "status")
OF_DURATION = ("deployment_id", "metric", "night", "type", "pipeline_id", "bin")
AT_ONCE = 5000


def upgrade() -> None:
    op.add_column("worker", sa.Column("requested", sa.String(), nullable=True))
    op.add_column("worker", sa.Column("requested_at", UtcDateTime(timezone=True), nullable=True))
    op.add_column("worker", sa.Column("control_id", WHOLE, nullable=True))
    op.add_column("capture", sa.Column("brightness", sa.Double(), nullable=True))
    op.add_column("capture", sa.Column("sharpness", sa.Double(), nullable=True))
    op.create_table(
        "worker_minute",
        sa.Column("minute", UtcDateTime(timezone=True), nullable=False),
        sa.Column("worker", sa.String(), nullable=False),
        *(sa.Column(name, WHOLE, nullable=False) for name in ("captures", "failed", "steps", "busy_ms")),
        sa.PrimaryKeyConstraint("minute", "worker", name=op.f("pk_worker_minute")),
    )
    op.create_table(
        "worker_hour",
        sa.Column("hour", UtcDateTime(timezone=True), nullable=False),
        sa.Column("worker", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("pipeline_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("deployment_id", WHOLE, autoincrement=False, nullable=False),
        *(sa.Column(name, WHOLE, nullable=False) for name in ("captures", "failed", "busy_ms")),
        sa.PrimaryKeyConstraint("hour", "worker", "type", "pipeline_id", "deployment_id", name=op.f("pk_worker_hour")),
    )
    statuses = _with_stations("rollup_status", OF_STATUS)
    durations = _with_stations("rollup_duration", OF_DURATION)
    _count_stations(statuses, durations)


def _with_stations(name: str, key: tuple[str, ...]) -> sa.Table:
    """Make the table anew with the station in its key; what it counted is that of all stations."""
    connection = op.get_bind()
    before = sa.Table(name, sa.MetaData(), autoload_with=connection)
    rows = [row._asdict() for row in connection.execute(sa.select(before))]
    op.drop_table(name)
    kinds: dict[str, sa.types.TypeEngine[Any]] = {
        "night": sa.Date(),
        "type": sa.String(),
        "status": sa.String(),
        "metric": sa.String(),
    }
    columns: list[sa.Column[Any]] = [
        sa.Column(
            column, kinds.get(column, WHOLE), autoincrement=False if column not in kinds else "auto", nullable=False
        )
        for column in key
    ]
    table = op.create_table(
        name,
        *columns,
        sa.Column("attempts", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{name}")),
    )
    _insert(table, [{"deployment_id": ALL_STATIONS, **row} for row in rows])
    return table


def _count_stations(statuses: sa.Table, durations: sa.Table) -> None:
    job = sa.table("job", *(sa.column(name) for name in ("id", "deployment_id", "type", "pipeline_id")))
    attempt = sa.table(
        "attempt",
        *(sa.column(name) for name in ("job_id", "status", "queue_ms", "elapsed_ms", "folded")),
        sa.column("submitted_at", UtcDateTime(timezone=True)),
    )
    query = (
        sa.select(job.c.deployment_id, job.c.type, job.c.pipeline_id, attempt)
        .join_from(attempt, job, job.c.id == attempt.c.job_id)
        .where(attempt.c.folded.is_(True), job.c.deployment_id.is_not(None))
    )
    ended: Counter[tuple[Any, ...]] = Counter()
    took: Counter[tuple[Any, ...]] = Counter()
    for row in op.get_bind().execute(query).yield_per(AT_ONCE):
        night = (row.submitted_at - timedelta(hours=12)).date()
        place = (row.deployment_id, night, row.type, row.pipeline_id or 0)
        ended[(*place, row.status)] += 1
        for metric, ms in (("queue", row.queue_ms), ("elapsed", row.elapsed_ms)):
            if ms is not None:
                took[(row.deployment_id, metric, *place[1:], bin_of(ms))] += 1
    for table, key, counts in ((statuses, OF_STATUS, ended), (durations, OF_DURATION, took)):
        _insert(table, [dict(zip(key, values, strict=True)) | {"attempts": n} for values, n in counts.items()])


def _insert(table: sa.Table, rows: list[dict[str, Any]]) -> None:
    for first in range(0, len(rows), AT_ONCE):
        op.bulk_insert(table, rows[first : first + AT_ONCE])


def downgrade() -> None:
    raise RuntimeError("What the workers landed is not kept anywhere else: put back a copy of the database instead.")
