"""A text is found wherever it stands in a job's name or its pipeline's, in any case, on both databases."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.orm import Session

from models import migrate
from models.captures import Deployment, Project
from models.jobs import Job, JobTag
from models.pipelines import Pipeline
from models.queries import job_search, jobs
from models.queries.job_filter import JobFilter
from models.store import Store
from tests.lab import new_store

NIGHT = date(2026, 7, 1)
NAMES = (
    "Bog, east, 3 Jul 2026",
    "bog again",
    "A hundred % of the bog",
    'Said "bog" twice',
    "Été à Montréal",
    "under_score",
    "nothing of the kind",
)


@pytest.fixture
def store(tmp_path: Path, database: str | None) -> Iterator[Store]:
    """Jobs with these names, from 1 on; the last one is of the pipeline Nordic moths."""
    opened = Store(database) if database else new_store(tmp_path / "new.db")
    with opened.write() as session:
        session.add(Project(id=1, name="Moths"))
        session.add(Pipeline(id=1, slug="nordic", name="Nordic moths", kind="nothing"))
        session.flush()
        session.add_all(Job(id=n, name=name, type="ml", project_id=1) for n, name in enumerate(NAMES, start=1))
        session.get_one(Job, len(NAMES)).pipeline_id = 1
    yield opened
    opened.close()


def found(store: Store, *words: str) -> list[int]:
    with store.read() as session:
        ids = jobs.ids(session, JobFilter(words=words), sort="id")
        assert jobs.count(session, JobFilter(words=words)) == len(ids)
        return ids


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("bog", [1, 2, 3, 4]),
        ("BOG", [1, 2, 3, 4]),
        ("og, ea", [1]),
        ("% of", [3]),
        ('"bog"', [4]),
        ("r_s", [6]),
        ("été", [5]),
        ("MONTRÉAL", [5]),
        ("é", [5]),
        ("É", [5]),
        ("o", [1, 2, 3, 4, 5, 6, 7]),
        ("tw", [4]),
        ("%", [3]),
        ("dic mo", [7]),
        ("bog bog", []),
        ("wi bog", []),
        ("job_search", []),
        ("* OR bog", []),
    ],
)
def test_a_text_is_found_wherever_it_stands(store: Store, words: str, expected: list[int]) -> None:
    assert found(store, words) == expected


def test_each_of_several_words_is_found_wherever_it_stands(store: Store) -> None:
    assert found(store, "east", "bog") == [1]
    assert found(store, "east", "again") == []
    assert found(store, "moths", "NOTHING of") == [7]
    assert found(store, "o", "bog", "%") == [3]


def test_a_text_in_many_names_is_found_in_the_names_themselves(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_search, "FEW", 2)
    assert found(store, "Bog") == [1, 2, 3, 4]
    with store.read() as session:
        assert jobs.count(session, JobFilter(words=("bog",)), cap=3) == 3


@pytest.mark.parametrize("few", [0, 10_000])
def test_any_of_several_tags_is_found_once(store: Store, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr(job_search, "FEW", few)
    with store.write() as session:
        session.add_all(JobTag(job_id=job, tag=tag) for job, tag in [(1, "wet"), (1, "late"), (3, "late"), (4, "dry")])
    where = JobFilter(tags=("wet", "late"), words=("bog",))
    with store.read() as session:
        assert jobs.ids(session, where, sort="id") == [1, 3]
        assert jobs.count(session, where) == 2


def test_a_renamed_and_a_deleted_job_are_found_as_they_are(store: Store) -> None:
    with store.write() as session:
        session.execute(update(Job).where(Job.id == 1).values(name="Dune, west"))
        session.delete(session.get_one(Job, 2))
    assert found(store, "bog") == [3, 4]
    assert found(store, "dune") == [1]


def test_postgresql_looks_for_a_word_in_its_index_of_letters(store: Store) -> None:
    if store.is_sqlite:
        pytest.skip("SQLite's index is asked by its name")
    where, plans = JobFilter(words=("bog, east",)), {}
    with Session(store.engine) as session:
        for setting in ("seqscan", "indexscan", "indexonlyscan"):  # a few rows are soonest read as they are
            session.execute(text(f"SET LOCAL enable_{setting} TO off"))
        for is_long in (False, True):
            which = job_search.narrowed(session, where, is_long=is_long)
            query = select(Job.id).where(*which).compile(session.get_bind(), compile_kwargs={"literal_binds": True})
            plans[is_long] = "\n".join(session.connection().exec_driver_sql(f"EXPLAIN {query}").scalars())
            assert jobs.ids(session, where, is_long=is_long) == [1]
    assert "ix_job_name_trigrams" in plans[False]
    assert "ix_job_name_trigrams" not in plans[True]


NIGHT_BEFORE = f"""INSERT INTO event (id, deployment_id, night, captures_count, expected_count, processed_count,
    failed_count, detections_count, gaps, rev, created_at, updated_at)
    VALUES (1, 1, '{NIGHT}', 0, 0, 0, 0, 0, '[]', 0, '{NIGHT} 20:00:00', '{NIGHT} 20:00:00')"""


@pytest.fixture
def old(empty: Store) -> Iterator[Store]:
    """A database from before there was an index, with one job over a night."""
    migrate.upgrade(empty, to="0001")
    with empty.write() as session:
        session.add(Project(id=1, name="Moths"))
        session.flush()
        # Past the ORM, which names columns that came later.
        session.execute(insert(Deployment.__table__).values(id=1, project_id=1, name="Wood"))
        session.execute(text(NIGHT_BEFORE))
        job = {"id": 1, "name": "Before there was an index", "type": "ml", "project_id": 1, "event_id": 1}
        session.execute(insert(Job.__table__).values(job))
    yield empty
    empty.close()


def test_a_database_with_jobs_is_brought_forward(old: Store) -> None:
    assert migrate.upgrade(old)
    assert found(old, "WAS an") == [1]
    with old.read() as session:
        assert jobs.by_ids(session, [1])[0].deployment == "Wood"


def test_a_postgresql_that_cannot_have_the_index_still_finds(old: Store, caplog: pytest.LogCaptureFixture) -> None:
    if old.is_sqlite:
        pytest.skip("SQLite has its own index")
    with old.engine.begin() as connection:  # its name is taken, which fails as a forbidden extension does
        connection.exec_driver_sql("CREATE INDEX ix_job_name_trigrams ON job (name)")
    assert migrate.upgrade(old)
    assert "so a search reads every name" in caplog.text
    assert found(old, "WAS an") == [1]
