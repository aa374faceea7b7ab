"""Brings a database forward to the tables of this version."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from models.store import Store

MIGRATIONS = Path(__file__).parent / "migrations"
ADVISORY_LOCK = 0x4E6967687462  # one migration at a time on a shared PostgreSQL


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def head() -> str | None:
    """The revision that this version's tables have."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def current(store: Store) -> str | None:
    """The revision that the database has, or None when it is empty."""
    with store.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(store: Store, to: str = "head") -> bool:
    """Migrate forward; True when there was anything to do. Several processes may call this at once."""
    if current(store) == head():
        return False
    config = _config()
    with store.engine.execution_options(writes=True).begin() as connection:
        if not store.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, to)
    return True
