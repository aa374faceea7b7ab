"""A crowded board: 200 jobs at once on two busy workers, and how long people and programs wait for the web server."""

import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import func, select

from dashboard.components.still import MARKUP
from engine import access
from models.jobs import Job
from models.states import FINAL
from tests.api.serving import serve
from tests.bench.engine import WORKERS
from tests.bench.figures import Figure, percentile
from tests.bench.throughput import link_captures
from tests.lab import Lab, open_lab

JOBS = 200
SECONDS = 45.0
THINK_S = 0.05
PAGES = ("/", "/jobs", "/jobs/{job}", "/timings", "/jobs/new")
READS = ("/api/v2/jobs/", "/api/v2/jobs/?status=PENDING&ordering=-created_at", "/api/v2/jobs/{job}/", "/api/changes")
SHOWN = [("page", "children"), ("title", "data"), ("navigation", MARKUP)]


class Visitor:
    """Somebody who is logged in on the real web server, and a program with a token; every answer is timed."""

    def __init__(self, lab: Lab, address: str) -> None:
        self.address = address
        self.ms: dict[str, list[float]] = defaultdict(list)
        self._browser, self._program = requests.Session(), requests.Session()
        access.ensure_admin(lab.board.store, lab.home)
        token = (lab.home / access.TOKEN_FILE).read_text().strip()
        self._browser.get(f"{address}/login/{access.login_link(lab.board.store)}").raise_for_status()
        self._program.headers["Authorization"] = f"Token {token}"

    def page(self, path: str) -> None:
        """A page with all that it shows at first: what the browser asks of Dash for an address."""
        body: dict[str, Any] = {
            "output": f"..{'...'.join(f'{part}.{name}' for part, name in SHOWN)}..",
            "outputs": [{"id": part, "property": name} for part, name in SHOWN],
            "inputs": [{"id": "route", "property": "data", "value": {"path": path, "search": ""}}],
            "changedPropIds": ["route.data"],
        }
        answer = self._timed("Pages", lambda: self._browser.post(f"{self.address}/_dash-update-component", json=body))
        assert "could not be drawn" not in answer.text, path

    def read(self, path: str) -> None:
        self._timed("API reads", lambda: self._program.get(f"{self.address}{path}"))

    def verb(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = self._timed("Verbs", lambda: self._program.post(f"{self.address}/api/v2/jobs/{path}", json=body or {}))
        told: dict[str, Any] = answer.json()
        return told

    def _timed(self, kind: str, ask: Callable[[], requests.Response]) -> requests.Response:
        started = time.monotonic()
        answer = ask()
        self.ms[kind].append((time.monotonic() - started) * 1000)
        assert answer.ok or answer.status_code == 409, (answer.status_code, answer.url, answer.text[:500])
        return answer


def figures() -> list[Figure]:
    """ms that verbs, pages and reads of the API take with 200 jobs queued at once and every core busy.

    The real web server, two workers with the embedded pipeline on photographs, SQLite. All 200 jobs are submitted
    through the API; then for 45 s one after another, with a short think between: a page as the browser asks for it, a
    read of the API, and a verb (pause, resume, cancel or retry of some job), each timed at the caller. A verb
    that comes too early or too late is refused, which is an answer too.
    """
    with tempfile.TemporaryDirectory() as folder, open_lab(Path(folder) / "home") as lab:
        link_captures(Path(folder) / "captures")
        lab.take_in(Path(folder) / "captures")
        with serve(lab) as address, lab.workers(WORKERS):
            visitor = Visitor(lab, address)
            jobs = [visitor.verb("?start_now", _request(lab, number))["id"] for number in range(JOBS)]
            _visit(visitor, jobs)
            assert _open_jobs(lab) > JOBS / 2, "the jobs were through before the measuring was"
    return [
        Figure(
            f"{kind} with {JOBS} jobs queued, all cores busy",
            f"p50 {percentile(ms, 0.5):,.0f} ms, p95 {percentile(ms, 0.95):,.0f} ms of {len(ms)}",
            "p95 ≤ 250 ms",
        )
        for kind, ms in visitor.ms.items()
    ]


def _request(lab: Lab, number: int) -> dict[str, Any]:
    return {
        "name": f"job {number}",
        "project_id": lab.project_id,
        "deployment_id": lab.station_id,
        "pipeline_id": lab.pipeline_id,
        "reprocess": True,
    }


def _visit(visitor: Visitor, jobs: list[int]) -> None:
    order = random.Random(1)
    until = time.monotonic() + SECONDS
    verbs = ("pause", "resume", "cancel", "retry")
    for turn in count():
        if time.monotonic() > until:
            return
        job = jobs[turn // len(verbs) % len(jobs)]
        visitor.page(PAGES[turn % len(PAGES)].format(job=order.choice(jobs)))
        visitor.read(READS[turn % len(READS)].format(job=order.choice(jobs)))
        visitor.verb(f"{job}/{verbs[turn % len(verbs)]}/")
        time.sleep(THINK_S)


def _open_jobs(lab: Lab) -> int:
    with lab.board.store.read() as session:
        return session.scalars(select(func.count()).select_from(Job).where(Job.status.not_in(FINAL))).one()
