"""The real web server, as `nightboard up` starts it, on a port of its own."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from engine.board import Board
from engine.up import address, is_ready, web_command
from tests.lab import Lab, end, free_port, wait_for


@contextmanager
def serve(lab: Lab) -> Iterator[str]:
    """Serve this lab; the address of the server, such as http://127.0.0.1:40123."""
    with serve_board(lab.board) as served:
        yield served


@contextmanager
def serve_board(board: Board) -> Iterator[str]:
    """Serve the home of this board; the address of the server."""
    settings = board.settings.model_copy(update={"port": free_port()})
    logs = settings.home / "logs"
    logs.mkdir(exist_ok=True)
    with (logs / "web.log").open("ab") as log:
        server = subprocess.Popen(
            web_command(settings),
            env=os.environ | settings.environment(),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        wait_for(lambda: is_ready(settings) or server.poll() is not None, "the page answers")
        assert server.poll() is None, (logs / "web.log").read_text()
        yield address(settings)
    finally:
        end(server)
