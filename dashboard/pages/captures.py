"""Captures: a night as a contact sheet and over its hours, cut by what became of each and how good it is."""

from datetime import datetime
from typing import Any

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from dashboard.components.empty import empty_state
from dashboard.components.header import card, page_header
from dashboard.components.icons import icon
from dashboard.components.night_parts import charts
from dashboard.components.sheet import sheet
from dashboard.components.still import MARKUP, markup, still
from dashboard.components.times import night_name, zone_of
from dashboard.page import GO, LIVE, THEME, PageRequest, Theme, address, current_actor
from dashboard.pages import NotHere
from engine.access import Actor
from engine.board import Board
from models.nights import to_utc
from models.queries import captures, nights
from models.queries.captures import NightWithCaptures
from models.queries.nights import NightRow

PATH = "/captures"
TITLE = "Captures"

SHEET = 60  # captures on one sheet


def layout(board: Board, request: PageRequest) -> Component:
    with board.store.read() as session:
        known = captures.nights_with_captures(session, request.actor.project_id)
    if not known:
        return html.Div([page_header(TITLE), _nothing_yet()], className="stack")
    asked = request.number("night", known[0].event_id) or 0
    chosen = next((each for each in known if each.event_id == asked), None)
    if chosen is None:
        raise NotHere(f"There is no night {asked} with captures; it may have been regrouped. Look for it on the board.")
    show = request.text("show", "all")
    state = {
        "night": asked,
        "show": show if show in captures.SHOWN else "all",
        "sheet": max(request.number("sheet", 1) or 1, 1),
        "boxes": request.text("boxes") != "off",
    }
    return html.Div(
        [
            dcc.Store(id="captures", data=state),
            _head(chosen, known),
            html.Div(hours(board, request.actor, asked, request.theme), id="captures-hours"),
            _sheet_card(board, chosen, state),
        ],
        className="stack",
    )


def register(app: Dash, board: Board) -> None:
    @app.callback(
        Output("captures-hours", "children"),
        Output("captures-sheet", MARKUP),
        Input(LIVE, "data"),
        Input(THEME, "data"),
        State("captures", "data"),
        prevent_initial_call=True,
    )
    def renew(live: dict[str, Any], theme: Theme, state: dict[str, Any]) -> Any:
        by_theme = ctx.triggered_id == THEME
        if not by_theme and not (state["night"] in live["events"] or live["more"]):
            return no_update, no_update
        return (
            hours(board, current_actor(), state["night"], theme),
            no_update if by_theme else markup(*pictures(board, state)),
        )

    _register_ways(app, board)


