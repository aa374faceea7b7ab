"""What an administrator does in the settings, and what somebody who only looks cannot."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from engine import access, control
from engine.access import Actor
from engine.passwords import add_user
from engine.refusals import Forbidden
from models.base import now
from models.captures import Deployment
from models.operations import Queue
from models.people import Role
from models.pipelines import ProcessingService
from tests.browser.conftest import Running
from tests.engine.test_onnx import DESCRIPTION, save_detector
from tests.lab import wait_for


def zones(running: Running, station_id: int) -> list[list[float]]:
    with running.board.store.read() as session:
        return session.scalars(select(Deployment.mask_zones).where(Deployment.id == station_id)).one()


def test_a_mask_zone_is_drawn_on_a_capture_and_one_is_written(visitor: Page, running: Running) -> None:
    running.night("Masked meadow", 2)
    station_id = running.lab("Masked meadow").station_id
    visitor.goto(f"{running.address}/settings?station={station_id}")
    picture = visitor.locator("#zones-picture")
    expect(picture.locator("img")).to_have_js_property("complete", True)
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    assert box is not None
    visitor.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.5)
    visitor.mouse.down()
    visitor.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.75, steps=3)
    visitor.mouse.up()
    lines = visitor.locator("#zones-lines li")
    expect(lines.locator("input")).to_have_count(4)
    visitor.get_by_role("button", name="Add a zone").click()
    expect(lines).to_have_count(2)
    visitor.get_by_label("x2 of zone 2").fill("60")
    visitor.get_by_label("x2 of zone 2").press("Tab")
    expect(visitor.locator("#zones-picture .zone")).to_have_count(2)
    visitor.get_by_label("px per mm").fill("5.5")
    visitor.get_by_role("button", name="Save").click()
    expect(visitor.locator("#toasts")).to_contain_text("Saved")
    wait_for(lambda: len(zones(running, station_id)) == 2, "both zones are kept")
    (x1, y1, x2, y2), written = zones(running, station_id)
    assert all(abs(a - b) <= 3 for a, b in zip((x1, y1, x2, y2), (120, 180, 240, 270), strict=True))
    assert written == [0, 0, 60, 100]


def test_all_that_is_wrong_with_a_station_stands_at_its_fields(visitor: Page, running: Running) -> None:
    running.night("Mistaken meadow", 2)
    station_id = running.lab("Mistaken meadow").station_id
    visitor.goto(f"{running.address}/settings?station={station_id}")
    said = {
        "Time zone": ("Mars/Base", "There is no time zone 'Mars/Base'; give one such as Europe/Copenhagen or UTC."),
        "Latitude": ("91", "The latitude is degrees north, from -90 to 90."),
        "Longitude": ("east", "The longitude is degrees east, from -180 to 180."),
        "px per mm": ("0", "The scale is a number of pixels per mm above 0, up to 1000."),
        "Name": ("", "A station needs a name of 1 to 255 letters."),
    }
    for label, (typed, _) in said.items():
        visitor.get_by_label(label, exact=True).fill(typed)
    visitor.get_by_role("button", name="Add a zone").click()
    visitor.get_by_label("x1 of zone 1").fill("left")
    visitor.get_by_role("button", name="Save").click()
    for label, (_, sentence) in said.items():
        place = visitor.locator(".form-field").filter(has=visitor.get_by_label(label, exact=True))
        expect(place.locator(".field-error")).to_have_text(sentence)
    expect(visitor.locator("#station-zones-error")).to_contain_text("Mask zone 1 needs four numbers")
    expect(visitor.locator("#toasts")).to_contain_text("Nothing is saved. What is wrong is said at its field.")
    visitor.get_by_role("button", name="Take zone 1 away").click()
    right = {"Time zone": "Europe/Oslo", "Latitude": "59,5", "Longitude": "", "px per mm": "5", "Name": "Mended meadow"}
    for label, typed in right.items():
        visitor.get_by_label(label, exact=True).fill(typed)
    visitor.get_by_role("button", name="Save").click()
    expect(visitor.locator("#toasts")).to_contain_text("Saved.")
    expect(visitor.locator(".field-error:not(:empty)")).to_have_count(0)
    with running.board.store.read() as session:
        station = session.get(Deployment, station_id)
        assert station is not None
        assert (station.name, station.timezone, station.latitude) == ("Mended meadow", "Europe/Oslo", 59.5)
        assert station.longitude is None


def test_a_password_stands_in_a_form_and_goes_to_no_address(visitor: Page, running: Running) -> None:
    told: list[str] = []
    visitor.on("console", lambda message: told.append(message.text))
    visitor.goto(f"{running.address}/settings?tab=people")
    visitor.get_by_label("Name", exact=True).fill("newcomer")
    visitor.locator("#person-password").fill("of eight letters")
    visitor.locator("#person-password").press("Enter")
    expect(visitor.locator("#toasts")).to_contain_text("newcomer may log in")
    visitor.get_by_label("Person").select_option("newcomer")
    visitor.get_by_label("New password").fill("short")
    visitor.get_by_label("New password").press("Enter")
    expect(visitor.locator("#toasts")).to_contain_text("8")
    visitor.get_by_label("New password").fill("another of eight")
    visitor.get_by_role("button", name="Set password").click()
    expect(visitor.locator("#toasts")).to_contain_text("newcomer has a new password")
    expect(visitor).to_have_url(f"{running.address}/settings?tab=people")
    assert [words for words in told if "[DOM]" in words] == []


def test_a_token_is_shown_once_in_four_spellings_and_revoked(visitor: Page, running: Running) -> None:
    visitor.goto(f"{running.address}/settings?tab=tokens")
    visitor.get_by_role("button", name="Create token").click()
    expect(visitor.locator("#token-name-error")).to_contain_text("Say what the token is for")
    expect(visitor.locator("#token-new")).to_be_empty()
    visitor.get_by_label("What it is for").fill("the upload script")
    visitor.get_by_role("button", name="Create token").click()
    text = visitor.locator("#token-text").inner_text()
    for word in ("Token", "ApiKey", "Bearer"):
        expect(visitor.locator("#token-new")).to_contain_text(f"Authorization: {word} {text}")
    assert access.actor_of_token(running.board.store, text) is not None
    row = visitor.locator("#token-list tr", has_text="the upload script")
    row.get_by_role("button", name="Revoke").click()
    expect(row).to_contain_text("Revoked")
    assert access.actor_of_token(running.board.store, text) is None
    visitor.goto(f"{running.address}/settings?tab=audit&who=token")
    expect(visitor.locator("#audit-lines")).to_contain_text("revoke a token")
    expect(visitor.locator("#audit-lines")).not_to_contain_text(text.partition(".")[2])


def test_a_collection_is_made_and_populated(visitor: Page, running: Running) -> None:
    running.night("Sampled meadow", 6)
    station_id = running.lab("Sampled meadow").station_id
    visitor.goto(f"{running.address}/settings?tab=collections")
    visitor.get_by_label("Name").fill("Two of the meadow")
    visitor.get_by_label("Project").select_option("Test project")
    visitor.get_by_label("Method").select_option("interval")
    expect(visitor.get_by_label("Minutes between captures")).to_be_visible()
    visitor.get_by_label("Method").select_option("random")
    visitor.get_by_label("How many captures").fill("2")
    visitor.get_by_label("Station", exact=True).select_option(str(station_id))
    visitor.get_by_label("From the hour").fill("25")
    visitor.get_by_label("Seed").fill("11")
    visitor.get_by_role("button", name="Make collection").click()
    expect(visitor.locator("#toasts")).to_contain_text("From the hour must be an hour from 0 to 23, not 25.")
    visitor.get_by_label("From the hour").fill("20")
    visitor.get_by_role("button", name="Make collection").click()
    row = visitor.locator("#collections-list tr", has_text="Two of the meadow")
    expect(row).to_contain_text("Random; how many captures: 2; from the hour: 20; station: Sampled meadow")
    expect(row.locator("td").nth(3)).to_have_text("0")
    row.get_by_role("button", name="Populate").click()
    expect(visitor.locator("#toasts")).to_contain_text("fills collection")
    expect(row.locator("td").nth(3)).to_have_text("2")
    row.get_by_role("button", name="Delete").click()
    expect(visitor.locator("#toasts")).to_contain_text("used it; delete them first")


def test_a_phone_shows_the_tables_of_the_settings_as_cards(visitor: Page, running: Running) -> None:
    running.night("Narrow meadow with a rather long name", 1)
    with running.board.store.write() as session:
        session.add(ProcessingService(name="Narrow", endpoint_url=f"http://127.0.0.1:9/{'a' * 60}"))
    visitor.set_viewport_size({"width": 390, "height": 844})
    for tab, row in (("stations", "Narrow meadow"), ("people", "admin"), ("tokens", "admin"), ("services", "Embedded")):
        visitor.goto(f"{running.address}/settings?tab={tab}")
        expect(visitor.get_by_role("row", name=re.compile(row)).first).to_be_visible()
        wide = "(all) => all.map((each) => each.scrollWidth - each.clientWidth).filter((over) => over > 0)"
        assert visitor.locator("#page .scroll-x").evaluate_all(wide) == []
    visitor.goto(f"{running.address}/settings?tab=audit")
    expect(visitor.get_by_role("rowheader").first).to_be_visible()
    assert visitor.locator("#page .scroll-x").evaluate_all(wide) == []
    visitor.goto(f"{running.address}/settings?tab=tokens")
    visitor.get_by_label("What it is for").fill("a phone")
    visitor.get_by_role("button", name="Create token").click()
    expect(visitor.get_by_role("row", name=re.compile("Authorization: Token")).first).to_be_visible()
    assert visitor.locator("#page .scroll-x").evaluate_all(wide) == []


def test_the_state_of_services_shows_without_a_reload(visitor: Page, running: Running) -> None:
    store = running.board.store
    with store.write() as session:
        service = ProcessingService(name="Far away", last_seen_live=True, last_seen_at=now())
        session.add(service)
        session.flush()
        key = service.id
    visitor.goto(f"{running.address}/settings?tab=services")
    row = visitor.get_by_role("row", name=re.compile("Far away"))
    expect(row).to_contain_text("Alive")
    address = visitor.get_by_label("Address")
    address.fill("http://half")
    with store.write() as session:
        session.get_one(ProcessingService, key).last_seen_live = False
    expect(row).to_contain_text("Away")
    with store.write() as session:
        session.delete(session.get_one(ProcessingService, key))
    expect(row).to_have_count(0)
    expect(address).to_have_value("http://half")
    expect(address).to_be_focused()


def test_the_audit_grows_without_a_reload(visitor: Page, running: Running) -> None:
    visitor.goto(f"{running.address}/settings?tab=audit&who=watcher")
    page = visitor.locator("#page")
    expect(page).to_contain_text("Nobody asked for anything that fits.")
    with pytest.raises(Forbidden):
        control.pause_queue(running.board, Actor("watcher", Role.VIEWER, "command line"), Queue.ALL)
    expect(page.get_by_role("row", name=re.compile("watcher.*pause a queue.*Refused"))).to_be_visible()
    expect(visitor.get_by_label("Search the audit")).to_have_value("watcher")


def test_who_only_looks_sees_all_and_changes_nothing(stranger: Page, running: Running) -> None:
    store = running.board.store
    add_user(store, "looker", Role.VIEWER, "long enough")
    stranger.goto(f"{running.address}/login/{access.login_link(store, user_name='looker')}")
    stranger.goto(f"{running.address}/settings?tab=people")
    expect(stranger.locator("table")).to_contain_text("looker")
    add = stranger.get_by_role("button", name="Add")
    expect(add).to_be_disabled()
    expect(add).to_have_attribute("title", re.compile("takes an administrator"))


def test_a_model_of_the_lab_is_sent_and_what_is_wrong_is_said(visitor: Page, running: Running, tmp_path: Path) -> None:
    save_detector(tmp_path / "model.onnx")
    (tmp_path / "pipeline.toml").write_text(DESCRIPTION)
    visitor.goto(f"{running.address}/settings?tab=services")
    expect(visitor.locator("#settings-services")).not_to_contain_text("dark-cells")
    for files, said in (
        ([tmp_path / "model.onnx"], "pipeline.toml is missing"),
        ([tmp_path / "model.onnx", tmp_path / "pipeline.toml"], "Pipeline dark-cells, version 1, is ready."),
    ):
        with visitor.expect_file_chooser() as chooser:
            visitor.get_by_role("button", name="Choose files").click()
        chooser.value.set_files(files)
        expect(visitor.locator("#toasts")).to_contain_text(said)
    expect(visitor.locator("#settings-services")).to_contain_text("dark-cells")
