"""The routes by which the upload page sends files: piece by piece, behind the guard of the pages."""

from flask import Flask, g, jsonify, request
from flask.typing import ResponseReturnValue

from engine import arrivals
from engine.board import Board
from engine.refusals import Refusal


def register(server: Flask, board: Board) -> None:
    """Take pieces of files for a station, and the word that all are there."""

    @server.post("/upload/<int:station_id>/files")
    def piece(station_id: int) -> ResponseReturnValue:
        size, offset = request.args.get("size", 0, type=int), request.args.get("offset", 0, type=int)
        name, modified_ms = request.args.get("name", ""), request.args.get("modified", type=float)
        try:
            arrival = arrivals.receive(
                board,
                g.actor,
                station_id,
                name,
                size=size,
                offset=offset,
                piece=request.stream,
                modified_ms=modified_ms,
            )
        except arrivals.OutOfStep as step:
            return jsonify(received=step.received, whole=False)  # the page goes on from there
        except Refusal as refusal:
            return refused(refusal)
        return jsonify(received=arrival.received, whole=arrival.whole, kept=arrival.kept, faults=arrival.faults)

    @server.post("/upload/<int:station_id>/done")
    def done(station_id: int) -> ResponseReturnValue:
        try:
            return jsonify(job=arrivals.take_in(board, g.actor, station_id))
        except Refusal as refusal:
            return refused(refusal)


def refused(refusal: Refusal) -> ResponseReturnValue:
    """The answer to a script of ours: a sentence for the person; a browser would tell of an error by itself."""
    return jsonify(detail=refusal.message)
