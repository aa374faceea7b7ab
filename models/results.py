"""What the pipelines found. A result is unique by capture, pipeline version and parameters."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, now, primary_key


class Result(Base):
    """One capture through one version of one pipeline. Without it nothing is marked done."""

    __tablename__ = "result"
    __table_args__ = (UniqueConstraint("capture_id", "pipeline_id", "pipeline_version", "parameters"),)

    id: Mapped[int] = primary_key()
    capture_id: Mapped[int] = mapped_column(ForeignKey("capture.id"))
    pipeline_id: Mapped[int] = mapped_column(ForeignKey("pipeline.id"), index=True)
    pipeline_version: Mapped[int]
    parameters: Mapped[str]  # digest of what it was made with, see Provenance
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id", ondelete="SET NULL"), index=True)
    attempt: Mapped[int]
    detections_count: Mapped[int] = mapped_column(default=0)
    classifications_count: Mapped[int] = mapped_column(default=0)
    brightness: Mapped[float | None]  # of the capture: mean grey value, 0 to 255
    sharpness: Mapped[float | None]
    flags: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))  # dark, blown out, blurred; None: unknown
    waiting: Mapped[bool] = mapped_column(default=False)  # for a person's verdict; it counts nowhere until then
    created_at: Mapped[datetime] = mapped_column(default=now)  # or when a person accepted it


# A file that is another one now has its old results under parameters that no pipeline has; see engine.captures.ingest.
OF_OLDER_FILE: ColumnElement[bool] = Result.parameters.like("%~%")
COUNTS: ColumnElement[bool] = Result.waiting.is_(False) & ~OF_OLDER_FILE


class Provenance(Base):
    """What results under a digest were made with: the pipeline's parameters, and mask zones where there are any."""

    __tablename__ = "provenance"

    digest: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]  # of the pipeline
    content: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=now)


class Detection(Base):
    """One animal in one capture; the box is in full-resolution px from the top left corner."""

    __tablename__ = "detection"

    id: Mapped[int] = primary_key()
    result_id: Mapped[int] = mapped_column(ForeignKey("result.id", ondelete="CASCADE"), index=True)
    capture_id: Mapped[int] = mapped_column(ForeignKey("capture.id"), index=True)
    x1: Mapped[float]
    y1: Mapped[float]
    x2: Mapped[float]
    y2: Mapped[float]
    score: Mapped[float]  # 0 to 1
    label: Mapped[str]
    area_px: Mapped[int | None]
    length_px: Mapped[float | None]  # along its main axis
    sharpness: Mapped[float | None]
    algorithm: Mapped[str]  # key
    created_at: Mapped[datetime] = mapped_column(default=now)


class Classification(Base):
    __tablename__ = "classification"

    id: Mapped[int] = primary_key()
    detection_id: Mapped[int] = mapped_column(ForeignKey("detection.id", ondelete="CASCADE"), index=True)
    label: Mapped[str]
    score: Mapped[float]
    terminal: Mapped[bool] = mapped_column(default=True)
    algorithm: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
