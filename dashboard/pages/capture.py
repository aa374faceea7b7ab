"""One capture with its boxes drawn, and a close-up of each animal; from a job, also what that job made of it."""

from dataclasses import dataclass
from typing import Any

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from dashboard.components.attributes import aria
from dashboard.components.empty import notice
from dashboard.components.header import Content, card, facts, page_header
from dashboard.components.icons import icon
from dashboard.components.pills import ITEM_FACES, pill
from dashboard.components.stores import print_of, store
from dashboard.components.thumbs import picture_address
from dashboard.components.times import TOLD_BY, clock, duration, moment, night_name, stamp, zone_of
from dashboard.figures.capture import background_of, close_up, places
from dashboard.page import LIVE, PageRequest, address, current_actor
from dashboard.pages import NotHere
from engine.access import Actor
from engine.board import Board
from engine.causes import reason
from models.queries import captures, job_shots, jobs
from models.queries.captures import Box, CapturePicture
from models.queries.job_shots import ShotRow
from models.queries.jobs import JobRow

PATH = "/captures/<int:capture_id>"
TITLE = "Capture"


def layout(board: Board, request: PageRequest) -> Component:
    capture_id, job_id = request.args["capture_id"], request.number("job")
    known = read(board, request.actor, capture_id, job_id)
    if known is None:
        raise NotHere(f"There is no capture {capture_id}.")
    return html.Div(
        [
            html.Div(content(known), id="capture-now", className="stack"),
            store("capture", {"capture": capture_id, "job": job_id}),
            store("capture-print", print_of(known.told)),
        ]
    )


@dataclass(frozen=True)
class Known:
    """A capture, and from a job what that job made of it."""

    shown: CapturePicture
    job: JobRow | None = None
    work: ShotRow | None = None

    @property
    def told(self) -> tuple[object, ...]:
        """All that is shown of it."""
        return self.shown, self.work, self.job and self.job.name


def read(board: Board, actor: Actor, capture_id: int, job_id: int | None) -> Known | None:
    """The capture as it is now; None when there is none that this actor may see."""
    with board.store.read() as session:
        shown = captures.picture(session, capture_id)
        work = job_shots.shot_of_capture(session, job_id, capture_id) if job_id else None
        job = next(iter(jobs.by_ids(session, [job_id])), None) if job_id and work else None
    if shown is None or actor.project_id not in (None, shown.project_id):
        return None
    return Known(shown, job, work if job else None)


def content(known: Known) -> list[Component]:
    """The head, the job's part, and the picture with what was found on it."""
    told = [_of_job(known.job, known.work)] if known.job and known.work else []
    return [_head(known.shown, known.job), *told, *_body(known.shown)]


def register(app: Dash, board: Board) -> None:
    """The page anew once something else was found on its capture."""

    @app.callback(
        Output("capture-now", "children"),
        Output("capture-print", "data"),
        Input(LIVE, "data"),
        State("capture", "data"),
        State("capture-print", "data"),
        prevent_initial_call=True,
    )
    def renew(live: dict[str, Any], which: dict[str, Any], shown: str) -> Any:
        if not (live["jobs"] or live["events"] or live["gone"] or live["more"]):
            return no_update, no_update
        known = read(board, current_actor(), which["capture"], which["job"])
        if known is None or print_of(known.told) == shown:
            return no_update, no_update
        return content(known), print_of(known.told)


def _head(shown: CapturePicture, job: JobRow | None) -> Component:
    zone = zone_of(shown.timezone)
    crumbs = [("Jobs", "/jobs"), (job.name, f"/jobs/{job.id}")] if job else [("Nights", "/")]
    if job is None and shown.event_id and shown.night:
        crumbs.append((f"{shown.station}, {night_name(shown.night)}", f"/night/{shown.event_id}"))
    elif job is None and shown.taken_at is None:
        crumbs.append((f"{shown.station}, without a time", address("/captures", without_time=shown.station_id)))
    beside = [
        _beside(shown.before, "chevron-left", "The capture before"),
        _beside(shown.after, "chevron-right", "The capture after"),
    ]
    title = clock(shown.taken_at, zone, seconds=True) if shown.taken_at else shown.path
    return page_header(title, summary(shown), crumbs=crumbs, actions=[link for link in beside if link])


def _of_job(job: JobRow, work: ShotRow) -> Component:
    """What became of the capture in the job from whose page the reader comes."""
    zone = zone_of(work.timezone)
    pairs: list[tuple[str, Content | None]] = [
        ("In this job", pill(ITEM_FACES[work.state])),
        ("Because", reason(work.error_kind) if work.error_kind else None),
        ("Said", work.error),
        ("Took", duration(work.duration_ms) if work.duration_ms is not None else None),
        ("Ended", stamp(work.finished_at, zone) if work.finished_at else None),
        ("Worker", work.worker),
    ]
    back = dcc.Link([icon("arrow-left"), "Back to the job"], href=f"/jobs/{job.id}", className="button")
    return card(f"In the job “{job.name}”", facts([(name, value) for name, value in pairs if value]), aside=back)


def summary(shown: CapturePicture) -> str:
    """What was found, by what; or why nothing was."""
    if shown.pipeline:
        number = len(shown.boxes)
        animals = {0: "No animals", 1: "1 animal"}.get(number, f"{number:,} animals")
        waits = " They count once a person has accepted them." if shown.state == "stopped" else ""
        return f"{animals} found by {shown.pipeline}, version {shown.pipeline_version}.{waits}"
    if shown.state == "stopped":
        return "This capture waits for a person's verdict."
    if shown.state == "failed":
        return "This capture failed."
    return "Not processed yet."


