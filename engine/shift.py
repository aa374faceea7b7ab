"""A shift: what RQ runs. One worker works on the most urgent job for a time slice, then rings for the next shift.

claim → pipeline → landing, again and again. The bell's job is only a hint; SQL says what is most urgent.
"""

import logging
import math
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import select
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from engine import claims, faults
from engine.bell import Bell
from engine.captures.files import stamp_of
from engine.captures.sources import file_in
from engine.claims import Claim
from engine.jobtypes import job_types
from engine.jobtypes.base import StageFailed, Task
from engine.landing import ClaimLost, Landed, give_back, hold_back, land_failure, land_outcomes, land_step
from engine.pipelines import WarmPipelines
from engine.pipelines.base import AWAY, Failed, Outcome, Picture, Pipeline, PipelineAway, outside
from engine.provenance import as_zones
from engine.watch import Watch
from models.base import Whole
from models.captures import Capture, Deployment, Source
from models.jobs import Item, Job, Stage
from models.queries.workers import count_idle
from models.rows import as_table
from models.store import Store

SLICE_S = 5.0
LONGEST_S = 30.0  # of a shift whose job stays the most urgent; then a fresh child takes over
HOLDS = 6  # times in a row that a job is held back while its pipeline is away
BACKOFF_S, BACKOFF_MOST_S = 1.0, 30.0
RETRY_S = (0.1, 0.3, 1.0, 2.0)  # waits of a landing that the database could not take at once

log = logging.getLogger(__name__)


@dataclass
class Duty:
    """What a worker brings to its shifts; its children inherit it by fork, warm pipelines and all."""

    store: Store
    bell: Bell
    worker: str
    pipelines: WarmPipelines = field(default_factory=WarmPipelines)
    leave: threading.Event = field(default_factory=threading.Event)  # set when the worker wants to go


_duty: Duty | None = None


def go_on_duty(duty: Duty) -> None:
    """Say on whose behalf this process works."""
    global _duty  # RQ gives a task nothing but its arguments
    _duty = duty


def shift(job_id: int, attempt: int) -> None:
    """The task that RQ runs; its two integers say which job rang, no more."""
    if _duty is None:
        raise RuntimeError("This worker was not started by `nightboard worker`, so it has no database to work on.")
    Shift(_duty).run()


