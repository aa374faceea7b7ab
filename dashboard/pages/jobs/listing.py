"""The list itself: the search box to the address, blocks of rows to the grid, and changes to the rows that are held."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from dash import ClientsideFunction, Dash, Input, Output, State, ctx, html, no_update
from dash.development.base_component import Component

from dashboard.components.counts import counted
from dashboard.components.empty import empty_state
from dashboard.components.search_field import typed
from dashboard.components.stores import store
from dashboard.page import LIVE, PAGE_QUERY, state_at
from dashboard.pages.jobs import address as addresses
from dashboard.pages.jobs import finding
from dashboard.pages.jobs.address import Address
from dashboard.pages.jobs.blocks import COUNTED, block, sort_of
from dashboard.pages.jobs.filters import CHOICES, FIELDS, chosen, nights_said, offered, rewritten, said
from dashboard.pages.jobs.grid import GRID, room_for
from dashboard.pages.jobs.language import Misread, meaning
from dashboard.pages.jobs.rows import as_row
from engine.board import Board
from models.queries import jobs
from models.queries.job_filter import JobFilter
from models.queries.vocabulary import Vocabulary

WHERE = "jobs-where"  # what the search box says, read or not
SORT = "jobs-sort"
MISREAD = "jobs-misread"  # what cannot be read in it
CHIPS = (*CHOICES, "nights")


def stores(address: Address, wrong: dict[str, Any] | None) -> list[Component]:
    """What the page keeps in the browser."""
    kept = {WHERE: address.text, SORT: address.sort, MISREAD: wrong}
    empty = ("jobs-asked", "jobs-due", "jobs-fresh", "jobs-patched")
    return [store(name, data) for name, data in (kept | dict.fromkeys(empty)).items()]


class Shown(NamedTuple):
    """A block of rows for the grid, and what stands around it: the count, words in the place of rows, the room."""

    block: dict[str, Any]
    said: str
    words: Component | None
    is_clear: bool  # there is no filter to take away, or no need
    is_filled: bool
    room: dict[str, str]


def shown(board: Board, request: Mapping[str, Any], text: str) -> Shown:
    """What a request of the grid is answered with."""
    try:
        found, count = block(board, request, text)
    except Misread as wrong:
        return Shown({"rowData": [], "rowCount": 0}, "", not_read(wrong), False, False, room_for(0))
    words, is_clear = (None, True) if count else (nothing_here(text), not text.strip())
    return Shown(found, found_so_far(count), words, is_clear, bool(count), room_for(count))


def register(app: Dash, board: Board) -> None:
    """All callbacks of the list."""
    _register_filters(app, board)
    _register_rows(app, board)
    _register_changes(app, board)


def _register_filters(app: Dash, board: Board) -> None:
    @app.callback(
        Output(PAGE_QUERY, "data", allow_duplicate=True),
        Output(WHERE, "data"),
        Output(MISREAD, "data"),
        Output("jobs-clear", "hidden"),
        Output("jobs-text", "value"),
        *(Output(f"jobs-{name}", "value") for name in FIELDS),
        *(Output(f"jobs-{name}-said", "children") for name in CHIPS),
        *(Output(f"jobs-{name}-said-chip", "className") for name in CHIPS),
        Input(typed("jobs-text"), "data"),
        *(Input(f"jobs-{name}", "value") for name in FIELDS),
        Input(SORT, "data"),
        Input("jobs-clear", "n_clicks"),
        Input("jobs-clear-empty", "n_clicks"),
        State("jobs-text", "value"),
        prevent_initial_call=True,
    )
    def remember(_typed: int, *given: Any) -> tuple[Any, ...]:
        """The text is written by whichever part was changed; one that cannot be read leaves the list as it was."""
        values, sort, text = dict(zip(FIELDS, given, strict=False)), given[len(FIELDS)], given[-1] or ""
        asked, by = text, str(ctx.triggered_id).removeprefix("jobs-")
        if "clear" in by and ctx.triggered[0]["value"]:
            asked = ""
        with board.store.read() as session:
            who = finding.reader(session)
            if by in FIELDS:
                asked = rewritten(asked, by, values, who.words)
            query = state_at("/jobs", addresses.write(Address(asked, sort)))
            written = no_update if asked == text else asked
            try:
                where = meaning(asked, who)
            except Misread as wrong:
                as_before = (no_update,) * (len(FIELDS) + 2 * len(CHIPS))
                return query, no_update, finding.misread(wrong), not asked, written, *as_before
            words = chips(where, who.words)
        faces = ["choice chosen" if is_chosen else "choice" for _, is_chosen in words]
        new = chosen(where)
        picked = [no_update if (new[name] or None) == (values[name] or None) else new[name] for name in FIELDS]
        return query, asked, None, not asked.strip(), written, *picked, *(word for word, _ in words), *faces

    app.clientside_callback(
        ClientsideFunction("jobs", "misread"),
        Input(MISREAD, "data"),
        prevent_initial_call=True,
    )


def _register_rows(app: Dash, board: Board) -> None:
    @app.callback(
        Output(GRID, "getRowsResponse"),
        Output("jobs-count", "children"),
        Output("jobs-empty-words", "children"),
        Output("jobs-clear-empty", "hidden"),
        Output("jobs-empty", "hidden"),
        Output("jobs-place", "style"),
        Output(SORT, "data"),
        Input("jobs-due", "data"),
        State(WHERE, "data"),
        State(SORT, "data"),
        prevent_initial_call=True,
    )
    def answer(request: dict[str, Any] | None, text: str | None, sort: str) -> Any:
        if not request:
            return (no_update,) * 7
        found, asked = shown(board, request, text or ""), sort_of(request)
        return *found, no_update if asked == sort else asked

    app.clientside_callback(
        ClientsideFunction("jobs", "due"),
        Output("jobs-due", "data"),
        Input(GRID, "getRowsRequest"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("jobs", "refilter"),
        Output(GRID, "className"),
        Input(WHERE, "data"),
        State(MISREAD, "data"),
        prevent_initial_call=True,
    )


def _register_changes(app: Dash, board: Board) -> None:
    app.clientside_callback(
        ClientsideFunction("jobs", "stale"),
        Output("jobs-asked", "data"),
        Output("jobs-news", "children"),
        Input(LIVE, "data"),
        State(WHERE, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("jobs", "reread"),
        Output("jobs-news", "children", allow_duplicate=True),
        Input("jobs-news", "n_clicks"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("jobs", "patch"),
        Output("jobs-patched", "data"),
        Input("jobs-fresh", "data"),
        prevent_initial_call=True,
    )

    @app.callback(Output("jobs-fresh", "data"), Input("jobs-asked", "data"), prevent_initial_call=True)
    def read_again(job_ids: list[int] | None) -> list[dict[str, Any]]:
        with board.store.read() as session:
            return [as_row(row) for row in jobs.by_ids(session, job_ids or [])]


def chips(where: JobFilter, words: Vocabulary) -> list[tuple[str, bool]]:
    """What each chip says, and whether anything is chosen in it; the nights come last."""
    choices, values = offered(words), chosen(where)
    found = [(said(name, choices[name], values[name]), bool(values[name])) for name in CHOICES]
    return [*found, (nights_said(where.night_from, where.night_to), bool(where.night_from or where.night_to))]


def found_so_far(count: int) -> str:
    """128 jobs; what is not counted to its end says so."""
    return f"more than {counted(COUNTED - 1, 'job')}" if count >= COUNTED else counted(count, "job")


def nothing_here(text: str) -> Component:
    """What stands in an empty list: how to see something."""
    if not text.strip():
        return empty_state(
            "layers",
            "No job yet",
            "A job runs a pipeline over the captures of a night, a station or a collection.",
            action=("New job", "/jobs/new"),
        )
    return empty_state("filter", "No job matches these filters", "Take one away, or clear them all.")


def not_read(wrong: Misread) -> Component:
    """What stands in the list when the search box cannot be read."""
    return empty_state("filter", "This filter cannot be read", wrong.sentence)


def over_grid(found: Shown) -> Component:
    """What stands over an empty grid. The button stays while its words are drawn anew, so that no click is lost."""
    clear = html.Button(
        "Clear filters",
        id="jobs-clear-empty",
        className="button main",
        type="button",
        hidden=found.is_clear,
    )
    words = html.Div(found.words, id="jobs-empty-words")
    return html.Div([words, clear], id="jobs-empty", hidden=found.is_filled, className="over-grid")
