"""Every table, imported once, so that migrations and a new database see them all."""

from models import (
    captures,
    exports,
    jobs,
    operations,
    people,
    pipelines,
    results,
    revisions,
    rollups,
    schedules,
    tracks,
    views,
    workers,
)
from models.base import Base

__all__ = [
    "Base",
    "captures",
    "exports",
    "jobs",
    "operations",
    "people",
    "pipelines",
    "results",
    "revisions",
    "rollups",
    "schedules",
    "tracks",
    "views",
    "workers",
]
