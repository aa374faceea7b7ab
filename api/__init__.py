"""What programs call: one package per dialect, each only parse → engine.control or models.queries → serialise."""

from flask import Flask

from api import antenna, changes, health, instabase, limits, modzy, openapi, signed, up42
from api.antenna import logins
from engine.board import Board


def register(server: Flask, board: Board) -> None:
    """Add every dialect, the changes that pages poll, and the two open health addresses; nobody may ask too often."""
    limits.register(server, board)
    for part in (health, openapi, changes, logins, antenna, instabase, modzy, up42, signed):
        server.register_blueprint(part.blueprint(board))
    server.wsgi_app = changes.Glances(board, server.wsgi_app)  # type: ignore[method-assign]
