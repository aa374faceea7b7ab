"""Other boards of jobs beside ours: how soon each answers with a page of its list, over HTTP, with as many jobs."""

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis
import requests
from rq import Queue

from dashboard.pages.jobs.grid import GRID
from engine import access, queue_server
from engine.demo.many import make_jobs
from tests.api.serving import serve_board
from tests.bench.figures import Figure, p50_and_p95, took_ms
from tests.bench.queues import PROGRAMS
from tests.bench.tasks import nothing
from tests.lab import Lab, end, free_port, open_lab, wait_for

JOBS = 10_000
PAGE = 100  # jobs of one
LAST = JOBS // PAGE
REQUESTS = 40
DUE = {"id": "jobs-due", "property": "data"}  # what the grid asks for
FILLING_S = 120


@dataclass(frozen=True)
class Board:
    """A board that lists jobs: `page(number)` and `found()` ask it for some and say how many it answered with.

    One without `found` cannot look for the jobs of a state.
    """

    name: str
    page: Callable[[int], int]
    found: Callable[[], int] | None = None


def figures() -> list[Figure]:
    """ms until a board answers with 100 of 10,000 jobs over HTTP: the first page, page 100, and those of one state.

    Ours is the block of rows that the grid of the page of jobs asks for, with all its columns and the count; the others
    are asked for what their own pages ask for. rq-dashboard lists waiting jobs, in one queue, and has no filter.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        lab = stack.enter_context(open_lab(folder / "others"))
        socket = str(queue_server.ensure(lab.home).socket)
        boards = [
            stack.enter_context(_nightboard(folder / "ours")),
            stack.enter_context(_rq_dashboard(lab, socket)),
            stack.enter_context(_flower(lab, socket)),
        ]
        return [row for what, ask in _QUESTIONS.items() for row in _asked(what, ask, boards)]


_QUESTIONS: dict[str, Callable[[Board], Callable[[], int] | None]] = {
    "first page": lambda board: lambda: board.page(1),
    f"page {LAST}": lambda board: lambda: board.page(LAST),
    "those of one state": lambda board: board.found,
}


def _asked(what: str, ask: Callable[[Board], Callable[[], int] | None], boards: list[Board]) -> list[Figure]:
    """Each board in turn, many times."""
    asked = {board.name: ask(board) for board in boards}
    spans: dict[str, list[float]] = {name: [] for name, answer in asked.items() if answer}
    for _ in range(REQUESTS):
        for name, answer in asked.items():
            if answer:
                spans[name].append(took_ms(answer))
    return [
        Figure(
            f"{name}, {what}, {PAGE} of {JOBS:,} jobs",
            p50_and_p95(spans[name]) if name in spans else "cannot",
        )
        for name in asked
    ]


@contextmanager
def _nightboard(home: Path) -> Iterator[Board]:
    with open_lab(home) as lab:
        make_jobs(lab.board.store, JOBS)
        access.ensure_admin(lab.board.store, lab.home)
        with serve_board(lab.board) as address, requests.Session() as browser:
            browser.get(f"{address}/login/{access.login_link(lab.board.store)}").raise_for_status()
            known = browser.get(f"{address}/_dash-dependencies").json()
            rows = next(each for each in known if each["inputs"][0] == DUE)

            def block(number: int, text: str = "") -> int:
                wanted: dict[str, Any] = {"startRow": (number - 1) * PAGE, "endRow": number * PAGE, "sortModel": []}
                values = [text, "-created_at"]
                answer = browser.post(
                    f"{address}/_dash-update-component",
                    json={
                        "output": rows["output"],
                        "outputs": _ids(rows["output"]),
                        "inputs": [{**rows["inputs"][0], "value": wanted}],
                        "state": [{**each, "value": value} for each, value in zip(rows["state"], values, strict=True)],
                        "changedPropIds": ["jobs-due.data"],
                    },
                )
                answer.raise_for_status()
                return len(answer.json()["response"][GRID]["getRowsResponse"]["rowData"])

            yield Board("Nightboard", block, lambda: block(1, "status:success"))


def _ids(output: str) -> list[dict[str, str]]:
    """The outputs that Dash writes as one word: `..grid.rows...count.children..`."""
    parts = (part.rsplit(".", 1) for part in output.strip(".").split("..."))
    return [{"id": name, "property": of} for name, of in parts]


@contextmanager
def _rq_dashboard(lab: Lab, socket: str) -> Iterator[Board]:
    Queue("bench", connection=redis.Redis(unix_socket_path=socket)).enqueue_many([Queue.prepare_data(nothing)] * JOBS)
    port = free_port()
    command = [str(PROGRAMS / "rq-dashboard"), "-b", "127.0.0.1", "-p", str(port), "-u", f"unix://{socket}"]
    address = f"http://127.0.0.1:{port}"
    with _running(lab, command), requests.Session() as browser:

        def page(number: int) -> int:
            return len(_json(browser, f"{address}/0/data/jobs/bench/queued/{PAGE}/dsc/{number}.json")["jobs"])

        wait_for(lambda: _is_up(lambda: page(1)), "rq-dashboard answers")
        yield Board("rq-dashboard", page)


@contextmanager
def _flower(lab: Lab, socket: str) -> Iterator[Board]:
    os.environ["BENCH_SOCKET"] = socket
    from tests.bench.others import NAME, celery_on

    port = free_port()
    celery = [str(PROGRAMS / "celery"), "-A", "tests.bench.others:celery"]
    address = f"http://127.0.0.1:{port}"
    with (
        _running(lab, [*celery, "flower", "--address=127.0.0.1", f"--port={port}", "--logging=error"]),
        _running(lab, [*celery, "worker", "-l", "error", "-c", "2", "-E"]),
        requests.Session() as browser,
    ):

        def tasks(start: int, text: str = "") -> Any:
            order = "draw=1&order[0][column]=0&columns[0][data]=received&order[0][dir]=desc"
            return _json(browser, f"{address}/tasks/datatable?{order}&start={start}&length={PAGE}&search[value]={text}")

        def page(number: int) -> int:
            return len(tasks((number - 1) * PAGE)["data"])

        wait_for(lambda: _is_up(lambda: page(1)), "Flower answers")
        application = celery_on(socket)
        for _ in range(JOBS):
            application.send_task(NAME)
        wait_for(lambda: tasks(0, "state:SUCCESS")["recordsFiltered"] >= JOBS, "Flower knows all tasks", FILLING_S)
        yield Board("Flower", page, lambda: len(tasks(0, "state:SUCCESS")["data"]))


@contextmanager
def _running(lab: Lab, command: list[str]) -> Iterator[None]:
    with (lab.home / "logs" / "boards.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        yield
    finally:
        end(process)


def _json(browser: requests.Session, address: str) -> Any:
    answer = browser.get(address)
    answer.raise_for_status()
    return answer.json()


def _is_up(ask: Callable[[], int]) -> bool:
    try:
        ask()
    except requests.ConnectionError:
        return False
    return True
