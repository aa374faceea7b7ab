"""Timings: how long jobs waited and how long they ran, spread and over the nights."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, ctx, dcc, html, no_update
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.components.attributes import aria
from dashboard.components.empty import empty_state
from dashboard.components.header import card, page_header
from dashboard.components.icons import icon
from dashboard.components.pills import STATUS_FACES
from dashboard.components.times import day, duration
from dashboard.figures.durations import OTHERS
from dashboard.page import LIVE, PAGE_QUERY, THEME, PageRequest, Theme, state_at
from dashboard.pages.jobs.filters import Options, choice, day_field, nights_said, options, said
from dashboard.pages.jobs.filters import chip as filter_chip
from dashboard.pages.timings import address as addresses
from dashboard.pages.timings import files, parts
from dashboard.shell import stack
from engine.board import Board
from models.base import now
from models.queries import jobs, timings
from models.queries.timings import Apart, Metric, TimingFilter
from models.states import Status

PATH = "/timings"
TITLE = "Timings"
BEHIND = 20
LEAD = "How long jobs waited for a worker, and how long they ran, from every attempt that has ended."
FIELDS = ("type", "pipeline", "station", "worker", "from", "to")
Click = dict[str, Any] | None
CHIPS = ("type", "pipeline", "station", "worker", "nights")


def layout(board: Board, request: PageRequest) -> Component:
    """The figures of the attempts that the address asks for."""
    where = addresses.read(request.query)
    with board.store.read() as session:
        offered = offers(session)
        has_any = timings.span(session) is not None
    if not has_any:
        words = "The first job that ends is counted here within a second."
        nothing = empty_state("timer", "Nothing to count yet", words, action=("New job", "/jobs/new"))
        return stack(page_header(TITLE, LEAD), card(None, nothing))
    cards = [parts.metric_card(counted, request.theme) for counted in parts.read(board, where)]
    apart = addresses.apart(request.query)
    choice_of = dcc.RadioItems(
        id="timings-apart",
        options=[{"label": each.capitalize(), "value": each} for each in addresses.APART],
        value=apart,
        className="segments",
        inline=True,
    )
    return stack(
        page_header(TITLE, LEAD),
        card("Right now", html.Div(right_now(board), id="timings-now")),
        filters(where, offered),
        html.Div(cards, className="columns timings"),
        card(
            "Throughput",
            html.Div(throughput(board, apart, where, request.theme), id="timings-throughput-card"),
            html.Div(id="timings-throughput-behind"),
            aside=html.Div(choice_of, role="group", **aria(label="Told apart by")),
        ),
        dcc.Store(id="timings-due"),
        dcc.Store(id="timings-throughput-clicked"),
    )


def right_now(board: Board) -> Component:
    """The oldest waiting job, and this hour's captures."""
    at = now()
    with board.store.read() as session:
        return parts.right_now(timings.oldest_waiting(session), timings.captures_since(session, at), at)


def throughput(board: Board, apart: Apart, where: TimingFilter, theme: Theme) -> Component:
    """Captures an hour, told apart by station, pipeline or worker."""
    with board.store.read() as session:
        rows = timings.throughput(session, apart, timings.lately(session, where))
    return parts.throughput_chart(rows, apart, where, theme)


def filters(where: TimingFilter, offered: Mapping[str, Options]) -> Component:
    """Type, pipeline, station, worker and nights."""
    nights = [
        day_field("From the night of", "timings-from", where.first),
        day_field("to the night of", "timings-to", where.last),
    ]
    words = nights_said(where.first, where.last)
    return html.Div(
        [
            choice("timings", "type", offered["type"], list(where.type)),
            choice("timings", "pipeline", offered["pipeline"], list(where.pipeline_id)),
            choice("timings", "station", offered["station"], list(where.deployment_id)),
            choice("timings", "worker", offered["worker"], list(where.worker)),
            filter_chip("timings-nights-said", words, nights, is_chosen=bool(where.first or where.last)),
            html.Button(
                [icon("x"), "Clear filters"],
                id="timings-clear",
                className="button plain",
                type="button",
                hidden=where == TimingFilter(),
            ),
        ],
        className="filter-bar alone",
        role="search",
        **aria(label="Filter the attempts"),
    )


