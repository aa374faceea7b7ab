"""Every page of PAGES and every tab of the settings with the demonstration on it, light and dark: axe finds nothing,
the console is quiet, and nothing is asked of another host.

A new page is looked at without a line here, unless its address names a thing that ADDRESSED does not know.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from dashboard.app import PAGES
from dashboard.pages import settings
from dashboard.pages.settings import TABS
from engine.demo.run import show
from models.captures import Capture, Event
from models.jobs import Job
from tests.browser.conftest import Running, Watched, nightboard
from tests.lab import wait_for

pytestmark = pytest.mark.timeout(300)  # the demonstration is drawn first
AXE = (Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js").read_text()
# The size of what one clicks is of WCAG 2.2 and, alone of its rules, not looked at unless it is asked for.
LOOK = "axe.run({preload: false, rules: {'target-size': {enabled: true}}}).then((all) => all.violations)"
# Colours on their way from one theme to the other are neither's.
SETTLE = "document.getAnimations().forEach((each) => each instanceof CSSTransition && each.finish())"
THEMES = ("light", "dark")
# What the variable part of an address names, by its name there.
ADDRESSED = {
    "job_id": select(Job.id).order_by(Job.processed.desc(), Job.id).limit(1),
    "event_id": select(Event.id).order_by(Event.id).limit(1),
    "capture_id": select(Capture.id).order_by(Capture.detections_count.desc(), Capture.id).limit(1),
}


@dataclass
class Visit:
    """A browser that is logged in where the demonstration is being processed."""

    page: Page
    watched: Watched
    up: Running

    def open(self, path: str) -> None:
        self.page.goto(self.up.address + path)
        self.page.wait_for_selector("#page h1")
        self.page.wait_for_load_state("networkidle")


@pytest.fixture(scope="module")
def visit(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    """The demonstration, each tenth capture of it, when its first animals are found and its jobs are under way."""
    with nightboard(tmp_path_factory.mktemp("demonstration"), "--no-demo") as up:
        show(up.board, every=10)
        wait_for(lambda: is_under_way(up), "the first animals are found", 120)
        context = browser.new_context(reduced_motion="reduce", viewport={"width": 1440, "height": 900})
        page, watched = context.new_page(), Watched(up.address)
        watched.watch(page)
        page.goto(up.login_link())
        page.wait_for_selector("#page h1")
        yield Visit(page, watched, up)
        context.close()


def is_under_way(up: Running) -> bool:
    with up.board.store.read() as session:
        return session.scalars(select(Capture.id).where(Capture.detections_count > 0)).first() is not None


def address_of(up: Running, path: str) -> str:
    """An address of the page at which there is something, from werkzeug's pattern."""

    def named(found: re.Match[str]) -> str:
        with up.board.store.read() as session:
            return str(session.scalars(ADDRESSED[found[1]]).one())

    return re.sub(r"<(?:\w+:)?(\w+)>", named, path)


def violations(page: Page) -> list[str]:
    """What axe finds, a line each: the rule, what it is about, and where the first few are."""
    page.evaluate(AXE)
    found: list[dict[str, Any]] = page.evaluate(LOOK)
    return [f"{each['id']}, {each['help']}: {'; '.join(map(told, each['nodes'][:4]))}" for each in found]


def told(node: dict[str, Any]) -> str:
    """An element that axe complains of, and why."""
    return f"{node['target']} {node['html'][:160]} ({' '.join(node['failureSummary'].split())[-200:]})"


@pytest.mark.parametrize("path", [*(page.PATH for page in PAGES), *(f"{settings.PATH}?tab={tab}" for tab in TABS)])
def test_a_page_is_for_everybody(visit: Visit, path: str) -> None:
    found: dict[str, list[str]] = {}
    visit.open(address_of(visit.up, path))
    for theme in THEMES:
        visit.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        visit.page.wait_for_function("theme => document.documentElement.dataset.bsTheme === theme", arg=theme)
        visit.page.wait_for_load_state("networkidle")
        visit.page.evaluate(SETTLE)
        found[theme] = violations(visit.page)
    problems, visit.watched.problems = visit.watched.left(), []
    assert found == {theme: [] for theme in THEMES}
    assert problems == []
