"""New job: the smallest form that makes any job, and how much work it would be, before the button."""

from datetime import UTC, datetime
from typing import Any

from dash import Dash, Input, Output, State, ctx, html, no_update
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.components.counts import counted
from dashboard.components.empty import empty_state
from dashboard.components.header import card, page_header
from dashboard.components.icons import icon
from dashboard.components.toasts import say
from dashboard.page import GO, PAGE_QUERY, TOAST, PageRequest, address, current_actor, state_at
from dashboard.pages.new_job import asking, effort, fields
from dashboard.pages.new_job.asking import Form, form_of
from dashboard.shell import stack
from engine.board import Board
from models.captures import Event
from models.queries import estimates, jobs, scope, timings

PATH = "/jobs/new"
TITLE = "New job"
NAMES = (
    "type", "pipeline", "scope", "station", "night", "from", "to", "collection", "capture",
    "limit", "shuffle", "reprocess", "priority", "timeout", "tags", "delay", "name",
    "hold", *asking.RULES,
)  # fmt: skip
REMEMBERED = ("type", "scope", "station", "night", "from", "to", "collection", "capture")
ERRORS = (*NAMES, "form")


def layout(board: Board, request: PageRequest) -> Component:
    """The form with what the address names filled in, such as ?night=3 or ?station=2."""
    header = page_header(TITLE, crumbs=[("Jobs", "/jobs")])
    with board.store.read() as session:
        stations = scope.stations(session)
        if not stations:
            return stack(header, nothing_yet())
        pipelines = jobs.facets(session).pipelines
        values = first_values(request, stations, pipelines, session)
        offered = {
            "pipeline": fields.options(pipelines),
            "station": fields.options(stations),
            "night": fields.nights(scope.nights_of(session, values.station)) if values.station else [],
            "collection": fields.options(
                [(key, f"{name}, {counted(n, 'capture')}") for key, name, n in scope.collections(session)]
            ),
        }
    return stack(
        header,
        card(
            None,
            html.Div(fields.form(values, offered), className="new-job"),
            html.Div(
                [html.P(id="new-work", role="status"), html.P(id="new-time", className="quiet", role="status")],
                className="work",
            ),
            html.P(id="new-form-error", className="field-error", role="alert"),
            html.Div(
                [
                    html.Button(
                        [icon("play"), "Create and start"], id="new-start", className="button main", type="button"
                    ),
                    html.Button([icon("plus"), "Create"], id="new-create", className="button", type="button"),
                ],
                className="row-of",
            ),
        ),
    )


def nothing_yet() -> Component:
    """What stands there before the first capture."""
    words: list[str | Component] = [
        "Take a folder in first: ",
        html.Code("nightboard ingest DIR --project NAME --station NAME"),
    ]
    return card(None, empty_state("camera-off", "There are no captures yet", words))


def first_values(request: PageRequest, stations: Any, pipelines: Any, session: Any) -> Form:
    """What the form begins with: what the address names, else the first of each."""
    night = request.number("night")
    event = session.get(Event, night) if night else None
    station = event.deployment_id if event else request.number("station", stations[0][0])
    nights = scope.nights_of(session, station) if station else []
    asked = request.text("scope")
    return Form(
        type=request.text("type", asking.ML),
        pipeline=pipelines[0][0] if pipelines else None,
        scope=asked if asked in asking.SCOPES else "night",
        station=station,
        night=event.id if event else nights[0].id if nights else None,
        collection=request.number("collection"),
        capture=request.number("capture"),
        first=request.day("from"),
        last=request.day("to"),
    )


def register(app: Dash, board: Board) -> None:
    """Which fields show, the nights of the station, the work, and the making."""
    _register_fields(app, board)
    _register_work(app, board)
    _register_making(app, board)


