"""Processing services: what they offer becomes pipelines here; whether they live is looked at and kept."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, Field
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine.hosts import ForbiddenHost, check_address
from engine.pipelines import remote
from engine.pipelines.protocol import AlgorithmInfo, Info, PipelineInfo, Service, ServiceAway, ServiceFault
from engine.refusals import Illegal, Invalid, NotFound
from models.captures import Project
from models.pipelines import PULL, Algorithm, Pipeline, ProcessingService
from models.store import Store

MOST_PIPELINES = 1000  # of one service
MOST_VERSION = 2**31 - 1


class ServiceRequest(BaseModel):
    """A service as somebody names it."""

    name: str = Field(min_length=1, max_length=255)
    endpoint_url: str = Field(min_length=1, max_length=2000)
    description: str = Field(default="", max_length=10_000)


class OfferedAlgorithm(AlgorithmInfo):
    key: str = Field(min_length=1, max_length=255)
    version: int = Field(default=1, ge=0, le=MOST_VERSION)


class Offered(PipelineInfo):
    """A pipeline that somebody else than a service's own address tells of, within what can be kept."""

    slug: str = Field(min_length=1, max_length=255)
    name: str = Field(min_length=1, max_length=255)
    version: int = Field(ge=0, le=MOST_VERSION)
    algorithms: list[OfferedAlgorithm] = Field(default=[], max_length=100)  # type: ignore[assignment]


class Enlistment(BaseModel):
    """What a program says of itself that asks for its work: a name, and the pipelines that it runs."""

    processing_service_name: str = Field(min_length=1, max_length=255)
    pipelines: list[Offered] = Field(max_length=MOST_PIPELINES)


@dataclass(frozen=True)
class Limits:
    """How a service may be asked: images in a request, workers at once (None: all), s for one request."""

    batch: int = 8
    seats: int | None = None
    timeout_s: float = remote.TIMEOUT_S


@dataclass(frozen=True)
class Status:
    """How a service was just now; `error` is a sentence when it was not well."""

    service_id: int
    url: str
    at: datetime
    live: bool
    latency_ms: float
    pipelines: tuple[str, ...] = ()  # slugs
    error: str | None = None


@dataclass(frozen=True)
class Registered:
    """What came of a registration: slugs and keys of what is new, and of all there is."""

    service_id: int
    pipelines: tuple[str, ...]
    pipelines_created: tuple[str, ...]
    algorithms_created: tuple[str, ...]
    pipelines_updated: tuple[str, ...] = ()


def add(store: Store, url: str, *, name: str = "", limits: Limits | None = None, anywhere: bool = False) -> Registered:
    """Register a service and the pipelines of its /info, or bring a known one up to date; `name` if not its own.

    Unless `anywhere`, a private host must be allowed. Raises Invalid for an address that cannot be, and Illegal when
    the service does not answer as the protocol says.
    """
    url = check_url(url, anywhere=anywhere)
    info = _info(url)
    with store.write() as session:
        service = session.scalars(select(ProcessingService).filter_by(endpoint_url=url)).first()
        if service is None:
            service = ProcessingService(endpoint_url=url, name=name or info.name)
            session.add(service)
        service.name = name or service.name
        service.description = info.description or ""
        service.last_seen_at = service.asked_at = store.clock(session)
        service.last_seen_live, service.last_error = True, None
        session.flush()
        return _register(session, service, info, limits)


def keep(store: Store, request: ServiceRequest) -> int:
    """Write a service down, whether it answers or not; its id. A known address is known by its new name then.

    Raises Invalid for an address that cannot be, or that is private and not allowed.
    """
    url = check_url(request.endpoint_url, anywhere=False)
    with store.write() as session:
        service = session.scalars(select(ProcessingService).filter_by(endpoint_url=url)).first()
        service = service or ProcessingService(endpoint_url=url)
        service.name, service.description = request.name, request.description
        session.add(service)
        session.flush()
        return service.id


