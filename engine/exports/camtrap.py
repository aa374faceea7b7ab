"""Camtrap DP 1.0: https://camtrap-dp.tdwg.org, the exchange format for camera traps that GBIF reads.

A station is a deployment, a capture a media file, an animal an observation of one media file; a capture that was
processed and shows none is a blank. A station without a place or a time, and a capture without a time, have no room in
the format: they are left out, and the package says how many.
"""

import csv
import io
import json
import mimetypes
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from engine.exports.about import About
from engine.exports.formats import Carried, Parts, csv_of
from engine.exports.rows import local
from models.queries.exports import CaptureOut, Found, StationOut

BASE = "https://raw.githubusercontent.com/tdwg/camtrap-dp/1.0/"
MEDIA, OBSERVATIONS = "media", "observations"
LEFT_OUT = "left_out"
DEPLOYMENT_FIELDS = (
    "deploymentID", "locationID", "locationName", "latitude", "longitude", "coordinateUncertainty", "deploymentStart",
    "deploymentEnd", "setupBy", "cameraID", "cameraModel", "cameraDelay", "cameraHeight", "cameraDepth", "cameraTilt",
    "cameraHeading", "detectionDistance", "timestampIssues", "baitUse", "featureType", "habitat", "deploymentGroups",
    "deploymentTags", "deploymentComments",
)  # fmt: skip
MEDIA_FIELDS = (
    "mediaID", "deploymentID", "captureMethod", "timestamp", "filePath", "filePublic", "fileName", "fileMediatype",
    "exifData", "favorite", "mediaComments",
)  # fmt: skip
OBSERVATION_FIELDS = (
    "observationID", "deploymentID", "mediaID", "eventID", "eventStart", "eventEnd", "observationLevel",
    "observationType", "cameraSetupType", "scientificName", "count", "lifeStage", "sex", "behavior", "individualID",
    "individualPositionRadius", "individualPositionAngle", "individualSpeed", "bboxX", "bboxY", "bboxWidth",
    "bboxHeight", "classificationMethod", "classifiedBy", "classificationTimestamp", "classificationProbability",
    "observationTags", "observationComments",
)  # fmt: skip


def write_camtrap(captures: Sequence[CaptureOut], carried: Carried) -> dict[str, bytes]:
    """The media and the observations of a block."""
    kept = [capture for capture in captures if capture.taken_at is not None]
    carried[LEFT_OUT] = carried.get(LEFT_OUT, 0) + len(captures) - len(kept)
    taxa: dict[str, None] = dict.fromkeys(carried.get("taxa", ()))
    taxa |= dict.fromkeys(found.taxon for capture in kept for found in capture.found if found.taxon)
    carried["taxa"] = list(taxa)
    return {
        MEDIA: csv_of([_in_order(MEDIA_FIELDS, _media(capture)) for capture in kept]),
        OBSERVATIONS: csv_of(
            [_in_order(OBSERVATION_FIELDS, row) for capture in kept for row in _observations(capture)]
        ),
    }


def join_camtrap(parts: Parts, about: About, path: Path) -> None:
    """The three tables and their description as one zip file."""
    placed = [station for station in about.stations if _has_place(station) and station.first_at is not None]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("datapackage.json", json.dumps(_package(about, placed), indent=2, ensure_ascii=False))
        package.writestr("about.json", json.dumps(about.told(), indent=2, ensure_ascii=False))
        rows = [_in_order(DEPLOYMENT_FIELDS, _deployment(station)) for station in placed]
        package.writestr("deployments.csv", csv_of([DEPLOYMENT_FIELDS, *rows]))
        known = {str(station.id) for station in placed}
        for sheet, fields in ((MEDIA, MEDIA_FIELDS), (OBSERVATIONS, OBSERVATION_FIELDS)):
            with package.open(f"{sheet}.csv", "w") as file:
                file.write(csv_of([fields]))
                for part in parts(sheet):
                    file.write(part if len(placed) == len(about.stations) else _of_stations(part, known))


def _has_place(station: StationOut) -> bool:
    return station.latitude is not None and station.longitude is not None


def _of_stations(part: bytes, known: set[str]) -> bytes:
    """The rows of a part whose deployment is one of these."""
    return csv_of([row for row in csv.reader(io.StringIO(part.decode(), newline="")) if row[1] in known])


def _in_order(fields: Sequence[str], row: dict[str, Any]) -> list[Any]:
    return [row.get(name) for name in fields]


def _deployment(station: StationOut) -> dict[str, Any]:
    return {
        "deploymentID": station.id,
        "locationID": station.id,
        "locationName": station.name,
        "latitude": station.latitude,
        "longitude": station.longitude,
        "deploymentStart": local(station.first_at, station.timezone),
        "deploymentEnd": local(station.last_at, station.timezone),
        "baitUse": "true" if station.lamp else None,
        "deploymentTags": f"lamp:{station.lamp.replace('|', '/')}" if station.lamp else None,
        "deploymentComments": station.device_notes or None,
    }


