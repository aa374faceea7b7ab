"""Individuals: detections of one night that are taken for the same animal, linked into tracks.

A tracking is one whole count of one night by the detections of one pipeline version and its parameters. A rerun puts a
new one in its place, tracks and sightings and all.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, now, primary_key


class Tracking(Base):
    """What was counted in one night, from which detections, by which job. Counts are null where they mean nothing.

    `settings` are the weights and limits of the cost, and what it was computed on.
    """

    __tablename__ = "tracking"
    __table_args__ = (UniqueConstraint("event_id", "pipeline_id", "pipeline_version", "parameters"),)

    id: Mapped[int] = primary_key()
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    pipeline_id: Mapped[int] = mapped_column(ForeignKey("pipeline.id"), index=True)
    pipeline_version: Mapped[int]
    parameters: Mapped[str]  # digest of the pipeline's parameters, as in the results
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id", ondelete="SET NULL"), index=True)
    attempt: Mapped[int]
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    interval_s: Mapped[float | None]  # usual seconds between captures
    captures_count: Mapped[int]  # with a result, so looked at
    detections_count: Mapped[int]
    seen_twice: Mapped[int | None]  # tracks with two sightings or more
    seen_once: Mapped[int | None]
    most_at_once: Mapped[int]  # detections of the capture that has most
    most_capture_id: Mapped[int | None] = mapped_column(ForeignKey("capture.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=now)


class Track(Base):
    """One animal through a night, as far as it could be followed; `number` counts from 1 in the order of arrival."""

    __tablename__ = "track"
    __table_args__ = (UniqueConstraint("tracking_id", "number"),)

    id: Mapped[int] = primary_key()
    tracking_id: Mapped[int] = mapped_column(ForeignKey("tracking.id", ondelete="CASCADE"))
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id", ondelete="SET NULL"), index=True)
    attempt: Mapped[int]
    number: Mapped[int]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    sightings_count: Mapped[int]


class Sighting(Base):
    """One detection as part of a track; `cost` is that of the link to the sighting before it, null for the first."""

    __tablename__ = "sighting"

    detection_id: Mapped[int] = mapped_column(ForeignKey("detection.id", ondelete="CASCADE"), primary_key=True)
    track_id: Mapped[int] = mapped_column(ForeignKey("track.id", ondelete="CASCADE"), index=True)
    cost: Mapped[float | None]