def _body(shown: CapturePicture) -> list[Component]:
    failure = shown.header_error or shown.error
    said = _held(shown) or (notice("bad", "file-x", failure) if failure else None)
    picture = None if shown.state == "failed" or shown.header_error else _picture(shown)
    animals = _animals(shown) if shown.boxes and shown.width and shown.height else None
    parts = (_vanished(shown), said, picture, animals, card("The file", _about(shown)))
    return [part for part in parts if part is not None]


def _held(shown: CapturePicture) -> Component | None:
    """Why it waits for a person, and where the verdict is given."""
    if shown.held_by is None:
        return None
    words = f"It waits for a person's verdict. {shown.error or ''}".strip()
    return notice("hold", "hand", [words, " ", dcc.Link("Go to the job", href=f"/jobs/{shown.held_by}")])


def _vanished(shown: CapturePicture) -> Component | None:
    if shown.missing_at is None:
        return None
    looked = stamp(shown.missing_at, zone_of(shown.timezone))
    return notice(
        "hold",
        "file-x",
        f"The file is gone: the sync of {looked} did not find it where it was. What was found on it stays. "
        "Put the file back and sync again to have it here.",
    )


def _picture(shown: CapturePicture) -> Component:
    image = html.Img(
        src=picture_address(shown.id, "large"),
        alt=f"Capture at {shown.station}, {summary(shown)}",
        width=str(shown.width) if shown.width else None,
        height=str(shown.height) if shown.height else None,
    )
    parts = [image, *_boxes(shown)]
    switch = (
        dbc.Switch(id="boxes-shown", label="Boxes", value=True, persistence=True, persistence_type="memory")
        if shown.boxes
        else None
    )
    whole = html.A(
        ["Full size", icon("arrow-up-right")], href=f"/api/v2/captures/{shown.id}/picture/?size=full", target="_blank"
    )
    return card(
        "Picture",
        html.Div(parts, className="capture-picture"),
        aside=[part for part in (switch, whole) if part is not None],
    )


def _boxes(shown: CapturePicture) -> list[Component]:
    if not (shown.width and shown.height):
        return []
    return [
        html.Span(
            className="capture-box",
            title=f"{box.label}, {box.score:.0%}",
            style={
                "left": f"{place.left:.3f}%",
                "top": f"{place.top:.3f}%",
                "width": f"{place.width:.3f}%",
                "height": f"{place.height:.3f}%",
            },
        )
        for box, place in zip(shown.boxes, places(shown.boxes, shown.width, shown.height), strict=True)
    ]


def _animals(shown: CapturePicture) -> Component:
    width, height = shown.width or 1, shown.height or 1
    close_ups = [_close_up(shown, box, width, height) for box in shown.boxes]
    return card("Animals", html.Ul(close_ups, className="close-ups"), aside="the surest first")


def _close_up(shown: CapturePicture, box: Box, width: int, height: int) -> Component:
    view = {
        "backgroundImage": f'url("{picture_address(shown.id, "large")}")',
        **background_of(close_up(box, width, height)),
    }
    size = length(box, shown.px_per_mm)
    look = html.Div(className="view", style=view, role="img", **aria(label=f"{box.label}, {size}"))
    whole = f"/api/v2/detections/{box.id}/crop/"
    return html.Li(
        [
            html.A(look, href=whole, target="_blank", title="Full size"),
            html.Div([html.Span(box.label), html.Span(f"{box.score:.0%}", className="number")], className="caption"),
            html.Div(size, className="faint"),
        ]
    )


def length(box: Box, px_per_mm: float | None) -> str:
    """How long an animal is, in mm where the station's scale is known; the sides of its box where no length is."""
    if box.length_px is None:
        return f"{box.x2 - box.x1:.0f} × {box.y2 - box.y1:.0f} px"
    if not px_per_mm:
        return f"{box.length_px:.0f} px long"
    return f"{box.length_px / px_per_mm:.1f} mm long"


def quality(shown: CapturePicture) -> str | None:
    """How good the capture is as a picture; None where it was not measured."""
    if shown.brightness is None or shown.sharpness is None:
        return None
    measured = f"brightness {shown.brightness:.0f}, sharpness {shown.sharpness:.1f}"
    return f"{', '.join(shown.flags or ['good']).capitalize()} ({measured})"


def taken(shown: CapturePicture) -> Content:
    """When it was taken, and what tells so."""
    if shown.taken_at is None:
        return "no time is known"
    told = TOLD_BY.get(shown.time_source)
    at = moment(shown.taken_at, zone_of(shown.timezone))
    return [at, " ", html.Span(told, className="faint")] if told else at


def _about(shown: CapturePicture) -> Component:
    size = f"{shown.width} × {shown.height} px" if shown.width and shown.height else "unknown"
    pairs: list[tuple[str, Content]] = [
        ("Station", shown.station),
        ("Taken", taken(shown)),
        ("Size", f"{size}, {shown.size_bytes / 1e6:.1f} MB"),
        ("Processed", moment(shown.found_at, zone_of(shown.timezone))),
    ]
    if said := quality(shown):
        pairs.append(("As a picture", said))
    if shown.job_id:
        pairs.append(("By", dcc.Link(f"job {shown.job_id}", href=f"/jobs/{shown.job_id}")))
    pairs.append(("File", html.Code(shown.path)))
    return facts(pairs)


def _beside(capture_id: int | None, picture: str, words: str) -> Component | None:
    if capture_id is None:
        return None
    label = html.Span(words, className="visually-hidden")
    return dcc.Link([icon(picture), label], href=f"/captures/{capture_id}", className="button square", title=words)
