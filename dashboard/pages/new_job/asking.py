"""From the fields of the form to a request, and from what is wrong with it to a sentence at its field."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from pydantic import ValidationError
from sqlalchemy.orm import Session

from dashboard.components.numbers import real_or_text, whole
from dashboard.components.times import night_name
from engine import control
from engine.access import Actor
from engine.board import Board
from engine.checkpoint import Checkpoint
from engine.jobtypes import job_types
from engine.requests import MAX_TIMEOUT_MS, SAID, JobRequest
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
    ML: {"pipeline", "scope", "limit", "shuffle", "reprocess", "delay", "hold"},
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
# The fields of a checkpoint, which show once captures are to wait, and what each may hold.
RULES = {
    "unreadable": "unreadable",
    "dark": "dark_below",
    "bright": "bright_above",
    "blurred": "blurred_below",
    "boxes": "boxes_above",
}
MAY_HOLD = {
    "dark": "Give a brightness from 0 to 255.",
    "bright": "Give a brightness from 0 to 255.",
    "blurred": "Give a sharpness of 0 or more.",
    "boxes": "Give a whole number of boxes, 0 or more.",
}
NO_RULE = "Say which captures wait: give one of the limits below, or turn this off."
ALL_WAIT = "Give more than the {dark:g} of the darkest, or every capture waits."
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
    "checkpoint": "hold",
}
# What a field of a number may hold, of those that show.
NUMBERS = ("capture", "limit", "priority", "timeout", "delay")
ALWAYS = {"name", "priority", "timeout", "tags"}
MAY_BE = {PLACES.get(name, name): sentence for name, sentence in SAID.items()} | {
    "timeout": f"Give whole minutes from 1 to {MAX_TIMEOUT_MS // MINUTE_MS:,}; leave it empty for never."
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
    hold: bool = False  # whether captures wait for a person
    rules: Mapping[str, Any] = field(default_factory=lambda: {"unreadable": True})  # by RULES; None where one is empty
    mistyped: frozenset[str] = frozenset()  # the fields of NUMBERS that hold no whole number


class Missing(Exception):
    """Something without which there is no request; `errors` says it at its field."""

    def __init__(self, errors: Errors) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


def shown(kind: str, scope: str, *, hold: bool = False) -> set[str]:
    """The fields that a type shows, beside those that every job has."""
    fields = FIELDS.get(kind, {"station"})
    rules = set(RULES) if hold and "hold" in fields else set()
    return (fields | OF_SCOPE.get(scope, set()) if "scope" in fields else fields) | rules


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
    wrong = {name: MAY_BE[name] for name in NUMBERS if name in form.mistyped & (fields | ALWAYS)}
    if scope is None and form.type != DELAY:
        raise Missing(_choose(fields) | wrong)
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
            "checkpoint": checkpoint_of(form),
        }
    if "pipeline" in fields:
        values["pipeline_id"] = form.pipeline
    try:
        made = JobRequest(**values)
    except ValidationError as error:
        raise Missing(wrong | dict(_complaint(each["loc"], each["msg"]) for each in error.errors())) from None
    if wrong:
        raise Missing(wrong)
    return made


def checkpoint_of(form: Form) -> dict[str, Any] | None:
    """What makes a capture of the job wait; None where none does. Raises Missing, with what each field may hold."""
    if not form.hold:
        return None
    rules = {RULES[name]: value for name, value in form.rules.items() if value is not None}
    try:
        limits = Checkpoint.model_validate(rules)
    except ValidationError as error:
        fields = {rule: name for name, rule in RULES.items()}
        wrong = [fields[str(each["loc"][0])] for each in error.errors()]
        raise Missing({name: MAY_HOLD[name] for name in wrong}) from None
    if not any(value is not None and value is not False for value in rules.values()):
        raise Missing({"hold": NO_RULE})
    dark, bright = limits.dark_below, limits.bright_above
    if dark is not None and bright is not None and dark > bright:
        raise Missing({"bright": ALL_WAIT.format(dark=dark)})
    return rules


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
    choices = ("pipeline", "station", "night", "collection")
    numbers = {name: int(values[name]) if values.get(name) not in (None, "") else None for name in choices}
    mistyped = set()
    for name in NUMBERS:
        try:
            numbers[name] = whole(values.get(name))
        except ValueError:
            numbers[name] = None
            mistyped.add(name)
    return Form(
        type=values.get("type") or ML,
        name=values.get("name") or "",
        scope=values.get("scope") or "night",
        shuffle=bool(values.get("shuffle")),
        reprocess=bool(values.get("reprocess")),
        hold=bool(values.get("hold")),
        rules={
            name: bool(values.get(name)) if name == "unreadable" else real_or_text(values.get(name)) for name in RULES
        },
        first=_day(values.get("from")),
        last=_day(values.get("to")),
        tags=tuple(dict.fromkeys(word.strip() for word in (values.get("tags") or "").split(",") if word.strip())),
        mistyped=frozenset(mistyped),
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


def _complaint(loc: tuple[int | str, ...], words: str) -> tuple[str, str]:
    """The field that is wrong, and what it may hold."""
    place = PLACES.get(str(loc[0]), str(loc[0])) if loc else "form"
    return place, MAY_BE.get(place, f"{words}.")
