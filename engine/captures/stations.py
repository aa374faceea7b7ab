"""Stations and the sources that their captures lie in."""

from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.captures import Deployment, Project, Source


class BadStation(ValueError):
    """What was said of a station cannot be, or is not what is known of it; the sentence names it."""


def zone_named(name: str) -> ZoneInfo:
    """The time zone of an IANA name. Raises BadStation if there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadStation(f"There is no time zone {name!r}; give one such as Europe/Copenhagen or UTC.") from None


def open_station(
    session: Session,
    project: str,
    station: str,
    timezone: str | None = None,
    latitude: float | None = None,
    longitude: float | None = None,
) -> Deployment:
    """The station of this name in the project, both made if they are new; a new station without a zone has UTC.

    A place that is not known yet is filled in. Raises BadStation for a zone or a place that cannot be, and for a zone
    that differs from the one the station has, because its nights stand in that one.
    """
    if timezone is not None:
        zone_named(timezone)
    _check_degrees("latitude", latitude, 90)
    _check_degrees("longitude", longitude, 180)
    found = session.scalars(
        select(Deployment).join(Project).where(Project.name == project, Deployment.name == station)
    ).one_or_none()
    if found is None:
        found = Deployment(project=_open_project(session, project), name=station, timezone=timezone or "UTC")
        session.add(found)
    elif timezone not in (None, found.timezone):
        raise BadStation(
            f"The station {station} has the time zone {found.timezone}, not {timezone}; leave the zone out, "
            "or change it in the station's settings and regroup its nights."
        )
    found.latitude = found.latitude if latitude is None else latitude
    found.longitude = found.longitude if longitude is None else longitude
    session.flush()
    return found


def open_source(session: Session, deployment_id: int, root: Path | str) -> None:
    """Make sure that a source of the station holds ``root``: an absolute path without links, or an address.

    A folder inside a source that is known needs none of its own, so that its captures keep the rows they have.
    """
    if place(sources_of(session, deployment_id), f"{root}/") is None:
        session.add(Source(deployment_id=deployment_id, url=str(root)))
        session.flush()


def sources_of(session: Session, deployment_id: int) -> list[tuple[int, str]]:
    """Id and folder or address of each source of a station, oldest first."""
    rows = session.execute(select(Source.id, Source.url).filter_by(deployment_id=deployment_id).order_by(Source.id))
    return [(row.id, row.url) for row in rows]


def place(sources: list[tuple[int, str]], path: str) -> tuple[int, str] | None:
    """The oldest source that holds this absolute path, by its id, and that source's folder with a ``/`` at its end."""
    folders = ((source_id, url.rstrip("/") + "/") for source_id, url in sources)
    return next(((source_id, folder) for source_id, folder in folders if path.startswith(folder)), None)


def _open_project(session: Session, name: str) -> Project:
    found = session.scalars(select(Project).where(Project.name == name)).one_or_none()
    if found is None:
        found = Project(name=name)
        session.add(found)
    return found


def _check_degrees(what: str, value: float | None, limit: int) -> None:
    if value is not None and not -limit <= value <= limit:
        raise BadStation(f"The {what} must be degrees from -{limit} to {limit}, not {value}.")
