"""A contact sheet: tabs for which captures, the pictures with their boxes, and the pages of a long night."""

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.attributes import aria
from dashboard.components.empty import empty_state
from dashboard.components.icons import icon
from dashboard.components.thumbs import QUALITY_ICONS, contact_sheet
from dashboard.page import address
from models.queries.captures import QUALITY, SHOWN, Box, CaptureRow

TABS = {
    "all": "All",
    "animals": "With animals",
    "stopped": "Wait for a verdict",
    "failed": "Failed",
    "open": "Not processed",
    "dark": "Dark",
    "blown-out": "Blown out",
    "blurred": "Blurred",
}
TEACHES = {
    "animals": "Nothing was found in this night yet. Process it, and what is found is shown here.",
    "stopped": "No capture of this night waits for a verdict.",
    "failed": "No capture of this night failed.",
    "open": "Every capture of this night was looked at.",
    "dark": "No capture of this night is dark. How bright one is, is measured when it is processed.",
    "blown-out": "No capture of this night is blown out. How bright one is, is measured when it is processed.",
    "blurred": "No capture of this night is blurred. How sharp one is, is measured when it is processed.",
}


def sheet(
    rows: Sequence[CaptureRow],
    boxes: Mapping[int, Sequence[Box]],
    counts: Mapping[str, int],
    zone: ZoneInfo,
    path: str,
    state: Mapping[str, Any],
    *,
    size: int,
) -> list[Component]:
    """The parts of a sheet at this path; `state` holds what the address says: night or without_time (the id of a
    station), show, sheet and boxes.
    """
    here = path.partition("?")[0]
    common = {
        "night": state["night"],
        "without_time": state["without_time"],
        "boxes": None if state["boxes"] else "off",
    }
    tabs = [
        dcc.Link(
            [*_sign(word), TABS[word], html.Span(f"{counts[word]:,}", className="number")],
            href=address(here, **common, show=None if word == "all" else word),
            className="sheet-tab here" if word == state["show"] else "sheet-tab",
        )
        for word in SHOWN
        if counts[word] or word in ("all", state["show"])
    ]
    body = contact_sheet(rows, zone, boxes) if rows else _empty(state)
    pages = _pages(here, common, state, max(-(-counts[state["show"]] // size), 1))
    ways = html.Nav(tabs, className="tabs", **aria(label="Which captures"))
    return [part for part in (ways, body, pages) if part is not None]


def _sign(word: str) -> list[Component]:
    return [icon(QUALITY_ICONS[word])] if word in QUALITY else []


def _empty(state: Mapping[str, Any]) -> Component:
    words = TEACHES.get(state["show"], "This sheet is past the last one of the night.")
    if state["without_time"]:
        words = "None of the station's captures without a time is of this kind, or on this sheet."
    return empty_state("image-off", "No captures here", words)


def _pages(here: str, common: Mapping[str, Any], state: Mapping[str, Any], pages: int) -> Component | None:
    if pages < 2:
        return None
    number, show = state["sheet"], None if state["show"] == "all" else state["show"]
    before = address(here, **common, show=show, sheet=number - 1 if number > 2 else None)
    after = address(here, **common, show=show, sheet=number + 1)
    first, last = address(here, **common, show=show), address(here, **common, show=show, sheet=pages)
    links = [
        dcc.Link("First", href=first, className="button plain") if number > 2 else None,
        dcc.Link([icon("chevron-left"), "Earlier"], href=before, className="button") if number > 1 else None,
        html.Span(f"Sheet {number:,} of {pages:,}", className="faint"),
        dcc.Link(["Later", icon("chevron-right")], href=after, className="button") if number < pages else None,
        dcc.Link("Last", href=last, className="button plain") if number < pages - 1 else None,
    ]
    return html.Nav([link for link in links if link], className="row-of sheet-pages", **aria(label="Sheets"))
