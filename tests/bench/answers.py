"""How soon the engine does what it is asked: a submitted job taken up, a running one paused, resumed and cancelled."""

import random
import tempfile
import time
from pathlib import Path

from engine import control
from engine.audit import Answer
from models.people import Audit
from models.states import Status
from tests.bench.engine import WORKERS, lab_with_captures
from tests.bench.figures import Figure, p50_and_p99
from tests.bench.throughput import link_captures
from tests.lab import ENGINEER, Lab, open_lab, wait_for

PICK_UPS = 120
CYCLES = 15


def pick_up() -> list[Figure]:
    """ms from the submission of a job to a worker's first claim on it, when the engine is idle.

    120 jobs of one capture and a pipeline that does nothing, one after another, on two workers and SQLite, each
    submitted when both workers have been idle for a moment. The time is the job's own queue time, as its page shows it.
    """
    with lab_with_captures(1) as (lab, pipeline_id), lab.workers(WORKERS):
        lab.until(lab.submit(pipeline_id=pipeline_id))
        waits = []
        for _ in range(PICK_UPS):
            wait_for(lambda: _idle(lab), "all workers are idle")
            time.sleep(random.uniform(0.02, 0.1))
            job = lab.until(lab.submit(pipeline_id=pipeline_id, reprocess=True))
            assert job.queue_ms is not None
            waits.append(float(job.queue_ms))
    return [Figure("Pick-up of a job on an idle engine", p50_and_p99(waits), "p50 ≤ 50 ms, p99 ≤ 200 ms")]


def _idle(lab: Lab) -> bool:
    return lab.idle() == WORKERS and not lab.board.bell.waiting()


def answers() -> list[Figure]:
    """ms from a pause and from a cancel, as the audit has them, to done: no worker has anything of the job any more.

    15 jobs over photographs with the embedded pipeline on two workers and SQLite. Each is paused in the middle of its
    captures, resumed, and cancelled in the middle.
    """
    asked: dict[str, list[float]] = {"pause": [], "cancel": []}
    with tempfile.TemporaryDirectory() as folder, open_lab(Path(folder) / "home") as lab, lab.workers(WORKERS):
        link_captures(Path(folder) / "captures")
        lab.take_in(Path(folder) / "captures")
        for _ in range(CYCLES):
            job_id = lab.submit(reprocess=True)
            _go_on(lab, job_id)
            asked["pause"].append(_answered_ms(lab, control.pause(lab.board, ENGINEER, job_id), Status.PAUSED))
            control.resume(lab.board, ENGINEER, job_id)
            _go_on(lab, job_id)
            asked["cancel"].append(_answered_ms(lab, control.cancel(lab.board, ENGINEER, job_id), Status.REVOKED))
    return [
        Figure(f"{verb.capitalize()} answered, embedded pipeline running", p50_and_p99(waits), "p99 ≤ 2,000 ms")
        for verb, waits in asked.items()
    ]


def _go_on(lab: Lab, job_id: int) -> None:
    """Let some captures go through, and ask at no particular moment of the next."""
    lab.until_processed(job_id, lab.job(job_id).processed + 4)
    time.sleep(random.uniform(0, 0.5))


def _answered_ms(lab: Lab, answer: Answer, status: Status) -> float:
    lab.until(answer.job_id, status)
    with lab.board.store.read() as session:
        asked = session.get_one(Audit, answer.audit_id)
        assert asked.done_at is not None
        return (asked.done_at - asked.requested_at).total_seconds() * 1000
