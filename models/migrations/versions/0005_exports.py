"""The parts of exports

Revision: 0005
Follows: 0004
"""

import sqlalchemy as sa
from alembic import op

from models.base import Whole

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "export_part",
        sa.Column("job_id", Whole, nullable=False),
        sa.Column("sheet", sa.String(), nullable=False),
        sa.Column("number", Whole, autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_export_part_job_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "sheet", "number", name="pk_export_part"),
    )


def downgrade() -> None:
    op.drop_table("export_part")
