"""What a person does with one job: make it, watch it, steer it, and look at what it found."""

import os
import re
import signal

import cv2
import numpy as np
from playwright.sync_api import Page, expect

from engine import control
from models.queries import workers
from models.queries.job_filter import JobFilter
from models.queries.jobs import ids
from models.states import Status
from tests.browser.conftest import Running
from tests.lab import ENGINEER, Lab, wait_for


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
    visitor.get_by_role("button", name="Cancel", exact=True).click()
    expect(visitor.locator("#job-lead")).to_contain_text("Cancelled")
    expect(visitor.locator("#job-cancel")).to_have_text("Cancelled")
    expect(visitor.locator("#job-life li[aria-current]")).to_contain_text("Cancelled")
    expect(visitor.locator("#job-asked-last")).to_contain_text(re.compile(r"Cancel by admin.*done \d\d:\d\d:\d\d"))
    expect(visitor.get_by_role("button", name="Retry", exact=True)).to_be_enabled()
    assert lab.job(job_id).status is Status.REVOKED


def test_a_job_is_paused_and_resumed(visitor: Page, running: Running) -> None:
    lab = running.lab("Meadow of pauses")
    job_id = long_job(lab)
    visitor.goto(f"{running.address}/jobs/{job_id}")
    visitor.get_by_role("button", name="Pause", exact=True).click()
    expect(visitor.locator("#job-lead")).to_contain_text("Paused")
    visitor.get_by_role("button", name="Resume", exact=True).click()
    expect(visitor.locator("#job-lead")).to_contain_text("Running")
    visitor.get_by_role("button", name="Cancel", exact=True).click()
    expect(visitor.locator("#job-lead")).to_contain_text("Cancelled")


def test_keys_alone_pause_a_job_and_resume_it(visitor: Page, running: Running) -> None:
    job_id = running.lab("Meadow of keys alone").submit(delay=600, pipeline_id=None, deployment_id=None)
    visitor.goto(f"{running.address}/jobs/{job_id}")
    pause, resume = (visitor.get_by_role("button", name=name, exact=True) for name in ("Pause", "Resume"))
    pause.press("Enter")
    expect(visitor.locator("#job-lead")).to_contain_text("Paused")
    expect(resume).to_be_focused()
    visitor.keyboard.press("Enter")
    expect(pause).to_be_focused()


def test_stages_and_log_move_while_the_job_runs(visitor: Page, running: Running) -> None:
    night = running.night("Live meadow", 6)
    lab = running.lab("Live meadow")
    job_id = lab.submit(name="Watched", event_id=night, deployment_id=None, start_now=False)
    visitor.goto(f"{running.address}/jobs/{job_id}")
    expect(visitor.locator("#job-log li")).to_have_count(0)
    visitor.get_by_role("button", name="Run", exact=True).click()
    night_link = visitor.locator("#job-numbers a")
    night_link.focus()
    expect(visitor.locator("#job-log")).to_contain_text("Found 6 images to process")
    expect(visitor.locator("#job-lead")).to_contain_text("6 of 6 captures processed", timeout=60_000)
    expect(visitor.locator("#job-stages")).to_contain_text(re.compile(r"Processed\s*6"))
    expect(visitor.locator("#job-chart .scatterlayer path").first).to_be_attached()
    expect(visitor.locator(".thumb .found.done")).to_have_count(6)
    expect(night_link).to_be_focused()  # though what tells the state was drawn anew again and again


