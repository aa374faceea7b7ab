"""The route by which Settings sends a lab's own model, behind the guard of the pages."""

from flask import Flask, g, jsonify, request
from flask.typing import ResponseReturnValue

from dashboard.arrivals import refused
from engine.board import Board
from engine.lab import models
from engine.refusals import Refusal


def register(server: Flask, board: Board) -> None:
    @server.post("/settings/models")
    def add_model() -> ResponseReturnValue:
        request.max_content_length = models.LARGEST
        try:
            models.check_right(board, g.actor)  # before two gigabytes are read
            files = {file.filename or "": file.stream for file in request.files.getlist("file")}
            added = models.add(board, g.actor, files)
        except Refusal as refusal:
            return refused(refusal)
        words = "is ready" if added.is_new else "is ready as it was"
        return jsonify(said=f"Pipeline {added.slug}, version {added.version}, {words}.")
