"""The numbers behind the figures as CSV: durations in ms, nights as dates, names as they are.

An address says everything, so a link that is kept gives the same figure, counted anew.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Flask, Response, abort, request
from sqlalchemy.orm import Session

from dashboard.figures import durations
from dashboard.page import address
from dashboard.pages.timings import address as addresses
from engine.board import Board
from engine.exports.formats import csv_of
from models.queries import timings
from models.queries.timings import Apart, Metric, TimingFilter

Rows = Sequence[Sequence[Any]]


def link(figure: str, where: TimingFilter, **more: str) -> str:
    """The address of a figure's numbers; `figure` is a key of FIGURES."""
    return address(f"/timings/{figure}.csv", **addresses.write(where), **more)


def register(server: Flask, board: Board) -> None:
    """Serve the numbers of each figure."""

    @server.get("/timings/<figure>.csv")
    def numbers(figure: str) -> Response:
        if figure not in FIGURES:
            abort(404)
        with board.store.read() as session:
            rows = FIGURES[figure](session, addresses.read(request.args), request.args)
        response = Response(csv_of(rows), mimetype="text/csv")
        response.cache_control.no_store = True
        response.headers["Content-Disposition"] = f'attachment; filename="timings-{figure}.csv"'
        return response


def spread(session: Session, metric: Metric, where: TimingFilter) -> Rows:
    """Every bin that holds an attempt, finer than the bars of the figure are."""
    bins = timings.histogram(session, metric, where)
    shares = (share for _, share in durations.ecdf(bins))
    head = ("longer_than_ms", "at_most_ms", "attempts", "share_up_to_here")
    rows = zip(bins, shares, strict=True)
    return [head, *((round(b.low_ms, 3), round(b.high_ms, 3), b.attempts, round(share, 6)) for b, share in rows)]


def nights(session: Session, metric: Metric, where: TimingFilter) -> Rows:
    """The nights of the figure, oldest first."""
    rows = timings.by_night(session, metric, timings.lately(session, where))
    head = ("night", "median_ms", "p90_ms", "p99_ms", "attempts")
    return [head, *((r.night, round(r.p50_ms), round(r.p90_ms), round(r.p99_ms), r.attempts) for r in rows)]


def throughput(session: Session, apart: Apart, where: TimingFilter) -> Rows:
    """Captures an hour of each night and name, oldest night first."""
    rows = timings.throughput(session, apart, timings.lately(session, where))
    head = ("night", apart, "captures", "hours_at_work", "captures_an_hour")
    return [head, *((r.night, r.name, r.captures, r.hours, round(r.captures / r.hours, 1)) for r in rows)]


FIGURES: dict[str, Callable[[Session, TimingFilter, Mapping[str, str]], Rows]] = {
    "queue-spread": lambda session, where, _asked: spread(session, "queue", where),
    "queue-nights": lambda session, where, _asked: nights(session, "queue", where),
    "elapsed-spread": lambda session, where, _asked: spread(session, "elapsed", where),
    "elapsed-nights": lambda session, where, _asked: nights(session, "elapsed", where),
    "throughput": lambda session, where, asked: throughput(session, addresses.apart(asked), where),
}
