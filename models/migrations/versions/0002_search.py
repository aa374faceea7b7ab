"""Jobs are found by any part of their name, and every order of a list has its index

On SQLite the names are in a full-text index of three letters each, which triggers keep true. A later migration that
makes the table `job` anew makes these triggers anew too. On PostgreSQL the extension pg_trgm does the same; where this
login may not create it, a search reads every name, as before.

Revision: 0002
Follows: 0001
"""

import logging

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

log = logging.getLogger(__name__)

ORDERS = (
    "status",
    "priority",
    "submitted_at",
    "started_at",
    "finished_at",
    "queue_ms",
    "elapsed_ms",
    "progress",
    "processed",
    "failed",
    "detections",
    "total",
)
NULLABLE = frozenset({"submitted_at", "started_at", "finished_at", "queue_ms", "elapsed_ms"})
NAMED = ("collection", "deployment", "pipeline")  # lists are sorted by their names
FILTERS = ("project_id", "pipeline_id", "collection_id", "type", "owner_id", "review_state", "priority")

# A job over a night is of the night's station; from here on every job over a night says so itself.
STATIONS_OF_NIGHTS = (
    "UPDATE job SET deployment_id = (SELECT event.deployment_id FROM event WHERE event.id = job.event_id) "
    "WHERE deployment_id IS NULL AND event_id IS NOT NULL"
)

SQLITE_SEARCH = (
    "CREATE VIRTUAL TABLE job_search USING fts5(name, content='job', content_rowid='id', tokenize='trigram')",
    "CREATE TRIGGER job_search_added AFTER INSERT ON job BEGIN "
    "INSERT INTO job_search(rowid, name) VALUES (new.id, new.name); END",
    "CREATE TRIGGER job_search_deleted AFTER DELETE ON job BEGIN "
    "INSERT INTO job_search(job_search, rowid, name) VALUES ('delete', old.id, old.name); END",
    "CREATE TRIGGER job_search_renamed AFTER UPDATE OF name ON job BEGIN "
    "INSERT INTO job_search(job_search, rowid, name) VALUES ('delete', old.id, old.name); "
    "INSERT INTO job_search(rowid, name) VALUES (new.id, new.name); END",
    "INSERT INTO job_search(job_search) VALUES ('rebuild')",
)
POSTGRES_SEARCH = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX ix_job_name_trigrams ON job USING gin (lower(name) gin_trgm_ops)",
)


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for column in ORDERS:
        # Lists put what is missing first when ascending, which is SQLite's own order and not PostgreSQL's.
        first = " NULLS FIRST" if column in NULLABLE and not is_sqlite else ""
        op.execute(f"CREATE INDEX ix_job_{column}_id ON job ({column}{first}, id)")
    for column in FILTERS:
        op.create_index(f"ix_job_{column}_created_at", "job", [column, "created_at"])
    op.create_index("ix_job_deployment_id", "job", ["deployment_id"])
    for table in NAMED:
        op.create_index(f"ix_{table}_name", table, ["name"])
    op.execute(STATIONS_OF_NIGHTS)
    if is_sqlite:
        for statement in SQLITE_SEARCH:
            op.execute(statement)
    else:
        _search_on_postgres()


def _search_on_postgres() -> None:
    try:
        with op.get_bind().begin_nested():
            for statement in POSTGRES_SEARCH:
                op.execute(statement)
    except sa.exc.DBAPIError as error:
        log.warning(
            "PostgreSQL's extension pg_trgm cannot be created (%s), so a search reads every name. To change that, have "
            "the owner of the database run: %s",
            str(error.orig).strip().splitlines()[0],
            "; ".join(POSTGRES_SEARCH),
        )
