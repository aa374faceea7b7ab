"""The database: one engine a process, short transactions, and reads apart from writes.

SQLite runs in WAL with `BEGIN IMMEDIATE` for every transaction that writes, because a deferred one that turns into a
writer fails as locked whatever the busy timeout says. PostgreSQL needs none of this.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Engine, Executable, TextClause, create_engine, event, func, make_url, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from models import revisions

BUSY_TIMEOUT_MS = 15_000
MAPPED = 2**31 - 2**16  # bytes, the most that SQLite maps
# A PostgreSQL whose machine was pulled out answers nothing at all, and TCP alone would wait for many minutes.
NETWORK_PATIENCE = {
    "connect_timeout": 10,  # s
    "keepalives_idle": 10,  # s
    "keepalives_interval": 5,  # s
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,  # ms
}


def sqlite_connect(connection: Any, _entry: ConnectionPoolEntry) -> None:
    """Set up a new SQLite connection; `isolation_level=None` leaves BEGIN to us."""
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def sqlite_map(connection: Any, _entry: ConnectionPoolEntry) -> None:
    """Let a new SQLite connection read the file where the system's cache holds it, instead of copying page by page."""
    connection.execute(f"PRAGMA mmap_size={MAPPED}").close()


def postgres_connect(connection: Any, _entry: ConnectionPoolEntry) -> None:
    """Have a new PostgreSQL connection compile no plan, which takes longer than our short statements run."""
    connection.execute("SET jit TO off")
    connection.commit()


def sqlite_begin(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def prepare(engine: Engine) -> Engine:
    """Give an engine the rules of this house; flask-sqlalchemy's engine gets the same."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", sqlite_connect)
        event.listen(engine, "begin", sqlite_begin)
    return engine


class Store:
    """Sessions on one database. Safe to carry across a fork: the child opens connections of its own.

    `mapped` is for a process that goes far into long lists, as the web server does: on SQLite a window behind 950,000
    jobs then takes 10 ms and not 20 to 30. The mapped pages count as memory of the process, so workers do without.
    """

    def __init__(self, url: str, engine: Engine | None = None, *, mapped: bool = False) -> None:
        self.url = url
        self.mapped = mapped
        self._engine = engine
        self._pid = os.getpid()

    @property
    def engine(self) -> Engine:
        """This process's engine."""
        if self._engine is not None and self._pid != os.getpid():
            self._engine.dispose(close=False)  # the parent still uses these connections; what it compiled serves on
            self._pid = os.getpid()
        if self._engine is None:
            self._engine = prepare(
                create_engine(self.url)
                if self.is_sqlite
                else create_engine(self.url, pool_pre_ping=True, pool_use_lifo=True, connect_args=NETWORK_PATIENCE)
            )
            if not self.is_sqlite:
                event.listen(self._engine, "connect", postgres_connect)
            elif self.mapped:
                event.listen(self._engine, "connect", sqlite_map)
            self._pid = os.getpid()
        return self._engine

    @cached_property
    def is_sqlite(self) -> bool:
        return make_url(self.url).get_backend_name() == "sqlite"

    @property
    def _reading(self) -> Engine:
        """The engine for reads, which PostgreSQL is told."""
        return self.engine if self.is_sqlite else self.engine.execution_options(postgresql_readonly=True)

    @contextmanager
    def read(self, *, of_one_moment: bool = False) -> Iterator[Session]:
        """A session that sees one state of the database on SQLite, the newest at each statement on PostgreSQL, and
        writes nothing. One `of_one_moment` sees one state on PostgreSQL as well.
        """
        with Session(self._reading) as session:
            if of_one_moment and not self.is_sqlite:
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session
            if not self.is_sqlite:  # at a rollback psycopg forgets all the statements that it has prepared
                session.expunge_all()
                session.commit()

    def row(self, query: Executable, **values: Any) -> Any:
        """The one row that a prepared statement finds, or None; for what each request asks, without a session."""
        with self._reading.connect() as connection:
            found = connection.execute(query, values).one_or_none()
            connection.commit()
        return found

    def number(self, query: TextClause) -> int:
        """The one whole number that a statement without values finds; what open pages ask 25 times a second.

        SQLite answers in a sixth of the time that a connection of SQLAlchemy takes to begin, ask and end.
        """
        if not self.is_sqlite:
            return int(self.row(query)[0])
        pooled = self.engine.raw_connection()
        try:
            return int(pooled.cursor().execute(query.text).fetchone()[0])
        finally:
            pooled.close()

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction: committed at the end with its rev, or rolled back whole on any error."""
        with Session(self.engine.execution_options(writes=True), expire_on_commit=False) as session:
            yield session
            revisions.number(session)
            session.commit()

    def clock(self, session: Session) -> datetime:
        """The time that leases and deadlines go by: the database's own on PostgreSQL, where machines may differ."""
        if self.is_sqlite:
            return datetime.now(UTC)
        at: datetime = session.scalars(select(func.clock_timestamp())).one()
        return at.astimezone(UTC)

    def close(self) -> None:
        if self._engine is not None and self._pid == os.getpid():
            self._engine.dispose()
        self._engine = None
