"""How captures stand, and what their nights count: processed, waiting for a person, failed, or not looked at yet.

What a shift lands is added to the counts (`note`). What a person decides, and what a checkpoint holds back, is rare and
has many ends: there the captures are looked at anew (`stand_anew`).
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, null, select, update
from sqlalchemy.orm import Session

from engine.captures import grouping
from models.base import UtcDateTime, Whole
from models.captures import STATES, Capture, Event
from models.jobs import AWAITS_VERDICT, Item, Job
from models.results import COUNTS, Result
from models.revisions import touch
from models.rows import among, as_table


def note(session: Session, found: Sequence[tuple[int, int]], failed: Sequence[int], at: datetime) -> None:
    """Note on each capture how it went, and on its night by how much the counts changed.

    `found` are the captures that have a new result that counts, with the number of its detections.
    """
    nights: dict[int, Counter[str]] = defaultdict(Counter)
    if found:
        _mark_processed(session, found, nights, at)
    if failed:
        _mark_failed(session, failed, nights, at)
    for event_id in sorted(nights):
        changes = {name: getattr(Event, name) + change for name, change in nights[event_id].items() if change}
        if changes:
            session.execute(update(Event).where(Event.id == event_id).values(changes))
            touch(session, Event, event_id)


def hold_nights(session: Session, captures: Collection[int]) -> list[int]:
    """Lock the nights of these captures, in the order in which everybody does; their ids."""
    of_them = select(Capture.event_id).where(Capture.id.in_(among(session, list(captures))))
    nights = session.scalars(of_them.where(Capture.event_id.is_not(None)).distinct()).all()
    return grouping.hold_nights(session, [night for night in nights if night is not None])


def stand_anew(
    session: Session, captures: Collection[int], at: datetime, *, failed: Collection[int] = frozenset()
) -> None:
    """Write how these captures stand by their results and the verdicts that are awaited, and count their nights anew.

    `failed` are those of them that failed just now, should they neither have a result nor wait for a person.
    """
    if not captures:
        return
    session.flush()
    nights = hold_nights(session, captures)
    counts = (
        select(Result.detections_count)
        .where(Result.capture_id == Capture.id, COUNTS)
        .order_by(Result.created_at.desc(), Result.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    waits = (
        select(Item.id).join(Job, Job.id == Item.job_id).where(Item.capture_id == Capture.id, AWAITS_VERDICT).exists()
    )
    new = literal(at, UtcDateTime(timezone=True))
    fails = Capture.id.in_(among(session, list(failed)))
    session.execute(
        update(Capture)
        .where(Capture.id.in_(among(session, list(captures))))
        .values(
            processed_at=_since(counts.is_not(None), Capture.processed_at, new),
            stopped_at=_since(waits, Capture.stopped_at, new),
            failed_at=case((counts.is_not(None) | waits, null()), (fails, new), else_=Capture.failed_at),
            detections_count=func.coalesce(counts, 0),
        )
        .execution_options(synchronize_session=False)
    )
    grouping.recount_nights(session, nights)


def _since(holds: ColumnElement[bool], known: Any, new: ColumnElement[datetime]) -> ColumnElement[Any]:
    return case((holds, func.coalesce(known, new)), else_=null())


def _mark_processed(
    session: Session, found: Sequence[tuple[int, int]], nights: dict[int, Counter[str]], at: datetime
) -> None:
    new = as_table(session, found, capture=Whole, found=Whole)
    changes = (
        select(
            Capture.event_id,
            func.count(case((~STATES["done"], 1))).label("processed_count"),
            (-func.count(case((STATES["stopped"], 1)))).label("stopped_count"),
            (-func.count(case((STATES["failed"], 1)))).label("failed_count"),
            func.sum(new.c.found - Capture.detections_count).label("detections_count"),
        )
        .join(new, Capture.id == new.c.capture)
        .where(Capture.event_id.is_not(None))
        .group_by(Capture.event_id)
    )
    for event_id, *counts in session.execute(changes):
        names = ("processed_count", "stopped_count", "failed_count", "detections_count")
        nights[event_id].update({name: int(count) for name, count in zip(names, counts, strict=True)})
    session.execute(
        update(Capture)
        .where(Capture.id == new.c.capture)
        .values(processed_at=at, failed_at=None, detections_count=new.c.found)
        .execution_options(synchronize_session=False)
    )


def _mark_failed(session: Session, captures: Sequence[int], nights: dict[int, Counter[str]], at: datetime) -> None:
    """Only a capture that was not looked at before counts as one more."""
    newly = Capture.id.in_(captures) & STATES["open"]
    for event_id in session.scalars(select(Capture.event_id).where(newly)):
        if event_id is not None:
            nights[event_id]["failed_count"] += 1
    session.execute(update(Capture).where(newly).values(failed_at=at).execution_options(synchronize_session=False))
