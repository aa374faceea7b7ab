"""The wall: for a screen that hangs in the lab and that nobody touches. It goes calmly from view to view.

In turn: the last nights, what is at work, what failed lately. A view with nothing to tell is passed over, and one that
tells more than has room takes several turns. It is dark unless the address says `?theme=light`; Space holds it still,
Escape leaves it (assets/js/wall.js).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dash import Dash, Input, Output, dcc, html, no_update
from dash.development.base_component import Component

from dashboard.components.attributes import aria, data
from dashboard.components.ends import all_done, done_about
from dashboard.components.icons import icon
from dashboard.components.lab_words import UTC, Work, lab_sentence
from dashboard.components.night_board import night_board
from dashboard.components.pills import status_pill
from dashboard.components.progress import job_bar
from dashboard.components.still import still
from dashboard.components.times import ago
from dashboard.live import health_view
from dashboard.page import LIVE, PageRequest, current_actor
from dashboard.pages.nights import going_etas
from dashboard.reader import reader_zone
from engine.board import Board
from models.base import now
from models.queries import changes, jobs, queues
from models.queries.jobs import Eta, JobFilter, JobRow
from models.queries.nights import BoardRows
from models.queries.nights import board as board_rows
from models.states import Status

PATH = "/wall"
TITLE = "Wall"

NIGHTS = 10
MOST = 6  # jobs in one view
LATELY = timedelta(days=1)
AT_WORK = (Status.STARTED, Status.CANCELING, Status.PENDING, Status.CHECKPOINT)
FAILED = (Status.FAILURE, Status.TIMEDOUT)


@dataclass(frozen=True)
class Seen:
    """All that the wall shows."""

    rows: BoardRows
    at_work: list[JobRow]
    failed: list[JobRow]
    work: Work
    at: datetime  # UTC
    etas: Mapping[int, Eta] = field(default_factory=dict)  # of jobs that run
    zone: ZoneInfo = UTC


def layout(board: Board, request: PageRequest) -> Component:
    theme = "light" if request.text("theme") == "light" else "dark"
    hold = html.Button(
        [icon("pause"), html.Span("Hold still")],
        id="wall-hold",
        className="button plain",
        type="button",
        **aria(pressed="false"),
    )
    return html.Div(
        [
            html.Div(content(board, request.actor.project_id), id="wall-content"),
            html.Footer(
                [
                    html.Div(health_view(board), id="wall-health", className="health"),
                    html.Div(id="wall-dots", **aria(hidden="true")),
                    hold,
                    dcc.Link([icon("x"), "Leave the wall"], href="/", className="button plain"),
                ]
            ),
        ],
        id="wall",
        className="wall",
        **data(view="0", bs_theme=theme),
    )


def register(app: Dash, board: Board) -> None:
    @app.callback(
        Output("wall-content", "children"),
        Output("wall-health", "children"),
        Input(LIVE, "data"),
        prevent_initial_call=True,
    )
    def renew(live: dict[str, Any]) -> Any:
        if not any(live[kind] for kind in ("events", "jobs", "workers", "gone", "more")):
            return no_update, no_update
        return content(board, current_actor().project_id), health_view(board)


def content(board: Board, project_id: int | None) -> list[Component]:
    """The sentence above, and every view below it; the script shows one at a time."""
    seen = read(board, project_id, reader_zone())
    head = html.Header(
        [
            html.H1("Nightboard", tabIndex="-1"),
            html.Time(id="wall-clock"),
            html.P(_sentence(seen), className="lead"),
        ]
    )
    return [head, *views(seen)]


def read(board: Board, project_id: int | None, zone: ZoneInfo = UTC) -> Seen:
    """What the wall shows now; of one project, for who may see only that."""
    mine = () if project_id is None else (project_id,)
    at = now()
    with board.store.read() as session:
        work = Work(*changes.busy_jobs(session), changes.held_jobs(session), queues.pauses(session))
        at_work = jobs.page(session, JobFilter(status=AT_WORK, project_id=mine), sort="-started_at", limit=MOST)
        etas = going_etas(session, at_work, work, at)
        failed = jobs.page(session, JobFilter(status=FAILED, project_id=mine), sort="-finished_at", limit=MOST)
        return Seen(
            rows=board_rows(session, project_id, at=at, span=NIGHTS),
            at_work=at_work,
            failed=[row for row in failed if row.finished_at and row.finished_at > at - LATELY],
            work=replace(work, done=all_done(etas.values(), work.running)),
            at=at,
            etas=etas,
            zone=zone,
        )


def views(seen: Seen) -> list[Component]:
    """The views in their order: nights, work, failures."""
    stations = {"--stations": str(len(seen.rows.stations))}
    nights = (
        html.Div(still(night_board(seen.rows)), className="wall-nights", style=stations)
        if seen.rows.stations
        else html.P("No captures yet.")
    )
    return [
        _view("The last nights", nights, has_news=True),
        _view("At work", _lines([_working(row, seen) for row in seen.at_work]), has_news=bool(seen.at_work)),
        _view(
            "Failed in the last 24 hours",
            _lines([_ended(row, seen.at) for row in seen.failed]),
            has_news=bool(seen.failed),
        ),
    ]


def _sentence(seen: Seen) -> str:
    if not seen.rows.stations:
        return "No captures were taken in yet."
    return lab_sentence(seen.rows, seen.work, seen.at, seen.zone)


def _view(title: str, body: Component, *, has_news: bool) -> Component:
    return html.Section([html.H2(title), body], className="wall-view", **data(news="yes" if has_news else "no"))


def _lines(lines: Sequence[Component]) -> Component:
    return html.Ul(list(lines), className="wall-lines")


def _working(row: JobRow, seen: Seen) -> Component:
    told = f"{row.processed + row.failed:,} of {row.total:,} captures" if row.total else ""
    eta = seen.etas.get(row.id)
    told += f", {done_about(eta, seen.at, seen.zone)}" if told and eta else ""
    head = html.Div([html.B(row.name), status_pill(row.status, row.requested, row.failed)])
    return html.Li([head, job_bar(row), html.P(told)])


def _ended(row: JobRow, at: datetime) -> Component:
    when = ago(row.finished_at, at) if row.finished_at else ""
    told = f"{row.cause or 'no cause was written down'}, {when}"
    return html.Li([html.Div([html.B(row.name), status_pill(row.status, row.requested, row.failed)]), html.P(told)])
