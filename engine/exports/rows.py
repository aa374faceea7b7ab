"""The flat table of an export: one row for each animal, and one with those columns empty for a capture without any."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from models.queries.exports import CaptureOut, Found, Origin

# name, and the type that Parquet gives it
COLUMNS: tuple[tuple[str, str], ...] = (
    ("capture_id", "int64"),
    ("station_id", "int64"),
    ("station", "string"),
    ("timezone", "string"),
    ("night", "string"),  # the date of its evening at the station
    ("path", "string"),
    ("taken_at_utc", "string"),
    ("taken_at_local", "string"),
    ("time_source", "string"),
    ("capture_state", "string"),  # done, failed or open: a failed one says nothing of animals
    ("width_px", "int64"),
    ("height_px", "int64"),
    ("checksum", "string"),
    ("job_id", "int64"),  # of the ml job that made the result
    ("attempt", "int64"),
    ("pipeline", "string"),
    ("pipeline_version", "int64"),
    ("parameters", "string"),  # digest; about.json has what stands behind it
    ("processed_at_utc", "string"),
    ("detections", "int64"),  # of the capture; empty when it was not processed
    ("detection_id", "int64"),
    ("label", "string"),
    ("score", "double"),
    ("x1_px", "double"),
    ("y1_px", "double"),
    ("x2_px", "double"),
    ("y2_px", "double"),
    ("area_px", "int64"),
    ("length_px", "double"),  # along its main axis, legs and antennae left out
    ("length_mm", "double"),  # where the station's scale is known
    ("sharpness", "double"),
    ("taxon", "string"),
    ("taxon_score", "double"),
    ("taxon_algorithm", "string"),
)
NAMES = tuple(name for name, _ in COLUMNS)


def flat(captures: Sequence[CaptureOut]) -> Iterator[tuple[Any, ...]]:
    """The rows of these captures, in the order of COLUMNS."""
    for capture in captures:
        of_capture = _capture(capture) + _origin(capture.origin, capture)
        for found in capture.found or (None,):
            yield of_capture + _found(found, capture.px_per_mm)


def utc(at: datetime | None) -> str | None:
    """2026-08-03T20:14:00Z."""
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def local(at: datetime | None, zone: str) -> str | None:
    """2026-08-03T22:14:00+02:00."""
    return None if at is None else at.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds")


def _capture(capture: CaptureOut) -> tuple[Any, ...]:
    return (
        capture.id,
        capture.station_id,
        capture.station,
        capture.timezone,
        capture.night.isoformat() if capture.night else None,
        capture.path,
        utc(capture.taken_at),
        local(capture.taken_at, capture.timezone),
        capture.time_source,
        capture.state,
        capture.width,
        capture.height,
        capture.checksum,
    )


def _origin(origin: Origin | None, capture: CaptureOut) -> tuple[Any, ...]:
    if origin is None:
        return (None,) * 7
    return (
        origin.job_id,
        origin.attempt,
        origin.pipeline,
        origin.pipeline_version,
        origin.parameters,
        utc(origin.at),
        len(capture.found),
    )


def _found(found: Found | None, px_per_mm: float | None) -> tuple[Any, ...]:
    if found is None:
        return (None,) * 14
    return (
        found.id,
        found.label,
        found.score,
        found.x1,
        found.y1,
        found.x2,
        found.y2,
        found.area_px,
        found.length_px,
        round(found.length_px / px_per_mm, 2) if found.length_px and px_per_mm else None,
        found.sharpness,
        found.taxon,
        found.taxon_score,
        found.taxon_algorithm,
    )
