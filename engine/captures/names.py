"""What the name of a file tells: whether it is a picture, and the time at which the camera took it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".webp"})

FIRST_YEAR, LAST_YEAR = 1990, 2100
TWO_DIGIT_YEARS = range(50)  # 2000 to 2049: cameras that write two digits are younger than this, serial numbers are not

_DATE = r"(?P<year>[0-9]{4})(?P<between>[-_.]?)(?P<month>[0-9]{2})(?P=between)(?P<day>[0-9]{2})"
_TIME = (
    r"(?P<hour>[0-9]{2})(?P<colon>[-_.:]?)(?P<minute>[0-9]{2})(?:(?P=colon)(?P<second>[0-9]{2})(?P<milli>[0-9]{3})?)?"
)
_ALONE = r"(?<![0-9]){}(?P<zulu>[Zz](?![A-Za-z]))?(?![0-9])"
_CLOCK = r"(?P<hour>[0-9]{2})(?P<minute>[0-9]{2})"

# In this order, because the earlier ones leave less room for chance.
_PATTERNS = tuple(
    re.compile(_ALONE.format(pattern))
    for pattern in (
        rf"(?P<year>[0-9]{{4}})(?P<month>[0-9]{{2}})(?P<day>[0-9]{{2}}){_CLOCK}(?P<second>[0-9]{{2}})(?P<milli>[0-9]{{3}})?",
        rf"{_DATE}(?:[-_. ]{{1,3}}|[-_ ]?[Tt]){_TIME}",
        rf"(?P<year>[0-9]{{4}})(?P<month>[0-9]{{2}})(?P<day>[0-9]{{2}}){_CLOCK}",
        rf"(?P<short_year>[0-9]{{2}})(?P<month>[0-9]{{2}})(?P<day>[0-9]{{2}}){_CLOCK}(?P<second>[0-9]{{2}})",
    )
)


def is_picture(name: str) -> bool:
    """True if a file of this name is a capture: a picture's suffix in any case, and not a hidden file.

    Files that start with a dot are hidden; the ``._NAME.jpg`` that macOS leaves on a card are among them.
    """
    stem, dot, suffix = name.rpartition(".")
    return bool(stem) and not name.startswith(".") and (dot + suffix).lower() in PICTURE_SUFFIXES


def time_from_name(path: str) -> datetime | None:
    """The time in the last part of the path, or None: naive wall time of the camera, to the second or millisecond.

    The forms are tried in this order, each from left to right, and the first that is a date of the calendar in
    1990–2100 wins:

    1. 14 digits (``20220810232637``), or 17 with milliseconds;
    2. date and time with separators, seconds optional (``2022-08-10_23-26-37``, ``20220810T2326``,
       ``2022_08_10__22_37_01``);
    3. 12 digits as YYYYMMDDhhmm (``202208102326``);
    4. 12 digits as yymmddhhmmss (``220810232637``), years 2000–2049.

    A run of digits counts only as a whole, so that a serial number is not cut into a time. A ``Z`` right behind the
    time means UTC: then the result is aware. Folder names are never read, since a folder's date has no time.
    """
    name = re.split(r"[/\\]", path)[-1]
    return next(_times(name), None)


def _times(name: str) -> Iterator[datetime]:
    for pattern in _PATTERNS:
        for match in pattern.finditer(name):
            time = _plausible(match)
            if time is not None:
                yield time


def _plausible(match: re.Match[str]) -> datetime | None:
    part = match.groupdict()
    if part.get("short_year") is None:
        year = int(part["year"])
    elif int(part["short_year"]) in TWO_DIGIT_YEARS:
        year = 2000 + int(part["short_year"])
    else:
        return None
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    month, day, hour, minute = (int(part[key]) for key in ("month", "day", "hour", "minute"))
    second, milli = int(part.get("second") or 0), int(part.get("milli") or 0)
    try:
        return datetime(year, month, day, hour, minute, second, milli * 1000, tzinfo=UTC if part["zulu"] else None)
    except ValueError:
        return None
