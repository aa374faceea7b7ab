"""Icons: names of Lucide, drawn by assets/vendor/lucide/icons.css. `scripts/vendor.py` lists those that are there."""

from dash import html
from dash.development.base_component import Component

from dashboard.components.attributes import aria


def icon(name: str, label: str | None = None) -> Component:
    """A picture beside words; only one that stands alone has a label."""
    told = aria(label=label) if label else aria(hidden="true")
    return html.Span(className=f"icon icon-{name}", title=label, role="img" if label else None, **told)
