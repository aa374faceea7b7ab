"""The page on which the API is read and tried out."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Running


def test_the_api_is_read_and_tried_out_by_who_is_logged_in(visitor: Page, running: Running) -> None:
    visitor.goto(f"{running.address}/api/docs")
    for dialect in ("Antenna", "Modzy", "Instabase", "UP42"):
        expect(visitor.locator(f"#operations-tag-{dialect}")).to_be_visible()
    visitor.locator("#operations-tag-Instabase").click()
    operation = visitor.locator("#operations-Instabase-get_api_v1_jobs_list")
    operation.click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table .response-col_status").last).to_contain_text("200")


def test_who_is_not_logged_in_reads_it_too(stranger: Page, running: Running) -> None:
    stranger.goto(f"{running.address}/api/docs")
    expect(stranger.get_by_role("heading", name="Nightboard")).to_be_visible()
