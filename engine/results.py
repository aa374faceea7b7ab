"""Writing what a pipeline found: the result with its detections, which counts, or waits for a person to accept it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Boolean, ColumnElement, bindparam, delete, func, insert, literal, or_, select, true, update
from sqlalchemy.orm import Session

from engine import standing
from engine.captures.grouping import insert_into
from engine.pipelines.base import Failed, Found, Outcome, Processed
from engine.provenance import Digests, Zones, by_capture, digests_of, keep
from models.base import Whole
from models.captures import Capture
from models.jobs import Item, Job
from models.pipelines import Pipeline
from models.results import Classification, Detection, Result
from models.rows import among, as_table

KEY = ("capture_id", "pipeline_id", "pipeline_version", "parameters")
SAID = ("detections_count", "classifications_count", "brightness", "sharpness", "flags")  # of a capture by its result


@dataclass(frozen=True)
class Written:
    """Which result each processed capture has now."""

    result_ids: dict[int, int]  # capture: result
    was_there: frozenset[int]  # captures that another job gave this result meanwhile; nothing was written for them
    detections: int  # of the results that count
    classifications: int


def write(
    session: Session,
    job: Job,
    outcomes: Sequence[Outcome],
    at: datetime,
    *,
    masks: Mapping[int, Zones],
    waiting: Collection[int],
) -> Written:
    """Write the results of the processed outcomes, unique by capture, pipeline version and parameters.

    `masks` are the zones of each capture that were not looked at; they count among the parameters. The results of the
    captures in `waiting` are kept for a person to look at, and count nowhere before they are accepted.
    """
    processed = [outcome for outcome in outcomes if isinstance(outcome, Processed)]
    pipeline = session.get_one(Pipeline, job.pipeline_id)
    digests = digests_of(pipeline, {outcome.capture_id: masks.get(outcome.capture_id, ()) for outcome in processed})
    if processed:
        keep(session, pipeline, digests)
    fresh = _upsert(session, job, pipeline, processed, digests, at, waiting)
    missing = [outcome.capture_id for outcome in processed if outcome.capture_id not in fresh]
    there = _standing(session, pipeline, missing, digests)
    new = [outcome for outcome in processed if outcome.capture_id in fresh]
    failed = [outcome for outcome in outcomes if isinstance(outcome, Failed)]
    _write_quality(session, new, fresh)
    _write_black(session, failed)
    _write_sizes(session, new)
    _write_detections(session, new, fresh, at)
    counting = [outcome for outcome in new if outcome.capture_id not in waiting]
    found = [(outcome.capture_id, len(outcome.found)) for outcome in counting]
    standing.note(session, found, [o.capture_id for o in failed if o.capture_id not in waiting], at)
    linked = [counts for capture, counts in there.items() if capture not in waiting]
    return Written(
        result_ids=fresh | {capture: result for capture, (result, _, _) in there.items()},
        was_there=frozenset(missing),
        detections=sum(len(o.found) for o in counting) + sum(d for _, d, _ in linked),
        classifications=sum(_labels(o.found) for o in counting) + sum(c for *_, c in linked),
    )


def accept(session: Session, job: Job, items: Sequence[Item], at: datetime) -> None:
    """Let the results of these items, which waited for a person, count from now on."""
    mine = Result.id.in_([item.result_id for item in items])
    sums = select(func.sum(Result.detections_count), func.sum(Result.classifications_count)).where(mine)
    detections, classifications = session.execute(sums).one()
    job.detections += int(detections or 0)
    job.classifications += int(classifications or 0)
    session.execute(
        update(Result)
        .where(mine, Result.waiting)
        .values(waiting=False, created_at=at)
        .execution_options(synchronize_session=False)
    )


def take_away(session: Session, items: Sequence[Item]) -> None:
    """Delete the results of these items that nobody has accepted, which the items are linked to no longer.

    A result that another job stands for stays.
    """
    mine = [item for item in items if item.result_id is not None]
    if not mine:
        return
    ids = [item.result_id for item in mine]
    for item in mine:
        item.result_id = None
    session.flush()
    session.execute(delete(Result).where(Result.id.in_(ids), Result.job_id == mine[0].job_id, Result.waiting))


def _upsert(
    session: Session,
    job: Job,
    pipeline: Pipeline,
    processed: Sequence[Processed],
    digests: Digests,
    at: datetime,
    waiting: Collection[int],
) -> dict[int, int]:
    """{capture: result} of the rows that this transaction wrote.

    One that waits for a verdict is taken over, and by a reprocessing job one that counts as well.
    """
    insert_all = partial(_insert, session, job, pipeline, digests, at, waiting)
    fresh = {} if job.reprocess else insert_all(processed, replaced=None)
    there = [outcome for outcome in processed if outcome.capture_id not in fresh]
    taken = insert_all(there, replaced=true() if job.reprocess else Result.waiting.is_(True))
    if taken:
        mine = among(session, list(taken.values()))
        session.execute(delete(Detection).where(Detection.result_id.in_(mine)))
    return fresh | taken


def _insert(
    session: Session,
    job: Job,
    pipeline: Pipeline,
    digests: Digests,
    at: datetime,
    waiting: Collection[int],
    processed: Sequence[Processed],
    *,
    replaced: ColumnElement[bool] | None,
) -> dict[int, int]:
    """{capture: result} of the rows that were inserted; of those that stand, the ones to be `replaced` are."""
    if not processed:
        return {}
    counts = [
        (outcome.capture_id, len(outcome.found), _labels(outcome.found), outcome.capture_id in waiting)
        for outcome in processed
    ]
    columns = {"capture_id": Whole, "detections_count": Whole, "classifications_count": Whole, "waiting": Boolean}
    new = as_table(session, counts, **columns)
    own: dict[str, Any] = {"pipeline_id": pipeline.id, "pipeline_version": pipeline.version}
    own |= {"job_id": job.id, "attempt": job.attempt, "created_at": at}
    constants = [literal(value, Result.__table__.c[name].type) for name, value in own.items()]
    digest = by_capture(new.c.capture_id, digests)
    rows = select(*constants, digest, *new.c).where(true())  # SQLite takes ON CONFLICT for a join without the WHERE
    statement = insert_into(session, Result).from_select([*own, "parameters", *new.c.keys()], rows)
    if replaced is None:
        statement = statement.on_conflict_do_nothing(index_elements=KEY)
    else:
        taken = {name: statement.excluded[name] for name in ("job_id", "attempt", "created_at", "waiting", *SAID)}
        statement = statement.on_conflict_do_update(index_elements=KEY, set_=taken, where=replaced)
    written = session.execute(statement.returning(Result.capture_id, Result.id))
    return {row.capture_id: row.id for row in written}


def _write_quality(session: Session, processed: Sequence[Processed], results: dict[int, int]) -> None:
    """Keep how good each capture is as a picture, with its result and on the capture; few pipelines measure it."""
    measured = [outcome for outcome in processed if outcome.brightness is not None]
    if not measured:
        return
    rows = [
        {
            "capture": outcome.capture_id,
            "result": results[outcome.capture_id],
            "bright": outcome.brightness,
            "sharp": outcome.sharpness,
            "said": list(outcome.flags),
        }
        for outcome in measured
    ]
    names = {"brightness": "bright", "sharpness": "sharp", "flags": "said"}
    quality: dict[str, Any] = {name: bindparam(key) for name, key in names.items()}
    of_result, of_capture = Result.__table__, Capture.__table__
    for statement in (
        update(of_result).where(of_result.c.id == bindparam("result")).values(quality),  # type: ignore[arg-type]
        update(of_capture).where(of_capture.c.id == bindparam("capture")).values(quality),  # type: ignore[arg-type]
    ):
        session.connection().execute(statement, rows)


def _write_black(session: Session, failed: Sequence[Failed]) -> None:
    """A capture that is too dark to be looked at is dark as a picture, though nothing was measured on it."""
    black = [outcome.capture_id for outcome in failed if outcome.kind == "dark"]
    if black:
        values = {"brightness": None, "sharpness": None, "flags": ["dark"]}
        never = Capture.id.in_(black) & Capture.processed_at.is_(None)
        session.execute(update(Capture).where(never).values(values).execution_options(synchronize_session=False))


def _write_sizes(session: Session, processed: Sequence[Processed]) -> None:
    """Note how large the picture is that the boxes lie in, where a capture's header was not read, or told otherwise."""
    sizes = [(outcome.capture_id, *outcome.size) for outcome in processed if outcome.size is not None]
    if not sizes:
        return
    new = as_table(session, sizes, capture=Whole, width=Whole, height=Whole)
    other = or_(Capture.width.is_distinct_from(new.c.width), Capture.height.is_distinct_from(new.c.height))
    session.execute(
        update(Capture)
        .where(Capture.id == new.c.capture, other)
        .values(width=new.c.width, height=new.c.height)
        .execution_options(synchronize_session=False)
    )


