"""Brings a database forward to the tables of this version.

Each process of Nightboard asks at its start how far the database is, so that is told without Alembic, which takes
longer to load than to answer.
"""

from pathlib import Path

from sqlalchemy import column, inspect, select, table, text

from models.store import Store

MIGRATIONS = Path(__file__).parent / "migrations"
ADVISORY_LOCK = 0x4E6967687462  # one migration at a time on a shared PostgreSQL

_version = table("alembic_version", column("version_num"))


def head() -> str:
    """The revision that this version's tables have: that of the last file, as they are numbered in one line."""
    return max(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def current(store: Store) -> str | None:
    """The revision that the database has, or None when it is empty."""
    with store.engine.connect() as connection:
        if not inspect(connection).has_table(_version.name):
            return None
        return connection.scalars(select(_version.c.version_num)).one_or_none()


def upgrade(store: Store, to: str = "head") -> bool:
    """Migrate forward; True when there was anything to do. Several processes may call this at once."""
    if current(store) == head():
        return False
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with store.engine.execution_options(writes=True).begin() as connection:
        if not store.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, to)
    return True
