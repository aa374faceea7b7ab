"""What the numbers mean: the limits of every figure, in words that may stand in a paper's methods."""

from dash import Dash, html
from dash.development.base_component import Component

from dashboard.components.header import card, page_header
from dashboard.page import PageRequest
from dashboard.shell import stack
from engine.board import Board
from engine.reports.meaning import MEANING

PATH = "/reports/meaning"
TITLE = "What the numbers mean"
LEAD = "How each number is counted, and what it does not say. The printed report ends with the same text."


def layout(_board: Board, _request: PageRequest) -> Component:
    """The text, a heading for each term."""
    terms = [html.Section([html.H2(head), html.P(words)]) for head, words in MEANING]
    return stack(
        page_header(TITLE, LEAD, crumbs=[("Reports", "/reports")]),
        card(None, html.Div(terms, className="reading")),
    )


def register(_app: Dash, _board: Board) -> None:
    """Nothing moves on this page."""
