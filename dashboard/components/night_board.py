"""The board itself: a table of stations × nights with a tile for each."""

import json
from datetime import date
from itertools import groupby
from typing import Any

from dash import html
from dash.development.base_component import Component
from markupsafe import Markup, escape

from dashboard.components.attributes import aria, data
from dashboard.components.icons import icon
from dashboard.components.night_cell import Look, look_of
from dashboard.components.times import night_name
from models.queries.nights import BoardRows, Station

FEW, MANY = 7, 40  # nights that get wide tiles, and those of a season that get narrow ones
ROOM = {"few": (1, 1), "many": (3, 1), "season": (14, 5)}  # nights that a month's name takes, and its first letters


def night_board(rows: BoardRows) -> Component:
    """The table, which scrolls sideways by itself and begins at its newest night; for a still part of a page."""
    months = [list(nights) for _, nights in groupby(rows.nights, lambda night: (night.year, night.month))]
    size = "few" if len(rows.nights) <= FEW else "many" if len(rows.nights) <= MANY else "season"
    head = [
        html.Tr(
            [
                html.Td(className="corner"),
                *(html.Th(_month_name(each, size), colSpan=len(each), scope="colgroup") for each in months),
            ],
            className="months",
        ),
        html.Tr(
            [html.Th("Station", className="corner", scope="col"), Markup("".join(map(_night_head, rows.nights)))],
            className="days",
        ),
    ]
    table = html.Table(
        [
            html.Caption("Nights by station, the newest at the right", className="visually-hidden"),
            html.Thead(head),
            html.Tbody(**data(tiles=json.dumps(tiles(rows), separators=(",", ":")))),
        ],
        className="nights-table",
        style={"--nights": str(len(rows.nights))},
    )
    return html.Div(
        table, className=f"nights-scroll {size}", tabIndex="0", role="region", **aria(label="Board of nights")
    )


def _month_name(nights: list[date], size: str) -> Component:
    """The name of a month over these nights of it, as far as there is room."""
    name, (whole, short) = f"{nights[0]:%B %Y}", ROOM[size]
    if len(nights) >= whole:
        return html.Span(name)
    if len(nights) >= short:
        return html.Abbr(f"{nights[0]:%b}", title=name)
    return html.Span(name, className="visually-hidden")


def tiles(rows: BoardRows) -> dict[str, Any]:
    """What assets/js/tiles.js draws the body of the table from.

    `nights` are the names of the columns; `looks` what the tiles look like, each once (`night_cell.Look`). Each of
    `stations` is the HTML of the row's head, the HTML of its name, the column of its first night ever, and for each
    column the event and the number of the look: 0 and 0 where there is no night.
    """
    columns = {night: column for column, night in enumerate(rows.nights)}
    places = {station.id: ([0] * len(columns), [0] * len(columns)) for station in rows.stations}
    looks: list[Look] = []
    known: dict[tuple[Any, ...], int] = {}
    for night, cells in rows.by_night.items():
        column = columns[night]
        for cell in cells:
            number = known.setdefault(cell.shown, len(looks))
            if number == len(looks):
                looks.append(look_of(cell, is_narrow=len(columns) > MANY))
            events, numbers = places[cell.station_id]
            events[column], numbers[column] = cell.event_id, number
    several = len({station.project for station in rows.stations}) > 1
    stations = [
        (_station_head(each, is_of_several=several), escape(each.name), _began(each, rows.nights[0]), *places[each.id])
        for each in rows.stations
    ]
    return {"nights": [night_name(night) for night in rows.nights], "looks": looks, "stations": stations}


def _station_head(station: Station, *, is_of_several: bool) -> str:
    """The HTML of its name, with its zone, or its project where there are several."""
    place = station.project if is_of_several else station.timezone
    return f'<span class="name">{escape(station.name)}</span><span class="place">{escape(place)}</span>'


def _began(station: Station, first: date) -> int:
    """The column of its first night ever, on a board that begins with the night `first`."""
    return max((station.since - first).days, 0)


def _night_head(night: date) -> str:
    marks = " ".join(["weekend"] * (night.weekday() >= 5) + ["monday"] * (night.weekday() == 0))
    return (
        f'<th scope="col" class="{marks}"><time datetime="{night.isoformat()}" title="Night of {night_name(night)}">'
        f"<span>{night:%a}</span><b>{night.day}</b></time></th>"
    )


def legend() -> Component:
    """What the marks of a tile mean; those of a job are an icon in a month and an outline in a season."""
    marks = [
        ("done", None, "processed"),
        ("open", None, "not yet processed"),
        ("held", "hand", "waits for a person's verdict"),
        ("bad", None, "failed"),
        ("gap", None, "camera silent"),
        ("missing", None, "no captures"),
        ("running", "loader-circle", "a job is at it now"),
        ("waiting", "hourglass", "a job waits for its turn"),
    ]
    return html.Ul(
        [
            html.Li([html.Span(picture and icon(picture), className=f"swatch {mark}", **aria(hidden="true")), words])
            for mark, picture, words in marks
        ],
        className="nights-legend",
        **aria(label="What the marks mean"),
    )