def test_the_marks_and_the_sentence_are_of_one_moment(visitor: Page, running: Running) -> None:
    night = running.night("Agreed meadow", 40)
    lab = running.lab("Agreed meadow")
    job_id = lab.submit(event_id=night, deployment_id=None, priority=9, start_now=False)
    visitor.goto(f"{running.address}/jobs/{job_id}")
    expect(visitor.locator("#job-lead")).to_contain_text("not asked to run yet")
    visitor.evaluate(
        r"""() => {
            window.told = new Set();
            const look = () => {
                const said = document.getElementById("job-lead").textContent.match(/(\d+) of 40 captures processed/);
                const done = document.getElementById("job-strip-legend").textContent.match(/Done(\d+)/);
                if (said) { window.told.add(`${said[1]} said, ${done ? done[1] : 0} drawn`); }
            };
            const all = { subtree: true, childList: true, characterData: true };
            new MutationObserver(look).observe(document.getElementById("page"), all);
        }"""
    )
    visitor.get_by_role("button", name="Run", exact=True).click()
    expect(visitor.locator("#job-lead")).to_contain_text("40 of 40 captures processed", timeout=60_000)
    expect(visitor.locator("#job-strip-legend")).to_contain_text("Done40")
    told = visitor.evaluate("[...window.told]")
    assert [each for each in told if len(set(re.findall(r"\d+", each))) > 1] == []


def test_each_cause_of_failure_is_told_in_plain_words_and_tried_again_by_itself(
    visitor: Page, running: Running
) -> None:
    night = running.night("Broken meadow", 4, broken=1)
    path = sorted((running.folder / "Broken-meadow").iterdir())[1]
    cv2.imwrite(str(path), np.zeros((360, 480, 3), np.uint8))
    lab = running.lab("Broken meadow")
    job_id = lab.submit(name="Two causes", event_id=night, deployment_id=None, priority=9)
    lab.until(job_id)
    visitor.goto(f"{running.address}/jobs/{job_id}")
    groups = visitor.locator("#job-errors > li")
    expect(groups).to_have_count(2)
    cut_short = groups.filter(has_text="1 capture: file cut short, station Broken meadow")
    visitor.get_by_role("button", name="Failed 2").click()
    expect(visitor.locator("[data-shot]")).to_have_count(2)
    visitor.locator("[data-shot]").first.click()
    expect(visitor.locator(".viewer-error")).to_contain_text("cut short")
    visitor.keyboard.press("Escape")
    expect(visitor.locator("#viewer-picture")).to_have_count(0)
    cut_short.get_by_role("button", name="Retry it").click()
    expect(visitor.locator("#job-attempts th[scope=col]")).to_have_text(["Attempt 2", "Attempt 1"])
    expect(visitor.locator("#job-history")).to_contain_text("Retry what failed because of file cut short by admin")
    lab.until(job_id)
    with lab.board.store.read() as session:
        assert len(ids(session, JobFilter(words=("Two causes",)))) == 1
    assert (lab.job(job_id).attempt, lab.job(job_id).failed) == (2, 2)


def test_the_log_is_filtered_by_level_stage_and_text_and_comes_as_a_file(visitor: Page, running: Running) -> None:
    _, job_id = night_job(running, "Logged meadow", 3, broken=1)
    visitor.goto(f"{running.address}/jobs/{job_id}")
    visitor.locator("label", has_text=re.compile("^Errors$")).click()
    expect(visitor.locator("#job-log li")).to_have_count(1)
    expect(visitor).to_have_url(re.compile("level=ERROR"))
    visitor.reload()
    expect(visitor.locator("#job-log li")).to_have_count(1)
    visitor.locator("label", has_text=re.compile("^All$")).click()
    visitor.get_by_label("Stage", exact=True).select_option("collect")
    expect(visitor.locator("#job-log li")).to_have_count(2)
    visitor.get_by_label("Find in the log", exact=True).fill("found 3 IMAGES")
    expect(visitor.locator("#job-log li")).to_have_count(1)
    expect(visitor).to_have_url(re.compile("stage=collect.*find=found"))
    with visitor.expect_download() as download:
        visitor.get_by_role("link", name="As text").click()
    text = download.value.path().read_text()
    assert len(text.splitlines()) == 1
    assert "INFO    attempt 1 collect: Found 3 images to process" in text


