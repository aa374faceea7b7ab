"""A job type from another package, exactly as CONTRIBUTING shows it."""

import re
from pathlib import Path

import pytest
from sqlalchemy import select

from engine import control
from engine.jobtypes import job_types
from engine.requests import JobRequest
from models.jobs import Stage
from models.states import Status
from tests.lab import ENGINEER, Lab

ROOT = Path(__file__).parents[2]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example as an installed package: its module and its metadata on the path."""
    example, declaration = re.findall(
        r"```(?:python|toml)\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(), re.DOTALL
    )
    folder = tmp_path / "site"
    metadata = folder / "count_by_hour-1.0.dist-info"
    metadata.mkdir(parents=True)
    (folder / "count_by_hour.py").write_text(example)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: count-by-hour\nVersion: 1.0\n")
    group, entry = re.findall(r'entry-points\."(.+)"\]\n(.+)', declaration)[0]
    (metadata / "entry_points.txt").write_text(f"[{group}]\n{entry.replace(chr(34), '')}\n")
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.syspath_prepend(folder)
    job_types.cache_clear()
    return folder


@pytest.mark.usefixtures("package")
def test_a_job_type_of_another_package_runs(night: Lab) -> None:
    request = JobRequest(
        name="count", project_id=night.project_id, type="count_by_hour", deployment_id=night.station_id
    )
    try:
        job_id = control.submit(night.board, ENGINEER, request, start_now=True).job_id
    finally:
        job_types.cache_clear()
    with night.workers(1):
        assert night.until(job_id).status is Status.SUCCESS
    with night.board.store.read() as session:
        stage = session.scalars(select(Stage).where(Stage.job_id == job_id)).one()
    assert {param["key"]: param["value"] for param in stage.params} == {"captures": 24, "busiest_hour": "20"}
