"""Jobs: every job there is, filtered, sorted, live, and steered from the selection."""

from dash import Dash, dcc, html
from dash.development.base_component import Component

from dashboard.components.attributes import aria
from dashboard.components.header import page_header
from dashboard.components.icons import icon
from dashboard.page import PageRequest
from dashboard.pages.jobs import address as addresses
from dashboard.pages.jobs import asking, finding, listing, operations, steering, views
from dashboard.pages.jobs.filters import bar
from dashboard.pages.jobs.grid import first_request, grid
from dashboard.pages.jobs.language import Misread, meaning
from dashboard.shell import stack
from engine.board import Board
from models.queries.job_filter import JobFilter
from models.revisions import latest

PATH = "/jobs"
TITLE = "Jobs"


def layout(board: Board, request: PageRequest) -> Component:
    """The page at the filter and in the order that the address asks for."""
    with board.store.read() as session:
        who, rev = finding.reader(session), latest(session)
        address = addresses.read(request.query, who.words)
        wrong = None
        try:
            where = meaning(address.text, who)
        except Misread as misread:
            where, wrong = JobFilter(), finding.misread(misread)
        filters = bar(address.text, where, who.words, wrong)
    found = listing.shown(board, first_request(address), address.text)
    new = dcc.Link([icon("plus"), "New job"], href="/jobs/new", className="button main")
    return stack(
        page_header(TITLE, actions=[new]),
        html.Section(
            [
                views.strip(board, address),
                filters,
                steering.toolbar(board, found.said, wrong),
                html.Div(
                    [grid(address, found.block, rev), listing.over_grid(found)],
                    id="jobs-place",
                    className="grid-place",
                    style=found.room,
                ),
                steering.reasons(),
            ],
            className="card-box jobs-list",
            **aria(label="List of jobs"),
        ),
        *listing.stores(address, wrong),
    )


def register(app: Dash, board: Board) -> None:
    """The callbacks of the list, and those of the buttons on its selection."""
    for part in (finding, views, listing, steering, asking, operations):
        part.register(app, board)
