"""A thread beside the work: it renews the lease, listens for a stop, and ends a process that nobody may wait for.

No message needs to reach a shift. It looks for itself: has its parent gone, has its lease ended, was its job
cancelled, paused or ended, has its time come.
"""

import os
import threading
import time
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from engine import claims, faults
from models.jobs import Job
from models.states import CLAIMABLE
from models.store import Store

LOOK_S = 0.2
RENEW_S = 3.0
GRACE_S = 1.2  # from the stop to the end of a shift that does not heed it
LONGEST_REST_S = 60.0  # between two claims; SQL answers sooner, or says that it cannot
EXIT_ORPHAN = 70
EXIT_LEASE = 71
EXIT_GRACE = 72
EXIT_HUNG = 73


class Watch(threading.Thread):
    """Watches over one claim after another of this shift.

    `stop` is set when the work on the claim should end; `leave` is the worker's own wish to go.
    """

    def __init__(self, store: Store, leave: threading.Event) -> None:
        super().__init__(name="watch", daemon=True)
        self.stop = threading.Event()
        self._leave = leave
        self._store = store
        self._parent = os.getppid()
        self._claim: claims.Claim | None = None
        self._renewed = 0.0
        self._asked_at: float | None = None
        self._hung_at = time.monotonic() + LONGEST_REST_S
        self._over = threading.Event()
        self._lock = threading.Lock()

    def over(self, claim: claims.Claim) -> None:
        """From now on watch over this claim; its work may take as long as `limit` says."""
        with self._lock:
            self._hung_at = float("inf")
            self._claim, self._renewed, self._asked_at = claim, time.monotonic(), None
            self.stop.clear()

    def limit(self, seconds: float) -> None:
        """End the process if the claim in hand has not landed after so many seconds."""
        with self._lock:
            self._hung_at = time.monotonic() + seconds

    def rest(self) -> None:
        """The claim has landed; until the next one there is nothing to watch over but the parent and the time."""
        with self._lock:
            self._claim, self._hung_at = None, time.monotonic() + LONGEST_REST_S

    def end(self) -> None:
        """Stop watching; returns when the thread is gone."""
        self._over.set()
        self.join()

    def run(self) -> None:
        while not self._over.wait(LOOK_S):
            if os.getppid() != self._parent:
                os._exit(EXIT_ORPHAN)
            with self._lock:
                if time.monotonic() > self._hung_at:
                    os._exit(EXIT_HUNG)
                if self._claim is not None:
                    self._look(self._claim)

    def _look(self, claim: claims.Claim) -> None:
        now = time.monotonic()
        try:
            if self._is_over(claim):
                self.stop.set()
                self._asked_at = self._asked_at or now
            elif self._leave.is_set():
                self.stop.set()
            if now - self._renewed > RENEW_S:
                faults.point("while-renewing")
                if claims.renew(self._store, claim):
                    self._renewed = now
                else:  # landed this very moment, or lost; the landing finds out which
                    self.stop.set()
                    self._asked_at = self._asked_at or now
        except SQLAlchemyError:
            if now - self._renewed > claims.LEASE_S:
                os._exit(EXIT_LEASE)  # the database is away, and by now somebody else may hold these items
        if self._asked_at is not None and now - self._asked_at > GRACE_S:
            os._exit(EXIT_GRACE)

    def _is_over(self, claim: claims.Claim) -> bool:
        with self._store.read() as session:
            row = session.execute(
                select(Job.status, Job.attempt, Job.requested, Job.deadline_at).where(Job.id == claim.job_id)
            ).one_or_none()
            if row is None or row.attempt != claim.attempt or row.status not in CLAIMABLE or row.requested:
                return True
            return _is_past(row.deadline_at, self._store.clock(session))


def _is_past(deadline: datetime | None, at: datetime) -> bool:
    return deadline is not None and deadline <= at
