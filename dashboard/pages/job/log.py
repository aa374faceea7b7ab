"""A job's log: its last lines, and each new one as it comes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dash import Dash, Input, Output, Patch, State, dcc, html, no_update
from dash.development.base_component import Component

from dashboard.components.attributes import aria, data
from dashboard.components.header import card
from dashboard.components.times import clock, zone_name, zone_of
from engine.board import Board
from models.queries import jobs
from models.queries.jobs import LogRow

SHOWN = 500  # lines at first
LEVELS = {"DEBUG": "All", "INFO": "Info and above", "WARNING": "Warnings and errors", "ERROR": "Errors"}


def view(board: Board, job_id: int, level: str, zone: ZoneInfo, now: datetime) -> Component:
    """The card with the last lines of a level and the graver ones."""
    lines, last = read(board, job_id, level, zone)
    choice = html.Label(
        [
            html.Span("Show", className="visually-hidden"),
            dcc.RadioItems(
                id="job-level",
                options=[{"label": word, "value": key} for key, word in LEVELS.items()],
                value=level,
                className="segments",
            ),
        ]
    )
    return card(
        "Log",
        html.Ol(lines, id="job-log", className="log", tabIndex="0", **aria(label="Log lines, the latest last")),
        dcc.Store(id="job-log-last", data=last),
        aside=[html.Span(f"times in {zone_name(now, zone)}"), choice],
        flush=True,
    )


def read(board: Board, job_id: int, level: str, zone: ZoneInfo) -> tuple[list[Component], int]:
    """The last lines, oldest first, and the number of the last line of all."""
    with board.store.read() as session:
        rows = jobs.latest_logs(session, job_id, SHOWN, level=level)[::-1]
        newest = jobs.latest_logs(session, job_id, 1)
    return lines_of(rows, zone), newest[0].seq if newest else 0


def lines_of(rows: Sequence[LogRow], zone: ZoneInfo) -> list[Component]:
    """Log lines: time, level where it is not plain, stage, message."""
    return [
        html.Li(
            [
                html.Time(clock(row.at, zone, seconds=True, told=False), dateTime=row.at.isoformat()),
                html.Span(row.level.lower(), className="level"),
                html.Span(row.stage or "", className="stage-name"),
                html.Span(row.message, className="message"),
            ],
            **data(level=row.level),
        )
        for row in rows
    ]


def register(app: Dash, board: Board) -> None:
    """New lines at each change of the job; all anew for another level."""

    @app.callback(
        Output("job-log", "children", allow_duplicate=True),
        Output("job-log-last", "data", allow_duplicate=True),
        Input("job-rev", "data"),
        State("job-log-last", "data"),
        State("job-id", "data"),
        State("job-level", "value"),
        State("job-zone", "data"),
        prevent_initial_call=True,
    )
    def follow(rev: int | None, last: int, job_id: int, level: str, zone: str) -> tuple[Any, Any]:
        if rev is None:
            return no_update, no_update
        with board.store.read() as session:
            fresh = jobs.logs(session, job_id, after_seq=last)
        shown = [row for row in fresh if is_shown(row, level)]
        if not shown:
            return no_update, fresh[-1].seq if fresh else no_update
        more = Patch()
        more.extend(lines_of(shown, zone_of(zone)))
        return more, fresh[-1].seq

    @app.callback(
        Output("job-log", "children"),
        Output("job-log-last", "data"),
        Input("job-level", "value"),
        State("job-id", "data"),
        State("job-zone", "data"),
        prevent_initial_call=True,
    )
    def anew(level: str, job_id: int, zone: str) -> tuple[list[Component], int]:
        return read(board, job_id, level, zone_of(zone))


def is_shown(row: LogRow, level: str) -> bool:
    """Whether a line is of this level or a graver one."""
    order = list(LEVELS)
    return row.level in order and order.index(row.level) >= order.index(level)
