"""How long each camera worked in each night, as plain rows: what counts of animals are divided by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.captures import Deployment, Event
from models.nights import Gap, Watch, effort, gaps_of, watched
from models.queries.ranges import within


@dataclass(frozen=True)
class EffortRow:
    """The effort of one night at one station. Times are UTC.

    `hours` is the time between captures that follow each other within 3 usual intervals; the rest are `gaps`.
    `expected` is how many captures the usual interval would have made from the first to the last.
    """

    event_id: int
    station_id: int
    station: str
    timezone: str
    night: date
    first_at: datetime | None
    last_at: datetime | None
    captures: int
    expected: int
    gaps: tuple[Gap, ...]

    @property
    def hours(self) -> float:
        return effort(self.first_at, self.last_at, self.gaps).total_seconds() / 3600

    @property
    def watched(self) -> list[Watch]:
        """The stretches in which the camera worked, in the order of time."""
        return watched(self.first_at, self.last_at, self.gaps)


def by_night(
    session: Session,
    project_id: int | None = None,
    first: date | None = None,
    last: date | None = None,
    stations: Sequence[int] | None = None,
) -> list[EffortRow]:
    """The effort of each night from `first` to `last`, both included, by night and station."""
    query = (
        select(Event, Deployment.name, Deployment.timezone)
        .join(Deployment, Deployment.id == Event.deployment_id)
        .order_by(Event.night, Deployment.name, Event.id)
    )
    if project_id is not None:
        query = query.where(Deployment.project_id == project_id)
    if stations is not None:
        query = query.where(Event.deployment_id.in_(stations))
    query = query.where(*within(Event.night, first, last))
    return [_row(event, station, timezone) for event, station, timezone in session.execute(query)]


def of_night(session: Session, event_id: int) -> EffortRow | None:
    """The effort of one night, or None when there is no such event."""
    query = select(Event, Deployment.name, Deployment.timezone).join(Deployment, Deployment.id == Event.deployment_id)
    row = session.execute(query.where(Event.id == event_id)).first()
    return _row(*row) if row else None


def _row(event: Event, station: str, timezone: str) -> EffortRow:
    return EffortRow(
        event_id=event.id,
        station_id=event.deployment_id,
        station=station,
        timezone=timezone,
        night=event.night,
        first_at=event.first_at,
        last_at=event.last_at,
        captures=event.captures_count,
        expected=event.expected_count,
        gaps=gaps_of(event.gaps),
    )
