"""Parts of a page that no callback reads or writes, as one component that carries their HTML.

Dash's renderer asks each component on the page anew at every change of any of them, so a board of thousands of tiles
would hold the browser up for seconds. assets/js/still.js puts the HTML in its place, and of what is there already
changes only what differs: the focus and the pointer stay where they are.
"""

import json
from collections.abc import Iterator
from re import sub
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component
from markupsafe import Markup, escape

from dashboard.components.attributes import data

HTML = "dash_html_components"
MARKUP = "data-markup"
Content = Component | str
EMPTY = {"br", "col", "hr", "img"}
HTML_NAMES = {"className": "class", "htmlFor": "for"}


def still(*parts: Component, name: str | None = None, className: str = "still") -> Component:  # noqa: N803
    """These parts as HTML. Raises ValueError for one that callbacks may know: a button, a figure, an id.

    With a `name`, a callback can draw them anew: Output(name, MARKUP) takes `markup(...)`. One that replaces what is
    around them has Dash throw them away first, and the focus with them. A button may stand here when it `asks`.
    """
    known = drawn(*parts) | ({"id": name} if name else {})
    return html.Div(className=className, **known)


def drawn(*parts: Content) -> dict[str, Any]:
    """What a component of its own has in the place of children, `html.Button(id="close", **drawn(icon("x"), "Close"))`.

    A callback draws them anew as those of a still part with a name.
    """
    return {MARKUP: markup(*parts)}


def asks(into: str, /, **what: Any) -> dict[str, Any]:
    """What has a button of a still part fill the store `into` with `what` when it is pressed: html.Button(**asks(...)).

    The store also gets the time as `at`, so that the same can be asked again.
    """
    return data(asks=into, what=json.dumps(what))


def markup(*parts: Content) -> str:
    """The HTML of these parts. Raises ValueError as `still` does."""
    return "".join(_written(parts))


def _written(content: Any) -> Iterator[str]:
    if content is None:
        return
    if isinstance(content, list | tuple):
        for part in content:
            yield from _written(part)
        return
    if not isinstance(content, Component):
        yield escape(content)
        return
    told = content.to_plotly_json()
    props = told["props"]
    children = props.pop("children", None)
    children = Markup(props.pop(MARKUP)) if MARKUP in props else children  # a still part within this one
    if isinstance(content, dcc.Link):
        tag, props = "a", {"data-go": "", **props}
    elif told["namespace"] == HTML and "id" not in props and (told["type"] != "Button" or "data-asks" in props):
        tag = told["type"].lower()
    else:
        raise ValueError(f"{told['type']} is for callbacks, so it cannot stand in a still part of a page")
    yield Markup("<") + tag + Markup("").join(_attribute(name, value) for name, value in props.items()) + Markup(">")
    if tag not in EMPTY:
        yield from _written(children)
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