def enlist(store: Store, request: Enlistment, *, project_id: int, may_change: bool) -> Registered:
    """Take in a pull worker under its name with its pipelines; those of other slugs that it had before stay.

    A pipeline that something else here runs already is left as it is, and so are all that are known unless the actor
    `may_change` what is the whole lab's: the worker shares their jobs.
    """
    with store.write() as session:
        session.scalars(select(Project.id).filter_by(id=project_id).with_for_update()).one()  # one after the other
        known = select(ProcessingService).filter_by(name=request.processing_service_name, endpoint_url=None)
        service = session.scalars(known.order_by(ProcessingService.id)).first()
        service = service or ProcessingService(name=request.processing_service_name)
        service.last_seen_at, service.last_seen_live = store.clock(session), True
        session.add(service)
        session.flush()
        before = set(session.scalars(select(Algorithm.key)))
        created, updated = [], []
        for offered in {each.slug: each for each in request.pipelines}.values():
            row = session.scalars(select(Pipeline).filter_by(slug=offered.slug)).one_or_none()
            if row is None:
                row = Pipeline(slug=offered.slug, kind=PULL, service_id=service.id)
                created.append(offered.slug)
            elif not may_change or row.kind != PULL or row.service_id not in (None, service.id):
                continue
            else:  # also one whose service was removed
                row.service_id = service.id
                updated.append(offered.slug)
            _describe(session, row, offered)
        algorithms = {algorithm.key for offered in request.pipelines for algorithm in offered.algorithms} - before
        there = set(session.scalars(select(Algorithm.key).where(Algorithm.key.in_(algorithms))))
        slugs = tuple(row.slug for row in _pipelines(session, service.id) if row.enabled)
        return Registered(service.id, slugs, tuple(created), tuple(sorted(there)), tuple(updated))


def refresh(store: Store, service_id: int) -> Registered:
    """Register again what a known service offers now. Raises NotFound, and Illegal when it does not answer."""
    with store.read() as session:
        url = _one(session, service_id).endpoint_url
    if url is None:
        raise Illegal("This service asks for its work itself; there is no address to ask it at.")
    return add(store, url, anywhere=True)


def look(store: Store, service_id: int) -> Status:
    """Ask a service whether it lives, and keep the answer; of a pull worker, when it came last. Raises NotFound."""
    with store.read() as session:
        service = _one(session, service_id)
        url = service.endpoint_url
        if url is None:
            seen_at, live = service.last_seen_at or service.updated_at, bool(service.last_seen_live)
            offers = tuple(row.slug for row in _pipelines(session, service_id) if row.enabled)
            return Status(service_id, "", seen_at, live, 0.0, offers)
    started = time.perf_counter()
    offered: tuple[str, ...] = ()
    error = None
    try:
        offered = tuple(pipeline.slug for pipeline in Service(url).info().pipelines)
    except (ServiceAway, ServiceFault) as fault:
        error = str(fault)
    latency_ms = (time.perf_counter() - started) * 1000
    with store.write() as session:
        at = store.clock(session)
        _one(session, service_id)
        _keep_health(session, service_id, at, latency_ms, error)
    return Status(service_id, url, at, error is None, latency_ms, offered, error)


def _keep_health(session: Session, service_id: int, at: datetime, latency_ms: float, error: str | None) -> None:
    """Note how a service was; nobody has changed it, so its `updated_at` stays."""
    seen: dict[str, Any] = {"last_seen_at": at, "latency_ms": latency_ms} if error is None else {}
    said = {"asked_at": at, "last_seen_live": error is None, "last_error": error}
    unchanged = {"updated_at": ProcessingService.updated_at}
    session.execute(update(ProcessingService).where(ProcessingService.id == service_id).values(said | seen | unchanged))


def remove(store: Store, service_id: int) -> None:
    """Forget a service. Its pipelines stay, shut, because results name them. Raises NotFound."""
    with store.write() as session:
        service = _one(session, service_id)
        for pipeline in _pipelines(session, service_id):
            pipeline.service_id, pipeline.enabled = None, False
        session.flush()
        session.delete(service)


