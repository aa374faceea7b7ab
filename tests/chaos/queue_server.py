"""The home's queue server, as something that can be taken away and given back."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from engine import queue_server
from tests.chaos.scene import gone_for


class QueueServer:
    """The home's queue server, as something that can be taken away."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._socket = Path(queue_server._socket(home.resolve()))
        self._kept = home / "queue-as-it-was"

    @contextmanager
    def away(self) -> Iterator[None]:
        """Kill it, and let nobody start it: a folder stands where its socket would be."""
        self._socket.unlink()
        self._socket.mkdir()
        try:
            self._kill()
            yield
        finally:
            self._socket.rmdir()

    def keep(self) -> None:
        """Keep a copy of what it has written."""
        shutil.copytree(self._home / "queue" / "appendonlydir", self._kept)

    def put_back(self) -> None:
        """Give it what was kept in place of what it has; only while it is away."""
        shutil.rmtree(self._home / "queue" / "appendonlydir")
        self._kept.rename(self._home / "queue" / "appendonlydir")

    def _kill(self) -> None:
        server = psutil.Process(int((self._home / "queue" / "server.pid").read_text()))
        server.kill()
        gone_for(server)
