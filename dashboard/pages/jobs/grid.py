"""The grid of jobs: its columns, and how it is set up to ask for its rows block by block."""

from collections.abc import Mapping
from typing import Any

import dash_ag_grid as dag
from dash import html
from dash.development.base_component import Component

from dashboard.components.grids import grid_options
from dashboard.pages.jobs.address import Address
from dashboard.pages.jobs.filters import chip
from models.queries.jobs import SORTS

GRID = "jobs-grid"
BLOCK = 100

ON_DEMAND = 100_000  # px of a grid that is never so wide: the column shows when somebody chooses it

# field, header, cell, least width px, share of what is left, and from which width of the grid on it is shown
COLUMNS: list[tuple[str, str, str, int, int, int]] = [
    ("name", "Job", "JobName", 110, 0, 0),
    ("status", "Status", "JobStatus", 56, 0, 0),
    ("type", "Type", "JobText", 110, 2, 1410),
    ("pipeline", "Pipeline", "JobText", 120, 2, 1220),
    ("deployment", "Station", "JobText", 114, 1, 640),
    ("night", "Night", "JobText", 132, 0, 860),
    ("progress", "Progress", "JobProgress", 166, 1, 0),
    ("queue_ms", "Queue time", "JobClock", 108, 0, 1090),
    ("elapsed_ms", "Elapsed", "JobClock", 98, 0, 560),
    ("created_at", "Created", "JobTime", 124, 0, 760),
    ("owner", "Owner", "JobText", 86, 0, 1180),
    ("priority", "Priority", "JobNumber", 92, 0, ON_DEMAND),
    ("tags", "Tags", "JobTags", 140, 1, ON_DEMAND),
    ("collection", "Collection", "JobText", 130, 1, ON_DEMAND),
    ("project", "Project", "JobText", 120, 1, ON_DEMAND),
    ("started_at", "Started", "JobTime", 112, 0, ON_DEMAND),
    ("finished_at", "Ended", "JobTime", 112, 0, ON_DEMAND),
    ("total", "Captures", "JobNumber", 100, 0, ON_DEMAND),
    ("failed", "Failed", "JobNumber", 90, 0, ON_DEMAND),
    ("detections", "Detections", "JobNumber", 110, 0, ON_DEMAND),
    ("id", "Number", "JobNumber", 94, 0, ON_DEMAND),
]
NUMBERS = {"queue_ms", "elapsed_ms", "priority", "total", "failed", "detections", "id"}
BIG_FIRST = NUMBERS | {"created_at", "started_at", "finished_at", "night", "progress"}
ROW, HEAD, EMPTY = 44, 40, 340  # px


def column_choice() -> Component:
    """A chip that opens what columns there are; assets/js/columns.js fills it and keeps the choice in the browser."""
    place = html.Div(id="jobs-columns", className="choice-list")
    return chip("jobs-columns-said", "Columns", [place], is_chosen=False, picture="columns-3")


def first_request(address: Address) -> dict[str, Any]:
    """What the grid asks for as soon as it stands."""
    order = {"colId": address.sort.removeprefix("-"), "sort": "desc" if address.sort.startswith("-") else "asc"}
    return {"startRow": 0, "endRow": BLOCK, "sortModel": [order]}


class JobsGrid(dag.AgGrid):  # type: ignore[misc]  # the package says no types
    """The library's grid as assets/js/grid.js draws it: its columns go by its width, its first rows come with it."""

    _namespace = "nightboard"
    _type = "JobsGrid"


def grid(address: Address, first: Mapping[str, Any], rev: int) -> JobsGrid:
    """The grid in the order that the address asks for, with the answer to its first request, as of a `rev`.

    It asks for all other rows, and for the first ones where they have changed until it stands.
    """
    return JobsGrid(
        id=GRID,
        className="jobs-grid",
        rowModelType="infinite",
        columnDefs=[_column(*each, sort=address.sort) for each in COLUMNS],
        defaultColDef={"sortable": True, "resizable": True, "suppressMovable": True, "suppressHeaderMenuButton": True},
        getRowId="params.data.key",
        updateColumnState=True,  # or else the component sets the columns anew, three times, by a state that it has not
        eventListeners={
            "firstDataRendered": ["goOnJobs(params)"],
            "gridSizeChanged": ["fitJobs(params)"],
            "columnResized": ["keepWidth(params)"],
        },
        dashGridOptions=grid_options(
            cacheBlockSize=BLOCK,
            maxBlocksInCache=20,
            rowBuffer=0,  # more rows than one sees are drawn once those stand (assets/js/grid.js)
            maxConcurrentDatasourceRequests=1,  # the component keeps one request at a time
            suppressMultiSort=True,
            paginationPageSizeSelector=False,  # it is built for a grid without pages too
            suppressNoRowsOverlay=True,
            context={"first": {**first, "text": address.text, "rev": rev}},
            rowSelection={"mode": "multiRow", "headerCheckbox": False, "enableClickSelection": False},
            selectionColumnDef={
                "pinned": "left",
                "width": 44,
                "resizable": False,
                "sortable": False,
                "headerName": "Selected",
                "headerClass": "unseen",
            },
        ),
        style={"height": "100%", "width": "100%"},
    )


def room_for(count: int) -> dict[str, str]:
    """The style of the grid's place: as high as its rows, so that a short list leaves no empty box below it."""
    return {"height": f"{HEAD + ROW * count + 18 if count else EMPTY}px"}


def _column(
    field: str, header: str, cell: str, width: int, share: int, shown_from: int, *, sort: str
) -> dict[str, Any]:
    order = "desc" if sort == f"-{field}" else "asc" if sort == field else None
    column: dict[str, Any] = {
        "field": field,
        "headerName": header,
        "cellRenderer": cell,
        "minWidth": width,
        "context": {"from": shown_from, "width": width, "share": share},  # for assets/js/columns.js
        "initialSort": order,
        "sortingOrder": ["desc", "asc"] if field in BIG_FIRST else ["asc", "desc"],
    }
    if field not in SORTS:
        column["sortable"] = False
    if field == "name":
        column["pinned"] = "left"
    if field in NUMBERS:
        column["type"] = "rightAligned"
    return column