def check_url(url: str, *, anywhere: bool) -> str:
    """The address of a service without a slash at its end. Raises Invalid."""
    url = url.strip().rstrip("/").removesuffix("/info")
    parts = urlsplit(url)
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or parts.query
        or parts.fragment
        or "@" in parts.netloc
    ):
        raise Invalid({"endpoint_url": [f"{url[:200]!r} is not the address of a service; write http://host:2000."]})
    try:
        if not anywhere:
            check_address(url)
    except (ForbiddenHost, OSError) as error:
        raise Invalid({"endpoint_url": [f"{error}"]}) from None
    return url


def _info(url: str) -> Info:
    try:
        return Service(url).info()
    except (ServiceAway, ServiceFault) as fault:
        raise Illegal(f"The service was not registered. {fault}") from None


def _one(session: Session, service_id: int) -> ProcessingService:
    service = session.get(ProcessingService, service_id)
    if service is None:
        raise NotFound(f"There is no processing service {service_id}.")
    return service


def _pipelines(session: Session, service_id: int) -> list[Pipeline]:
    return list(session.scalars(select(Pipeline).filter_by(service_id=service_id)))


def _register(session: Session, service: ProcessingService, info: Info, limits: Limits | None) -> Registered:
    known = {row.config["pipeline"]: row for row in _pipelines(session, service.id)}
    before = set(session.scalars(select(Algorithm.key)))
    created = []
    for offered in info.pipelines:
        row = known.pop(offered.slug, None)
        if row is None:
            row = Pipeline(slug=_free_slug(session, offered.slug, service.id), kind=remote.KIND, service_id=service.id)
            created.append(row.slug)
            _limit(row, limits or Limits())
        elif limits is not None:
            _limit(row, limits)
        _describe(session, row, offered)
    for gone in known.values():
        gone.enabled = False
    session.flush()
    slugs = tuple(row.slug for row in _pipelines(session, service.id) if row.enabled)
    algorithms = {algorithm.key for offered in info.pipelines for algorithm in offered.algorithms}
    return Registered(service.id, slugs, tuple(created), tuple(sorted(algorithms - before)))


def _free_slug(session: Session, slug: str, service_id: int) -> str:
    """The service's own word unless another pipeline here has it."""
    taken = session.scalars(select(Pipeline.id).filter_by(slug=slug)).first() is not None
    return f"{slug}-{service_id}" if taken else slug


def _limit(row: Pipeline, limits: Limits) -> None:
    row.batch_max, row.seats = limits.batch, limits.seats
    row.config = {**(row.config or {}), "timeout_s": limits.timeout_s}
    row.call_limit_s = int((limits.batch + 1) * limits.timeout_s + 30)  # a batch, then each of its images alone


def _describe(session: Session, row: Pipeline, offered: PipelineInfo) -> None:
    row.name, row.description = offered.name, offered.description or ""
    row.version, row.version_name = offered.version, offered.version_name or f"v{offered.version}"
    row.config = {**(row.config or {}), "pipeline": offered.slug, "algorithms": offered.versions()}
    row.algorithms = list(_algorithms(session, offered.algorithms))
    row.enabled = True
    session.add(row)
    session.flush()


def _algorithms(session: Session, offered: Iterable[AlgorithmInfo]) -> Iterable[Algorithm]:
    for key, said in {algorithm.key: algorithm for algorithm in offered}.items():
        wanted = {"key": key, "version": said.version}
        row = session.scalars(select(Algorithm).filter_by(**wanted)).one_or_none() or Algorithm(**wanted)
        row.name, row.description, row.uri = said.name, said.description or "", said.uri or ""
        row.task_type, row.version_name = said.task_type or "unknown", said.version_name or ""
        session.add(row)
        session.flush()
        yield row
