"""modzy-sdk from PyPI, unmodified, on a real server with a real worker."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine import access
from engine.pipelines import detector
from models.people import Role, User
from tests.api.clients import installed
from tests.api.serving import serve
from tests.lab import draw_captures, open_lab


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """What the program said at the end of its day."""
    client = installed("modzy-sdk==0.11.6")
    folder = tmp_path_factory.mktemp("modzy")
    with open_lab(folder / "home") as lab:
        draw_captures(folder / "captures", 12, width=1600, height=1200)
        lab.take_in(folder / "captures")
        with lab.board.store.write() as session:
            session.add(User(name="operator", role=Role.OPERATOR))
        key = access.create_token(lab.board.store, user_name="operator", role=Role.OPERATOR)
        with serve(lab) as address, lab.workers(1):
            yield client.run("modzy_jobs.py", f"{address}/api", key, str(folder / "captures"))


def test_it_finds_a_model_with_its_version_and_inputs(said: Any) -> None:
    assert said["model"] == ["embedded", f"{detector.VERSION}.0.0", ["image"]]


def test_a_submitted_picture_is_processed_and_explained_with_its_boxes(said: Any) -> None:
    assert said["submitted"] == ["SUBMITTED", 1]
    assert said["embedded"] == ["COMPLETED", True, True, True]


def test_uploaded_files_are_processed(said: Any, tmp_path: Path) -> None:
    status, total, completed, failed, weight, has_queue_time = said["files"]
    assert [status, total, completed, failed, has_queue_time] == ["COMPLETED", 2, 2, 0, True]
    draw_captures(tmp_path, 3, width=1600, height=1200)
    assert weight == sum(path.stat().st_size for path in sorted(tmp_path.iterdir())[1:])
    assert said["file results"] == ["bytes", "path"]


def test_an_upload_that_is_no_picture_is_refused_in_a_sentence(said: Any) -> None:
    status, sentence = said["no picture"]
    assert status == 400
    assert "text/image is not a picture" in sentence


def test_a_text_names_a_capture_or_fails_in_plain_words(said: Any) -> None:
    assert said["text"] == ["COMPLETED", 1, 1, ["known"], ["unknown"]]
    assert "'Modzy is great!' is neither the number nor the address of a capture" in said["text failure"]


def test_a_running_job_is_cancelled(said: Any) -> None:
    assert said["cancelled"] == [True, "CANCELED"]


def test_the_history_is_filtered_sorted_and_paged(said: Any) -> None:
    assert said["history"] == ["CANCELED", "COMPLETED", "CANCELED", "COMPLETED", "COMPLETED"]
    assert said["window"] == [3, 2]
    assert said["terminated"] == ["CANCELED", "COMPLETED"]


def test_it_learns_what_an_upload_is_cut_into_and_who_works(said: Any) -> None:
    assert said["features"] == "8Mi"
    assert said["engines"] == 1


def test_an_unknown_job_is_a_404_with_a_sentence(said: Any) -> None:
    assert said["no such job"] == [404, "There is no job no-such-job."]