def _media(capture: CaptureOut) -> dict[str, Any]:
    path = PurePosixPath(capture.path)
    return {
        "mediaID": capture.id,
        "deploymentID": capture.station_id,
        "captureMethod": "timeLapse",
        "timestamp": local(capture.taken_at, capture.timezone),
        "filePath": _safe(capture.path),
        "filePublic": "false",
        "fileName": path.name,
        "fileMediatype": mimetypes.guess_type(path.name)[0] or "image/jpeg",
        "mediaComments": f"time from {capture.time_source}; sha256 or stamp {capture.checksum or 'unknown'}",
    }


def _safe(path: str) -> str:
    """The path as the format takes it, which knows no ~ at its beginning and no two dots, also within a name."""
    return ("%7E" + path[1:] if path.startswith("~") else path).replace("..", ".%2E")


def _observations(capture: CaptureOut) -> list[dict[str, Any]]:
    """An observation for each animal; one that says blank, or that nobody has looked, where there is none."""
    at = local(capture.taken_at, capture.timezone)
    shared = {
        "deploymentID": capture.station_id,
        "mediaID": capture.id,
        "eventID": capture.event_id,
        "eventStart": at,
        "eventEnd": at,
        "observationLevel": "media",
    }
    origin = capture.origin
    if origin is None:
        return [shared | {"observationID": f"m{capture.id}", "observationType": "unclassified"}]
    shared |= {
        "classificationMethod": "machine",
        "classifiedBy": f"{origin.pipeline} v{origin.pipeline_version} ({origin.parameters})",
        "classificationTimestamp": origin.at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "observationTags": f"job:{origin.job_id}",
    }
    if not capture.found:
        return [shared | {"observationID": f"m{capture.id}", "observationType": "blank"}]
    return [shared | _animal(capture, found) for found in capture.found]


def _animal(capture: CaptureOut, found: Found) -> dict[str, Any]:
    score = found.score if found.taxon_score is None else found.taxon_score
    row: dict[str, Any] = {
        "observationID": f"d{found.id}",
        "observationType": "animal",
        "scientificName": found.taxon,
        "count": 1,
        "classificationProbability": score if score is not None and 0 <= score <= 1 else None,
        "observationComments": None if found.taxon else found.label,
    }
    if not capture.width or not capture.height:
        return row
    left, right = (min(max(x / capture.width, 0), 1) for x in (found.x1, found.x2))
    top, bottom = (min(max(y / capture.height, 0), 1) for y in (found.y1, found.y2))
    sides = {"bboxX": left, "bboxY": top, "bboxWidth": right - left, "bboxHeight": bottom - top}
    box = {name: round(value, 6) for name, value in sides.items()}
    return row | box if box["bboxWidth"] > 0 and box["bboxHeight"] > 0 else row  # a box without an area is none


def _package(about: About, placed: Sequence[StationOut]) -> dict[str, Any]:
    """datapackage.json, with what the profile asks for and what only this package has to say."""
    times = [at for station in placed for at in (station.first_at, station.last_at) if at is not None]
    points = [[station.longitude, station.latitude] for station in placed]
    return {
        "profile": f"{BASE}camtrap-dp-profile.json",
        "name": f"nightboard-{about.job['uuid']}",
        "title": about.title,
        "created": about.at,
        "description": _left_out(about),
        "contributors": [{"title": about.project, "role": "contributor"}],
        "sources": [{"title": about.told()["software"]}],
        "project": {
            "id": str(about.scope.project_id),
            "title": about.project,
            "samplingDesign": "targeted",
            "captureMethod": ["timeLapse"],
            "individualAnimals": False,
            "observationLevel": ["media"],
        },
        "spatial": {"type": "MultiPoint", "coordinates": points},
        "temporal": {
            "start": min(times).date().isoformat() if times else about.at[:10],
            "end": max(times).date().isoformat() if times else about.at[:10],
        },
        "taxonomic": [{"scientificName": name} for name in about.carried.get("taxa", ())],
        "resources": [
            {
                "name": name,
                "path": f"{name}.csv",
                "profile": "tabular-data-resource",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "schema": f"{BASE}{name}-table-schema.json",
            }
            for name in ("deployments", MEDIA, OBSERVATIONS)
        ]
        + [{"name": "about", "path": "about.json", "description": "Job, pipeline versions and parameters."}],
        "nightboard": about.told(),
    }


def _left_out(about: About) -> str:
    words = [about.told()["results"]]
    if about.carried.get(LEFT_OUT):
        words.append(f"{about.carried[LEFT_OUT]} captures without a time are left out.")
    placeless = sum(not _has_place(station) for station in about.stations)
    if placeless:
        words.append(f"{placeless} stations without a place are left out with their captures; give them one first.")
    timeless = sum(_has_place(station) and station.first_at is None for station in about.stations)
    if timeless:
        stations = "station" if timeless == 1 else "stations"
        words.append(f"{timeless} {stations} without a capture that has a time: left out, as a deployment has a start.")
    return " ".join(words)
