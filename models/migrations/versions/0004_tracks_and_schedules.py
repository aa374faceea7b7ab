"""Tracks of animals, schedules and their runs, and what a sync keeps of a file

Revision: 0004
Follows: 0003
"""

import sqlalchemy as sa
from alembic import op

from models.base import UtcDateTime, Whole

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

GOING = sa.text("paused_at IS NULL")
OPEN = sa.text("finished_at IS NULL")


def upgrade() -> None:
    for name in ("modified_at", "last_seen_at", "missing_at"):
        op.add_column("capture", sa.Column(name, UtcDateTime(timezone=True), nullable=True))

    op.create_table(
        "tracking",
        sa.Column("id", Whole, autoincrement=True, nullable=False),
        sa.Column("event_id", Whole, nullable=False),
        sa.Column("pipeline_id", Whole, nullable=False),
        sa.Column("pipeline_version", Whole, nullable=False),
        sa.Column("parameters", sa.String(), nullable=False),
        sa.Column("job_id", Whole, nullable=True),
        sa.Column("attempt", Whole, nullable=False),
        sa.Column("settings", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("interval_s", sa.Double(), nullable=True),
        sa.Column("captures_count", Whole, nullable=False),
        sa.Column("detections_count", Whole, nullable=False),
        sa.Column("seen_twice", Whole, nullable=True),
        sa.Column("seen_once", Whole, nullable=True),
        sa.Column("most_at_once", Whole, nullable=False),
        sa.Column("most_capture_id", Whole, nullable=True),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_tracking_event_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["pipeline_id"], ["pipeline.id"], name=op.f("fk_tracking_pipeline_id")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_tracking_job_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["most_capture_id"], ["capture.id"], name=op.f("fk_tracking_most_capture_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tracking")),
        sa.UniqueConstraint(
            "event_id",
            "pipeline_id",
            "pipeline_version",
            "parameters",
            name=op.f("uq_tracking_event_id_pipeline_id_pipeline_version_parameters"),
        ),
    )
    op.create_index(op.f("ix_tracking_pipeline_id"), "tracking", ["pipeline_id"], unique=False)
    op.create_index(op.f("ix_tracking_job_id"), "tracking", ["job_id"], unique=False)

    op.create_table(
        "track",
        sa.Column("id", Whole, autoincrement=True, nullable=False),
        sa.Column("tracking_id", Whole, nullable=False),
        sa.Column("job_id", Whole, nullable=True),
        sa.Column("attempt", Whole, nullable=False),
        sa.Column("number", Whole, nullable=False),
        sa.Column("first_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("last_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("sightings_count", Whole, nullable=False),
        sa.ForeignKeyConstraint(
            ["tracking_id"], ["tracking.id"], name=op.f("fk_track_tracking_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_track_job_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_track")),
        sa.UniqueConstraint("tracking_id", "number", name=op.f("uq_track_tracking_id_number")),
    )
    op.create_index(op.f("ix_track_job_id"), "track", ["job_id"], unique=False)

    op.create_table(
        "sighting",
        sa.Column("detection_id", Whole, nullable=False),
        sa.Column("track_id", Whole, nullable=False),
        sa.Column("cost", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["detection_id"], ["detection.id"], name=op.f("fk_sighting_detection_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["track_id"], ["track.id"], name=op.f("fk_sighting_track_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("detection_id", name=op.f("pk_sighting")),
    )
    op.create_index(op.f("ix_sighting_track_id"), "sighting", ["track_id"], unique=False)

    op.create_table(
        "schedule",
        sa.Column("id", Whole, autoincrement=True, nullable=False),
        sa.Column("project_id", Whole, nullable=False),
        sa.Column("deployment_id", Whole, nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("cron", sa.String(), nullable=True),
        sa.Column("minutes_after_sunrise", Whole, nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("pipeline_id", Whole, nullable=True),
        sa.Column("paused_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("since", UtcDateTime(timezone=True), nullable=False),
        sa.Column("next_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("user_id", Whole, nullable=True),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("rev", Whole, nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_schedule_project_id")),
        sa.ForeignKeyConstraint(["deployment_id"], ["deployment.id"], name=op.f("fk_schedule_deployment_id")),
        sa.ForeignKeyConstraint(["pipeline_id"], ["pipeline.id"], name=op.f("fk_schedule_pipeline_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_schedule_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule")),
    )
    op.create_index("ix_schedule_next_at", "schedule", ["next_at"], sqlite_where=GOING, postgresql_where=GOING)
    op.create_index(op.f("ix_schedule_project_id"), "schedule", ["project_id"], unique=False)
    op.create_index(op.f("ix_schedule_rev"), "schedule", ["rev"], unique=False)

    op.create_table(
        "schedule_run",
        sa.Column("id", Whole, autoincrement=True, nullable=False),
        sa.Column("schedule_id", Whole, nullable=False),
        sa.Column("deployment_id", Whole, nullable=False),
        sa.Column("due_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("first_night", sa.Date(), nullable=False),
        sa.Column("last_night", sa.Date(), nullable=False),
        sa.Column("step", sa.Enum("sync", "ml", "tracks", name="step", native_enum=False, length=24), nullable=False),
        sa.Column("jobs", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("finished_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["schedule.id"], name=op.f("fk_schedule_run_schedule_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["deployment_id"], ["deployment.id"], name=op.f("fk_schedule_run_deployment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_run")),
        sa.UniqueConstraint(
            "schedule_id",
            "deployment_id",
            "due_at",
            name=op.f("uq_schedule_run_schedule_id_deployment_id_due_at"),
        ),
    )
    op.create_index("ix_schedule_run_open", "schedule_run", ["schedule_id"], sqlite_where=OPEN, postgresql_where=OPEN)


def downgrade() -> None:
    for table in ("schedule_run", "schedule", "sighting", "track", "tracking"):
        op.drop_table(table)
    for name in ("missing_at", "last_seen_at", "modified_at"):
        op.drop_column("capture", name)
