"""How a worker is stopped and started again: the wish stands on its row in SQL, and its own process heeds it.

No message needs to reach it. The worker's parent looks at the row beside its signs of life: asked to stop, it ends as
at any other end of a worker, after the capture in hand; asked to halt, it kills a child that outlives the grace, and
what that held goes back to the queue. Its supervisor starts it again, and it stands by, light and alive, for as long
as the wish does.
"""

import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Literal

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from engine.watch import GRACE_S
from models.people import Audit
from models.queries.workers import STOPPED
from models.workers import Worker

Wish = Literal["finish", "halt"]
FINISH: Wish = "finish"  # after what is in hand
HALT: Wish = "halt"  # at once
LOOK_S = 1.0


class Standstill:
    """What is asked of one worker; the thread of its signs of life tells it by `heed`."""

    def __init__(self, kill_child: Callable[[], None]) -> None:
        self._kill_child = kill_child
        self._wanted = threading.Event()
        self._works = False
        self._told_at: float | None = None
        self.halted = False

    @property
    def is_told(self) -> bool:
        """Whether this process ends because it was asked to stand still."""
        return self._told_at is not None

    def begins_work(self) -> None:
        """From here on a stop has an ear to reach: RQ's own, for signals."""
        self._works = True

    def heed(self, wish: str | None) -> None:
        """Do what the row says; called again and again."""
        if wish is None:
            self._wanted.set()
        elif self._works and self._told_at is None:
            self._told_at = time.monotonic()
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
        elif self._told_at is not None and wish == HALT and time.monotonic() - self._told_at > GRACE_S:
            self.halted = True
            self._kill_child()

    def wait(self) -> None:
        """Return when the worker is wanted; a signal ends the process."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: sys.exit(0))
        self._wanted.wait()


def wish_for(session: Session, worker: str) -> str | None:
    """What is asked of a worker: finish, halt, or nothing."""
    return session.scalar(select(Worker.requested).where(Worker.name == worker))


def answer(session: Session, worker: str, state: str, at: datetime) -> None:
    """Note on the last control of a worker that it was heard, and that it is done once the state is what was asked."""
    row = session.execute(select(Worker.requested, Worker.control_id).where(Worker.name == worker)).one_or_none()
    if row is None or row.control_id is None:
        return
    done = (row.requested is not None) == (state == STOPPED)
    heard = {"acknowledged_at": func.coalesce(Audit.acknowledged_at, at)} | ({"done_at": at} if done else {})
    session.execute(update(Audit).where(Audit.id == row.control_id, Audit.done_at.is_(None)).values(heard))
