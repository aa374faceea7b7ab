"""A lab's own model: a folder with `model.onnx` and a `pipeline.toml` that says what goes in and what comes out.

```toml
slug = "our-moths"
name = "Our moths"
classes = ["moth", "caddisfly"]

[input]
width = 640              # px, as the model wants it
height = 640
fit = "letterbox"        # keep the proportions and fill up; or "stretch"
colour = "rgb"           # or "bgr"
axes = "nchw"            # or "nhwc"
scale = 255.0            # pixel values are divided by it; then mean is taken off, and the rest divided by std
mean = [0.0, 0.0, 0.0]
std = [1.0, 1.0, 1.0]

[output]
layout = "yolo"          # one output: centre x, centre y, width, height and a score for each class, in either direction
objectness = false       # true when a score for "anything" comes before the classes (YOLOv5, YOLOv7)
# layout = "rows"        # one output of rows: x1, y1, x2, y2, score, label (YOLOv10, or an export with NMS)
# layout = "boxes"       # three outputs: boxes, scores, labels (torchvision, DETR and others)
# boxes = "boxes"        # their names
# scores = "scores"
# labels = "labels"
# corners = "xyxy"       # or "cxcywh" or "xywh"
# unit = "px"            # px of the input, or "share" of its sides
# first_label = 0        # the number of the first class; torchvision begins at 1

[thresholds]
score = 0.25
overlap = 0.45           # of two boxes of a class that overlap by more (IoU), the less sure one goes

[classifier]             # optional: looks at each crop
model = "classifier.onnx"
classes = ["Noctua pronuba", "Autographa gamma"]
activation = "softmax"   # or "none" when the model ends with one
margin = 0.1             # taken around each box, in shares of its sides
[classifier.input]
width = 224
height = 224
```
"""

import hashlib
import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

DESCRIPTION = "pipeline.toml"
MODEL = "model.onnx"
LARGEST_SIDE = 8192  # px
Share = Annotated[float, Field(ge=0, le=1)]
Three = tuple[float, float, float]


class BadPipeline(ValueError):
    """The folder is no pipeline that can be run; the sentence says what is wrong, and where."""


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Input(Part):
    width: int = Field(ge=8, le=LARGEST_SIDE)
    height: int = Field(ge=8, le=LARGEST_SIDE)
    fit: Literal["letterbox", "stretch"] = "letterbox"
    colour: Literal["rgb", "bgr"] = "rgb"
    axes: Literal["nchw", "nhwc"] = "nchw"
    scale: float = Field(default=255.0, gt=0)
    mean: Three = (0.0, 0.0, 0.0)
    std: Three = (1.0, 1.0, 1.0)
    fill: int = Field(default=114, ge=0, le=255)

    @model_validator(mode="after")
    def _can_divide(self) -> Self:
        if not all(self.std):
            raise ValueError("std may not be 0")
        return self


class Output(Part):
    layout: Literal["yolo", "rows", "boxes"]
    objectness: bool = False
    boxes: str = "boxes"
    scores: str = "scores"
    labels: str = "labels"
    corners: Literal["xyxy", "cxcywh", "xywh"] = "xyxy"
    unit: Literal["px", "share"] = "px"
    first_label: int = Field(default=0, ge=0)


class Thresholds(Part):
    score: Share = 0.25
    overlap: Share = 0.45


class Classifier(Part):
    model: str = Field(default="classifier.onnx", pattern=r"^[\w.-]+\.onnx$")
    classes: list[str] = Field(min_length=1)
    activation: Literal["softmax", "none"] = "softmax"
    margin: float = Field(default=0.1, ge=0, le=2)
    input: Input


class Description(Part):
    slug: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")
    name: str = Field(min_length=1, max_length=200)
    description: str = ""
    version: int = Field(default=1, ge=1)
    classes: list[str] = Field(min_length=1)
    input: Input
    output: Output
    thresholds: Thresholds = Thresholds()
    classifier: Classifier | None = None

    @property
    def models(self) -> list[str]:
        return [MODEL, *([self.classifier.model] if self.classifier else [])]


def read(folder: Path) -> Description:
    """What a folder says of its pipeline. Raises BadPipeline."""
    try:
        given = tomllib.loads((folder / DESCRIPTION).read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise BadPipeline(f"There is no {DESCRIPTION} in {folder}; it says what the model takes and gives.") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadPipeline(f"{folder / DESCRIPTION} cannot be read: {error}.") from None
    try:
        description = Description.model_validate(given)
    except ValidationError as error:
        raise BadPipeline(f"{folder / DESCRIPTION} is wrong: {_complaints(error)}.") from None
    for name in description.models:
        if not (folder / name).is_file():
            raise BadPipeline(f"There is no {name} in {folder}.")
    return description


def files_of(folder: Path) -> list[Path]:
    """The files that make up the pipeline, weights beside a model (``model.onnx.data``) among them."""
    return sorted([folder / DESCRIPTION, *(path for path in folder.glob("*.onnx*") if path.is_file())])


def digest_of(folder: Path) -> str:
    """SHA-256 over the names and contents of its files."""
    whole = hashlib.sha256()
    for path in files_of(folder):
        with path.open("rb") as file:
            whole.update(f"{path.name} {hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return whole.hexdigest()


def _complaints(error: ValidationError) -> str:
    told = []
    for each in error.errors(include_url=False, include_input=False)[:5]:
        where = ".".join(str(part) for part in each["loc"])
        told.append(f"{where}: {each['msg'].removeprefix('Value error, ')}")
    return "; ".join(told)
