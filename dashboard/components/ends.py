"""When jobs will be done, in words, from how fast they went."""

from collections.abc import Collection
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dashboard.components.times import clock, stamp
from models.queries.jobs import Eta

FAR, NEAR = timedelta(hours=12), timedelta(minutes=10)  # ahead: from here on with the day, up to here with seconds


def ends(eta: Eta, now: datetime, zone: ZoneInfo) -> tuple[str, str, str]:
    """(likely, earliest, latest) as exactly as they are known; the last one says the zone."""
    ahead = eta.high - now
    if ahead > FAR:
        return stamp(eta.finish_at, zone), stamp(eta.low, zone), stamp(eta.high, zone)
    seconds = ahead < NEAR
    likely, low = (clock(at, zone, seconds=seconds, told=False) for at in (eta.finish_at, eta.low))
    return likely, low, clock(eta.high, zone, seconds=seconds)


def done_about(eta: Eta, now: datetime, zone: ZoneInfo) -> str:
    """Done at about 06:36 (06:33 to 06:41 CET)."""
    likely, low, high = ends(eta, now, zone)
    return f"done {'' if eta.high - now > FAR else 'at '}about {likely} ({low} to {high})"


def all_done(etas: Collection[Eta], running: int) -> Eta | None:
    """When the last of the jobs that run will be done; None unless something tells of each of them."""
    if not etas or len(etas) != running:
        return None
    return Eta(*(max(getattr(eta, name) for eta in etas) for name in ("finish_at", "low", "high")))
