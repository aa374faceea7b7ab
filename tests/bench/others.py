"""Celery and Huey on the queue server whose socket BENCH_SOCKET names; their workers import this module."""

import os

from celery import Celery
from huey import RedisHuey

from tests.bench.tasks import nothing

SOCKET = os.environ["BENCH_SOCKET"]
RQ_FORK, RQ_SIMPLE, CELERY, CELERY_RESULTS, HUEY = 1, 2, 3, 4, 5  # databases of the server, so that each is alone
NAME = "nothing"


def celery_on(socket: str) -> Celery:
    """Celery on the queue server with this socket."""
    return Celery(
        broker=f"redis+socket://{socket}?virtual_host={CELERY}",
        backend=f"redis+socket://{socket}?virtual_host={CELERY_RESULTS}",
    )


celery = celery_on(SOCKET)
huey = RedisHuey("bench", url=f"unix://{SOCKET}?db={HUEY}")
by_celery = celery.task(nothing, name=NAME)
by_huey = huey.task()(nothing)
