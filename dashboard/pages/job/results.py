"""The captures of a job as a contact sheet, and one of them large with its boxes."""

from typing import Any

import dash_bootstrap_components as dbc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from dashboard.components.attributes import aria, data
from dashboard.components.header import card
from dashboard.components.icons import icon
from dashboard.components.pills import ITEM_FACES, pill
from dashboard.components.stores import store
from dashboard.components.thumbs import picture_address
from dashboard.components.times import clock, stamp, zone_of
from dashboard.page import address
from engine.board import Board
from models.queries import job_results, job_shots, jobs
from models.queries.job_results import BoxRow
from models.queries.job_shots import ShotRow
from models.queries.jobs import JobRow
from models.states import ItemState

PAGE = 48
TABS = {"all": "All", "animals": "With animals", "failed": "Failed", "open": "Not yet"}


def view(board: Board, job_id: int, show: str, first: int) -> Component:
    """The card of results; `first` is the place of its first capture."""
    return card(
        "Captures",
        html.Div(sheet(board, job_id, show, first), id="job-sheet", **data(page=str(PAGE))),
        store("job-show", show),
        store("job-first", first),
    )


def sheet(board: Board, job_id: int, show: str, first: int) -> list[Component]:
    """Tabs with their counts, a page of thumbnails, and the way to the pages beside it."""
    with board.store.read() as session:
        (job,) = jobs.by_ids(session, [job_id])
        rows = job_shots.shots(session, job_id, job.total, show=show, offset=first, limit=PAGE + 1)
    shown = rows[:PAGE]
    found: Component = (
        html.Ul([html.Li(thumb(row)) for row in shown], className="contact-sheet")
        if rows
        else html.P(nothing(show), className="quiet nothing")
    )
    counts = counts_of(job)
    return [tabs(counts, show), found, pages(first, len(shown), counts.get(show), has_more=len(rows) > PAGE)]


def counts_of(job: JobRow) -> dict[str, int]:
    """How many captures each tab has, where the job's own counters know it."""
    return {"all": job.total, "failed": job.failed, "open": job.total - job.processed - job.failed}


def nothing(show: str) -> str:
    """What stands where no capture is."""
    return {
        "all": "The captures appear here once they are collected.",
        "animals": "No animal was found yet.",
        "failed": "No capture failed.",
        "open": "Every capture was worked on.",
    }[show]


def tabs(counts: dict[str, int], show: str) -> Component:
    """What can be shown, with its count where it is known."""
    return html.Div(
        [
            html.Button(
                [word, html.Span(f"{counts[key]:,}", className="number") if key in counts else None],
                id={"type": "job-tab", "show": key},
                className="sheet-tab here" if key == show else "sheet-tab",
                type="button",
                **aria(pressed=str(key == show).lower()),
            )
            for key, word in TABS.items()
        ],
        className="tabs",
    )


def pages(first: int, shown: int, count: int | None, *, has_more: bool) -> Component:
    """Earlier and later captures, where there are more than a page."""
    said = f"{first + 1:,} to {first + shown:,}" + (f" of {count:,}" if count is not None else "") if shown else ""
    return html.Div(
        [
            _turn("earlier", "chevron-left", is_dead=first == 0),
            html.Span(said, className="faint"),
            _turn("later", "chevron-right", is_dead=not has_more),
        ],
        className="row-of sheet-pages",
        hidden=first == 0 and not has_more,
    )


def thumb(row: ShotRow) -> Component:
    """A capture as a button that opens it; one whose file is known to be broken has no picture to ask for."""
    zone = zone_of(row.timezone)
    shown: Component = (
        html.Span(icon("file-x"), className="no-picture")
        if row.state is ItemState.FAILED or row.header_error
        else html.Img(src=picture_address(row.capture_id, "small"), alt="")
    )
    said = f"Capture of {clock(row.taken_at, zone)}, {in_words(row)}"
    caption = html.Span(
        [html.Span(clock(row.taken_at, zone, told=False)), _mark(row)], className="caption", **aria(hidden="true")
    )
    return html.Button(
        [shown, html.Span(said, className="visually-hidden"), caption],
        className="thumb",
        type="button",
        title=row.error or row.path,
        **data(shot=str(row.item_id)),
    )


def in_words(row: ShotRow) -> str:
    """What became of a capture."""
    if row.state is ItemState.FAILED:
        return "failed"
    if row.detections is None:
        return ITEM_FACES[row.state].word.lower()
    return {0: "no animal", 1: "1 animal"}.get(row.detections, f"{row.detections:,} animals")


