"""What a first visit costs: scripts over the wire, and the time until the first rows of a grid stand on the page."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from playwright.sync_api import Browser, Page, sync_playwright

from engine import access
from engine.board import Board
from tests.api.serving import serve_board
from tests.bench.figures import Figure, spread
from tests.bench.homes import with_many_jobs
from tests.browser.chrome import QUIET, executable
from tests.lab import end, free_port, wait_for

PAGES = {"Nights": "/", "Jobs": "/jobs", "Job": "/jobs/1", "Timings": "/timings", "Reports": "/reports"}
MB = 1_000_000
VISITS = 15  # of each page, in turn: one takes a second, and may take a fifth more than the one before it
LOOK_FOR_ROWS = """
const look = () => {
  const cells = document.querySelectorAll('.ag-row:not(.ag-row-loading) .ag-cell');
  if ([...cells].some((cell) => cell.textContent.trim())) window.firstRows = performance.now();
  else requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""


def figures() -> list[Figure]:
    """A first visit with nothing in the browser's cache: scripts over the wire, and ms until a grid has its first rows.

    The page of jobs, of a home with a million, and a Dash page with nothing but a grid of a hundred rows, both from
    gunicorn, in turn in one run. Bytes are those that the browser received, compressed as it asked for.
    """
    with with_many_jobs() as board, serve_board(board) as ours, _empty_grid() as empty, _browser() as browser:
        state = _logged_in(browser, board, ours)
        scripts = {name: _scripts_mb(browser, ours + path, state) for name, path in PAGES.items()}
        mine, theirs = [], []
        for _ in range(VISITS + 1):  # the first is for the servers to warm up
            mine.append(_first_rows_ms(browser, f"{ours}/jobs", state))
            theirs.append(_first_rows_ms(browser, empty, None))
    ratios = [mine_ms / their_ms for mine_ms, their_ms in zip(mine[1:], theirs[1:], strict=True)]
    told = ", ".join(f"{name} {size:.2f}" for name, size in scripts.items())
    return [
        Figure("Scripts of a first visit, MB over the wire", told, "at most 1.25"),
        Figure("First rows of a first visit, jobs, ms", spread(mine[1:])),
        Figure("First rows of a first visit, an empty Dash page with a grid, ms", spread(theirs[1:])),
        Figure("First rows, jobs against the empty page", spread(ratios, ".2f"), "at most 1.3"),
    ]


def _first_rows_ms(browser: Browser, address: str, state: Any) -> float:
    """From the start of the visit to the first row with words in it, by the browser's own clock."""
    context = browser.new_context(storage_state=state)
    context.add_init_script(LOOK_FOR_ROWS)
    page = context.new_page()
    page.goto(address, wait_until="commit")
    wait_for(lambda: page.evaluate("window.firstRows !== undefined"), f"{address} has rows")
    found: float = page.evaluate("window.firstRows")
    context.close()
    return found


def _scripts_mb(browser: Browser, address: str, state: Any) -> float:
    """Bytes of JavaScript that a first visit loads until the page is quiet, in MB."""
    context = browser.new_context(storage_state=state)
    page = context.new_page()
    sizes: list[float] = []
    _count_scripts(page, sizes)
    page.goto(address)
    page.wait_for_selector("#page h1")
    page.wait_for_load_state("networkidle")
    context.close()
    return sum(sizes) / MB


def _count_scripts(page: Page, sizes: list[float]) -> None:
    """Put the bytes of each script that the page receives into `sizes`."""
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    scripts = set[str]()

    def came(said: dict[str, Any]) -> None:
        if said["type"] == "Script":
            scripts.add(said["requestId"])

    def ended(said: dict[str, Any]) -> None:
        if said["requestId"] in scripts:
            sizes.append(said["encodedDataLength"])

    wire.on("Network.responseReceived", came)
    wire.on("Network.loadingFinished", ended)


def _logged_in(browser: Browser, board: Board, address: str) -> Any:
    """The cookies of an administrator."""
    access.ensure_admin(board.store, board.settings.home)
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}/login/{access.login_link(board.store).rsplit('/', 1)[-1]}")
    page.wait_for_selector("#page h1")
    state = context.storage_state()
    context.close()
    return state


@contextmanager
def _browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=QUIET)
        yield browser
        browser.close()


@contextmanager
def _empty_grid() -> Iterator[str]:
    """The address of the page with nothing but a grid, from a server like ours."""
    address = f"127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "gunicorn", "tests.bench.empty_grid:server", "--bind", address]
    server = subprocess.Popen([*command, "--worker-class", "gthread", "--threads", "8", "--log-level", "warning"])
    try:
        wait_for(lambda: _answers(f"http://{address}"), "the empty page answers")
        yield f"http://{address}"
    finally:
        end(server)


def _answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=5).ok
    except requests.ConnectionError:
        time.sleep(0.1)
        return False