def _labels(found: Sequence[Found]) -> int:
    return sum(len(animal.classifications) for animal in found)


def _standing(
    session: Session, pipeline: Pipeline, captures: Sequence[int], digests: Digests
) -> dict[int, tuple[int, int, int]]:
    """{capture: (result, detections, classifications)} of results that others wrote."""
    if not captures:
        return {}
    rows = session.execute(
        select(Result.capture_id, Result.id, Result.detections_count, Result.classifications_count)
        .where(Result.pipeline_id == pipeline.id, Result.pipeline_version == pipeline.version)
        .where(Result.parameters == by_capture(Result.capture_id, digests), Result.capture_id.in_(captures))
    )
    return {capture: (result, detections, classified) for capture, result, detections, classified in rows}


def _write_detections(session: Session, processed: Sequence[Processed], results: dict[int, int], at: datetime) -> None:
    animals = [(outcome.capture_id, animal) for outcome in processed for animal in outcome.found]
    rows = [_detection(capture, results[capture], animal, at) for capture, animal in animals]
    if not any(animal.classifications for _, animal in animals):
        if rows:
            session.execute(insert(Detection.__table__), rows)  # type: ignore[arg-type]
        return
    ids = session.scalars(insert(Detection).returning(Detection.id, sort_by_parameter_order=True), rows).all()
    labels = [
        {
            "detection_id": detection,
            "label": label.label,
            "score": label.score,
            "terminal": label.terminal,
            "algorithm": label.algorithm,
            "created_at": at,
        }
        for detection, (_, animal) in zip(ids, animals, strict=True)
        for label in animal.classifications
    ]
    session.execute(insert(Classification), labels)


def _detection(capture: int, result: int, animal: Found, at: datetime) -> dict[str, Any]:
    return {
        "result_id": result,
        "capture_id": capture,
        "x1": animal.x1,
        "y1": animal.y1,
        "x2": animal.x2,
        "y2": animal.y2,
        "score": animal.score,
        "label": animal.label,
        "area_px": animal.area_px,
        "length_px": animal.length_px,
        "sharpness": animal.sharpness,
        "algorithm": animal.algorithm,
        "created_at": at,
    }
