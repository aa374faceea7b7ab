"""Captures into nights: making the rows of nights, counting them anew, and regrouping a station's whole history."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import case, delete, exists, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine.captures.folders import BLOCK
from engine.captures.stations import zone_named
from engine.captures.walls import walls_of
from models.base import Base
from models.captures import STATES, Capture, Deployment, Event, Source
from models.jobs import Job, JobNight
from models.nights import Clocks, expected_count, gaps
from models.revisions import bury, touch
from models.store import Store


def insert_into(session: Session, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
    """An insert in the dialect of the session's database, since `ON CONFLICT` is no part of the common one."""
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    return postgresql.insert(table) if on_postgresql else sqlite.insert(table)


def zone_of(session: Session, deployment_id: int) -> ZoneInfo:
    """The time zone of a station."""
    return clocks_of(session, deployment_id).zone


def clocks_of(session: Session, deployment_id: int) -> Clocks:
    """The time zone of a station, and how its camera's clock goes."""
    columns = select(Deployment.timezone, Deployment.clock_offset_min).where(Deployment.id == deployment_id)
    row = session.execute(columns).one()
    return Clocks(zone_named(row.timezone), row.clock_offset_min)


def open_nights(session: Session, deployment_id: int, nights: Iterable[date]) -> dict[date, int]:
    """The ids of these nights of a station, made where they are new; two ingests at once make each once."""
    wanted = sorted(set(nights))
    if not wanted:
        return {}
    session.execute(
        insert_into(session, Event).on_conflict_do_nothing(index_elements=["deployment_id", "night"]),
        [{"deployment_id": deployment_id, "night": night} for night in wanted],
    )
    known = select(Event.night, Event.id).where(Event.deployment_id == deployment_id, Event.night.in_(wanted))
    return {row.night: row.id for row in session.execute(known)}


def refresh_nights(session: Session, event_ids: Iterable[int]) -> None:
    """Count these nights anew from their captures: first, last, counts, gaps; pages see the change.

    The nights are locked in the order of their ids, so that two ingests into one night both end in the whole count.
    """
    _write_anew(session, event_ids, lambda event_id: _counted(session, event_id) | _timed(session, event_id))


def recount_nights(session: Session, event_ids: Iterable[int]) -> None:
    """Count anew how the captures of these nights stand, where no capture came, went or has another time."""
    _write_anew(session, event_ids, lambda event_id: _counted(session, event_id))


def hold_nights(session: Session, event_ids: Iterable[int]) -> list[int]:
    """Lock these nights in the order of their ids, which are returned."""
    ids = sorted(set(event_ids))
    session.execute(select(Event.id).where(Event.id.in_(ids)).order_by(Event.id).with_for_update()).all()
    return ids


def _write_anew(session: Session, event_ids: Iterable[int], values: Callable[[int], dict[str, Any]]) -> None:
    ids = hold_nights(session, event_ids)
    for event_id in ids:
        session.execute(update(Event).where(Event.id == event_id).values(values(event_id)))
    if ids:
        touch(session, Event, *ids)


def _counted(session: Session, event_id: int) -> dict[str, Any]:
    query = select(
        func.count().label("captures_count"),
        func.count(case((STATES["done"], 1))).label("processed_count"),
        func.count(case((STATES["stopped"], 1))).label("stopped_count"),
        func.count(case((STATES["failed"], 1))).label("failed_count"),
        func.coalesce(func.sum(Capture.detections_count), 0).label("detections_count"),
    )
    return dict(session.execute(query.where(Capture.event_id == event_id)).one()._mapping)


def _timed(session: Session, event_id: int) -> dict[str, Any]:
    of_night = (Capture.event_id == event_id, Capture.taken_at.is_not(None))
    at = session.scalars(select(Capture.taken_at).where(*of_night).order_by(Capture.taken_at))
    times = [taken_at for taken_at in at if taken_at is not None]
    return {
        "first_at": times[0] if times else None,
        "last_at": times[-1] if times else None,
        "expected_count": expected_count(times),
        "gaps": [{"start": gap.start.isoformat(), "end": gap.end.isoformat()} for gap in gaps(times)],
    }


