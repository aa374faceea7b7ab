"""What a person does with schedules, and with the upload of captures."""

from datetime import datetime, time, timedelta
from pathlib import Path

from playwright.sync_api import Page, expect
from sqlalchemy import func, select, update

from engine import control
from engine.schedules.asking import ScheduleRequest
from models.base import now
from models.captures import Capture, Event
from models.pipelines import Pipeline
from models.queries.schedules import ScheduleRow, schedules
from models.schedules import Schedule, Step
from tests.browser.conftest import Running
from tests.lab import ENGINEER, draw_captures, wait_for


def kept(running: Running) -> list[ScheduleRow]:
    with running.board.store.read() as session:
        return schedules(session)


def test_a_schedule_that_somebody_else_pauses_shows_so(visitor: Page, running: Running) -> None:
    night_id = running.night("Meadow of two")
    with running.board.store.read() as session:
        station = session.get_one(Event, night_id).deployment
        asked = ScheduleRequest(
            name="Paused elsewhere", project_id=station.project_id, deployment_id=station.id, steps=[Step.SYNC]
        )
    schedule_id = control.create_schedule(running.board, ENGINEER, asked)
    visitor.goto(f"{running.address}/schedules")
    card = visitor.locator("#schedules-list .card-box", has_text="Paused elsewhere")
    expect(card.get_by_role("button", name="Pause")).to_be_visible()
    control.pause_schedule(running.board, ENGINEER, schedule_id)
    expect(card).to_contain_text("Paused ")
    expect(card.get_by_role("button", name="Resume")).to_be_visible()
    control.delete_schedule(running.board, ENGINEER, schedule_id)
    expect(card).to_have_count(0)


def test_a_new_job_can_be_a_schedule_instead(visitor: Page, running: Running) -> None:
    running.night("Meadow of mornings")
    visitor.goto(f"{running.address}/jobs/new")
    visitor.locator("#new-station").select_option(label="Meadow of mornings")
    visitor.get_by_role("link", name="Do it every morning instead").click()
    expect(visitor.get_by_label("Where", exact=True).locator("option:checked")).to_have_text(
        "Meadow of mornings (Test project)"
    )


def test_a_schedule_is_made_edited_paused_and_deleted(visitor: Page, running: Running) -> None:
    running.night("Scheduled meadow")
    visitor.goto(running.address)
    visitor.get_by_role("link", name="Schedules").click()
    visitor.get_by_role("link", name="New schedule").click()
    visitor.get_by_label("Name").fill("Dawn")
    visitor.get_by_label("Where", exact=True).select_option(label="Scheduled meadow (Test project)")
    visitor.get_by_text("By cron").click()
    visitor.get_by_label("Cron line").fill("at dawn")
    visitor.get_by_role("button", name="Keep").click()
    expect(visitor.locator("#schedule-cron-error")).to_contain_text("no cron line")
    visitor.get_by_label("Cron line").fill("15 6 * * *")
    visitor.get_by_role("button", name="Keep").click()
    card = visitor.locator("#schedules-list .card-box", has_text="Dawn")
    expect(card).to_contain_text("15 6 * * *")
    expect(card).to_contain_text("Scheduled meadow")
    (row,) = kept(running)
    assert (row.cron, row.steps) == ("15 6 * * *", ("sync", "ml", "tracks"))

    card.get_by_role("link", name="Edit").click()
    visitor.get_by_text("After sunrise", exact=True).click()
    for wrong in ("721", "-1", "1.5", "soon"):
        visitor.get_by_label("Minutes after sunrise").fill(wrong)
        visitor.get_by_role("button", name="Keep").click()
        expect(visitor.locator("#schedule-minutes-error")).to_have_text("Give whole minutes from 0 to 720.")
        visitor.get_by_label("Minutes after sunrise").fill("90")
        visitor.get_by_label("Name").fill("")
        visitor.get_by_role("button", name="Keep").click()
        expect(visitor.locator("#schedule-minutes-error")).to_be_empty()
        visitor.get_by_label("Name").fill("Dawn")
    visitor.get_by_role("button", name="Keep").click()
    expect(card).to_contain_text("1 h 30 min after sunrise")
    visitor.goto(running.address)
    expect(visitor.locator("#nights-content")).to_contain_text("Scheduled meadow")
    visitor.get_by_role("link", name="Dawn").click()
    expect(visitor.get_by_label("Name")).to_have_value("Dawn")
    visitor.goto(f"{running.address}/schedules")
    card.get_by_role("button", name="Pause").click()
    expect(card).to_contain_text("Paused")
    card.get_by_role("button", name="Delete").click()
    expect(visitor.get_by_text("Nothing is scheduled yet")).to_be_visible()
    assert kept(running) == []


def test_captures_are_uploaded_and_what_is_no_picture_is_told(visitor: Page, running: Running, tmp_path: Path) -> None:
    lab = running.lab("Uploaded meadow")
    draw_captures(tmp_path, 2, width=240, height=180)
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    (tmp_path / "notes.txt").write_text("rain at dawn")
    visitor.goto(f"{running.address}/upload?station={lab.station_id}")
    with visitor.expect_file_chooser() as chooser:
        visitor.get_by_role("button", name="Choose files").click()
    chooser.value.set_files(sorted(tmp_path.iterdir()))
    expect(visitor.locator("#upload-said")).to_have_text("2 pictures are here; 2 things were wrong.")
    expect(visitor.locator("#upload-files .field-error")).to_contain_text(["broken.jpg is not a picture", "notes.txt"])
    expect(visitor.get_by_role("link", name="takes them in")).to_be_visible()

    def is_taken_in() -> bool:
        with running.board.store.read() as session:
            here = select(func.count()).where(Capture.deployment_id == lab.station_id)
            return session.scalars(here).one() == 2

    wait_for(is_taken_in, "the captures are taken in")


def test_missed_nights_that_were_left_out_are_processed_at_a_click(visitor: Page, running: Running) -> None:
    event_id = running.night("Sleepy meadow", evening=datetime.combine(now().date() - timedelta(days=20), time(22)))
    with running.board.store.read() as session:
        station = session.get_one(Event, event_id).deployment
        asked = ScheduleRequest(
            name="Long asleep",
            project_id=station.project_id,
            deployment_id=station.id,
            pipeline_id=session.scalars(select(Pipeline.id).filter_by(slug="embedded")).one(),
            steps=[Step.ML],
        )
    schedule_id = control.create_schedule(running.board, ENGINEER, asked)
    with running.board.store.write() as session:
        since = now() - timedelta(days=30)
        session.execute(update(Schedule).where(Schedule.id == schedule_id).values(since=since, next_at=since))
    wait_for(lambda: kept(running)[0].left_out, "the nights are left out")
    visitor.goto(f"{running.address}/schedules")
    card = visitor.locator("#schedules-list .card-box", has_text="Long asleep")
    expect(card).to_contain_text("1 of them has captures that wait")
    card.get_by_role("button", name="Process them").click()
    expect(visitor.locator("#toasts")).to_contain_text("These nights are taken up")
    expect(card).to_contain_text("Success")
    expect(card.get_by_role("button", name="Process them")).to_have_count(0)
    control.delete_schedule(running.board, ENGINEER, schedule_id)
