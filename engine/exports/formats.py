"""The formats of an export: how a block of captures becomes parts, and how the parts become one file.

`write` is called for each block and gives the bytes of each sheet of it. `join` is called when all are there, with a
reader of the parts of a sheet, and writes the file. No format holds more than a block in memory.
"""

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.exports.about import About
from engine.exports.rows import COLUMNS, NAMES, flat, local
from models.queries.exports import CaptureOut, Found

Parts = Callable[[str], Iterator[bytes]]  # the parts of a sheet, in their order
Carried = dict[str, Any]  # what a format remembers from block to block; it travels in the job's cursor
DETECTIONS, IMAGES, ANNOTATIONS = "detections", "images", "annotations"


@dataclass(frozen=True)
class Format:
    """One format; `name` is that of its file, `words` says to a person what it is."""

    name: str
    words: str
    media: str
    write: Callable[[Sequence[CaptureOut], Carried], dict[str, bytes]]
    join: Callable[[Parts, About, Path], None]


def csv_of(rows: Iterator[Sequence[Any]] | Sequence[Sequence[Any]]) -> bytes:
    """Rows as CSV in UTF-8 with the line ends of RFC 4180; None is empty."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def write_flat(captures: Sequence[CaptureOut], _carried: Carried) -> dict[str, bytes]:
    return {DETECTIONS: csv_of(flat(captures))}


def join_csv(parts: Parts, _about: About, path: Path) -> None:
    with path.open("wb") as file:
        file.write(csv_of([NAMES]))
        for part in parts(DETECTIONS):
            file.write(part)


def write_parquet(captures: Sequence[CaptureOut], _carried: Carried) -> dict[str, bytes]:
    """A block as a Parquet file of its own."""
    import pyarrow as pa
    from pyarrow import parquet

    columns = list(zip(*flat(captures), strict=True)) or [()] * len(COLUMNS)
    schema = _schema(pa)
    table = pa.table([pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)], schema)
    held = io.BytesIO()
    parquet.write_table(table, held)
    return {DETECTIONS: held.getvalue()}


def join_parquet(parts: Parts, about: About, path: Path) -> None:
    """One file with a row group for each block; what it is stands in its metadata too."""
    import pyarrow as pa
    from pyarrow import parquet

    schema = _schema(pa).with_metadata({"nightboard": json.dumps(about.told())})
    with parquet.ParquetWriter(path, schema) as writer:
        for part in parts(DETECTIONS):
            writer.write_table(parquet.read_table(io.BytesIO(part)).replace_schema_metadata(schema.metadata))


def _schema(pa: Any) -> Any:
    return pa.schema([(name, getattr(pa, "float64" if kind == "double" else kind)()) for name, kind in COLUMNS])


def write_coco(captures: Sequence[CaptureOut], carried: Carried) -> dict[str, bytes]:
    """Images and annotations, a JSON object a line; the categories are numbered as they are met."""
    categories: dict[str, int] = carried.setdefault("categories", {})
    images = [_line(_image(capture)) for capture in captures]
    annotations = [
        _line(_annotation(capture, found, categories.setdefault(found.taxon or found.label, len(categories) + 1)))
        for capture in captures
        for found in capture.found
    ]
    return {IMAGES: b"".join(images), ANNOTATIONS: b"".join(annotations)}


def join_coco(parts: Parts, about: About, path: Path) -> None:
    categories = [
        {"id": number, "name": name, "supercategory": "animal"}
        for name, number in about.carried.get("categories", {}).items()
    ]
    info = {"description": about.title, "version": "1.0", "date_created": about.at, "nightboard": about.told()}
    with path.open("wb") as file:
        file.write(b'{"info":' + json.dumps(info).encode() + b',"licenses":[],"categories":')
        file.write(json.dumps(categories).encode())
        for sheet in (IMAGES, ANNOTATIONS):
            file.write(f',"{sheet}":[\n'.encode())
            for number, line in enumerate(line for part in parts(sheet) for line in part.splitlines()):
                file.write((b",\n" if number else b"") + line)
            file.write(b"\n]")
        file.write(b"}\n")


def _line(row: dict[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _image(capture: CaptureOut) -> dict[str, Any]:
    return {
        "id": capture.id,
        "file_name": capture.path,
        "width": capture.width,
        "height": capture.height,
        "date_captured": local(capture.taken_at, capture.timezone),
        "station_id": capture.station_id,
        "station": capture.station,
        "night": capture.night.isoformat() if capture.night else None,
        "state": capture.state,
        **_made_by(capture),
    }


def _annotation(capture: CaptureOut, found: Found, category: int) -> dict[str, Any]:
    width, height = found.x2 - found.x1, found.y2 - found.y1
    return {
        "id": found.id,
        "image_id": capture.id,
        "category_id": category,
        "bbox": [found.x1, found.y1, width, height],
        "area": width * height if found.area_px is None else found.area_px,
        "iscrowd": 0,
        "score": found.score,
        "label": found.label,
        "taxon": found.taxon,
        "taxon_score": found.taxon_score,
        **_made_by(capture),
    }


def _made_by(capture: CaptureOut) -> dict[str, Any]:
    origin = capture.origin
    if origin is None:
        return {}
    return {
        "job_id": origin.job_id,
        "pipeline": origin.pipeline,
        "pipeline_version": origin.pipeline_version,
        "parameters": origin.parameters,
    }
