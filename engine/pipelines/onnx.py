"""Running a lab's own model with onnxruntime: on the CPU, on one thread, one capture after another."""

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.pipelines.base import Failed, Found, Label, Outcome, Picture, PipelineAway, Processed, Zone, is_masked
from engine.pipelines.onnx_folder import MODEL, BadPipeline, Classifier, Description, Input, digest_of, read
from engine.pipelines.onnx_output import Boxes, boxes_of
from engine.pipelines.quality import measure
from engine.pipelines.reading import UnreadableCapture, read_capture
from models.settings import load

KIND = "onnx"
FOLDER = "pipelines"
TYPES: dict[str, Any] = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(uint8)": np.uint8}
GREY = 127
# Its wheel tells its makers of each session, from 1.32 on, by threads and a database of its own; what a lab runs is the
# lab's affair. It is asked when it is loaded, and nothing else stops it: disable_telemetry_events() comes too late.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")


class Model:
    """One model file with the input that it is given."""

    def __init__(self, path: Path, given: Input) -> None:
        """Raises BadPipeline if it cannot be run, or takes something else than `given`."""
        self.path = path
        self.given = given
        self.session = _open(path)
        inputs = self.session.get_inputs()
        if len(inputs) != 1:
            raise BadPipeline(f"{path.name} takes {len(inputs)} inputs; a pipeline gives one, the picture.")
        self.input = inputs[0]
        self.outputs = [output.name for output in self.session.get_outputs()]
        if self.input.type not in TYPES:
            raise BadPipeline(f"{path.name} takes {self.input.type}; a pipeline gives {', '.join(TYPES)}.")
        wanted = [1, 3, given.height, given.width] if given.axes == "nchw" else [1, given.height, given.width, 3]
        shape = list(self.input.shape)
        if len(shape) != 4 or any(
            isinstance(has, int) and has != want for has, want in zip(shape, wanted, strict=True)
        ):
            raise BadPipeline(f"{path.name} takes pictures of the shape {shape}, not {wanted} as pipeline.toml says.")

    def run(self, picture: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """Its outputs by name, for a BGR picture that has the input's size already. Raises BadPipeline."""
        try:
            found = self.session.run(None, {self.input.name: self._tensor(picture)})
        except Exception as error:  # noqa: BLE001 - onnxruntime has many, without a common base
            raise BadPipeline(f"{self.path.name} does not run: {_first_line(error)}.") from None
        return dict(zip(self.outputs, found, strict=True))

    def _tensor(self, picture: NDArray[Any]) -> NDArray[Any]:
        kind = TYPES[self.input.type]
        if self.given.colour == "rgb":
            picture = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
        if kind is not np.uint8:
            mean, std = np.array(self.given.mean, np.float32), np.array(self.given.std, np.float32)
            picture = (picture.astype(np.float32) / np.float32(self.given.scale) - mean) / std
        if self.given.axes == "nchw":
            picture = picture.transpose(2, 0, 1)
        return np.ascontiguousarray(picture[None], dtype=kind)


@dataclass(frozen=True)
class Fit:
    """A picture at the input's size, and how to get back from there: px = (input px - offset) / scale, on each axis."""

    picture: NDArray[Any]
    scale: tuple[float, float]
    offset: tuple[float, float]


class OnnxPipeline:
    """A detector, and a classifier of its crops if there is one.

    A machine without the model says so each time it is asked, until it has it.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        cv2.setNumThreads(1)
        self.slug, self.digest = str(config["slug"]), str(config["model"])
        self._loaded: Loaded | None = None
        try:
            self._loaded = self._load()
        except PipelineAway:
            return  # said when it is asked to work

    def process(self, pictures: Sequence[Picture]) -> Iterator[Outcome]:
        """Yield an outcome for each picture. Raises PipelineAway when the model is not on this machine."""
        loaded = self._loaded = self._loaded or self._load()
        for picture in pictures:
            started = time.perf_counter()
            try:
                image = read_capture(picture.path)
                found = loaded.look(image, picture.mask_zones)
            except UnreadableCapture as error:
                yield Failed(picture.capture_id, _ms_since(started), error.kind, str(error))
                continue
            except BadPipeline as error:
                yield Failed(picture.capture_id, _ms_since(started), "pipeline error", f"{picture.name}: {error}")
                continue
            seen = measure(image)
            duration = _ms_since(started)
            size = image.shape[1], image.shape[0]
            yield Processed(picture.capture_id, duration, found, seen.brightness, seen.sharpness, seen.flags, size)

    def _load(self) -> "Loaded":
        folder = folder_of(load().home, self.slug, self.digest)
        try:
            if digest_of(folder) != self.digest:
                raise BadPipeline(f"the files in {folder} are not those that were added")
            return Loaded(folder)
        except (BadPipeline, OSError) as error:
            raise PipelineAway(
                f"This machine cannot run the pipeline {self.slug} ({error}); run `nightboard pipeline add` with "
                "its folder here too."
            ) from None


class Loaded:
    """The models of a folder, ready to run. Raises BadPipeline for a folder that cannot be."""

    def __init__(self, folder: Path) -> None:
        self.description = read(folder)
        self.detector = Model(folder / MODEL, self.description.input)
        given = self.description.classifier
        self.classifier = Model(folder / given.model, given.input) if given else None

    def look(self, image: NDArray[Any], mask_zones: Sequence[Zone] = ()) -> list[Found]:
        """What it finds in a BGR picture; boxes are in px of that picture. Raises BadPipeline."""
        fit = fitted(image, self.description.input)
        boxes = boxes_of(self.detector.run(fit.picture), self.description)
        boxes = _back(boxes, fit, image.shape)
        rows = [row for row, box in enumerate(boxes.corners) if not is_masked(box, mask_zones)]
        return [self._found(image, boxes, row) for row in rows]

    def check(self) -> None:
        """Try it on an empty picture. Raises BadPipeline."""
        given = self.description.input
        empty = np.full((given.height, given.width, 3), GREY, np.uint8)
        boxes_of(self.detector.run(empty), self.description)
        self._classify(empty, (0, 0, given.width, given.height))

    def _found(self, image: NDArray[Any], boxes: Boxes, row: int) -> Found:
        x1, y1, x2, y2 = (float(edge) for edge in boxes.corners[row])
        labels = self._classify(image, (x1, y1, x2, y2))
        label = labels[0].label if labels else self.description.classes[int(boxes.labels[row])]
        score = float(boxes.scores[row])
        return Found(x1, y1, x2, y2, score, label, self.description.slug, classifications=labels)

    def _classify(self, image: NDArray[Any], box: tuple[float, float, float, float]) -> tuple[Label, ...]:
        given = self.description.classifier
        if given is None or self.classifier is None:
            return ()
        crop = fitted(_crop(image, box, given.margin), given.input)
        scores = _scores(next(iter(self.classifier.run(crop.picture).values())), given)
        best = int(scores.argmax())
        return (Label(given.classes[best], float(scores[best]), classifier_key(self.description)),)


def folder_of(home: Path, slug: str, digest: str) -> Path:
    """Where the files of an added pipeline are kept."""
    return home / FOLDER / slug / digest[:12]


def classifier_key(description: Description) -> str:
    """The key of the algorithm that names what the detector finds."""
    return f"{description.slug}-classifier"


def fitted(image: NDArray[Any], given: Input) -> Fit:
    """The picture at the input's size."""
    height, width = image.shape[:2]
    if given.fit == "stretch":
        scaled = cv2.resize(image, (given.width, given.height), interpolation=cv2.INTER_AREA)
        return Fit(scaled, (given.width / width, given.height / height), (0.0, 0.0))
    scale = min(given.width / width, given.height / height)
    inner = max(1, round(width * scale)), max(1, round(height * scale))
    left, top = (given.width - inner[0]) // 2, (given.height - inner[1]) // 2
    whole = np.full((given.height, given.width, 3), given.fill, np.uint8)
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    whole[top : top + inner[1], left : left + inner[0]] = cv2.resize(image, inner, interpolation=interpolation)
    return Fit(whole, (inner[0] / width, inner[1] / height), (float(left), float(top)))


def _back(boxes: Boxes, fit: Fit, shape: tuple[int, ...]) -> Boxes:
    """The boxes in px of the picture itself, cut at its edges; what has no area there is left out."""
    corners = (boxes.corners - np.array(fit.offset * 2)) / np.array(fit.scale * 2)
    corners = np.clip(corners, 0, np.array([shape[1], shape[0]] * 2))
    large = (corners[:, 2] - corners[:, 0] >= 1) & (corners[:, 3] - corners[:, 1] >= 1)
    return Boxes(corners[large], boxes.scores[large], boxes.labels[large])


def _crop(image: NDArray[Any], box: tuple[float, float, float, float], margin: float) -> NDArray[Any]:
    x1, y1, x2, y2 = box
    across, down = (x2 - x1) * margin, (y2 - y1) * margin
    top, left = max(0, int(y1 - down)), max(0, int(x1 - across))
    return image[top : max(top + 1, int(y2 + down + 1)), left : max(left + 1, int(x2 + across + 1))]


def _scores(output: NDArray[Any], given: Classifier) -> NDArray[Any]:
    scores = np.asarray(output, np.float64).ravel()
    if len(scores) != len(given.classes):
        raise BadPipeline(f"{given.model} gives {len(scores)} scores, but there are {len(given.classes)} classes.")
    if given.activation == "softmax":
        scores = np.exp(scores - scores.max())
        scores /= scores.sum()
    return scores


def _open(path: Path) -> Any:
    try:
        import onnxruntime
    except ImportError:
        raise BadPipeline(
            "ONNX models need onnxruntime; install it beside Nightboard: .venv/bin/pip install onnxruntime"
        ) from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # a worker has one core, and forks
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # noqa: BLE001 - onnxruntime has many, without a common base
        raise BadPipeline(f"{path.name} is not an ONNX model that can be run: {_first_line(error)}.") from None


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0].rstrip(".")[:300]


def _ms_since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
