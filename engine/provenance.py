"""What a result depends on beside its capture, under a digest that stands with the result.

That is the pipeline's parameters, and the mask zones of the capture's station where it has any. What stands behind a
digest is kept for good, so that a number can be traced when the pipeline has long gone on to other parameters.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, String, case, cast, literal, select
from sqlalchemy.orm import Session

from engine import pipelines
from engine.captures.grouping import insert_into
from engine.pipelines.base import Zone
from models.captures import Capture, Deployment, Event
from models.pipelines import Pipeline
from models.results import Provenance

NO_ZONES = "[]"
Zones = tuple[Zone, ...]
Digests = Mapping[str, tuple[Zones, list[int]]]  # of results, each with what was masked and its captures


def zones_by_station(session: Session) -> dict[int, Zones]:
    """The mask zones of each station that has any."""
    rows = select(Deployment.id, Deployment.mask_zones).where(cast(Deployment.mask_zones, String) != NO_ZONES)
    return {station: as_zones(zones) for station, zones in session.execute(rows)}


def as_zones(stored: Iterable[Iterable[float]]) -> Zones:
    """Mask zones as a station's row keeps them."""
    return tuple((x1, y1, x2, y2) for x1, y1, x2, y2 in stored)


def digest_by_station(pipeline: Pipeline, masked: dict[int, Zones]) -> ColumnElement[str]:
    """The digest that a result by this pipeline has now, in a query that has the table of captures."""
    plain = literal(pipelines.digest(pipeline))
    if not masked:
        return plain
    digests = {station: pipelines.digest(pipeline, zones) for station, zones in masked.items()}
    return case(digests, value=Capture.deployment_id, else_=plain)


def digests_of(pipeline: Pipeline, masks: Mapping[int, Zones]) -> Digests:
    """The digests of results by this pipeline, of captures with these zones."""
    found: dict[Zones, list[int]] = {}
    for capture, zones in masks.items():
        found.setdefault(zones, []).append(capture)
    return {pipelines.digest(pipeline, zones): (zones, captures) for zones, captures in found.items()}


def by_capture(capture: Any, digests: Digests) -> ColumnElement[str]:
    """The digest of a capture's result; a batch is of one station as a rule, and then there is one."""
    commonest = max(digests, key=lambda digest: len(digests[digest][1]), default="")
    others = [(capture.in_(of), literal(digest)) for digest, (_, of) in digests.items() if digest != commonest]
    return case(*others, else_=literal(commonest)) if others else literal(commonest)


def digest_of_night(session: Session, pipeline: Pipeline, event_id: int | None) -> str:
    """The digest that results of a night by this pipeline have now."""
    stored = select(Deployment.mask_zones).join(Event, Event.deployment_id == Deployment.id).where(Event.id == event_id)
    return pipelines.digest(pipeline, as_zones(session.scalars(stored).one_or_none() or ()))


def keep(session: Session, pipeline: Pipeline, digests: Digests) -> None:
    """Write down what stands behind these digests, unless it is there."""
    there = set(session.scalars(select(Provenance.digest).where(Provenance.digest.in_(list(digests)))))
    rows = [
        {"digest": digest, "kind": pipeline.kind, "content": content(pipeline, zones)}
        for digest, (zones, _) in digests.items()
        if digest not in there
    ]
    if rows:
        session.execute(insert_into(session, Provenance).on_conflict_do_nothing(), rows)


def content(pipeline: Pipeline, zones: Zones = ()) -> dict[str, Any]:
    """What a digest stands for, in full."""
    told = dict(pipelines.parameters(pipeline))
    return told | {"mask_zones": [list(zone) for zone in zones]} if zones else told


def known(session: Session, digest: str) -> dict[str, Any] | None:
    """What stands behind a digest. None for results from before this was kept, whose pipeline has gone on since.

    A capture whose file became another one has its old results under a digest of their own, with a mark behind it.
    """
    bare = digest.split("~")[0]
    kept = session.get(Provenance, bare)
    if kept is not None:
        return kept.content
    masks = {(), *zones_by_station(session).values()}
    rows = session.scalars(select(Pipeline)).all()
    return next((content(row, zones) for row in rows for zones in masks if pipelines.digest(row, zones) == bare), None)
