"""The board itself: a table of stations × nights with a tile for each."""

from datetime import date
from itertools import groupby

from dash import html
from dash.development.base_component import Component
from markupsafe import Markup, escape

from dashboard.components.attributes import aria
from dashboard.components.night_cell import missing_cell, night_cell
from dashboard.components.times import night_name
from models.queries.nights import BoardRows, Station

FEW, MANY = 7, 40  # nights that get wide tiles, and those of a season that get narrow ones


def night_board(rows: BoardRows) -> Component:
    """The table, which scrolls sideways by itself and begins at its newest night; for a still part of a page."""
    months = [(name, len(list(group))) for name, group in groupby(rows.nights, lambda night: night.strftime("%B %Y"))]
    head = [
        html.Tr(
            [
                html.Td(className="corner"),
                *(html.Th(html.Span(name), colSpan=count, scope="colgroup") for name, count in months),
            ],
            className="months",
        ),
        html.Tr(
            [html.Th("Station", className="corner", scope="col"), *(_night_head(night) for night in rows.nights)],
            className="days",
        ),
    ]
    body = Markup("".join(_station_row(number, station, rows) for number, station in enumerate(rows.stations)))
    table = html.Table(
        [
            html.Caption("Nights by station, the newest at the right", className="visually-hidden"),
            html.Thead(head),
            html.Tbody(body),
        ],
        className="nights-table",
        style={"--nights": str(len(rows.nights))},
    )
    size = "few" if len(rows.nights) <= FEW else "many" if len(rows.nights) <= MANY else "season"
    return html.Div(
        table, className=f"nights-scroll {size}", tabIndex="0", role="region", **aria(label="Board of nights")
    )


def _night_head(night: date) -> Component:
    words = [html.Span(night.strftime("%a")), html.B(str(night.day))]
    marks = ["weekend"] * (night.weekday() >= 5) + ["monday"] * (night.weekday() == 0)
    return html.Th(
        html.Time(words, dateTime=night.isoformat(), title=f"Night of {night_name(night)}"),
        scope="col",
        className=" ".join(marks),
    )


def _station_row(row: int, station: Station, rows: BoardRows) -> str:
    several = len({each.project for each in rows.stations}) > 1
    name, place = escape(station.name), escape(station.project if several else station.timezone)
    cells = [
        _cell(f'data-row="{row}" data-column="{column}"', station, name, night, rows)
        for column, night in enumerate(rows.nights)
    ]
    head = f'<th scope="row"><span class="name">{name}</span><span class="place">{place}</span></th>'
    return f"<tr>{head}{''.join(cells)}</tr>"


def _cell(place: str, station: Station, name: Markup, night: date, rows: BoardRows) -> str:
    """The place of a night, named for assets/js/nights.js, which selects a rectangle of them."""
    cell = rows.cells.get((station.id, night))
    if cell is None:
        return f"<td {place}>{missing_cell(name, night, began=night >= station.since)}</td>"
    return f'<td {place} data-event="{cell.event_id}">{night_cell(cell, name, is_narrow=len(rows.nights) > MANY)}</td>'


def legend() -> Component:
    """What the marks of a tile mean."""
    marks = [
        ("done", "processed"),
        ("open", "not yet processed"),
        ("bad", "failed"),
        ("gap", "camera silent"),
        ("missing", "no captures"),
        ("running", "a job is at it now"),
    ]
    return html.Ul(
        [html.Li([html.Span(className=f"swatch {mark}", **aria(hidden="true")), words]) for mark, words in marks],
        className="nights-legend",
        **aria(label="What the marks mean"),
    )
