"""A job's log: its last lines and each new one as it comes, by level, stage and text; and the whole of it as a file.

The lines go to the browser as plain rows and are drawn by assets/js/log.js: as components, some hundreds of them would
make every other part of the page slow.
"""

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import dash_bootstrap_components as dbc
from dash import ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component
from flask import Flask, Response, abort, g, request

from dashboard.components.attributes import aria
from dashboard.components.header import card
from dashboard.components.icons import icon
from dashboard.components.search_field import search_field, typed
from dashboard.components.times import clock, zone_name, zone_of
from dashboard.page import THEME, PageRequest, address
from dashboard.pages.job.reading import View
from engine.board import Board
from models.queries import job_work, jobs
from models.queries.jobs import LogRow

SHOWN = 500  # lines at first
BLOCK = 2000  # lines of the file that are read at once
LEVELS = {"DEBUG": "All", "INFO": "Info and above", "WARNING": "Warnings and errors", "ERROR": "Errors"}
USUAL = "INFO"
EVERY = "all"  # stages


def view(board: Board, shown: View, asked: PageRequest) -> Component:
    """The card with the last lines that the address asks for."""
    chosen = chosen_of(asked.text("level"), asked.text("stage"), asked.text("find"))
    job_id, zone = shown.detail.job.id, shown.zone
    stages = [
        {"value": EVERY, "label": "All stages"},
        *({"value": each.key, "label": each.name} for each in shown.detail.stages),
    ]
    return card(
        "Log",
        html.Div(
            [
                html.Label("Show", htmlFor="job-level", className="visually-hidden"),
                dcc.RadioItems(
                    id="job-level",
                    options=[{"label": word, "value": key} for key, word in LEVELS.items()],
                    value=chosen["level"],
                    className="segments",
                ),
                html.Label("Stage", htmlFor="job-stage", className="visually-hidden"),
                dbc.Select(id="job-stage", options=stages, value=chosen["stage"] or EVERY),
                html.Label("Find in the log", htmlFor="job-find", className="visually-hidden"),
                *search_field("job-find", chosen["text"] or "", "Find in the log"),
                html.A(
                    [icon("download"), "As text"],
                    id="job-log-file",
                    href=file_address(job_id, chosen),
                    className="button",
                    download=f"job-{job_id}.log.txt",
                    title="These lines of the whole log, as a text file",
                ),
            ],
            className="log-filter",
        ),
        html.Ol(id="job-log", className="log", tabIndex="0", **aria(label="Log lines, the latest last")),
        dcc.Store(id="job-log-lines", data=read(board, job_id, chosen, zone)),
        dcc.Store(id="job-log-drawn"),
        aside=f"times in {zone_name(shown.now, zone)}",
        flush=True,
    )  # fmt: skip


def chosen_of(level: str | None, stage: str | None, text: str | None) -> dict[str, Any]:
    """Which lines are meant, as `models.queries.job_work.logs` takes it; an unknown level is the usual one."""
    return {
        "level": level if level in LEVELS else USUAL,
        "stage": None if stage == EVERY else stage or None,
        "text": (text or "").strip() or None,
    }


def file_address(job_id: int, chosen: dict[str, Any]) -> str:
    """Where these lines are as a file."""
    level = None if chosen["level"] == USUAL else chosen["level"]
    return address(f"/jobs/{job_id}/log.txt", level=level, stage=chosen["stage"], find=chosen["text"])


def read(board: Board, job_id: int, chosen: dict[str, Any], zone: ZoneInfo, after: int | None = None) -> dict[str, Any]:
    """The last lines, or those after a number, oldest first, and the number of the last line of all."""
    with board.store.read() as session:
        last = job_work.last_seq(session, job_id)
        rows = (
            jobs.latest_logs(session, job_id, SHOWN, **chosen)[::-1]
            if after is None
            else jobs.logs(session, job_id, after_seq=after, **chosen)
        )
    lines = [line_of(row, zone) for row in rows]
    return {"lines": lines, "last": max(last, rows[-1].seq if rows else 0), "anew": after is None}


def line_of(row: LogRow, zone: ZoneInfo) -> list[int | str]:
    """A line for the browser: its number, when, the clock then, level, stage and message."""
    at = clock(row.at, zone, seconds=True, told=False)
    return [row.seq, row.at.isoformat(), at, row.level, row.stage or "", row.message]


def register(app: Dash, board: Board) -> None:
    """New lines at each change of the job; all anew for another choice; and the file."""
    _register_file(app.server, board)

    app.clientside_callback(
        ClientsideFunction("log", "draw"),
        Output("job-log-drawn", "data"),
        Input("job-log-lines", "data"),
        Input(THEME, "data"),  # it is there before the page, and so has the first lines drawn
    )

    @app.callback(
        Output("job-log-lines", "data"),
        Output("job-log-file", "href"),
        Input("job-rev", "data"),
        Input("job-level", "value"),
        Input("job-stage", "value"),
        Input(typed("job-find"), "data"),
        State("job-find", "value"),
        State("job-log-drawn", "data"),
        State("job-id", "data"),
        State("job-zone", "data"),
        prevent_initial_call=True,
    )
    def follow(
        rev: int, level: str, stage: str, _typed: int, text: str, drawn: int | None, job_id: int, zone: str
    ) -> tuple[Any, Any]:
        chosen = chosen_of(level, stage, text)
        if ctx.triggered_id != "job-rev":
            return read(board, job_id, chosen, zone_of(zone)), file_address(job_id, chosen)
        if not rev:
            return no_update, no_update
        fresh = read(board, job_id, chosen, zone_of(zone), after=drawn or 0)
        return fresh if fresh["last"] != drawn else no_update, no_update


def _register_file(server: Flask, board: Board) -> None:
    @server.get("/jobs/<int:job_id>/log.txt")
    def job_log_file(job_id: int) -> Response:
        with board.store.read() as session:
            rows = jobs.by_ids(session, [job_id])
        if not rows or g.actor.project_id not in (None, rows[0].project_id):
            abort(404)
        chosen = chosen_of(request.args.get("level"), request.args.get("stage"), request.args.get("find"))
        return Response(file_of(board, job_id, chosen), mimetype="text/plain")


def file_of(board: Board, job_id: int, chosen: dict[str, Any]) -> Iterator[str]:
    """The lines as text, a block at a time; times in UTC."""
    last = 0
    while True:
        with board.store.read() as session:
            rows = jobs.logs(session, job_id, after_seq=last, limit=BLOCK, **chosen)
        if not rows:
            return
        last = rows[-1].seq
        yield "".join(
            f"{row.at:%Y-%m-%dT%H:%M:%SZ} {row.level:<7} attempt {row.attempt} {row.stage or '-'}: {row.message}\n"
            for row in rows
        )
