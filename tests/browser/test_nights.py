"""What a person does with the nights: look, open one, process what is missing, see the animals."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import select, update

from engine import control
from models.captures import Event
from models.jobs import Job
from tests.browser.conftest import Desk, Running, Watched
from tests.lab import ENGINEER, EVENING, wait_for

SHORT = {"width": 390, "height": 844}


def test_a_night_that_is_taken_in_appears_by_itself(visitor: Page, running: Running) -> None:
    visitor.goto(running.address)
    expect(visitor.get_by_role("heading", name="Nights", level=1)).to_be_visible()
    expect(visitor.get_by_role("link", name=re.compile("^Early meadow, night of"))).to_have_count(0)
    running.night("Early meadow", 3)
    expect(
        visitor.get_by_role("link", name=re.compile("^Early meadow, night of 1–2 Jul 2026: 3 captures"))
    ).to_be_visible()


def test_a_station_keeps_its_name_and_its_nights_without_captures_are_told_apart(
    visitor: Page, running: Running
) -> None:
    name = 'Meadow <b>"5"</b> & bog'
    running.night("Wide meadow", 1, evening=datetime(2026, 6, 27, 22, 0))
    for day in (28, 30):
        running.night(name, 1, evening=datetime(2026, 6, day, 22, 0))
    visitor.goto(running.address)
    row = visitor.get_by_role("row").filter(has_text=name)
    expect(row.get_by_role("link", name=f"{name}, night of 28–29 Jun 2026: 1 capture, none processed")).to_be_visible()
    expect(
        row.locator(".night-missing").filter(has_text=f"{name}, night of 29–30 Jun 2026: no captures")
    ).to_have_count(1)
    expect(row.locator(".night-none").last).to_have_text("before its first night")


def test_a_night_is_processed_from_its_page(visitor: Page, running: Running) -> None:
    night = running.night("Busy meadow", 6)
    visitor.goto(f"{running.address}/night/{night}")
    visitor.get_by_role("button", name="Process what is missing").press("Enter")
    expect(visitor.locator("#toasts")).to_contain_text("takes up the 6 captures without a result")
    expect(visitor.get_by_role("button", name="All processed")).to_be_visible(timeout=60_000)
    expect(visitor.get_by_role("heading", level=1)).to_be_focused()  # the button can be pressed no more

    visitor.locator(".thumb").first.click()
    expect(visitor.locator(".capture-box").first).to_be_visible()
    visitor.get_by_label("Boxes").uncheck()
    expect(visitor.locator(".capture-box").first).to_be_hidden()


def test_the_numbers_behind_a_chart_stay_open_while_a_job_is_about_the_night(visitor: Page, running: Running) -> None:
    night = running.night("Open meadow", 6)
    visitor.goto(f"{running.address}/night/{night}")
    behind = visitor.locator("details.behind").first
    behind.locator("summary").click()
    expect(behind.locator("tbody")).to_be_visible()
    visitor.locator("#night-captures .main-svg").first.wait_for()
    kept = "#night-captures .js-plotly-plot, .thumb, #night-jobs h2"
    visitor.evaluate("(kept) => document.querySelectorAll(kept).forEach((each) => { each.isKept = true; })", kept)
    lab = running.lab("Open meadow")
    lab.until(lab.submit(event_id=night, deployment_id=None, priority=9))
    expect(visitor.get_by_role("button", name="All processed")).to_be_visible()
    expect(visitor.locator("#night-captures-told")).to_have_attribute("aria-label", re.compile("all processed"))
    expect(visitor.locator("#night-detections-none")).to_be_hidden()
    expect(behind).to_have_attribute("open", "")
    expect(behind.locator("tbody")).to_be_visible()
    expect(visitor.locator("#night-captures .main-svg").first).to_be_visible()
    for part in ("#night-captures .js-plotly-plot", "#night-jobs h2"):
        assert visitor.locator(part).evaluate("(each) => each.isKept")


def test_a_broken_capture_is_shown_with_its_reason(visitor: Page, running: Running) -> None:
    night = running.night("Rainy meadow", 4, broken=1)
    visitor.goto(f"{running.address}/night/{night}")
    visitor.get_by_role("button", name="Process what is missing").click()
    expect(visitor.get_by_role("button", name="Retry what failed")).to_be_enabled(timeout=60_000)

    visitor.get_by_role("link", name="All captures").click()
    visitor.get_by_role("link", name=re.compile("^Failed")).click()
    expect(visitor.locator(".thumb")).to_have_count(1)
    visitor.locator(".thumb").click()
    expect(visitor.locator(".notice")).to_contain_text(re.compile(r"\w+ \w+"))


def test_what_failed_says_why_it_cannot_be_retried_while_a_job_is_about_the_night(
    visitor: Page, running: Running
) -> None:
    night = running.night("Hailed meadow", 3, broken=1)
    lab = running.lab("Hailed meadow")
    lab.until(lab.submit(event_id=night, deployment_id=None, priority=9))
    visitor.goto(f"{running.address}/night/{night}")
    retry = visitor.get_by_role("button", name="Retry what failed")
    expect(retry).to_be_enabled()
    words = "A job is about this night; retry what failed when it has ended, or cancel it"
    expect(visitor.locator("#page")).not_to_contain_text(words)
    job_id = lab.submit(event_id=night, deployment_id=None, delay=600)
    expect(retry).to_be_disabled()
    expect(retry).to_have_attribute("title", re.compile(words))
    expect(visitor.locator(".page-header .lead")).to_contain_text(words)
    control.cancel(lab.board, ENGINEER, job_id)
    expect(retry).to_be_enabled()
    expect(visitor.locator("#page")).not_to_contain_text(words)


def test_a_reload_shows_the_same_contact_sheet(visitor: Page, running: Running) -> None:
    night = running.night("Quiet meadow", 3)
    visitor.goto(f"{running.address}/captures?night={night}&show=open")
    chosen = visitor.locator(".sheet-tab.here")
    expect(chosen).to_contain_text("Not processed")
    visitor.reload()
    expect(chosen).to_contain_text("Not processed")


def test_nights_are_selected_on_a_touch_screen(browser: Browser, desk: Desk, running: Running) -> None:
    nights = [running.night(f"Touched meadow {number}", 2) for number in (1, 2)]
    known = desk.tab().context.storage_state()
    context = browser.new_context(
        storage_state=known, has_touch=True, is_mobile=True, viewport=SHORT, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(running.address)
    first, second = (page.locator(f'td[data-event="{night}"]') for night in nights)
    first.scroll_into_view_if_needed()
    finger = context.new_cdp_session(page)
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [middle_of(first)]})
    expect(first).to_have_class("chosen")
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    second.tap()
    expect(second).to_have_class("chosen")
    expect(page.locator("#nights-bar")).to_contain_text("2 nights")
    expect(page).to_have_url(re.compile(r"/$"))
    for cell in (first, second):
        cell.tap()
    expect(page.locator("#nights-bar")).to_be_empty()
    first.tap()
    expect(page).to_have_url(re.compile(rf"/night/{nights[0]}$"))
    context.close()


def middle_of(target: Locator) -> dict[str, float]:
    """Where a finger touches it, in px of the page's window."""
    box = target.bounding_box()
    assert box is not None
    return {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}


