"""Pipelines as they are listed, with their algorithms and the service that runs them."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.pipelines import Algorithm, Pipeline, ProcessingService, pipeline_algorithm
from models.queries.listing import Listing, containing


@dataclass(frozen=True)
class PipelineRow:
    id: int
    slug: str
    name: str
    description: str
    version: int
    version_name: str
    kind: str
    enabled: bool
    service_id: int | None
    service: str | None
    endpoint_url: str | None
    last_seen_at: datetime | None
    last_seen_live: bool | None
    service_created_at: datetime | None
    service_updated_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class AlgorithmRow:
    id: int
    key: str
    name: str
    description: str
    task_type: str
    version: int
    version_name: str
    uri: str
    created_at: datetime
    updated_at: datetime


PIPELINES: Listing[PipelineRow] = Listing(
    row=PipelineRow,
    key=Pipeline.id,
    source=lambda query: query.outerjoin(ProcessingService, ProcessingService.id == Pipeline.service_id),
    columns={
        "service": ProcessingService.name,
        "endpoint_url": ProcessingService.endpoint_url,
        "last_seen_at": ProcessingService.last_seen_at,
        "last_seen_live": ProcessingService.last_seen_live,
        "service_created_at": ProcessingService.created_at,
        "service_updated_at": ProcessingService.updated_at,
    },
    narrow={
        "slug": lambda value: Pipeline.slug == value,
        "words": partial(containing, Pipeline.name),
    },
    sorts={
        "id": Pipeline.id,
        "name": Pipeline.name,
        "slug": Pipeline.slug,
        "created_at": Pipeline.created_at,
        "updated_at": Pipeline.updated_at,
    },
    usual="id",
)

ALGORITHMS: Listing[AlgorithmRow] = Listing(
    row=AlgorithmRow,
    key=Algorithm.id,
    source=lambda query: query,
    columns={},
    narrow={"words": partial(containing, Algorithm.name)},
    sorts={
        "id": Algorithm.id,
        "name": Algorithm.name,
        "version": Algorithm.version,
        "created_at": Algorithm.created_at,
        "updated_at": Algorithm.updated_at,
    },
    usual="id",
)


@dataclass(frozen=True)
class ServiceRow:
    id: int
    name: str
    description: str
    endpoint_url: str | None
    last_seen_at: datetime | None
    last_seen_live: bool | None
    asked_at: datetime | None
    latency_ms: float | None
    last_error: str | None
    created_at: datetime
    updated_at: datetime


SERVICES: Listing[ServiceRow] = Listing(
    row=ServiceRow,
    key=ProcessingService.id,
    source=lambda query: query,
    columns={},
    narrow={},
    sorts={
        "id": ProcessingService.id,
        "created_at": ProcessingService.created_at,
        "updated_at": ProcessingService.updated_at,
    },
    usual="id",
)


def pipelines_of(session: Session, service_ids: Iterable[int]) -> dict[int, list[PipelineRow]]:
    """The pipelines of each of these services."""
    found: dict[int, list[PipelineRow]] = {service_id: [] for service_id in service_ids}
    ids = session.scalars(select(Pipeline.id).where(Pipeline.service_id.in_(list(found))).order_by(Pipeline.id))
    for row in PIPELINES.by_ids(session, ids):
        if row.service_id is not None:
            found[row.service_id].append(row)
    return found


def algorithms(session: Session, pipeline_ids: Iterable[int]) -> dict[int, list[AlgorithmRow]]:
    """The algorithms of each of these pipelines."""
    found: dict[int, list[AlgorithmRow]] = {pipeline_id: [] for pipeline_id in pipeline_ids}
    columns: list[Any] = [getattr(Algorithm, field.name) for field in fields(AlgorithmRow)]
    query = (
        select(pipeline_algorithm.c.pipeline_id, *columns)
        .join(Algorithm, Algorithm.id == pipeline_algorithm.c.algorithm_id)
        .where(pipeline_algorithm.c.pipeline_id.in_(list(found)))
        .order_by(Algorithm.id)
    )
    for pipeline_id, *values in session.execute(query):
        found[pipeline_id].append(AlgorithmRow(*values))
    return found
