"""Saved views, what a verb over many jobs is told, and an index for counting what failed lately

Revision: 0003
Follows: 0002
"""

import sqlalchemy as sa
from alembic import op

from models.base import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "saved_view",
        sa.Column("id", whole, autoincrement=True, nullable=False),
        sa.Column("user_id", whole, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("sort", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_saved_view_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("user_id", "name", name=op.f("uq_saved_view_user_id_name")),
    )
    op.create_index("ix_job_status_finished_at", "job", ["status", "finished_at"])
    # The operations of before were told nothing; after them every new row says so itself.
    op.add_column("operation", sa.Column("details", sa.JSON(none_as_null=True), nullable=False, server_default="{}"))


def downgrade() -> None:
    op.drop_index("ix_job_status_finished_at", "job")
    op.drop_column("operation", "details")
    op.drop_table("saved_view")
