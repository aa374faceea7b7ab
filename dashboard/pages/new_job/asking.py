"""From the fields of the form to a request, and from what is wrong with it to a sentence at its field."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from pydantic import ValidationError
from sqlalchemy.orm import Session

from dashboard.components.times import night_name
from engine import control
from engine.access import Actor
from engine.board import Board
from engine.jobtypes import job_types
from engine.requests import JobRequest
from models.captures import Collection, Deployment, Event
from models.queries import scope as scopes
from models.queries.scope import Scope

MINUTE_MS = 60_000
ML, DELAY, POPULATE, TRACKS = "ml", "delay", "populate_captures_collection", "tracks"
SCOPES = {
    "night": "A night",
    "nights": "Several nights",
    "station": "A whole station",
    "collection": "A collection",
    "capture": "One capture",
}
# Which fields a type shows; any other type, a plug-in's too, is about a station.
FIELDS = {
    ML: {"pipeline", "scope", "limit", "shuffle", "reprocess", "delay"},
    POPULATE: {"collection"},
    DELAY: {"delay"},
    TRACKS: {"pipeline", "station", "night"},
}
OF_SCOPE = {
    "night": {"station", "night"},
    "nights": {"station", "from", "to"},
    "station": {"station"},
    "collection": {"collection"},
    "capture": {"capture"},
}
# Where the complaint about a field of the request is shown.
PLACES = {
    "deployment_id": "station",
    "event_id": "night",
    "collection_id": "collection",
    "capture_id": "capture",
    "pipeline_id": "pipeline",
    "project_id": "form",
    "non_field_errors": "form",
    "failure_threshold": "form",
    "timeout_ms": "timeout",
    "arguments": "form",
}
Errors = dict[str, str]


@dataclass(frozen=True)
class Form:
    """What stands in the fields; None where one is empty."""

    type: str = ML
    name: str = ""
    pipeline: int | None = None
    scope: str = "night"
    station: int | None = None
    night: int | None = None
    first: date | None = None  # of several nights, each a job of its own
    last: date | None = None
    collection: int | None = None
    capture: int | None = None
    limit: int | None = None
    shuffle: bool = True
    reprocess: bool = False
    priority: int | None = 5
    timeout: int | None = None  # minutes
    tags: tuple[str, ...] = ()
    delay: int | None = None


class Missing(Exception):
    """Something without which there is no request; `errors` says it at its field."""

    def __init__(self, errors: Errors) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


def shown(kind: str, scope: str) -> set[str]:
    """The fields that a type shows, beside those that every job has."""
    fields = FIELDS.get(kind, {"station"})
    return fields | OF_SCOPE.get(scope, set()) if "scope" in fields else fields


def scope_of(form: Form) -> Scope | None:
    """What the job would work on; None as long as it is not chosen."""
    fields = shown(form.type, form.scope)
    station = form.station if "station" in fields and "night" not in fields else None
    night = form.night if "night" in fields else None
    collection = form.collection if "collection" in fields else None
    capture = form.capture if "capture" in fields else None
    found = Scope(deployment_id=station, event_id=night, collection_id=collection, capture_id=capture)
    return None if found == Scope() else found


def is_several(form: Form) -> bool:
    """Whether the form makes a job for each of several nights."""
    return form.type == ML and form.scope == "nights"


def each_night(session: Session, form: Form) -> list[Form]:
    """The forms that this one stands for: itself, or one for each night of its range that has captures."""
    if not is_several(form):
        return [form]
    found = scopes.nights_of(session, form.station) if form.station else []
    first, last = form.first or date.min, form.last or date.max
    kept = [night for night in reversed(found) if night.captures and first <= night.night <= last]
    return [replace(form, scope="night", night=night.id, name="") for night in kept]


def suggested_name(session: Session, form: Form) -> str:
    """A name that says what the job is about."""
    kind = job_types()[form.type].name if form.type in job_types() else form.type
    scope = scope_of(form)
    if scope is None:
        return kind
    prefix = "" if form.type == ML else f"{kind}, "
    if scope.event_id is not None and (event := session.get(Event, scope.event_id)):
        return f"{prefix}{event.deployment.name}, {night_name(event.night)}"
    if scope.collection_id is not None and (collection := session.get(Collection, scope.collection_id)):
        return f"{prefix}{collection.name}"
    if scope.deployment_id is not None and (station := session.get(Deployment, scope.deployment_id)):
        return f"{prefix}{station.name}"
    return f"{prefix}capture {scope.capture_id}"


def request(session: Session, form: Form) -> JobRequest:
    """The request that the form makes. Raises Missing, with what to do at which field."""
    fields, scope = shown(form.type, form.scope), scope_of(form)
    if scope is None and form.type != DELAY:
        raise Missing(_choose(fields))
    project = scopes.project_of(session, scope) if scope else scopes.first_project(session)
    if project is None:
        raise Missing(
            _choose(fields) if scope else {"form": "There is no project yet; ingest a folder of captures first."}
        )
    values: dict[str, Any] = {
        "type": form.type,
        "name": form.name.strip() or suggested_name(session, form),
        "project_id": project,
        "priority": 5 if form.priority is None else form.priority,
        "delay": (form.delay or 0) if "delay" in fields else 0,
        "timeout_ms": form.timeout * MINUTE_MS if form.timeout is not None else None,
        "tags": list(form.tags),
        **(vars(scope) if scope else {}),
    }
    if form.type == ML:
        values |= {
            "limit": form.limit,
            "shuffle": form.shuffle,
            "reprocess": form.reprocess,
        }
    if "pipeline" in fields:
        values["pipeline_id"] = form.pipeline
    try:
        return JobRequest(**values)
    except ValidationError as error:
        raise Missing({_place(each["loc"]): f"{each['msg']}." for each in error.errors()}) from None


def submit(board: Board, actor: Actor, form: Form, *, start_now: bool) -> tuple[list[int], Errors]:
    """The ids of the jobs that were made, or what is wrong, by field."""
    try:
        with board.store.read() as session:
            wanted = [request(session, each) for each in each_night(session, form)]
        if not wanted:
            return [], {"from": "There is no night with captures in this range; choose other days."}
        return [control.submit(board, actor, each, start_now=start_now).job_id for each in wanted], {}
    except Missing as missing:
        return [], missing.errors
    except control.Invalid as invalid:
        return [], {PLACES.get(field, field): " ".join(words) for field, words in invalid.fields.items()}
    except control.Refusal as refusal:
        return [], {"form": refusal.message}


def form_of(values: Mapping[str, Any]) -> Form:
    """The form from what its fields hold; numbers come as text from a choice."""
    whole = ("pipeline", "station", "night", "collection", "capture", "limit", "priority", "delay", "timeout")
    numbers = {name: int(values[name]) if values.get(name) not in (None, "") else None for name in whole}
    return Form(
        type=values.get("type") or ML,
        name=values.get("name") or "",
        scope=values.get("scope") or "night",
        shuffle=bool(values.get("shuffle")),
        reprocess=bool(values.get("reprocess")),
        first=_day(values.get("from")),
        last=_day(values.get("to")),
        tags=tuple(dict.fromkeys(word.strip() for word in (values.get("tags") or "").split(",") if word.strip())),
        **numbers,
    )


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _choose(fields: set[str]) -> Errors:
    words = {
        "night": "Choose a night.",
        "collection": "Choose a collection.",
        "capture": "Give the number of a capture that there is.",
        "station": "Choose a station.",
    }
    return next(
        ({name: sentence} for name, sentence in words.items() if name in fields), {"form": "Choose what to do."}
    )


def _place(loc: tuple[int | str, ...]) -> str:
    field = str(loc[0]) if loc else "form"
    return PLACES.get(field, field)
