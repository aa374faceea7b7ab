"""Mask zones, drawn on a capture with the mouse (assets/js/zones.js) or written as numbers; both change one list."""

from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from dashboard.components.attributes import aria, data
from dashboard.components.empty import notice
from dashboard.components.header import card
from dashboard.components.icons import icon
from dashboard.components.numbers import number_field, real_or_text
from dashboard.components.stores import store
from dashboard.components.thumbs import picture_address
from dashboard.pages.settings.parts import button
from engine.access import Actor
from models.people import Role
from models.queries.lab import Sample, StationRow

SIDES = ("x1", "y1", "x2", "y2")
Zone = list[float | str | None]  # a side as text is one that is no number, for the station to refuse
WORDS = (
    "Nothing is reported that lies mostly in a mask zone: a clamp, a lamp, a label. Drag over the capture to add "
    "one, or write its corners in px of the full picture."
)


def editor(row: StationRow, sample: Sample | None, actor: Actor) -> Component:
    """The station's newest capture with the zones on it, and a line of numbers for each zone."""
    may = actor.may(Role.ADMIN) and actor.project_id is None
    if sample is None:
        picture: Component = notice(
            "wait", "info", "There is no readable capture to draw on yet; write numbers instead."
        )
    else:
        shown = html.Img(
            src=picture_address(sample.id, "large"), alt="The newest capture of this station", draggable="false"
        )
        picture = html.Div(
            [shown, html.Div(id="zones-drawing")],
            id="zones-picture",
            className="zones-picture" if may else "zones-picture still",
            **data(width=str(sample.width), height=str(sample.height)),
        )
    zones: list[Zone] = [list(zone) for zone in row.mask_zones]
    return card(
        "Mask zones",
        html.P(WORDS, className="quiet"),
        html.Div(
            [
                picture,
                html.Div(
                    [
                        html.Ol(lines(zones), id="zones-lines", className="zones-lines"),
                        button("zones-add", "Add a zone", "plus", actor, kind="small"),
                        html.P(id="station-zones-error", className="field-error", role="alert"),
                    ]
                ),
            ],
            className="zones",
        ),
        store("zones", zones),
        dcc.Store(id="zones-drawn"),
        dcc.Store(id="zones-shown"),
    )


def lines(zones: list[Zone]) -> list[Component]:
    """The corners of each zone as fields, with a button that takes it away."""
    return [_line(number, zone) for number, zone in enumerate(zones)] or [
        html.Li("No zone: the whole picture is looked at.", className="quiet none")
    ]


def _line(number: int, zone: Zone) -> Component:
    fields = [
        number_field({"zone": number, "side": side}, value, side, is_whole=False, debounce=True)
        for side, value in zip(SIDES, zone, strict=True)
    ]
    named = [
        html.Label([html.Span(f"{side} of zone {number + 1}", className="visually-hidden"), each])
        for side, each in zip(SIDES, fields, strict=True)
    ]
    away = html.Button(
        icon("x"),
        id={"zone-away": number},
        className="button plain square",
        type="button",
        title="Take this zone away",
        **aria(label=f"Take zone {number + 1} away"),
    )
    return html.Li([*named, away])


def written(values: list[Any]) -> list[Zone]:
    """The zones that stand in the fields, of which each has four."""
    sides = [real_or_text(value) for value in values]
    return [sides[place : place + 4] for place in range(0, len(sides), 4)]


def register(app: Dash) -> None:
    """Numbers, drawings and buttons to the list, and the list back to the numbers and the drawing."""

    @app.callback(
        Output("zones", "data"),
        Input("zones-drawn", "data"),
        Input("zones-add", "n_clicks"),
        Input({"zone-away": ALL}, "n_clicks"),
        Input({"zone": ALL, "side": ALL}, "value"),
        State("zones", "data"),
        prevent_initial_call=True,
    )
    def alter(
        drawn: Zone | None, _add: int | None, _away: list[int | None], values: list[Any], zones: list[Zone]
    ) -> Any:
        asked = ctx.triggered_id
        given = written(values)
        match asked:
            case "zones-drawn" if drawn:
                return [*given, drawn[:4]]
            case "zones-add" if ctx.triggered[0]["value"]:
                return [*given, [0, 0, 100, 100]]
            case {"zone-away": int(number)} if ctx.triggered[0]["value"]:
                return [zone for place, zone in enumerate(given) if place != number]
            case {"side": _} if given != zones:
                return given
        return no_update

    @app.callback(Output("zones-lines", "children"), Input("zones", "data"), prevent_initial_call=True)
    def show(zones: list[Zone]) -> list[Component]:
        return lines(zones)

    app.clientside_callback(ClientsideFunction("zones", "show"), Output("zones-shown", "data"), Input("zones", "data"))
