"""What comes out of a detector as boxes: its layout read, its doubtful boxes left out, its doubles suppressed."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.pipelines.onnx_folder import MODEL, BadPipeline, Description, Output

MOST = 1000  # boxes of one capture
Outputs = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Boxes:
    """Corners (n × 4: x1, y1, x2, y2, px), scores and labels (n; a label is the place of its class)."""

    corners: NDArray[Any]
    scores: NDArray[Any]
    labels: NDArray[Any]


def boxes_of(outputs: Outputs, description: Description) -> Boxes:
    """The boxes in px of the input, the surest first. Raises BadPipeline where the outputs are not as described."""
    match description.output.layout:
        case "yolo":
            found = _from_yolo(_only(outputs), description)
        case "rows":
            found = _from_rows(_only(outputs), description.output)
        case "boxes":
            found = _from_three(outputs, description.output)
    sure = found.scores >= description.thresholds.score
    found = Boxes(_in_px(found.corners[sure], description), found.scores[sure], found.labels[sure].astype(np.int64))
    finite = np.isfinite(found.corners).all(axis=1) if len(found.corners) else np.ones(0, bool)
    found = Boxes(found.corners[finite], found.scores[finite], found.labels[finite])
    count = len(description.classes)
    if len(found.labels) and not (found.labels.min() >= 0 and found.labels.max() < count):
        raise BadPipeline(
            f"{MODEL} gives the labels {found.labels.min()} to {found.labels.max()}, but there are {count} classes; "
            "complete classes in pipeline.toml, or set first_label."
        )
    return _suppressed(found, description.thresholds.overlap)


def _only(outputs: Outputs) -> NDArray[Any]:
    if len(outputs) != 1:
        raise BadPipeline(f"{MODEL} gives {len(outputs)} outputs ({', '.join(outputs)}); this layout has one.")
    table = np.asarray(next(iter(outputs.values())), np.float64)
    if table.ndim == 3 and table.shape[0] == 1:
        table = table[0]
    if table.ndim != 2:
        raise BadPipeline(f"{MODEL} gives an output of the shape {list(table.shape)}; a table of boxes is wanted.")
    return table


def _from_yolo(table: NDArray[Any], description: Description) -> Boxes:
    wide = 4 + description.output.objectness + len(description.classes)
    if table.shape[0] == wide:
        table = table.T
    if table.shape[1] != wide:
        raise BadPipeline(
            f"{MODEL} gives a table of {table.shape[0]} × {table.shape[1]}; with {len(description.classes)} classes "
            f"one side of it would be {wide}. Look at classes and objectness in pipeline.toml."
        )
    scores = table[:, 5:] * table[:, 4:5] if description.output.objectness else table[:, 4:]
    return Boxes(_from_centre(table[:, :4]), scores.max(axis=1), scores.argmax(axis=1))


def _from_rows(table: NDArray[Any], output: Output) -> Boxes:
    if table.shape[1] != 6:
        raise BadPipeline(f"{MODEL} gives rows of {table.shape[1]} numbers; this layout has 6.")
    return Boxes(_to_corners(table[:, :4], output), table[:, 4], table[:, 5] - output.first_label)


def _from_three(outputs: Outputs, output: Output) -> Boxes:
    missing = [name for name in (output.boxes, output.scores, output.labels) if name not in outputs]
    if missing:
        raise BadPipeline(f"{MODEL} has no output {', '.join(missing)}; it gives {', '.join(outputs)}.")
    boxes = np.asarray(outputs[output.boxes], np.float64).reshape(-1, outputs[output.boxes].shape[-1])
    scores = np.asarray(outputs[output.scores], np.float64).ravel()
    labels = np.asarray(outputs[output.labels]).ravel()
    if boxes.shape[1] != 4 or not len(boxes) == len(scores) == len(labels):
        raise BadPipeline(
            f"{MODEL} gives boxes of the shape {list(boxes.shape)} with {len(scores)} scores and {len(labels)} labels."
        )
    return Boxes(_to_corners(boxes, output), scores, labels - output.first_label)


def _to_corners(boxes: NDArray[Any], output: Output) -> NDArray[Any]:
    match output.corners:
        case "xyxy":
            return boxes
        case "cxcywh":
            return _from_centre(boxes)
        case "xywh":
            return np.hstack([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]])


def _from_centre(boxes: NDArray[Any]) -> NDArray[Any]:
    half = boxes[:, 2:] / 2
    return np.hstack([boxes[:, :2] - half, boxes[:, :2] + half])


def _in_px(corners: NDArray[Any], description: Description) -> NDArray[Any]:
    given = description.input
    return corners * np.array([given.width, given.height] * 2) if description.output.unit == "share" else corners


def _suppressed(found: Boxes, overlap: float) -> Boxes:
    """The surest of each heap of boxes of one class, by OpenCV's non-maximum suppression."""
    if not len(found.scores):
        return found
    sizes = found.corners[:, 2:] - found.corners[:, :2]
    boxes = np.hstack([found.corners[:, :2], sizes]).tolist()
    kept = cv2.dnn.NMSBoxesBatched(boxes, found.scores.tolist(), found.labels.tolist(), 0.0, overlap)
    rows = sorted(np.asarray(kept, np.intp).ravel(), key=lambda row: -found.scores[row])[:MOST]
    return Boxes(found.corners[rows], found.scores[rows], found.labels[rows])
