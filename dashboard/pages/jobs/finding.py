"""From the text of the search box to jobs: who reads it, what it means, and what could stand at the caret."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from dash import Dash
from flask import Flask, Response, jsonify, request
from sqlalchemy.orm import Session

from dashboard.page import current_actor
from dashboard.pages.jobs.language import Misread, Reader, complete, meaning
from engine.board import Board
from models.queries.job_filter import JobFilter
from models.queries.vocabulary import LabWords

LONGEST = 2000  # letters of a filter
COMPLETION = "/jobs/words"


def reader(session: Session) -> Reader:
    """Whoever asks now, with the words of the lab for as long as the session is open."""
    return Reader(LabWords(session), current_actor().name, datetime.now(UTC))


def filter_of(session: Session, text: str) -> JobFilter:
    """The jobs that a text means. Raises Misread."""
    if len(text) > LONGEST:
        raise Misread(f"A filter has at most {LONGEST} letters.", LONGEST, len(text))
    return meaning(text, reader(session)) if text.strip() else JobFilter()


def misread(wrong: Misread) -> dict[str, Any]:
    """What the search box shows under its caret."""
    return {"sentence": wrong.sentence, "start": wrong.start, "end": wrong.end}


def register(app: Dash, board: Board) -> None:
    """The address that the search box asks as one types: a callback would make its letters wait for each other."""
    server: Flask = app.server

    @server.get(COMPLETION)
    def words() -> Response:
        text = request.args.get("text", "")[:LONGEST]
        at = min(request.args.get("at", len(text), int), len(text))
        with board.store.read() as session:
            found = complete(text, at, reader(session))
        response = jsonify(asdict(found))
        response.headers["Cache-Control"] = "private, no-store"
        return response
