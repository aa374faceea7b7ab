"""Python looks for a module of this name when it starts; `test_clock` puts it on the path of the parts it starts.

libfaketime up to 0.9.10 breaks `time.sleep` of Python 3.11 and newer, and each wait for an event that has an end (its
issue 426: a wait on the monotonic clock, which is not faked, is moved all the same). An hour ahead such a wait is over
at once, and a part that looks up once a second would look up without a rest. So the parts wait by `select` instead.
"""

import select
import threading
import time

LOOK_S = 0.05
wait_without_end = threading.Event.wait


def sleep(seconds: float) -> None:
    select.select([], [], [], seconds)


def wait(event: threading.Event, timeout: float | None = None) -> bool:
    if timeout is None:
        return wait_without_end(event)
    until = time.monotonic() + timeout
    while not event.is_set() and (left := until - time.monotonic()) > 0:
        sleep(min(LOOK_S, left))
    return event.is_set()


time.sleep = sleep  # type: ignore[assignment]
threading.Event.wait = wait  # type: ignore[method-assign]
