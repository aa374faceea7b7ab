"""Which pipelines there are, and how a row of the table `pipeline` becomes something that runs."""

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.pipelines import detector, embedded, nothing, onnx, plugged, remote
from engine.pipelines.base import Pipeline, Zone
from engine.pipelines.protocol import Service
from engine.signing import signer
from models import pipelines as tables
from models.settings import load as load_settings

KINDS: dict[str, Callable[[dict[str, Any]], Pipeline]] = {
    "embedded": embedded.EmbeddedPipeline,
    "nothing": nothing.NothingPipeline,
    onnx.KIND: onnx.OnnxPipeline,
}
EMBEDDED = "embedded"


class UnknownPipeline(ValueError):
    """The pipeline's kind is none of this installation's."""


def load(row: tables.Pipeline) -> Pipeline:
    """The pipeline of a row, with its models loaded. Raises UnknownPipeline."""
    if row.kind == remote.KIND:
        return _remote(row)
    kinds = {key: plugin.make for key, plugin in plugged.plugins().items()} | KINDS
    if row.kind not in kinds:
        raise UnknownPipeline(
            f"Pipeline {row.slug!r} is of the kind {row.kind!r}, which this installation cannot run; "
            f"it runs {', '.join(sorted([*kinds, remote.KIND]))}."
        )
    return kinds[row.kind](row.config)


def _remote(row: tables.Pipeline) -> remote.RemotePipeline:
    if row.service is None or row.service.endpoint_url is None:
        raise UnknownPipeline(f"The service of pipeline {row.slug!r} was removed; add it again, or choose another one.")
    return remote.RemotePipeline(
        Service(row.service.endpoint_url),
        row.config["pipeline"],
        row.version,
        row.config["algorithms"],
        signer(row.service, load_settings()),
        config=row.config.get("config", {}),
        timeout_s=row.config["timeout_s"],
        limit_s=row.call_limit_s,
    )


class WarmPipelines:
    """The last few pipelines that a worker ran, ready to run again."""

    def __init__(self, most: int = 3) -> None:
        self._most = most
        self._loaded: dict[tuple[str, int, str], Pipeline] = {}

    def get(self, row: tables.Pipeline) -> Pipeline:
        """The pipeline of a row, loaded now unless it was before. Raises UnknownPipeline."""
        key = (row.slug, row.version, f"{digest(row)} {row.updated_at}")
        pipeline = self._loaded.pop(key, None) or load(row)
        self._loaded[key] = pipeline  # the one used last stands last
        while len(self._loaded) > self._most:
            del self._loaded[next(iter(self._loaded))]
        return pipeline


def digest(row: tables.Pipeline, mask_zones: Sequence[Zone] = ()) -> str:
    """A short name for what a result of this pipeline depends on beside the capture (16 hex digits of SHA-256)."""
    told = [row.kind, parameters(row), *([mask_zones] if mask_zones else [])]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def parameters(row: tables.Pipeline) -> dict[str, Any]:
    """What a result of this pipeline depends on, apart from the capture and its station's mask zones."""
    if row.kind == remote.KIND:
        return {name: row.config.get(name) for name in remote.PARAMETERS}
    return embedded.parameters() | row.config if row.kind == EMBEDDED else row.config


def ensure_embedded(session: Session) -> tables.Pipeline:
    """The row of the built-in pipeline, made or brought to this version."""
    row = session.scalars(select(tables.Pipeline).where(tables.Pipeline.slug == EMBEDDED)).one_or_none()
    if row is None:
        row = tables.Pipeline(slug=EMBEDDED, kind=EMBEDDED, name="Embedded detector")
        session.add(row)
    if not row.algorithms or row.version != detector.VERSION:
        row.version = detector.VERSION
        row.version_name = f"v{detector.VERSION}"
        row.description = (
            "Finds animals by their contrast with the lit sheet. It calls each an arthropod, never a species."
        )
        row.algorithms = [_detector_row(session)]
    session.flush()
    return row


def _detector_row(session: Session) -> tables.Algorithm:
    wanted = (tables.Algorithm.key == embedded.ALGORITHM, tables.Algorithm.version == detector.VERSION)
    return session.scalars(select(tables.Algorithm).where(*wanted)).one_or_none() or tables.Algorithm(
        key=embedded.ALGORITHM,
        name="Contrast detector",
        version=detector.VERSION,
        version_name=f"v{detector.VERSION}",
        task_type="detection",
        description="CIELAB contrast against the empty sheet, with a threshold that follows the noise.",
    )
