"""Models, which are pipelines: lists, details, versions, tags, and the machine that runs them."""

import os
from collections.abc import Iterable
from typing import Any

import psutil

from api.dialect import Call, Endpoint, Verb
from api.modzy.answers import (
    Engine,
    EnginesSum,
    ModelDetails,
    ModelInput,
    ModelOutput,
    ModelSummary,
    Requirement,
    Tag,
    TagsAndModels,
    Version,
    VersionSummary,
)
from api.modzy.asked import MOST, ModelsQuery
from api.modzy.words import is_version, moment, version
from engine.control import NotFound
from engine.uploads import LARGEST_INPUT
from models.base import now
from models.queries import workers
from models.queries.listing import Where
from models.queries.pipelines import PIPELINES, AlgorithmRow, PipelineRow, algorithms

WAIT_MS = 60_000
GIB = 2**30


def list_models(call: Call, query: ModelsQuery) -> list[ModelSummary]:
    """The models that are like what is asked for, in the order of their numbers."""
    with call.board.store.read() as session:
        rows = [row for row in PIPELINES.page(session, Where(), limit=MOST) if _is_like(row, query)]
    start = (query.page - 1) * query.per_page
    return [_summary(row) for row in rows[start : start + query.per_page]]


def read_model(call: Call, identifier: str) -> ModelDetails:
    row = find_model(call, identifier)
    return _details(call, [row])[0]


def related(call: Call, identifier: str) -> list[ModelDetails]:
    """The other models."""
    row = find_model(call, identifier)
    return [each for each in _all(call) if each.model_id != row.slug]


def versions(call: Call, identifier: str) -> list[VersionSummary]:
    """A pipeline has one version at a time; results keep the number they had."""
    return [VersionSummary(version=version(find_model(call, identifier).version))]


def read_version(call: Call, identifier: str, number: str) -> Version:
    row = find_model(call, identifier, number)
    details = _details(call, [row])[0]
    return Version(
        version=version(row.version),
        created_at=moment(row.created_at),
        updated_at=moment(row.updated_at),
        timeout={"status": WAIT_MS, "run": WAIT_MS},
        requirement=requirements(call)[0].model_dump(),
        inputs=[ModelInput(maximum_size=LARGEST_INPUT)],
        outputs=[ModelOutput(maximum_size=LARGEST_INPUT)],
        is_active=row.enabled,
        is_available=row.enabled,
        status="active" if row.enabled else "inactive",
        long_description=row.description,
        technical_details=", ".join(tag.name for tag in details.tags),
        processing={"minimumParallelCapacity": 0, "maximumParallelCapacity": max(1, _workers(call))},
        model=details,
    )


def sample_input(call: Call, identifier: str, number: str) -> dict[str, Any]:
    """A request as it may be sent."""
    row = find_model(call, identifier, number)
    return {
        "model": {"identifier": row.slug, "version": version(row.version)},
        "explain": False,
        "input": {"type": "embedded", "sources": {"0001": {"image": "data:image/jpeg;base64,<the picture>"}}},
    }


def sample_output(call: Call, identifier: str, number: str) -> dict[str, Any]:
    """An answer as it may come."""
    find_model(call, identifier, number)
    box = {"x": 120, "y": 80, "width": 64, "height": 48}
    detection = {"input": "image", "class": "arthropod", "score": 0.9, "boundingBox": box}
    result = {"data": {"result": {"count": 1, "detections": [detection]}, "explanation": None, "drift": None}}
    return {
        "jobIdentifier": "<uuid>",
        "total": 1,
        "completed": 1,
        "failed": 0,
        "finished": True,
        "results": {"0001": {"status": "SUCCESSFUL", "error": None, "results.json": result}},
        "failures": {},
    }


def tags(call: Call) -> list[Tag]:
    """What the models do."""
    found = {tag.identifier: tag for details in _all(call) for tag in details.tags}
    return [found[identifier] for identifier in sorted(found)]


def tagged(call: Call, identifiers: str) -> TagsAndModels:
    """The tags that are named, commas between them, and the models that have one of them."""
    wanted = {word.strip().casefold() for word in identifiers.split(",")}
    chosen = [tag for tag in tags(call) if tag.identifier.casefold() in wanted]
    names = {tag.identifier for tag in chosen}
    return TagsAndModels(
        tags=chosen, models=[each for each in _all(call) if names & {tag.identifier for tag in each.tags}]
    )


def requirements(_call: Call) -> list[Requirement]:
    """What the machine of this server has to run models with."""
    memory = psutil.virtual_memory().total / GIB
    return [
        Requirement(requirement_id=1, cpu_amount=f"{(os.cpu_count() or 1) * 1000}m", memory_amount=f"{memory:.1f}Gi")
    ]


