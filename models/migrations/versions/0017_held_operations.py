"""Until when somebody goes through an operation, so that no other does the same to the same jobs

Revision: 0017
Follows: 0016
"""

import sqlalchemy as sa
from alembic import op

from models.base import UtcDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("operation", sa.Column("held_until", UtcDateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("operation", "held_until")
