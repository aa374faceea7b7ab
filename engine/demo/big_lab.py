"""A large lab without a single picture: projects, stations and their nights, collections, pipelines and people."""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from models.captures import Capture, Collection, CollectionCapture, Deployment, Event, Project, Source
from models.people import Role, User
from models.pipelines import Pipeline

PROJECTS = ("Coast", "Insectarium de Montréal", "Students", "Uplands")
PLACES = ("Birch wood", "Bog", "Dune", "Farm", "Fen edge", "Garden", "Harbour", "Heath", "Hill", "Lake shore")
PARTS = ("centre", "east", "lamp 1", "lamp 2", "new", "north", "old", "south", "upper", "west")
SAMPLES = ("All of", "Random from", "End of every night at", "Largest files of")
PIPELINES = ("Nordic moths", "Panama moths", "Quality check", "Quebec & Vermont moths", "Random species")
PEOPLE = ("astrid", "bo", "camille", "dinh", "emeka")
CAPTURES = 40  # of each station, in its last night


@dataclass(frozen=True)
class Named:
    """Something of a project that jobs are about."""

    id: int
    project_id: int
    name: str


@dataclass
class BigLab:
    """What jobs are about. `nights` has, day by day from the oldest, the night of each station."""

    stations: list[Named] = field(default_factory=list)
    nights: list[list[int]] = field(default_factory=list)
    collections: list[Named] = field(default_factory=list)
    captures: list[Named] = field(default_factory=list)
    pipelines: list[int] = field(default_factory=list)
    people: list[int] = field(default_factory=list)


def build(session: Session, chance: random.Random, today: date, days: int) -> BigLab:
    """Write the lab down; its last night ended this morning."""
    lab = BigLab()
    projects = [Project(name=name) for name in PROJECTS]
    pipelines = [Pipeline(slug=_slug(name), name=name, kind="nothing", version_name="v1") for name in PIPELINES]
    people = [User(name=name, role=Role.OPERATOR) for name in PEOPLE]
    session.add_all([*projects, *pipelines, *people])
    session.flush()
    lab.pipelines = [row.id for row in pipelines]
    lab.people = [row.id for row in people]
    stations = [
        Deployment(project_id=projects[number % len(projects)].id, name=f"{place}, {part}", timezone="UTC")
        for number, (place, part) in enumerate((place, part) for place in PLACES for part in PARTS)
    ]
    session.add_all(stations)
    session.flush()
    lab.stations = [Named(row.id, row.project_id, row.name) for row in stations]
    _nights(session, lab, chance, today, days)
    _captures(session, lab, today)
    _collections(session, lab)
    return lab


def _nights(session: Session, lab: BigLab, chance: random.Random, today: date, days: int) -> None:
    """Oldest first, and in each the stations in their order, so that their ids follow on from each other."""
    evenings = [datetime.combine(today - timedelta(days=day), time(21), UTC) for day in range(days, 0, -1)]
    rows = [
        _night(station.id, evening, chance.randint(200, 700), chance.random())
        for evening in evenings
        for station in lab.stations
    ]
    session.execute(insert(Event), rows)
    ids = list(session.scalars(select(Event.id).order_by(Event.id)))
    lab.nights = [ids[at : at + len(lab.stations)] for at in range(0, len(ids), len(lab.stations))]


def _night(station_id: int, evening: datetime, captures: int, luck: float) -> dict[str, Any]:
    return {
        "deployment_id": station_id,
        "night": evening.date(),
        "first_at": evening,
        "last_at": evening + timedelta(hours=8),
        "captures_count": captures,
        "expected_count": captures + int(luck * 30),
        "processed_count": captures if luck > 0.05 else int(captures * 0.9),
        "failed_count": 0 if luck > 0.2 else int(captures * 0.02),
        "detections_count": int(captures * 12 * luck),
    }


def _captures(session: Session, lab: BigLab, today: date) -> None:
    evening = datetime.combine(today - timedelta(days=1), time(21), UTC)
    for number, station in enumerate(lab.stations):
        source = Source(deployment_id=station.id, url=f"/nowhere/{station.id}")
        session.add(source)
        session.flush()
        rows = [
            Capture(
                deployment_id=station.id,
                source_id=source.id,
                event_id=lab.nights[-1][number],
                path=f"{at:%Y%m%d%H%M%S}.jpg",
                taken_at=at,
                size_bytes=2_400_000,
                width=4096,
                height=2160,
            )
            for at in (evening + timedelta(minutes=12 * step) for step in range(CAPTURES))
        ]
        session.add_all(rows)
        session.flush()
        lab.captures += [Named(row.id, station.project_id, station.name) for row in rows]


def _collections(session: Session, lab: BigLab) -> None:
    members: list[dict[str, int]] = []
    for number, station in enumerate(lab.stations):
        mine = lab.captures[number * CAPTURES : (number + 1) * CAPTURES]
        for sample in SAMPLES:
            row = Collection(project_id=station.project_id, name=f"{sample} {station.name}", captures_count=len(mine))
            session.add(row)
            session.flush()
            members += [
                {"collection_id": row.id, "capture_id": each.id, "position": at} for at, each in enumerate(mine)
            ]
            lab.collections.append(Named(row.id, row.project_id, row.name))
    session.execute(insert(CollectionCapture), members)


def _slug(name: str) -> str:
    return name.lower().replace(" & ", "_").replace(" ", "_")
