"""The head of a page: where one is, one sentence, and what can be done."""

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.attributes import aria

Content = str | Component | Sequence[str | Component]


def page_header(
    title: Content,
    lead: Content | None = None,
    *,
    actions: Sequence[Component] = (),
    crumbs: Sequence[tuple[str, str]] = (),
) -> Component:
    """An h1 with a leading sentence, buttons at its right and (name, address) of the pages above it."""
    path: list[Component] = []
    for name, href in crumbs:
        path += [html.Span("/", **aria(hidden="true"))] if path else []
        path.append(dcc.Link(name, href=href))
    words = [
        html.Nav(path, className="crumbs", **aria(label="Where this is")) if path else None,
        html.H1(title, tabIndex="-1"),
        html.P(lead, className="lead") if lead is not None else None,
    ]
    return html.Header(
        [
            html.Div([part for part in words if part is not None], className="words"),
            html.Div(list(actions), className="actions") if actions else None,
        ],
        className="page-header",
    )


def card(
    title: Content | None, *content: Component | None, aside: Content | None = None, flush: bool = False
) -> Component:
    """A box with a heading, something small at the heading's right, and its content; `flush` leaves no margin."""
    head = html.Header([html.H2(title), html.Div(aside, className="row-of faint")]) if title is not None else None
    body = html.Div([part for part in content if part is not None], className="body flush" if flush else "body")
    return html.Section([part for part in (head, body) if part is not None], className="card-box")


def facts(pairs: Sequence[tuple[str, Content]]) -> Component:
    """Names and values, as a list that fills the width."""
    return html.Dl([html.Div([html.Dt(name), html.Dd(value)]) for name, value in pairs], className="facts")
