"""Tables whose rows become cards on a phone, where each value stands beside the name of its column."""

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard.components.attributes import data

Cell = str | Component


def stacking_table(head: Sequence[str], rows: Sequence[Component], *, label: str, kind: str = "") -> Component:
    """These rows under the names of their columns; a column of buttons has an empty one.

    The roles are told, since a browser takes a table that is drawn as cards for no table any more.
    """
    names = [html.Th(word, scope="col", role="columnheader") if word else html.Td(role="cell") for word in head]
    return html.Div(
        html.Table(
            [
                html.Caption(label, className="visually-hidden"),
                html.Thead(html.Tr(names, role="row"), role="rowgroup"),
                html.Tbody(list(rows), role="rowgroup"),
            ],
            className=f"stacking-table {kind}".strip(),
            role="table",
        ),
        className="scroll-x",
    )


def simple_table(head: Sequence[str], rows: Sequence[Sequence[Cell]], *, label: str) -> Component:
    """A stacking table of plain values, each row named by its first."""
    made = [
        row_of(
            html.Span(first, className="name"), *(cell(name, each) for name, each in zip(head[1:], rest, strict=True))
        )
        for first, *rest in rows
    ]
    return stacking_table(head, made, label=label, kind="simple")


def row_of(name: Cell | Sequence[Cell], *cells: Component, **told: str) -> Component:
    """A row by its name and the cells behind it; `told` goes into its data attributes."""
    return html.Tr([html.Th(name, scope="row", role="rowheader"), *cells], role="row", **data(**told))


def cell(name: str, content: Cell | Sequence[Cell | None], kind: str = "") -> Component:
    """A cell that says its column's name where the head is not shown; without a name it holds buttons."""
    parts = [content] if isinstance(content, str | Component) else content
    shown = [part for part in parts if part is not None]
    return html.Td(shown, className=kind if name else "verbs", role="cell", **data(label=name or None))
