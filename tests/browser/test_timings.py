"""What a person does with the timings: read them, narrow them, and go to the jobs behind a bar."""

import re

import pytest
from playwright.sync_api import Page, expect

from models.queries import timings
from models.states import Status
from tests.browser.conftest import Running
from tests.lab import Lab, wait_for


@pytest.fixture
def timed(running: Running) -> Lab:
    """A Nightboard on which a job has ended and was counted."""
    lab = running.lab("Timed meadow")
    job_id = lab.submit(name="Timed", delay=1, pipeline_id=None, deployment_id=None, priority=9)
    lab.until(job_id, Status.SUCCESS)

    def is_counted() -> bool:
        with lab.board.store.read() as session:
            return bool(timings.behind(session, "elapsed", 0, 1e9))

    wait_for(is_counted, "the job is counted")
    return lab


def test_both_times_are_shown_with_median_p90_and_p99(visitor: Page, running: Running, timed: Lab) -> None:
    visitor.goto(f"{running.address}/timings")
    for metric in ("queue", "elapsed"):
        expect(visitor.locator(f"#timings-{metric}-spread .bars .point").first).to_be_visible()
        expect(visitor.locator(f"#timings-{metric}-spread")).to_contain_text("median")
        expect(visitor.locator(f"#timings-{metric}-spread")).to_contain_text("p90")
        expect(visitor.locator(f"#timings-{metric}-spread")).to_contain_text("p99")


def test_a_bar_leads_to_the_jobs_behind_it(visitor: Page, running: Running, timed: Lab) -> None:
    visitor.goto(f"{running.address}/timings?type=ml")
    bar = visitor.locator("#timings-elapsed-spread .bars .point path").first
    behind = visitor.locator("#timings-elapsed-behind")

    def leads() -> bool:
        bar.click(force=True)  # a figure that was drawn this moment does not listen yet
        return "Elapsed time of" in behind.inner_text()

    wait_for(leads, "the bar leads to its jobs")
    expect(behind).to_be_in_viewport()
    behind.get_by_role("link").first.click()
    expect(visitor).to_have_url(re.compile(r"/jobs/\d+"))


@pytest.mark.parametrize(
    ("figure", "behind", "words"),
    [
        ("timings-queue-nights", "timings-queue-behind", "ended as Success"),
        ("timings-throughput", "timings-throughput-behind", "At work in the night of"),
    ],
)
def test_a_bar_of_a_night_leads_to_its_jobs(
    visitor: Page, running: Running, timed: Lab, figure: str, behind: str, words: str
) -> None:
    running.night("Landed meadow", 2)
    landed = running.lab("Landed meadow")
    landed.until(landed.submit(name="Landed", priority=9), Status.SUCCESS)
    visitor.goto(f"{running.address}/timings")
    bar = visitor.locator(f"#{figure} .bars .point path").first
    listed = visitor.locator(f"#{behind}")

    def leads() -> bool:
        bar.click(force=True)
        return words in listed.inner_text()

    wait_for(leads, "the bar leads to its jobs")
    expect(listed).to_be_in_viewport()
    expect(listed.locator("tbody tr")).not_to_have_count(0)


def test_each_figure_has_the_table_behind_it(visitor: Page, running: Running, timed: Lab) -> None:
    visitor.goto(f"{running.address}/timings")
    visitor.get_by_text("The numbers").first.click()
    rows = visitor.locator("#timings-queue-spread-table tbody tr")
    expect(rows).not_to_have_count(0)
    with visitor.expect_download() as kept:
        visitor.locator("#timings-queue-spread-table").get_by_role("link", name="CSV").click()
    assert kept.value.path().read_text().startswith("longer_than_ms,at_most_ms,attempts,share_up_to_here")
    rows.get_by_role("link").first.press("Enter")
    expect(visitor.locator(".jobs-grid .job-name").first).to_be_visible()


def test_figures_follow_the_jobs_that_end(visitor: Page, running: Running, timed: Lab) -> None:
    visitor.goto(f"{running.address}/timings")
    counted = visitor.locator("#timings-elapsed-numbers")
    before = counted.text_content() or ""
    expect(counted).to_have_text(before)
    for _ in range(2):
        timed.submit(name="Timed later", delay=1, pipeline_id=None, deployment_id=None, priority=9)
    expect(counted).not_to_have_text(before)


def test_each_worker_is_counted_apart_and_leads_to_its_jobs(visitor: Page, running: Running, timed: Lab) -> None:
    visitor.goto(f"{running.address}/timings")
    visitor.locator("summary", has_text="Worker").click()
    boxes = visitor.locator("#timings-worker").get_by_role("checkbox")
    expect(boxes).not_to_have_count(0)
    boxes.first.check()
    expect(visitor).to_have_url(re.compile(r"worker=\w"))
    visitor.reload()
    expect(visitor.locator("#timings-worker-said")).to_contain_text("Worker: ")
    visitor.get_by_text("The numbers").first.click()
    visitor.locator("#timings-queue-spread-table tbody tr").get_by_role("link").first.press("Enter")
    expect(visitor.locator("#jobs-text")).to_have_value(re.compile(r"worker:.+ queue:\d+ms\.\.\d+ms"))


def test_a_filter_stays_after_a_reload(visitor: Page, running: Running, timed: Lab) -> None:
    visitor.goto(f"{running.address}/timings")
    visitor.locator("summary", has_text="Pipeline").click()
    visitor.get_by_role("checkbox", name="No pipeline").check()
    expect(visitor).to_have_url(re.compile(r"pipeline=0"))
    visitor.reload()
    expect(visitor.locator("summary", has_text="Pipeline: No pipeline")).to_be_visible()
