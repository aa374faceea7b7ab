"""A running Nightboard with real workers, and a browser that is looked over the shoulder.

Every test fails on an error in the console and on a request to another host. A test that means to cause an error says
so: `watched.expect("words of it")`.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, ViewportSize, expect
from sqlalchemy import select

from engine import access
from engine.board import Board, open_board
from engine.captures.ingest import ingest
from engine.captures.stations import open_station
from engine.up import address, is_ready
from models.captures import Event
from models.settings import load
from tests.browser.chrome import QUIET, NoBrowser, executable
from tests.lab import EVENING, Lab, draw_captures, end, free_port, lay, wait_for

PATIENCE_MS = 30_000  # on a machine that does other things as well
REMEMBERED = ("theme", "theme-chosen", "jobs-columns", "jobs-widths")  # cookies of what somebody chose
VIEWPORT: ViewportSize = {"width": 1280, "height": 720}
expect.set_options(timeout=PATIENCE_MS)


@dataclass
class Running:
    """A Nightboard that answers at `address`, with workers, on a home of its own."""

    board: Board
    address: str
    folder: Path

    def night(self, station: str, captures: int = 6, *, evening: datetime = EVENING, broken: int = 0) -> int:
        """Draw captures for a station and take them in, some of them cut short; the id of their night."""
        folder = self.folder / station.replace(" ", "-")
        draw_captures(folder, captures, start=evening)
        for path in sorted(folder.iterdir())[:broken]:
            path.write_bytes(path.read_bytes()[:2000])
        with self.board.store.write() as session:
            station_id = open_station(session, "Test project", station, "Europe/Copenhagen").id
        for _ in ingest(self.board.store, station_id, folder):
            pass
        wanted = select(Event.id).where(Event.deployment_id == station_id, Event.night == evening.date())
        with self.board.store.read() as session:
            return session.scalars(wanted).one()

    def lab(self, station: str) -> Lab:
        """The same Nightboard as the engine's tests see it, with this station."""
        from engine import pipelines

        with self.board.store.write() as session:
            row = open_station(session, "Test project", station, "Europe/Copenhagen")
            return Lab(self.board, row.project_id, row.id, pipelines.ensure_embedded(session).id)

    def login_link(self) -> str:
        return f"{self.address}/login/{access.login_link(self.board.store).rsplit('/', 1)[-1]}"

    def token(self) -> str:
        return (self.board.settings.home / "admin.token").read_text().strip()


@dataclass
class Watched:
    """What a browser's page did that it should not have."""

    home: str
    expected: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def expect(self, words: str) -> None:
        self.expected.append(words)

    def console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.problems.append(f"console: {message.text}")

    def error(self, error: Exception) -> None:
        self.problems.append(f"uncaught: {error}")

    def request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob") and address.netloc != urlsplit(self.home).netloc:
            self.problems.append(f"another host: {request.url}")

    def watch(self, page: Page) -> None:
        """Look this page over the shoulder from here on, with the patience of these tests."""
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", self.console)
        page.on("pageerror", self.error)
        page.on("request", self.request)

    @contextmanager
    def over(self, page: Page) -> Iterator[None]:
        """Look this page over the shoulder for as long as the block lasts."""
        self.watch(page)
        yield
        page.remove_listener("console", self.console)
        page.remove_listener("pageerror", self.error)
        page.remove_listener("request", self.request)

    def left(self) -> list[str]:
        return [found for found in self.problems if not any(words in found for words in self.expected)]


@contextmanager
def nightboard(folder: Path, *options: str) -> Iterator[Running]:
    """`nightboard up` with two workers, on a new home in this folder and a free port."""
    settings = load(home=folder / "home", port=free_port(), workers=2)
    lay(settings)
    (settings.home / "logs").mkdir(exist_ok=True)
    command = [sys.executable, "-m", "engine.cli", "up", "--no-browser", "--workers", "2", *options]
    with (settings.home / "logs" / "up.log").open("ab") as log:
        process = subprocess.Popen(command, env=os.environ | settings.environment(), stdout=log, stderr=log)
    board = open_board(settings)
    try:
        wait_for(lambda: is_ready(settings) or process.poll() is not None, "the page answers")
        assert process.poll() is None, (settings.home / "logs" / "up.log").read_text()
        yield Running(board, address(settings), folder)
    finally:
        board.store.close()
        end(process)


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A Nightboard without captures, for all tests together."""
    with nightboard(tmp_path_factory.mktemp("browser"), "--no-demo") as up:
        yield up


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Whatever Chrome this machine has, told to talk to nobody."""
    try:
        return {**browser_type_launch_args, "executable_path": executable(), "args": QUIET}
    except NoBrowser as missing:
        pytest.exit(str(missing), returncode=3)


@pytest.fixture
def watched(running: Running) -> Watched:
    return Watched(running.address)


@pytest.fixture
def stranger(page: Page, running: Running, watched: Watched) -> Iterator[Page]:
    """A page of somebody who is not logged in."""
    watched.watch(page)
    yield page
    assert watched.left() == []


@dataclass
class Desk:
    """A browser in which an administrator is logged in, and the tab in which the tests follow each other.

    A tab that has shown a page shows the next one with the scripts that it has compiled; a new tab would take another
    second of a core for it.
    """

    context: BrowserContext
    login: str  # works once
    _tab: Page | None = None

    def tab(self) -> Page:
        """The tab, as a new one would be: with nothing opened and nothing remembered of the tests before."""
        if self._tab is None:
            self._tab = self.context.new_page()
            if not self.context.cookies():
                self._tab.goto(self.login)
                self._tab.wait_for_selector("#page h1")
                self.clear(self._tab)
        return self._tab

    def clear(self, page: Page) -> None:
        """Forget what a test did in the tab."""
        self.context.set_offline(False)
        page.unroute_all(behavior="ignoreErrors")
        page.set_viewport_size(VIEWPORT)
        page.evaluate("localStorage.clear(); sessionStorage.clear()")
        for name in REMEMBERED:
            self.context.clear_cookies(name=name)
        page.goto("about:blank")

    def drop(self) -> None:
        """The next test gets another tab."""
        self.context.set_offline(False)
        if self._tab is not None:
            self._tab.close()
        self._tab = None


@pytest.fixture(scope="package")
def desk(browser: Browser, running: Running) -> Iterator[Desk]:
    context = browser.new_context(reduced_motion="reduce", viewport=VIEWPORT)
    yield Desk(context, running.login_link())
    context.close()


@pytest.fixture
def visitor(desk: Desk, watched: Watched, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A tab of the administrator's, with nothing opened and nothing remembered of the tests before."""
    page, failed = desk.tab(), request.session.testsfailed
    with watched.over(page):
        yield page
    at_home = page.url.startswith(watched.home)
    if at_home:
        desk.clear(page)
    if not at_home or request.session.testsfailed > failed:
        desk.drop()
    assert watched.left() == []