class Shift:
    """One shift of one worker: a slice of `SLICE_S` seconds, and more of them while its job stays the most urgent."""

    def __init__(self, duty: Duty) -> None:
        self.duty = duty
        self.store = duty.store
        self.slice_ends = time.monotonic() + SLICE_S
        self.ends = time.monotonic() + LONGEST_S
        self.watch = Watch(duty.store, duty.leave)

    def run(self) -> None:
        """Claim and work until the shift is over or nothing is left; then ring if more is to do."""
        self.watch.start()
        try:
            claim = claims.take(self.store, self.duty.worker)
            while claim is not None:
                landed = self._work(claim)
                if self._is_over() and not self._begins_another_slice(claim.job_id):
                    break
                claim = self._next(landed)
        finally:
            self.watch.end()
            ring_for_more(self.store, self.duty.bell)

    def _is_over(self) -> bool:
        return self.duty.leave.is_set() or time.monotonic() > self.slice_ends

    def _begins_another_slice(self, job_id: int) -> bool:
        """Go on without a new child when nothing is more urgent than this job; False when the shift is over."""
        now = time.monotonic()
        if self.duty.leave.is_set() or now > self.ends:
            return False
        with self.store.read() as session:
            urgent = claims.most_urgent(session, self.store.clock(session))
        if urgent is None or urgent.id != job_id:
            return False
        self.slice_ends = now + SLICE_S
        return True

    def _next(self, landed: Landed | None) -> Claim | None:
        """The next claim: of the same job while it has some, else of the most urgent one."""
        same = claims.take(self.store, self.duty.worker, only=landed.job_id) if landed and landed.goes_on else None
        return same or claims.take(self.store, self.duty.worker)

    def _work(self, claim: Claim) -> Landed | None:
        self.watch.over(claim)
        faults.point("between-claim-and-work")
        try:
            landed = self._over_captures(claim) if claim.over_captures else self._single(claim)
        except ClaimLost as lost:
            log.warning("dropped what came too late: %s", lost)
            return None
        finally:
            self.watch.rest()
        faults.point("between-commit-and-bell")
        if landed.goes_on and landed.stage_id != claim.stage_id:
            self._call_others(claim)
        return landed

    def _call_others(self, claim: Claim) -> None:
        """A stage has just opened: call every idle worker to it."""
        with self.store.read() as session:
            idle = count_idle(session, self.store.clock(session))
        self.duty.bell.ring(claim.job_id, claim.attempt, times=idle)

    def _over_captures(self, claim: Claim) -> Landed:
        pipeline, pictures = self._prepare(claim)
        masks = {picture.capture_id: picture.mask_zones for picture in pictures}
        started = time.monotonic()
        outcomes: list[Outcome] = []
        try:
            for outcome in pipeline.process(pictures):
                outcomes.append(outside(outcome, masks[outcome.capture_id]))
                if self.watch.stop.is_set():
                    break
        except PipelineAway as away:
            if not outcomes:  # else what was looked at before it went away is kept
                if (wait := self._backoff(claim)) is not None:
                    return self._persist(partial(hold_back, self.store, claim, wait, str(away)))
                if len(pictures) > 1:  # one of them may be what sends it away
                    return self._persist(lambda: give_back(self.store, claim, tried=True))
                outcomes = [Failed(pictures[0].capture_id, 0.0, AWAY, str(away))]
        except Exception as error:
            log.exception("pipeline failed on a batch of job %s", claim.job_id)
            if len(pictures) > 1:  # which of them did it shows when each is tried alone
                return self._persist(lambda: give_back(self.store, claim, tried=True))
            outcomes = [Failed(pictures[0].capture_id, 0.0, "pipeline error", f"The pipeline failed: {error}")]
        batch_ms = (time.monotonic() - started) * 1000
        return self._persist(lambda: land_outcomes(self.store, claim, outcomes, batch_ms=batch_ms, masks=masks))

    def _backoff(self, claim: Claim) -> float | None:
        """How long to hold the job back, s, doubling each time with some jitter; None when it was tried enough."""
        with self.store.read() as session:
            holds = session.get_one(Job, claim.job_id).holds
        if holds >= HOLDS:
            return None
        return min(BACKOFF_MOST_S, BACKOFF_S * math.pow(2, holds)) * random.uniform(0.8, 1.2)

    def _prepare(self, claim: Claim) -> tuple[Pipeline, list[Picture]]:
        with self.store.read() as session:
            job = session.get_one(Job, claim.job_id)
            assert job.pipeline is not None  # `ml.check` saw to it
            self.watch.limit(job.pipeline.call_limit_s)
            return self.duty.pipelines.get(job.pipeline), pictures_of(session, claim.capture_ids)

    def _single(self, claim: Claim) -> Landed:
        """Run the work of a stage without captures, keeping every step, until it ends or the shift does."""
        task, stage = self._task(claim)
        try:
            for step in job_types()[task.job.type].work[stage](task):
                stop = not step.last and (self.watch.stop.is_set() or self._is_over())
                landed = self._persist(partial(land_step, self.store, claim, step, stop=stop))
                if step.last or stop:
                    return landed
        except StageFailed as failure:
            return self._fail(claim, "stage failed", str(failure))
        except (ClaimLost, SQLAlchemyError):
            raise
        except Exception as error:
            log.exception("stage %s of job %s failed", stage, claim.job_id)
            return self._fail(claim, "error", f"{type(error).__name__}: {error}")
        raise RuntimeError(f"the stage {stage!r} of {task.job.type!r} ended without a step marked as its last")

    def _fail(self, claim: Claim, kind: str, message: str) -> Landed:
        return self._persist(lambda: land_failure(self.store, claim, kind, message))

    def _task(self, claim: Claim) -> tuple[Task, str]:
        with self.store.read() as session:
            job = session.get_one(Job, claim.job_id)
            stage = session.get_one(Stage, claim.stage_id).key
            cursor = session.get_one(Item, claim.item_ids[0]).cursor or {}
            session.expunge_all()
        return Task(self.store, job, cursor, self.watch.stop), stage

    def _persist(self, land: Callable[[], Landed]) -> Landed:
        """Land, again if the database could not take it at once; the lease bounds how long that makes sense."""
        faults.point("between-work-and-commit")
        for wait in RETRY_S:
            try:
                return land()
            except OperationalError:
                log.warning("the database did not take a landing; it is tried again in %s s", wait)
                time.sleep(wait)
        return land()


def ring_for_more(store: Store, bell: Bell) -> None:
    """Call for another shift if there is anything to do."""
    with store.read() as session:
        job = claims.most_urgent(session, store.clock(session))
    if job is not None:
        bell.ring(job.id, job.attempt)


def pictures_of(session: Session, capture_ids: Sequence[int]) -> list[Picture]:
    """The captures as a pipeline sees them, in this order."""
    wanted = as_table(session, [(id_,) for id_ in capture_ids], id=Whole)
    captures = session.execute(
        select(
            Capture.id, Capture.path, Capture.checksum, Capture.size_bytes, Capture.source_id, Capture.deployment_id
        ).join(wanted, Capture.id == wanted.c.id)
    ).all()
    sources, stations = {row.source_id for row in captures}, {row.deployment_id for row in captures}
    urls = dict(session.execute(select(Source.id, Source.url).where(Source.id.in_(sources))).all())
    masks = {
        id_: as_zones(zones)
        for id_, zones in session.execute(
            select(Deployment.id, Deployment.mask_zones).where(Deployment.id.in_(stations))
        )
    }
    pictures = {
        id_: Picture(id_, file_in(urls[source], path, stamp_of(checksum, size)), masks[station])
        for id_, path, checksum, size, source, station in captures
    }
    return [pictures[id_] for id_ in capture_ids]
