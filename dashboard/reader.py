"""Where the reader is: the time zone of their browser, which assets/js/zone.js puts in a cookie."""

from zoneinfo import ZoneInfo

from flask import request

from dashboard.components.times import zone_of


def reader_zone() -> ZoneInfo:
    """The zone of whoever makes this request; UTC as long as it is not known."""
    return zone_of(request.cookies.get("zone", "UTC").replace("%2F", "/"))
