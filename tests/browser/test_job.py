"""What a person does with one job: make it, watch it, steer it, and look at what it found."""

import re

from playwright.sync_api import Page, expect

from models.states import Status
from tests.browser.conftest import Running
from tests.lab import Lab


def night_job(running: Running, station: str, captures: int = 4, *, broken: int = 0) -> tuple[Lab, int]:
    """A job over a new night, run to its end."""
    night = running.night(station, captures, broken=broken)
    lab = running.lab(station)
    job_id = lab.submit(name=f"All of {station}", event_id=night, deployment_id=None, priority=9)
    lab.until(job_id)
    return lab, job_id


def long_job(lab: Lab) -> int:
    """A job that waits until it is cancelled, at work."""
    job_id = lab.submit(name="Waits long", delay=600, pipeline_id=None, deployment_id=None, priority=9)
    lab.until(job_id, Status.STARTED)
    return job_id


def test_boxes_are_drawn_on_the_capture(visitor: Page, running: Running) -> None:
    lab, job_id = night_job(running, "Boxed meadow")
    visitor.goto(f"{running.address}/jobs/{job_id}")
    expect(visitor.locator("#job-lead")).to_contain_text("Success")
    visitor.locator("[data-shot]").first.click()
    boxes = visitor.locator("#viewer-picture svg .box rect:not(.under)")
    expect(boxes).not_to_have_count(0)
    picture = visitor.locator("#viewer-picture img").bounding_box()
    box = boxes.first.bounding_box()
    assert picture is not None
    assert box is not None
    assert picture["x"] <= box["x"] <= picture["x"] + picture["width"]
    assert picture["y"] <= box["y"] <= picture["y"] + picture["height"]
    expect(visitor.locator("#viewer-picture svg title").first).to_have_text(re.compile(r"arthropod \d+ %"))
    assert lab.job(job_id).detections > 0


def test_arrow_keys_go_through_the_captures_and_a_reload_keeps_the_place(visitor: Page, running: Running) -> None:
    _, job_id = night_job(running, "Keyed meadow")
    visitor.goto(f"{running.address}/jobs/{job_id}")
    visitor.locator("[data-shot]").first.click()
    expect(visitor.locator("#viewer-said")).to_contain_text("22:00")
    visitor.keyboard.press("ArrowRight")
    expect(visitor.locator("#viewer-said")).to_contain_text("22:05")
    expect(visitor).to_have_url(re.compile(r"shot=\d+"))
    visitor.reload()
    expect(visitor.locator("#viewer-said")).to_contain_text("22:05")
    visitor.keyboard.press("Escape")
    expect(visitor.locator("#viewer-picture")).to_have_count(0)
    expect(visitor).not_to_have_url(re.compile(r"shot="))


def test_a_running_job_is_cancelled_on_its_page(visitor: Page, running: Running) -> None:
    lab = running.lab("Meadow of one job")
    job_id = long_job(lab)
    visitor.goto(f"{running.address}/jobs/{job_id}")
    expect(visitor.locator("#job-lead")).to_contain_text("Running")
    visitor.get_by_role("button", name="Cancel").click()
    expect(visitor.locator("#job-lead")).to_contain_text("Cancelled")
    expect(visitor.locator("#job-asked-last")).to_contain_text(re.compile(r"Cancel by admin.*done \d\d:\d\d:\d\d"))
    expect(visitor.get_by_role("button", name="Retry", exact=True)).to_be_enabled()
    assert lab.job(job_id).status is Status.REVOKED


def test_a_job_is_paused_and_resumed(visitor: Page, running: Running) -> None:
    lab = running.lab("Meadow of pauses")
    job_id = long_job(lab)
    visitor.goto(f"{running.address}/jobs/{job_id}")
    visitor.get_by_role("button", name="Pause").click()
    expect(visitor.locator("#job-lead")).to_contain_text("Paused")
    visitor.get_by_role("button", name="Resume").click()
    expect(visitor.locator("#job-lead")).to_contain_text("Running")
    visitor.get_by_role("button", name="Cancel").click()
    expect(visitor.locator("#job-lead")).to_contain_text("Cancelled")


