"""Schedules make the morning's jobs, once, whatever happened in the night. The tests make the clock."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from engine import control
from engine.access import Actor
from engine.control import Forbidden, Illegal, Invalid, NotFound, ScheduleRequest
from engine.schedules import running
from models.jobs import Job
from models.people import Audit, Role
from models.queries.schedules import ScheduleRow, schedules
from models.schedules import Schedule, Step
from models.states import Status
from tests.lab import ENGINEER, EVENING, Lab, draw_captures, wait_for

MORNING = datetime(2026, 7, 2, 9, 0, tzinfo=UTC)  # behind the night of the lab's captures
NIGHT = EVENING.date()


def asked(lab: Lab, **changes: object) -> ScheduleRequest:
    fields = {"name": "Every morning", "project_id": lab.project_id, "pipeline_id": lab.pipeline_id}
    return ScheduleRequest.model_validate(fields | changes)


def create(lab: Lab, since: datetime, **changes: object) -> int:
    """A schedule that was made at that time."""
    schedule_id = control.create_schedule(lab.board, ENGINEER, asked(lab, **changes))
    with lab.board.store.write() as session:
        session.execute(update(Schedule).where(Schedule.id == schedule_id).values(since=since, next_at=since))
    return schedule_id


def only(lab: Lab) -> ScheduleRow:
    with lab.board.store.read() as session:
        (row,) = schedules(session, lab.project_id, runs=10)
    return row


def jobs(lab: Lab) -> list[Job]:
    with lab.board.store.read() as session:
        rows = list(session.scalars(select(Job).order_by(Job.id)))
        session.expunge_all()
    return rows


def test_a_morning_syncs_then_looks_then_links(night: Lab) -> None:
    create(night, MORNING - timedelta(hours=12), steps=["tracks", "sync", "ml"])
    with night.workers(1, reconciler=False):
        assert running.begin_due(night.board, MORNING) == 1

        def is_through() -> bool:
            running.go_on(night.board)
            return only(night).runs[0].finished_at is not None

        wait_for(is_through, "the run is through", 120)
    (run,) = only(night).runs
    assert [(step, status) for step, _, status in run.jobs] == [
        ("sync", Status.SUCCESS),
        ("ml", Status.SUCCESS),
        ("tracks", Status.SUCCESS),
    ]
    assert (run.first_night, run.last_night, run.outcome) == (NIGHT, NIGHT, None)
    made = jobs(night)
    assert [job.type for job in made] == ["data_storage_sync", "ml", "tracks"]
    assert {job.arguments["schedule"]["run"] for job in made} == {run.id}
    with night.board.store.read() as session:
        assert set(session.scalars(select(Audit.who).where(Audit.verb == "submit"))) == {"schedule Every morning"}


def test_what_was_missed_while_the_engine_slept_runs_once(night: Lab) -> None:
    create(night, MORNING - timedelta(hours=12))
    days_later = MORNING + timedelta(days=5)
    assert running.begin_due(night.board, days_later) == 1
    for _ in range(3):
        assert running.begin_due(night.board, days_later) == 0
        running.go_on(night.board)
    (run,) = only(night).runs
    assert (run.first_night, run.last_night) == (NIGHT, NIGHT + timedelta(days=5))
    assert [job.type for job in jobs(night)] == ["ml"]
    next_at = only(night).next_at
    assert next_at is not None
    assert days_later < next_at < days_later + timedelta(days=1)


def test_a_reconciler_that_died_after_making_a_job_makes_it_no_second_time(
    night: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(night, MORNING - timedelta(hours=12))
    running.begin_due(night.board, MORNING)
    with monkeypatch.context() as patch:
        patch.setattr(night.board.bell, "ring", lambda *_args, **_kinds: (_ for _ in ()).throw(ConnectionError))
        with pytest.raises(ConnectionError):
            running.go_on(night.board)
    running.go_on(night.board)
    assert len(jobs(night)) == 1


def test_a_night_without_captures_is_told(lab: Lab) -> None:
    create(lab, MORNING - timedelta(hours=12))
    running.begin_due(lab.board, MORNING)
    running.go_on(lab.board)
    (run,) = only(lab).runs
    assert run.outcome == "There were no captures of that night."
    assert jobs(lab) == []


def test_a_paused_schedule_makes_nothing_and_makes_up_for_nothing(night: Lab) -> None:
    schedule_id = create(night, MORNING - timedelta(hours=12))
    control.pause_schedule(night.board, ENGINEER, schedule_id)
    assert running.begin_due(night.board, MORNING) == 0
    control.resume_schedule(night.board, ENGINEER, schedule_id)
    assert running.begin_due(night.board, MORNING) == 0
    control.delete_schedule(night.board, ENGINEER, schedule_id)
    with pytest.raises(NotFound):
        control.pause_schedule(night.board, ENGINEER, schedule_id)


def test_a_pipeline_that_was_taken_away_ends_the_run_in_a_sentence(night: Lab) -> None:
    create(night, MORNING - timedelta(hours=12), steps=[Step.ML])
    running.begin_due(night.board, MORNING)
    with night.board.store.write() as session:
        session.execute(update(Schedule).values(pipeline_id=None))
    running.go_on(night.board)
    (run,) = only(night).runs
    assert run.outcome == "Detections: An ml job needs a pipeline (or a delay, to be a test job)."


def test_what_cannot_be_followed_is_refused_by_name(lab: Lab) -> None:
    wrong: list[dict[str, object]] = [
        {"cron": "at dawn"},
        {"steps": []},
        {"pipeline_id": None},
        {"deployment_id": 99},
        {"project_id": 99},
    ]
    for changes in wrong:
        with pytest.raises(Invalid) as refused:
            control.create_schedule(lab.board, ENGINEER, asked(lab, **changes))
        assert list(refused.value.fields) == list(changes)


def test_a_viewer_makes_no_schedule(lab: Lab) -> None:
    with pytest.raises(Forbidden):
        control.create_schedule(lab.board, Actor("reader", Role.VIEWER, "dashboard"), asked(lab))
    with lab.board.store.read() as session:
        assert session.scalars(select(Audit.outcome).where(Audit.verb == "create schedule")).all() == ["refused"]


def left_out(lab: Lab) -> list[tuple[int, int]]:
    """(missed nights, those of them with captures that wait), by run."""
    return [(each.nights, each.open) for each in only(lab).left_out]


def test_missed_nights_beyond_the_last_fourteen_are_told_and_taken_up_when_asked(night: Lab) -> None:
    create(night, MORNING - timedelta(hours=12))
    weeks_later = MORNING + timedelta(days=20)
    assert running.begin_due(night.board, weeks_later) == 1
    running.go_on(night.board)
    (run,) = only(night).runs
    assert (run.first_night, run.last_night) == (NIGHT + timedelta(days=7), NIGHT + timedelta(days=20))
    assert run.outcome == "There were no captures of that night."
    (left,) = only(night).left_out
    assert (left.first_night, left.last_night, left.nights, left.open) == (NIGHT, NIGHT + timedelta(days=6), 7, 1)
    with night.board.store.read() as session:
        told = session.scalars(select(Audit).where(Audit.verb == "leave missed nights out")).one()
    assert (told.who, told.details["nights"], told.details["first_night"]) == (
        "schedule Every morning",
        7,
        NIGHT.isoformat(),
    )
    control.make_up_for_nights(night.board, ENGINEER, run.id)
    assert left_out(night) == []
    for _ in range(2):
        running.go_on(night.board)
        assert [(job.type, job.event_id) for job in jobs(night)] == [("ml", 1)]
    with pytest.raises(Illegal, match="in work already"):
        control.make_up_for_nights(night.board, ENGINEER, run.id)
    with night.board.store.read() as session:
        asked_for = session.scalars(select(Audit).where(Audit.verb == "make up for missed nights")).all()
    assert [audit.outcome for audit in asked_for] == ["accepted", "refused"]


def test_what_was_left_out_goes_through_all_steps_and_what_was_made_is_made_no_second_time(night: Lab) -> None:
    draw_captures(night.home / "later", 2, start=EVENING + timedelta(days=20))
    night.take_in(night.home / "later")
    create(night, MORNING - timedelta(hours=12), steps=["sync", "ml", "tracks"])
    running.begin_due(night.board, MORNING + timedelta(days=20))

    def is_through() -> bool:
        running.go_on(night.board)
        return only(night).runs[0].finished_at is not None

    with night.workers(1, reconciler=False):
        wait_for(is_through, "the run is through", 120)
        control.make_up_for_nights(night.board, ENGINEER, only(night).runs[0].id)
        wait_for(is_through, "what was left out is through too", 120)
    assert [(job.type, job.event_id) for job in jobs(night)] == [
        ("data_storage_sync", None),
        ("ml", 2),
        ("tracks", 2),
        ("ml", 1),
        ("tracks", 1),
    ]


def test_a_schedule_that_only_syncs_leaves_nothing_out(night: Lab) -> None:
    create(night, MORNING - timedelta(hours=12), steps=[Step.SYNC], pipeline_id=None)
    running.begin_due(night.board, MORNING + timedelta(days=40))
    assert left_out(night) == []
    with night.board.store.read() as session:
        assert session.scalars(select(Audit.id).where(Audit.verb == "leave missed nights out")).all() == []


def test_only_an_operator_of_the_project_has_missed_nights_taken_up(night: Lab) -> None:
    create(night, MORNING - timedelta(hours=12))
    running.begin_due(night.board, MORNING + timedelta(days=20))
    run_id = only(night).runs[0].id
    with pytest.raises(Forbidden):
        control.make_up_for_nights(night.board, Actor("reader", Role.VIEWER, "dashboard"), run_id)
    with pytest.raises(NotFound):
        control.make_up_for_nights(night.board, Actor("other", Role.OPERATOR, "dashboard", project_id=99), run_id)
    assert left_out(night) == [(7, 1)]
