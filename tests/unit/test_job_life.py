"""The way of a job through its states, and its captures one by one, read from a small database."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from models import migrate
from models.captures import Capture, Deployment, Project, Source
from models.jobs import Item, Job, Log, Stage
from models.pipelines import Pipeline
from models.queries import job_life, job_results, job_shots, job_work
from models.queries.job_life import death_line, status_line
from models.results import Result
from models.states import ItemState, Move, Status
from models.store import Store

EVENING = datetime(2026, 7, 1, 20, tzinfo=UTC)
STATES = "DDFWBCSF"  # of the captures in the order of the work, which is the reverse of that of the night
STATE_OF = {letter: state for state, letter in job_shots.LETTERS.items()}


def after(seconds: int) -> datetime:
    return EVENING + timedelta(seconds=seconds)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One job of eight captures at two stations, on its second attempt, and a worker that died at it."""
    file = f"sqlite:///{tmp_path_factory.mktemp('life') / 'nightboard.db'}"
    opened = Store(file if request.param == "sqlite" else request.getfixturevalue("postgres").create("job_life"))
    migrate.upgrade(opened)
    with opened.write() as session:
        fill(session)
    yield opened
    opened.close()


def fill(session: Session) -> None:
    """Write it all down."""
    session.add_all([Project(id=1, name="Moths"), Pipeline(id=1, slug="embedded", name="E", kind="embedded")])
    session.flush()
    session.add_all([Deployment(id=n, project_id=1, name=name) for n, name in ((1, "Wood"), (2, "Bog"))])
    session.flush()
    session.add(Source(id=1, deployment_id=1, url="/captures"))
    session.flush()
    for number in range(8):
        at = after(100 - number)
        session.add(
            Capture(id=number + 1, deployment_id=1 + number // 7, source_id=1, path=f"{number}.jpg", taken_at=at)
        )
    job = {"id": 1, "name": "one", "type": "ml", "project_id": 1, "total": 8, "attempt": 2}
    session.add(Job(**job, status=Status.STARTED, created_at=EVENING))
    session.flush()
    session.add_all(
        [
            Stage(id=1, job_id=1, position=0, key="collect", name="Collect"),
            Stage(id=2, job_id=1, position=1, key="process", name="Process", over_captures=True),
            Result(id=1, capture_id=1, pipeline_id=1, pipeline_version=1, parameters="", attempt=1,
                   detections_count=2),
        ]
    )  # fmt: skip
    session.flush()
    own = {"job_id": 1, "stage_id": 1, "position": 0, "state": ItemState.DONE, "capture_id": None}
    items = [
        {"job_id": 1, "stage_id": 2, "position": n, "state": STATE_OF[letter], "capture_id": n + 1}
        | {"error_kind": "truncated" if letter == "F" else None, "error": f"{n}.jpg is cut short."}
        | {"finished_at": after(10 + n) if letter in "DFS" else None}
        for n, letter in enumerate(STATES)
    ]
    session.execute(insert(Item), [own])
    session.execute(insert(Item), items)
    session.get_one(Item, 2).result_id = 1
    moves = [("CREATED", "PENDING", 0), ("PENDING", "STARTED", 5), ("STARTED", "FAILURE", 20)]
    again = [("FAILURE", "PENDING", 50), ("PENDING", "STARTED", 52)]
    lines = [(status_line(1, Status(a), Status(b)), after(s), 1, "INFO") for a, b, s in moves]
    lines += [(status_line(1, Status(a), Status(b)), after(s), 2, "INFO") for a, b, s in again]
    lines += [(death_line("w1", 4), after(60), 2, "WARNING"), ("Processed 4 images", after(61), 2, "INFO")]
    session.add_all(
        Log(job_id=1, seq=n, attempt=attempt, level=level, at=at, message=text, stage=None)
        for n, (text, at, attempt, level) in enumerate(lines, start=1)
    )


@pytest.fixture
def session(store: Store) -> Iterator[Session]:
    with store.read() as opened:
        yield opened


def test_the_states_that_a_job_went_through_are_told_with_their_times(session: Session) -> None:
    stays = job_life.stays(session, 1)
    assert [(stay.status.value, stay.ms, stay.attempt) for stay in stays] == [
        ("CREATED", 0, 0),
        ("PENDING", 5000, 1),
        ("STARTED", 15000, 1),
        ("FAILURE", 30000, 1),
        ("PENDING", 2000, 2),
        ("STARTED", None, 2),
    ]


def test_no_state_lasts_less_than_no_time_though_clocks_differ(store: Store) -> None:
    lines = (("CREATED", "PENDING", 1000), ("PENDING", "STARTED", 983), ("STARTED", "SUCCESS", 1500))
    with store.write() as session:
        session.add(Job(id=2, name="two", type="ml", project_id=1, status=Status.SUCCESS, created_at=EVENING))
        session.flush()
        for seq, (before, then, ms) in enumerate(lines, start=1):
            told, at = status_line(2, Status(before), Status(then)), EVENING + timedelta(milliseconds=ms)
            session.add(Log(job_id=2, seq=seq, attempt=1, level="INFO", at=at, message=told, stage=None))
        session.flush()
        stays = job_life.stays(session, 2)
        session.rollback()
    assert [stay.ms for stay in stays] == [1000, 0, 500, None]


def test_a_job_that_is_gone_went_through_nothing(session: Session) -> None:
    assert job_life.stays(session, 99) == []


def test_where_a_job_can_go_follows_from_the_table_of_transitions() -> None:
    assert job_life.ahead(Status.FAILURE) == {Status.PENDING: Move.RETRY}
    assert Status.CANCELING in job_life.ahead(Status.STARTED)
    assert job_life.ahead(Status.CANCELING) == {Status.REVOKED: Move.REVOKE}


def test_the_death_of_a_worker_is_counted_for_its_attempt(session: Session) -> None:
    assert job_life.deaths(session, 1) == {2: 1}


def test_a_small_job_is_shown_in_the_order_of_the_night(session: Session) -> None:
    assert job_shots.strip(session, 1, 8) == STATES[::-1]
    assert [row.path for row in job_shots.shots(session, 1, 8, limit=2)] == ["7.jpg", "6.jpg"]


def test_a_large_job_is_shown_in_the_order_of_its_work(session: Session) -> None:
    large = job_shots.IN_TIME + 1
    assert job_shots.strip(session, 1, large) == STATES
    assert [row.path for row in job_shots.shots(session, 1, large, offset=1, limit=2)] == ["1.jpg", "2.jpg"]


@pytest.mark.parametrize("total", [8, job_shots.IN_TIME + 1])
def test_a_place_of_the_strip_leads_to_its_capture(session: Session, total: int) -> None:
    letters = job_shots.strip(session, 1, total)
    for place, letter in enumerate(letters):
        item = job_shots.at(session, 1, total, place)
        shot = job_shots.shot(session, item or 0)
        assert shot is not None
        assert job_shots.LETTERS[shot.state] == letter
    assert job_shots.at(session, 1, total, len(letters)) is None


@pytest.mark.parametrize("total", [8, job_shots.IN_TIME + 1])
@pytest.mark.parametrize(("show", "found"), [("animals", {0}), ("failed", {2, 7}), ("open", {3, 5, 6})])
def test_captures_are_shown_by_what_became_of_them(session: Session, total: int, show: str, found: set[int]) -> None:
    rows = job_shots.shots(session, 1, total, show=show)
    assert {int(row.path.removesuffix(".jpg")) for row in rows} == found


def test_captures_that_wait_for_a_person_are_found(session: Session) -> None:
    assert [row.path for row in job_shots.waiting(session, 1)] == ["6.jpg"]


def test_captures_that_wait_stand_in_the_order_of_the_night(store: Store) -> None:
    with store.write() as session:
        session.execute(update(Item).where(Item.job_id == 1, Item.capture_id.in_([2, 5])).values(state="STOPPED"))
        waiting = [row.path for row in job_shots.waiting(session, 1)]
        first = [row.path for row in job_shots.waiting(session, 1, limit=1)]
        session.rollback()
    assert (waiting, first) == (["6.jpg", "4.jpg", "1.jpg"], ["6.jpg"])


def test_a_capture_that_waits_for_a_person_is_not_yet_done(session: Session) -> None:
    series = job_work.progress_over_time(session, 1, bins=7)
    assert [(at, done, failed) for at, done, failed in series if done][-1] == (after(17), 2, 2)
    assert [(done, failed) for _, done, failed in series] == [(2, 0), (2, 1), (2, 2)]


def test_failures_are_grouped_by_cause_and_station(session: Session) -> None:
    groups = job_results.error_groups(session, 1)
    assert [(group.kind, group.station, group.captures) for group in groups] == [
        ("truncated", "Bog", 1),
        ("truncated", "Wood", 1),
    ]


def test_the_log_is_searched_by_text_whatever_its_letters(session: Session) -> None:
    assert [row.seq for row in job_work.logs(session, 1, text="worker W1")] == [6]
    assert job_work.logs(session, 1, text="100%") == []
    assert job_work.last_seq(session, 1) == 7