def offers(session: Session) -> dict[str, Options]:
    """What the chips offer; jobs without a pipeline can be asked for as well."""
    offered = options(jobs.facets(session))
    workers = [(name, name) for name in timings.workers(session)]
    pipelines = [*offered["pipeline"], (0, "No pipeline")]
    return {"type": offered["type"], "pipeline": pipelines, "station": offered["station"], "worker": workers}


def register(app: Dash, board: Board) -> None:
    """Filters to figures, a bar to the jobs behind it, and the numbers as files."""
    files.register(app.server, board)
    _register_figures(app, board)
    _register_clear(app)
    _register_now(app, board)
    for metric in parts.METRICS:
        _register_behind(app, board, metric)
    _register_at_work(app, board)


def _register_figures(app: Dash, board: Board) -> None:
    drawn = [
        Output(f"timings-{metric}-{part}", prop)
        for metric in parts.METRICS
        for part, prop in (
            ("numbers", "children"),
            ("spread", "figure"),
            ("spread-table", "children"),
            ("nights", "figure"),
            ("nights-table", "children"),
        )
    ]

    @app.callback(
        Output(PAGE_QUERY, "data", allow_duplicate=True),
        *(Input(f"timings-{name}", "value") for name in FIELDS),
        Input("timings-apart", "value"),
        prevent_initial_call=True,
    )
    def keep_address(*values: Any) -> dict[str, Any]:
        *filled, apart = values
        by = {"by": apart} if apart != addresses.APART[0] else {}
        return state_at(PATH, addresses.write(filter_of(*filled)) | by)

    @app.callback(
        Output("timings-throughput-card", "children"),
        *(Input(f"timings-{name}", "value") for name in FIELDS),
        Input("timings-apart", "value"),
        Input(THEME, "data"),
        Input("timings-due", "data"),
        prevent_initial_call=True,
    )
    def redraw_throughput(*values: Any) -> Component:
        *filled, apart, theme, _due = values
        return throughput(board, apart, filter_of(*filled), theme)

    @app.callback(
        Output("timings-clear", "hidden"),
        *(Output(f"timings-{name}-said", "children") for name in CHIPS),
        *(Output(f"timings-{name}-said-chip", "className") for name in CHIPS),
        *drawn,
        *(Input(f"timings-{name}", "value") for name in FIELDS),
        Input(THEME, "data"),
        Input("timings-due", "data"),
        prevent_initial_call=True,
    )
    def redraw(*values: Any) -> tuple[Any, ...]:
        *filled, theme, _due = values
        where = filter_of(*filled)
        with board.store.read() as session:
            offered = offers(session)
        words = [
            (said("type", offered["type"], where.type), bool(where.type)),
            (said("pipeline", offered["pipeline"], where.pipeline_id), bool(where.pipeline_id)),
            (said("station", offered["station"], where.deployment_id), bool(where.deployment_id)),
            (said("worker", offered["worker"], where.worker), bool(where.worker)),
            (nights_said(where.first, where.last), bool(where.first or where.last)),
        ]
        faces = ["choice chosen" if is_chosen else "choice" for _, is_chosen in words]
        figures = [part for counted in parts.read(board, where) for part in drawing(counted, theme)]
        return where == TimingFilter(), *(word for word, _ in words), *faces, *figures


def _register_clear(app: Dash) -> None:
    @app.callback(
        *(Output(f"timings-{name}", "value") for name in FIELDS),
        Input("timings-clear", "n_clicks"),
        prevent_initial_call=True,
    )
    def clear(clicks: int | None) -> list[Any]:
        return [[], [], [], [], None, None] if clicks else [no_update] * len(FIELDS)


def _register_now(app: Dash, board: Board) -> None:
    @app.callback(Output("timings-now", "children"), Input(LIVE, "data"), prevent_initial_call=True)
    def renew(live: dict[str, Any]) -> Any:
        return right_now(board) if live["jobs"] or live["gone"] or live["more"] else no_update

    app.clientside_callback(
        ClientsideFunction("timings", "due"),
        Input(LIVE, "data"),
        prevent_initial_call=True,
    )


