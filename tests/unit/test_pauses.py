"""What is paused, and how the engine is, in words, by plain rows."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard.components.pauses import all_paused, paused_since
from dashboard.live import health_lines
from models.operations import Queue
from models.queries.changes import Health
from models.queries.queues import Pause

AT = datetime(2026, 11, 29, 5, 51, tzinfo=UTC)
COPENHAGEN = ZoneInfo("Europe/Copenhagen")
EVERYTHING = Pause(Queue.ALL, 0, "", AT, "otto")
BOG = Pause(Queue.STATION, 2, "Bog", AT, None)


def test_a_pause_says_what_by_whom_and_since_when() -> None:
    told = paused_since(EVERYTHING, COPENHAGEN, AT + timedelta(hours=1))
    assert told == "all work is paused by otto since 06:51 CET"
    days_later = paused_since(BOG, COPENHAGEN, AT + timedelta(days=2))
    assert days_later == "the queue of the station Bog is paused since 29 Nov 2026, 06:51 CET"


def test_of_several_pauses_that_of_all_work_is_told() -> None:
    assert all_paused([]) == ""
    assert all_paused([EVERYTHING, BOG]) == "all work is paused by otto"
    assert all_paused([BOG, Pause(Queue.PIPELINE, 1, "Embedded detector", AT, None)]) == "2 queues are paused"


@pytest.mark.parametrize(
    ("workers", "busy", "stopped", "tone", "words"),
    [
        (2, 0, 0, "quiet", "2 workers idle"),
        (2, 1, 0, "quiet", "2 workers, 1 busy"),
        (1, 0, 1, "quiet", "1 worker idle, 1 stopped"),
        (1, 1, 2, "quiet", "1 worker, 1 busy, 2 stopped"),
        (0, 0, 2, "bad", "2 workers stopped; start one in Workers"),
        (0, 0, 0, "bad", "No worker; start one with: nightboard worker"),
    ],
)
def test_a_stopped_worker_is_not_idle(workers: int, busy: int, stopped: int, tone: str, words: str) -> None:
    now = Health(workers, busy, 0, 0, 0, 0, 0, stopped=stopped)
    assert health_lines(now, queue_alive=True)[0] == (tone, "cpu", words)


def test_the_health_of_the_engine_tells_a_pause() -> None:
    now = Health(2, 0, 0, 0, 3, 0, 0, (EVERYTHING,))
    assert ("hold", "pause", "All work is paused by otto; Workers lets it go on") in health_lines(now, queue_alive=True)
