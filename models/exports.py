"""What an export has written so far. The parts stand in the database, so that any machine may go on with one.

A part is kept in the transaction that moves its job's cursor; a worker that is killed in between leaves neither.
"""

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class ExportPart(Base):
    """A block of one sheet of an export, deflated. Its files are put together from these when all are there."""

    __tablename__ = "export_part"

    job_id: Mapped[int] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"), primary_key=True)
    sheet: Mapped[str] = mapped_column(primary_key=True)  # such as detections, media or annotations
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)  # zlib
