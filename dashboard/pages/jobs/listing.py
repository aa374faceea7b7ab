"""The list itself: filters to the address, blocks of rows to the grid, and changes to the rows that are held."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from dashboard.components.empty import empty_state
from dashboard.page import LIVE, PAGE_QUERY
from dashboard.pages.jobs import address as addresses
from dashboard.pages.jobs.address import Address
from dashboard.pages.jobs.filters import CHOICES, is_narrow, nights_said, options, said
from dashboard.pages.jobs.grid import COUNTED, GRID, block, room_for, sort_of
from dashboard.pages.jobs.rows import as_row
from engine.board import Board
from models.queries import jobs
from models.queries.job_filter import JobFilter
from models.states import Status

WHERE = "jobs-where"  # the filter as a query, without the order
SORT = "jobs-sort"
FIELDS = [*CHOICES, "from", "to", "text", "event"]


def stores(address: Address) -> list[Component]:
    """What the page keeps in the browser."""
    where = addresses.write(Address(address.where))
    kept = {WHERE: where, SORT: address.sort, "jobs-asked": None, "jobs-fresh": None, "jobs-patched": None}
    return [dcc.Store(id=name, data=data) for name, data in kept.items()]


def register(app: Dash, board: Board) -> None:
    """All callbacks of the list."""
    _register_filters(app, board)
    _register_rows(app, board)
    _register_changes(app, board)


def _register_filters(app: Dash, board: Board) -> None:
    @app.callback(
        Output(PAGE_QUERY, "data", allow_duplicate=True),
        Output(WHERE, "data"),
        Output("jobs-clear", "hidden"),
        *(Output(f"jobs-{name}-said", "children") for name in (*CHOICES, "nights")),
        *(Output(f"jobs-{name}-said-chip", "className") for name in (*CHOICES, "nights")),
        *(Input(f"jobs-{name}", "data" if name == "event" else "value") for name in FIELDS),
        Input(SORT, "data"),
        prevent_initial_call=True,
    )
    def remember(*values: Any) -> tuple[Any, ...]:
        where, sort = chosen(dict(zip(FIELDS, values, strict=False))), values[-1]
        with board.store.read() as session:
            words = chips(where, jobs.facets(session))
        faces = ["choice chosen" if is_chosen else "choice" for _, is_chosen in words]
        query, kept = addresses.write(Address(where, sort)), addresses.write(Address(where))
        return query, kept, not is_narrow(where), *(word for word, _ in words), *faces

    @app.callback(
        *(Output(f"jobs-{name}", "data" if name == "event" else "value") for name in FIELDS),
        Input("jobs-clear", "n_clicks"),
        Input({"type": "jobs-clear", "place": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def clear(in_bar: int | None, in_list: list[int | None]) -> list[Any]:
        nothing = {"from": None, "to": None, "text": ""}
        is_asked = in_bar or any(in_list)
        return [nothing.get(name, []) for name in FIELDS] if is_asked else [no_update] * len(FIELDS)


def _register_rows(app: Dash, board: Board) -> None:
    @app.callback(
        Output(GRID, "getRowsResponse"),
        Output("jobs-count", "children"),
        Output("jobs-empty", "children"),
        Output("jobs-empty", "hidden"),
        Output("jobs-place", "style"),
        Output(SORT, "data"),
        Input(GRID, "getRowsRequest"),
        State(WHERE, "data"),
        State(SORT, "data"),
        prevent_initial_call=True,
    )
    def answer(request: dict[str, Any] | None, query: dict[str, str], sort: str) -> Any:
        if not request:
            return (no_update,) * 6
        address = addresses.read(query)
        found, count = block(board, request, address)
        asked = sort_of(request)
        empty = [] if count else [nothing_here(address.where)]
        return found, counted(count), empty, bool(count), room_for(count), no_update if asked == sort else asked

    app.clientside_callback(
        ClientsideFunction("jobs", "refilter"),
        Output(GRID, "className"),
        Input(WHERE, "data"),
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
        ClientsideFunction("jobs", "patch"), Output("jobs-patched", "data"), Input("jobs-fresh", "data")
    )

    @app.callback(Output("jobs-fresh", "data"), Input("jobs-asked", "data"), prevent_initial_call=True)
    def read_again(job_ids: list[int] | None) -> list[dict[str, Any]]:
        with board.store.read() as session:
            return [as_row(row) for row in jobs.by_ids(session, job_ids or [])]


def chosen(values: Mapping[str, Any]) -> JobFilter:
    """The filter that the bar's fields say."""
    return JobFilter(
        status=tuple(Status(word) for word in values["status"] or ()),
        type=tuple(values["type"] or ()),
        pipeline_id=tuple(values["pipeline"] or ()),
        deployment_id=tuple(values["station"] or ()),
        event_id=tuple(values["event"] or ()),
        night_from=_day(values["from"]),
        night_to=_day(values["to"]),
        text=(values["text"] or "").strip(),
    )


def chips(where: JobFilter, facets: jobs.Facets) -> list[tuple[str, bool]]:
    """What each chip says, and whether anything is chosen in it; the nights come last."""
    values = (where.status, where.type, where.pipeline_id, where.deployment_id)
    offered = options(facets)
    words = [(said(name, offered[name], picked), bool(picked)) for name, picked in zip(CHOICES, values, strict=True)]
    return [*words, (nights_said(where.night_from, where.night_to), bool(where.night_from or where.night_to))]


def counted(count: int) -> str:
    """128 jobs; what is not counted to its end says so."""
    if count >= COUNTED:
        return f"more than {COUNTED - 1:,} jobs"
    return "1 job" if count == 1 else f"{count:,} jobs"


def nothing_here(where: JobFilter) -> Component:
    """What stands in an empty list: how to see something."""
    if not is_narrow(where):
        return empty_state(
            "layers",
            "No job yet",
            "A job runs a pipeline over the captures of a night, a station or a collection.",
            action=("New job", "/jobs/new"),
        )
    clear = html.Button(
        "Clear filters", id={"type": "jobs-clear", "place": "empty"}, className="button main", type="button"
    )
    return html.Div([empty_state("filter", "No job matches these filters", "Take one away, or clear them all."), clear])


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None
