"""Shows the demonstration: draws it into the home, takes it in, and has real workers process it."""

from datetime import UTC, datetime

from sqlalchemy import select

from engine import control, pipelines
from engine.access import Actor
from engine.board import Board
from engine.captures.ingest import ingest
from engine.captures.stations import open_station
from engine.demo.draw import draw_demonstration
from engine.demo.stations import STATIONS
from engine.requests import JobRequest
from models.captures import Event
from models.nights import ONE_DAY, last_night_of
from models.people import Role

PROJECT = "Demonstration"


def show(board: Board, every: int = 1) -> list[int]:
    """Draw, take in and submit one ml job for each night, oldest first; the ids of the jobs.

    `every` draws only each n-th capture, for a quick look.
    """
    folder = board.settings.home / "demonstration"
    last = last_night_of(datetime.now(UTC), (station.timezone for station in STATIONS))
    assert last is not None  # there are stations
    draw_demonstration(folder, today=last + ONE_DAY, every=every)
    stations = []
    for station in STATIONS:
        with board.store.write() as session:
            row = open_station(session, PROJECT, station.name, station.timezone, station.latitude, station.longitude)
            stations.append((row.id, row.project_id))
        for _ in ingest(board.store, row.id, folder / station.folder):
            pass
    return [job for project in {project for _, project in stations} for job in _process(board, project)]


def _process(board: Board, project_id: int) -> list[int]:
    engine = Actor("demonstration", Role.OPERATOR, "engine")
    with board.store.write() as session:
        pipeline_id = pipelines.ensure_embedded(session).id
        nights = session.scalars(select(Event).join(Event.deployment).order_by(Event.night, Event.deployment_id)).all()
        requests = [
            JobRequest(
                name=f"{night.deployment.name}, {night.night:%-d %b}",
                project_id=project_id,
                event_id=night.id,
                deployment_id=night.deployment_id,
                pipeline_id=pipeline_id,
                shuffle=False,
                tags=["demonstration"],
            )
            for night in nights
            if night.deployment.project_id == project_id
        ]
    return [control.submit(board, engine, request, start_now=True).job_id for request in requests]
