"""The migrations make exactly the tables of the models, on both databases."""

from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from engine.doctor import examine
from models import migrate
from models.settings import load
from models.store import Store
from models.tables import Base
from tests.lab import Lab, wait_for


@pytest.fixture
def store(tmp_path: Path, database: str | None) -> Store:
    return Store(database or f"sqlite:///{tmp_path / 'new.db'}")


# PostgreSQL keeps what is missing at the end of an index unless told; these are told, and its models cannot say so.
TOLD = {f"ix_job_{name}_id" for name in ("submitted_at", "started_at", "finished_at", "queue_ms", "elapsed_ms")}


def is_of_the_models(_object: Any, name: str | None, kind: str, *_more: Any) -> bool:
    """The index by which names are searched is of one database alone, and in no model."""
    is_search = str(name).startswith("job_search") or name == "ix_job_name_trigrams"
    return not is_search and not (kind == "index" and name in TOLD)


def test_a_new_database_gets_the_tables_of_the_models(store: Store) -> None:
    assert migrate.current(store) is None
    assert migrate.upgrade(store)
    assert migrate.current(store) == migrate.head()
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": is_of_the_models})
        assert compare_metadata(context, Base.metadata) == []
    store.close()


def test_a_migrated_database_is_left_alone(store: Store) -> None:
    migrate.upgrade(store)
    assert not migrate.upgrade(store)
    store.close()


def test_the_doctor_finds_what_is_missing(tmp_path: Path) -> None:
    findings = {finding.what: finding for finding in examine(load(home=tmp_path / "nowhere"))}
    assert findings["python"].well
    assert not findings["home"].well
    assert "nightboard up" in findings["home"].sentence


def test_the_doctor_finds_a_lab_at_work_well(lab: Lab) -> None:
    with lab.workers(1):
        wait_for(lambda: all(finding.well for finding in examine(lab.board.settings)), "everything is well")
