"""A lab's own model, a tiny but real one, is looked over, added, and run by a worker; a wrong one is refused."""

import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import cv2
import numpy as np
import onnx
import pytest
from click.testing import CliRunner
from onnx import TensorProto, helper, numpy_helper
from sqlalchemy import select

from engine import own_pipelines, pipelines
from engine.cli import main
from engine.lab import models
from engine.pipelines.base import Picture, PipelineAway, Processed
from engine.pipelines.onnx import Loaded, OnnxPipeline, folder_of
from engine.pipelines.onnx_folder import BadPipeline, Description
from engine.pipelines.onnx_output import boxes_of
from engine.refusals import Forbidden, Invalid
from models.captures import Capture
from models.people import Role
from models.pipelines import Algorithm, Pipeline
from models.results import Classification, Detection, Result
from models.states import Status
from tests.lab import ENGINEER, Lab, draw_captures

SIDE, CELL = 256, 16
GRID = SIDE // CELL
DESCRIPTION = f"""
slug = "dark-cells"
name = "Dark cells"
classes = ["dark"]
[input]
width = {SIDE}
height = {SIDE}
[output]
layout = "yolo"
[thresholds]
score = 0.35
"""
CLASSIFIER = """
[classifier]
classes = ["dark one", "pale one"]
[classifier.input]
width = 16
height = 16
"""


def save(
    path: Path, nodes: list[Any], constants: dict[str, Any], shape: list[int], outputs: dict[str, list[Any]]
) -> None:
    """Write a model of one float input "picture"."""
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, of) for name, of in outputs.items()],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def save_detector(path: Path) -> None:
    """A detector in the layout of YOLOv8: for each cell of a grid its box, and as score how dark it is."""
    centres = (np.arange(GRID, dtype=np.float32) + 0.5) * CELL
    across, down = np.meshgrid(centres, centres)
    size = np.full(GRID * GRID, CELL, np.float32)
    boxes = np.stack([across.ravel(), down.ravel(), size, size])[None]
    nodes = [
        helper.make_node("ReduceMean", ["picture"], ["grey"], axes=[1], keepdims=1),
        helper.make_node("AveragePool", ["grey"], ["cells"], kernel_shape=[CELL, CELL], strides=[CELL, CELL]),
        helper.make_node("Sub", ["one", "cells"], ["darkness"]),
        helper.make_node("Reshape", ["darkness", "flat"], ["scores"]),
        helper.make_node("Concat", ["boxes", "scores"], ["output0"], axis=1),
    ]
    constants = {"one": np.float32(1), "flat": np.array([1, 1, -1]), "boxes": boxes}
    save(path, nodes, constants, [1, 3, SIDE, SIDE], {"output0": [1, 5, GRID * GRID]})


