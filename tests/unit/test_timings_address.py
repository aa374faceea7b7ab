"""The address of the timings, and those of the jobs behind a bar."""

from datetime import UTC, date, datetime
from urllib.parse import parse_qsl, urlsplit

from dashboard.pages.jobs import address as jobs_address
from dashboard.pages.jobs.language import Reader, meaning
from dashboard.pages.timings import address
from models.queries.job_bounds import Bound
from models.queries.job_filter import JobFilter
from models.queries.timings import TimingFilter
from models.queries.vocabulary import Words

WORDS = Words(stations=((3, "Bog"),), types=("ml",), workers=("lab-1", "pull:abc"))


def test_an_address_says_the_whole_filter() -> None:
    where = TimingFilter(("ml",), (0, 2), (3,), ("lab-1", "pull:abc"), date(2026, 8, 1), date(2026, 8, 7))
    assert address.read(address.write(where)) == where
    assert address.write(TimingFilter()) == {}


def test_the_jobs_behind_a_bar_are_those_of_its_times_and_of_its_filter() -> None:
    where = TimingFilter(type=("ml",), deployment_id=(3,), worker=("pull:abc",))
    link = urlsplit(address.jobs_behind(where, "queue", 1_000.4, 2_000.6))
    asked = jobs_address.read(dict(parse_qsl(link.query)), WORDS)
    assert link.path == "/jobs"
    assert meaning(asked.text, Reader(WORDS, "otto", datetime(2026, 8, 9, tzinfo=UTC))) == JobFilter(
        type=("ml",),
        deployment_id=(3,),
        worker=("pull:abc",),
        bounds=(Bound("queue_ms", ">=", 1001), Bound("queue_ms", "<=", 2000)),
    )
