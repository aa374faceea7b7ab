"""The migrations make exactly the tables of the models, on both databases."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import select, text

from engine.doctor import examine
from models import migrate
from models.captures import STATE, Capture, Event
from models.operations import Operation
from models.results import Result
from models.rollups import DurationCount, MonthCount, StatusCount, bin_of
from models.settings import load
from models.store import Store
from models.tables import Base
from tests.lab import Lab, wait_for

# PostgreSQL keeps what is missing at the end of an index unless told; these are told, and its models cannot say so.
TOLD = {f"ix_job_{name}_id" for name in ("submitted_at", "started_at", "finished_at", "queue_ms", "elapsed_ms")}


def is_of_the_models(_object: Any, name: str | None, kind: str, *_more: Any) -> bool:
    """The index by which names are searched and the counts of jobs are of one database alone, and in no model."""
    is_of_one = str(name).startswith(("job_search", "job_count")) or name == "ix_job_name_trigrams"
    return not is_of_one and not (kind == "index" and name in TOLD)


def test_a_new_database_gets_the_tables_of_the_models(empty: Store) -> None:
    assert migrate.current(empty) is None
    assert migrate.upgrade(empty)
    assert migrate.current(empty) == migrate.head() == ScriptDirectory(str(migrate.MIGRATIONS)).get_current_head()
    with empty.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": is_of_the_models})
        assert compare_metadata(context, Base.metadata) == []
    empty.close()


def test_a_migrated_database_is_left_alone(empty: Store) -> None:
    migrate.upgrade(empty)
    assert not migrate.upgrade(empty)
    empty.close()


def test_the_doctor_finds_what_is_missing(tmp_path: Path) -> None:
    findings = {finding.what: finding for finding in examine(load(home=tmp_path / "nowhere"))}
    assert findings["python"].well
    assert not findings["home"].well
    assert "nightboard up" in findings["home"].sentence


def test_the_doctor_finds_a_lab_at_work_well(lab: Lab) -> None:
    with lab.workers(1):
        wait_for(lambda: all(finding.well for finding in examine(lab.board.settings)), "everything is well")


def is_brought_forward(store: Store, filled: Mapping[str, Sequence[str]]) -> bool:
    """Migrate through these revisions, each of which gets its rows when it is reached, and on to the last."""
    for revision, statements in filled.items():
        migrate.upgrade(store, to=revision)
        with store.engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))
    return migrate.upgrade(store)


def test_counts_go_on_and_those_of_each_station_are_made_from_the_attempts_that_are_there(empty: Store) -> None:
    assert is_brought_forward(empty, {"0001": BEFORE})
    with empty.read() as session:
        counted = session.scalars(select(StatusCount).order_by(StatusCount.deployment_id)).all()
        bins = session.scalars(select(DurationCount).order_by(DurationCount.deployment_id, DurationCount.night)).all()
        months = session.scalars(select(MonthCount)).all()
    assert [(row.deployment_id, row.attempts) for row in counted] == [(0, 5), (7, 1)]
    assert [(row.deployment_id, row.bin, row.attempts) for row in bins] == [
        (0, 95, 5),
        (0, 95, 2),
        (7, bin_of(100), 1),
    ]
    assert [(row.metric, row.bin, row.month, row.attempts) for row in months] == [("queue", 95, date(2026, 8, 1), 7)]
    empty.close()


def test_an_operation_of_the_version_before_is_kept(empty: Store) -> None:
    assert is_brought_forward(empty, {"0001": (OPERATION,)})
    with empty.read() as session:
        (kept,) = session.scalars(select(Operation)).all()
    assert (kept.verb, kept.total, kept.details) == ("cancel", 3, {})
    empty.close()


def test_what_a_checkpoint_held_back_before_is_no_longer_told_as_processed(empty: Store) -> None:
    assert is_brought_forward(empty, {"0001": BEFORE, "0017": HELD_BACK})
    with empty.read() as session:
        event = session.scalars(select(Event)).one()
        states = dict(zip("abcd", session.scalars(select(STATE).order_by(Capture.id)), strict=True))
        waiting = session.scalars(select(Result.capture_id).where(Result.waiting)).all()
    assert states == {"a": "done", "b": "stopped", "c": "stopped", "d": "failed"}
    assert waiting == [2]
    counts = (event.processed_count, event.stopped_count, event.failed_count, event.detections_count)
    assert counts == (1, 2, 1, 3)
    empty.close()


def test_what_was_wrong_with_captures_is_kept_with_them(empty: Store) -> None:
    assert is_brought_forward(empty, {"0001": BEFORE, "0019": PICTURES})
    with empty.read() as session:
        assert list(session.scalars(select(Capture.flags).order_by(Capture.id))) == [["blurred"], ["dark"], None]
    empty.close()


AT = "'2026-08-01 20:00:00'"
BEFORE = (
    f"INSERT INTO project (id, name, description, created_at, updated_at) VALUES (1, 'Moths', '', {AT}, {AT})",
    f"""INSERT INTO deployment (id, project_id, name, timezone, mask_zones, lamp, device_notes, created_at, updated_at)
        VALUES (7, 1, 'Mols', 'UTC', '[]', '', '', {AT}, {AT})""",
    f"""INSERT INTO job (id, uuid, name, type, project_id, deployment_id, arguments, delay, shuffle, seed, reprocess,
        priority, failure_threshold, tags, dispatch_mode, dry_run, review_state, status, attempt, total, processed,
        skipped, failed, stopped, detections, classifications, progress, log_seq, holds, paused_ms, rev, created_at,
        updated_at, "limit") VALUES (1, 'u', 'a job', 'ml', 1, 7, '{{}}', 0, FALSE, 0, FALSE, 5, 0.5, '[]', 'internal',
        FALSE, 'NONE', 'SUCCESS', 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, {AT}, {AT}, NULL)""",
    f"""INSERT INTO attempt (job_id, number, status, submitted_at, queue_ms, paused_ms, folded)
        VALUES (1, 1, 'SUCCESS', {AT}, 100, 0, TRUE)""",
    "INSERT INTO rollup_status VALUES ('2026-08-01', 'ml', 0, 'SUCCESS', 5)",
    """INSERT INTO rollup_duration
        VALUES ('2026-08-01', 'ml', 0, 'queue', 95, 5), ('2026-08-31', 'ml', 0, 'queue', 95, 2)""",
)
PICTURES = (
    f"INSERT INTO source (id, deployment_id, url, created_at) VALUES (1, 7, '/captures', {AT})",
    *(
        f"""INSERT INTO capture (id, deployment_id, source_id, path, size_bytes, detections_count, time_source,
            created_at, processed_at, failed_at, brightness)
            VALUES ({number}, 7, 1, '{number}.jpg', 1, 0, 'none', {AT}, {ends})"""
        for number, ends in ((1, f"{AT}, NULL, 190"), (2, f"NULL, {AT}, NULL"), (3, "NULL, NULL, NULL"))
    ),
    f"""INSERT INTO pipeline (id, slug, name, description, version, version_name, kind, config, batch_max, call_limit_s,
        enabled, created_at, updated_at)
        VALUES (1, 'e', 'E', '', 1, '', 'embedded', '{{}}', 1, 120, TRUE, {AT}, {AT})""",
    *(
        f"""INSERT INTO result (capture_id, pipeline_id, pipeline_version, parameters, attempt, detections_count,
            classifications_count, flags, created_at) VALUES (1, 1, {number}, '', 1, 0, 0, '{flags}', {at})"""
        for number, flags, at in ((1, "[]", AT), (2, '["blurred"]', "'2026-08-02 20:00:00'"))
    ),
    """INSERT INTO stage (id, job_id, position, key, name, over_captures, status, progress, params, open_items,
        total_items) VALUES (1, 1, 0, 'process', 'Process', TRUE, 'SUCCESS', 1, '[]', 0, 1)""",
    """INSERT INTO item (job_id, stage_id, capture_id, position, state, tries, error_kind)
        VALUES (1, 1, 2, 0, 'FAILED', 0, 'dark')""",
)
OPERATION = f"""INSERT INTO operation (id, verb, "where", who, total, last_job_id, reached, done, refused, refusals,
    requested_at, finished_at, rev) VALUES (1, 'cancel', '{{}}', '{{}}', 3, 3, 3, 3, 0, '{{}}', {AT}, {AT}, 0)"""
# A job at its checkpoint: capture 1 was accepted, 2 waits with its result, 3 could not be read and waits, 4 failed.
HELD_BACK = (
    "UPDATE job SET status = 'CHECKPOINT', stopped = 2 WHERE id = 1",
    f"""INSERT INTO source (id, deployment_id, url, created_at) VALUES (1, 7, '/captures', {AT})""",
    f"""INSERT INTO event (id, deployment_id, night, captures_count, expected_count, processed_count, failed_count,
        detections_count, gaps, rev, created_at, updated_at)
        VALUES (1, 7, '2026-08-01', 4, 4, 2, 2, 8, '[]', 1, {AT}, {AT})""",
    f"""INSERT INTO capture (id, deployment_id, source_id, event_id, path, time_source, size_bytes, processed_at,
        failed_at, detections_count, created_at) VALUES
        (1, 7, 1, 1, 'a', 'name', 1, {AT}, NULL, 3, {AT}), (2, 7, 1, 1, 'b', 'name', 1, {AT}, NULL, 5, {AT}),
        (3, 7, 1, 1, 'c', 'name', 1, NULL, {AT}, 0, {AT}), (4, 7, 1, 1, 'd', 'name', 1, NULL, {AT}, 0, {AT})""",
    f"""INSERT INTO pipeline (id, slug, name, description, version, version_name, kind, config, batch_max, call_limit_s,
        enabled, created_at, updated_at)
        VALUES (1, 'p', 'P', '', 1, '', 'embedded', '{{}}', 8, 60, TRUE, {AT}, {AT})""",
    """INSERT INTO stage (id, job_id, position, key, name, over_captures, status, progress, params, open_items,
        total_items) VALUES (1, 1, 0, 'process', 'Process', TRUE, 'STARTED', 1, '[]', 0, 4)""",
    f"""INSERT INTO result (id, capture_id, pipeline_id, pipeline_version, parameters, job_id, attempt,
        detections_count, classifications_count, created_at)
        VALUES (1, 1, 1, 1, 'x', 1, 1, 3, 0, {AT}), (2, 2, 1, 1, 'x', 1, 1, 5, 0, {AT})""",
    f"""INSERT INTO item (id, job_id, stage_id, capture_id, position, state, tries, result_id, finished_at) VALUES
        (1, 1, 1, 1, 0, 'DONE', 0, 1, {AT}), (2, 1, 1, 2, 1, 'STOPPED', 0, 2, {AT}),
        (3, 1, 1, 3, 2, 'STOPPED', 0, NULL, {AT}), (4, 1, 1, 4, 3, 'FAILED', 0, NULL, {AT})""",
)
