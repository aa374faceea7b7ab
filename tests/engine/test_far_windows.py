"""Windows far down long lists, which are counted to from the nearer end where it is known how many jobs there are."""

import json
import random
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text, update

from models import migrate
from models.captures import Collection, Deployment, Project
from models.jobs import Job
from models.pipelines import Pipeline
from models.queries import history, job_counts, jobs
from models.queries.history import HistoryFilter
from models.queries.job_filter import JobFilter
from models.settings import load
from models.states import Status
from models.store import Store
from tests.lab import lay

MANY = 61
WINDOW = 13  # so that the middle one, and those of either half, are among the few there are
STARTS = range(0, MANY + 2 * WINDOW, WINDOW)
FILTERS = (
    JobFilter(),
    JobFilter(status=(Status.SUCCESS, Status.FAILURE)),
    JobFilter(incomplete_only=True),
    JobFilter(deployment_id=(2,)),
    JobFilter(collection_id=(1, 1)),
    JobFilter(project_id=(1,), status=(Status.CREATED,)),
)


@pytest.fixture
def store(home: Path, database: str | None) -> Iterator[Store]:
    """Jobs of every state, with and without a station, a pipeline and a collection."""
    settings = load(home=home, database_url=database)
    lay(settings)
    opened = Store(settings.database)
    chance = random.Random(1)
    with opened.write() as session:
        session.add_all(Project(id=number, name=f"Project {number}") for number in (1, 2))
        session.flush()
        session.add_all(
            Deployment(id=number, name=name, project_id=1) for number, name in ((1, "Dune"), (2, "Bog"), (3, "Alp"))
        )
        session.execute(update(Pipeline).values(name="Alike"))  # of the one that there is
        session.add(Pipeline(id=2, slug="p2", name="Alike", kind="nothing"))
        session.add_all(
            Collection(id=number, name=f"C{3 - number}", project_id=1, method="manual") for number in (1, 2)
        )
        session.flush()
        session.add_all(
            Job(
                name=f"job {chance.randrange(9)}",
                type=chance.choice(("ml", "delay")),
                status=chance.choice(list(Status)),
                project_id=chance.choice((1, 2)),
                deployment_id=chance.choice((None, 1, 2, 3)),
                pipeline_id=chance.choice((None, 1, 2)),
                collection_id=chance.choice((None, 1, 2)),
                total=chance.randrange(3),
                queue_ms=chance.choice((None, 5, 7)),
            )
            for _ in range(MANY)
        )
    yield opened
    opened.close()


def recount(store: Store) -> dict[tuple[str, str], int]:
    with store.read() as session:
        return {
            (name, str(value if value is not None else job_counts.NONE)): count
            for name in job_counts.COUNTED
            for value, count in session.execute(select(getattr(Job, name), func.count()).group_by(getattr(Job, name)))
        }


def kept(store: Store) -> dict[tuple[str, str], int]:
    with store.read() as session:
        rows = session.execute(text("SELECT name, value, jobs FROM job_count WHERE jobs"))
        return {(name, value): count for name, value, count in rows}


def is_counting(store: Store) -> bool:
    with store.read() as session:
        return job_counts.by_value(session, "status", job_counts.DEEP + 1) is not None


def test_the_windows_of_a_list_are_the_list(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for where, name, sign in product(FILTERS, jobs.SORTS, ("", "-")):
        with store.read() as session:
            whole = jobs.ids(session, where, sort=sign + name, limit=1000)
            assert len(whole) == jobs.count(session, where)
            assert jobs.ids(session, where, sort=sign + name, limit=1000, is_long=True) == whole, (where, sign + name)
            short = jobs.in_order(session, jobs.matching(session, where, 1000), name)
            assert (short[::-1] if sign else short) == whole, (where, sign + name)
            for number in range(WINDOW - 1, len(whole), WINDOW):
                place = jobs.place_of(session, whole[number], sign + name)
                assert place is not None
                assert jobs.Place.read(json.loads(json.dumps(place.told()))) == place
                behind = jobs.ids(session, where, sort=sign + name, after=place, limit=WINDOW, is_long=True)
                assert behind == whole[number + 1 :][:WINDOW], (where, sign + name, place)
            with monkeypatch.context() as patch:
                patch.setattr(job_counts, "DEEP", -1)
                patch.setattr(job_counts, "MANY", 5)
                windows = [jobs.ids(session, where, sort=sign + name, offset=start, limit=WINDOW) for start in STARTS]
        assert [job_id for window in windows for job_id in window] == whole, (where, sign + name)
        assert windows[-1] == []


def test_the_windows_of_a_history_are_the_history(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    ranks, everything = {status: number % 3 for number, status in enumerate(Status)}, HistoryFilter(JobFilter())
    for name, sign in product(history.SORTS, ("", "-")):

        def window(offset: int, limit: int, sort: str = sign + name) -> list[int]:
            with store.read() as session:
                rows = history.page(session, everything, sorts=[sort], ranks=ranks, offset=offset, limit=limit)
                return [row.id for row in rows]

        whole = window(0, 1000)
        assert len(whole) == MANY
        with monkeypatch.context() as patch:
            patch.setattr(job_counts, "DEEP", -1)
            assert [job_id for start in STARTS for job_id in window(start, WINDOW)] == whole, sign + name


def test_the_counts_follow_each_change(store: Store) -> None:
    if not is_counting(store):
        pytest.skip("PostgreSQL keeps no counts: each write of a job would wait for the row of its project")
    assert kept(store) == recount(store)
    with store.write() as session:
        session.execute(update(Job).where(Job.id < 30).values(status=Status.REVOKED, collection_id=None))
        session.execute(update(Job).where(Job.id > 50).values(pipeline_id=2, name="renamed"))
        session.delete(session.get_one(Job, 3))
    assert kept(store) == recount(store)


def test_a_database_with_jobs_in_it_is_counted(empty: Store, tmp_path: Path) -> None:
    migrate.upgrade(empty, to="0008")
    with empty.write() as session:
        session.add(Project(id=1, name="Old"))
        session.flush()
        row = {"name": "old", "type": "delay", "project_id": 1, "status": Status.SUCCESS}
        session.execute(insert(Job.__table__), [row] * 3)  # past the ORM, which names columns that came later
    migrate.upgrade(empty)
    if is_counting(empty):
        assert kept(empty) == recount(empty)
        with empty.read() as session:
            assert job_counts.known(session, JobFilter(status=(Status.SUCCESS,)), job_counts.DEEP + 1) == 3
    with empty.read() as session:
        assert jobs.ids(session, JobFilter(), sort="id") == [1, 2, 3]
    empty.close()
