"""When a processing service was last asked how it is, and what came of it

Revision: 0014
Follows: 0013
"""

import sqlalchemy as sa
from alembic import op

from models.base import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("processing_service", sa.Column("asked_at", UtcDateTime(timezone=True), nullable=True))
    op.add_column("processing_service", sa.Column("latency_ms", sa.Double(), nullable=True))
    op.add_column("processing_service", sa.Column("last_error", sa.String(), nullable=True))


def downgrade() -> None:
    for name in ("last_error", "latency_ms", "asked_at"):
        op.drop_column("processing_service", name)
