"""What stands around every page: the palette, the keys, the tab's title and icon, and a page that holds still."""

import json
import re

import pytest
from playwright.sync_api import Page, Request, Route, expect

from dashboard.page import GO, TOAST
from engine import control
from models.states import Status
from tests.browser.conftest import Running, Watched
from tests.lab import ENGINEER, Lab, wait_for

COLOUR = "(words) => getComputedStyle(words).fill"


@pytest.fixture
def lab(running: Running) -> Lab:
    return running.lab("Meadow of keys")


def job(lab: Lab, name: str, *, delay: int = 600, start_now: bool = False) -> int:
    return lab.submit(name=name, delay=delay, pipeline_id=None, deployment_id=None, priority=9, start_now=start_now)


def test_the_palette_finds_pages_stations_jobs_and_verbs(visitor: Page, running: Running, lab: Lab) -> None:
    job_id = job(lab, "Found by the palette")
    visitor.goto(f"{running.address}/jobs")
    visitor.wait_for_selector("#jobs-text")
    visitor.keyboard.press("Control+k")
    field = visitor.get_by_role("combobox", name="What to find")
    expect(field).to_be_focused()
    options = visitor.get_by_role("option")
    for words, found in [("timin", "Timings"), ("of keys", "Meadow of keys"), ("select all", "Select all that match")]:
        field.fill(words)
        expect(options.first).to_contain_text(found)
    field.fill("by the palette")
    expect(options.first).to_contain_text("Found by the palette")
    visitor.keyboard.press("Enter")
    expect(visitor).to_have_url(re.compile(f"/jobs/{job_id}$"))
    expect(visitor.locator("#palette")).to_have_count(0)


def choose(visitor: Page, words: str, found: str) -> None:
    visitor.keyboard.press("Control+k")
    visitor.get_by_role("combobox", name="What to find").fill(words)
    expect(visitor.locator("#palette [role=option]").first).to_have_text(found)
    visitor.keyboard.press("Enter")


def test_the_palette_does_what_the_buttons_of_the_page_do(visitor: Page, running: Running, lab: Lab) -> None:
    job_id = job(lab, "Steered by the palette", start_now=True)
    visitor.goto(f"{running.address}/jobs/{job_id}")
    lead = visitor.locator("#job-lead")
    expect(visitor.locator("#job-pause")).to_be_enabled()
    choose(visitor, "pause", "Pause this job")
    expect(lead).to_contain_text("Paused")
    choose(visitor, "resume", "Resume this job")
    expect(lead).to_contain_text("Running")
    choose(visitor, "cancel", "Cancel this job")
    expect(lead).to_contain_text("Cancelled")
    choose(visitor, "delete", "Delete this job")
    expect(visitor.get_by_role("dialog")).to_contain_text("Delete the job “Steered by the palette”?")
    visitor.get_by_role("button", name="Keep it").click()
    visitor.goto(f"{running.address}/workers")
    everything = visitor.get_by_role("switch", name="Take work: ")
    expect(everything).to_have_attribute("aria-checked", "true")
    visitor.keyboard.press("Control+k")
    lines = visitor.locator("#palette-list")
    expect(lines).to_contain_text("Timings")
    expect(lines).not_to_contain_text("worker-2")  # what rows can do is found by words of it
    visitor.keyboard.press("Escape")
    choose(visitor, "pause all", "Pause all work")
    expect(everything).to_have_attribute("aria-checked", "false")
    choose(visitor, "resume", "Resume all work")
    expect(everything).to_have_attribute("aria-checked", "true")
    row = visitor.locator('tr[data-worker="worker-2"]')
    choose(visitor, "stop worker-2 after", "Stop worker-2 after what it has in hand")
    expect(row).to_contain_text("Stopped", timeout=60_000)
    choose(visitor, "worker-2 work", "Let worker-2 work again")
    expect(row).to_contain_text(re.compile("Idle|Busy"), timeout=60_000)


def test_keys_lead_through_the_pages_and_the_list(visitor: Page, running: Running, lab: Lab) -> None:
    job(lab, "Keyed one")
    job(lab, "Keyed two")
    visitor.goto(running.address)
    visitor.wait_for_selector("#page h1")
    visitor.keyboard.press("?")
    expect(visitor.get_by_role("dialog", name="Keys")).to_contain_text("Go to Jobs")
    expect(visitor.get_by_role("dialog", name="Keys")).to_contain_text("Reject it")
    visitor.keyboard.press("Escape")
    expect(visitor.get_by_role("dialog", name="Keys")).to_have_count(0)
    visitor.keyboard.press("g")
    visitor.keyboard.press("j")
    expect(visitor.get_by_role("heading", name="Jobs", level=1)).to_be_focused()
    expect(visitor.locator('.ag-row[row-index="1"] .job-name')).to_be_visible()
    for key in ("j", "j", "k", "x"):
        visitor.keyboard.press(key)
    expect(visitor.locator('.ag-row[row-index="0"] input[type=checkbox]')).to_be_checked()
    expect(visitor.locator("#jobs-selected")).to_have_text("1 selected")
    visitor.keyboard.press("Enter")
    expect(visitor).to_have_url(re.compile(r"/jobs/\d+$"))


