"""The engine keeps its promises on both databases, so each test with a lab runs on both."""

import uuid
from pathlib import Path

import pytest
from sqlalchemy import text

from models.store import Store


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str | None:
    if request.param == "sqlite":
        return None
    address: str = request.getfixturevalue("postgres").create(f"lab_{uuid.uuid4().hex[:12]}")
    return address


@pytest.fixture
def empty(database: str | None, tmp_path: Path) -> Store:
    """A database without any table."""
    store = Store(database or f"sqlite:///{tmp_path / 'new.db'}")
    if not store.is_sqlite:
        with store.engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    return store
