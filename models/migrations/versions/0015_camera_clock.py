"""How a station's camera keeps its clock, and what it showed when a capture was taken

What the clock showed is not written for captures that are there: the next regrouping reads it from names and files.

Revision: 0015
Follows: 0014
"""

import sqlalchemy as sa
from alembic import op

from models.base import Whole

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deployment", sa.Column("clock_offset_min", Whole, nullable=True))
    op.add_column("capture", sa.Column("wall_at", sa.DateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("capture", "wall_at")
    op.drop_column("deployment", "clock_offset_min")