def test_a_mark_of_the_strip_opens_its_capture(visitor: Page, running: Running) -> None:
    _, job_id = night_job(running, "Striped meadow", 4, broken=1)
    visitor.goto(f"{running.address}/jobs/{job_id}")
    expect(visitor.locator("#job-strip-legend li")).to_have_text(["Done3", "Failed1"])
    strip = visitor.locator("#job-strip-all")
    strip.hover(position={"x": 5, "y": 5})
    expect(visitor.locator("#job-strip-said")).to_have_text("Capture 1 of 4: failed")
    strip.click(position={"x": 5, "y": 5})
    expect(visitor.locator(".viewer-error")).to_contain_text("cut short")
    visitor.keyboard.press("ArrowRight")
    expect(visitor.locator("#viewer-said")).to_contain_text("22:05")
    visitor.get_by_role("link", name="Its own page").click()
    expect(visitor.locator("#page")).to_contain_text("In the job “All of Striped meadow”")
    visitor.get_by_role("link", name="Back to the job").click()
    strip.focus()
    strip.press("ArrowRight")
    strip.press("ArrowRight")
    strip.press("Enter")
    expect(visitor.locator("#viewer-said")).to_contain_text("22:05")


def test_what_can_be_changed_is_changed_where_it_stands(visitor: Page, running: Running) -> None:
    lab = running.lab("Edited meadow")
    job_id = lab.submit(name="To be edited", start_now=False)
    visitor.goto(f"{running.address}/jobs/{job_id}")
    visitor.get_by_label("Rename this job").click()
    visitor.get_by_label("Name", exact=True).fill("Well named")
    visitor.keyboard.press("Enter")
    expect(visitor.get_by_role("heading", level=1)).to_contain_text("Well named")
    visitor.get_by_label("Priority", exact=True).first.select_option("9")
    expect(visitor.locator("#job-history")).to_contain_text("Edit priority 9 by admin")
    visitor.get_by_label("Timeout").first.fill("2 weeks or so")
    visitor.keyboard.press("Enter")
    expect(visitor.locator("#toasts")).to_contain_text("A timeout is a time such as")
    expect(visitor.get_by_label("Timeout").first).to_have_value("")
    visitor.get_by_label("Timeout").first.fill("90 min")
    visitor.keyboard.press("Enter")
    expect(visitor.get_by_label("Timeout").first).to_have_value("1 h 30 min")
    control.edit(lab.board, ENGINEER, job_id, control.JobChanges(tags=["dusk", "moths"]))
    expect(visitor.get_by_label("Tags").first).to_have_value("dusk, moths")
    visitor.get_by_label("Review", exact=True).select_option("IN_REVIEW")
    expect(visitor.locator("#job-history")).to_contain_text("Review review in review by admin")
    job = lab.job(job_id)
    assert (job.name, job.priority, job.timeout_ms, job.tags) == ("Well named", 9, 5_400_000, ["dusk", "moths"])
    assert job.review_state == "IN_REVIEW"


def test_what_is_scrolled_stays_so_when_it_is_drawn_anew(visitor: Page, running: Running) -> None:
    lab = running.lab("Scrolled meadow")
    job_id = long_job(lab)
    visitor.set_viewport_size({"width": 390, "height": 844})
    visitor.goto(f"{running.address}/jobs/{job_id}")
    attempts = visitor.locator("#job-attempts .scroll-x")
    for _ in range(2):
        control.cancel(lab.board, ENGINEER, job_id)
        lab.until(job_id, Status.REVOKED)
        control.retry(lab.board, ENGINEER, job_id)
        lab.until(job_id, Status.STARTED)
    expect(attempts).to_contain_text("Attempt 3")
    scroll = "(table) => { table.scrollLeft = 60; return table.dataset.more || ''; }"
    wait_for(lambda: "left" in attempts.evaluate(scroll), "the page has seen it scrolled, and was not drawn meanwhile")
    first = attempts.element_handle()
    control.cancel(lab.board, ENGINEER, job_id)
    expect(visitor.locator("#job-lead")).to_contain_text("Cancelled")
    expect(attempts).to_have_js_property("scrollLeft", 60)
    assert not first.evaluate("(table) => table.isConnected")