def _register_fields(app: Dash, board: Board) -> None:
    changing = (
        "pipeline",
        "scope",
        "station",
        "night",
        "from",
        "to",
        "collection",
        "capture",
        "limit",
        "shuffle",
        "reprocess",
        "delay",
        "hold",
        *asking.RULES,
    )

    @app.callback(
        *(Output(f"new-{name}-field", "hidden") for name in changing),
        Input("new-type", "value"),
        Input("new-scope", "value"),
        Input("new-hold", "value"),
        prevent_initial_call=True,
    )
    def show(kind: str, works_on: str, hold: bool | None) -> list[bool]:
        seen = asking.shown(kind, works_on, hold=bool(hold))
        return [name not in seen for name in changing]

    @app.callback(
        Output("new-night", "options"),
        Output("new-night", "value"),
        Input("new-station", "value"),
        State("new-night", "value"),
        prevent_initial_call=True,
    )
    def choose(station: str | None, night: str | None) -> tuple[fields.Options, str | None]:
        with board.store.read() as session:
            rows = scope.nights_of(session, int(station)) if station else []
        kept = night if night in {str(row.id) for row in rows} else None
        return fields.nights(rows), kept or (str(rows[0].id) if rows else None)


def _register_work(app: Dash, board: Board) -> None:
    @app.callback(
        Output("new-work", "children"),
        Output("new-time", "children"),
        Output("new-name", "placeholder"),
        Output("new-schedule", "href"),
        Output(PAGE_QUERY, "data", allow_duplicate=True),
        *(Input(f"new-{name}", "value") for name in NAMES),
        prevent_initial_call="initial_duplicate",
    )
    def weigh(*values: Any) -> tuple[str, str, str, str, dict[str, Any]]:
        given = dict(zip(NAMES, values, strict=True))
        form = form_of(given)
        with board.store.read() as session:
            found, name = effort.work(session, form), asking.suggested_name(session, form)
            time = _time(session, form, found)
        words = effort.in_words(form, found)
        seen = asking.shown(form.type, form.scope) | {"type", "scope"}
        kept = {key: given[key] for key in REMEMBERED if key in seen}
        return words, time, name, fields.schedule_at(form), state_at(PATH, kept)


def _time(session: Session, form: Form, found: scope.Work | None) -> str:
    """About how long it takes: ml by the pace of its pipeline, any other type by its jobs so far."""
    if form.type == asking.ML:
        return effort.time_in_words(form, found, estimates.pace(session, form.pipeline, datetime.now(UTC)))
    bins = timings.histogram(session, "elapsed", timings.TimingFilter(type=(form.type,)))
    return effort.usual_time(timings.percentiles(bins))


def _register_making(app: Dash, board: Board) -> None:
    @app.callback(
        Output(GO, "data", allow_duplicate=True),
        Output(TOAST, "data", allow_duplicate=True),
        *(Output(f"new-{name}-error", "children") for name in ERRORS),
        Input("new-create", "n_clicks"),
        Input("new-start", "n_clicks"),
        *(State(f"new-{name}", "value") for name in NAMES),
        prevent_initial_call=True,
    )
    def make(*values: Any) -> tuple[Any, ...]:
        if not ctx.triggered[0]["value"]:
            return (no_update,) * (2 + len(ERRORS))
        form = form_of(dict(zip(NAMES, values[2:], strict=True)))
        start_now = ctx.triggered_id == "new-start"
        made, errors = asking.submit(board, current_actor(), form, start_now=start_now)
        if errors.keys() - {"form"}:
            errors = {"form": "Nothing is made yet: what is wrong is said at its field."} | errors
        said = [errors.get(name, "") for name in ERRORS]
        if not made:
            return no_update, no_update, *said
        if len(made) > 1:
            done = say("good", f"{len(made):,} jobs {'start' if start_now else 'are written down'}, one a night.")
            numbers = ",".join(map(str, made))
            return address("/jobs", q=f"job:{numbers}"), done, *said
        done = say("good", f"Job {made[0]} {'starts' if start_now else 'is written down'}.")
        return f"/jobs/{made[0]}", done, *said
