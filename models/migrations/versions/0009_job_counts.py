"""How many jobs there are of each state, type, project, station, pipeline and collection

On SQLite triggers keep the counts, for lists of a million jobs. A later migration that makes the table `job` anew makes
these triggers anew too. PostgreSQL has none: every job that is written would wait for the row of its project.

Revision: 0009
Follows: 0008
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

COLUMNS = ("status", "type", "project_id", "deployment_id", "pipeline_id", "collection_id")
ADD = (
    "INSERT INTO job_count VALUES ('{0}', coalesce(new.{0}, ''), 1) "
    "ON CONFLICT (name, value) DO UPDATE SET jobs = jobs + 1; "
)
TAKE = "UPDATE job_count SET jobs = jobs - 1 WHERE name = '{0}' AND value = coalesce(old.{0}, ''); "


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    op.execute(
        "CREATE TABLE job_count (name TEXT NOT NULL, value TEXT NOT NULL, jobs INTEGER NOT NULL, "
        "PRIMARY KEY (name, value)) WITHOUT ROWID"
    )
    for column in COLUMNS:
        op.execute(f"INSERT INTO job_count SELECT '{column}', coalesce({column}, ''), count(*) FROM job GROUP BY 2")
        op.execute(
            f"CREATE TRIGGER job_count_{column} AFTER UPDATE OF {column} ON job WHEN old.{column} IS NOT new.{column} "
            f"BEGIN {TAKE.format(column)}{ADD.format(column)}END"
        )
    op.execute(f"CREATE TRIGGER job_count_added AFTER INSERT ON job BEGIN {''.join(map(ADD.format, COLUMNS))}END")
    op.execute(f"CREATE TRIGGER job_count_deleted AFTER DELETE ON job BEGIN {''.join(map(TAKE.format, COLUMNS))}END")
