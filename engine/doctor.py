"""The doctor: looks at everything that Nightboard needs and says, for each, whether it is well and what to do."""

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from engine import queue_server
from engine.board import Board, open_board
from models import migrate
from models.queries.workers import alive
from models.settings import Settings

ENOUGH_BYTES = 500_000_000


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    well: bool
    sentence: str


def examine(settings: Settings) -> list[Finding]:
    """Look at everything; nothing is changed and nothing raises."""
    board = open_board(settings)
    looks: list[Callable[[Board], Finding]] = [_python, _home, _database, _queue_server, _workers]
    findings = []
    for look in looks:
        try:
            findings.append(look(board))
        except (OSError, SQLAlchemyError, queue_server.NoQueueServer) as error:
            findings.append(Finding(look.__name__.strip("_").replace("_", " "), False, str(error)))
    board.store.close()
    return findings


def _python(_board: Board) -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("python", sys.version_info >= (3, 11), f"{version}; Nightboard needs 3.11 or newer")


def _home(board: Board) -> Finding:
    home = board.settings.home
    if not home.is_dir():
        return Finding("home", False, f"{home} is not there yet; `nightboard up` makes it")
    free = shutil.disk_usage(home).free
    if free < ENOUGH_BYTES:
        return Finding("home", False, f"only {free // 1_000_000} MB are free at {home}; make room")
    return Finding("home", True, f"{home}, {free // 1_000_000_000} GB free")


def _database(board: Board) -> Finding:
    have, want = migrate.current(board.store), migrate.head()
    if have != want:
        return Finding("database", False, f"its tables are of version {have}, not {want}; run `nightboard migrate`")
    return Finding("database", True, f"{'SQLite' if board.store.is_sqlite else 'PostgreSQL'}, tables of version {have}")


def _queue_server(board: Board) -> Finding:
    if board.bell.alive():
        return Finding("queue server", True, f"answers at {board.bell.url}, {board.bell.waiting()} bells waiting")
    if board.settings.redis_url is not None:
        return Finding("queue server", False, f"nothing answers at {board.settings.redis_url}; start it there")
    binary = queue_server.find_binary()
    return Finding("queue server", False, f"not running ({binary} is there); `nightboard up` starts it")


def _workers(board: Board) -> Finding:
    with board.store.read() as session:
        workers = alive(session, board.store.clock(session))
    if not workers:
        return Finding("workers", False, "none gives a sign of life; run `nightboard up` or `nightboard worker`")
    busy = sum(worker.state == "busy" for worker in workers)
    return Finding("workers", True, f"{len(workers)} alive, {busy} of them busy")
