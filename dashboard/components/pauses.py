"""Paused queues in words: what is paused, by whom and since when."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dashboard.components.times import clock, stamp
from models.operations import Queue
from models.queries.queues import Pause

TODAY = timedelta(hours=20)  # so long a clock's time says when


def paused(pause: Pause) -> str:
    """All work is paused by otto; the queue of the station Bog is paused."""
    what = "all work" if pause.queue is Queue.ALL else f"the queue of the {pause.queue} {pause.name}"
    return f"{what} is paused{f' by {pause.by}' if pause.by else ''}"


def paused_since(pause: Pause, zone: ZoneInfo, at: datetime) -> str:
    """The same with its time: all work is paused by otto since 06:51 CET."""
    said = clock if at - pause.since < TODAY else stamp
    return f"{paused(pause)} since {said(pause.since, zone)}"


def all_paused(pauses: Sequence[Pause]) -> str:
    """What is paused of all queues, in a few words, that of all work alone where it is; "" when nothing is."""
    if not pauses:
        return ""
    return paused(pauses[0]) if len(pauses) == 1 or pauses[0].queue is Queue.ALL else f"{len(pauses)} queues are paused"
