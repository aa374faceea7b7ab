"""What a person does with a report: choose, read a number back to its captures, take the files, and export the data."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from models.states import Status
from tests.browser.conftest import Running
from tests.lab import EVENING, Lab


@pytest.fixture(scope="module")
def reported(running: Running) -> Lab:
    """A station with two worked nights, a missing one between them, and a capture that cannot be read."""
    running.night("Reported meadow", 5, broken=1)
    running.night("Reported meadow", 4, evening=EVENING + timedelta(days=2))
    lab = running.lab("Reported meadow")
    lab.until(lab.submit(name="Reported", priority=9), Status.SUCCESS)
    return lab


def address(running: Running, lab: Lab) -> str:
    return f"{running.address}/reports?stations={lab.station_id}&from=2026-07-01&to=2026-07-03"


def test_a_number_leads_to_its_captures_job_version_and_parameters(
    visitor: Page, running: Running, reported: Lab
) -> None:
    visitor.goto(address(running, reported))
    card = visitor.locator(".card-box", has=visitor.locator("[data-figure=processed]"))
    expect(card.locator("img")).to_have_js_property(
        "complete", True, timeout=60_000
    )  # the first takes matplotlib along
    assert card.locator("img").evaluate("image => image.naturalWidth") > 0
    card.get_by_text("The numbers").click()
    rows = card.locator("tbody tr")
    expect(rows.nth(0)).to_contain_text("2026-07-01")
    expect(rows.nth(1).locator("td")).to_have_text(["Reported meadow", "2026-07-02", *["–"] * 5])
    rows.nth(0).get_by_role("link", name="4", exact=True).click()
    expect(visitor.locator("h1")).to_have_text("Behind a number")
    behind = visitor.locator("table", has_text="Pipeline, or why not").locator("tbody tr")
    expect(behind).to_have_count(4)
    expect(behind.first).to_contain_text("Embedded detector, version")
    visitor.get_by_text("of Embedded detector, version").click()
    expect(visitor.locator("details.behind pre")).to_contain_text('"')
    expect(behind.first.get_by_role("link", name=re.compile("Job"))).to_have_attribute("href", re.compile(r"/jobs/\d+"))
    behind.first.get_by_role("link").first.click()
    expect(visitor).to_have_url(re.compile(r"/captures/\d+"))


def test_the_choice_stays_in_the_address_and_the_files_are_real(visitor: Page, running: Running, reported: Lab) -> None:
    visitor.goto(address(running, reported))
    visitor.locator("summary", has_text="All figures").click()
    visitor.get_by_role("checkbox", name="Timings").uncheck()
    expect(visitor).to_have_url(re.compile("figures=captures"))
    visitor.reload()
    expect(visitor.locator("summary", has_text="5 of 6 figures")).to_be_visible()
    expect(visitor.locator("[data-figure=timings]")).to_have_count(0)
    for word, begin in (
        ("PDF", b"%PDF-"),
        ("HTML", b"<!DOCTYPE html>"),
        ("PNG", b"\x89PNG"),
        ("CSV", b"Station,Night"),
    ):
        link = visitor.get_by_role("link", name=word, exact=True).first
        answer = visitor.request.get(running.address + str(link.get_attribute("href")))
        assert answer.ok
        assert answer.body().startswith(begin)
    visitor.get_by_role("link", name="What the numbers mean").click()
    expect(visitor.get_by_role("heading", name="Detections are not animals")).to_be_visible()


def test_an_export_is_asked_for_and_taken(visitor: Page, running: Running, reported: Lab) -> None:
    visitor.goto(address(running, reported))
    visitor.get_by_role("button", name="Export").click()
    link = visitor.locator("#reports-exports").get_by_role("link", name="detections.csv").first
    expect(link).to_be_visible(timeout=30_000)
    with visitor.expect_download() as download:
        link.click()
    text = download.value.path().read_text()
    assert text.count("2026-07-03,") >= 4
