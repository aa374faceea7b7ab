"""Pipelines and services: what can be run, in which version, and whether the services elsewhere live."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from dashboard.components.empty import empty_state
from dashboard.components.header import card
from dashboard.components.pills import Face, pill
from dashboard.components.stores import looking, print_of, register_looking
from dashboard.components.tables import simple_table
from dashboard.components.times import ago, duration, moment, zone_of
from dashboard.page import TOAST, PageRequest, current_actor
from dashboard.pages.settings.parts import button, change, field, text
from engine.access import Actor
from engine.board import Board
from engine.lab import services
from models.base import now
from models.people import Role
from models.pipelines import PULL
from models.queries.listing import Where
from models.queries.pipelines import PIPELINES, SERVICES, PipelineRow, ServiceRow

MOST = 500
KINDS = {
    "embedded": "built in",
    "onnx": "a model of the lab",
    "remote": "a service",
    PULL: "a program that asks for its work",
    "nothing": "does nothing",
}
MODEL_WORDS = (
    "Choose model.onnx and pipeline.toml together, with the classifier's file if there is one, or a zip of them. They "
    "are tried on an empty picture first; what is wrong with them is said, and then nothing is kept. On a further "
    "machine with workers, run "
)


@dataclass(frozen=True)
class Known:
    """What can be run, and where, as it is at a moment (UTC)."""

    pipelines: list[PipelineRow]
    services: list[ServiceRow]
    at: datetime

    @property
    def told(self) -> tuple[object, ...]:
        """All that is shown of it; how long ago a service was asked is renewed every 15 s."""
        asked = [(self.at - row.asked_at).total_seconds() // 15 for row in self.services if row.asked_at]
        return self.pipelines, self.services, asked


def view(board: Board, request: PageRequest) -> list[Component]:
    return content(board, request.actor)


def content(board: Board, actor: Actor) -> list[Component]:
    """All pipelines, all services, and the form for a new one."""
    known = read(board)
    fields = [
        field("service-url", "Address", text("service-url", placeholder="http://host:2000"), "Its /info is read."),
        field("service-name", "What to call it here", text("service-name", placeholder="its own name")),
    ]
    register_it = button("service-add", "Register", "plus", actor, kind="main")
    return [
        dcc.Store(id="models-changed", data=0),
        card("Pipelines", html.Div(_pipelines(known.pipelines), id="pipelines-known"), flush=True),
        card(
            "A model of the lab",
            html.P([MODEL_WORDS, html.Code("nightboard pipeline add"), " with the same files."], className="quiet"),
            html.Div(button("model-choose", "Choose files", "plus", actor), className="form-end"),
        ),
        card(
            "Services",
            html.Div(_services(known, actor), id="services-known"),
            aside="each is asked once a minute",
            flush=True,
        ),
        *looking("services", *known.told),
        card("A new service", html.Div(fields, className="new-job"), html.Div(register_it, className="form-end")),
    ]


def _pipelines(rows: list[PipelineRow]) -> Component:
    lines: list[list[str | Component]] = [
        [
            row.name,
            html.Code(row.slug),
            row.version_name or str(row.version),
            KINDS.get(row.kind, row.kind),
            row.service or "–",
            _health(row),
            html.Span(row.description, className="clip", title=row.description),
        ]
        for row in rows
    ]
    return simple_table(
        ["Pipeline", "Slug", "Version", "Kind", "Service", "State", "What it does"], lines, label="Pipelines"
    )


def _health(row: PipelineRow) -> Component:
    if not row.enabled:
        return pill(Face("Shut", "ban", "wait"))
    if row.service_id is not None and row.last_seen_live is False:
        return pill(Face("Service away", "unplug", "bad"))
    return pill(Face("Ready", "check", "done"))


def read(board: Board) -> Known:
    with board.store.read() as session:
        return Known(
            PIPELINES.page(session, Where(), sort="id", offset=0, limit=MOST),
            SERVICES.page(session, Where(), sort="id", offset=0, limit=MOST),
            now(),
        )


def _services(known: Known, actor: Actor) -> Component:
    if not known.services:
        return empty_state("server-off", "None yet", "Every pipeline above runs on the lab's own workers.")
    lines: list[list[str | Component]] = [
        [
            row.name,
            html.Code(row.endpoint_url) if row.endpoint_url else "asks for its work itself",
            _alive(row, known.at),
            moment(row.last_seen_at, zone_of("UTC")) if row.last_seen_at else "never",
            html.Div(
                [
                    button(
                        {"service": "check", "id": row.id},
                        "Check",
                        "activity",
                        actor,
                        kind="small",
                        needs=Role.OPERATOR,
                    ),
                    button({"service": "remove", "id": row.id}, "Remove", "trash-2", actor, kind="danger small"),
                ],
                className="row-of",
            ),
        ]
        for row in known.services
    ]
    return simple_table(["Service", "Address", "State", "Last seen", ""], lines, label="Services")


def _alive(row: ServiceRow, at: datetime) -> Component:
    """How it was when it was last asked, how long ago that is, and what was wrong or how long its answer took."""
    if row.last_seen_live is None:
        return pill(Face("Never asked", "circle-dashed", "wait"))
    face = pill(Face("Alive", "check", "done") if row.last_seen_live else Face("Away", "unplug", "bad"))
    if row.asked_at is None:
        return face
    asked = f"asked {ago(row.asked_at, at)}"
    if row.last_error:
        return html.Div([face, html.Div([asked, ": ", row.last_error], className="faint said")])
    took = f", answered in {duration(row.latency_ms)}" if row.latency_ms is not None else ""
    return html.Div([face, html.Div(asked + took, className="faint said")])


def register(app: Dash, board: Board) -> None:
    @app.callback(
        Output("settings-services", "children", allow_duplicate=True),
        Input("models-changed", "data"),
        prevent_initial_call=True,
    )
    def renew(changed: int) -> Any:
        return content(board, current_actor()) if changed else no_update

    register_looking(app, "services")

    @app.callback(
        Output("pipelines-known", "children"),
        Output("services-known", "children"),
        Output("services-print", "data"),
        Input("services-turn", "data"),
        State("services-print", "data"),
        prevent_initial_call=True,
    )
    def look(_turn: int, shown: str) -> Any:
        known = read(board)
        if print_of(*known.told) == shown:
            return (no_update,) * 3
        return _pipelines(known.pipelines), _services(known, current_actor()), print_of(*known.told)

    @app.callback(
        Output("settings-services", "children", allow_duplicate=True),
        Output(TOAST, "data", allow_duplicate=True),
        Input("service-add", "n_clicks"),
        State("service-url", "value"),
        State("service-name", "value"),
        prevent_initial_call=True,
    )
    def add(clicks: int | None, url: str, name: str) -> Any:
        if not clicks:
            return no_update, no_update
        actor = current_actor()
        done, said = change(
            lambda: services.register(board, actor, url or "", name or ""),
            "The service and its pipelines are registered.",
        )
        return content(board, actor) if done else no_update, said

    @app.callback(
        Output("settings-services", "children", allow_duplicate=True),
        Output(TOAST, "data", allow_duplicate=True),
        Input({"service": ALL, "id": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def alter(_clicks: list[int | None]) -> Any:
        asked = ctx.triggered_id
        if not isinstance(asked, dict) or not ctx.triggered[0]["value"]:
            return no_update, no_update
        actor, number = current_actor(), asked["id"]
        if asked["service"] == "remove":
            _, said = change(lambda: services.remove(board, actor, number), "The service is removed; its results stay.")
        else:
            _, said = change(lambda: services.check(board, actor, number), "The service was asked; its state is below.")
        return content(board, actor), said
