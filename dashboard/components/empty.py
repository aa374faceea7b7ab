"""What stands where there is nothing yet: why, and what to do."""

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.header import Content
from dashboard.components.icons import icon


def empty_state(picture: str, title: str, words: Content, action: tuple[str, str] | None = None) -> Component:
    """An icon, a heading, a sentence that teaches, and maybe a link as (name, address)."""
    link = dcc.Link(action[0], href=action[1], className="button main") if action else None
    parts = [icon(picture), html.H2(title), html.P(words), link]
    return html.Div([part for part in parts if part is not None], className="empty")


def notice(tone: str, picture: str, words: Content) -> Component:
    """A sentence that matters, in a box; tones done, run, bad, wait, hold."""
    return html.Div([icon(picture), html.Div(words)], className=f"notice tone-{tone}")
