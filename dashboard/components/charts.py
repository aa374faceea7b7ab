"""A figure on a page: named for who cannot see it, with the table behind it."""

from collections.abc import Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component
from plotly.graph_objects import Figure

from dashboard.components.attributes import aria

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
) -> Component:
    """A graph with the id `name`, in a figure told as `label` to who cannot see it; `height` in px."""
    graph = dcc.Graph(id=name, figure=figure, config=GRAPH_CONFIG, style={"height": f"{height}px"})
    behind = html.Details([html.Summary("The numbers"), html.Div(table, tabIndex="0")], className="behind")
    parts = [
        html.Div(graph, role="img", **aria(label=label)),
        html.Figcaption(caption) if caption else None,
        behind if table is not None else None,
    ]
    return html.Figure([part for part in parts if part is not None], className="chart")


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
