"""What was photographed: projects, stations (deployments), nights (events), captures and sampled collections."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, DateTime, ForeignKey, Index, UniqueConstraint, case
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, now, primary_key

INPUTS_OF = "The inputs of job "  # begins the description of a collection that is one job's own; its uuid follows


class Project(Base):
    __tablename__ = "project"

    id: Mapped[int] = primary_key()
    name: Mapped[str] = mapped_column(unique=True)
    description: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class Deployment(Base):
    """A station: one trap in one place. Its zone decides where a night begins."""

    __tablename__ = "deployment"
    __table_args__ = (UniqueConstraint("project_id", "name"),)

    id: Mapped[int] = primary_key()
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    name: Mapped[str] = mapped_column(index=True)
    timezone: Mapped[str] = mapped_column(default="UTC")  # IANA name
    clock_offset_min: Mapped[int | None]  # of a camera that keeps its clock, minutes east of UTC; null follows the zone
    latitude: Mapped[float | None]  # degrees north
    longitude: Mapped[float | None]  # degrees east
    px_per_mm: Mapped[float | None]
    mask_zones: Mapped[list[list[float]]] = mapped_column(default=list)  # [x1, y1, x2, y2], full-resolution px
    lamp: Mapped[str] = mapped_column(default="")
    device_notes: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)

    project: Mapped[Project] = relationship()


class Source(Base):
    """Where a station's captures lie: a folder (later a bucket or an address). Paths of captures are relative to it."""

    __tablename__ = "source"
    __table_args__ = (UniqueConstraint("deployment_id", "url"),)

    id: Mapped[int] = primary_key()
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"))
    url: Mapped[str]  # an absolute folder
    created_at: Mapped[datetime] = mapped_column(default=now)


class Event(Base):
    """A night: one station from noon to noon in its own zone, named by the date of its evening."""

    __tablename__ = "event"
    __table_args__ = (UniqueConstraint("deployment_id", "night"),)

    id: Mapped[int] = primary_key()
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"))
    night: Mapped[date] = mapped_column(index=True)
    first_at: Mapped[datetime | None]
    last_at: Mapped[datetime | None]
    captures_count: Mapped[int] = mapped_column(default=0)
    expected_count: Mapped[int] = mapped_column(default=0)  # at the usual interval, from the first to the last
    # Captures by STATES: with a result of any pipeline that counts, else waiting for a person, else failed last time.
    processed_count: Mapped[int] = mapped_column(default=0)
    stopped_count: Mapped[int] = mapped_column(default=0)
    failed_count: Mapped[int] = mapped_column(default=0)
    detections_count: Mapped[int] = mapped_column(default=0)  # of each capture's latest result that counts
    gaps: Mapped[list[dict[str, Any]]] = mapped_column(default=list)  # {"start", "end"}, ISO 8601 in UTC
    rev: Mapped[int] = mapped_column(default=0, index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)

    deployment: Mapped[Deployment] = relationship()


class Capture(Base):
    """One photograph. It is never lost: an unreadable file and one without a time have their row too."""

    __tablename__ = "capture"
    __table_args__ = (
        UniqueConstraint("source_id", "path"),
        Index("ix_capture_event_id_taken_at", "event_id", "taken_at"),
        Index("ix_capture_deployment_id_taken_at", "deployment_id", "taken_at"),
    )

    id: Mapped[int] = primary_key()
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"))
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"))
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"))
    path: Mapped[str]  # relative to its source
    taken_at: Mapped[datetime | None]
    # What the camera's clock showed, where that tells its time; naive.
    wall_at: Mapped[datetime | None] = mapped_column(DateTime)
    time_source: Mapped[str] = mapped_column(default="none")  # name, exif, file (its own time, a last resort) or none
    size_bytes: Mapped[int] = mapped_column(default=0)
    checksum: Mapped[str | None]  # the source's own (an ETag, a CRC), or of both ends of a file in a folder
    modified_at: Mapped[datetime | None]  # the file's own time, as its source last said
    last_seen_at: Mapped[datetime | None]  # beginning of the last look through its source that met it
    missing_at: Mapped[datetime | None]  # when a look through its source did not meet it any more
    width: Mapped[int | None]  # px, as stored in the file
    height: Mapped[int | None]
    header_error: Mapped[str | None]  # why its header could not be read, in plain words
    processed_at: Mapped[datetime | None]  # since when it has a result that counts
    stopped_at: Mapped[datetime | None]  # since when it waits at a checkpoint of some job for a person's verdict
    failed_at: Mapped[datetime | None]
    detections_count: Mapped[int] = mapped_column(default=0)
    brightness: Mapped[float | None]  # mean grey value, 0 to 255, of its latest result that measured it
    sharpness: Mapped[float | None]  # see engine.pipelines.quality
    flags: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))  # dark, blown out, blurred; None: unknown
    created_at: Mapped[datetime] = mapped_column(default=now)

    deployment: Mapped[Deployment] = relationship()
    source: Mapped[Source] = relationship()
    event: Mapped[Event | None] = relationship()


# How a capture stands, each state without the others: a result that counts comes before a verdict that is awaited, and
# that before a failure.
_WITHOUT = Capture.processed_at.is_(None)
_UNTOUCHED = _WITHOUT & Capture.stopped_at.is_(None)
STATES: dict[str, ColumnElement[bool]] = {
    "done": Capture.processed_at.is_not(None),
    "stopped": _WITHOUT & Capture.stopped_at.is_not(None),
    "failed": _UNTOUCHED & Capture.failed_at.is_not(None),
    "open": _UNTOUCHED & Capture.failed_at.is_(None),
}
STATE: ColumnElement[str] = case(
    (Capture.processed_at.is_not(None), "done"),
    (Capture.stopped_at.is_not(None), "stopped"),
    (Capture.failed_at.is_not(None), "failed"),
    else_="open",
)


class Collection(Base):
    """A sampled set of captures with the method and the seed that made it, so that it can be made again."""

    __tablename__ = "collection"

    id: Mapped[int] = primary_key()
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    name: Mapped[str] = mapped_column(index=True)
    description: Mapped[str] = mapped_column(default="")
    method: Mapped[str] = mapped_column(default="full")
    arguments: Mapped[dict[str, Any]] = mapped_column(default=dict)
    seed: Mapped[int] = mapped_column(default=0)
    captures_count: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)

    project: Mapped[Project] = relationship()


class CollectionCapture(Base):
    __tablename__ = "collection_capture"

    collection_id: Mapped[int] = mapped_column(ForeignKey("collection.id", ondelete="CASCADE"), primary_key=True)
    capture_id: Mapped[int] = mapped_column(ForeignKey("capture.id"), primary_key=True, index=True)
    position: Mapped[int]
