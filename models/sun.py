"""Sunset and sunrise of a night at a station, by astral's solar equations (about a minute exact)."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from astral import Observer
from astral.sun import sunrise, sunset

from models.nights import ONE_DAY


def sunset_of(night: date, latitude: float, longitude: float, zone: ZoneInfo) -> datetime | None:
    """When the sun sets in the evening of a night, UTC; None where it does not set on that day."""
    try:
        return sunset(Observer(latitude, longitude), date=night, tzinfo=zone).astimezone(UTC)
    except ValueError:
        return None


def sunrise_of(night: date, latitude: float, longitude: float, zone: ZoneInfo) -> datetime | None:
    """When the sun rises in the morning that ends a night, UTC; None where it does not rise on that day."""
    try:
        return sunrise(Observer(latitude, longitude), date=night + ONE_DAY, tzinfo=zone).astimezone(UTC)
    except ValueError:
        return None
