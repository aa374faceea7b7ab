"""The rows that the grid of jobs asks for, block by block."""

import time
from array import array
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

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
KEPT_S = 10  # as clocks that run lengthen lists without a change
WHOLE = "q"  # ids of 64 bits


def sort_of(request: Mapping[str, Any]) -> str:
    """The order that a request of the grid asks for, as a key of SORTS; newest first when it asks for none."""
    model: Sequence[Mapping[str, str]] = request.get("sortModel") or ()
    if not model or model[0]["colId"] not in SORTS:
        return NEWEST_FIRST
    return ("-" if model[0]["sort"] == "desc" else "") + model[0]["colId"]


def block(board: Board, request: Mapping[str, Any], text: str, counted: int = COUNTED) -> tuple[dict[str, Any], int]:
    """What the grid is answered, and how many jobs the filter finds (`counted` when there are that many or more).

    A list of less than `counted` jobs is read whole and kept while nothing changes, for the blocks that follow; of a
    longer one it is kept that it is longer. Its blocks begin behind the row that the grid holds before them. Raises
    Misread.
    """
    first, last, sort = int(request["startRow"]), int(request["endRow"]), sort_of(request)
    with board.store.read() as session:
        where = filter_of(session, text)
        seen = (latest(session), int(time.monotonic() / KEPT_S))
        count = len(_matching(board.store, seen, where, counted))
        if count < counted:
            whole = _sorted(board.store, seen, where, counted, sort.removeprefix("-"))
            rows = jobs.by_ids(session, (whole[::-1] if sort.startswith("-") else whole)[first:last])
            return {"rowData": [as_row(row) for row in rows], "rowCount": count}, count
        after, limit = _place(request, sort), last - first
        rows = jobs.page(session, where, sort=sort, after=after, offset=first, limit=limit, is_long=True)
        place = jobs.place_of(session, rows[-1].id, sort) if rows else None
    found = [as_row(row) for row in rows]
    if place is not None:
        found[-1]["place"] = place.told()
    return {"rowData": found, "rowCount": first + len(found) if len(found) < limit else None}, count


@lru_cache(maxsize=TEXTS)
def _matching(store: Store, _seen: tuple[int, int], where: JobFilter, counted: int) -> "array[int]":
    """The ids of a list, `counted` of them at most, in no order, at this rev and within these KEPT_S seconds."""
    with store.read() as session:
        return array(WHOLE, jobs.matching(session, where, counted))


@lru_cache(maxsize=LISTS)
def _sorted(store: Store, seen: tuple[int, int], where: JobFilter, counted: int, name: str) -> "array[int]":
    """All ids of a list in ascending order."""
    with store.read() as session:
        return array(WHOLE, jobs.in_order(session, _matching(store, seen, where, counted), name))


def _place(request: Mapping[str, Any], sort: str) -> Place | None:
    """Behind which row the block begins, where the grid holds that row in this order."""
    try:
        place = Place.read(request.get("after") or ())
    except (TypeError, ValueError):
        return None
    return place if place.sort == sort else None
