"""Projects and stations, and what is to be known of a station: its zone, its place, its masks, its scale, its lamp."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import control
from engine.access import Actor
from engine.board import Board
from engine.captures.stations import open_station, zone_named
from engine.jobtypes.regroup import KEY as REGROUP
from engine.lab.asked import asked
from engine.refusals import Invalid, NotFound
from engine.requests import JobRequest
from models.captures import Deployment, Project

MOST_ZONES = 100
MOST_OFFSET_MIN = 14 * 60  # of any zone on earth
Name = Annotated[str, Field(min_length=1, max_length=255)]
Side = Annotated[float, Field(ge=0, le=100_000)]
Zone = tuple[Side, Side, Side, Side]
WORDS = {
    "name": "A station needs a name of 1 to 255 letters.",
    "clock_offset_min": "A camera that keeps its clock does so at -14:00 to +14:00 from UTC, in whole minutes.",
    "latitude": "The latitude is degrees north, from -90 to 90.",
    "longitude": "The longitude is degrees east, from -180 to 180.",
    "px_per_mm": "The scale is a number of pixels per mm above 0, up to 1000.",
    "lamp": "The lamp has up to 255 letters.",
    "device_notes": "The notes have up to 10,000 letters.",
}


class StationChanges(BaseModel):
    """Changes to a station; a field that is not set stays. Zones are [x1, y1, x2, y2] in px of the full picture.

    `clock_offset_min` is the minutes east of UTC at which the camera's clock is kept all year; None lets it go forward
    and back with the zone.
    """

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    timezone: str | None = None
    clock_offset_min: Annotated[int, Field(ge=-MOST_OFFSET_MIN, le=MOST_OFFSET_MIN)] | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    px_per_mm: Annotated[float, Field(gt=0, le=1000)] | None = None
    lamp: Annotated[str, Field(max_length=255)] | None = None
    device_notes: Annotated[str, Field(max_length=10_000)] | None = None
    mask_zones: Annotated[list[Zone], Field(max_length=MOST_ZONES)] | None = None

    @field_validator("timezone")
    @classmethod
    def _is_one(cls, name: str | None) -> str | None:
        if name is not None:
            zone_named(name)
        return name

    @field_validator("mask_zones")
    @classmethod
    def _from_corner_to_corner(cls, zones: list[Zone] | None) -> list[Zone] | None:
        """Each zone from its upper left corner to its lower right one, whichever way it was drawn."""
        if zones is None:
            return None
        turned = [(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)) for x1, y1, x2, y2 in zones]
        for number, (x1, y1, x2, y2) in enumerate(turned, 1):
            if x2 - x1 < 1 or y2 - y1 < 1:
                raise ValueError(f"Mask zone {number} has no area; give it two different corners or take it away.")
        return turned


OF_TIMES = frozenset({"timezone", "clock_offset_min"})  # what decides when captures were taken, and in which night
NEVER_NULL = frozenset({"name", "timezone", "lamp", "device_notes", "mask_zones"})


def changes_of(given: dict[str, Any]) -> StationChanges:
    """The changes that fields say. Raises Invalid with a sentence for each wrong one."""
    try:
        return StationChanges(**given)
    except ValidationError as error:
        wrong: dict[str, list[str]] = {}
        for each in error.errors():
            name = str(each["loc"][0])
            sentence = WORDS.get(name) or each["msg"].removeprefix("Value error, ")
            if name == "mask_zones" and len(each["loc"]) > 1:
                sentence = (
                    f"Mask zone {int(each['loc'][1]) + 1} needs four numbers from 0 on, in px of the full picture."
                )
            if sentence not in wrong.setdefault(name, []):
                wrong[name].append(sentence)
        raise Invalid(wrong) from None


def add_project(board: Board, actor: Actor, name: str, description: str = "") -> int:
    """A new project; its id. Raises Invalid for a name that is empty or taken."""
    name = name.strip()
    with asked(board, actor, "add a project", name=name), board.store.write() as session:
        if not 1 <= len(name) <= 255:
            raise Invalid({"name": ["A project needs a name of 1 to 255 letters."]})
        if session.scalars(select(Project.id).where(Project.name == name)).first() is not None:
            raise Invalid({"name": [f"There is a project {name} already; choose another name."]})
        project = Project(name=name, description=description)
        session.add(project)
        session.flush()
        return project.id


def add_station(board: Board, actor: Actor, project_id: int, name: str, timezone: str) -> int:
    """A new station of a project; its id. Raises NotFound and Invalid."""
    name = name.strip()
    with asked(board, actor, "add a station", project=project_id, name=name), board.store.write() as session:
        project = session.get(Project, project_id)
        if project is None:
            raise NotFound(f"There is no project {project_id}.")
        if not 1 <= len(name) <= 255:
            raise Invalid({"name": [WORDS["name"]]})
        _refuse_taken(session, project_id, name)
        return open_station(session, project.name, name, timezone.strip() or "UTC").id


def change_station(board: Board, actor: Actor, station_id: int, changes: StationChanges) -> int | None:
    """Change a station. Another zone or clock moves its nights: the id of the job that groups them anew, else None.

    Raises NotFound and Invalid.
    """
    wanted = {name: getattr(changes, name) for name in changes.model_fields_set}
    wanted = {name: value for name, value in wanted.items() if value is not None or name not in NEVER_NULL}
    with asked(board, actor, "change a station", station=station_id, changes=changes.model_dump(exclude_unset=True)):
        with board.store.write() as session:
            station = session.get(Deployment, station_id)
            if station is None:
                raise NotFound(f"There is no station {station_id}.")
            if wanted.get("name", station.name) != station.name:
                _refuse_taken(session, station.project_id, wanted["name"])
            moved = any(getattr(station, name) != wanted[name] for name in OF_TIMES & wanted.keys())
            if "mask_zones" in wanted:
                wanted["mask_zones"] = [list(zone) for zone in wanted["mask_zones"]]
            for name, value in wanted.items():
                setattr(station, name, value)
            request = JobRequest(
                name=f"Regroup {station.name}", project_id=station.project_id, type=REGROUP, deployment_id=station_id
            )
        return control.submit(board, actor, request, start_now=True).job_id if moved else None


def _refuse_taken(session: Session, project_id: int, name: str) -> None:
    taken = select(Deployment.id).where(Deployment.project_id == project_id, Deployment.name == name)
    if session.scalars(taken).first() is not None:
        raise Invalid({"name": [f"This project has a station {name} already; choose another name."]})
