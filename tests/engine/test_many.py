"""The jobs that benchmarks are run on are whole jobs, on both databases."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from engine.cli import main
from engine.demo.many import make_jobs
from models import migrate
from models.jobs import Attempt, Job
from models.queries import jobs, timings
from models.queries.job_filter import JobFilter
from models.rollups import ALL_STATIONS, ALL_WORKERS, StatusCount
from models.store import Store


def test_many_jobs_are_listed_found_and_counted(tmp_path: Path, database: str | None) -> None:
    store = Store(database or f"sqlite:///{tmp_path / 'many.db'}")
    migrate.upgrade(store)
    make_jobs(store, 300)
    with store.read() as session:
        newest, *_ = jobs.page(session, JobFilter())
        detail = jobs.detail(session, newest.id)
        assert detail is not None
        assert len(jobs.ids(session, JobFilter(words=(newest.name[:6],)), sort="-created_at")) > 0
        assert [line.seq for line in jobs.logs(session, newest.id)] == list(range(1, len(detail.attempts) * 3 + 1))
        assert [stage.key for stage in detail.stages]
        assert jobs.facets(session).types == sorted(set(session.scalars(select(Job.type))))
        ended = session.scalars(select(func.count()).where(Attempt.finished_at.is_not(None))).one()
        every = (StatusCount.deployment_id == ALL_STATIONS) & (StatusCount.worker == ALL_WORKERS)
        assert session.scalars(select(func.sum(StatusCount.attempts)).where(every)).one() == ended
        timed = session.scalars(select(func.count(Attempt.queue_ms)).where(Attempt.folded)).one()
        assert sum(row.attempts for row in timings.histogram(session, "queue")) == timed
        assert sum(row.attempts for row in timings.by_night(session, "queue")) == timed
        assert session.scalars(select(func.count(Job.id))).one() == jobs.count(session, JobFilter()) == 300
    store.close()


def test_a_home_with_jobs_is_left_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    seed = ["bench", "seed", "--home", str(tmp_path), "--jobs", "20"]
    assert CliRunner().invoke(main, seed).exit_code == 0
    again = CliRunner().invoke(main, seed)
    assert again.exit_code == 1
    assert "has jobs already" in again.output
