"""Times and durations for people. Every clock time says its zone."""

from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from dash import html
from dash.development.base_component import Component

from dashboard.components.counts import counted
from models import nights

# What tells when a capture was taken, by its `time_source`.
TOLD_BY = {
    "name": "from the file's name",
    "exif": "from EXIF",
    "file": "from the file itself, a last resort",
}


zone_of = nights.zone_of


def zone_name(at: datetime, zone: ZoneInfo) -> str:
    """The zone as people write it then: CEST, UTC, or UTC−3 where it has no letters."""
    name = at.astimezone(zone).tzname() or "UTC"
    if name[0] not in "+-":
        return name
    hours, minutes = name[1:3].lstrip("0") or "0", name[3:5]
    return f"UTC{'−' if name[0] == '-' else '+'}{hours}{f':{minutes}' if minutes else ''}"


def clock(at: datetime | None, zone: ZoneInfo, *, seconds: bool = False, told: bool = True) -> str:
    """22:14 CEST. `told=False` leaves the zone out where the heading says it."""
    if at is None:
        return "–"
    text = at.astimezone(zone).strftime("%H:%M:%S" if seconds else "%H:%M")
    return f"{text} {zone_name(at, zone)}" if told else text


def stamp(at: datetime | None, zone: ZoneInfo) -> str:
    """3 Aug 2026, 22:14 CEST."""
    return "–" if at is None else f"{day(at.astimezone(zone).date())}, {clock(at, zone)}"


def day(at: date) -> str:
    """3 Aug 2026."""
    return f"{at.day} {at.strftime('%b %Y')}"


@lru_cache(maxsize=4096)  # a board names each night once for each station
def night_name(night: date) -> str:
    """The night of an evening, with both its days: 3–4 Aug 2026."""
    morning = date.fromordinal(night.toordinal() + 1)
    if night.month == morning.month:
        return f"{night.day}–{morning.day} {morning.strftime('%b %Y')}"
    first = f"{night.day} {night.strftime('%b' if night.year == morning.year else '%b %Y')}"
    return f"{first} – {day(morning)}"


def counted_nights(number: int, kind: str = "") -> str:
    """12 nights, or with a kind of "missed " 12 missed nights."""
    return counted(number, f"{kind}night")


def moment(at: datetime | None, zone: ZoneInfo, *, now: datetime | None = None) -> Component:
    """A <time>: how long ago if `now` is given, else the full stamp; the full stamp in UTC as its title."""
    if at is None:
        return html.Span("–")
    text = ago(at, now) if now is not None else stamp(at, zone)
    title = stamp(at, zone) if now is not None else stamp(at, ZoneInfo("UTC"))
    return html.Time(text, dateTime=at.astimezone(UTC).isoformat(), title=title)


def ago(at: datetime, now: datetime) -> str:
    seconds = (now - at).total_seconds()
    if seconds < 10:
        return "just now"
    return f"{duration(seconds * 1000)} ago"


UNITS = (("d", 86_400, "h", 3_600), ("h", 3_600, "min", 60), ("min", 60, "s", 1))


def estimate(ms: float) -> str:
    """A guess, in whole seconds and at least one: 8 s, 1 min 21 s."""
    return duration(1000 * max(1, round(ms / 1000))).replace(".0 s", " s")


def duration(ms: float | None) -> str:
    """Milliseconds as people say them: 340 ms, 4.2 s, 3 min 12 s, 2 h 5 min, 3 d 4 h; a dash for None."""
    if ms is None:
        return "–"
    if ms < 1000:
        return f"{ms:.0f} ms"
    if ms < 10_000:
        return f"{ms / 1000:.1f} s"
    for big, size, small, part in UNITS:
        parts = round(ms / 1000 / part)
        if parts * part >= size:
            whole, rest = divmod(parts, size // part)
            return f"{whole} {big} {rest} {small}" if rest else f"{whole} {big}"
    return f"{ms / 1000:.0f} s"