def viewer() -> Component:
    """The large picture over the page; assets/js/viewer.js draws the boxes and listens to the arrow keys."""
    modal: Component = dbc.Modal(
        [
            html.Header(
                [
                    html.Div(id="viewer-said", className="said"),
                    html.Span(id="viewer-page"),
                    _square("viewer-before", "chevron-left", "The capture before (left arrow key)"),
                    _square("viewer-after", "chevron-right", "The capture after (right arrow key)"),
                    _square("viewer-close", "x", "Close (Escape)"),
                ],
                className="viewer-head",
            ),
            html.Div(id="viewer-picture", className="viewer-picture"),
        ],
        id="viewer",
        is_open=False,
        size="xl",
        centered=True,
        fullscreen="lg-down",
        className="viewer",
    )
    return html.Div([modal, dcc.Store(id="viewer-data"), dcc.Store(id="viewer-drawn"), dcc.Store(id="viewer-closed")])


def picture(board: Board, item_id: int) -> tuple[list[Component], dict[str, Any]] | None:
    """What the viewer says of a capture, and what it draws: address, size and boxes in px; None when it is gone."""
    with board.store.read() as session:
        row = job_shots.shot(session, item_id)
        if row is None:
            return None
        boxes = job_results.boxes(session, row.result_id) if row.result_id is not None else []
    zone = zone_of(row.timezone)
    said = [
        html.B(f"{row.station}, {stamp(row.taken_at, zone)}"),
        pill(ITEM_FACES[row.state]),
        html.Span(in_words(row) if row.result_id is not None else "", className="quiet"),
        html.Span(row.error if row.state is ItemState.STOPPED else "", className="waits"),
        html.Span(row.path, className="faint path"),
    ]
    return said, {
        "item": row.item_id,
        "capture": row.capture_id,
        "source": picture_address(row.capture_id, "large"),
        "width": row.width,
        "height": row.height,
        "error": None if row.result_id is not None else row.error,
        "words": f"Capture of {stamp(row.taken_at, zone)} at {row.station}, {in_words(row)}",
        "boxes": [as_box(box) for box in boxes],
    }


def as_box(box: BoxRow) -> dict[str, Any]:
    """A box for the browser, px of the full picture."""
    return {
        "x": box.x1,
        "y": box.y1,
        "width": box.x2 - box.x1,
        "height": box.y2 - box.y1,
        "label": box.label,
        "score": box.score,
    }


def register(app: Dash, board: Board) -> None:
    """Tabs and pages to the sheet, a thumbnail to the viewer, and the sheet anew as the job goes on."""
    app.clientside_callback(
        ClientsideFunction("viewer", "turn"),
        Output("job-show", "data"),
        Output("job-first", "data"),
        *(Input({"type": "job-tab", "show": key}, "n_clicks") for key in TABS),
        Input({"type": "job-turn", "to": "earlier"}, "n_clicks"),
        Input({"type": "job-turn", "to": "later"}, "n_clicks"),
        State("job-show", "data"),
        State("job-first", "data"),
        prevent_initial_call=True,
    )
    # It sets job-shot from the browser: a callback that may still write it would hold back, and lose, what is
    # remembered of the page in its first moments.
    app.clientside_callback(
        ClientsideFunction("viewer", "closed"),
        Output("viewer-closed", "data"),
        Input("viewer", "is_open"),
        State("job-shot", "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("viewer", "draw"), Output("viewer-drawn", "data"), Input("viewer-data", "data")
    )

    @app.callback(
        Output("job-sheet", "children"),
        Input("job-show", "data"),
        Input("job-first", "data"),
        Input("job-rev", "data"),
        State("job-id", "data"),
        prevent_initial_call=True,
    )
    def turn(show: str, first: int, _rev: int | None, job_id: int) -> list[Component]:
        return sheet(board, job_id, show, first)

    @app.callback(
        Output("viewer", "is_open"),
        Output("viewer-said", "children"),
        Output("viewer-data", "data"),
        Output("viewer-page", "children"),
        Input("job-shot", "data"),
        State("job-id", "data"),
    )
    def open_one(item_id: int | None, job_id: int) -> Any:
        found = picture(board, item_id) if item_id else None
        if found is None:
            return False, no_update, no_update, no_update
        href = address(f"/captures/{found[1]['capture']}", job=job_id)
        return True, *found, dcc.Link("Its own page", href=href, className="button plain")


def _turn(to: str, picture_name: str, *, is_dead: bool) -> Component:
    return html.Button(
        [icon(picture_name), f"{to.capitalize()} captures"],
        id={"type": "job-turn", "to": to},
        className="button plain",
        type="button",
        disabled=is_dead,
    )


def _mark(row: ShotRow) -> Component:
    match row.state:
        case ItemState.FAILED:
            return html.Span([icon("circle-x"), "failed"], className="found failed")
        case ItemState.DONE | ItemState.SKIPPED if row.detections:
            return html.Span([icon("bug"), str(row.detections)], className="found done")
        case ItemState.DONE | ItemState.SKIPPED:
            return html.Span(icon("check"), className="found done")
    return html.Span(icon(ITEM_FACES[row.state].icon), className="found open")


def _square(name: str, picture_name: str, words: str) -> Component:
    return html.Button(
        icon(picture_name), id=name, className="button plain square", type="button", title=words, **aria(label=words)
    )
