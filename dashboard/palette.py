"""What the command palette finds beyond the page: stations and recent jobs, by words of their names."""

from dataclasses import asdict, dataclass

from flask import Flask, Response, jsonify, request
from sqlalchemy.orm import Session

from dashboard.components.pills import face_of
from dashboard.page import address
from engine.board import Board
from models.queries import jobs
from models.queries.job_filter import MOST_WORDS, JobFilter
from models.queries.jobs import JobRow
from models.queries.scope import stations

STATIONS, JOBS = 5, 8  # at most so many are offered
LONGEST = 200


@dataclass(frozen=True)
class Found:
    """A line of the palette: what it is, its icon, something small beside it, and where it leads."""

    group: str
    words: str
    about: str
    icon: str
    href: str


def register(server: Flask, board: Board) -> None:
    """The address that the palette asks as one types."""

    @server.get("/palette")
    def palette() -> Response:
        text = request.args.get("text", "")[:LONGEST].strip()
        with board.store.read() as session:
            response = jsonify(found=[asdict(each) for each in find(session, text)])
        response.headers["Cache-Control"] = "private, no-store"
        return response


def find(session: Session, text: str) -> list[Found]:
    """Stations and jobs whose names have these words; without words some stations and the latest jobs."""
    words = text.lower().split()
    named = [(key, name) for key, name in stations(session) if all(word in name.lower() for word in words)]
    recent = jobs.page(session, JobFilter(words=tuple(text.split()[:MOST_WORDS])), limit=JOBS)
    return [*(_station(key, name) for key, name in named[:STATIONS]), *(_job(row) for row in recent)]


def _station(key: int, name: str) -> Found:
    return Found("Stations", name, "its jobs", "icon icon-map-pin", address("/jobs", station=key))


def _job(row: JobRow) -> Found:
    face = face_of(row.status, row.requested, row.failed)
    return Found("Jobs", row.name, face.word, f"icon icon-{face.icon} tone-{face.tone}", f"/jobs/{row.id}")
