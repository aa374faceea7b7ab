"""A figure on a page: named for who cannot see it, with the table behind it."""

from collections.abc import Sequence
from typing import Any

from dash import Output, dcc, html
from dash.development.base_component import Component
from plotly.graph_objects import Figure

from dashboard.components.attributes import aria
from dashboard.components.still import MARKUP

GRAPH_CONFIG: Any = {
    "displaylogo": False,
    "displayModeBar": False,
    "responsive": True,
    "showSendToCloud": False,  # plotly.js 4 shows an upload button unless it is told not to
    "scrollZoom": False,
}


def chart(
    name: str | dict[str, Any],
    figure: Figure,
    label: str,
    *,
    caption: str | None = None,
    table: Component | None = None,
    height: int = 260,
    is_followed: bool = False,
) -> Component:
    """A graph with the id `name`, in a figure told as `label` to who cannot see it; `height` in px.

    One that is followed is redrawn in its place by the outputs of `following`, so that it does not flicker and the
    numbers behind it stay open; its table is a still part with the name NAME-table.
    """
    graph = dcc.Graph(id=name, figure=figure, config=GRAPH_CONFIG, style={"height": f"{height}px"})
    behind = html.Details([html.Summary("The numbers"), html.Div(table, tabIndex="0")], className="behind")
    told = {"role": "img", **aria(label=label)}
    parts = [
        html.Div(graph, id=f"{name}-told", **told) if is_followed else html.Div(graph, **told),
        html.Figcaption(html.Span(caption, id=f"{name}-caption") if is_followed else caption) if caption else None,
        behind if table is not None else None,
    ]
    return html.Figure([part for part in parts if part is not None], className="chart")


def following(name: str) -> list[Output]:
    """What redraws a graph that is followed: its figure, its label, its caption, and its table as `markup`."""
    return [
        Output(name, "figure"),
        Output(f"{name}-told", "aria-label"),
        Output(f"{name}-caption", "children"),
        Output(f"{name}-table", MARKUP),
    ]


def plain_table(head: Sequence[str], rows: Sequence[Sequence[str | Component]], *, label: str) -> Component:
    """A small table; `label` names it to a reader of the screen."""
    return html.Table(
        [
            html.Caption(label, className="visually-hidden"),
            html.Thead(html.Tr([html.Th(word, scope="col") for word in head])),
            html.Tbody([html.Tr([html.Td(cell) for cell in row]) for row in rows]),
        ],
        className="table-quiet",
    )