def test_the_board_is_used_by_keyboard_alone(visitor: Page, running: Running) -> None:
    running.night("Key meadow", 3)
    visitor.goto(running.address)
    visitor.get_by_role("link", name=re.compile("^Key meadow, night of")).focus()
    visitor.keyboard.press("Enter")
    heading = visitor.get_by_role("heading", name="Key meadow, 1–2 Jul 2026")
    expect(heading).to_be_focused()
    visitor.go_back()
    expect(visitor.get_by_role("heading", name="Nights", level=1)).to_be_visible()


def test_an_older_board_is_one_click_away(visitor: Page, running: Running) -> None:
    running.night("Old meadow", 3, evening=datetime(2025, 6, 1, 22, 0))
    running.night("New meadow", 3)
    visitor.goto(running.address)
    visitor.get_by_role("link", name="Earlier").click()
    expect(visitor.get_by_role("link", name=re.compile("^Old meadow, night of 1–2 Jun 2025"))).to_be_visible()
    expect(visitor).to_have_url(re.compile(r"\?until=2025-06-01$"))


def test_the_chosen_theme_is_remembered(visitor: Page, running: Running) -> None:
    visitor.goto(running.address)
    page = visitor.locator("html")
    before = page.get_attribute("data-bs-theme")
    visitor.get_by_role("button", name="Change between dark and light").click()
    expect(page).not_to_have_attribute("data-bs-theme", before or "")
    after = page.get_attribute("data-bs-theme") or ""
    visitor.reload()
    expect(page).to_have_attribute("data-bs-theme", after)


def test_a_phone_shows_the_whole_width_of_every_page(visitor: Page, running: Running) -> None:
    night = running.night("Phone meadow", 3)
    visitor.set_viewport_size(SHORT)
    for path in ("/", "/?view=season", f"/night/{night}", f"/captures?night={night}", "/timings", "/workers", "/wall"):
        visitor.goto(running.address + path)
        visitor.wait_for_selector("#page h1")
        assert visitor.evaluate("document.documentElement.scrollWidth") <= SHORT["width"]


