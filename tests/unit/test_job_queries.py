"""Reading jobs: windows, filters, clocks that still run, logs, items, progress and the time that is left."""

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, insert
from sqlalchemy.orm import Session

from models import migrate
from models.captures import Capture, Collection, Deployment, Event, Project, Source
from models.jobs import Attempt, Item, Job, JobNight, Log, Stage
from models.people import Audit, User
from models.pipelines import Pipeline
from models.queries import jobs
from models.queries.jobs import SORTS, JobFilter
from models.states import ItemState, Status
from models.store import Store

EVENING = datetime(2026, 7, 1, 20, tzinfo=UTC)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two stations with two nights each, two pipelines, a collection, and four captures of the first night."""
    path = tmp_path_factory.mktemp("queries") / "nightboard.db"
    opened = Store(f"sqlite:///{path}")
    migrate.upgrade(opened)
    with opened.write() as session:
        session.add_all([Project(id=1, name="Moths"), Project(id=2, name="Bees"), User(id=1, name="otto")])
        session.flush()
        session.add_all([Deployment(id=1, project_id=1, name="Wood"), Deployment(id=2, project_id=1, name="Bog")])
        session.flush()
        for number, (station, day) in enumerate(product((1, 2), (1, 2)), start=1):
            session.add(Event(id=number, deployment_id=station, night=date(2026, 7, day)))
        session.add_all(
            [
                Pipeline(id=1, slug="embedded", name="Embedded detector", kind="embedded"),
                Pipeline(id=2, slug="remote", name="Far away", kind="remote"),
                Collection(id=1, project_id=1, name="Every tenth"),
                Source(id=1, deployment_id=1, url="/captures"),
            ]
        )
        session.flush()
        session.add_all(
            Capture(id=number, deployment_id=1, source_id=1, event_id=1, path=f"{number}.jpg") for number in range(1, 5)
        )
    opened.close()
    return path


@pytest.fixture
def store(template: Path, tmp_path: Path) -> Iterator[Store]:
    opened = Store(f"sqlite:///{shutil.copy(template, tmp_path)}")
    yield opened
    opened.close()


@pytest.fixture
def session(store: Store) -> Iterator[Session]:
    with store.read() as opened:
        yield opened


def add(store: Store, number: int, **fields: Any) -> int:
    """Write down a job whose times follow from its number."""
    made = EVENING + timedelta(minutes=number)
    usual = {"name": f"job {number}", "type": "ml", "project_id": 1, "created_at": made, "updated_at": made}
    with store.write() as session:
        session.add(Job(id=number, **(usual | fields)))
    return number


def ids(session: Session, **where: Any) -> list[int]:
    return jobs.ids(session, JobFilter(**where), sort="id")


def test_the_newest_job_comes_first(store: Store, session: Session) -> None:
    for number in (1, 2, 3):
        add(store, number)
    assert [row.id for row in jobs.page(session, JobFilter())] == [3, 2, 1]


@pytest.fixture
def mixed(store: Store) -> Store:
    """Twelve jobs that differ in everything, with ties and gaps in each column."""
    for number in range(1, 13):
        add(
            store,
            number,
            name=f"job {number % 5}",
            type=("ml", "delay")[number % 2],
            project_id=1 + number % 2,
            event_id=(None, 1, 2, 3, 4)[number % 5],
            deployment_id=(None, 1, 2)[number % 3],
            collection_id=(None, 1)[number % 2],
            pipeline_id=(None, 1, 2)[number % 3],
            status=list(Status)[number % len(Status)],
            priority=number % 3,
            submitted_at=None if number % 4 == 0 else EVENING,
            started_at=None if number % 4 == 0 else EVENING + timedelta(hours=number % 3),
            finished_at=None if number % 3 == 0 else EVENING + timedelta(hours=5),
            queue_ms=None if number % 5 == 0 else number % 4,
            elapsed_ms=None if number % 2 == 0 else number % 4,
            progress=number % 3 / 3,
            total=number % 4,
        )
    return store


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("name", SORTS)
def test_windows_of_each_order_meet_every_job_once(mixed: Store, session: Session, name: str, sign: str) -> None:
    whole = jobs.ids(session, JobFilter(), sort=sign + name)
    by_offset = [n for at in (0, 5, 10) for n in jobs.ids(session, JobFilter(), sort=sign + name, offset=at, limit=5)]
    assert sorted(whole) == list(range(1, 13))
    assert by_offset == whole


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("name", SORTS)
def test_a_window_behind_a_job_is_the_window_by_offset(mixed: Store, session: Session, name: str, sign: str) -> None:
    whole = jobs.ids(session, JobFilter(), sort=sign + name)
    for place, job in enumerate(whole):
        behind = jobs.ids(session, JobFilter(), sort=sign + name, after=jobs.place_of(session, job, sign + name))
        assert behind == whole[place + 1 :]


def test_a_window_begins_behind_a_place_whatever_became_of_the_job_there(mixed: Store, session: Session) -> None:
    first = jobs.ids(session, JobFilter(), sort="-updated_at", limit=4)
    place = jobs.place_of(session, first[-1], "-updated_at")
    rest = jobs.ids(session, JobFilter(), sort="-updated_at", offset=4)
    with mixed.write() as writing:
        writing.get_one(Job, first[-1]).updated_at = EVENING + timedelta(days=1)
        writing.delete(writing.get_one(Job, rest[0]))
    session.rollback()
    assert jobs.ids(session, JobFilter(), sort="-updated_at", after=place) == rest[1:]


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        ([], "No list is sorted by None"),
        ([3], "No list is sorted by 3"),
        (["nothing", 1], "No list is sorted by 'nothing'"),
        (["name", "a"], "by 2 values, not by 1"),
        (["night", None, 1], "by 3 values, not by 2"),
        (["-created_at", "2026-11-01T10:00:00", 3], "timezone"),
        (["id", "a", "b"], "valid integer"),
    ],
)
def test_a_place_that_is_none_is_refused(told: list[Any], wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        jobs.Place.read(told)


def test_a_job_that_is_gone_has_no_place(session: Session) -> None:
    assert jobs.place_of(session, 7, "name") is None


def test_a_window_is_read_in_as_many_queries_however_many_jobs(mixed: Store, session: Session) -> None:
    asked: list[str] = []
    event.listen(mixed.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    jobs.page(session, JobFilter(), limit=12)
    assert len([statement for statement in asked if statement.startswith("SELECT")]) == 2


@pytest.mark.parametrize(
    "sort", ["id", "-id", "name", "-created_at", "-updated_at", "started_at", "-started_at", "-finished_at"]
)
def test_the_common_orders_need_no_sorting(session: Session, sort: str) -> None:
    plans: list[str] = []

    def explain(connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            raw = connection.connection.driver_connection
            plans.extend(row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))

    event.listen(session.get_bind(), "before_cursor_execute", explain)
    jobs.ids(session, JobFilter(), sort=sort)
    assert plans
    assert not any("TEMP B-TREE" in step for step in plans)


def test_counting_stops_at_its_cap(mixed: Store, session: Session) -> None:
    assert jobs.count(session, JobFilter()) == 12
    assert jobs.count(session, JobFilter(), cap=7) == 7


def test_a_night_finds_jobs_over_it_and_jobs_that_collected_from_it(store: Store, session: Session) -> None:
    add(store, 1, event_id=1)
    add(store, 2, collection_id=1)
    add(store, 3, event_id=2)
    with store.write() as writing:
        writing.add(JobNight(job_id=2, event_id=1, captures_count=3))
    assert ids(session, event_id=(1,)) == [1, 2]
    assert ids(session, night_to=date(2026, 7, 1)) == [1, 2]
    assert ids(session, night_from=date(2026, 7, 2)) == [3]


def test_a_station_finds_jobs_over_it_and_over_its_nights(store: Store, session: Session) -> None:
    add(store, 1, deployment_id=1)
    add(store, 2, deployment_id=1, event_id=2)
    add(store, 3, deployment_id=2, event_id=3)
    assert ids(session, deployment_id=(1,)) == [1, 2]
    assert jobs.by_ids(session, [2])[0].deployment == "Wood"


@pytest.mark.parametrize(
    ("words", "found"), [(("NIGHT",), [1]), (("far AWAY",), [2]), (("%",), [3]), (("_",), []), ((), [1, 2, 3])]
)
def test_words_are_looked_for_in_names(store: Store, session: Session, words: tuple[str], found: list[int]) -> None:
    add(store, 1, name="The first night")
    add(store, 2, name="b", pipeline_id=2)
    add(store, 3, name="100 % of it", pipeline_id=1)
    assert ids(session, words=words) == found


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({"status": (Status.SUCCESS, Status.STARTED)}, [1, 2]),
        ({"type": ("delay",)}, [3]),
        ({"pipeline_id": (2,)}, [2]),
        ({"pipeline_slug": ("embedded",)}, [1]),
        ({"project_id": (2,)}, [4]),
        ({"collection_id": (1,)}, [2]),
        ({"capture_id": (3,)}, [3]),
        ({"dispatch_mode": "async_api"}, [4]),
        ({"incomplete_only": True}, [2, 3]),
        ({"updated_since": EVENING + timedelta(minutes=3)}, [3, 4]),
        ({"failed_since": EVENING + timedelta(hours=1)}, [1, 2, 3]),
        ({"failed_since": EVENING}, [1, 2, 3, 4]),
        ({"status": (Status.SUCCESS,), "pipeline_id": (2,)}, []),
    ],
)
def test_filters_choose_and_add_up(store: Store, session: Session, where: dict[str, Any], found: list[int]) -> None:
    add(store, 1, status=Status.SUCCESS, pipeline_id=1)
    add(store, 2, status=Status.STARTED, pipeline_id=2, collection_id=1)
    add(store, 3, type="delay", capture_id=3)
    add(store, 4, status=Status.FAILURE, project_id=2, dispatch_mode="async_api")
    assert ids(session, **where) == found
    assert jobs.count(session, JobFilter(**where)) == len(found)


def test_a_job_is_found_by_number_and_by_uuid(store: Store, session: Session) -> None:
    add(store, 5, uuid="0f8fad5b-d9cb-469f-a165-70867728950e")
    assert jobs.id_of(session, "5") == 5
    assert jobs.id_of(session, "0F8FAD5B-D9CB-469F-A165-70867728950E") == 5
    assert jobs.id_of(session, "6") is None


def test_a_running_job_shows_how_long_it_has_worked(store: Store, session: Session) -> None:
    add(store, 1, status=Status.STARTED, submitted_at=EVENING, started_at=EVENING, queue_ms=40)
    (row,) = jobs.by_ids(session, [1], now=EVENING + timedelta(seconds=90))
    assert (row.queue_ms, row.elapsed_ms) == (40, 90_000)


def test_a_waiting_job_shows_how_long_it_has_waited(store: Store, session: Session) -> None:
    add(store, 1, status=Status.PENDING, submitted_at=EVENING)
    (row,) = jobs.by_ids(session, [1], now=EVENING + timedelta(seconds=5))
    assert (row.queue_ms, row.elapsed_ms) == (5_000, None)


def test_the_clocks_of_a_finished_job_stand(store: Store, session: Session) -> None:
    times = {"submitted_at": EVENING, "started_at": EVENING, "finished_at": EVENING + timedelta(seconds=3)}
    add(store, 1, status=Status.SUCCESS, queue_ms=1, elapsed_ms=3_000, **times)
    (row,) = jobs.by_ids(session, [1], now=EVENING + timedelta(days=1))
    assert (row.queue_ms, row.elapsed_ms) == (1, 3_000)


def test_the_detail_of_a_job_has_stages_attempts_and_what_was_asked_last(store: Store, session: Session) -> None:
    add(store, 1, control_id=1, arguments={"a": 1})
    with store.write() as writing:
        writing.add_all(
            [
                Stage(job_id=1, position=1, key="process", name="Process"),
                Stage(job_id=1, position=0, key="collect", name="Collect"),
                Attempt(job_id=1, number=1, status=Status.STARTED, submitted_at=EVENING),
                Audit(id=1, who="otto", via="api", verb="cancel", job_id=1),
            ]
        )
    detail = jobs.detail(session, 1)
    assert detail is not None
    assert [stage.key for stage in detail.stages] == ["collect", "process"]
    assert ([attempt.number for attempt in detail.attempts], detail.arguments) == ([1], {"a": 1})
    assert detail.control is not None
    assert (detail.control.verb, detail.control.who) == ("cancel", "otto")


def test_the_time_of_a_job_is_that_of_all_its_attempts(store: Store, session: Session) -> None:
    add(store, 1, attempt=3)
    add(store, 2, attempt=1)
    with store.write() as writing:
        tries = [(1, 1, 33_000), (1, 2, 642), (1, 3, None), (2, 1, None)]
        for job_id, number, ms in tries:
            of = {"status": Status.FAILURE, "submitted_at": EVENING, "elapsed_ms": ms}
            writing.add(Attempt(job_id=job_id, number=number, **of))
    assert jobs.worked_ms(session, [1, 2]) == {1: 33_642}


def test_a_job_that_is_gone_has_no_detail(session: Session) -> None:
    assert jobs.detail(session, 1) is None


@pytest.fixture
def logged(store: Store) -> Store:
    """A job with five lines: the second a warning, the fourth an error."""
    add(store, 1)
    levels = ("INFO", "WARNING", "INFO", "ERROR", "DEBUG")
    with store.write() as session:
        session.add_all(
            Log(job_id=1, seq=number, attempt=1, level=level, at=EVENING, message=f"line {number}")
            for number, level in enumerate(levels, start=1)
        )
    return store


def test_logs_go_on_behind_a_line(logged: Store, session: Session) -> None:
    assert [line.seq for line in jobs.logs(session, 1, after_seq=3)] == [4, 5]
    assert [line.seq for line in jobs.logs(session, 1, limit=2)] == [1, 2]


def test_the_latest_logs_are_newest_first(logged: Store, session: Session) -> None:
    assert [line.seq for line in jobs.latest_logs(session, 1, 2)] == [5, 4]


def test_a_level_takes_the_graver_ones_along(logged: Store, session: Session) -> None:
    assert [line.seq for line in jobs.logs(session, 1, level="warning")] == [2, 4]


@pytest.fixture
def worked(store: Store) -> Store:
    """A job of 64 captures: eight batches of four have landed, one every ten seconds, one capture of each failed."""
    add(store, 1, status=Status.STARTED, attempt=1, total=64, processed=24, failed=8)
    with store.write() as session:
        session.add(Stage(id=1, job_id=1, position=0, key="process", name="Process"))
        session.flush()
        landed = [(EVENING + timedelta(seconds=10 * batch), place) for batch in range(8) for place in range(4)]
        rows = [
            {
                "job_id": 1,
                "stage_id": 1,
                "capture_id": place + 1,
                "position": number,
                "state": ItemState.FAILED if place == 0 else ItemState.DONE,
                "attempt": 1,
                "finished_at": at,
            }
            for number, (at, place) in enumerate(landed)
        ]
        session.execute(insert(Item), rows)
        session.execute(insert(Item), [{"job_id": 1, "stage_id": 1, "capture_id": 1, "position": 99}])
    return store


def test_items_are_the_captures_of_a_job(worked: Store, session: Session) -> None:
    rows = jobs.items(session, 1, limit=2)
    assert [(row.path, row.state) for row in rows] == [("1.jpg", ItemState.FAILED), ("2.jpg", ItemState.DONE)]
    assert [row.state for row in jobs.items(session, 1, state=ItemState.WAITING)] == [ItemState.WAITING]
    assert len(jobs.items(session, 1, offset=30)) == 3


def test_progress_over_time_counts_up_to_all_that_ended(worked: Store, session: Session) -> None:
    series = jobs.progress_over_time(session, 1, bins=4)
    assert [(done, failed) for _, done, failed in series] == [(6, 2), (12, 4), (18, 6), (24, 8)]
    assert series[-1][0] == EVENING + timedelta(seconds=70)


def test_progress_over_time_never_has_more_bins_than_asked_for(worked: Store, session: Session) -> None:
    for bins in (1, 2, 3, 7, 120):
        series = jobs.progress_over_time(session, 1, bins=bins)
        assert len(series) <= bins
        assert series[-1][1:] == (24, 8)


def test_a_job_without_ended_captures_has_no_progress_over_time(store: Store, session: Session) -> None:
    add(store, 1)
    assert jobs.progress_over_time(session, 1) == []


def test_the_end_is_foreseen_from_the_pace(worked: Store, session: Session) -> None:
    eta = jobs.eta(session, 1, EVENING + timedelta(seconds=70))
    assert eta is not None
    # 28 captures in 70 s since the first batch, 32 to go
    assert eta.finish_at == EVENING + timedelta(seconds=150)
    assert eta.low < eta.finish_at < eta.high


def test_a_job_that_stands_still_ends_later_and_later(worked: Store, session: Session) -> None:
    etas = [jobs.eta(session, 1, EVENING + timedelta(seconds=seconds)) for seconds in (70, 170)]
    assert etas[0] is not None
    assert etas[1] is not None
    assert etas[1].finish_at - etas[0].finish_at > timedelta(seconds=100)


def test_no_end_is_foreseen_of_a_job_that_does_not_run(worked: Store, session: Session) -> None:
    with worked.write() as writing:
        writing.get_one(Job, 1).status = Status.PAUSED
    assert jobs.eta(session, 1) is None


def test_no_end_is_foreseen_before_the_second_batch(store: Store, session: Session) -> None:
    add(store, 1, status=Status.STARTED, attempt=1, total=4)
    assert jobs.eta(session, 1) is None


def test_filters_are_offered_what_there_is(mixed: Store, session: Session) -> None:
    offered = jobs.facets(session)
    assert offered.types == ["delay", "ml"]
    assert offered.deployments == [(2, "Bog"), (1, "Wood")]
    assert offered.nights == [date(2026, 7, 2), date(2026, 7, 1)]
