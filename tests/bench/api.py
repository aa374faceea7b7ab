"""How long the API takes to answer on a home with a million jobs: the 95th percentile over 1,000 requests of each kind.

`NIGHTBOARD_BENCH_HOME` names a home that `nightboard bench seed` filled; without it one is made first, which takes some
minutes. Requests go through the whole of the web application but for the socket.
"""

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

import api
from engine import access
from engine.access import ADMIN
from engine.board import Board
from models.jobs import Job
from models.people import Role
from tests.bench.figures import Figure, p50_and_p95, took_ms
from tests.bench.homes import JOBS, with_many_jobs

REQUESTS = 1_000
ORDERS = (
    "name",
    "created_at",
    "updated_at",
    "status",
    "started_at",
    "finished_at",
    "project",
    "deployment",
    "pipeline",
    "source_image_collection",
    "priority",
    "queue_ms",
    "elapsed_ms",
    "processed",
    "failed",
    "detections",
    "total",
)
FILTERS = (
    "status=SUCCESS",
    "status=FAILURE",
    "project=1",
    "pipeline=2",
    "deployment=17",
    "job_type_key=ml",
    "source_image_collection=5",
    "event=70000",
    "incomplete_only=true",
)
TEXTS = (
    "Bog, east",
    "montréal",
    "Rerun Harbour",
    "3 Jul",
    "populate captures",
    "dune",
    "2026",
    "moths",
    "for the report",
)
HISTORIES = ("createdAt", "updatedAt", "submittedAt", "status", "total", "completed", "fail", "model")


@dataclass(frozen=True)
class Kind:
    """Requests of one kind, and how long the slowest but 5 % of them may take."""

    name: str
    limit_ms: float
    ask: Callable[["Caller"], None]


class Caller:
    """A program that asks at random, the same each time."""

    def __init__(self, client: FlaskClient, token: str, last_id: int) -> None:
        self._client = client
        self._headers = {"Authorization": f"Token {token}"}
        self._turns = itertools.count()
        self.chance = random.Random(1)
        self.last_id = last_id

    def get(self, path: str) -> None:
        answer = self._client.get(path, headers=self._headers, buffered=True)
        assert answer.status_code == 200, answer.get_data(as_text=True)

    def create(self) -> None:
        body = {"name": "A job of the benchmark", "project_id": 1, "delay": 1, "job_type_key": "ml"}
        answer = self._client.post("/api/v2/jobs/", json=body, headers=self._headers, buffered=True)
        assert answer.status_code == 201, answer.get_data(as_text=True)

    def one_of(self, words: tuple[str, ...]) -> str:
        """Each in its turn."""
        return words[next(self._turns) % len(words)]

    def order(self, words: tuple[str, ...]) -> str:
        return self.chance.choice(("", "-")) + self.one_of(words)

    def job(self) -> int:
        return self.chance.randint(1, self.last_id)

    def offset(self, share: float = 1.0) -> int:
        return self.chance.randrange(int(self.last_id * share))


def _listed(call: Caller) -> None:
    call.get(f"/api/v2/jobs/?limit=25&ordering={call.order(ORDERS)}&offset={call.offset()}")


def _filtered(call: Caller) -> None:
    call.get(f"/api/v2/jobs/?limit=25&{call.one_of(FILTERS)}&offset={call.offset() // 25 % 40 * 25}")


def _filtered_deep(call: Caller) -> None:
    call.get(f"/api/v2/jobs/?limit=25&{call.one_of(FILTERS)}&offset={call.offset()}")


def _searched(call: Caller) -> None:
    call.get(f"/api/v2/jobs/?limit=25&search={call.one_of(TEXTS)}&offset={call.offset() % 40 * 25}")


def _history(call: Caller) -> None:
    page = call.offset() // 25 + 1
    direction = call.chance.choice(("asc", "desc"))
    call.get(f"/api/jobs/history?per-page=25&page={page}&sort-by={call.one_of(HISTORIES)}&direction={direction}")


KINDS = (
    Kind("list, every order, any page", 25, _listed),
    Kind("list, every filter, first pages", 25, _filtered),
    Kind("list, every filter, any page", 25, _filtered_deep),
    Kind("list, with free text", 100, _searched),
    Kind("history (Modzy), every order, any page", 25, _history),
    Kind("detail", 10, lambda call: call.get(f"/api/v2/jobs/{call.job()}/")),
    Kind("detail (Instabase)", 10, lambda call: call.get(f"/api/v1/jobs/status?job_id={call.job()}")),
    Kind("create", 15, Caller.create),
)


def figures() -> list[Figure]:
    """How soon the API answers on a home with a million jobs, over 1,000 requests of each kind, ms.

    Requests go through the whole of the web application but for the socket.
    """
    with with_many_jobs() as board:
        call = _caller(board)
        return [_figure(kind, [took_ms(partial(kind.ask, call)) for _ in range(REQUESTS)]) for kind in KINDS]


def _figure(kind: Kind, spans_ms: list[float]) -> Figure:
    return Figure(f"API, {kind.name}, {JOBS:,} jobs", p50_and_p95(spans_ms), f"p95 ≤ {kind.limit_ms:.0f} ms")


def _caller(board: Board) -> Caller:
    server = Flask("nightboard", static_folder=None)
    server.secret_key = access.secret_key(board.settings.home)
    server.config["RATELIMIT_ENABLED"] = False
    api.register(server, board)
    access.ensure_admin(board.store, board.settings.home)
    token = access.create_token(board.store, user_name=ADMIN, role=Role.ADMIN, name="benchmark")
    with board.store.read() as session:
        last = session.scalars(select(func.max(Job.id))).one()
    return Caller(server.test_client(), token, last)
