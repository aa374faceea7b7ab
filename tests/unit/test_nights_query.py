"""The board of nights as rows, from a small database."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, text, update

from models.captures import Capture, Deployment, Event, Project, Source
from models.jobs import Item, Job, JobNight, Stage
from models.pipelines import Pipeline
from models.queries import captures, changes, nights
from models.results import Detection, Result
from models.revisions import bury, touch
from models.states import ItemState, Status
from models.store import Store
from tests.lab import new_store

LAST = date(2026, 7, 10)
DUSK = datetime(2026, 7, 10, 20, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Two projects with a station each: nights on the 1st and the 10th of July, and on the 10th."""
    opened = new_store(tmp_path / "nightboard.db")
    with opened.write() as session:
        for number, dates in ((1, [1, 10]), (2, [10])):
            session.add(Project(id=number, name=f"Project {number}"))
            session.flush()
            session.add(Deployment(id=number, project_id=number, name=f"Station {number}"))
            session.flush()
            session.add(Source(id=number, deployment_id=number, url="/captures"))
            for day in dates:
                gaps = [{"start": DUSK.isoformat(), "end": (DUSK + timedelta(hours=1)).isoformat()}]
                night = Event(id=number * 100 + day, deployment_id=number, night=date(2026, 7, day), gaps=gaps)
                session.add(night)
                session.flush()
                touch(session, Event, night.id)
    yield opened
    opened.close()


STAMPS = {"done": "processed_at", "stopped": "stopped_at", "failed": "failed_at"}


def add_captures(store: Store, *states: str) -> list[int]:
    """Captures of night 110, a minute apart, in these states; their ids."""
    with store.write() as session:
        for number, state in enumerate(states):
            session.add(
                Capture(
                    deployment_id=1, source_id=1, event_id=110, path=f"{number}.jpg",
                    taken_at=DUSK + timedelta(minutes=number),
                    **{column: DUSK for name, column in STAMPS.items() if name == state},
                )
            )  # fmt: skip
        session.flush()
    with store.read() as session:
        return [row.id for row in captures.of_night(session, 110)]


def add_without_time(store: Store, station_id: int, *states: str) -> None:
    """Captures of a station of which nothing tells when they were taken, in these states."""
    with store.write() as session:
        for number, state in enumerate(states):
            session.add(
                Capture(
                    deployment_id=station_id, source_id=station_id, path=f"raw{number}.jpg", time_source="none",
                    **{column: DUSK for name, column in STAMPS.items() if name == state},
                )
            )  # fmt: skip


def add_job(store: Store, status: Status, **fields: int) -> int:
    with store.write() as session:
        job = Job(name="a job", type="ml", project_id=1, status=status, **fields)
        session.add(job)
        session.flush()
        touch(session, Job, job.id)
        return job.id


def test_the_board_holds_every_date_between_its_first_and_last_night(store: Store) -> None:
    with store.read() as session:
        rows = nights.board(session)
    assert rows.nights == [date(2026, 7, day) for day in range(1, 11)]
    assert set(rows.cells) == {(1, date(2026, 7, 1)), (1, LAST), (2, LAST)}
    assert rows.cells[1, LAST].lost == timedelta(hours=1)


def test_a_night_without_gaps_is_told_without_what_they_lie_between(store: Store) -> None:
    with store.write() as session:
        at = {"first_at": DUSK, "last_at": DUSK + timedelta(hours=9)}
        session.execute(update(Event).values(at))
        session.execute(update(Event).where(Event.id == 101).values(gaps=[]))
    with store.read() as session:
        whole, silent = nights.cells_of(session, [101, 110])
        row = nights.night(session, 101)
    assert (whole.gaps, whole.first_at, whole.last_at) == ((), None, None)
    assert (silent.gaps[0].end, silent.first_at, silent.last_at) == (DUSK + timedelta(hours=1), *at.values())
    assert row is not None
    assert (row.first_at, row.last_at) == tuple(at.values())


def test_a_station_that_fell_silent_of_late_has_its_missing_nights(store: Store) -> None:
    with store.read() as session:
        rows = nights.board(session, at=DUSK + timedelta(days=4))
    assert rows.nights[-1] == LAST + timedelta(days=3)


def test_old_captures_do_not_make_years_of_missing_nights(store: Store) -> None:
    with store.read() as session:
        rows = nights.board(session, at=datetime(2028, 1, 1, tzinfo=UTC))
    assert rows.nights[-1] == LAST


