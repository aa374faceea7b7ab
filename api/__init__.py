"""What programs call: one package per dialect, each only parse → engine.control or models.queries → serialise."""

from flask import Flask

from api import antenna, changes, health, instabase, modzy, up42
from engine.board import Board


def register(server: Flask, board: Board) -> None:
    """Add every dialect, the changes that pages poll, and the two open health addresses to the server."""
    for part in (health, changes, antenna, instabase, modzy, up42):
        server.register_blueprint(part.blueprint(board))