def _register_behind(app: Dash, board: Board, metric: Metric) -> None:
    @app.callback(
        Output(f"timings-{metric}-behind", "children"),
        Input(f"timings-{metric}-spread", "clickData"),
        Input(f"timings-{metric}-nights", "clickData"),
        *(Input(f"timings-{name}", "value") for name in FIELDS),
        prevent_initial_call=True,
    )
    def lead(spread: Click, nights: Click, *values: Any) -> Any:
        where = filter_of(*values)
        if ctx.triggered_id == f"timings-{metric}-spread" and (bar := bar_of(spread)):
            return behind_spread(board, metric, bar[0], bar[1], where)
        if ctx.triggered_id == f"timings-{metric}-nights" and (bar := bar_of(nights)):
            return behind_night(board, metric, date.fromisoformat(bar[0]), Status(bar[1]), where)
        return None

    _register_reveal(app, f"timings-{metric}-behind")


def _register_at_work(app: Dash, board: Board) -> None:
    app.clientside_callback(  # the figure is not there before the first capture was landed
        ClientsideFunction("timings", "keep"),
        Output("timings-throughput-clicked", "data"),
        Input("timings-throughput", "clickData"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output("timings-throughput-behind", "children"),
        Input("timings-throughput-clicked", "data"),
        *(Input(f"timings-{name}", "value") for name in FIELDS),
        Input("timings-apart", "value"),
        prevent_initial_call=True,
    )
    def lead(click: Click, *values: Any) -> Any:
        *filled, apart = values
        bar = bar_of(click) if ctx.triggered_id == "timings-throughput-clicked" else None
        return behind_throughput(board, apart, date.fromisoformat(bar[0]), bar[1], filter_of(*filled)) if bar else None

    _register_reveal(app, "timings-throughput-behind")


def _register_reveal(app: Dash, behind: str) -> None:
    """What is listed comes into sight."""
    app.clientside_callback(
        ClientsideFunction("timings", "reveal"),
        Input(behind, "children"),
        prevent_initial_call=True,
    )


def bar_of(click: Click) -> list[Any] | None:
    """What a clicked bar says it counts; None for a click on anything else."""
    said = click["points"][0].get("customdata") if click else None
    return said if isinstance(said, list) else None


def behind_spread(board: Board, metric: Metric, low_ms: float, high_ms: float, where: TimingFilter) -> Component:
    """The attempts behind a bar of the histogram."""
    with board.store.read() as session:
        rows = timings.behind(session, metric, low_ms, high_ms, where, BEHIND)
    what = f"{parts.WORDS[metric]} of {duration(low_ms)} to {duration(high_ms)}"
    every = addresses.jobs_behind(where, metric, low_ms, high_ms)
    return parts.behind(rows, what, metric, BEHIND, every=every)


def behind_night(board: Board, metric: Metric, night: date, status: Status, where: TimingFilter) -> Component:
    """The attempts behind a bar of a night."""
    with board.store.read() as session:
        rows = timings.behind_night(session, metric, night, status, where, BEHIND)
    what = f"Submitted in the night of {day(night)}, ended as {STATUS_FACES[status].word}"
    return parts.behind(rows, what, metric, BEHIND)


def behind_throughput(board: Board, apart: Apart, night: date, name: str, where: TimingFilter) -> Component:
    """The attempts whose captures a bar of throughput counts."""
    known = None if name == OTHERS else name
    with board.store.read() as session:
        rows = timings.at_work(session, night, apart, known, where, BEHIND)
    what = f"At work in the night of {day(night)}" + (f", {apart} {known}" if known else "")
    return parts.behind(rows, what, "elapsed", BEHIND, which="first")


def drawing(counted: parts.Counted, theme: Theme) -> list[Any]:
    """All that changes of a metric's card."""
    return [
        parts.numbers(counted),
        parts.spread(counted, theme),
        parts.spread_table(counted),
        parts.over_nights(counted, theme),
        parts.nights_table(counted),
    ]


def filter_of(
    kinds: list[str] | None,
    pipelines: list[int] | None,
    stations: list[int] | None,
    workers: list[str] | None,
    first: str | None,
    last: str | None,
) -> TimingFilter:
    """The filter that the fields say."""
    return TimingFilter(
        type=tuple(kinds or ()),
        pipeline_id=tuple(pipelines or ()),
        deployment_id=tuple(stations or ()),
        worker=tuple(workers or ()),
        first=addresses.day(first),
        last=addresses.day(last),
    )
