"""Upload: captures from a card or a disk of the reader's own machine, for one station. The sending is in upload.js."""

import dash_bootstrap_components as dbc
from dash import Dash, dcc, html
from dash.development.base_component import Component

from dashboard.components.attributes import aria
from dashboard.components.empty import empty_state
from dashboard.components.header import card, page_header
from dashboard.components.icons import icon
from dashboard.page import PageRequest
from dashboard.shell import stack
from engine.board import Board
from models.queries import schedules

PATH = "/upload"
TITLE = "Upload captures"
LEAD = "Pictures or zip archives of them. They are checked, kept in Nightboard's home, and grouped into nights."


def layout(board: Board, request: PageRequest) -> Component:
    """The station (?station=2 names it), the place to drop files on, and how far each is."""
    with board.store.read() as session:
        places = schedules.places(session, request.actor.project_id)
    header = page_header(TITLE, LEAD, crumbs=[("Nights", "/")])
    if not places:
        words: list[str | Component] = [
            "Make one by taking a folder in: ",
            html.Code("nightboard ingest DIR --project NAME --station NAME"),
        ]
        return stack(header, card(None, empty_state("map-pin", "There is no station yet", words)))
    options = [
        {"value": str(key), "label": f"{station} ({project})"}
        for _, project, stations in places
        for key, station in stations
    ]
    asked = str(request.number("station") or "")
    value = asked if asked in {each["value"] for each in options} else options[0]["value"]
    return stack(
        header,
        card(
            None,
            html.Div(
                [
                    html.Label("Station", htmlFor="upload-station"),
                    dbc.Select(id="upload-station", options=options, value=value),
                ],
                className="form-field upload-station",
            ),
            html.Div(
                [
                    icon("image"),
                    html.P("Drop pictures or zip archives here"),
                    html.Button(
                        [icon("plus"), "Choose files"], id="upload-choose", className="button main", type="button"
                    ),
                ],
                id="upload-drop",
                className="upload-drop",
            ),
            html.P(id="upload-said", className="upload-said", role="status", **aria(live="polite")),
            html.P(dcc.Link("See the job", href="/jobs", id="upload-job"), id="upload-job-line", hidden=True),
            html.Ul(id="upload-files", className="upload-files"),
        ),
    )


def register(app: Dash, board: Board) -> None:
    """Nothing: the page speaks to the routes of `dashboard.arrivals`."""