def test_a_job_is_rerun_with_other_arguments_and_deleted(visitor: Page, running: Running) -> None:
    lab, job_id = night_job(running, "Repeated meadow", 3)
    visitor.goto(f"{running.address}/jobs/{job_id}")
    visitor.get_by_role("button", name="Rerun…").click()
    dialog = visitor.get_by_role("dialog")
    dialog.get_by_label("Limit").fill("2")
    dialog.get_by_label("Timeout").fill("soon")
    dialog.get_by_role("button", name="Write it down").click()
    expect(dialog).to_contain_text("A timeout is a time such as")
    dialog.get_by_label("Timeout").fill("1 h")
    dialog.get_by_role("button", name="Write it down").click()
    expect(visitor.get_by_role("heading", level=1)).to_contain_text("Rerun All of Repeated meadow")
    again = int(visitor.url.rsplit("/", 1)[-1])
    made = lab.job(again)
    assert (made.limit, made.timeout_ms, made.status, made.reprocess) == (2, 3_600_000, Status.CREATED, True)
    visitor.get_by_title("Delete this job").click()
    visitor.get_by_role("dialog").get_by_role("button", name="Delete it").click()
    expect(visitor).to_have_url(f"{running.address}/jobs")
    with lab.board.store.read() as session:
        assert again not in ids(session, JobFilter())


def test_a_night_leads_to_what_waits_and_all_is_rejected_only_after_a_question(visitor: Page, running: Running) -> None:
    night = running.night("Rejected meadow", 3)
    lab = running.lab("Rejected meadow")
    rules = {"boxes_above": 0}
    job_id = lab.submit(name="Rejected", event_id=night, deployment_id=None, priority=9, checkpoint=rules)
    lab.until(job_id, Status.CHECKPOINT)
    visitor.goto(f"{running.address}/night/{night}")
    story = visitor.locator(".page-header .lead")
    expect(story).to_contain_text("3 captures, none processed, 3 wait for a verdict")
    expect(visitor.locator("#night-process")).to_have_count(0)
    visitor.get_by_role("link", name="Judge 3 captures").click()
    times = visitor.locator("#review-list b")
    expect(times).to_have_text(["22:00", "22:05", "22:10"])
    every = visitor.get_by_role("button", name="Reject all 3")
    every.click()
    dialog = visitor.get_by_role("dialog")
    expect(dialog).to_contain_text("Reject all 3 captures that wait?")
    dialog.get_by_role("button", name="Leave them").click()
    expect(dialog).to_be_hidden()
    assert lab.job(job_id).stopped == 3
    every.click()
    dialog.get_by_role("button", name="Reject them").click()
    expect(visitor.locator("#job-lead")).to_contain_text("3 failed")
    assert lab.until(job_id).failed == 3
    visitor.go_back()
    expect(story).to_contain_text("3 captures, none processed, 3 failed")


def test_one_capture_that_waits_is_spoken_of_as_one(visitor: Page, running: Running) -> None:
    night = running.night("Lonely meadow", 3, broken=1)
    lab = running.lab("Lonely meadow")
    rules = {"boxes_above": 0, "unreadable": True}
    job_id = lab.submit(name="Lonely", event_id=night, deployment_id=None, priority=9, shuffle=False, checkpoint=rules)
    lab.until(job_id, Status.CHECKPOINT)
    visitor.goto(f"{running.address}/jobs/{job_id}")
    accept, reject = visitor.locator("#review-all-accept"), visitor.locator("#review-all-reject")
    expect(reject).to_have_text("Reject all 3…")
    accept.click()  # those that can be read
    expect(visitor.locator("#review-heading")).to_have_text("1 capture waits for your verdict")
    expect(accept).to_have_text("Accept it")
    expect(accept).to_be_disabled()
    expect(accept).to_have_attribute("title", "It could not be read, so there is no result to accept.")
    expect(visitor.locator("#review-all-retry")).to_have_text("Try it again")
    expect(reject).to_have_text("Reject it…")
    reject.click()
    dialog = visitor.get_by_role("dialog")
    expect(dialog).to_contain_text("Reject the capture that waits?It counts as failed")
    dialog.get_by_role("button", name="Reject it").click()
    expect(visitor.locator("#job-lead")).to_contain_text("2 of 3 captures processed, 1 failed")


