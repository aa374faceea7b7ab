"""Tasks for a plain RQ worker, as somebody without this engine would write them."""

import os
import time
from pathlib import Path
from typing import Any

from rq.timeouts import JobTimeoutException

STEP_S = 0.05


def note(folder: str, seconds: float) -> None:
    """Write a line each 50 ms, so that whoever looks can see whether this still runs."""
    until = time.monotonic() + seconds
    (Path(folder) / "pid").write_text(str(os.getpid()))
    while time.monotonic() < until:
        with (Path(folder) / "lines").open("a") as lines:
            lines.write(f"{time.monotonic()}\n")
        time.sleep(STEP_S)


def swallow(folder: str, seconds: float) -> str:
    """Work on past the time limit, as a task does that catches every exception around each capture."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            time.sleep(STEP_S)
        except Exception as error:  # noqa: BLE001, this is the fault that is shown
            (Path(folder) / "caught").write_text(str(isinstance(error, JobTimeoutException)))
    return "done"


def on_failure(task: Any, _connection: Any, *_error: Any) -> None:
    (Path(task.args[0]) / "on-failure").write_text("called")
