"""What people see. `register` puts it all on a Flask server."""

from dash import Dash
from flask import Flask

from dashboard import arrivals, bundles, login, models, pictures, policy, report_files
from dashboard.app import make_app
from engine.board import Board


def register(server: Flask, board: Board) -> Dash:
    """Put the login, the pages and the content policy on the server; call it once for each server."""
    login.register(server, board)
    pictures.register(server, board)
    arrivals.register(server, board)
    models.register(server, board)
    report_files.register(server, board)
    bundles.register(server)
    app = make_app(server, board)
    policy.register(server, app)
    return app


__all__ = ["register"]
