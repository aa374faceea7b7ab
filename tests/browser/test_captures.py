"""What a person does with a night's captures: look at the sheet, cut it, go to an hour, hide the boxes, open one."""

import os
import re
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Page, expect
from sqlalchemy import select

from engine.captures.ingest import ingest
from models.captures import Capture
from tests.browser.conftest import Running
from tests.browser.test_every_page import violations
from tests.lab import draw_captures, wait_for


def test_a_night_is_a_contact_sheet_with_the_boxes_of_what_was_found(visitor: Page, running: Running) -> None:
    night = running.night("Sheet meadow", 3)
    lab = running.lab("Sheet meadow")
    lab.until(lab.submit(event_id=night, deployment_id=None, priority=9))
    visitor.goto(f"{running.address}/captures?night={night}")
    expect(visitor.locator(".thumb")).to_have_count(3)
    expect(visitor.locator(".thumb .box").first).to_be_visible()
    visitor.get_by_label("Boxes").uncheck()
    expect(visitor.locator(".thumb .box")).to_have_count(0)
    expect(visitor).to_have_url(re.compile("boxes=off"))

    visitor.get_by_role("link", name=re.compile("^With animals")).click()
    expect(visitor.locator(".sheet-tab.here")).to_contain_text("With animals")  # the page that the address is of
    expect(visitor).to_have_url(re.compile("show=animals"))
    visitor.locator(".thumb").first.click()
    expect(visitor.locator(".capture-box").first).to_be_visible()


def test_a_long_night_has_many_sheets_and_its_hours_lead_to_them(visitor: Page, running: Running) -> None:
    night = running.night("Long meadow", 70)
    visitor.goto(f"{running.address}/captures?night={night}")
    expect(visitor.locator(".sheet-pages")).to_contain_text("Sheet 1 of 2")
    latest = visitor.locator("#sheet-captures .bars .point path").last
    latest.hover(force=True)  # plotly draws bars before it hears clicks on them
    expect(visitor.locator("#sheet-captures .hoverlayer .spikeline")).not_to_have_count(0)
    latest.click(force=True)
    expect(visitor.locator(".sheet-pages")).to_contain_text("Sheet 2 of 2")
    visitor.reload()
    expect(visitor.locator(".thumb")).to_have_count(10)


def test_another_night_of_the_station_is_one_choice_away(visitor: Page, running: Running) -> None:
    running.night("Chosen meadow", 1)
    other = running.night("Other meadow", 2)
    visitor.goto(f"{running.address}/captures?night={other}")
    visitor.get_by_label("Station").select_option(label="Chosen meadow")
    expect(visitor.locator("#page .lead")).to_contain_text("Chosen meadow, 1–2 Jul 2026: 1 capture")


def test_captures_without_a_time_are_listed_beside_the_nights(visitor: Page, running: Running) -> None:
    night = running.night("Timeless meadow", 2)
    without_time(running, "Timeless meadow", 3)
    visitor.goto(f"{running.address}/captures?night={night}")
    visitor.locator("#captures-night").select_option(label="Without a time (3)")
    expect(visitor).to_have_url(re.compile("without_time="))
    expect(visitor.locator("#page .lead")).to_have_text("Timeless meadow, without a time: 3 captures.")
    expect(visitor.locator("#page .notice")).to_contain_text("name the files with their time")
    visitor.reload()
    expect(visitor.locator(".thumb")).to_have_count(3)
    expect(visitor.locator(".thumb").first).to_contain_text("raw0.jpg")
    assert violations(visitor) == []

    visitor.locator(".thumb").first.click()
    expect(visitor.locator("#page .facts")).to_contain_text("no time is known")
    visitor.get_by_role("link", name="The capture after").click()
    expect(visitor.locator("#page h1")).to_have_text("raw1.jpg")
    visitor.get_by_role("link", name="Timeless meadow, without a time").click()
    visitor.locator("#captures-night").select_option(label="1–2 Jul 2026 (2)")
    expect(visitor.locator(".thumb")).to_have_count(2)


def test_a_station_of_which_no_capture_has_a_time_is_there_too(visitor: Page, running: Running) -> None:
    night = running.night("Timely meadow", 1)
    without_time(running, "Lost meadow", 2)
    visitor.goto(f"{running.address}/captures?night={night}")
    visitor.get_by_label("Station").select_option(label="Lost meadow")
    expect(visitor.locator("#page .lead")).to_have_text("Lost meadow, without a time: 2 captures.")
    expect(visitor.locator(".thumb")).to_have_count(2)


def test_an_uploaded_picture_keeps_the_time_of_its_file(visitor: Page, running: Running, tmp_path: Path) -> None:
    lab = running.lab("Sent meadow")
    draw_captures(tmp_path, 1)
    (drawn,) = tmp_path.iterdir()
    raw = drawn.rename(tmp_path / "raw.jpg")
    at = datetime(2022, 8, 10, 22, tzinfo=UTC)
    os.utime(raw, (at.timestamp(), at.timestamp()))
    visitor.goto(f"{running.address}/upload?station={lab.station_id}")
    with visitor.expect_file_chooser() as chooser:
        visitor.get_by_role("button", name="Choose files").click()
    chooser.value.set_files(raw)
    expect(visitor.get_by_role("link", name="takes them in")).to_be_visible()

    def taken_in() -> int | None:
        with running.board.store.read() as session:
            return session.scalar(select(Capture.id).where(Capture.deployment_id == lab.station_id))

    visitor.goto(f"{running.address}/captures/{wait_for(taken_in, 'the capture is taken in')}")
    expect(visitor.locator("#page .facts")).to_contain_text(
        "11 Aug 2022, 00:00 CEST from the file itself, a last resort"
    )


def test_a_capture_shows_what_is_found_on_it_without_a_reload(visitor: Page, running: Running) -> None:
    night = running.night("Watched meadow", 2)
    lab = running.lab("Watched meadow")
    with running.board.store.read() as session:
        capture_id = session.scalars(select(Capture.id).where(Capture.event_id == night)).first()
    visitor.goto(f"{running.address}/captures/{capture_id}")
    expect(visitor.locator(".page-header")).to_contain_text("Not processed yet.")
    lab.until(lab.submit(event_id=night, deployment_id=None, priority=9))
    expect(visitor.locator(".page-header")).to_contain_text("found by")
    expect(visitor.locator(".capture-box").first).to_be_visible()
    boxes = visitor.get_by_label("Boxes")
    boxes.uncheck()
    job_id = lab.submit(event_id=night, deployment_id=None, priority=9, reprocess=True)
    lab.until(job_id)
    expect(visitor.locator("#page")).to_contain_text(f"job {job_id}")
    expect(boxes).not_to_be_checked()
    expect(visitor.locator(".capture-box").first).to_be_hidden()


def without_time(running: Running, station: str, captures: int) -> None:
    """Take in captures of which neither the name nor EXIF nor the file tells when they were taken."""
    folder = running.folder / f"{station.replace(' ', '-')}-without-time"
    draw_captures(folder, captures)
    for number, path in enumerate(sorted(folder.iterdir())):
        raw = path.rename(folder / f"raw{number}.jpg")
        os.utime(raw, (0, 0))
    for _ in ingest(running.board.store, running.lab(station).station_id, folder):
        pass
