"""What Camtrap DP 1.0 asks of a package: the rules of its three table schemas and of its profile.

Told after https://camtrap-dp.tdwg.org (version 1.0), in the words of Table Schema and JSON Schema, without its texts.
Where NIGHTBOARD_CAMTRAP_DP names a folder with the standard's own `*-table-schema.json`, those are taken instead.
"""

import json
import os
from pathlib import Path
from typing import Any

FEATURES = [
    *("roadPaved", "roadDirt", "trailHiking", "trailGame", "roadUnderpass", "roadOverpass", "roadBridge"),
    *("culvert", "burrow", "nestSite", "carcass", "waterSource", "fruitingTree"),
]
KINDS = ["animal", "human", "vehicle", "blank", "unknown", "unclassified"]
DESIGNS = ["simpleRandom", "systematicRandom", "clusteredRandom", "experimental", "targeted", "opportunistic"]
ROLES = ["contact", "principalInvestigator", "rightsHolder", "publisher", "contributor"]
OWN = os.environ.get("NIGHTBOARD_CAMTRAP_DP")
MOMENT = {"type": "datetime", "format": "%Y-%m-%dT%H:%M:%S%z"}
NEEDED = {"required": True}


def _field(name: str, kind: str | dict[str, str] = "string", **constraints: Any) -> dict[str, Any]:
    shape = {"type": kind} if isinstance(kind, str) else kind
    return {"name": name, **shape, "constraints": constraints}


def _within(name: str, lowest: float, highest: float, kind: str = "number", **more: Any) -> dict[str, Any]:
    return _field(name, kind, minimum=lowest, maximum=highest, **more)


def _key(field: str, table: str) -> dict[str, Any]:
    return {"fields": [field], "reference": {"resource": table, "fields": [field]}}


_TABLES: dict[str, dict[str, Any]] = {
    "deployments": {
        "fields": [
            _field("deploymentID", required=True, unique=True),
            _field("locationID"),
            _field("locationName"),
            _within("latitude", -90, 90, required=True),
            _within("longitude", -180, 180, required=True),
            _field("coordinateUncertainty", "integer", minimum=1),
            _field("deploymentStart", MOMENT, required=True),
            _field("deploymentEnd", MOMENT, required=True),
            _field("setupBy"),
            _field("cameraID"),
            _field("cameraModel"),
            _field("cameraDelay", "integer", minimum=0),
            _field("cameraHeight", "number", minimum=0),
            _field("cameraDepth", "number", minimum=0),
            _within("cameraTilt", -90, 90, "integer"),
            _within("cameraHeading", 0, 360, "integer"),
            _field("detectionDistance", "number", minimum=0),
            _field("timestampIssues", "boolean"),
            _field("baitUse", "boolean"),
            _field("featureType", enum=FEATURES),
            _field("habitat"),
            _field("deploymentGroups"),
            _field("deploymentTags"),
            _field("deploymentComments"),
        ],
        "primaryKey": ["deploymentID"],
    },
    "media": {
        "fields": [
            _field("mediaID", required=True, unique=True),
            _field("deploymentID", required=True),
            _field("captureMethod", enum=["activityDetection", "timeLapse"]),
            _field("timestamp", MOMENT, required=True),
            _field("filePath", required=True, pattern=r"[^./~](?!.*\.\.).*"),  # nothing that leads elsewhere
            _field("filePublic", "boolean", required=True),
            _field("fileName"),
            _field("fileMediatype", required=True, pattern="(image|video|audio)/.*"),
            _field("exifData", "object"),
            _field("favorite", "boolean"),
            _field("mediaComments"),
        ],
        "primaryKey": ["mediaID"],
        "foreignKeys": [_key("deploymentID", "deployments")],
    },
    "observations": {
        "fields": [
            _field("observationID", required=True, unique=True),
            _field("deploymentID", required=True),
            _field("mediaID"),
            _field("eventID"),
            _field("eventStart", MOMENT, required=True),
            _field("eventEnd", MOMENT, required=True),
            _field("observationLevel", required=True, enum=["media", "event"]),
            _field("observationType", required=True, enum=KINDS),
            _field("cameraSetupType", enum=["setup", "calibration"]),
            _field("scientificName"),
            _field("count", "integer", minimum=1),
            _field("lifeStage", enum=["adult", "subadult", "juvenile"]),
            _field("sex", enum=["female", "male"]),
            _field("behavior"),
            _field("individualID"),
            _field("individualPositionRadius", "number", minimum=0),
            _within("individualPositionAngle", -90, 90),
            _field("individualSpeed", "number", minimum=0),
            _within("bboxX", 0, 1),
            _within("bboxY", 0, 1),
            _within("bboxWidth", 1e-15, 1),
            _within("bboxHeight", 1e-15, 1),
            _field("classificationMethod", enum=["human", "machine"]),
            _field("classifiedBy"),
            _field("classificationTimestamp", MOMENT),
            _within("classificationProbability", 0, 1),
            _field("observationTags"),
            _field("observationComments"),
        ],
        "primaryKey": ["observationID"],
        "foreignKeys": [_key("deploymentID", "deployments"), _key("mediaID", "media")],
    },
}