def test_a_page_that_cannot_reach_nightboard_says_so_and_comes_back(
    visitor: Page, running: Running, watched: Watched
) -> None:
    visitor.goto(running.address)
    watched.expect("ERR_INTERNET_DISCONNECTED")
    watched.expect("the server did not respond")
    connection = visitor.locator("#connection")
    expect(connection).to_have_text("Live")
    visitor.context.set_offline(True)
    expect(connection).to_contain_text("Nightboard does not answer")
    visitor.context.set_offline(False)
    expect(connection).to_have_text("Live")


def test_the_focus_stays_on_its_night_when_the_board_is_drawn_anew(visitor: Page, running: Running) -> None:
    first = running.night("Focus meadow", 1, evening=datetime(2026, 6, 28, 22, 0))
    visitor.goto(running.address)
    tile = visitor.locator(f'td[data-event="{first}"] a')
    tile.focus()
    second = running.night("Focus meadow", 1, evening=datetime(2026, 6, 30, 22, 0))
    expect(visitor.locator(f'td[data-event="{second}"] a')).to_be_visible()
    expect(tile).to_be_focused()


def test_nights_are_selected_by_keyboard_and_processed_in_one_go(visitor: Page, running: Running) -> None:
    first = running.night("Range meadow", 2, evening=datetime(2026, 6, 28, 22, 0))
    running.night("Range meadow", 2, evening=datetime(2026, 6, 30, 22, 0))
    visitor.goto(running.address)
    visitor.locator(f'td[data-event="{first}"] a').focus()
    visitor.keyboard.press("Space")
    bar = visitor.locator(".selection-bar")
    expect(bar).to_contain_text("1 night")
    visitor.keyboard.press("Shift+ArrowRight")
    expect(bar).to_contain_text("2 nights at 1 station, 4 captures: 4 not processed")
    bar.get_by_role("button", name="Process 2 nights").click()
    expect(visitor.locator("#toasts")).to_contain_text("2 nights asked for, each by a job of its own")
    expect(bar).to_have_count(0)
    with running.board.store.read() as session:
        asked = session.scalars(select(Job).where(Job.name.startswith("Range meadow"))).all()
    assert len({job.event_id for job in asked}) == 2


def test_the_bar_of_what_is_selected_follows_what_becomes_of_it(visitor: Page, running: Running) -> None:
    nights = [running.night("Followed meadow", 2, evening=datetime(2026, 6, day, 22, 0)) for day in (28, 29)]
    lab = running.lab("Followed meadow")
    visitor.goto(running.address)
    visitor.locator(f'td[data-event="{nights[0]}"] a').focus()
    visitor.keyboard.press("Space")
    visitor.keyboard.press("Shift+ArrowRight")
    bar = visitor.locator(".selection-bar")
    expect(bar).to_contain_text("4 captures: 4 not processed")
    expect(bar.get_by_role("button", name="Process 2 nights")).to_be_enabled()
    waiting = lab.submit(event_id=nights[0], deployment_id=None, delay=600)
    expect(bar).to_contain_text("1 in work already")
    expect(bar.get_by_role("button", name="Process 1 night")).to_be_enabled()
    bar.get_by_role("button", name="Process 1 night").click()
    expect(visitor.locator("#toasts")).to_contain_text("1 night asked for. 1 night was left out: a job is at it.")
    control.cancel(lab.board, ENGINEER, waiting)


def test_a_range_of_nights_is_selected_by_dragging_over_it(visitor: Page, running: Running) -> None:
    nights = [running.night("Drag meadow", 1, evening=datetime(2026, 6, day, 22, 0)) for day in (27, 28, 29)]
    visitor.goto(running.address)

    def drags() -> bool:
        visitor.locator(f'td[data-event="{nights[0]}"]').scroll_into_view_if_needed()
        boxes = [visitor.locator(f'td[data-event="{night}"]').bounding_box() for night in (nights[0], nights[-1])]
        (left, right) = [(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in boxes if box]
        visitor.mouse.move(*left)  # a station that came at this moment has moved the others
        visitor.mouse.down()
        visitor.mouse.move(*right, steps=4)
        visitor.mouse.up()
        return visitor.locator("td.chosen").count() == len(nights)

    wait_for(drags, "the nights are selected")
    expect(visitor.locator(".selection-bar")).to_contain_text("3 nights at 1 station")
    expect(visitor).to_have_url(re.compile(r"/$"))
    visitor.get_by_role("button", name="Clear").click()
    expect(visitor.locator("td.chosen")).to_have_count(0)


def test_a_season_stays_after_a_reload(visitor: Page, running: Running) -> None:
    running.night("Season meadow", 1)
    visitor.goto(running.address)
    visitor.get_by_role("link", name="Season", exact=True).click()
    expect(visitor.locator(".nights-scroll.season")).to_be_visible()
    visitor.reload()
    expect(visitor.locator(".nights-scroll.season")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1440])
