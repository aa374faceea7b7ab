"""Settings: the lab's projects, stations, collections, pipelines, services, people, tokens, and who did what.

Everybody may look; an administrator changes, and whoever works makes collections. A tab is a module with `view` and
`register`; the address names it.
"""

from types import ModuleType

from dash import Dash, dcc, html
from dash.development.base_component import Component

from dashboard.components.attributes import aria
from dashboard.components.empty import notice
from dashboard.components.header import page_header
from dashboard.page import PageRequest, address
from dashboard.pages.settings import audit, collections, people, services, stations, tokens
from dashboard.pages.settings.parts import WHO
from dashboard.shell import stack
from engine.board import Board
from models.people import Role

PATH = "/settings"
TITLE = "Settings"
TABS: dict[str, tuple[str, ModuleType]] = {
    "stations": ("Projects and stations", stations),
    "collections": ("Collections", collections),
    "services": ("Pipelines and services", services),
    "people": ("People", people),
    "tokens": ("Tokens", tokens),
    "audit": ("Audit", audit),
}
NEEDS = {"collections": Role.OPERATOR}  # who may change it, where that is not an administrator
OF_A_PROJECT = ("stations", "collections")  # what somebody sees who came in by a token of one project


def layout(board: Board, request: PageRequest) -> Component:
    """The tab that the address names, or the first."""
    tab = request.text("tab") if request.text("tab") in TABS else "stations"
    actor = request.actor
    if tab not in OF_A_PROJECT and actor.project_id is not None:
        body: list[Component] = [
            notice("wait", "info", "You came in by a token of one project; this is the whole lab's.")
        ]
    else:
        body = TABS[tab][1].view(board, request)
    looking = None
    if not actor.may(needs := NEEDS.get(tab, Role.ADMIN)):
        words = f"You are a {actor.role}: you may look at all of this. Changing it takes {WHO[needs]}."
        looking = notice("wait", "eye", words)
    return stack(page_header(TITLE), tabs(tab), looking, html.Div(body, id=f"settings-{tab}", className="stack"))


def tabs(here: str) -> Component:
    links = [
        dcc.Link(
            html.Span(word, **(aria(current="page") if key == here else {})),
            href=address(PATH, tab=key),
            className="sheet-tab here" if key == here else "sheet-tab",
        )
        for key, (word, _) in TABS.items()
    ]
    return html.Nav(links, className="tabs settings-tabs", **aria(label="Settings"))


def register(app: Dash, board: Board) -> None:
    """The callbacks of every tab."""
    for _, tab in TABS.values():
        tab.register(app, board)
