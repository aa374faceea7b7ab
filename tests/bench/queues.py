"""A pipeline that does nothing beside other queues doing nothing, each with two workers, one task an item.

All of them use the same embedded server and are up for the whole run; the idle ones wait. The other queues get their
tasks while their workers are stopped, so that only the working is measured, and each keeps a result for each task.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import redis
from rq import Queue

from engine import queue_server
from tests.bench.engine import WORKERS, items_a_second, lab_with_captures
from tests.bench.figures import RUNS, Figure, spread
from tests.bench.tasks import nothing
from tests.lab import Lab, Started, end, wait_for

ITEMS = 20_000
PROGRAMS = Path(sys.executable).parent
# rq-dashboard brings a package `tests` of its own along, which must not stand before ours.
OWN = {"PYTHONPATH": str(Path(__file__).parents[2])}


@dataclass
class Other:
    """Another queue: how its workers are started, how it gets tasks, and how many results it has."""

    name: str
    tasks: int  # in one run, so that a run takes a second or two
    commands: list[list[str]]
    enqueue: Callable[[int], Any]
    done: Callable[[], int]

    def tasks_a_second(self, processes: Sequence[Started]) -> float:
        """From the moment that the workers may begin on `tasks` waiting tasks to the last result."""
        for process in everything(processes):
            process.suspend()
        until = self.done() + self.tasks
        self.enqueue(self.tasks)
        started = time.monotonic()
        for process in everything(processes):
            process.resume()
        wait_for(lambda: self.done() >= until, f"{self.name} has done its tasks", 120)
        return self.tasks / (time.monotonic() - started)


def everything(processes: Sequence[Started]) -> list[psutil.Process]:
    """The processes and all that they forked."""
    parents = [psutil.Process(process.pid) for process in processes]
    return [each for parent in parents for each in (parent, *parent.children(recursive=True))]


def others(socket: str) -> list[Other]:
    """RQ with a fork a task, RQ in one process, Celery and Huey, as their own documentation starts them."""
    os.environ["BENCH_SOCKET"] = socket
    from tests.bench.others import CELERY_RESULTS, HUEY, RQ_FORK, RQ_SIMPLE, by_celery, by_huey

    def database(number: int) -> "redis.Redis":
        return redis.Redis(unix_socket_path=socket, db=number)

    def by_rq(name: str, number: int, tasks: int, *options: str) -> Other:
        queue, connection = Queue("bench", connection=database(number)), database(number)
        command = [
            str(PROGRAMS / "rq"),
            "worker",
            "--quiet",
            "--url",
            f"unix://{socket}?db={number}",
            *options,
            "bench",
        ]
        waiting = [Queue.prepare_data(nothing)]
        return Other(
            name,
            tasks,
            [command] * WORKERS,
            lambda count: queue.enqueue_many(waiting * count),
            lambda: int(connection.zcard("rq:finished:bench")),
        )

    celery = [str(PROGRAMS / "celery"), "-A", "tests.bench.others:celery", "worker", "-l", "error", "-c", str(WORKERS)]
    huey = [str(PROGRAMS / "huey_consumer"), "tests.bench.others.huey", "-q", "-k", "process", "-w", str(WORKERS)]
    return [
        by_rq("RQ, a fork a task", RQ_FORK, 200),
        by_rq("RQ SimpleWorker", RQ_SIMPLE, 800, "--worker-class", "rq.worker.SimpleWorker"),
        Other(
            "Celery",
            1500,
            [celery],
            lambda count: [by_celery.delay() for _ in range(count)],
            database(CELERY_RESULTS).dbsize,
        ),
        Other(
            "Huey",
            3000,
            [huey],
            lambda count: [by_huey() for _ in range(count)],
            lambda: int(database(HUEY).hlen("huey.results.bench")),
        ),
    ]


@contextmanager
def at_work(lab: Lab, other: Other) -> Iterator[list[Started]]:
    """The workers of another queue, warm: each run before has done a few tasks."""
    processes: list[Started] = []
    with (lab.home / "logs" / "others.log").open("ab") as log:
        for command in other.commands:
            processes.append(
                subprocess.Popen(command, env=os.environ | OWN, stdout=log, stderr=log, start_new_session=True)
            )
    try:
        until = other.done() + 20
        other.enqueue(20)
        wait_for(lambda: other.done() >= until, f"{other.name} is up")
        yield processes
    finally:
        for process in processes:
            end(process)


def figures() -> list[Figure]:
    """Items a second of a pipeline that does nothing, beside other queues doing nothing, in turn in one run.

    Nightboard: one job of 20,000 captures on two workers and SQLite, from its first claim to its end; each item is
    claimed under a token with a lease and ends in one row of results, exactly once, which is counted after each run.
    The others: two workers each, one task an item, from the start of the workers on a full queue to the last result.
    """
    with lab_with_captures(ITEMS) as (lab, pipeline_id), ExitStack() as stack:
        queues = others(str(queue_server.ensure(lab.home).socket))
        workers = {other.name: stack.enter_context(at_work(lab, other)) for other in queues}
        stack.enter_context(lab.workers(WORKERS))
        items_a_second(lab, pipeline_id, 1_000)
        own: list[float] = []
        speeds: dict[str, list[float]] = {other.name: [] for other in queues}
        for _ in range(RUNS):
            own.append(items_a_second(lab, pipeline_id, ITEMS))
            for other in queues:
                speeds[other.name].append(other.tasks_a_second(workers[other.name]))
    rows = [Figure("A pipeline that does nothing, items/s", spread(own), "at least 10,000")]
    for name, found in speeds.items():
        times = statistics.median(mine / theirs for mine, theirs in zip(own, found, strict=True))
        rows.append(Figure(f"{name}, tasks/s", f"{spread(found)}, 1/{times:,.0f} of it"))
    return rows
