"""The queues that can be paused: all, each station's, each pipeline's, and what waits in them."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.captures import Deployment
from models.jobs import Job
from models.operations import Queue, QueuePause
from models.people import User
from models.pipelines import Pipeline
from models.states import Status

OPEN = (Status.PENDING, Status.STARTED)


@dataclass(frozen=True)
class QueueRow:
    """One queue: jobs that wait for a first claim, jobs at work, captures still to do; and its pause, if it has one."""

    queue: Queue
    key: int
    name: str
    waiting: int
    running: int
    captures: int
    paused_since: datetime | None
    paused_by: str | None


@dataclass(frozen=True)
class Pause:
    """A queue of which no worker takes anything; `name` is that of its station or pipeline, `by` who paused it."""

    queue: Queue
    key: int
    name: str
    since: datetime
    by: str | None

    def holds(self, station_id: int | None, pipeline_id: int | None) -> bool:
        """Whether a job of this station and with this pipeline waits for it."""
        return {Queue.ALL: 0, Queue.STATION: station_id, Queue.PIPELINE: pipeline_id}[self.queue] == self.key


def pauses(session: Session) -> list[Pause]:
    """The pauses there are, that of all work first; mostly none."""
    found = [Pause(*row) for row in session.connection().execute(_PAUSES)]
    return sorted(found, key=lambda pause: pause.queue is not Queue.ALL)


def depths(session: Session) -> list[QueueRow]:
    """All queues: the whole first, then pipelines and stations by name."""
    left = func.sum(Job.total - Job.processed - Job.failed - Job.stopped)
    rows = session.execute(
        select(Job.deployment_id, Job.pipeline_id, Job.status, func.count(), left)
        .where(Job.status.in_(OPEN))
        .group_by(Job.deployment_id, Job.pipeline_id, Job.status)
    )
    counted: dict[tuple[Queue, int], list[int]] = defaultdict(lambda: [0, 0, 0])
    for station, pipeline, status, jobs, captures in rows:
        for queue, key in ((Queue.ALL, 0), (Queue.STATION, station), (Queue.PIPELINE, pipeline)):
            of_queue = counted[queue, key or 0]
            of_queue[0 if status is Status.PENDING else 1] += jobs
            of_queue[2] += int(captures or 0)
    pauses = {
        (queue, key): (since, who)
        for queue, key, since, who in session.execute(
            select(QueuePause.queue, QueuePause.key, QueuePause.since, User.name).outerjoin(
                User, User.id == QueuePause.user_id
            )
        )
    }
    return [
        QueueRow(queue, key, name, *_three(counted[queue, key]), *pauses.get((queue, key), (None, None)))
        for queue, key, name in _queues(session)
    ]


def _three(counts: list[int]) -> tuple[int, int, int]:
    waiting, running, captures = counts
    return waiting, running, captures


def _queues(session: Session) -> list[tuple[Queue, int, str]]:
    pipelines = session.execute(select(Pipeline.id, Pipeline.name).where(Pipeline.enabled).order_by(Pipeline.name))
    stations = session.execute(select(Deployment.id, Deployment.name).order_by(Deployment.name))
    return [
        (Queue.ALL, 0, "Everything"),
        *((Queue.PIPELINE, key, name) for key, name in pipelines),
        *((Queue.STATION, key, name) for key, name in stations),
    ]


# Put together once: each page asks it at each change.
_PAUSES = (
    select(
        QueuePause.queue,
        QueuePause.key,
        func.coalesce(Deployment.name, Pipeline.name, ""),
        QueuePause.since,
        User.name,
    )
    .outerjoin(User, User.id == QueuePause.user_id)
    .outerjoin(Deployment, (QueuePause.queue == Queue.STATION) & (Deployment.id == QueuePause.key))
    .outerjoin(Pipeline, (QueuePause.queue == Queue.PIPELINE) & (Pipeline.id == QueuePause.key))
    .order_by(QueuePause.since)
)