def test_a_visit_brings_its_page_and_asks_no_button(visitor: Page, running: Running, lab: Lab) -> None:
    job_id = job(lab, "Only looked at")
    asked: list[str] = []

    def answered(request: Request) -> None:
        if "/_dash-update-component" in request.url:
            asked.append(json.loads(request.post_data or "{}")["output"])

    visitor.on("requestfinished", answered)
    for path in ("/", f"/jobs/{job_id}", "/jobs", "/jobs/new", "/timings", "/workers", "/reports", "/settings"):
        visitor.goto(running.address + path)
        visitor.wait_for_load_state("networkidle")
    visitor.remove_listener("requestfinished", answered)
    assert any("viewer-page.children" in outputs for outputs in asked)
    assert [outputs for outputs in asked if "..page.children.." in outputs] == []
    assert [outputs for outputs in asked if {TOAST, GO} & set(re.findall(r"[\w-]+(?=\.data)", outputs))] == []


def test_a_chosen_theme_stays_until_it_is_the_system_s_again(visitor: Page, running: Running) -> None:
    visitor.goto(running.address)
    shown, change = visitor.locator("html"), visitor.get_by_role("button", name="Change between dark and light")
    expect(shown).to_have_attribute("data-bs-theme", "light")
    change.click()
    expect(shown).to_have_attribute("data-bs-theme", "dark")
    visitor.reload()
    expect(shown).to_have_attribute("data-bs-theme", "dark")
    change.click()
    expect(shown).to_have_attribute("data-bs-theme", "light")
    assert "theme-chosen" not in visitor.evaluate("document.cookie")


def test_a_tab_is_named_before_its_page_stands(visitor: Page, running: Running) -> None:
    for path, title in (("/jobs", "Jobs"), ("/nowhere", "Not here")):
        document = visitor.request.get(running.address + path)
        assert f"<title>{title} · Nightboard</title>" in document.text()


def test_a_document_asks_for_no_script_that_no_page_needs(visitor: Page, running: Running) -> None:
    scripts = re.findall(r'<script src="([^"]+)"', visitor.request.get(running.address + "/jobs").text())
    assert any("dash_renderer" in script for script in scripts)
    assert [script for script in scripts if "polyfill" in script or "dash_table" in script] == []


def test_a_browser_tells_its_reader_s_zone(visitor: Page, running: Running) -> None:
    visitor.context.clear_cookies(name="zone")
    visitor.goto(running.address)
    wait_for(lambda: "zone=" in visitor.evaluate("document.cookie"), "the zone is told")


def test_a_browser_that_does_not_say_where_it_is_gets_its_page_too(visitor: Page, running: Running, lab: Lab) -> None:
    job(lab, "Found without a word")

    def silent(route: Route) -> None:
        headers = {name: value for name, value in route.request.headers.items() if name != "referer"}
        route.fulfill(response=route.fetch(headers=headers))

    visitor.route("**/_dash-layout", silent)
    visitor.goto(f"{running.address}/jobs?q=without")
    expect(visitor.locator(".jobs-grid .job-name")).to_have_text(["Found without a word"])
    expect(visitor.locator("#shell")).to_have_attribute("data-drawn", "")


def test_back_leads_to_the_page_that_was_opened_by_its_address(visitor: Page, running: Running) -> None:
    for path in ("/reports", "/workers", "/settings"):
        visitor.goto(running.address + path)
        visitor.wait_for_selector("#page h1")
    for path, name in (("/workers", "Workers"), ("/reports", "Reports")):
        visitor.go_back()
        expect(visitor).to_have_url(running.address + path)
        expect(visitor.get_by_role("heading", level=1)).to_have_text(name)


def test_figures_are_drawn_for_the_theme_that_the_system_has_now(visitor: Page, running: Running) -> None:
    address = f"{running.address}/night/{running.night('Meadow of themes')}"
    visitor.goto(address)
    words = visitor.locator(".js-plotly-plot .xtick text").first
    before = words.evaluate(COLOUR)
    visitor.goto("about:blank")
    visitor.emulate_media(color_scheme="dark")
    visitor.goto(address)
    wait_for(lambda: words.count() and words.evaluate(COLOUR) != before, "the figures are drawn for the dark")
    visitor.emulate_media(color_scheme="light")


def test_back_leads_to_a_list_whose_address_the_list_wrote_itself(visitor: Page, running: Running, lab: Lab) -> None:
    job(lab, "Come back to")
    visitor.goto(f"{running.address}/jobs")
    visitor.locator("#jobs-text").fill("back to")
    expect(visitor).to_have_url(re.compile(r"q=back"))
    visitor.locator("#navigation").get_by_text("Settings").click()
    expect(visitor.get_by_role("heading", name="Settings", level=1)).to_be_visible()
    visitor.go_back()
    expect(visitor.get_by_role("heading", name="Jobs", level=1)).to_be_visible()
    expect(visitor.locator(".jobs-grid .job-name")).to_have_text(["Come back to"])


