"""How long the pages take at the server with a million jobs, and what open pages cost it."""

import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import psutil
import requests
from flask import Flask, g
from sqlalchemy import select

from dashboard.pages import nights, timings, workers
from dashboard.pages.job import parts as job_parts
from dashboard.pages.job.reading import read as read_job
from dashboard.pages.jobs import views
from dashboard.pages.jobs.address import Address
from dashboard.pages.jobs.blocks import COUNTED, block, sort_of
from dashboard.pages.jobs.finding import filter_of
from dashboard.pages.timings import parts
from engine import access, control
from engine.access import Actor
from engine.board import Board
from engine.control import JobChanges
from models.jobs import Job
from models.people import Role
from models.queries import jobs
from models.queries.jobs import SORTS, JobFilter, Place
from models.queries.timings import TimingFilter
from tests.api.serving import serve
from tests.bench.figures import Figure, p50_and_p95, took_ms
from tests.bench.homes import JOBS, with_many_jobs
from tests.lab import ENGINEER, Lab, open_lab

BLOCKS, WINDOWS = 1_000, 300
CHARTS = 40
BLOCK = 100  # rows of one
LOOKER = Actor("looker", Role.VIEWER, "dashboard")
TEXTS = (
    "",
    "status:success",
    "status:failure",
    "type:ml",
    "station:#17",
    "pipeline:#2",
    "status:success type:ml",
    "night:2026-05-01..2026-05-07",
    "elapsed>1h",
    "priority>=7",
    "-status:success",
    "dune",
    '"Bog, east"',
)
OPEN = 50
EVERY_S = 2.0
MEASURED_S = 20.0


@dataclass(frozen=True)
class Shown:
    """Something that a page shows, and the ms that 95 of 100 may take."""

    what: str
    draw: Callable[[Board], object]
    limit_ms: float = 50


SHOWN = (
    Shown("numbers and charts of queue and elapsed time, four charts", lambda board: _timings(board), 200),
    Shown("chart of throughput", lambda board: timings.throughput(board, "station", TimingFilter(), "light")),
    Shown("nights by month", lambda board: nights.content(board, None, None)),
    Shown("nights by season", lambda board: nights.content(board, None, None, "season")),
    Shown("map of workers and minutes", lambda board: workers.minutes(board, 24, "light")),
    Shown("chart of a job's captures", lambda board: _progress(board)),
    Shown("counts of the saved views", lambda board: views.links(board, Address("")), 20),
)


def figures() -> list[Figure]:
    """ms that the server takes for what pages show of a million jobs: blocks of rows at any depth, charts, counts."""
    with with_many_jobs() as board, somebody():
        return [*_rows(board), *(_chart(board, each) for each in SHOWN)]


def _rows(board: Board) -> list[Figure]:
    every = f"Block of {BLOCK} rows, every sort and filter, any depth"
    blocks = [asked.ms for asked in ask_for_blocks(board)]
    windows = [asked.ms for asked in ask_for_blocks(board, WINDOWS, by_number=True)]
    return [_figure(every, blocks, 20), _figure(f"{every}, by its number alone", windows)]


@dataclass(frozen=True)
class Asked:
    """A block of rows that was asked for, and the ms that it took."""

    sort: str
    text: str
    ms: float


