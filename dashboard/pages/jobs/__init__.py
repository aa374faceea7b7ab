"""Jobs: being built."""

from dash import Dash, html
from dash.development.base_component import Component

from dashboard.page import PageRequest
from engine.board import Board

PATH = "/jobs"
TITLE = "Jobs"


def layout(board: Board, request: PageRequest) -> Component:
    return html.H1(TITLE)


def register(app: Dash, board: Board) -> None:
    return None
