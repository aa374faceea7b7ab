"""Makes docs/screenshots: each page in light and dark, at a desk's width and a phone's, from a real Nightboard.

Run it by `make screenshots`. It starts Nightboard on a temporary home, lets two workers process the demonstration, and
takes the pictures of PICTURES when their moment has come. Those of LARGE are of a lab with a hundred stations and the
jobs of some months, as `nightboard bench seed` makes them.
"""

import io
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import select
from sqlalchemy.orm import Session

sys.path.insert(0, str(Path(__file__).parent.parent))

from engine import access
from engine.board import Board, open_board
from engine.demo.many import make_jobs
from engine.up import address, is_ready, prepare
from models.captures import Capture, Deployment, Event
from models.jobs import Job
from models.settings import load
from models.states import FINAL, Status
from models.store import Store
from tests.browser.chrome import QUIET, executable

FOLDER = Path(__file__).parent.parent / "docs" / "screenshots"
WIDTHS = {1440: 900, 390: 844}  # px wide: px high
THEMES = ("light", "dark")
COLOURS = 256  # of the palette that keeps the files small
PATIENCE_S = 600
MANY = 150_000  # jobs, of a hundred nights
HALF_WAY = 0.75
SETTLED_MS = 1200  # charts draw, and the first look at what changed comes back
LOADED = "[...document.images].every((image) => image.complete)"

Up = subprocess.Popen[bytes]


@dataclass(frozen=True)
class Picture:
    """A page, the address that shows it best, and whether that is while the demonstration is being processed."""

    page: str
    address: Callable[[Session], str]
    at_work: bool = False


def running_job(session: Session) -> str:
    started = select(Job.id).where(Job.status == Status.STARTED).order_by(Job.id).limit(1)
    last = select(Job.id).order_by(Job.id.desc()).limit(1)
    return f"/jobs/{session.scalar(started) or session.scalar(last)}"


def night_with_a_gap(session: Session) -> str:
    events = session.scalars(select(Event).order_by(Event.night)).all()
    return f"/night/{next((event.id for event in events if event.gaps), events[0].id)}"


def fullest_capture(session: Session) -> str:
    return f"/captures/{session.scalar(select(Capture.id).order_by(Capture.detections_count.desc()).limit(1))}"


def first_station(session: Session) -> str:
    return f"/settings?station={session.scalar(select(Deployment.id).order_by(Deployment.id).limit(1))}"


def settings_at(tab: str) -> Callable[[Session], str]:
    return lambda _: f"/settings?tab={tab}"


def newest_night(session: Session) -> str:
    """The captures behind a figure of Reports of one night."""
    night = session.scalars(select(Event.night).order_by(Event.night.desc()).limit(1)).one()
    return f"/reports/behind?from={night}&to={night}"


PICTURES = [
    Picture("nights", lambda _: "/", at_work=True),
    Picture("job", running_job, at_work=True),
    Picture("jobs", lambda _: "/jobs", at_work=True),
    Picture("workers", lambda _: "/workers?hours=1", at_work=True),
    Picture("wall", lambda _: "/wall", at_work=True),
    Picture("timings", lambda _: "/timings"),
    Picture("reports", lambda _: "/reports"),
    Picture("meaning", lambda _: "/reports/meaning"),
    Picture("behind", newest_night),
    Picture("new-job", lambda _: "/jobs/new"),
    Picture("schedules", lambda _: "/schedules"),
    Picture("upload", lambda _: "/upload"),
    Picture("settings", first_station),
    *(Picture(f"settings-{tab}", settings_at(tab)) for tab in ("collections", "services", "people", "tokens", "audit")),
    Picture("season", lambda _: "/?view=season"),
    Picture("captures", lambda _: "/captures"),
    Picture("night", night_with_a_gap),
    Picture("capture", fullest_capture),
]
LARGE = [
    Picture("large-nights", lambda _: "/"),
    Picture("large-season", lambda _: "/?view=season"),
    Picture("large-jobs", lambda _: "/jobs?q=status:failure"),
    Picture("large-timings", lambda _: "/timings"),
    Picture("large-wall", lambda _: "/wall"),
]


