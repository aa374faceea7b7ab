"""The histogram over all nights is read from an index of its bins, which took a quarter of a second before

Revision: 0010
Follows: 0009
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_rollup_duration_bins", "rollup_duration", ["deployment_id", "metric", "bin", "night", "attempts"]
    )