def ask_for_blocks(board: Board, turns: int = BLOCKS, *, by_number: bool = False) -> Iterator[Asked]:
    """Blocks as the grid asks for them: of a long list behind the row that it holds before, as one scrolls; of one that
    it knows the length of by their number, as one may drag the bar to anywhere. Or all of them `by_number`.
    """
    chance, sorts = random.Random(1), list(SORTS)
    with board.store.read() as session:
        found = {text: jobs.count(session, filter_of(session, text)) for text in TEXTS}
    for turn in range(turns):
        model = {"colId": sorts[turn % len(sorts)], "sort": chance.choice(("asc", "desc"))}
        text = TEXTS[turn // len(sorts) % len(TEXTS)]
        first = chance.randrange(found[text]) // BLOCK * BLOCK
        request = {"startRow": first, "endRow": first + BLOCK, "sortModel": [model]}
        if first and found[text] >= COUNTED and not by_number:
            request["after"] = _place_somewhere(board, chance, sort_of(request), text)
        ms = took_ms(partial(block, board, request, text))
        yield Asked(sort_of(request), text, ms)


def _place_somewhere(board: Board, chance: random.Random, sort: str, text: str) -> list[object]:
    """What a grid was told with some row of a list, each row as likely as another."""
    with board.store.read() as session:
        where = filter_of(session, text)
        (newest,) = jobs.ids(session, JobFilter(), sort="-id", limit=1)
        some: list[int] = []
        while not some:
            number = chance.randrange(newest)
            some = jobs.ids(session, where, sort="id", after=Place("id", (number, number)), limit=1)
        place = jobs.place_of(session, some[0], sort)
    assert place is not None
    return place.told()


def _chart(board: Board, each: Shown) -> Figure:
    return _figure(f"Page, {each.what}", [took_ms(lambda: each.draw(board)) for _ in range(CHARTS)], each.limit_ms)


def _timings(board: Board) -> object:
    return [parts.metric_card(each, "light").to_plotly_json() for each in parts.read(board, TimingFilter())]


def _progress(board: Board) -> object:
    with board.store.read() as session:
        fullest = session.scalars(select(Job.id).order_by(Job.processed.desc()).limit(1)).one()
    view = read_job(board, fullest, datetime.now(UTC), LOOKER)
    assert view is not None
    return job_parts.figure(view, "light")


def _figure(what: str, spans_ms: list[float], limit_ms: float | None = None) -> Figure:
    return Figure(f"{what}, {JOBS:,} jobs", p50_and_p95(spans_ms), f"p95 ≤ {limit_ms:.0f} ms" if limit_ms else "")


@contextmanager
def somebody() -> Iterator[None]:
    """The person for whom pages are drawn."""
    server = Flask("nightboard", static_folder=None)
    with server.test_request_context("/"):
        g.actor = LOOKER
        yield


def open_pages() -> list[Figure]:
    """Share of a core that the web server takes while 50 open pages ask it every 2 s what changed.

    As the pages do, each names the rev it has seen and its ETag. Once nothing changes, once a job is renamed ten times
    a second.
    """
    with tempfile.TemporaryDirectory() as folder, open_lab(Path(folder) / "home") as lab, serve(lab) as address:
        access.ensure_admin(lab.board.store, lab.home)
        job_id = lab.submit(name="renamed", delay=600, pipeline_id=None, deployment_id=None, start_now=False)
        quiet = _share(lab, address, None)
        busy = _share(lab, address, job_id)
    return [
        Figure(f"Web server, {OPEN} open pages, nothing changes", f"{quiet:.1%} of a core", "≤ 3.5 %"),
        Figure(f"Web server, {OPEN} open pages, ten changes a second", f"{busy:.1%} of a core", "≤ 6 %"),
    ]


def _share(lab: Lab, address: str, renamed: int | None) -> float:
    """CPU time of the web server over wall time, while the pages look and, if named, a job changes."""
    over = threading.Event()
    token = (lab.home / access.TOKEN_FILE).read_text().strip()
    threads = [threading.Thread(target=_look, args=(address, token, number, over)) for number in range(OPEN)]
    if renamed is not None:
        threads.append(threading.Thread(target=_rename, args=(lab, renamed, over)))
    for thread in threads:
        thread.start()
    over.wait(EVERY_S * 2)
    port = int(address.rsplit(":", 1)[1])
    server = [p for p in psutil.process_iter() if f"127.0.0.1:{port}" in " ".join(_words(p))]
    before, started = _cpu_s(server), time.monotonic()
    over.wait(MEASURED_S)
    used, wall = _cpu_s(server) - before, time.monotonic() - started
    over.set()
    for thread in threads:
        thread.join()
    return used / wall


def _look(address: str, token: str, number: int, over: threading.Event) -> None:
    """One page that looks what changed."""
    page, rev, etag = requests.Session(), 0, ""
    page.headers["Authorization"] = f"Token {token}"
    over.wait(EVERY_S * number / OPEN)
    while not over.is_set():
        answer = page.get(f"{address}/api/changes?since={rev}", headers={"If-None-Match": etag} if etag else {})
        assert answer.status_code in (200, 304), answer.text
        if answer.status_code == 200:
            rev, etag = answer.json()["rev"], answer.headers["ETag"]
        over.wait(EVERY_S)


def _rename(lab: Lab, job_id: int, over: threading.Event) -> None:
    """Ten changes a second."""
    for turn in range(10_000):
        if over.wait(0.1):
            return
        control.edit(lab.board, ENGINEER, job_id, JobChanges(name=f"renamed {turn} times"))


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def _cpu_s(processes: list[psutil.Process]) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in processes)