def test_no_tile_is_cut_behind_the_names_of_the_stations(visitor: Page, running: Running, width: int) -> None:
    for days in (0, 8, 29):
        running.night("Whole meadow", 1, evening=EVENING - timedelta(days=days))
    visitor.set_viewport_size({"width": width, "height": 844})
    visitor.goto(f"{running.address}/?until={EVENING.date()}")
    visitor.wait_for_selector(".night-cell")
    edge, lefts = visitor.evaluate(
        "[document.querySelector('.nights-table tbody th').getBoundingClientRect().right,"
        " [...document.querySelector('.nights-table tbody').rows[0].cells].slice(1)"
        ".map((cell) => cell.getBoundingClientRect()).map(({left, right}) => [left, right])]"
    )
    assert min(left for left, _ in lefts) < edge  # it goes on behind them
    shaded = edge + 5  # what is hidden beside a name, too
    assert [left for left, right in lefts if left < edge and right > shaded] == []


def test_a_narrow_tile_shows_its_silent_camera_and_its_tick_clear_of_the_hatch(visitor: Page, running: Running) -> None:
    for days in (1, 2, 3):
        running.night("Silent meadow", 1, evening=EVENING - timedelta(days=days))
    night = running.night("Silent meadow", 4)
    first = EVENING.replace(tzinfo=UTC)
    last = first + timedelta(hours=8)
    gaps = [{"start": first.isoformat(), "end": (first + timedelta(hours=3)).isoformat()}]
    with running.board.store.write() as session:
        session.execute(update(Event).where(Event.id == night).values(gaps=gaps, first_at=first, last_at=last))
        session.execute(update(Event).where(Event.id == night).values(processed_count=4))
    visitor.set_viewport_size(SHORT)
    visitor.goto(f"{running.address}/?until={EVENING.date()}")
    tile = visitor.locator(f'td[data-event="{night}"] .night-cell')
    camera, tick = tile.locator(".icon-camera-off"), tile.locator(".icon-check")
    expect(camera).to_be_visible()
    ground, shown, around = (each.bounding_box() or {} for each in (tile.locator(".ground"), camera, tile))
    assert shown["y"] + shown["height"] <= ground["y"]  # beside the count, above the hatch
    assert shown["x"] + shown["width"] <= around["x"] + around["width"]
    chip = "(each) => getComputedStyle(each.parentElement).backgroundColor"
    assert tick.evaluate(chip) != "rgba(0, 0, 0, 0)"


def test_the_wall_tells_the_state_of_the_lab_and_holds_still_when_asked(visitor: Page, running: Running) -> None:
    running.night("Wall meadow", 2)
    visitor.goto(f"{running.address}/wall")
    expect(visitor.locator("#wall .lead")).to_contain_text("captures processed")
    expect(visitor.locator("#wall-clock")).to_contain_text(re.compile(r"\d"))
    visitor.get_by_role("button", name="Hold still").click()
    expect(visitor.locator("#wall-hold")).to_have_attribute("aria-pressed", "true")
    visitor.keyboard.press("Escape")
    expect(visitor.get_by_role("heading", name="Nights", level=1)).to_be_visible()


WALL_ROWS = """() => {
  const end = document.querySelector("#wall .wall-nights").getBoundingClientRect().bottom;
  const rows = [...document.querySelectorAll("#wall .wall-nights tbody tr")];
  const shown = rows.filter((row) => row.getClientRects().length);
  const isCut = shown.some((row) => row.getBoundingClientRect().bottom > end + 1);
  return { all: rows.length, names: shown.map((row) => row.querySelector(".name").textContent), isCut };
}"""


def test_a_wall_shows_every_station_in_turn_and_none_of_them_cut(visitor: Page, running: Running) -> None:
    for number in range(14):
        running.night(f"Turning meadow {number}", 1)
    visitor.set_viewport_size({"width": 1280, "height": 600})
    visitor.goto(f"{running.address}/wall")
    expect(visitor.locator("#wall h2").first).to_have_attribute("data-part", re.compile(r"1 to \d+ of"))
    visitor.keyboard.press("Space")
    expect(visitor.locator("#wall-hold")).to_have_attribute("aria-pressed", "true")
    seen: set[str] = set()
    for _ in range(visitor.evaluate(WALL_ROWS)["all"]):
        wait_for(lambda: not visitor.evaluate(WALL_ROWS)["isCut"], "no station is cut")
        seen |= set(visitor.evaluate(WALL_ROWS)["names"])
        visitor.keyboard.press("ArrowRight")
        if visitor.locator("#wall").get_attribute("data-view") != "0":
            break
    assert len(seen) == visitor.evaluate(WALL_ROWS)["all"]


def test_an_address_without_a_page_says_so(visitor: Page, running: Running) -> None:
    visitor.goto(f"{running.address}/night/999999")
    expect(visitor.locator("#page")).to_contain_text("There is no night 999999")
