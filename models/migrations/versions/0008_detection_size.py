"""The length of an animal, and how good a capture is as a picture

Revision: 0008
Follows: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("detection", sa.Column("length_px", sa.Double(), nullable=True))
    op.add_column("result", sa.Column("brightness", sa.Double(), nullable=True))
    op.add_column("result", sa.Column("sharpness", sa.Double(), nullable=True))
    op.add_column("result", sa.Column("flags", sa.JSON(none_as_null=True), nullable=True))
