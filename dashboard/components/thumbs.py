"""Captures as small pictures that lead to the large one."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.attributes import aria
from dashboard.components.icons import icon
from dashboard.components.times import clock
from models.queries.captures import CaptureRow


def picture_address(capture_id: int, size: str) -> str:
    """Where `dashboard.pictures` serves a capture's picture; sizes small, medium and large."""
    return f"/pictures/{size}/{capture_id}"


def contact_sheet(rows: Sequence[CaptureRow], zone: ZoneInfo) -> Component:
    """A grid of pictures, each a link to its capture, with its time and what was found."""
    return html.Ul([html.Li(thumb(row, zone)) for row in rows], className="contact-sheet")


def thumb(row: CaptureRow, zone: ZoneInfo, place: str = "") -> Component:
    """One small picture; `place` is named where the sheet is of several stations."""
    found = {"done": _animals(row.detections), "failed": "failed", "open": "not processed"}[row.state]
    marks = _marks(row)
    shown = html.Img(src=picture_address(row.id, "small"), alt="")
    name = html.Span(
        f"Capture of {clock(row.taken_at, zone)}{place and f' at {place}'}, {found}", className="visually-hidden"
    )
    caption = html.Span(
        [html.Span(clock(row.taken_at, zone, told=False)), html.Span(marks, className=f"found {row.state}")],
        className="caption",
        **aria(hidden="true"),
    )
    return dcc.Link([shown, name, caption], href=f"/captures/{row.id}", className=f"thumb {row.state}", title=row.path)


def _animals(number: int) -> str:
    return {0: "no animals", 1: "1 animal"}.get(number, f"{number} animals")


def _marks(row: CaptureRow) -> list[str | Component]:
    match row.state:
        case "failed":
            return [icon("circle-x"), "failed"]
        case "open":
            return [icon("circle-dashed")]
        case _:
            return [icon("bug"), str(row.detections)] if row.detections else [icon("check")]