def test_captures_at_a_checkpoint_are_judged_by_keys(visitor: Page, running: Running) -> None:
    night = running.night("Doubted meadow", 4, broken=1)
    lab = running.lab("Doubted meadow")
    rules = {"boxes_above": 0, "unreadable": True}
    job_id = lab.submit(name="Doubted", event_id=night, deployment_id=None, priority=9, shuffle=False, checkpoint=rules)
    lab.until(job_id, Status.CHECKPOINT)
    visitor.goto(f"{running.address}/jobs/{job_id}")
    expect(visitor.locator("#review-heading")).to_have_text("4 captures wait for your verdict")
    said = visitor.locator("#review-said")
    expect(said).to_contain_text("22:00")
    expect(visitor.locator("#review-picture .viewer-error")).to_contain_text("cut short")
    visitor.keyboard.press("j")
    expect(said).to_contain_text("22:05")
    expect(said).to_contain_text("It has 3 boxes, more than 0.")
    expect(visitor.locator("#review-picture svg .box")).to_have_count(3)
    visitor.keyboard.press("k")
    expect(said).to_contain_text("22:00")
    visitor.keyboard.press("r")
    expect(visitor.locator("#review-heading")).to_have_text("3 captures wait for your verdict")
    expect(said).to_contain_text("22:05")
    visitor.keyboard.press("a")
    expect(visitor.locator("#review-heading")).to_have_text("2 captures wait for your verdict")
    visitor.get_by_role("button", name="Accept all readable").click()
    expect(visitor.locator("#job-lead")).to_contain_text("3 of 4 captures processed, 1 failed")
    expect(visitor.locator("#job-review")).to_be_hidden()
    assert lab.until(job_id).status is Status.SUCCESS


def test_the_focus_goes_on_with_the_captures_that_are_judged(visitor: Page, running: Running) -> None:
    night = running.night("Focused meadow", 4)
    lab = running.lab("Focused meadow")
    job_id = lab.submit(name="Focused", event_id=night, deployment_id=None, priority=9, checkpoint={"boxes_above": 0})
    lab.until(job_id, Status.CHECKPOINT)
    visitor.goto(f"{running.address}/jobs/{job_id}")
    heading, here = visitor.locator("#review-heading"), visitor.locator(".review-thumb[aria-current]")
    visitor.locator(".review-thumb", has_text="22:15").click()
    visitor.keyboard.press("a")
    expect(heading).to_have_text("3 captures wait for your verdict")
    expect(here).to_contain_text("22:10")
    expect(here).to_be_focused()
    visitor.keyboard.press("k")
    expect(here).to_contain_text("22:05")
    expect(here).to_be_focused()
    visitor.keyboard.press("r")
    expect(heading).to_have_text("2 captures wait for your verdict")
    expect(here).to_contain_text("22:10")
    expect(here).to_be_focused()
    accept = visitor.locator("#review-accept")
    accept.click()
    expect(heading).to_have_text("1 capture waits for your verdict")
    expect(accept).to_be_focused()
    accept.press("Enter")
    expect(visitor.locator("#job-review")).to_be_hidden()
    expect(visitor.get_by_role("heading", level=1)).to_be_focused()


def test_a_button_that_stays_dead_gives_the_focus_to_its_neighbour(visitor: Page, running: Running) -> None:
    lab = running.lab("Cancelled meadow")
    job_id = long_job(lab)
    visitor.goto(f"{running.address}/jobs/{job_id}")
    cancel = visitor.locator("#job-cancel")
    cancel.focus()
    visitor.keyboard.press("Enter")
    expect(visitor.locator("#job-lead")).to_contain_text("Cancelled")
    expect(cancel).to_be_disabled()
    expect(visitor.locator("#job-retry")).to_be_focused()