def test_a_board_ends_with_the_last_night_of_the_stations_that_are_at_work(store: Store) -> None:
    with store.write() as session:
        session.execute(update(Deployment).where(Deployment.id == 1).values(timezone="America/Panama"))
        session.execute(update(Event).where(Event.deployment_id == 2).values(night=date(2026, 5, 1)))
    at = datetime(2026, 7, 12, 8, 0, tzinfo=UTC)  # 03:00 in Panama; the other station is at rest
    with store.read() as session:
        assert nights.board(session, at=at).last_night == date(2026, 7, 10)
        assert nights.board(session, at=at + timedelta(hours=4)).last_night == date(2026, 7, 11)
        assert nights.zones(session) == ("America/Panama",)


def test_an_older_board_knows_what_lies_beside_it(store: Store) -> None:
    with store.read() as session:
        rows = nights.board(session, last=date(2026, 7, 5))
    assert (rows.earlier, rows.later) == (None, LAST)


def test_a_project_sees_only_its_own_stations(store: Store) -> None:
    with store.read() as session:
        rows = nights.board(session, project_id=2)
    assert [station.name for station in rows.stations] == ["Station 2"]
    assert set(rows.cells) == {(2, LAST)}


def test_a_night_counts_a_job_once_that_was_asked_for_it_and_has_its_captures(store: Store) -> None:
    job_id = add_job(store, Status.STARTED, event_id=110)
    with store.write() as session:
        session.add(JobNight(job_id=job_id, event_id=110, captures_count=3))
    add_job(store, Status.PENDING, event_id=110)
    add_job(store, Status.SUCCESS, event_id=110)
    with store.read() as session:
        row = nights.night(session, 110)
    assert row is not None
    assert (row.cell.running, row.cell.waiting) == (1, 1)


def test_a_night_knows_the_stations_nights_beside_it(store: Store) -> None:
    with store.read() as session:
        first, last = nights.night(session, 101), nights.night(session, 110)
    assert first is not None
    assert last is not None
    assert (first.before, first.after) == (None, 110)
    assert (last.before, last.after) == (101, None)


def test_a_retry_takes_up_only_the_last_job_in_which_a_capture_failed(store: Store) -> None:
    (lost, found) = add_captures(store, "failed", "done")
    for _ in range(2):
        job_id = add_job(store, Status.SUCCESS, event_id=110)
        with store.write() as session:
            session.add(Stage(id=job_id, job_id=job_id, position=0, key="process", name="Process"))
            session.flush()
            for capture_id in (lost, found):
                session.add(
                    Item(job_id=job_id, stage_id=job_id, capture_id=capture_id, position=0, state=ItemState.FAILED)
                )
    with store.read() as session:
        assert nights.failed_in(session, 110) == [job_id]


def test_the_contact_sheet_is_cut_by_what_became_of_the_captures(store: Store) -> None:
    add_captures(store, "done", "failed", "open", "open", "stopped")
    with store.read() as session:
        counted = captures.counts(session, 110)
        failed = captures.of_night(session, 110, show="failed")
    assert {word: number for word, number in counted.items() if number} == {
        "all": 5, "stopped": 1, "failed": 1, "open": 2,
    }  # fmt: skip
    assert [row.path for row in failed] == ["1.jpg"]


def test_a_picture_has_the_boxes_of_its_latest_result_only(store: Store) -> None:
    (capture_id, *_) = add_captures(store, "done", "done")
    with store.write() as session:
        session.add(Pipeline(id=1, slug="p", name="A pipeline", kind="embedded"))
        session.flush()
        for version in (1, 2):
            made = DUSK + timedelta(hours=version)
            session.add(
                Result(
                    id=version, capture_id=capture_id, pipeline_id=1, pipeline_version=version,
                    parameters="", attempt=1, created_at=made,
                )
            )  # fmt: skip
            session.flush()
            session.add(
                Detection(
                    result_id=version, capture_id=capture_id, x1=version, y1=0, x2=9, y2=9,
                    score=0.5, label="arthropod", algorithm="a",
                )
            )  # fmt: skip
    with store.read() as session:
        shown = captures.picture(session, capture_id)
    assert shown is not None
    assert [(box.x1, shown.pipeline_version) for box in shown.boxes] == [(2, 2)]
    assert (shown.before, shown.after) == (None, capture_id + 1)


def test_changes_tell_only_what_came_after(store: Store) -> None:
    with store.read() as session:
        before = changes.since(session, 0).rev
    job_id = add_job(store, Status.PENDING)
    with store.read() as session:
        told = changes.since(session, before)
    assert (told.jobs, told.events, told.rev, told.waiting) == ([job_id], [], before + 1, 1)


