"""Captures: a night as a contact sheet and over its hours, cut by what became of each and how good it is.

Captures without a time are of no night; those of a station have a sheet of their own.
"""

from datetime import datetime
from typing import Any

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from dashboard.components.empty import empty_state
from dashboard.components.header import card, page_header
from dashboard.components.night_charts import charts, charts_followed, charts_following
from dashboard.components.sheet import sheet
from dashboard.components.still import MARKUP, markup, still
from dashboard.components.stores import changed
from dashboard.components.times import zone_of
from dashboard.page import GO, LIVE, THEME, PageRequest, Theme, address, current_actor
from dashboard.pages import NotHere
from dashboard.pages.captures_ways import Choice, choices, find, head, in_station, key_of, named, why_without_time
from engine.access import Actor
from engine.board import Board
from models.captures import Deployment
from models.nights import to_utc
from models.queries import captures, nights
from models.queries.captures import WithoutTime
from models.queries.nights import Moment, NightRow

PATH = "/captures"
TITLE = "Captures"

SHEET = 60  # captures on one sheet


def layout(board: Board, request: PageRequest) -> Component:
    known = choices(board, request.actor.project_id)
    if not known:
        return html.Div([page_header(TITLE), _nothing_yet()], className="stack")
    chosen = _asked(request, known)
    show = request.text("show", "all")
    state = {
        **named(chosen),
        "show": show if show in captures.SHOWN else "all",
        "sheet": max(request.number("sheet", 1) or 1, 1),
        "boxes": request.text("boxes") != "off",
    }
    return html.Div(
        [
            dcc.Store(id="captures", data=state),
            head(TITLE, chosen, known),
            html.Div(_above(board, request.actor, chosen, request.theme), id="captures-hours"),
            _sheet_card(board, chosen, state),
        ],
        className="stack",
    )


def _asked(request: PageRequest, known: list[Choice]) -> Choice:
    """What the address names, else the newest night. Raises NotHere."""
    asked = {key: request.number(key) for key in ("night", "without_time")}
    if asked == {"night": None, "without_time": None}:
        return known[0]
    if chosen := find(known, asked):
        return chosen
    if asked["without_time"] is not None:
        raise NotHere("No capture of this station is without a time; look for its nights on the board.")
    raise NotHere(
        f"There is no night {asked['night']} with captures; it may have been regrouped. Look for it on the board."
    )


def _above(board: Board, actor: Actor, chosen: Choice, theme: Theme) -> Component:
    if isinstance(chosen, WithoutTime):
        return why_without_time(chosen)
    return hours(board, actor, chosen.event_id, theme)


def register(app: Dash, board: Board) -> None:
    @app.callback(
        Output("captures-sheet", MARKUP),
        Input(LIVE, "data"),
        State("captures", "data"),
        prevent_initial_call=True,
    )
    def renew(live: dict[str, Any], state: dict[str, Any]) -> Any:
        # No night tells of captures without a time, but a job may be about them.
        about = live["jobs"] if state["without_time"] else state["night"] in live["events"]
        return markup(*pictures(board, state)) if about or live["more"] else no_update

    @app.callback(
        Output("captures-prints", "data"),
        *charts_following("sheet"),
        Input(LIVE, "data"),
        Input(THEME, "data"),
        State("captures", "data"),
        State("captures-prints", "data"),
        prevent_initial_call=True,
    )
    def renew_hours(live: dict[str, Any], theme: Theme, state: dict[str, Any], prints: list[str]) -> Any:
        if ctx.triggered_id != THEME and not (state["night"] in live["events"] or live["more"]):
            return no_update
        night, moments = read_hours(board, current_actor(), state["night"])
        parts, now = changed(charts_followed(night, moments, theme), prints)
        return now, *parts

    _register_ways(app, board)


def _register_ways(app: Dash, board: Board) -> None:
    """What leads to another sheet: another choice or station, a bar of the hours, the switch for boxes."""

    @app.callback(
        Output(GO, "data", allow_duplicate=True),
        Input("captures-night", "value"),
        Input("captures-station", "value"),
        State("captures", "data"),
        prevent_initial_call=True,
    )
    def choose(night: str, station: str, state: dict[str, Any]) -> Any:
        known = choices(board, current_actor().project_id)
        now = find(known, state)
        if ctx.triggered_id == "captures-station" and now and int(station) != now.station_id:
            chosen = in_station(known, int(station), now)
        else:
            mine = [each for each in known if each.station_id == int(station)]
            chosen = next((each for each in mine if key_of(each) == night), None)
        if chosen is None or chosen == now:
            return no_update
        return search_of(state | named(chosen) | {"sheet": 1})

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
        without_time=state["without_time"],
        show=None if state["show"] == "all" else state["show"],
        sheet=state["sheet"] if state["sheet"] > 1 else None,
        boxes=None if state["boxes"] else "off",
    )


def hours(board: Board, actor: Actor, event_id: int, theme: Theme) -> Component:
    """The night over its hours: its captures with the gaps and the sun, its detections."""
    night, moments = read_hours(board, actor, event_id)
    _, prints = changed(charts_followed(night, moments, theme), [])
    return html.Div([dcc.Store(id="captures-prints", data=prints), charts(night, moments, theme, "sheet")])


def read_hours(board: Board, actor: Actor, event_id: int) -> tuple[NightRow, list[Moment]]:
    """A night and its moments. Raises NotHere."""
    with board.store.read() as session:
        return _mine(nights.night(session, event_id), actor), nights.moments(session, event_id)


def _sheet_card(board: Board, chosen: Choice, state: dict[str, Any]) -> Component:
    """The sheet in its frame. The switch stands outside of what is drawn anew, or a click on it could be lost."""
    switch = dbc.Switch(id="captures-boxes", label="Boxes", value=state["boxes"])
    body = still(*pictures(board, state), name="captures-sheet")
    zone = [] if isinstance(chosen, WithoutTime) else [html.Span(f"times in {chosen.timezone}")]
    return card("Contact sheet", body, aside=[switch, *zone])


def pictures(board: Board, state: dict[str, Any]) -> list[Component]:
    """One sheet of the night, or of the station's captures without a time."""
    actor, station_id = current_actor(), state["without_time"]
    window = {"show": state["show"], "offset": (state["sheet"] - 1) * SHEET, "limit": SHEET}
    with board.store.read() as session:
        if station_id:
            station = _of_theirs(session.get(Deployment, station_id), actor)
            zone = zone_of(station.timezone)
            counts = captures.counts_without_time(session, station_id)
            rows = captures.without_time(session, station_id, **window)
        else:
            zone = zone_of(_mine(nights.night(session, state["night"]), actor).timezone)
            counts = captures.counts(session, state["night"])
            rows = captures.of_night(session, state["night"], **window)
        boxes = captures.boxes_of(session, [row.id for row in rows]) if state["boxes"] else {}
    return sheet(rows, boxes, counts, zone, PATH + search_of(state), state, size=SHEET)


def _mine(night: NightRow | None, actor: Actor) -> NightRow:
    if night is None or actor.project_id not in (None, night.project_id):
        raise NotHere("This night is gone; it may have been regrouped. Look for it on the board.")
    return night


def _of_theirs(station: Deployment | None, actor: Actor) -> Deployment:
    if station is None or actor.project_id not in (None, station.project_id):
        raise NotHere("This station is gone. Look for its nights on the board.")
    return station


def _nothing_yet() -> Component:
    words: list[str | Component] = [
        "Each night becomes a contact sheet here. Take captures in: ",
        html.Code("nightboard ingest FOLDER --project NAME --station NAME"),
    ]
    return empty_state("camera", "No captures yet", words)
