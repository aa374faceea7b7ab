"""One `nightboard up` for each home: who holds it, and what the one that comes second is told."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from filelock import FileLock, Timeout


class AlreadyRunning(RuntimeError):
    """Another `nightboard up` holds this home; `pid` and `url` are that one's, None while it has not told them."""

    def __init__(self, home: Path, pid: int | None, url: str | None) -> None:
        self.pid = pid
        self.url = url
        who = f" as process {pid}" if pid else ""
        where = f" at {url}" if url else ""
        stop = f"`kill {pid}`" if pid else "Ctrl-C in its terminal"
        super().__init__(
            f"Nightboard is already running on {home}{who}{where}. Use that one, or stop it with {stop}, or choose "
            "another home with --home."
        )


@contextmanager
def single(home: Path) -> Iterator[Callable[[str], None]]:
    """Hold the home for one `nightboard up`; yields the function that notes the page's URL for one that comes second.

    Raises `AlreadyRunning` when another process holds it. The kernel frees the lock of a process that was killed.
    """
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    note = home / "up.json"
    try:
        lock = FileLock(home / "up.lock").acquire(timeout=0)
    except Timeout:
        raise AlreadyRunning(home, *_winner(note)) from None
    with lock:
        _write(note, None)
        try:
            yield lambda url: _write(note, url)
        finally:
            note.unlink(missing_ok=True)


def _write(note: Path, url: str | None) -> None:
    fresh = note.with_suffix(".new")
    fresh.write_text(json.dumps({"pid": os.getpid(), "url": url}))
    fresh.replace(note)


def _winner(note: Path) -> tuple[int | None, str | None]:
    # Missing, or a killed process's, while the winner holds the lock and has not written its own yet.
    try:
        told = json.loads(note.read_text())
    except (OSError, ValueError):
        return None, None
    return (told["pid"], told["url"]) if psutil.pid_exists(told["pid"]) else (None, None)