def test_a_killed_worker_is_told_of_and_the_job_recovers(visitor: Page, running: Running) -> None:
    lab = running.lab("Meadow of the dead")
    job_id = lab.submit(name="Survives", delay=6, pipeline_id=None, deployment_id=None, priority=9)
    lab.until(job_id, Status.STARTED)
    visitor.goto(f"{running.address}/jobs/{job_id}")
    os.kill(wait_for(lambda: worker_on(lab, job_id), "a worker says that it holds the job"), signal.SIGKILL)
    expect(visitor.locator("#job-log")).to_contain_text("ended with 1 items in hand")
    expect(visitor.locator("#job-attempts")).to_contain_text("1 died at work")
    expect(visitor.locator("#job-lead")).to_contain_text("Success")


def worker_on(lab: Lab, job_id: int) -> int | None:
    """The process of the worker that is on this job."""
    with lab.board.store.read() as session:
        rows = workers.alive(session, lab.board.store.clock(session))
    return next((row.pid for row in rows if row.job_id == job_id), None)


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


def test_what_was_typed_last_is_in_the_job(visitor: Page, running: Running) -> None:
    night = running.night("Hasty meadow", 5)
    visitor.goto(f"{running.address}/jobs/new?night={night}")
    expect(visitor.locator("#new-work")).to_contain_text("5 to do")
    create = visitor.get_by_role("button", name="Create", exact=True).element_handle()
    assert create is not None
    visitor.get_by_label("Limit").fill("2")
    visitor.get_by_label("Tags").fill("in haste")
    create.click()
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Hasty meadow, 1–2 Jul 2026")
    job_id = int(visitor.url.rsplit("/", 1)[-1])
    job = running.lab("Hasty meadow").job(job_id)
    assert (job.limit, job.tags) == (2, ["in haste"])


def test_captures_that_are_to_wait_are_named_in_the_form(visitor: Page, running: Running) -> None:
    night = running.night("Doubtful meadow", 3)
    visitor.goto(f"{running.address}/jobs/new?night={night}")
    boxes = visitor.get_by_label("More boxes than")
    expect(boxes).to_be_hidden()
    visitor.get_by_label("Have doubtful captures wait for you").check()
    visitor.get_by_label("Captures that cannot be read").uncheck()
    start = visitor.get_by_role("button", name="Create and start")
    start.click()
    expect(visitor.locator("#new-hold-error")).to_contain_text("give one of the limits below, or turn this off")
    visitor.get_by_label("Darker than").fill("300")
    boxes.fill("1.5")
    start.click()
    expect(visitor.locator("#new-dark-error")).to_have_text("Give a brightness from 0 to 255.")
    expect(visitor.locator("#new-boxes-error")).to_have_text("Give a whole number of boxes, 0 or more.")
    visitor.get_by_label("Darker than").fill("20")
    visitor.get_by_label("Brighter than").fill("10")
    boxes.fill("0")
    start.click()
    expect(visitor.locator("#new-bright-error")).to_have_text(
        "Give more than the 20 of the darkest, or every capture waits."
    )
    visitor.get_by_label("Brighter than").fill("")
    start.click()
    expect(visitor.locator("#review-heading")).to_have_text("3 captures wait for your verdict")
    said = "darker than 20, more than 0 boxes"
    expect(visitor.locator("#job-numbers")).to_contain_text(said)
    visitor.get_by_role("button", name="Rerun…").click()
    expect(visitor.get_by_role("dialog")).to_contain_text(f"some captures wait for your verdict ({said})")
    first = visitor.url
    visitor.get_by_role("button", name="Write it down").click()
    expect(visitor).not_to_have_url(first)
    expect(visitor.locator("#job-numbers")).to_contain_text(said)


