"""The bell: RQ carries wake-ups to the workers, and nothing else.

What a job is and who holds it stands in SQL. A bell may be rung twice or never; the claim decides, and the reconciler
rings again. So no call here raises when the queue server is away: it answers False or nothing.
"""

import logging
import uuid
from functools import cached_property

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue, Worker
from rq.command import send_stop_job_command
from rq.exceptions import InvalidJobOperation, NoSuchJobError
from rq.serializers import JSONSerializer

QUEUE = "shifts"
TASK = "engine.shift.shift"
TIMEOUT_S = 1.0
KEEP_FAILED_S = 3600

log = logging.getLogger(__name__)


def connect(url: str, *, timeout_s: float | None = TIMEOUT_S) -> redis.Redis:
    """A connection to the queue server; nothing is sent until it is used."""
    return redis.Redis.from_url(
        url, socket_timeout=timeout_s, socket_connect_timeout=TIMEOUT_S, retry=Retry(NoBackoff(), 1)
    )


class Bell:
    """Rings for shifts on the queue server at `url`."""

    def __init__(self, url: str) -> None:
        self.url = url

    @cached_property
    def _queue(self) -> Queue:
        return Queue(QUEUE, connection=connect(self.url), serializer=JSONSerializer)

    def ring(self, job_id: int, attempt: int, times: int = 1) -> bool:
        """Call for `times` shifts; False when the queue server is away."""
        try:
            for _ in range(times):
                self._queue.enqueue_call(
                    TASK,
                    args=(job_id, attempt),
                    timeout=-1,  # a shift watches its own time; RQ's alarm could strike inside a transaction
                    result_ttl=0,
                    failure_ttl=KEEP_FAILED_S,
                    job_id=f"shift-{job_id}-{attempt}-{uuid.uuid4().hex[:8]}",
                    description=f"a shift, rung by job {job_id}",
                )
        except redis.RedisError as error:
            log.warning("the bell for job %s was not rung: %s", job_id, error)
            return False
        return True

    def silence(self, job_id: int) -> int:
        """Take the waiting bells of a job out of the queue; how many there were."""
        try:
            mine = [name for name in self._queue.get_job_ids() if name.startswith(f"shift-{job_id}-")]
            for name in mine:
                self._queue.remove(name)
                self._queue.connection.delete(self._queue.job_class.key_for(name))
        except redis.RedisError as error:
            log.warning("the bells of job %s were not taken out: %s", job_id, error)
            return 0
        return len(mine)

    def stop_shift_of(self, worker: str) -> bool:
        """Ask RQ to kill the shift that a worker runs; False when there is none, or nobody to ask."""
        try:
            for known in Worker.all(connection=self._queue.connection, serializer=JSONSerializer):
                task = known.get_current_job_id() if known.name.startswith(f"{worker}.") else None
                if task is not None:
                    send_stop_job_command(self._queue.connection, task, serializer=JSONSerializer)
                    return True
        except (redis.RedisError, NoSuchJobError, InvalidJobOperation):
            return False
        return False

    def waiting(self) -> int | None:
        """How many bells wait for a worker; None when the queue server is away."""
        try:
            return int(self._queue.count)
        except redis.RedisError:
            return None

    def alive(self) -> bool:
        """Whether the queue server answers."""
        try:
            return bool(self._queue.connection.ping())
        except redis.RedisError:
            return False
