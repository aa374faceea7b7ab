"""Whether the demonstration is being drawn, so that a first page without captures can say so."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

NOTE = "demonstration.json"


def note(home: Path, pid: int) -> None:
    """Write down that this process draws the demonstration into this home."""
    fresh = (home / NOTE).with_suffix(".new")
    fresh.write_text(json.dumps({"pid": pid}))
    fresh.replace(home / NOTE)


@contextmanager
def noted(home: Path) -> Iterator[None]:
    """While this process draws the demonstration, say so."""
    note(home, os.getpid())
    try:
        yield
    finally:
        (home / NOTE).unlink(missing_ok=True)


def is_under_way(home: Path) -> bool:
    """Whether a process draws the demonstration now; one that was killed leaves its note and does not count."""
    with suppress(OSError, ValueError, KeyError, psutil.Error):
        process = psutil.Process(json.loads((home / NOTE).read_text())["pid"])
        return process.status() != psutil.STATUS_ZOMBIE
    return False
