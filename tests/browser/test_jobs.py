"""What a person does with the list of jobs: find, sort, select, steer, keep a view, and come back to the same page."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa
from playwright.sync_api import Locator, Page, Request, Route, expect

from dashboard.pages.jobs.blocks import COUNTED
from dashboard.pages.jobs.grid import BLOCK
from models.jobs import Job
from models.states import Status
from tests.browser.conftest import Running, Watched
from tests.lab import Lab, wait_for

LONG = 600  # s of a job that only a cancel ends
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def lab(running: Running) -> Lab:
    return running.lab("Meadow of lists")


def waiting_job(lab: Lab, name: str, *, delay: int = LONG, start_now: bool = True) -> int:
    """A job that does nothing but wait; 9 goes before whatever other tests left."""
    return lab.submit(name=name, delay=delay, pipeline_id=None, deployment_id=None, priority=9, start_now=start_now)


def open_list(visitor: Page, running: Running, query: str) -> None:
    visitor.goto(f"{running.address}/jobs?{query}")
    expect(visitor.locator("#jobs-count")).to_contain_text("job")


def cell(visitor: Page, job_id: int, column: str) -> Locator:
    return visitor.locator(f'[row-id="{job_id}"] [col-id="{column}"]')


def box(visitor: Page) -> Locator:
    return visitor.locator("#jobs-text")


def ask(visitor: Page, verb: str) -> None:
    visitor.locator("#jobs-steering").get_by_role("button", name=re.compile(f"^{verb}")).click()


def select(visitor: Page, job_id: int) -> None:
    visitor.locator(f'[row-id="{job_id}"] input[type=checkbox]').check()


def names(visitor: Page) -> Locator:
    return visitor.locator(".jobs-grid .job-name")


def test_a_search_stays_after_a_reload(visitor: Page, running: Running, lab: Lab) -> None:
    waiting_job(lab, "Searched for", start_now=False)
    waiting_job(lab, "Left out of it", start_now=False)
    open_list(visitor, running, "")
    box(visitor).fill("searched")
    expect(names(visitor)).to_have_text(["Searched for"])
    expect(visitor).to_have_url(re.compile(r"q=searched"))
    visitor.reload()
    expect(box(visitor)).to_have_value("searched")
    expect(names(visitor)).to_have_text(["Searched for"])


def test_a_list_that_is_left_while_one_types_is_not_asked_any_more(visitor: Page, running: Running, lab: Lab) -> None:
    """What was begun is dropped without a word in the console, and does not come over the next page."""
    waiting_job(lab, "Typed in full", start_now=False)
    open_list(visitor, running, "")
    box(visitor).fill("begun and")
    visitor.get_by_role("link", name="Nights", exact=True).click()
    expect(box(visitor)).to_have_count(0)
    visitor.get_by_role("link", name="Jobs", exact=True).click()
    box(visitor).fill("typed in full")  # its pause is over after that of the first
    expect(names(visitor)).to_have_text(["Typed in full"])
    expect(visitor).to_have_url(re.compile(r"q=typed\+in\+full|q=typed%20in%20full"))


def test_a_chip_filters_and_says_what_it_does(visitor: Page, running: Running, lab: Lab) -> None:
    waiting_job(lab, "Chip, created", start_now=False)
    lab.until(waiting_job(lab, "Chip, done", delay=1), Status.SUCCESS)
    open_list(visitor, running, "q=chip")
    expect(names(visitor)).to_have_count(2)
    visitor.locator("summary", has_text="Status").click()
    visitor.locator("#jobs-status").get_by_label("Created").check()
    expect(names(visitor)).to_have_text(["Chip, created"])
    expect(visitor.locator("summary", has_text="Status: Created")).to_be_visible()
    expect(box(visitor)).to_have_value("chip status:created")
    expect(visitor).to_have_url(re.compile(r"q=chip\+status%3Acreated"))
    visitor.keyboard.press("Escape")
    visitor.get_by_role("button", name="Clear filters").click()
    expect(visitor).not_to_have_url(re.compile(r"q="))


def test_a_filter_is_typed_with_what_is_offered(visitor: Page, running: Running, lab: Lab) -> None:
    waiting_job(lab, "Typed, created", start_now=False)
    lab.until(waiting_job(lab, "Typed, done", delay=1), Status.SUCCESS)
    open_list(visitor, running, "")
    visitor.keyboard.press("/")
    expect(box(visitor)).to_be_focused()
    visitor.keyboard.type("typed stat")
    offers = visitor.locator("#jobs-text-offers li")
    expect(offers).to_have_text(["status:where it stands", "station:of a station"])
    visitor.keyboard.press("ArrowDown")
    expect(box(visitor)).to_have_attribute("aria-activedescendant", "jobs-offer-0")
    visitor.keyboard.press("Enter")
    expect(offers.first).to_contain_text("created")
    visitor.keyboard.type("suc")
    expect(offers).to_have_text(["success"])
    visitor.keyboard.press("Tab")
    expect(box(visitor)).to_have_value("typed status:success ")
    expect(names(visitor)).to_have_text(["Typed, done"])
    expect(visitor.locator("summary", has_text="Status: Success")).to_be_visible()


def test_what_cannot_be_read_is_pointed_at_under_the_caret(visitor: Page, running: Running, lab: Lab) -> None:
    waiting_job(lab, "Pointed at", start_now=False)
    open_list(visitor, running, "q=pointed")
    expect(names(visitor)).to_have_text(["Pointed at"])
    box(visitor).press("End")
    visitor.keyboard.type(" queue>5")
    wrong = visitor.get_by_text("Give queue a time with its unit, such as queue>90s, queue>5m or queue>1h.")
    expect(wrong).to_be_visible()
    expect(box(visitor)).to_have_attribute("aria-invalid", "true")
    mark, words = visitor.locator("#jobs-text-mark").bounding_box(), box(visitor).bounding_box()
    assert mark is not None
    assert words is not None
    assert words["x"] < mark["x"] < words["x"] + words["width"]
    expect(names(visitor)).to_have_text(["Pointed at"])
    visitor.keyboard.type("m")
    visitor.keyboard.press("Escape")
    expect(wrong).to_be_hidden()
    expect(visitor.get_by_role("heading", name="No job matches these filters")).to_be_visible()


def test_a_link_that_cannot_be_read_says_so_until_one_goes_on(visitor: Page, running: Running) -> None:
    visitor.goto(f"{running.address}/jobs?q=queue%3E5")
    error = visitor.locator("#jobs-text-error")
    expect(error).to_contain_text("Give queue a time with its unit")
    expect(box(visitor)).to_have_attribute("aria-invalid", "true")
    visitor.locator("#navigation").get_by_text("Jobs").click()
    expect(box(visitor)).to_have_value("")
    expect(error).to_be_empty()


def test_a_view_is_kept_renamed_and_taken_away(visitor: Page, running: Running, lab: Lab) -> None:
    waiting_job(lab, "In a view", start_now=False)
    open_list(visitor, running, "q=in+a+view")
    visitor.get_by_role("button", name="Save view").click()
    visitor.get_by_label("Name", exact=True).fill("Seen often")
    visitor.get_by_role("button", name="Save", exact=True).click()
    view = visitor.get_by_role("navigation", name="Views").get_by_role("link", name=re.compile("^Seen often"))
    expect(view).to_have_text("Seen often1")
    visitor.goto(f"{running.address}/jobs")
    view.click()
    expect(names(visitor)).to_have_text(["In a view"])
    visitor.get_by_role("button", name="Rename").click()
    visitor.get_by_label("Name", exact=True).fill("Seen")
    visitor.get_by_label("Name", exact=True).press("Enter")
    seen = visitor.get_by_role("navigation", name="Views").get_by_role("link", name=re.compile("^Seen \\d"))
    expect(seen).to_have_text("Seen1")
    waiting_job(lab, "In a view, too", start_now=False)
    expect(seen).to_have_text("Seen2")
    visitor.get_by_role("button", name="Delete").click()
    expect(seen).to_have_count(0)


def test_a_view_keeps_its_order_and_takes_another_one(visitor: Page, running: Running, lab: Lab) -> None:
    for letter in "bca":
        waiting_job(lab, f"Ordered {letter}", start_now=False)
    views = visitor.get_by_role("navigation", name="Views")
    save, by_name = visitor.get_by_role("button", name="Save view"), visitor.locator('.ag-header-cell[col-id="name"]')
    open_list(visitor, running, "q=ordered&sort=name")
    save.click()
    visitor.get_by_label("Name", exact=True).fill("By name")
    visitor.get_by_label("Name", exact=True).press("Enter")
    view = views.get_by_role("link", name=re.compile("^By name"))
    expect(view).to_have_class("view here")
    update = visitor.get_by_role("button", name="Update “By name”")
    expect(update).to_be_hidden()
    by_name.click()
    expect(visitor).to_have_url(re.compile("sort=-name"))
    expect(view).to_have_class("view")
    expect(save).to_be_visible()
    update.click()
    expect(view).to_have_class("view here")
    expect(update).to_be_hidden()
    box(visitor).fill("ordered tag:none")
    expect(view).to_have_class("view")
    update.click()
    expect(view).to_have_class("view here")
    expect(view).to_have_text("By name0")
    visitor.get_by_role("button", name="Delete").click()
    expect(view).to_have_count(0)
    open_list(visitor, running, "q=status:running,cancelling&sort=name")
    expect(views.get_by_role("link", name=re.compile("^Running"))).to_have_class("view")
    expect(save).to_be_visible()


def test_the_name_of_a_view_is_typed_at_once_and_the_focus_comes_back(
    visitor: Page, running: Running, lab: Lab
) -> None:
    open_list(visitor, running, "q=tag%3Afocused")
    save = visitor.get_by_role("button", name="Save view")
    save.focus()
    visitor.keyboard.press("Enter")
    name = visitor.get_by_role("dialog").get_by_label("Name")
    expect(name).to_be_focused()
    visitor.keyboard.press("Escape")
    expect(save).to_be_focused()
    visitor.keyboard.press("Enter")
    expect(name).to_be_focused()
    visitor.get_by_role("button", name="Not now").click()
    expect(save).to_be_focused()
    visitor.keyboard.press("Enter")
    expect(name).to_be_focused()
    visitor.keyboard.type("Focused")
    visitor.keyboard.press("Enter")
    expect(save).to_be_hidden()
    expect(visitor.get_by_role("button", name="Rename")).to_be_focused()
    visitor.get_by_role("button", name="Delete").click()
    expect(save).to_be_focused()


def test_all_that_match_are_cancelled_in_one_operation(visitor: Page, running: Running, lab: Lab) -> None:
    jobs = [waiting_job(lab, f"Every {number}", start_now=False) for number in range(3)]
    other = waiting_job(lab, "Not of them", start_now=False)
    open_list(visitor, running, "q=every")
    visitor.get_by_role("button", name="Select all that match").click()
    expect(visitor.locator("#jobs-selected")).to_have_text("All that match")
    ask(visitor, "Cancel")
    expect(visitor.locator("#jobs-question-words")).to_contain_text("Cancel 3 jobs?")
    visitor.get_by_role("button", name="Cancel 3 jobs").click()
    expect(visitor.locator("#jobs-operating")).to_contain_text("Cancel is through: 3 jobs done.")
    assert {lab.job(job_id).status for job_id in jobs} == {Status.REVOKED}
    assert lab.job(other).status is Status.CREATED


def test_a_filter_that_cannot_be_read_selects_nothing_and_makes_no_view(
    visitor: Page, running: Running, lab: Lab
) -> None:
    waiting_job(lab, "Beyond a misspelt filter", start_now=False)
    visitor.goto(f"{running.address}/jobs?q=status:runing")
    every, save = visitor.locator("#jobs-all"), visitor.get_by_role("button", name="Save view")
    expect(visitor.locator("#jobs-text-error")).not_to_be_empty()
    expect(every).to_be_disabled()
    expect(every).to_have_attribute("title", re.compile("the filter cannot be read. .*runing"))
    save.click()
    expect(visitor.locator("#toasts")).to_contain_text("A view cannot keep this filter.")
    expect(visitor.get_by_role("dialog")).to_have_count(0)
    box(visitor).fill("misspelt")
    expect(every).to_be_enabled()
    every.click()
    expect(visitor.locator("#jobs-selected")).to_have_text("All that match")
    box(visitor).fill("misspelt status:runing")
    expect(every).to_be_disabled()
    expect(visitor.locator("#jobs-steering")).to_be_hidden()


def test_selected_jobs_are_tagged(visitor: Page, running: Running, lab: Lab) -> None:
    job_id = waiting_job(lab, "To be tagged", start_now=False)
    open_list(visitor, running, "q=tagged")
    select(visitor, job_id)
    ask(visitor, "Tag")
    visitor.get_by_label("Tags to add").fill("urgent, by hand")
    visitor.get_by_role("button", name="Tag the job").click()
    expect(visitor.locator("#jobs-answered")).to_contain_text("1 of 1 done")
    assert lab.job(job_id).tags == ["urgent", "by hand"]


def test_tags_and_a_priority_are_given_by_keys_alone(visitor: Page, running: Running, lab: Lab) -> None:
    job_id = waiting_job(lab, "Given by keys", start_now=False)
    open_list(visitor, running, "q=given")
    select(visitor, job_id)
    ask(visitor, "Tag")
    expect(visitor.get_by_label("Tags to add")).to_be_focused()
    visitor.keyboard.type("by keys")
    visitor.keyboard.press("Enter")
    expect(visitor.locator("#jobs-answered")).to_contain_text("1 of 1 done")
    expect(visitor.get_by_role("dialog")).to_have_count(0)
    ask(visitor, "Priority")
    expect(visitor.locator("#jobs-question-priority")).to_be_focused()
    visitor.keyboard.type("8")
    visitor.keyboard.press("Enter")
    wait_for(lambda: lab.job(job_id).priority == 8, "the priority is set")
    expect(visitor.get_by_role("dialog")).to_have_count(0)
    assert lab.job(job_id).tags == ["by keys"]


def test_a_chosen_column_stays(visitor: Page, running: Running, lab: Lab) -> None:
    job_id = waiting_job(lab, "With a column", start_now=False)
    open_list(visitor, running, "q=with+a+column")
    visitor.locator("summary", has_text="Columns").click()
    visitor.get_by_role("checkbox", name="Priority").check()
    expect(cell(visitor, job_id, "priority")).to_have_text("9")
    visitor.reload()
    expect(cell(visitor, job_id, "priority")).to_have_text("9")


def test_the_width_of_a_column_stays_until_all_is_as_usual(visitor: Page, running: Running, lab: Lab) -> None:
    waiting_job(lab, "With a width", start_now=False)
    open_list(visitor, running, "q=with+a+width")
    head = visitor.locator('.ag-header-cell[col-id="deployment"]')
    before, edge = width_of(head), head.locator(".ag-header-cell-resize").bounding_box()
    assert edge is not None
    visitor.mouse.move(edge["x"] + edge["width"] / 2, edge["y"] + 8)
    visitor.mouse.down()
    visitor.mouse.move(edge["x"] + 90, edge["y"] + 8, steps=4)
    visitor.mouse.up()
    drawn = width_of(head)
    assert drawn > before + 60
    visitor.reload()
    wait_for(lambda: abs(width_of(head) - drawn) < 2, "the column is as wide as it was left")
    visitor.locator("summary", has_text="Columns").click()
    visitor.get_by_role("button", name="As usual").click()
    wait_for(lambda: abs(width_of(head) - before) < 2, "the column is as wide as usual")


def width_of(head: Locator) -> float:
    box = head.bounding_box()
    return box["width"] if box else 0.0


def test_a_sort_stays_after_a_reload(visitor: Page, running: Running, lab: Lab) -> None:
    for letter in "bca":
        waiting_job(lab, f"Sorted {letter}", start_now=False)
    open_list(visitor, running, "q=sorted")
    expect(names(visitor)).to_have_text(["Sorted a", "Sorted c", "Sorted b"])
    visitor.locator('.ag-header-cell[col-id="name"]').click()
    in_order = ["Sorted a", "Sorted b", "Sorted c"]
    expect(visitor).to_have_url(re.compile(r"sort=name"))
    expect(visitor.locator('.ag-row[row-index="1"] .job-name')).to_have_text("Sorted b")
    visitor.reload()
    for place, name in enumerate(in_order):
        expect(visitor.locator(f'.ag-row[row-index="{place}"] .job-name')).to_have_text(name)


def test_a_running_job_is_cancelled_from_the_selection(visitor: Page, running: Running, lab: Lab) -> None:
    job_id = waiting_job(lab, "Cancelled by hand")
    lab.until(job_id, Status.STARTED)
    open_list(visitor, running, "q=cancelled by hand")
    expect(cell(visitor, job_id, "status")).to_have_text("Running")
    select(visitor, job_id)
    ask(visitor, "Cancel")
    expect(visitor.locator("#jobs-question-words")).to_contain_text("Cancel the job “Cancelled by hand”?")
    visitor.get_by_role("button", name="Cancel the job").click()
    expect(cell(visitor, job_id, "status")).to_have_text("Cancelled")
    expect(visitor.locator("#jobs-answered")).to_contain_text("1 of 1 done")
    expect(visitor.locator("#jobs-answered li")).to_contain_text(re.compile(r"requested .*acknowledged .*done \d\d:"))
    assert lab.job(job_id).status is Status.REVOKED


def test_several_jobs_are_cancelled_in_one_go(visitor: Page, running: Running, lab: Lab) -> None:
    first, second = waiting_job(lab, "Both one"), waiting_job(lab, "Both two")
    open_list(visitor, running, "q=both")
    select(visitor, first)
    select(visitor, second)
    ask(visitor, "Cancel 2")
    expect(visitor.locator("#jobs-question-words")).to_contain_text("Cancel 2 jobs?")
    visitor.get_by_role("button", name="Cancel 2 jobs").click()
    expect(visitor.locator("#jobs-answered")).to_contain_text("2 of 2 done")
    assert {lab.job(first).status, lab.job(second).status} == {Status.REVOKED}


def test_a_cancelled_job_runs_again_by_retry(visitor: Page, running: Running, lab: Lab) -> None:
    job_id = waiting_job(lab, "Tried again", delay=2, start_now=False)
    open_list(visitor, running, "q=tried again")
    select(visitor, job_id)
    ask(visitor, "Cancel")
    visitor.get_by_role("button", name="Cancel the job").click()
    expect(cell(visitor, job_id, "status")).to_have_text("Cancelled")
    ask(visitor, "Retry")
    expect(cell(visitor, job_id, "status")).to_have_text("Success", timeout=60_000)


def test_a_dead_button_says_why(visitor: Page, running: Running, lab: Lab) -> None:
    job_id = waiting_job(lab, "Never run", start_now=False)
    open_list(visitor, running, "q=never run")
    select(visitor, job_id)
    expect(visitor.locator("#jobs-retry")).to_be_disabled()
    expect(visitor.locator("#jobs-why")).to_contain_text("Retry is for jobs that failed")
    expect(visitor.locator("#jobs-run")).to_be_enabled()


def test_a_refusal_is_shown_for_the_job_that_refused(
    visitor: Page, running: Running, lab: Lab, watched: Watched
) -> None:
    watched.expect("ERR_FAILED")
    job_id = waiting_job(lab, "Too late", start_now=False)
    open_list(visitor, running, "q=too late")
    select(visitor, job_id)
    ask(visitor, "Cancel")
    visitor.route("**/api/changes*", lambda route: route.abort())  # the page does not hear that it ended
    from engine import control
    from tests.lab import ENGINEER

    control.cancel(lab.board, ENGINEER, job_id)
    visitor.get_by_role("button", name="Cancel the job").click()
    expect(visitor.locator("#jobs-answered")).to_contain_text("1 refused")
    expect(visitor.locator("#jobs-answered")).to_contain_text("A job that is REVOKED cannot cancel")


def test_progress_moves_and_the_selection_stays(visitor: Page, running: Running, lab: Lab) -> None:
    job_id = waiting_job(lab, "Moves on", delay=5)
    open_list(visitor, running, "q=moves on")
    select(visitor, job_id)
    expect(cell(visitor, job_id, "progress")).to_have_text(re.compile(r"^([1-9]|[1-9]\d) %$"))
    expect(cell(visitor, job_id, "status")).to_have_text("Success", timeout=60_000)
    expect(cell(visitor, job_id, "progress")).to_have_text("100 %")
    expect(visitor.locator("#jobs-selected")).to_have_text("1 selected")


def test_the_first_rows_come_with_the_page(visitor: Page, running: Running, lab: Lab) -> None:
    waiting_job(lab, "Brought along", start_now=False)
    asked: list[str] = []

    def ask(request: Request) -> None:
        if "/_dash-update-component" in request.url:
            asked.append(request.post_data or "")

    visitor.on("request", ask)
    open_list(visitor, running, "q=brought")
    expect(names(visitor)).to_have_text(["Brought along"])
    visitor.remove_listener("request", ask)
    assert [words for words in asked if "getRowsRequest" in words] == []


def test_rows_that_have_changed_since_the_page_are_asked_for(visitor: Page, running: Running, lab: Lab) -> None:
    waiting_job(lab, "Told by the server", start_now=False)

    def old(route: Route) -> None:
        body = route.fetch().text().replace("Told by the server", "Told by the page")
        route.fulfill(body=re.sub(r'"rev":\s*\d+', '"rev": -1', body), content_type="application/json")

    visitor.route("**/_dash-layout", old)
    open_list(visitor, running, "q=told by the server")
    expect(names(visitor)).to_have_text(["Told by the server"])
    visitor.unroute("**/_dash-layout")


def test_a_new_job_appears_by_itself(visitor: Page, running: Running, lab: Lab) -> None:
    waiting_job(lab, "Came before", start_now=False)
    open_list(visitor, running, "q=came")
    expect(names(visitor)).to_have_text(["Came before"])
    waiting_job(lab, "Came later", start_now=False)
    expect(visitor.locator('.ag-row[row-index="0"] .job-name')).to_have_text("Came later")


def test_a_new_job_does_not_move_the_rows_under_a_selection(visitor: Page, running: Running, lab: Lab) -> None:
    before = waiting_job(lab, "Stays in place", start_now=False)
    open_list(visitor, running, "q=stays")
    select(visitor, before)
    waiting_job(lab, "Stays out", start_now=False)
    news = visitor.get_by_role("button", name="1 new job · Show")
    expect(news).to_be_visible()
    expect(names(visitor)).to_have_text(["Stays in place"])
    news.click()
    expect(names(visitor)).to_have_count(2)
    expect(visitor.locator("#jobs-selected")).to_have_text("1 selected")


@pytest.fixture
def ladder(lab: Lab) -> Iterator[list[int]]:
    """So many jobs that their list is not counted to its end; their ids, the newest first."""
    moment = datetime.now(UTC) - timedelta(days=30)
    rungs = [
        {"uuid": str(uuid4()), "name": f"Ladder {number}", "type": "ml", "project_id": lab.project_id}
        | {"created_at": moment + timedelta(seconds=number)}
        for number in range(COUNTED + 200)
    ]
    with lab.board.store.write() as session:
        session.execute(sa.insert(Job), rungs)
    which = Job.name.startswith("Ladder ")
    with lab.board.store.read() as session:
        yield list(session.scalars(sa.select(Job.id).where(which).order_by(Job.id.desc())))
    with lab.board.store.write() as session:
        session.execute(sa.delete(Job).where(which))


def scrolled_to(visitor: Page, row: int) -> list[int]:
    """Scroll down to this row, as far at a time as there are rows; the ids of all rows to there."""
    grid = "dash_ag_grid.getApi('jobs-grid')"
    rows = f"row => Array.from({{ length: row + 1 }}, (_, at) => {grid}.getDisplayedRowAtIndex(at)?.data)"
    for end in (*range(BLOCK - 1, row, BLOCK), row):
        visitor.evaluate(f"row => {grid}.ensureIndexVisible(row, 'bottom')", end)
        visitor.wait_for_function(f"row => ({rows})(row).every(Boolean)", arg=end)
    found: list[int] = visitor.evaluate(f"row => ({rows})(row).map((job) => job.id)", row)
    return found


def test_a_long_list_is_scrolled_without_a_row_twice_while_new_jobs_come(
    visitor: Page, running: Running, lab: Lab, ladder: list[int]
) -> None:
    open_list(visitor, running, "q=ladder")
    expect(visitor.locator("#jobs-count")).to_have_text("more than 10,000 jobs")
    assert scrolled_to(visitor, 150) == ladder[:151]
    waiting_job(lab, "Ladder of today", start_now=False)
    expect(visitor.get_by_role("button", name="1 new job · Show")).to_be_visible()
    assert scrolled_to(visitor, 390) == ladder[:391]


def test_rows_come_back_after_a_filter_that_finds_nothing(visitor: Page, running: Running, lab: Lab) -> None:
    waiting_job(lab, "Lost and found", start_now=False)
    open_list(visitor, running, "q=lost+and+found")
    for text in ("zzz", "lost and found", "zzz", "yyy", "and found lost"):
        found = ["Lost and found"] if "found" in text else []
        box(visitor).fill(text)
        expect(visitor.locator("#jobs-count")).to_have_text("1 job" if found else "0 jobs")
        expect(names(visitor)).to_have_text(found)


def test_an_empty_list_says_how_to_see_something(visitor: Page, running: Running) -> None:
    visitor.goto(f"{running.address}/jobs?q=there+is+no+such+job")
    expect(visitor.get_by_role("heading", name="No job matches these filters")).to_be_visible()
    visitor.locator(".over-grid").get_by_role("button", name="Clear filters").click()
    expect(box(visitor)).to_have_value("")


def test_a_phone_shows_name_status_and_progress(visitor: Page, running: Running, lab: Lab) -> None:
    job_id = waiting_job(lab, "On a phone", start_now=False)
    visitor.set_viewport_size(PHONE)  # type: ignore[arg-type]
    open_list(visitor, running, "q=on a phone")
    for column in ("name", "status", "progress"):
        expect(cell(visitor, job_id, column)).to_be_in_viewport()
    assert visitor.evaluate("document.documentElement.scrollWidth <= innerWidth")
