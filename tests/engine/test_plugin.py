"""A job type of another package, exactly as CONTRIBUTING shows it, and a pipeline of one that pip installs."""

import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from engine import control
from engine.jobtypes import job_types
from engine.pipelines import plugged
from engine.requests import JobRequest
from models.jobs import Stage
from models.pipelines import Pipeline
from models.results import Detection, Result
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


PIPELINE = '''
from engine.pipelines.base import Found, Processed
from engine.pipelines.plugged import Plugin


class Middle:
    """Finds one animal in the middle of each capture."""

    def __init__(self, config):
        self.side = config["side"]

    def process(self, pictures):
        for picture in pictures:
            box = Found(10, 10, 10 + self.side, 10 + self.side, 1.0, "middle", "middle")
            yield Processed(picture.capture_id, 1.0, [box])


PLUGIN = Plugin("middle", "Middle", 3, Middle, config={"side": 25})
'''


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package with a pipeline, installed by pip from its wheel into a folder on the path."""
    wheel = tmp_path / "middle-1.0-py3-none-any.whl"
    files = {
        "middle.py": PIPELINE,
        "middle-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: middle\nVersion: 1.0\n",
        "middle-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "middle-1.0.dist-info/entry_points.txt": f"[{plugged.ENTRY_POINT}]\nmiddle = middle:PLUGIN\n",
    }
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
        archive.writestr("middle-1.0.dist-info/RECORD", "".join(f"{name},,\n" for name in files))
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--disable-pip-version-check"]
    subprocess.run([*pip, "--target", str(tmp_path / "site"), str(wheel)], check=True)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    monkeypatch.syspath_prepend(tmp_path / "site")
    plugged.plugins.cache_clear()
    yield tmp_path / "site"
    plugged.plugins.cache_clear()


@pytest.mark.usefixtures("installed")
def test_a_pipeline_of_another_package_runs(night: Lab) -> None:
    with night.board.store.write() as session:
        plugged.ensure(session)
        pipeline = session.scalars(select(Pipeline).where(Pipeline.slug == "middle")).one()
    job_id = night.submit(pipeline_id=pipeline.id)
    with night.workers(1):
        assert night.until(job_id).status is Status.SUCCESS
    with night.board.store.read() as session:
        boxes = session.execute(select(Detection.x2, Detection.label)).all()
        versions = set(session.scalars(select(Result.pipeline_version)))
    assert [tuple(box) for box in boxes] == [(35, "middle")] * 24
    assert versions == {3}
