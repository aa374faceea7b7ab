"""The rows that the grid of jobs asks for, block by block."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy.orm import Session

from dashboard.pages.jobs.address import NEWEST_FIRST
from dashboard.pages.jobs.finding import filter_of
from dashboard.pages.jobs.rows import as_row
from engine.board import Board
from models.queries import jobs
from models.queries.jobs import SORTS, JobFilter, Place
from models.revisions import latest
from models.store import Store

COUNTED = 10_001  # more are not counted: the grid then grows as one scrolls
TEXTS, LISTS = 32, 128  # filters of which it is known what they find, and short lists that are kept in an order
KEPT_S = 60  # as a list may go by clocks, which run without a change
SPARSE = 100  # a list is short if there are so many times as many jobs: its rows lie too far apart to be looked for
STEPS = (1.2, 2)  # times as many as meet a block of rows that lie evenly
Ids = npt.NDArray[np.int64]


def sort_of(request: Mapping[str, Any]) -> str:
    """The order that a request of the grid asks for, as a key of SORTS; newest first when it asks for none."""
    model: Sequence[Mapping[str, str]] = request.get("sortModel") or ()
    if not model or model[0]["colId"] not in SORTS:
        return NEWEST_FIRST
    return ("-" if model[0]["sort"] == "desc" else "") + model[0]["colId"]


def block(board: Board, request: Mapping[str, Any], text: str, counted: int = COUNTED) -> tuple[dict[str, Any], int]:
    """What the grid is answered, and how many jobs the filter finds (`counted` when there are that many or more).

    Of a short list it is read once which jobs are in it, and kept while nothing changes. One of less than `counted` is
    sorted as a whole, as the grid may ask for any of its blocks; the blocks of a longer one begin behind the row that
    the grid holds before them. Raises Misread.
    """
    first, limit, sort = int(request["startRow"]), int(request["endRow"]) - int(request["startRow"]), sort_of(request)
    with board.store.read() as session:
        where, jobs_count = filter_of(session, text), jobs.newest(session)
        seen = (latest(session), int(time.monotonic() / KEPT_S) if where.asks_clocks else 0)
        asked = _Asked(board.store, where, seen, counted, max(counted, jobs_count // SPARSE))
        listed, after = _listed(asked), _place(request, sort)
        if listed is not None and listed.size < counted:
            rows = jobs.by_ids(session, _slice(asked, sort, first, limit))
            return {"rowData": [as_row(row) for row in rows], "rowCount": listed.size}, listed.size
        if listed is None:
            ids = jobs.ids(session, where, sort=sort, after=after, offset=first, limit=limit, is_long=True)
        else:
            ids = _met(session, listed, after, limit, jobs_count) or _slice(asked, sort, first, limit)
        rows = jobs.by_ids(session, ids)
        place = jobs.place_of(session, rows[-1].id, sort) if rows else None
    found = [as_row(row) for row in rows]
    if place is not None:
        found[-1]["place"] = place.told()
    return {"rowData": found, "rowCount": first + len(found) if len(found) < limit else None}, counted


@dataclass(frozen=True)
class _Asked:
    """A list at a rev, and at a moment where it goes by clocks; of less than `short` jobs all are kept."""

    store: Store
    where: JobFilter
    seen: tuple[int, int]
    counted: int
    short: int


@lru_cache(maxsize=TEXTS)
def _listed(asked: _Asked) -> Ids | None:
    """The jobs of a short list by their numbers; None of a long one."""
    with asked.store.read() as session:
        found = jobs.matching(session, asked.where, asked.counted)
        if len(found) == asked.counted:
            if jobs.count(session, asked.where, asked.short) == asked.short:
                return None
            found = jobs.matching(session, asked.where, asked.short)
        return np.sort(np.array(found, dtype=np.int64))


@lru_cache(maxsize=LISTS)
def _sorted(asked: _Asked, name: str) -> Ids:
    """The jobs of a short list in ascending order."""
    listed = _listed(asked)
    assert listed is not None
    with asked.store.read() as session:
        return np.array(jobs.in_order(session, listed.tolist(), name), dtype=np.int64)


def _slice(asked: _Asked, sort: str, first: int, limit: int) -> list[int]:
    """A window of a short list."""
    whole = _sorted(asked, sort.removeprefix("-"))
    found: list[int] = (whole[::-1] if sort.startswith("-") else whole)[first : first + limit].tolist()
    return found


def _met(session: Session, listed: Ids, after: Place | None, limit: int, jobs_count: int) -> list[int]:
    """The jobs of a list that are met behind a place, on the way through all jobs by the index of the order alone.

    Nothing if there is no place, or if they lie so far from there that the way would be long.
    """
    found = list[int]()
    for times in STEPS:
        if after is None:
            break
        steps = int(times * limit * jobs_count / listed.size)
        passed = np.array(jobs.ids(session, JobFilter(), sort=after.sort, after=after, limit=steps), dtype=np.int64)
        at = np.searchsorted(listed, passed).clip(max=listed.size - 1)
        found += passed[listed[at] == passed].tolist()
        if len(found) >= limit:
            return found[:limit]
        after = jobs.place_of(session, int(passed[-1]), after.sort) if passed.size == steps else None
    return []


def _place(request: Mapping[str, Any], sort: str) -> Place | None:
    """Behind which row the block begins, where the grid holds that row in this order."""
    try:
        place = Place.read(request.get("after") or ())
    except (TypeError, ValueError):
        return None
    return place if place.sort == sort else None