def save_classifier(path: Path) -> None:
    """A classifier that tells dark crops from pale ones."""
    nodes = [
        helper.make_node("ReduceMean", ["picture"], ["grey"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Reshape", ["grey", "flat"], ["column"]),
        helper.make_node("Gemm", ["column", "weights", "bias"], ["logits"]),
    ]
    weights, bias = np.array([[-20, 20]], np.float32), np.array([15, -15], np.float32)
    constants = {"flat": np.array([1, 1]), "weights": weights, "bias": bias}
    save(path, nodes, constants, [1, 3, 16, 16], {"logits": [1, 2]})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as a lab would put it together."""
    made = tmp_path / "dark-cells"
    made.mkdir()
    (made / "pipeline.toml").write_text(DESCRIPTION + CLASSIFIER)
    save_detector(made / "model.onnx")
    save_classifier(made / "classifier.onnx")
    return made


@pytest.fixture(autouse=True)
def surroundings(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTBOARD_HOME", str(home))


def pipeline_row(lab: Lab) -> Pipeline:
    with lab.board.store.read() as session:
        row = session.scalars(select(Pipeline).filter_by(slug="dark-cells")).one()
        session.expunge_all()
        return row


def test_an_own_model_is_added_and_run_by_workers(night: Lab, folder: Path, tmp_path: Path) -> None:
    command = ["pipeline", "add", str(folder), "--home", str(night.home)]
    environment = {"DATABASE_URL": night.board.settings.database_url}
    told = CliRunner().invoke(main, command, env=environment, catch_exceptions=False)
    assert told.output == "Pipeline dark-cells, version 1, is ready.\n"
    shutil.rmtree(folder)  # the home has a copy of its own
    job_id = night.submit(pipeline_id=pipeline_row(night).id)
    with night.workers(2):
        job = night.until(job_id)
    night.assert_whole(job_id)
    assert (job.status, job.processed, job.failed) == (Status.SUCCESS, 24, 0)
    assert job.detections == job.classifications >= 24
    with night.board.store.read() as session:
        rows = session.execute(
            select(Capture.path, Detection, Classification)
            .join(Detection, Detection.capture_id == Capture.id)
            .join(Classification)
        ).all()
        assert set(session.scalars(select(Result.parameters))) == {pipelines.digest(pipeline_row(night))}
    for path, box, label in rows:
        picture = cv2.imread(str(tmp_path / "captures" / path), cv2.IMREAD_GRAYSCALE)
        assert picture[int(box.y1) : int(box.y2), int(box.x1) : int(box.x2)].mean() < 170  # the sheet is 200
        assert (box.label, label.label, label.algorithm) == ("dark one", "dark one", "dark-cells-classifier")
        assert 0.35 <= box.score <= 1 >= label.score > 0.5


def test_a_box_is_where_the_animal_is_on_a_wide_capture(folder: Path, tmp_path: Path) -> None:
    sheet = np.full((300, 900, 3), 230, np.uint8)
    cv2.rectangle(sheet, (600, 60), (779, 239), (20, 20, 20), -1)
    (folder / "pipeline.toml").write_text(DESCRIPTION)
    found = Loaded(folder).look(sheet)
    sure = [each for each in found if each.score > 0.9]
    assert sure
    for box in sure:
        assert 595 <= box.x1 < box.x2 <= 785
        assert 55 <= box.y1 < box.y2 <= 245
    assert Loaded(folder).look(sheet, [(590, 50, 790, 250)]) == []


def test_the_same_folder_again_changes_nothing_and_a_new_model_is_a_new_version(lab: Lab, folder: Path) -> None:
    first = own_pipelines.add(lab.board.store, lab.home, folder)
    again = own_pipelines.add(lab.board.store, lab.home, folder)
    (folder / "pipeline.toml").write_text(DESCRIPTION.replace("0.35", "0.5"))
    changed = own_pipelines.add(lab.board.store, lab.home, folder)
    assert [(each.version, each.is_new) for each in (first, again, changed)] == [(1, True), (1, False), (2, True)]
    with lab.board.store.read() as session:
        keys = session.execute(select(Algorithm.key, Algorithm.version).where(Algorithm.key.startswith("dark"))).all()
    assert sorted(map(tuple, keys)) == [("dark-cells", 1), ("dark-cells", 2), ("dark-cells-classifier", 1)]


def test_a_machine_without_the_model_says_so_until_it_has_it(lab: Lab, folder: Path, tmp_path: Path) -> None:
    own_pipelines.add(lab.board.store, lab.home, folder)
    config = pipeline_row(lab).config
    kept = folder_of(lab.home, config["slug"], config["model"])
    kept.rename(tmp_path / "elsewhere")
    draw_captures(tmp_path / "captures", 1)
    picture = Picture(1, next((tmp_path / "captures").iterdir()))
    pipeline = OnnxPipeline(config)
    with pytest.raises(PipelineAway, match="nightboard pipeline add"):
        list(pipeline.process([picture]))
    (tmp_path / "elsewhere").rename(kept)
    assert isinstance(next(iter(pipeline.process([picture]))), Processed)


def no_model(folder: Path) -> None:
    (folder / "model.onnx").unlink()


def no_onnx(folder: Path) -> None:
    (folder / "model.onnx").write_bytes(b"\x89PNG, by mistake")


def change(old: str, new: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        text = (folder / "pipeline.toml").read_text()
        assert old in text
        (folder / "pipeline.toml").write_text(text.replace(old, new, 1))

    return write


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (no_model, r"There is no model\.onnx in .*dark-cells"),
        (no_onnx, r"model\.onnx is not an ONNX model that can be run"),
        (lambda folder: (folder / "pipeline.toml").unlink(), r"There is no pipeline\.toml"),
        (change("[input]", "[input"), r"cannot be read: .*line"),
        (change('layout = "yolo"', 'layout = "yollo"'), r"output\.layout: Input should be 'yolo'"),
        (change("width = 256", "breadth = 256"), r"input\.width: Field required; input\.breadth: Extra"),
        (
            change("width = 256", "width = 512"),
            r"takes pictures of the shape \[1, 3, 256, 256\], not \[1, 3, 256, 512\]",
        ),
        (change('["dark"]', '["dark", "pale"]'), r"a table of 5 × 256; with 2 classes one side of it would be 6"),
        (change('layout = "yolo"', 'layout = "boxes"'), r"no output boxes, scores, labels; it gives output0"),
        (change('"dark one", ', ""), r"classifier\.onnx gives 2 scores, but there are 1 classes"),
        (change('slug = "dark-cells"', 'slug = "embedded"'), r"There is a pipeline embedded of another kind"),
    ],
)
def test_a_wrong_folder_is_refused_with_what_is_wrong(
    lab: Lab, folder: Path, spoil: Callable[[Path], None], says: str
) -> None:
    spoil(folder)
    with pytest.raises(BadPipeline, match=says):
        own_pipelines.add(lab.board.store, lab.home, folder)
    with lab.board.store.read() as session:
        assert session.scalars(select(Pipeline.slug)).all() == ["embedded"]
    assert not list(lab.home.glob("pipelines/*/*"))


def description(**output: Any) -> Description:
    given = {"slug": "a", "name": "A", "classes": ["moth", "fly"], "input": {"width": 100, "height": 50}}
    return Description.model_validate({**given, "output": output})


TWO = [[20, 10, 20, 10], [21, 10, 20, 10], [70, 30, 10, 10]]  # centres and sizes; the second doubles the first


@pytest.mark.parametrize(
    ("outputs", "said"),
    [
        ({"o": [[*zip(*TWO, strict=True), (0.9, 0.8, 0.1), (0.0, 0.1, 0.7)]]}, {"layout": "yolo"}),
        (
            {"o": [[[*box, 0.9 - 0.1 * n, n < 2, n == 2] for n, box in enumerate(TWO)]]},
            {"layout": "yolo", "objectness": True},
        ),
        (
            {"o": [[[10, 5, 30, 15, 0.9, 1], [65, 25, 75, 35, 0.7, 2], [0, 0, 9, 9, 0.1, 1]]]},
            {"layout": "rows", "first_label": 1},
        ),
        (
            {"b": [[0.2, 0.2, 0.2, 0.2], [0.7, 0.6, 0.1, 0.2]], "s": [0.9, 0.7], "l": [0, 1]},
            {"layout": "boxes", "boxes": "b", "scores": "s", "labels": "l", "corners": "cxcywh", "unit": "share"},
        ),
        (
            {"boxes": [[[10, 5, 20, 10], [65, 25, 10, 10]]], "scores": [[0.9, 0.7]], "labels": [[0, 1]]},
            {"layout": "boxes", "corners": "xywh"},
        ),
    ],
    ids=["YOLOv8", "YOLOv5", "rows", "boxes in shares", "boxes by corner and size"],
)
def test_each_layout_gives_the_same_boxes(outputs: dict[str, Any], said: dict[str, Any]) -> None:
    found = boxes_of({name: np.array(value, np.float32) for name, value in outputs.items()}, description(**said))
    assert np.allclose(found.corners, [[10, 5, 30, 15], [65, 25, 75, 35]])
    assert np.allclose(found.scores, [0.9, 0.7], atol=1e-6)
    assert found.labels.tolist() == [0, 1]


def test_a_label_without_a_class_is_refused() -> None:
    rows = {"o": np.array([[[0, 0, 9, 9, 0.9, 5]]], np.float32)}
    with pytest.raises(BadPipeline, match="labels 5 to 5, but there are 2 classes"):
        boxes_of(rows, description(layout="rows"))


def test_nothing_found_is_no_error() -> None:
    assert len(boxes_of({"o": np.zeros((1, 0, 6), np.float32)}, description(layout="rows")).scores) == 0


def opened(*paths: Path) -> dict[str, IO[bytes]]:
    """Files as a browser sends them."""
    return {path.name: BytesIO(path.read_bytes()) for path in paths}


def damaged(packed: Path) -> IO[bytes]:
    """The archive with other bytes in the middle of what is packed."""
    content = bytearray(packed.read_bytes())
    content[60:120] = bytes(60)
    return BytesIO(bytes(content))


def zipped(folder: Path, *, inside: str = "") -> Path:
    packed = folder.with_suffix(".zip")
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in folder.iterdir():
            archive.write(path, f"{inside}{path.name}")
    return packed


def test_an_own_model_is_sent_as_its_files_or_as_a_zip(lab: Lab, folder: Path) -> None:
    first = models.add(lab.board, ENGINEER, opened(*folder.iterdir()))
    assert (first.slug, first.version, first.is_new) == ("dark-cells", 1, True)
    again = models.add(lab.board, ENGINEER, opened(zipped(folder, inside="dark-cells/")))
    assert (again.version, again.is_new) == (1, False)
    assert pipeline_row(lab).enabled
    assert not list(lab.home.glob(".model-*"))


def test_a_model_that_cannot_run_is_refused_in_a_sentence_and_leaves_nothing(
    lab: Lab, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "broken.zip").write_bytes(b"no archive")
    (tmp_path / "notes.txt").write_text("no model")
    (folder / "classifier.onnx").write_bytes(b"no model")
    for files, words in (
        ({}, "model.onnx and pipeline.toml are missing"),
        (opened(folder / "model.onnx"), "pipeline.toml is missing"),
        (opened(tmp_path / "broken.zip"), "cannot be unpacked"),
        (opened(tmp_path / "notes.txt"), "no file of a model"),
        ({"../model.onnx": BytesIO(b"")}, "no file of a model"),
        ({"damaged.zip": damaged(zipped(folder))}, "cannot be unpacked"),
        (opened(folder / "model.onnx") | opened(zipped(folder)), "two files"),
        (opened(*folder.iterdir()), "classifier.onnx"),
    ):
        with pytest.raises(Invalid, match=words):
            models.add(lab.board, ENGINEER, files)
    with pytest.raises(Forbidden):
        models.add(lab.board, replace(ENGINEER, role=Role.OPERATOR), opened(*folder.iterdir()))
    assert not list(lab.home.glob(".model-*"))
    with lab.board.store.read() as session:
        assert session.scalars(select(Pipeline).filter_by(slug="dark-cells")).first() is None