def test_the_tab_tells_what_runs_and_what_failed(visitor: Page, running: Running, lab: Lab) -> None:
    visitor.goto(running.address)
    icon = visitor.locator('link[rel="icon"]')
    expect(visitor).to_have_title(re.compile("Nights · Nightboard$"))
    job_id = job(lab, "Told in the tab", start_now=True)
    expect(visitor).to_have_title(re.compile(r"^\d+ running"))
    expect(icon).to_have_attribute("href", re.compile("^data:image/png"))
    control.cancel(lab.board, ENGINEER, job_id)
    lab.until(job_id, Status.REVOKED)


def test_the_page_holds_still_while_somebody_types(visitor: Page, running: Running, lab: Lab) -> None:
    job_id = job(lab, "Held before")
    visitor.goto(f"{running.address}/jobs?q=held")
    expect(visitor.locator(f'[row-id="{job_id}"] .job-name')).to_be_visible()
    visitor.mouse.move(4, 4)
    visitor.mouse.down()
    job(lab, "Held later")
    held = visitor.locator("#connection.held")
    expect(held).to_have_count(1)
    expect(visitor.locator(".jobs-grid .job-name")).to_have_text(["Held before"])
    visitor.mouse.up()
    expect(visitor.locator('.ag-row[row-index="0"] .job-name')).to_have_text("Held later")
    expect(held).to_have_count(0)


def test_the_list_comes_back_after_a_time_without_network(
    visitor: Page, running: Running, lab: Lab, watched: Watched
) -> None:
    watched.expect("ERR_INTERNET_DISCONNECTED")
    watched.expect("the server did not respond")  # to what was asked just before
    job(lab, "Before the gap")
    visitor.goto(f"{running.address}/jobs?q=the+gap")
    expect(visitor.locator(".jobs-grid .job-name")).to_have_text(["Before the gap"])
    visitor.context.set_offline(True)
    expect(visitor.locator("#connection")).to_contain_text("Nightboard does not answer")
    job(lab, "In the gap")
    visitor.context.set_offline(False)
    expect(visitor.locator('.ag-row[row-index="0"] .job-name')).to_have_text("In the gap")
    expect(visitor.locator("#connection .words")).to_have_text("Live")


def test_a_page_that_was_asked_for_without_network_opens_when_it_is_back(
    visitor: Page, running: Running, watched: Watched
) -> None:
    watched.expect("ERR_INTERNET_DISCONNECTED")
    visitor.goto(f"{running.address}/workers")
    visitor.wait_for_selector("#page h1")
    visitor.context.set_offline(True)
    visitor.wait_for_function("nightboard.isAway()")
    visitor.get_by_role("navigation", name="Pages").get_by_role("link", name="Timings").click()
    expect(visitor.locator("#toasts")).to_contain_text("this page opens as soon as it does")
    visitor.context.set_offline(False)
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Timings")


def test_on_a_phone_the_row_of_pages_and_of_tabs_shows_where_one_is(visitor: Page, running: Running) -> None:
    visitor.set_viewport_size({"width": 390, "height": 844})
    visitor.goto(f"{running.address}/settings?tab=audit")
    expect(visitor.locator(".navigation a.here")).to_be_in_viewport(ratio=0.95)
    expect(visitor.locator(".settings-tabs a.here")).to_be_in_viewport(ratio=0.95)
    expect(visitor.locator(".navigation")).to_have_attribute("data-more", "left")
    visitor.locator(".settings-tabs a", has_text="Tokens").click()
    expect(visitor.locator(".settings-tabs a.here")).to_have_text("Tokens")
    expect(visitor.locator(".settings-tabs a.here")).to_be_in_viewport(ratio=0.95)
    assert visitor.evaluate("scrollY") == 0


def test_what_a_page_answers_late_leaves_the_address_of_the_next_one_alone(visitor: Page, running: Running) -> None:
    night = running.night("Meadow left in haste", 2)
    held: list[Route] = []

    def hold(route: Route) -> None:
        if "page-query" in (route.request.post_data or ""):
            held.append(route)
        else:
            route.continue_()

    pages = visitor.get_by_role("navigation", name="Pages")
    visitor.goto(f"{running.address}/jobs/new?night={night}")
    expect(visitor.locator("#new-work")).to_contain_text("2 captures")
    visitor.route("**/_dash-update-component*", hold)
    visitor.get_by_label("Limit").fill("1")
    wait_for(lambda: visitor.evaluate("true") and held, "the form asks what it would take")
    pages.get_by_role("link", name="Workers").click()
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Workers")
    with visitor.expect_response("**/_dash-update-component*") as answered:
        held.pop().continue_()
    answered.value.finished()
    visitor.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    expect(visitor).to_have_url(f"{running.address}/workers")
    # A page that is opened again still writes its own.
    visitor.unroute("**/_dash-update-component*")
    visitor.locator("#workers-hours label", has_text="12 h").click()
    expect(visitor).to_have_url(re.compile(r"/workers\?hours=\d+"))
