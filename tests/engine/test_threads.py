"""A worker has one core: what it computes with takes one thread, in the worker and in each child that it forks."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import cv2
import psutil
import pytest
from sqlalchemy import select

from engine import own_pipelines
from engine.pipelines.embedded import EmbeddedPipeline
from engine.pipelines.onnx import Loaded, OnnxPipeline
from models.pipelines import Pipeline
from models.states import FINAL, Status
from tests.engine.test_onnx import DESCRIPTION, save_detector
from tests.lab import Lab, end, launch, wait_for

OF_A_WORKER = 3  # itself, its signs of life, RQ's listener
OF_A_CHILD = 2  # itself, and the watch over its lease


@pytest.fixture
def database() -> None:
    """Which database it is makes no difference to threads."""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "dark-cells"
    folder.mkdir()
    (folder / "pipeline.toml").write_text(DESCRIPTION)
    save_detector(folder / "model.onnx")
    return folder


@pytest.fixture
def many_threads() -> Iterator[None]:
    """OpenCV as a fresh process has it on a machine of several cores."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(4)
    yield
    cv2.setNumThreads(before)


@pytest.mark.usefixtures("many_threads")
def test_pipelines_take_one_thread_of_opencv_and_of_onnxruntime(model: Path) -> None:
    assert cv2.getNumThreads() == 4
    EmbeddedPipeline({})
    assert cv2.getNumThreads() == 1
    cv2.setNumThreads(4)
    OnnxPipeline({"slug": "dark-cells", "model": "any"})
    assert cv2.getNumThreads() == 1
    options = Loaded(model).detector.session.get_session_options()
    assert (options.intra_op_num_threads, options.inter_op_num_threads) == (1, 1)


def test_threads_of_a_worker_do_not_multiply_and_onnxruntime_tells_nobody(
    night: Lab, model: Path, tmp_path: Path
) -> None:
    own_pipelines.add(night.board.store, night.home, model)
    with night.board.store.read() as session:
        pipelines = list(session.scalars(select(Pipeline.id).where(Pipeline.slug.in_(["embedded", "dark-cells"]))))
    environment = os.environ | night.board.settings.environment() | {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    for name in ("OMP_NUM_THREADS", "ORT_DISABLE_TELEMETRY"):
        environment.pop(name, None)
    worker = launch(["shifts", "--name", "w1"], environment, tmp_path / "w1.log")
    seen: set[int] = set()
    of_children: set[int] = set()
    try:
        for pipeline_id in [*pipelines, *pipelines]:
            job_id = night.submit(pipeline_id=pipeline_id, reprocess=True)

            def is_over(job_id: int = job_id) -> bool:
                process = psutil.Process(worker.pid)
                seen.add(process.num_threads())
                with suppress(psutil.NoSuchProcess):
                    of_children.update(child.num_threads() for child in process.children())
                return night.job(job_id).status in FINAL

            wait_for(is_over, "the job is over")
            assert night.job(job_id).status is Status.SUCCESS
    finally:
        end(worker)
    assert max(seen) <= OF_A_WORKER
    assert max(of_children) <= OF_A_CHILD
    assert not (tmp_path / "cache").exists()  # where it would keep what it has to tell
