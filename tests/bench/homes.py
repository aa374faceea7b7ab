"""A home with a million jobs, made once in a run and shared by all that measure on it."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from engine.board import Board, open_board
from engine.demo.many import make_jobs
from engine.up import prepare
from models.settings import load
from wsgi import settle

JOBS = 1_000_000


@contextmanager
def with_many_jobs() -> Iterator[Board]:
    """The home that NIGHTBOARD_BENCH_HOME names, which `nightboard bench seed` filled, or one of this run."""
    named = os.environ.get("NIGHTBOARD_BENCH_HOME")
    settings = load(home=Path(named) if named else _made())
    prepare(settings)
    board = open_board(settings, mapped=True)  # as the web server opens it
    settle()
    try:
        yield board
    finally:
        board.store.close()


@cache
def _made() -> Path:
    """A home with a million jobs, for as long as the run lasts; making it takes some minutes."""
    home = Path(tempfile.mkdtemp(prefix="nightboard-bench-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    settings = load(home=home)
    prepare(settings)
    board = open_board(settings)
    make_jobs(board.store, JOBS)
    board.store.close()
    return home
