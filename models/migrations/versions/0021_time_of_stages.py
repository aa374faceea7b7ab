"""How long a stage was worked on in all attempts together, noted when it ends

Revision: 0021
Follows: 0020

It was made of the first beginning of a stage, its last end and the attempts, which do not tell when it began in those
between. Of jobs that are there it is not known, but for those of one attempt, of which the beginning and the end do.
"""

import sqlalchemy as sa
from alembic import op

from models.base import UtcDateTime, Whole

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("stage", sa.Column("begun_at", UtcDateTime(timezone=True), nullable=True))
    op.add_column("stage", sa.Column("worked_ms", Whole, nullable=True))


def downgrade() -> None:
    op.drop_column("stage", "worked_ms")
    op.drop_column("stage", "begun_at")
