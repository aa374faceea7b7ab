"""What a contact sheet can be of, and the ways from one to another: the stations, their nights, the nights beside.

Captures without a time are of no night. They stand behind the nights of their station, so that no capture is lost.
"""

from collections.abc import Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.counts import counted
from dashboard.components.empty import notice
from dashboard.components.header import Content, page_header
from dashboard.components.icons import icon
from dashboard.components.times import night_name
from dashboard.page import address
from engine.board import Board
from models.queries import captures
from models.queries.captures import NightWithCaptures, WithoutTime

Choice = NightWithCaptures | WithoutTime


def choices(board: Board, project_id: int | None) -> list[Choice]:
    """Every night with captures, newest first, and behind them every station's captures without a time."""
    with board.store.read() as session:
        return [
            *captures.nights_with_captures(session, project_id),
            *captures.stations_without_time(session, project_id),
        ]


def named(choice: Choice) -> dict[str, int | None]:
    """What the address says of a choice."""
    if isinstance(choice, NightWithCaptures):
        return {"night": choice.event_id, "without_time": None}
    return {"night": None, "without_time": choice.station_id}


def find(known: Sequence[Choice], state: dict[str, Any]) -> Choice | None:
    """The choice that an address names; None when it is not there any more."""
    wanted = {"night": state["night"], "without_time": state["without_time"]}
    return next((each for each in known if named(each) == wanted), None)


def key_of(choice: Choice) -> str:
    """The value of a choice among those of its station."""
    return str(choice.event_id) if isinstance(choice, NightWithCaptures) else "without-time"


def in_station(known: Sequence[Choice], station_id: int, now: Choice) -> Choice | None:
    """What to show of another station: the night closest to this one, or also its captures without a time."""
    there = [each for each in known if each.station_id == station_id]
    if isinstance(now, WithoutTime):
        return next((each for each in there if isinstance(each, WithoutTime)), there[0] if there else None)
    nights = [each for each in there if isinstance(each, NightWithCaptures)]
    closest = sorted(nights, key=lambda each: abs(each.night - now.night))
    return next(iter([*closest, *there]), None)


def head(title: str, chosen: Choice, known: Sequence[Choice]) -> Component:
    """The head of the page: what is shown, and what else there is."""
    mine = [each for each in known if each.station_id == chosen.station_id]
    stations = sorted({each.station_id: each.station for each in known}.items(), key=lambda pair: pair[1])
    ways = [
        _select("captures-station", "Station", [(str(key), name) for key, name in stations], str(chosen.station_id)),
        _select("captures-night", "Night", [(key_of(each), _option(each)) for each in mine], key_of(chosen)),
        *_beside(chosen, mine),
    ]
    return page_header(title, _lead(chosen), actions=ways)


def why_without_time(chosen: WithoutTime) -> Component:
    """Why these captures are of no night, and what to do."""
    words: list[str | Component] = [
        "Nothing tells when these were taken, so they belong to no night: name the files with their time, such as "
        "20260701220000.jpg, or set the camera's clock so that it writes the time as EXIF; then ",
        dcc.Link("sync again", href=address("/jobs/new", type="data_storage_sync", station=chosen.station_id)),
        ".",
    ]
    return notice("wait", "clock-alert", words)


def _lead(chosen: Choice) -> Content:
    number = counted(chosen.captures, "capture")
    if isinstance(chosen, WithoutTime):
        gone = f", {chosen.missing:,} of them no longer in their source" if chosen.missing else ""
        return f"{chosen.station}, without a time: {number}{gone}."
    done = dcc.Link("What was done with this night", href=f"/night/{chosen.event_id}")
    return [f"{chosen.station}, {night_name(chosen.night)}: {number}. ", done]


def _option(each: Choice) -> str:
    name = night_name(each.night) if isinstance(each, NightWithCaptures) else "Without a time"
    return f"{name} ({each.captures:,})"


def _select(name: str, label: str, options: list[tuple[str, str]], value: str) -> Component:
    values = [{"label": word, "value": key} for key, word in options]
    words = html.Span(label, className="visually-hidden")
    return html.Label([words, dbc.Select(id=name, options=values, value=value)], className="picker")


def _beside(chosen: Choice, mine: Sequence[Choice]) -> list[Component]:
    """The nights before and after this one, where there are some."""
    nights = [each for each in mine if isinstance(each, NightWithCaptures)]
    if not isinstance(chosen, NightWithCaptures):
        return []
    place = nights.index(chosen)
    before, after = nights[place + 1 : place + 2], nights[place - 1 : place] if place else []
    return [
        *(_way(night, "chevron-left", "The night before") for night in before),
        *(_way(night, "chevron-right", "The night after") for night in after),
    ]


def _way(night: NightWithCaptures, picture: str, words: str) -> Component:
    label = html.Span(words, className="visually-hidden")
    return dcc.Link(
        [icon(picture), label], href=address("/captures", night=night.event_id), className="button square", title=words
    )
