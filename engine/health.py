"""The health of processing services: each is asked about once a minute, whoever looks at it or not.

The leading reconciler calls this each second. It only starts threads, one for each service whose turn it is, so a
service that hangs holds up its own next turn and nothing else. A turn is taken in SQL before the service is asked, so
two that lead for a moment ask once.
"""

import logging
import threading
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql.elements import ColumnElement

from engine import services
from engine.refusals import NotFound
from models.pipelines import ProcessingService
from models.store import Store

EVERY = timedelta(minutes=1)
AT_ONCE = 16  # services that are being asked; the others wait for the next second

log = logging.getLogger(__name__)


class Rounds:
    """Which services are being asked by this process."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._asked: dict[int, threading.Thread] = {}

    def look(self) -> list[int]:
        """Begin to ask the services whose turn it is, and return at once; their ids."""
        self._asked = {key: thread for key, thread in self._asked.items() if thread.is_alive()}
        begun = []
        for service_id in self._due(AT_ONCE - len(self._asked)):
            if self._takes_turn(service_id):
                thread = threading.Thread(
                    target=self._ask, args=(service_id,), name=f"service {service_id}", daemon=True
                )
                self._asked[service_id] = thread
                thread.start()
                begun.append(service_id)
        return begun

    def wait(self, seconds: float) -> bool:
        """Wait until every service that was asked has answered or failed to; False when the time was too short."""
        for thread in list(self._asked.values()):
            thread.join(seconds)
        return not any(thread.is_alive() for thread in self._asked.values())

    def _due(self, most: int) -> list[int]:
        with self._store.read() as session:
            due = select(ProcessingService.id).where(_is_due(self._store.clock(session)))
            order = due.where(ProcessingService.id.not_in(list(self._asked))).order_by(ProcessingService.asked_at)
            return list(session.scalars(order.limit(most)))

    def _takes_turn(self, service_id: int) -> bool:
        with self._store.write() as session:
            at = self._store.clock(session)
            turn = update(ProcessingService).where(ProcessingService.id == service_id, _is_due(at))
            taken = session.execute(turn.values(asked_at=at, updated_at=ProcessingService.updated_at))
            return bool(taken.rowcount)  # type: ignore[attr-defined]

    def _ask(self, service_id: int) -> None:
        try:
            services.look(self._store, service_id)
        except NotFound:  # it was removed meanwhile
            pass
        except SQLAlchemyError:
            log.warning("how service %d is could not be kept", service_id, exc_info=True)


def _is_due(at: datetime) -> ColumnElement[bool]:
    """Whether a service has an address and was last asked so long ago, or in the future: clocks were put back."""
    asked_at = ProcessingService.asked_at
    its_turn = or_(asked_at.is_(None), asked_at <= at - EVERY, asked_at > at + EVERY)
    return ProcessingService.endpoint_url.is_not(None) & its_turn
