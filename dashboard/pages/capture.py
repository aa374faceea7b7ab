"""Capture: being built."""

from dash import Dash
from dash.development.base_component import Component

from dashboard.components.empty import empty_state
from dashboard.components.header import page_header
from dashboard.page import PageRequest
from dashboard.shell import stack
from engine.board import Board

PATH = "/captures/<int:capture_id>"
TITLE = "Capture"


def layout(board: Board, request: PageRequest) -> Component:
    return stack(page_header(TITLE), empty_state("moon", "Being built", "This page comes next."))


def register(app: Dash, board: Board) -> None:
    return None