def _register_ways(app: Dash, board: Board) -> None:
    """What leads to another sheet: another night, another station, a bar of the hours, the switch for boxes."""

    @app.callback(
        Output(GO, "data", allow_duplicate=True),
        Input("captures-night", "value"),
        Input("captures-station", "value"),
        State("captures", "data"),
        prevent_initial_call=True,
    )
    def choose(night: str, station: str, state: dict[str, Any]) -> Any:
        with board.store.read() as session:
            known = captures.nights_with_captures(session, current_actor().project_id)
        now = next((each for each in known if each.event_id == state["night"]), None)
        if ctx.triggered_id == "captures-station" and now and int(station) != now.station_id:
            of_station = [each for each in known if each.station_id == int(station)]
            night = str(min(of_station, key=lambda each: abs(each.night - now.night)).event_id)
        if int(night) == state["night"]:
            return no_update
        return search_of(state | {"night": int(night), "sheet": 1})

    @app.callback(
        Output(GO, "data", allow_duplicate=True),
        Input("sheet-captures", "clickData"),
        State("captures", "data"),
        prevent_initial_call=True,
    )
    def jump(click: dict[str, Any] | None, state: dict[str, Any]) -> Any:
        if not click or "x" not in click["points"][0]:
            return no_update
        middle = datetime.fromisoformat(click["points"][0]["x"].replace(" ", "T")[:19])
        with board.store.read() as session:
            night = nights.night(session, state["night"])
            if night is None:
                return no_update
            at = to_utc(middle, zone_of(night.timezone))
            before = captures.place_of(session, state["night"], at, show=state["show"])
        return search_of(state | {"sheet": max(before - 1, 0) // SHEET + 1})

    @app.callback(
        Output(GO, "data", allow_duplicate=True),
        Input("captures-boxes", "value"),
        State("captures", "data"),
        prevent_initial_call=True,
    )
    def boxes(shown: bool, state: dict[str, Any]) -> Any:
        return no_update if shown == state["boxes"] else search_of(state | {"boxes": shown})


def search_of(state: dict[str, Any]) -> str:
    """The query of a sheet, with its question mark."""
    return address(
        "",
        night=state["night"],
        show=None if state["show"] == "all" else state["show"],
        sheet=state["sheet"] if state["sheet"] > 1 else None,
        boxes=None if state["boxes"] else "off",
    )


def hours(board: Board, actor: Actor, event_id: int, theme: Theme) -> Component:
    """The night over its hours: its captures with the gaps and the sun, its detections."""
    with board.store.read() as session:
        night = _mine(nights.night(session, event_id), actor)
        moments = nights.moments(session, event_id)
    return charts(night, moments, theme, "sheet")


def _sheet_card(board: Board, night: NightWithCaptures, state: dict[str, Any]) -> Component:
    """The sheet in its frame. The switch stands outside of what is drawn anew, or a click on it could be lost."""
    switch = dbc.Switch(id="captures-boxes", label="Boxes", value=state["boxes"])
    body = still(*pictures(board, state), name="captures-sheet")
    return card("Contact sheet", body, aside=[switch, html.Span(f"times in {night.timezone}")])


def pictures(board: Board, state: dict[str, Any]) -> list[Component]:
    """One sheet of the night."""
    with board.store.read() as session:
        night = _mine(nights.night(session, state["night"]), current_actor())
        counts = captures.counts(session, state["night"])
        offset = (state["sheet"] - 1) * SHEET
        rows = captures.of_night(session, state["night"], show=state["show"], offset=offset, limit=SHEET)
        boxes = captures.boxes_of(session, [row.id for row in rows]) if state["boxes"] else {}
    return sheet(rows, boxes, counts, zone_of(night.timezone), PATH + search_of(state), state, size=SHEET)


def _mine(night: NightRow | None, actor: Actor) -> NightRow:
    if night is None or actor.project_id not in (None, night.project_id):
        raise NotHere("This night is gone; it may have been regrouped. Look for it on the board.")
    return night


def _head(chosen: NightWithCaptures, known: list[NightWithCaptures]) -> Component:
    mine = [each for each in known if each.station_id == chosen.station_id]
    place = mine.index(chosen)
    stations = sorted({each.station_id: each.station for each in known}.items(), key=lambda pair: pair[1])
    ways = [
        _select("captures-station", "Station", [(str(key), name) for key, name in stations], str(chosen.station_id)),
        _select(
            "captures-night",
            "Night",
            [(str(each.event_id), _night_option(each)) for each in mine],
            str(chosen.event_id),
        ),
        _beside(mine[place + 1] if place + 1 < len(mine) else None, "chevron-left", "The night before"),
        _beside(mine[place - 1] if place else None, "chevron-right", "The night after"),
    ]
    lead: list[str | Component] = [
        f"{chosen.station}, {night_name(chosen.night)}: {chosen.captures:,} ",
        "capture. " if chosen.captures == 1 else "captures. ",
        dcc.Link("What was done with this night", href=f"/night/{chosen.event_id}"),
    ]
    return page_header(TITLE, lead, actions=[way for way in ways if way is not None])


def _night_option(each: NightWithCaptures) -> str:
    return f"{night_name(each.night)} ({each.captures:,})"


def _select(name: str, label: str, options: list[tuple[str, str]], value: str) -> Component:
    choices = [{"label": word, "value": key} for key, word in options]
    words = html.Span(label, className="visually-hidden")
    return html.Label([words, dbc.Select(id=name, options=choices, value=value)], className="picker")


def _beside(night: NightWithCaptures | None, picture: str, words: str) -> Component | None:
    if night is None:
        return None
    label = html.Span(words, className="visually-hidden")
    return dcc.Link(
        [icon(picture), label], href=address(PATH, night=night.event_id), className="button square", title=words
    )


def _nothing_yet() -> Component:
    words: list[str | Component] = [
        "Each night becomes a contact sheet here. Take captures in: ",
        html.Code("nightboard ingest FOLDER --project NAME --station NAME"),
    ]
    return empty_state("camera", "No captures yet", words)
