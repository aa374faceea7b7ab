"""What a person does with a night's captures: look at the sheet, cut it, go to an hour, hide the boxes, open one."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Running


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
