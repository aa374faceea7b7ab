"""Pipelines of other installed packages, by the entry point `nightboard.pipelines`.

A package names there a `Plugin`: what the pipeline is called, its version, and what makes one from its row's config.
`nightboard up` writes a row for each, so that it can be chosen like any other. A new version number makes new results.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.pipelines.base import Pipeline
from models import pipelines as tables

ENTRY_POINT = "nightboard.pipelines"


@dataclass(frozen=True)
class Plugin:
    """A pipeline of another package; `key` is its slug, `config` what a result of it depends on."""

    key: str
    name: str
    version: int
    make: Callable[[dict[str, Any]], Pipeline]
    description: str = ""
    config: dict[str, Any] = field(default_factory=dict)
    batch_max: int = 64


@cache
def plugins() -> dict[str, Plugin]:
    """Plug-ins by key."""
    return {plugin.key: plugin for point in entry_points(group=ENTRY_POINT) if (plugin := point.load())}


def ensure(session: Session) -> None:
    """A row for each plug-in, brought to its present version; a slug of another kind of pipeline is left alone."""
    for plugin in plugins().values():
        row = session.scalars(select(tables.Pipeline).where(tables.Pipeline.slug == plugin.key)).one_or_none()
        if row is None:
            row = tables.Pipeline(slug=plugin.key, kind=plugin.key)
            session.add(row)
        if row.kind != plugin.key:
            continue
        row.name, row.description, row.config = plugin.name, plugin.description, plugin.config
        row.version, row.version_name, row.batch_max = plugin.version, f"v{plugin.version}", plugin.batch_max
    session.flush()
