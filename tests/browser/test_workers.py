"""What a person does with the workers: see who works, stop one and start it again, and pause what should wait."""

import re

from playwright.sync_api import Page, expect
from sqlalchemy import select

from engine import control
from models.operations import Queue, QueuePause
from tests.browser.conftest import Running
from tests.lab import ENGINEER


def test_a_worker_is_stopped_and_started_again_from_its_row(visitor: Page, running: Running) -> None:
    visitor.goto(f"{running.address}/workers")
    row = visitor.locator('tr[data-worker="worker-2"]')
    row.get_by_role("button", name="Stop worker-2 after what it has in hand").click()
    expect(visitor.locator("#toasts")).to_contain_text("worker-2 stops after what it has in hand")
    expect(row).to_contain_text("Stopped", timeout=60_000)
    expect(visitor.locator("#health")).to_contain_text(", 1 stopped")
    row.get_by_role("button", name="Let worker-2 work again").click()
    expect(row).to_contain_text(re.compile("Idle|Busy"), timeout=60_000)


def test_a_button_stays_under_the_pointer_while_its_row_changes(visitor: Page, running: Running) -> None:
    visitor.goto(f"{running.address}/workers")
    busy = visitor.locator('tr[data-worker^="worker-"]').filter(has_text="Busy")
    expect(visitor.locator("tr[data-worker] button")).not_to_have_count(0)
    buttons = visitor.locator("tr[data-worker] button").element_handles()
    lab = running.lab("Meadow beside the workers")
    job_id = lab.submit(name="Keeps one busy", delay=2, pipeline_id=None, deployment_id=None, priority=9)
    expect(busy).not_to_have_count(0)
    lab.until(job_id)
    assert all(button.evaluate("(each) => each.isConnected") for button in buttons)


def test_a_pause_of_all_work_is_told_wherever_its_jobs_are_looked_for(visitor: Page, running: Running) -> None:
    night = running.night("Halted meadow", 2)
    control.pause_queue(running.board, ENGINEER, Queue.ALL)
    try:
        job_id = running.lab("Halted meadow").submit(event_id=night, deployment_id=None)
        visitor.goto(f"{running.address}/jobs/{job_id}")
        lead = visitor.locator("#job-lead")
        expect(lead).to_contain_text(re.compile(r"Waits: all work is paused.* since \d\d:\d\d"))
        expect(visitor.locator("#health")).to_contain_text("All work is paused")
        visitor.goto(running.address)
        expect(visitor.locator(".page-header .lead")).to_contain_text("all work is paused")
        control.resume_queue(running.board, ENGINEER, Queue.ALL)
        expect(visitor.locator(".page-header .lead")).not_to_contain_text("paused")
        expect(visitor.locator("#health")).not_to_contain_text("paused")
        control.pause_queue(running.board, ENGINEER, Queue.ALL)
        visitor.goto(f"{running.address}/jobs/{job_id}")
        control.resume_queue(running.board, ENGINEER, Queue.ALL)
        expect(lead).not_to_contain_text("paused")
    finally:
        control.resume_queue(running.board, ENGINEER, Queue.ALL)


def test_what_was_landed_is_on_the_map_with_its_table(visitor: Page, running: Running) -> None:
    night = running.night("Mapped meadow", 3)
    lab = running.lab("Mapped meadow")
    lab.until(lab.submit(event_id=night, deployment_id=None, priority=9))
    visitor.goto(f"{running.address}/workers?hours=1")
    expect(visitor.locator("#workers-map .main-svg").first).to_be_visible()
    visitor.get_by_text("The numbers").click()
    expect(visitor.locator("#workers-minutes tbody tr").first).to_contain_text("worker-")


def test_a_station_is_paused_and_goes_on_by_its_switch(visitor: Page, running: Running) -> None:
    running.night("Paused meadow", 1)
    visitor.goto(f"{running.address}/workers")
    switch = visitor.get_by_role("switch", name="Take work of the station: Paused meadow")
    switch.press("Space")
    expect(switch).to_have_attribute("aria-checked", "false")
    with running.board.store.read() as session:
        assert session.scalars(select(QueuePause)).one().user_id is not None
    expect(switch).to_be_focused()  # though the table was drawn anew around it
    switch.press("Space")
    expect(switch).to_have_attribute("aria-checked", "true")
