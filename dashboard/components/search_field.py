"""Boxes to search in, which the page follows when typing pauses.

Dash's own pause reads the box after it, and fails where its page was left meanwhile.
"""

from typing import Any

import dash_bootstrap_components as dbc
from dash.development.base_component import Component

from dashboard.components.stores import store


def search_field(name: str, text: str, placeholder: str, **more: Any) -> list[Component]:
    """The box, and the store `typed(name)`, which assets/js/typed.js fills when typing pauses or Enter is pressed.

    Callbacks take the store as their Input, and the words as State(name, "value").
    """
    told = {"placeholder": placeholder, "autocomplete": "off", **more}
    # Dash's own box puts the caret back where it was a letter ago.
    box = dbc.Input(id=name, type="search", value=text, class_name="field typed", **told)
    return [box, store(typed(name))]


def typed(name: str) -> str:
    """The store that tells when something was typed into this box."""
    return f"{name}-typed"
