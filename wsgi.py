"""The one WSGI entry and the one place that composes: models, api and dashboard on one Flask server."""

import gc

from flask import Flask

import api
import dashboard
from engine.board import open_board
from models import settings as settings_of
from models.db import db
from models.settings import Settings

YOUNG = 10_000  # things that are made before the garbage collection looks at them; 700 unless told


def create_app(settings: Settings | None = None) -> Flask:
    """A server with the API and the pages, warmed up. Settings come from the environment unless given.

    Dash can answer 500 to the first requests after a cold start with threads, so one request is made before any.
    """
    settings = settings or settings_of.load()
    board = open_board(settings, mapped=True)
    server = Flask("nightboard", static_folder=None)
    server.config["SQLALCHEMY_DATABASE_URI"] = settings.database
    db.init_app(server)
    api.register(server, board)
    dashboard.register(server, board)
    server.test_client().get("/login")
    settle()
    return server


def settle() -> None:
    """Have the garbage collection pass over what was loaded and stays: each long page paid for looking at all of it.

    It looks less often too, as a page makes thousands of things that go with its answer, and none of them in circles.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)
