"""Python looks for a module of this name when it starts; `test_clock` puts it on the path of the parts it starts.

libfaketime up to 0.9.10 breaks `time.sleep` of Python 3.11 and newer (its issue 426: a wait on the monotonic clock,
which is not faked, is moved all the same), so the parts sleep by `select` instead.
"""

import select
import time


def sleep(seconds: float) -> None:
    select.select([], [], [], seconds)


time.sleep = sleep  # type: ignore[assignment]
