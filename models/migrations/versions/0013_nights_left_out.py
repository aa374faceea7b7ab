"""Which missed nights a run of a schedule did not make up for

Revision: 0013
Follows: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

LEFT_OUT = sa.text("left_out_from IS NOT NULL")


def upgrade() -> None:
    op.add_column("schedule_run", sa.Column("left_out_from", sa.Date(), nullable=True))
    op.create_index(
        "ix_schedule_run_left_out", "schedule_run", ["schedule_id"], sqlite_where=LEFT_OUT, postgresql_where=LEFT_OUT
    )


def downgrade() -> None:
    op.drop_index("ix_schedule_run_left_out", "schedule_run")
    op.drop_column("schedule_run", "left_out_from")
