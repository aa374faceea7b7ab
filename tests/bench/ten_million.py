"""Ten million jobs on PostgreSQL, by hand: tells what a block of rows takes there beside a million on SQLite.

    nightboard bench seed --home MILLION
    python -m tests.bench.ten_million fill MILLION postgresql+psycopg://user@host/empty
    python -m tests.bench.ten_million measure MILLION postgresql+psycopg://user@host/empty

`fill` migrates the empty database, copies what lists of jobs read of the home, and writes each of its jobs ten times
over, 40 s apart and as other jobs; it takes a quarter of an hour and 40 GB, and the login must be a superuser's.
`measure` takes the blocks of `make bench ARGS=pages` on both. What it said last stands in `ten_million.md` beside it.
"""

import sqlite3
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url

from engine.board import open_board
from models import migrate
from models.settings import load
from models.store import Store
from tests.bench import pages
from tests.bench.figures import Figure, markdown, p50_and_p95, plain
from wsgi import settle

TIMES = 10
APART = "40 seconds"
LAB = ("user", "project", "deployment", "event", "pipeline", "source", "capture", "collection", "rollup_status")
JOBS = ("job", "job_night", "job_tag")
BATCH = 50_000  # jobs of one transaction
LIMIT_MS = 20  # of 95 blocks in 100 of a million jobs; with ten million they may take 1.3 times as long


def fill(home: Path, url: str) -> None:
    """Ten times the jobs of this home, in an empty database."""
    store = Store(url)
    migrate.upgrade(store)
    store.close()
    kept = sqlite3.connect(f"file:{home / 'nightboard.db'}?mode=ro", uri=True)
    with psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(False), autocommit=True) as lab:
        lab.execute("SET TIME ZONE 'UTC'")
        lab.execute("SET session_replication_role = replica")  # rows come in no order of their references
        lab.execute(f"TRUNCATE {_listed((*LAB, *JOBS))} CASCADE")
        for name in LAB:
            _copy(kept, lab, name, name)
        with _bare(lab, "job"):
            for name in JOBS:
                lab.execute(f'CREATE UNLOGGED TABLE one_{name} AS TABLE "{name}" WITH NO DATA')
                _copy(kept, lab, name, f"one_{name}")
                _multiply(lab, name)
                lab.execute(f"DROP TABLE one_{name}")
                print(f"{name}: written {TIMES} times", flush=True)
        print("vacuum", flush=True)
        lab.execute("VACUUM ANALYZE")


def _columns(lab: psycopg.Connection[Any], name: str) -> list[str]:
    query = "SELECT column_name FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position"
    return [row[0] for row in lab.execute(query, (name,))]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _copy(kept: sqlite3.Connection, lab: psycopg.Connection[Any], name: str, to: str) -> None:
    """The rows of a table, as they are."""
    columns = _listed(_columns(lab, name))
    with lab.cursor() as cursor, cursor.copy(f'COPY "{to}" ({columns}) FROM STDIN') as copy:
        for row in kept.execute(f'SELECT {columns} FROM "{name}"'):
            copy.write_row(row)


def _multiply(lab: psycopg.Connection[Any], name: str) -> None:
    """Each row of `one_name` so many times, with numbers of their own and a little later each."""
    columns = _columns(lab, name)
    later = {column: f"{column} + time * interval '{APART}'" for column in columns if column.endswith("_at")}
    key = "id" if name == "job" else "job_id"
    own = {**later, key: f"{key} * {TIMES} + time", "uuid": "gen_random_uuid()::text"}
    values = ", ".join(own.get(column, f'"{column}"') for column in columns)
    last = lab.execute(f"SELECT max({key}) FROM one_{name}").fetchone()
    assert last is not None
    for first in range(0, last[0] + 1, BATCH):
        lab.execute(
            f'INSERT INTO "{name}" ({_listed(columns)}) SELECT {values} '
            f"FROM one_{name}, generate_series(0, {TIMES - 1}) AS time "
            f"WHERE {key} >= {first} AND {key} < {first + BATCH} ORDER BY {key}, time"
        )


@contextmanager
def _bare(lab: psycopg.Connection[Any], name: str) -> Iterator[None]:
    """The table without its indexes, which are made again at the end."""
    found = lab.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s AND indexname NOT LIKE 'pk_%%'", (name,)
    ).fetchall()
    constraints = {row[0] for row in lab.execute("SELECT conname FROM pg_constraint WHERE contype = 'u'")}
    for index, _ in found:
        lab.execute(f"ALTER TABLE {name} DROP CONSTRAINT {index}" if index in constraints else f"DROP INDEX {index}")
    yield
    for index, made in found:
        started = time.monotonic()
        lab.execute(made)
        if index in constraints:
            lab.execute(f"ALTER TABLE {name} ADD CONSTRAINT {index} UNIQUE USING INDEX {index}")
        print(f"{index}: {time.monotonic() - started:.0f} s", flush=True)


def measure(home: Path, url: str) -> None:
    """Blocks of rows on both, one after the other."""
    small = open_board(load(home=home), mapped=True)
    large = open_board(load(home=home, database_url=url), mapped=True)
    with pages.somebody():
        settle()
        million = [asked.ms for asked in pages.ask_for_blocks(small)]
        ten = [asked.ms for asked in pages.ask_for_blocks(large)]
    rows = [
        Figure("Block of 100 rows, 1,000,000 jobs, SQLite", p50_and_p95(million), f"p95 ≤ {LIMIT_MS} ms"),
        Figure("Block of 100 rows, 10,000,000 jobs, PostgreSQL", p50_and_p95(ten), f"p95 ≤ {1.3 * LIMIT_MS:.0f} ms"),
    ]
    print(f"{plain(rows)}\n\n{markdown(rows)}")


if __name__ == "__main__":
    {"fill": fill, "measure": measure}[sys.argv[1]](Path(sys.argv[2]), sys.argv[3])