@dataclass(frozen=True)
class Moves:
    """What a block of a station's captures should be: new times and nights by capture, and the nights they leave."""

    deployment_id: int
    seen: int
    after: int  # the last capture's id, where the next block begins
    times: list[dict[str, Any]]  # id, taken_at, night of each capture whose time or night is another
    left: frozenset[int]  # event ids
    walls: list[dict[str, Any]] = field(default_factory=list)  # id, wall_at of each that it was not known of


def regroup(store: Store, deployment_id: int, after: int = 0) -> Iterator[Moves]:
    """Bring all captures of a station into the nights of its present zone; yields each block when it has landed.

    What the camera's clock showed is put into its present zone or offset, so that one which was wrong at the ingest is
    mended wherever the files lie. It may stop after any block and go on with that block's ``after``. Nights that are
    empty at the end are deleted.
    """
    while (moves := examine_times(store, deployment_id, after)).seen:
        with store.write() as session:
            land_moves(session, moves)
        after = moves.after
        yield moves
    with store.write() as session:
        drop_empty_nights(session, deployment_id)


def examine_times(store: Store, deployment_id: int, after: int) -> Moves:
    """What to change in the block of captures behind the id ``after``; writes nothing.

    What the clock showed stands with each capture. Of those from before it did, it is read from the files once.
    """
    columns = (
        Capture.id,
        Capture.path,
        Capture.taken_at,
        Capture.time_source,
        Capture.wall_at,
        Capture.event_id,
        Event.night,
        Source.url,
    )
    with store.read() as session:
        clocks = clocks_of(session, deployment_id)
        rows = session.execute(
            select(*columns)
            .join(Source, Capture.source_id == Source.id)
            .join(Event, Capture.event_id == Event.id, isouter=True)
            .where(Capture.deployment_id == deployment_id, Capture.id > after)
            .order_by(Capture.id)
            .limit(BLOCK)
        ).all()
    times: list[dict[str, Any]] = []
    left: set[int | None] = set()
    read = walls_of(rows)
    for row in rows:
        wall = read.get(row.id, row.wall_at)
        taken_at = row.taken_at if wall is None else clocks.utc(wall)
        night = None if taken_at is None else clocks.night(taken_at)
        if (taken_at, night) != (row.taken_at, row.night):
            times.append({"id": row.id, "taken_at": taken_at, "night": night})
            left.add(row.event_id)
    return Moves(
        deployment_id,
        len(rows),
        rows[-1].id if rows else after,
        times,
        frozenset(night for night in left if night),
        [{"id": id_, "wall_at": wall} for id_, wall in read.items()],
    )


def land_moves(session: Session, moves: Moves) -> None:
    """Write what ``examine_times`` found, and count the nights that lost or won captures."""
    ids = open_nights(session, moves.deployment_id, (move["night"] for move in moves.times if move["night"]))
    rows = [
        {"id": move["id"], "taken_at": move["taken_at"], "event_id": ids.get(move["night"])} for move in moves.times
    ]
    if rows:
        session.execute(update(Capture), rows)
    if moves.walls:
        session.execute(update(Capture), moves.walls)
    refresh_nights(session, moves.left | {row["event_id"] for row in rows if row["event_id"]})


def drop_empty_nights(session: Session, deployment_id: int) -> None:
    """Delete the station's nights without captures; one that a job was run over stays, so that the job can be read."""
    held = exists().where(Job.event_id == Event.id) | exists().where(JobNight.event_id == Event.id)
    filled = exists().where(Capture.event_id == Event.id)
    empty = session.scalars(select(Event.id).where(Event.deployment_id == deployment_id, ~filled, ~held)).all()
    session.execute(delete(Event).where(Event.id.in_(empty)))
    for event_id in empty:
        bury(session, Event, event_id)
