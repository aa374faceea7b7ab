"""Nights, the home page: stations × nights, and in one sentence how the lab stands."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.components.empty import empty_state
from dashboard.components.header import card, page_header
from dashboard.components.icons import icon
from dashboard.components.night_board import legend, night_board
from dashboard.components.pills import status_pill
from dashboard.components.progress import progress_bar
from dashboard.components.times import duration, night_name
from dashboard.page import LIVE, PageRequest, address
from engine.board import Board
from models.base import now
from models.queries import changes, jobs
from models.queries.jobs import JobFilter, JobRow
from models.queries.nights import SPAN, BoardRows, Cell, Station
from models.queries.nights import board as board_rows
from models.states import Status

PATH = "/"
TITLE = "Nights"

AT_WORK = (Status.STARTED, Status.CANCELING, Status.PENDING, Status.PAUSED, Status.CHECKPOINT)
MOST_JOBS = 6
MOST_NOTES = 6
NOTED = timedelta(days=7)  # before the board's last night


def layout(board: Board, request: PageRequest) -> Component:
    until = request.day("until")
    return html.Div(
        [
            dcc.Store(id="nights-until", data=until.isoformat() if until else None),
            html.Div(content(board, until), id="nights-content", className="stack"),
        ]
    )


def register(app: Dash, board: Board) -> None:
    @app.callback(
        Output("nights-content", "children"),
        Input(LIVE, "data"),
        State("nights-until", "data"),
        prevent_initial_call=True,
    )
    def renew(live: dict[str, Any], until: str | None) -> Any:
        if not (live["events"] or live["jobs"] or live["gone"] or live["more"]):
            return no_update
        return content(board, date.fromisoformat(until) if until else None)


def content(board: Board, until: date | None) -> list[Component]:
    """All of the page that changes with the nights and jobs."""
    with board.store.read() as session:
        rows = board_rows(session, last=until, today=now().date())
        at_work = _at_work(session)
        running, waiting = changes.busy_jobs(session)
    if not rows.stations:
        return [page_header(TITLE), _nothing_yet()]
    return [
        page_header(TITLE, lab_sentence(rows, running, waiting, now().date()), actions=_pager(rows)),
        card(None, night_board(rows), legend(), flush=True),
        html.Div([_work_card(at_work), _notes_card(rows)], className="columns"),
    ]


def lab_sentence(rows: BoardRows, running: int, waiting: int, today: date) -> str:
    """How the lab stands: the newest night with captures, and what goes on."""
    newest = max((night for _, night in rows.cells), default=None)
    if newest is None:
        return f"No captures in these nights; {_going_on(running, waiting)}."
    cells = [cell for (_, night), cell in rows.cells.items() if night == newest]
    captures, processed, failed = (
        sum(getattr(cell, name) for cell in cells) for name in ("captures", "processed", "failed")
    )
    when = "Last night" if newest == today - timedelta(days=1) else f"The night of {night_name(newest)}"
    share = f"all {captures}" if processed >= captures else f"{processed} of {captures}"
    parts = [f"{when}: {share} captures processed at {_stations(len(cells))}"]
    if failed:
        parts.append(f"{failed} failed")
    silent = len(rows.stations) - len(cells)
    if silent:
        parts.append(f"{_stations(silent)} sent nothing")
    return f"{', '.join(parts)}; {_going_on(running, waiting)}."


def _going_on(running: int, waiting: int) -> str:
    parts = [
        f"{number} {'job' if number == 1 else 'jobs'} {word}"
        for number, word in ((running, "running"), (waiting, "waiting"))
        if number
    ]
    return " and ".join(parts) if parts else "nothing is running"


def _stations(number: int) -> str:
    return f"{number} {'station' if number == 1 else 'stations'}"


def _at_work(session: Session) -> list[JobRow]:
    return jobs.page(session, JobFilter(status=AT_WORK), sort="-created_at", limit=MOST_JOBS + 1)


def _pager(rows: BoardRows) -> list[Component]:
    """Links to the boards before and after this one."""
    links: list[Component] = []
    if rows.earlier:
        links.append(
            dcc.Link([icon("chevron-left"), "Earlier"], href=address("/", until=rows.earlier), className="button")
        )
    if rows.later:
        until = rows.later + timedelta(days=SPAN - 1)
        links.append(dcc.Link(["Later", icon("chevron-right")], href=address("/", until=until), className="button"))
    return links


def _work_card(rows: list[JobRow]) -> Component:
    more = dcc.Link("All jobs", href="/jobs")
    if not rows:
        quiet = html.P("Nothing is running or waiting. Open a night to process what is missing.", className="quiet")
        return card("At work", quiet, aside=more)
    lines = [
        html.Li(
            [
                html.Div(
                    [dcc.Link(row.name, href=f"/jobs/{row.id}"), status_pill(row.status, row.requested)],
                    className="head",
                ),
                progress_bar(row.progress, label=f"Progress of {row.name}", running=True),
            ]
        )
        for row in rows[:MOST_JOBS]
    ]
    return card("At work", html.Ul(lines, className="lines"), aside=more)


def _notes_card(rows: BoardRows) -> Component:
    notes = notable(rows)
    if not notes:
        return card(
            "Worth a look",
            html.P("The last week is whole: no failures, no gaps, nothing left over.", className="quiet"),
        )
    lines = [
        html.Li(
            [
                html.Div(
                    [dcc.Link(f"{station.name}, {night_name(cell.night)}", href=f"/night/{cell.event_id}")],
                    className="head",
                ),
                html.Ul(
                    [html.Li([icon(picture), words], className=f"tone-{tone}") for tone, picture, words in why],
                    className="why",
                ),
            ]
        )
        for station, cell, why in notes[:MOST_NOTES]
    ]
    return card("Worth a look", html.Ul(lines, className="lines"))


def notable(rows: BoardRows) -> list[tuple[Station, Cell, list[tuple[str, str, str]]]]:
    """The nights of the board's last week that want a person, newest first, with (tone, icon, words) of each reason."""
    stations = {station.id: station for station in rows.stations}
    recent: Sequence[Cell] = sorted(
        (cell for cell in rows.cells.values() if cell.night > rows.nights[-1] - NOTED),
        key=lambda cell: (-cell.night.toordinal(), stations[cell.station_id].name),
    )
    found = [(stations[cell.station_id], cell, reasons(cell)) for cell in recent]
    return [note for note in found if note[2]]


def reasons(cell: Cell) -> list[tuple[str, str, str]]:
    """Why a night wants a person: failures, captures that no job is about, a camera that fell silent."""
    why = []
    if cell.failed:
        why.append(("bad", "circle-x", f"{cell.failed} failed"))
    if cell.open and not cell.running and not cell.waiting:
        why.append(("wait", "circle-dashed", f"{cell.open} not processed"))
    if cell.gaps:
        why.append(("quiet", "camera-off", f"camera silent for {duration(cell.lost.total_seconds() * 1000)}"))
    return why


def _nothing_yet() -> Component:
    words: list[str | Component] = [
        "Nights appear here when captures are taken in. Point Nightboard at a folder: ",
        html.Code("nightboard ingest FOLDER --project NAME --station NAME --timezone Europe/Copenhagen"),
    ]
    return empty_state("moon-star", "No captures yet", words)