def engines(call: Call) -> list[Engine]:
    """Every model, and how many workers are there for it."""
    ready = _workers(call)
    with call.board.store.read() as session:
        rows = PIPELINES.page(session, Where(), limit=MOST)
    return [Engine(identifier=row.slug, version=version(row.version), name=row.name, ready=ready) for row in rows]


def engines_sum(call: Call) -> EnginesSum:
    return EnginesSum(minimum_processing_engines_sum=_workers(call))


def find_model(call: Call, identifier: str, number: str = "") -> PipelineRow:
    """The pipeline of this slug or number, in this version. Raises NotFound."""
    with call.board.store.read() as session:
        rows = PIPELINES.page(session, Where(slug=identifier), limit=1)
        if not rows and identifier.isascii() and identifier.isdecimal() and len(identifier) < 19:
            rows = PIPELINES.by_ids(session, [int(identifier)])
    if not rows:
        raise NotFound(f"There is no model {identifier[:80]}.")
    if not is_version(number, rows[0].version, rows[0].version_name):
        raise NotFound(f"Model {identifier[:80]} has no version {number[:80]}; it has {version(rows[0].version)}.")
    return rows[0]


def _workers(call: Call) -> int:
    with call.board.store.read() as session:
        return len(workers.alive(session, now()))


def _all(call: Call) -> list[ModelDetails]:
    with call.board.store.read() as session:
        rows = PIPELINES.page(session, Where(), limit=MOST)
    return _details(call, rows)


def _details(call: Call, rows: list[PipelineRow]) -> list[ModelDetails]:
    with call.board.store.read() as session:
        found = algorithms(session, [row.id for row in rows])
    return [_one(row, found[row.id]) for row in rows]


def _one(row: PipelineRow, parts: Iterable[AlgorithmRow]) -> ModelDetails:
    kinds = {part.task_type: part for part in parts}
    return ModelDetails(
        **{name: getattr(_summary(row), name) for name in ModelSummary.model_fields},
        latest_active_version=version(row.version),
        author=row.service or "Nightboard",
        description=row.description,
        permalink=row.slug,
        is_active=row.enabled,
        tags=[Tag(identifier=kind, name=kind.replace("_", " ").capitalize()) for kind in sorted(kinds)],
        last_active_date_time=moment(row.updated_at),
    )


def _summary(row: PipelineRow) -> ModelSummary:
    latest = version(row.version)
    return ModelSummary(model_id=row.slug, identifier=row.slug, latest_version=latest, versions=[latest], name=row.name)


def _is_like(row: PipelineRow, query: ModelsQuery) -> bool:
    parts = ((query.model_id, row.slug), (query.name, row.name), (query.description, row.description))
    is_active = query.is_active in ("", str(row.enabled).lower())
    return is_active and all(part.casefold() in text.casefold() for part, text in parts)


ENDPOINTS = [
    Endpoint("/api/models/", {"GET": Verb(list_models, "Every model.", list[ModelSummary], query=ModelsQuery)}),
    Endpoint("/api/models/requirements/account/", {"GET": Verb(requirements, "The machine.", list[Requirement])}),
    Endpoint("/api/models/processing-engines/", {"GET": Verb(engines_sum, "Workers in all.", EnginesSum)}),
    Endpoint("/api/models/tags/", {"GET": Verb(tags, "What models do.", list[Tag])}),
    Endpoint("/api/models/tags/<identifiers>/", {"GET": Verb(tagged, "Models that do it.", TagsAndModels)}),
    Endpoint("/api/models/<identifier>/", {"GET": Verb(read_model, "One model.", ModelDetails)}),
    Endpoint("/api/models/<identifier>/related-models/", {"GET": Verb(related, "Other models.", list[ModelDetails])}),
    Endpoint("/api/models/<identifier>/versions/", {"GET": Verb(versions, "Its versions.", list[VersionSummary])}),
    Endpoint("/api/models/<identifier>/versions/<number>/", {"GET": Verb(read_version, "One version.", Version)}),
    Endpoint(
        "/api/models/<identifier>/versions/<number>/sample-input/",
        {"GET": Verb(sample_input, "A request as it may be sent.", dict[str, Any])},
    ),
    Endpoint(
        "/api/models/<identifier>/versions/<number>/sample-output/",
        {"GET": Verb(sample_output, "An answer as it may come.", dict[str, Any])},
    ),
    Endpoint("/api/resources/processing/engines/", {"GET": Verb(engines, "Workers of each model.", list[Engine])}),
]