_TEXT = {"type": "string"}
_DAY = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"}
PROFILE: dict[str, Any] = {
    "type": "object",
    "required": [
        *("name", "resources", "profile", "created", "contributors"),
        *("project", "spatial", "temporal", "taxonomic"),
    ],
    "properties": {
        "name": {"type": "string", "pattern": "^[-a-z0-9._/]+$"},
        "created": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$"},
        "profile": {"type": "string", "pattern": r"^https://.*/1\.0/camtrap-dp-profile\.json$"},
        "contributors": {
            "type": "array",
            "minItems": 1,
            "items": {
                "required": ["title"],
                "properties": {"role": {"enum": ROLES}},
            },
        },
        "sources": {"type": "array", "items": {"required": ["title"]}},
        "project": {
            "type": "object",
            "required": ["title", "samplingDesign", "captureMethod", "individualAnimals", "observationLevel"],
            "properties": {
                "id": _TEXT,
                "title": _TEXT,
                "samplingDesign": {"enum": DESIGNS},
                "captureMethod": {
                    "type": "array",
                    "minItems": 1,
                    "uniqueItems": True,
                    "items": {"enum": ["activityDetection", "timeLapse"]},
                },
                "individualAnimals": {"type": "boolean"},
                "observationLevel": {"type": "array", "items": {"enum": ["media", "event"]}},
            },
        },
        "spatial": {
            "type": "object",
            "required": ["type", "coordinates"],
            "properties": {
                "type": {"const": "MultiPoint"},
                "coordinates": {"items": {"type": "array", "minItems": 2, "items": {"type": "number"}}},
            },
        },
        "temporal": {"required": ["start", "end"], "properties": {"start": _DAY, "end": _DAY}},
        "taxonomic": {
            "type": "array",
            "items": {"required": ["scientificName"], "properties": {"scientificName": _TEXT}},
        },
        "resources": {
            "type": "array",
            "minItems": 3,
            "items": {
                "required": ["name"],
                "if": {"properties": {"name": {"enum": ["deployments", "media", "observations"]}}},
                "then": {
                    "required": ["path", "profile", "schema"],
                    "properties": {
                        "profile": {"const": "tabular-data-resource"},
                        "schema": {"type": "string", "pattern": r"^https://.*/1\.0/.*-table-schema\.json$"},
                    },
                },
            },
        },
    },
}


def table_schema(name: str) -> dict[str, Any]:
    """The Table Schema of deployments, media or observations."""
    if OWN is None:
        return _TABLES[name]
    read: dict[str, Any] = json.loads((Path(OWN) / f"{name}-table-schema.json").read_text(encoding="utf-8"))
    return read
