"""Jobs: every job there is, filtered, sorted, live, and steered from the selection."""

from dash import Dash, dcc, html
from dash.development.base_component import Component

from dashboard.components.attributes import aria
from dashboard.components.header import page_header
from dashboard.components.icons import icon
from dashboard.page import PageRequest
from dashboard.pages.jobs import address as addresses
from dashboard.pages.jobs import listing, steering
from dashboard.pages.jobs.filters import bar
from dashboard.pages.jobs.grid import grid
from dashboard.shell import stack
from engine.board import Board
from models.queries import jobs

PATH = "/jobs"
TITLE = "Jobs"


def layout(board: Board, request: PageRequest) -> Component:
    """The page at the filter and in the order that the address asks for."""
    address = addresses.read(request.query)
    with board.store.read() as session:
        facets = jobs.facets(session)
    new = dcc.Link([icon("plus"), "New job"], href="/jobs/new", className="button main")
    return stack(
        page_header(TITLE, actions=[new]),
        html.Section(
            [
                bar(address, facets),
                steering.toolbar(),
                html.Div(
                    [grid(address), html.Div(id="jobs-empty", hidden=True, className="over-grid")],
                    id="jobs-place",
                    className="grid-place",
                ),
            ],
            className="card-box jobs-list",
            **aria(label="List of jobs"),
        ),
        *listing.stores(address),
    )


def register(app: Dash, board: Board) -> None:
    """The callbacks of the list, and those of the buttons on its selection."""
    listing.register(app, board)
    steering.register(app, board)