def test_what_is_wrong_stands_at_its_field(visitor: Page, running: Running) -> None:
    running.night("Wrong meadow", 2)
    visitor.goto(f"{running.address}/jobs/new")
    visitor.locator("label", has_text="A collection").click()
    visitor.get_by_role("button", name="Create", exact=True).click()
    expect(visitor.locator("#new-collection-field")).to_contain_text("Choose a collection.")
    expect(visitor.locator("#new-form-error")).to_have_text("Nothing is made yet: what is wrong is said at its field.")
    visitor.locator("label", has_text="One capture").click()
    visitor.locator("#new-capture").fill("987654321")
    visitor.get_by_role("button", name="Create", exact=True).click()
    expect(visitor.locator("#new-capture-field")).to_contain_text("Give the number of a capture that there is.")


def test_a_number_that_cannot_be_is_told_at_its_field_and_makes_no_job(visitor: Page, running: Running) -> None:
    night = running.night("Miscounted meadow", 2)
    visitor.goto(f"{running.address}/jobs/new?night={night}")
    expect(visitor.locator("#new-work")).to_contain_text("captures")
    create = visitor.get_by_role("button", name="Create", exact=True)
    for limit, priority, timeout, delay in (
        ("0", "12", "-3", "-1"),
        ("1.5", "high", "1e", "two"),
        ("0", "12", "-3", "two"),
    ):
        visitor.get_by_label("Limit").fill(limit)
        visitor.get_by_label("Priority").fill(priority)
        visitor.get_by_label("Timeout").fill(timeout)
        visitor.get_by_label("Delay").fill(delay)
        create.click()
        expect(visitor.locator("#new-limit-error")).to_contain_text("Give a whole number of captures, 1 or more")
        expect(visitor.locator("#new-priority-error")).to_contain_text("Give a whole number from 0 to 9")
        expect(visitor.locator("#new-timeout-error")).to_contain_text("Give whole minutes from 1 to 527,040")
        expect(visitor.locator("#new-delay-error")).to_contain_text("Give whole seconds from 0 to 86,400")
        expect(visitor).to_have_url(re.compile("/jobs/new"))
        for name, typed in {"limit": "nothing", "priority": "", "timeout": "", "delay": ""}.items():
            visitor.locator(f"#new-{name}").fill(typed)
        create.click()
        expect(visitor.locator("#new-priority-error")).to_be_empty()
    visitor.get_by_label("Limit").fill("1")
    create.click()
    expect(visitor.get_by_role("heading", level=1)).to_contain_text("Miscounted meadow")


def test_a_rerun_says_at_each_field_what_it_may_hold(visitor: Page, running: Running) -> None:
    lab, job_id = night_job(running, "Misprinted meadow", 2)
    visitor.goto(f"{running.address}/jobs/{job_id}")
    visitor.get_by_role("button", name="Rerun…").click()
    dialog = visitor.get_by_role("dialog")
    later = dialog.get_by_role("button", name="Write it down")
    for priority, limit in (("12", "0"), ("3.5", "some")):
        dialog.get_by_label("Priority, 0 to 9").fill(priority)
        dialog.get_by_label("Limit").fill(limit)
        later.click()
        expect(dialog.locator("#rerun-priority-error")).to_have_text("Give a whole number from 0 to 9; 9 goes first.")
        expect(dialog.locator("#rerun-limit-error")).to_contain_text("Give a whole number of captures, 1 or more")
        dialog.get_by_label("Priority, 0 to 9").fill("3")
        later.click()
        expect(dialog.locator("#rerun-priority-error")).to_be_empty()
    dialog.get_by_label("Timeout").fill("soon")
    dialog.get_by_label("Limit").fill("0")
    later.click()
    expect(dialog.locator("#rerun-timeout-error")).to_contain_text("A timeout is a time such as")
    expect(dialog.locator("#rerun-limit-error")).not_to_be_empty()
    dialog.get_by_label("Timeout").fill("")
    dialog.get_by_label("Limit").fill("")
    later.click()
    expect(visitor.get_by_role("heading", level=1)).to_contain_text("Rerun All of Misprinted meadow")
    made = lab.job(int(visitor.url.rsplit("/", 1)[-1]))
    assert (made.priority, made.limit, made.timeout_ms) == (3, None, None)