def test_stages_and_log_move_while_the_job_runs(visitor: Page, running: Running) -> None:
    night = running.night("Live meadow", 6)
    lab = running.lab("Live meadow")
    job_id = lab.submit(name="Watched", event_id=night, deployment_id=None, start_now=False)
    visitor.goto(f"{running.address}/jobs/{job_id}")
    expect(visitor.locator("#job-log li")).to_have_count(0)
    visitor.get_by_role("button", name="Run", exact=True).click()
    expect(visitor.locator("#job-log")).to_contain_text("Found 6 images to process")
    expect(visitor.locator("#job-lead")).to_contain_text("6 of 6 captures processed", timeout=60_000)
    expect(visitor.locator("#job-stages")).to_contain_text(re.compile(r"Processed\s*6"))
    expect(visitor.locator("#job-chart .scatterlayer path").first).to_be_attached()
    expect(visitor.locator(".thumb .found.done")).to_have_count(6)


def test_failures_are_told_in_plain_words_and_tried_again(visitor: Page, running: Running) -> None:
    lab, job_id = night_job(running, "Broken meadow", 4, broken=1)
    visitor.goto(f"{running.address}/jobs/{job_id}")
    expect(visitor.locator("#job-errors")).to_contain_text("1 capture: file cut short, station Broken meadow")
    visitor.get_by_role("button", name="Failed 1").click()
    expect(visitor.locator("[data-shot]")).to_have_count(1)
    visitor.locator("[data-shot]").click()
    expect(visitor.locator(".viewer-error")).to_contain_text("cut short")
    visitor.keyboard.press("Escape")
    expect(visitor.locator("#viewer-picture")).to_have_count(0)
    visitor.get_by_role("button", name="Retry what failed").click()
    expect(visitor.locator("#job-attempts tbody tr")).to_have_count(2)
    lab.until(job_id)


def test_the_log_is_filtered_by_level(visitor: Page, running: Running) -> None:
    _, job_id = night_job(running, "Logged meadow", 3, broken=1)
    visitor.goto(f"{running.address}/jobs/{job_id}")
    visitor.locator("label", has_text=re.compile("^Errors$")).click()
    expect(visitor.locator("#job-log li")).to_have_count(1)
    expect(visitor).to_have_url(re.compile("level=ERROR"))
    visitor.reload()
    expect(visitor.locator("#job-log li")).to_have_count(1)


def test_a_job_that_is_not_there_says_so(visitor: Page, running: Running) -> None:
    visitor.goto(f"{running.address}/jobs/987654321")
    expect(visitor.locator("#page")).to_contain_text("There is no job 987654321.")


def test_a_job_is_made_from_the_form_and_finds_animals(visitor: Page, running: Running) -> None:
    night = running.night("Formed meadow", 5)
    visitor.goto(f"{running.address}/jobs/new?night={night}")
    expect(visitor.locator("#new-work")).to_have_text("5 captures, 0 of them done already, 5 to do.")
    visitor.get_by_label("Limit").fill("3")
    expect(visitor.locator("#new-work")).to_contain_text("The job takes 3 of them.")
    visitor.get_by_role("button", name="Create and start").click()
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Formed meadow, 1–2 Jul 2026")
    expect(visitor.locator("#job-lead")).to_contain_text("3 of 3 captures processed", timeout=60_000)
    expect(visitor.locator(".thumb .found.done .icon-bug").first).to_be_visible()


def test_what_is_wrong_stands_at_its_field(visitor: Page, running: Running) -> None:
    running.night("Wrong meadow", 2)
    visitor.goto(f"{running.address}/jobs/new")
    visitor.locator("label", has_text="A collection").click()
    visitor.get_by_role("button", name="Create", exact=True).click()
    expect(visitor.locator("#new-collection-field")).to_contain_text("Choose a collection.")
    visitor.locator("label", has_text="One capture").click()
    visitor.locator("#new-capture").fill("987654321")
    visitor.get_by_role("button", name="Create", exact=True).click()
    expect(visitor.locator("#new-capture-field")).to_contain_text("Give the number of a capture that there is.")
