"""Captures as small pictures that lead to the large one."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.attributes import aria
from dashboard.components.icons import icon
from dashboard.components.times import TOLD_BY, clock
from dashboard.figures.capture import Place, places
from models.queries.captures import Box, CaptureRow

STATE_WORDS = {"stopped": "waits for a verdict", "failed": "failed", "open": "not processed"}
QUALITY_WORDS = {"dark": "dark", "blown-out": "blown out", "blurred": "blurred"}
QUALITY_ICONS = {"dark": "moon", "blown-out": "sun", "blurred": "scan"}


def picture_address(capture_id: int, size: str) -> str:
    """Where `dashboard.pictures` serves a capture's picture; sizes small, medium and large."""
    return f"/pictures/{size}/{capture_id}"


def contact_sheet(
    rows: Sequence[CaptureRow], zone: ZoneInfo, boxes: Mapping[int, Sequence[Box]] | None = None
) -> Component:
    """A grid of pictures, each a link to its capture, with its time, what was found, and where."""
    known = boxes or {}
    pictures = [html.Li(thumb(row, zone, boxes=known.get(row.id, ()))) for row in rows]
    return html.Ul(pictures, className="contact-sheet whole" if known else "contact-sheet")


def thumb(row: CaptureRow, zone: ZoneInfo, place: str = "", *, boxes: Sequence[Box] = ()) -> Component:
    """One small picture; `place` is named where the sheet is of several stations.

    It says where its time is from if that is a last resort, and has the name of its file where it has no time.
    """
    found = _animals(row.detections) if row.state == "done" else STATE_WORDS[row.state]
    if row.quality:
        found += f", {', '.join(QUALITY_WORDS[word] for word in row.quality)}"
    marks = [icon(QUALITY_ICONS[word]) for word in row.quality] + _marks(row)
    shown = html.Span(
        [
            html.Img(src=picture_address(row.id, "small"), alt="", style=_shape(row) if boxes else None),
            *(html.Span(className="box", style=css_of(place)) for place in _places(row, boxes)),
        ],
        className="picture",
    )
    leaf = row.path.rpartition("/")[2]
    resort = f", time {TOLD_BY['file']}" if row.time_source == "file" else ""
    when = f"of {clock(row.taken_at, zone)}" if row.taken_at else f"{leaf} without a time"
    name = html.Span(f"Capture {when}{resort}{place and f' at {place}'}, {found}", className="visually-hidden")
    caption = html.Span(
        [
            html.Span(clock(row.taken_at, zone, told=False) if row.taken_at else leaf, className="when"),
            html.Span(marks, className=f"found {row.state}"),
        ],
        className="caption",
        **aria(hidden="true"),
    )
    return dcc.Link(
        [shown, name, caption], href=f"/captures/{row.id}", className=f"thumb {row.state}", title=row.path + resort
    )


def css_of(place: Place) -> dict[str, str]:
    """A rectangle in percent as CSS."""
    return {name: f"{getattr(place, name):.2f}%" for name in ("left", "top", "width", "height")}


def _shape(row: CaptureRow) -> dict[str, str] | None:
    """The shape of the picture, so that boxes lie right before it is loaded and where it cannot be."""
    return {"aspectRatio": f"{row.width} / {row.height}"} if row.width and row.height else None


def _places(row: CaptureRow, boxes: Sequence[Box]) -> list[Place]:
    return places(boxes, row.width, row.height) if row.width and row.height else []


def _animals(number: int) -> str:
    return {0: "no animals", 1: "1 animal"}.get(number, f"{number:,} animals")


def _marks(row: CaptureRow) -> list[str | Component]:
    match row.state:
        case "failed":
            return [icon("circle-x"), "failed"]
        case "stopped":
            return [icon("hand"), "waits"]
        case "open":
            return [icon("circle-dashed")]
        case _:
            return [icon("bug"), str(row.detections)] if row.detections else [icon("check")]