def test_a_deleted_job_is_told_as_gone(store: Store) -> None:
    job_id = add_job(store, Status.SUCCESS)
    with store.read() as session:
        before = changes.since(session, 0).rev
    with store.write() as session:
        session.delete(session.get_one(Job, job_id))
        bury(session, Job, job_id)
    with store.read() as session:
        assert changes.since(session, before).gone == [("job", str(job_id))]


def test_quality_is_dark_and_blown_out_everywhere_and_blurred_by_the_nights_own_median(store: Store) -> None:
    ids = add_captures(store, *["done"] * 5)
    measured = [(190.0, 20.0), (30.0, 21.0), (250.0, 19.0), (190.0, 6.0), (None, None)]
    with store.write() as session:
        for capture_id, (brightness, sharpness) in zip(ids, measured, strict=True):
            capture = session.get_one(Capture, capture_id)
            capture.brightness, capture.sharpness = brightness, sharpness
    with store.read() as session:
        rows = captures.of_night(session, 110)
        counted = captures.counts(session, 110)
        blurred = captures.of_night(session, 110, show="blurred")
    assert [row.quality for row in rows] == [(), ("dark",), ("blown-out",), ("blurred",), ()]
    assert (counted["dark"], counted["blown-out"], counted["blurred"]) == (1, 1, 1)
    assert [row.id for row in blurred] == [ids[3]]


def test_a_sheet_begins_where_the_hour_was_clicked(store: Store) -> None:
    add_captures(store, "done", "failed", "done", "done")
    with store.read() as session:
        assert captures.place_of(session, 110, DUSK + timedelta(minutes=2)) == 2
        assert captures.place_of(session, 110, DUSK + timedelta(minutes=3), show="failed") == 1


def test_captures_without_a_time_are_listed_by_their_station(store: Store) -> None:
    add_captures(store, "done")
    add_without_time(store, 1, "done", "failed", "open")
    with store.read() as session:
        listed = captures.without_time(session, 1)
        failed = captures.without_time(session, 1, show="failed")
        last = captures.without_time(session, 1, offset=2)
        counted = captures.counts_without_time(session, 1)
    assert [(row.path, row.taken_at, row.time_source) for row in listed] == [
        (f"raw{number}.jpg", None, "none") for number in range(3)
    ]
    assert ([row.path for row in failed], [row.path for row in last]) == (["raw1.jpg"], ["raw2.jpg"])
    assert {word: number for word, number in counted.items() if number} == {"all": 3, "failed": 1, "open": 1}


def test_only_stations_that_have_captures_without_a_time_are_told_and_only_to_whom_they_belong(store: Store) -> None:
    add_captures(store, "done")
    add_without_time(store, 2, "open", "open")
    with store.write() as session:
        session.execute(update(Capture).where(Capture.path == "raw1.jpg").values(missing_at=DUSK))
    with store.read() as session:
        told = captures.stations_without_time(session, None)
        mine, others = (captures.stations_without_time(session, project_id) for project_id in (2, 1))
    assert [(each.station, each.captures, each.missing) for each in told] == [("Station 2", 2, 1)]
    assert (mine, others) == (told, [])


def test_captures_without_a_time_are_found_by_the_index_over_station_and_time(store: Store) -> None:
    asked: list[str] = []
    event.listen(store.engine, "before_cursor_execute", lambda _connection, _cursor, sql, *_: asked.append(sql))
    with store.read() as session:
        captures.stations_without_time(session, None)
        (statement,) = [each for each in asked if each.startswith("SELECT")]
        plan = session.execute(text(f"EXPLAIN QUERY PLAN {statement}")).all()
    assert any("ix_capture_deployment_id_taken_at (deployment_id=? AND taken_at=?)" in row[-1] for row in plan)


def test_a_capture_without_a_time_has_its_neighbours_and_its_project(store: Store) -> None:
    add_captures(store, "done")
    add_without_time(store, 1, "open", "open", "open")
    with store.read() as session:
        ids = [row.id for row in captures.without_time(session, 1)]
        first, middle = (captures.picture(session, capture_id) for capture_id in ids[:2])
    assert first is not None
    assert middle is not None
    assert (first.before, first.after) == (None, ids[1])
    assert (middle.before, middle.after) == (ids[0], ids[2])
    assert (first.project_id, first.station_id, first.event_id) == (1, 1, None)
