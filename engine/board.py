"""What a process of Nightboard holds: its settings, its store and its bell."""

from dataclasses import dataclass

from engine import queue_server
from engine.bell import Bell
from models.settings import Settings
from models.store import Store


@dataclass(frozen=True)
class Board:
    """Handed to every verb. Opening one is cheap: nothing connects until it is used."""

    settings: Settings
    store: Store
    bell: Bell


def open_board(settings: Settings, *, mapped: bool = False) -> Board:
    """The board of these settings; without `REDIS_URL` its bell is the embedded server of the home.

    `mapped` is the store's.
    """
    url = settings.redis_url or queue_server.url_of(settings.home)
    return Board(settings, Store(settings.database, mapped=mapped), Bell(url))
