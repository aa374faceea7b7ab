"""Parts of a page that no callback reads or writes, as one component that carries their HTML.

Dash's renderer asks each component on the page anew at every change of any of them, so a board of thousands of tiles
would hold the browser up for seconds. assets/js/still.js puts the HTML in its place, and of what is there already
changes only what differs: the focus and the pointer stay where they are.
"""

from collections.abc import Iterator
from re import sub
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component
from markupsafe import Markup, escape

from dashboard.components.attributes import data

HTML = "dash_html_components"
EMPTY = {"br", "col", "hr", "img"}
HTML_NAMES = {"className": "class", "htmlFor": "for"}


def still(*parts: Component) -> Component:
    """These parts as HTML. Raises ValueError for one that callbacks may know: a button, a figure, an id."""
    return html.Div(className="still", **data(markup="".join(map(str, _markup(list(parts))))))


def _markup(content: Any) -> Iterator[Markup]:
    if content is None:
        return
    if isinstance(content, list | tuple):
        for part in content:
            yield from _markup(part)
        return
    if not isinstance(content, Component):
        yield escape(content)
        return
    told = content.to_plotly_json()
    props = told["props"]
    children = props.pop("children", None)
    if isinstance(content, dcc.Link):
        tag, props = "a", {"data-go": "", **props}
    elif told["namespace"] == HTML and told["type"] != "Button" and "id" not in props:
        tag = told["type"].lower()
    else:
        raise ValueError(f"{told['type']} is for callbacks, so it cannot stand in a still part of a page")
    yield Markup("<") + tag + Markup("").join(_attribute(name, value) for name, value in props.items()) + Markup(">")
    if tag not in EMPTY:
        yield from _markup(children)
        yield Markup(f"</{tag}>")


def _attribute(name: str, value: Any) -> Markup:
    if value is None or value is False:
        return Markup("")
    if name == "style":
        value = "; ".join(f"{_css_name(key)}: {each}" for key, each in value.items())
    elif value is True:
        value = ""
    return Markup(' {}="{}"').format(HTML_NAMES.get(name, name if "-" in name else name.lower()), value)


def _css_name(name: str) -> str:
    """`aspectRatio` as `aspect-ratio`; `--nights` stays."""
    return name if name.startswith("--") else sub(r"[A-Z]", lambda letter: f"-{letter[0].lower()}", name)
