"""The dialect of the UP42 job operations: `/oauth/token`, `/users/me` and `/projects/`."""

from flask import Blueprint, Response

from api.dialect import Dialect, answered
from api.up42 import jobs, keys, projects, results
from api.up42.answers import Fault, Problem
from engine.board import Board


def _refuse(status: int, sentence: str) -> Response:
    return answered(Problem(error=Fault(code=status, message=sentence, details=[])), status)


DIALECT = Dialect(
    "up42",
    _refuse,
    endpoints=[*keys.ENDPOINTS, *projects.ENDPOINTS, *jobs.ENDPOINTS, *results.ENDPOINTS],
    nowhere=("/oauth", "/users", "/projects"),
)


def blueprint(board: Board) -> Blueprint:
    """Every address of this dialect."""
    return DIALECT.blueprint(board)
