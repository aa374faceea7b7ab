"""What is wrong with a capture as a picture stands on the capture, so that its filters find what its page says

Revision: 0020
Follows: 0019

It stood with the results alone. A capture that was too dark to be looked at had none, and is dark all the same.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("capture", sa.Column("flags", sa.JSON(none_as_null=True), nullable=True))
    op.execute(
        "UPDATE capture SET flags = (SELECT result.flags FROM result WHERE result.capture_id = capture.id "
        "AND result.flags IS NOT NULL ORDER BY result.created_at DESC, result.id DESC LIMIT 1) "
        "WHERE brightness IS NOT NULL"
    )
    op.execute(
        "UPDATE capture SET flags = '[\"dark\"]' WHERE processed_at IS NULL AND failed_at IS NOT NULL AND EXISTS ("
        "SELECT 1 FROM item WHERE item.capture_id = capture.id AND item.state = 'FAILED' AND error_kind = 'dark')"
    )


def downgrade() -> None:
    op.drop_column("capture", "flags")
