"""The dialect of the Modzy job history: `/api/jobs`, `/api/results` and `/api/models`."""

from http import HTTPStatus

from flask import Blueprint, Response, request

from api.dialect import Dialect, answered
from api.modzy import jobs, models
from api.modzy.answers import Problem
from engine.board import Board


def _refuse(status: int, sentence: str) -> Response:
    problem = Problem(
        status_code=status,
        status=HTTPStatus(status).name,
        message=sentence,
        report_error_url=request.url_root,
    )
    return answered(problem, status)


DIALECT = Dialect(
    "modzy",
    _refuse,
    endpoints=[*jobs.ENDPOINTS, *models.ENDPOINTS],
    nowhere=("/api/jobs", "/api/results", "/api/models", "/api/resources"),
)


def blueprint(board: Board) -> Blueprint:
    """Every address of this dialect."""
    return DIALECT.blueprint(board)
