"""Which worker made the first claim of an attempt, and timings counted for each worker as for all of them

Revision: 0019
Follows: 0018

Of attempts before it no worker is known, so they are counted among all workers alone. The tables of counts are kept in
the order in which charts read them, once each instead of three times (the rows, their key and an index), so that twice
as many counts take less room than before. The index over the jobs of a worker tells of each what lists are filtered by
and the clocks that a bar of the timings leads to.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from models.base import Whole

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

OF_JOB = "ix_job_worker_created_at"
TOLD = ("status", "type", "priority", "project_id", "pipeline_id", "deployment_id")
DURATION = "rollup_duration"
KIND: dict[str, Any] = {
    "worker": sa.String(),
    "deployment_id": Whole,
    "metric": sa.String(),
    "night": sa.Date(),
    "month": sa.Date(),
    "bin": Whole,
    "type": sa.String(),
    "pipeline_id": Whole,
    "status": sa.String(),
    "attempts": Whole,
}
KEYS = {
    "rollup_status": ("worker", "deployment_id", "night", "type", "pipeline_id", "status"),
    DURATION: ("worker", "deployment_id", "metric", "night", "bin", "type", "pipeline_id"),
    "rollup_duration_month": ("worker", "metric", "bin", "month", "type", "pipeline_id"),
}
KEYS_BEFORE = {
    "rollup_status": ("deployment_id", "night", "type", "pipeline_id", "status"),
    DURATION: ("deployment_id", "metric", "night", "type", "pipeline_id", "bin"),
    "rollup_duration_month": ("metric", "bin", "month", "type", "pipeline_id"),
}


def upgrade() -> None:
    op.add_column("attempt", sa.Column("worker", sa.String(), nullable=True))
    op.add_column("job", sa.Column("worker", sa.String(), nullable=True))
    op.create_index(OF_JOB, "job", ["worker", "created_at", *TOLD, "queue_ms", "elapsed_ms"])
    op.drop_index("ix_rollup_duration_nights", DURATION)
    for table, key in KEYS.items():
        _made_anew(table, key, "'' AS worker, kept.*", in_order=True)


def downgrade() -> None:
    for table, key in KEYS_BEFORE.items():
        _made_anew(table, key, "*", "WHERE worker = ''", in_order=table == "rollup_duration_month")
    columns = ["deployment_id", "metric", "night", "bin", "type", "pipeline_id", "attempts"]
    op.create_index("ix_rollup_duration_nights", DURATION, columns)
    op.drop_index(OF_JOB, "job")
    op.drop_column("job", "worker")
    op.drop_column("attempt", "worker")


def _made_anew(table: str, key: tuple[str, ...], source: str, which: str = "", *, in_order: bool) -> None:
    """The same counts under another key. A key cannot be changed on SQLite."""
    op.execute(f"CREATE TEMPORARY TABLE kept AS SELECT * FROM {table} {which}")
    op.drop_table(table)
    op.create_table(
        table,
        *(sa.Column(name, KIND[name], nullable=False, autoincrement=False) for name in (*key, "attempts")),
        sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{table}")),
        sqlite_with_rowid=not in_order,
    )
    columns = ", ".join((*key, "attempts"))
    op.execute(
        f"INSERT INTO {table} ({columns}) SELECT {columns} FROM (SELECT {source} FROM kept) AS counted "
        f"ORDER BY {', '.join(key)}"
    )
    op.drop_table("kept")
