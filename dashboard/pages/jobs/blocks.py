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


class Blocks:
    """The rows that grids ask for, block by block.

    A list of less than `counted` jobs is read whole and kept while nothing changes, for the blocks that follow; of a
    longer one it is kept that it is longer. Its blocks begin behind the row that the grid holds before them.
    """

    def __init__(self, board: Board, counted: int = COUNTED) -> None:
        self._board = board
        self._counted = counted
        self._matching = lru_cache(maxsize=TEXTS)(self._match)
        self._sorted = lru_cache(maxsize=LISTS)(self._sort)

    def read(self, request: Mapping[str, Any], text: str) -> tuple[dict[str, Any], int]:
        """What the grid is answered, and how many jobs the filter finds (`counted` when there are that many or more).

        Raises Misread.
        """
        first, last, sort = int(request["startRow"]), int(request["endRow"]), sort_of(request)
        with self._board.store.read() as session:
            where = filter_of(session, text)
            seen = (latest(session), int(time.monotonic() / KEPT_S))
            count = len(self._matching(seen, where))
            if count < self._counted:
                whole = self._sorted(seen, where, sort.removeprefix("-"))
                rows = jobs.by_ids(session, (whole[::-1] if sort.startswith("-") else whole)[first:last])
                return {"rowData": [as_row(row) for row in rows], "rowCount": count}, count
            after, limit = _place(request, sort), last - first
            rows = jobs.page(session, where, sort=sort, after=after, offset=first, limit=limit, is_long=True)
            place = jobs.place_of(session, rows[-1].id, sort) if rows else None
        found = [as_row(row) for row in rows]
        if place is not None:
            found[-1]["place"] = place.told()
        return {"rowData": found, "rowCount": first + len(found) if len(found) < limit else None}, count

    def _match(self, _seen: tuple[int, int], where: JobFilter) -> "array[int]":
        """The ids of a list, `counted` of them at most, in no order, at this rev and within these KEPT_S seconds."""
        with self._board.store.read() as session:
            return array(WHOLE, jobs.matching(session, where, self._counted))

    def _sort(self, seen: tuple[int, int], where: JobFilter, name: str) -> "array[int]":
        """All ids of a list in ascending order."""
        with self._board.store.read() as session:
            return array(WHOLE, jobs.in_order(session, self._matching(seen, where), name))


def _place(request: Mapping[str, Any], sort: str) -> Place | None:
    """Behind which row the block begins, where the grid holds that row in this order."""
    try:
        place = Place.read(request.get("after") or ())
    except (TypeError, ValueError):
        return None
    return place if place.sort == sort else None
