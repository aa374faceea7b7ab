"""The door: who comes in, who does not, and what they are told."""

import httpx
import pytest
from playwright.sync_api import Page, expect

from engine import access, passwords
from models.people import Role
from tests.browser.conftest import Running, Watched


def test_a_one_time_link_logs_in_once(stranger: Page, running: Running, watched: Watched) -> None:
    link = running.login_link()
    stranger.goto(link)
    expect(stranger.get_by_role("heading", name="Nights", level=1)).to_be_visible()

    stranger.context.clear_cookies()
    watched.expect("401")
    stranger.goto(link)
    expect(stranger.get_by_role("alert")).to_contain_text("each one works once")


def test_a_token_opens_the_page_that_was_asked_for(stranger: Page, running: Running) -> None:
    stranger.goto(f"{running.address}/timings?by=night")
    stranger.get_by_label("Token").fill(running.token())
    stranger.get_by_role("button", name="Log in").click()
    expect(stranger).to_have_url(f"{running.address}/timings?by=night")


def test_a_wrong_token_is_told_in_plain_words(stranger: Page, running: Running, watched: Watched) -> None:
    watched.expect("401")
    stranger.goto(f"{running.address}/login")
    stranger.get_by_label("Token").fill("no.such-token")
    stranger.get_by_role("button", name="Log in").click()
    expect(stranger.get_by_role("alert")).to_contain_text("This token is not valid")


def test_who_logs_out_has_to_log_in_again(stranger: Page, running: Running) -> None:
    stranger.goto(running.login_link())
    stranger.get_by_role("button", name="Log out").click()
    expect(stranger).to_have_url(f"{running.address}/login")
    stranger.goto(running.address)
    expect(stranger.get_by_label("Token")).to_be_visible()


def test_a_page_that_calls_without_a_session_gets_a_401(running: Running) -> None:
    answer = httpx.post(f"{running.address}/_dash-update-component", json={})
    assert answer.status_code == 401
    assert "/login" in answer.json()["detail"]


def test_a_form_on_another_site_cannot_log_anybody_out(running: Running) -> None:
    answer = httpx.post(f"{running.address}/logout", headers={"Origin": "https://elsewhere.example"})
    assert answer.status_code == 403


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example"])
def test_a_login_never_leads_to_another_site(running: Running, target: str) -> None:
    answer = httpx.post(f"{running.address}/login", data={"token": running.token(), "next": target})
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize("path", ["/login/one/two", "/assets/nothing.css", "/projects/nothing"])
def test_no_page_is_shown_where_pages_never_live(running: Running, path: str) -> None:
    answer = httpx.get(running.address + path)
    assert answer.status_code in (401, 404)
    assert "react-entry-point" not in answer.text


def test_a_look_ahead_does_not_use_a_link_up(running: Running) -> None:
    link = running.login_link()
    assert httpx.head(link).status_code == 200
    assert httpx.get(link).headers["location"] == "/"


def test_a_viewers_token_does_not_make_its_owner_more_than_a_viewer(stranger: Page, running: Running) -> None:
    token = access.create_token(running.board.store, user_name="admin", role=Role.VIEWER)
    night = running.night("Viewers meadow", 3)
    stranger.goto(f"{running.address}/login?next=/night/{night}")
    stranger.get_by_label("Token").fill(token)
    stranger.get_by_role("button", name="Log in").click()
    expect(stranger.locator("#night-process")).to_be_disabled()


def test_no_page_may_run_an_inline_script_or_load_from_elsewhere(running: Running) -> None:
    rules = httpx.get(f"{running.address}/login").headers["content-security-policy"]
    scripts = next(rule for rule in rules.split("; ") if rule.startswith("script-src"))
    assert "unsafe" not in scripts
    assert "http" not in rules


def test_a_person_comes_in_by_password(stranger: Page, running: Running) -> None:
    passwords.add_user(running.board.store, "ada", Role.VIEWER, "a long enough password")
    stranger.goto(f"{running.address}/jobs")
    stranger.get_by_label("Name").fill("ada")
    stranger.get_by_label("Token").fill("a long enough password")
    stranger.get_by_role("button", name="Log in").click()
    expect(stranger.get_by_role("heading", name="Jobs")).to_be_visible()