def main() -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=QUIET)
        with tempfile.TemporaryDirectory() as home, nightboard(Path(home)) as (board, up):
            pages = visitors(browser, board)
            wait_until(up, lambda: is_half_way(board), "the demonstration is half way")
            for picture in sorted(PICTURES, key=lambda each: not each.at_work):
                if not picture.at_work:
                    wait_until(up, lambda: is_over(board), "the demonstration is over")
                take(picture, board, up, pages)
        with tempfile.TemporaryDirectory() as home, nightboard(Path(home), jobs=MANY) as (board, up):
            pages = visitors(browser, board)
            for picture in LARGE:
                take(picture, board, up, pages)
        browser.close()
    return 0


def take(picture: Picture, board: Board, up: Up, pages: list[tuple[str, int, Page]]) -> None:
    """One picture in every theme and width; all pages go there first, so that they show the same moment."""
    with board.store.read() as session:
        target = address(board.settings) + picture.address(session)
    for _, _, page in pages:
        page.goto(target)
    for theme, width, page in pages:
        page.wait_for_selector("#page h1")
        wait_until(up, partial(page.evaluate, LOADED), f"the pictures of {target} are there")
        page.wait_for_timeout(SETTLED_MS)
        keep(page.screenshot(), FOLDER / f"{picture.page}-{theme}-{width}.png")


def keep(png: bytes, path: Path) -> None:
    """Write a picture with a palette of its own, a third of the size and the same to the eye."""
    with Image.open(io.BytesIO(png)) as image:
        small = image.convert("RGB").quantize(COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        small.save(path, optimize=True)
    click.echo(f"{path.name}  {path.stat().st_size / 1000:.0f} kB")


def visitors(browser: Browser, board: Board) -> list[tuple[str, int, Page]]:
    """A page in each theme and width."""
    return [(theme, width, visitor(browser, board, theme, width)) for theme in THEMES for width in WIDTHS]


def visitor(browser: Browser, board: Board, theme: str, width: int) -> Page:
    """A page of somebody who is logged in, at this width and in this theme."""
    context = browser.new_context(
        viewport={"width": width, "height": WIDTHS[width]},
        color_scheme="dark" if theme == "dark" else "light",
        device_scale_factor=2 if width < 600 else 1,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(f"{address(board.settings)}/login/{access.login_link(board.store).rsplit('/', 1)[-1]}")
    return page


@contextmanager
def nightboard(home: Path, jobs: int = 0) -> Iterator[tuple[Board, Up]]:
    """A Nightboard on this home with two workers, that begins with so many jobs, or with the demonstration."""
    settings = load(home=home, port=free_port())
    prepare(settings)
    if jobs:
        make_jobs(Store(settings.database), jobs)
    command = [sys.executable, "-m", "engine.cli", "up", "--no-browser", "--workers", "2"]
    process = subprocess.Popen(command, env=os.environ | settings.environment(), stdout=subprocess.DEVNULL)
    board = open_board(settings)
    try:
        wait_until(process, lambda: is_ready(settings), "the page answers")
        yield board, process
    finally:
        board.store.close()
        process.terminate()
        process.wait()


def is_half_way(board: Board) -> bool:
    """Whether more than half of the work is done; all jobs go on side by side."""
    with board.store.read() as session:
        progress = session.scalars(select(Job.progress)).all()
    return bool(progress) and sum(progress) / len(progress) > HALF_WAY


def is_over(board: Board) -> bool:
    with board.store.read() as session:
        statuses = session.scalars(select(Job.status)).all()
    return bool(statuses) and all(status in FINAL for status in statuses)


def wait_until(up: Up, condition: Callable[[], bool], what: str) -> None:
    """Wait for a condition for as long as Nightboard is up."""
    until = time.monotonic() + PATIENCE_S
    while not condition():
        if up.poll() is not None:
            raise SystemExit(f"Nightboard ended (code {up.returncode}) before {what}.")
        if time.monotonic() > until:
            raise SystemExit(f"Waited {PATIENCE_S} s in vain until {what}.")
        time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    sys.exit(main())
