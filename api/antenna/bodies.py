"""What a client sends, read and checked by the engine's own models; complaints in this dialect's words."""

import json
from collections.abc import Iterator
from typing import Any, TypeVar

from flask import request
from pydantic import BaseModel, ValidationError

from api.reading import DEEPEST, finite
from engine.jobtypes import job_types
from engine.lab.collections import CollectionChanges, CollectionRequest
from engine.refusals import Invalid, Refusal
from engine.requests import JobChanges, JobRequest
from engine.services import ServiceRequest
from models.queries.jobs import JobDetail
from models.queries.lookups import CollectionRow

# This dialect's field: the engine's.
TAKEN = {
    "job_type_key": "type",
    "source_image_collection_id": "collection_id",
    "source_image_single_id": "capture_id",
}
# The fields that name something else by its id; a form's choice of nothing is an empty text, and means null.
RELATIONS = frozenset({"deployment_id", "event_id", "collection_id", "capture_id", "pipeline_id"})
TEXTS = frozenset({"name"})  # fields of a form that are words
TOO_DEEP = "JSON parse error - it is nested too deeply."
Model = TypeVar("Model", bound=BaseModel)
REQUIRED = ("name", "project_id")
NULL = "This field may not be null."
WORDS = {
    "missing": "This field is required.",
    "string_type": "Not a valid string.",
    "string_too_short": "This field may not be blank.",
    "string_too_long": "Ensure this field has no more than {max_length} characters.",
    "string_unicode": "Not a valid string.",
    "int_type": "A valid integer is required.",
    "int_parsing": "A valid integer is required.",
    "int_parsing_size": "A valid integer is required.",
    "int_from_float": "A valid integer is required.",
    "bool_type": "Must be a valid boolean.",
    "bool_parsing": "Must be a valid boolean.",
    "float_type": "A valid number is required.",
    "float_parsing": "A valid number is required.",
    "finite_number": "A valid number is required.",
    "list_type": 'Expected a list of items but got type "{input_type}".',
    "dict_type": 'Expected a dictionary of items but got type "{input_type}".',
    "greater_than_equal": "Ensure this value is greater than or equal to {ge}.",
    "less_than_equal": "Ensure this value is less than or equal to {le}.",
}


class BadBody(Refusal):
    """What was sent cannot be read at all."""


class UnsupportedBody(BadBody):
    """The body is in a form that is not read here."""


def new_job() -> JobRequest:
    """The job that this request asks for; unknown fields are passed over. Raises Invalid or BadBody."""
    asked = _spelled(_body())
    given = {name: asked[name] for name in JobRequest.model_fields if name in asked}
    given = {name: value for name, value in given.items() if value is not None or name in REQUIRED}
    return _checked(JobRequest, given)


def new_service() -> ServiceRequest:
    """The processing service that this request names; unknown fields are passed over. Raises Invalid or BadBody."""
    return of(ServiceRequest)


def new_collection() -> CollectionRequest:
    """The collection that this request describes; unknown fields are passed over. Raises Invalid or BadBody."""
    asked = _of_collection(_body())
    given = {name: asked[name] for name in CollectionRequest.model_fields if name in asked}
    given = {name: value for name, value in given.items() if value is not None or name in REQUIRED}
    return _checked(CollectionRequest, given)


def collection_changes(row: CollectionRow, *, whole: bool) -> CollectionChanges:
    """What this request would change of the collection. `whole` is a PUT. Raises Invalid or BadBody."""
    asked = _of_collection(_body())
    if whole and (lacking := {name: [WORDS["missing"]] for name in REQUIRED if name not in asked}):
        raise Invalid(lacking)
    if asked.get("project_id") is not None and str(asked["project_id"]) != str(row.project_id):
        raise Invalid({"project_id": ["This cannot change; make a new collection."]})
    if nothing := {name for name in CollectionChanges.model_fields if name in asked and asked[name] is None}:
        raise Invalid({name: [NULL] for name in sorted(nothing)})
    wanted = _checked(
        CollectionChanges, {name: asked[name] for name in CollectionChanges.model_fields if name in asked}
    )
    now = row.__dict__ | {"kwargs": row.arguments}
    differing = {name for name in wanted.model_fields_set if getattr(wanted, name) != now[name]}
    return CollectionChanges.model_validate({name: getattr(wanted, name) for name in differing})


def _of_collection(body: dict[str, Any]) -> dict[str, Any]:
    """The body in the engine's names; the arguments of a form are JSON in a text."""
    asked = {"project_id" if name == "project" else name: value for name, value in body.items()}
    if isinstance(asked.get("kwargs"), str):
        asked["kwargs"] = _kept({"kwargs": _parsed(asked["kwargs"])})["kwargs"]
    return asked


def of(model: type[Model], *, bare: str = "", **otherwise: Any) -> Model:
    """The fields of `model` that this request has, and `otherwise` those that it has not. Raises Invalid or BadBody.

    A list that is sent without a name around it is the field `bare`.
    """
    given = {name: value for name, value in otherwise.items() if value not in (None, "")} | _body(bare)
    return _checked(model, {name: given[name] for name in model.model_fields if name in given})


def changes(job: JobDetail, *, whole: bool) -> JobChanges:
    """What this request would change of the job: fields that it gives and that differ. `whole` is a PUT.

    A client that reads a job and puts it back with one field changed thus changes one field. Raises Invalid or
    BadBody, also where it would move a job to another project or type.
    """
    asked = _spelled(_body(blanks=True))
    if whole and (lacking := {name: [WORDS["missing"]] for name in REQUIRED if name not in asked}):
        raise Invalid(lacking)
    for name, present in (("project_id", job.job.project_id), ("type", job.job.type)):
        if asked.get(name) is not None and str(asked[name]) != str(present):
            raise Invalid({name: ["This cannot change; make a new job."]})
    if "name" in asked and asked["name"] is None:
        raise Invalid({"name": [NULL]})
    wanted = _checked(JobChanges, {name: asked[name] for name in JobChanges.model_fields if name in asked})
    now = {name: getattr(job.job, name, None) for name in wanted.model_fields_set} | {"timeout_ms": job.timeout_ms}
    differing = {name for name in wanted.model_fields_set if getattr(wanted, name) != now[name]}
    return JobChanges.model_validate({name: getattr(wanted, name) for name in differing})


def _spelled(body: dict[str, Any]) -> dict[str, Any]:
    """The body in the engine's names; a job type may be written in any case."""
    asked = {TAKEN.get(name, name): value for name, value in body.items()}
    asked = {name: None if value == "" and name in RELATIONS else value for name, value in asked.items()}
    if isinstance(kind := asked.get("type"), str):
        asked["type"] = next((key for key in job_types() if key.upper() == kind.strip().upper()), kind)
    return asked


def _checked(model: type[Model], given: dict[str, Any]) -> Model:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        wrong: dict[str, list[str]] = {}
        for complaint in error.errors():
            wrong.setdefault(str(complaint["loc"][0]), []).append(_sentence(complaint))
        raise Invalid(wrong) from None


def _sentence(complaint: Any) -> str:
    if complaint["input"] is None and complaint["type"] != "missing":
        return NULL
    words = WORDS.get(complaint["type"])
    if words is None:
        return f"{complaint['msg']}."
    return words.format(**complaint.get("ctx", {}), input_type=type(complaint["input"]).__name__)


def _body(bare: str = "", *, blanks: bool = False) -> dict[str, Any]:
    """The fields of the body, JSON or a form; a list alone counts as `bare`.

    A form's empty fields count as not given, or with `blanks` as what a form means by them: an empty text, or nothing.
    """
    match request.mimetype:
        case "application/x-www-form-urlencoded" | "multipart/form-data":
            body: Any = {name or "": value for name, value in request.form.items() if value != ""}
            if blanks:
                emptied = (name or "" for name, value in request.form.items() if value == "")
                body |= {name: "" if name in TEXTS else None for name in emptied}
        case "" | "application/json":
            body = _json()
        case other:
            raise UnsupportedBody(f'Unsupported media type "{other}" in request.')
    if bare and isinstance(body, list):
        body = {bare: body}
    if not isinstance(body, dict):
        kind = type(body).__name__
        raise Invalid({"non_field_errors": [f"Invalid data. Expected a dictionary, but got {kind}."]})
    return _kept(body)


def _kept(body: dict[str, Any]) -> dict[str, Any]:
    """The body as it is, if a database can keep all of its texts. Raises Invalid."""
    for name, value in body.items():
        if any("\0" in text for text in (name, *_texts(value))):
            raise Invalid({name.replace("\0", ""): ["Null characters are not allowed."]})
        if any(_is_half(text) for text in (name, *_texts(value))):
            raise Invalid({"non_field_errors" if _is_half(name) else name: [WORDS["string_unicode"]]})
    return body


def _json() -> Any:
    raw = request.get_data()
    return _parsed(raw) if raw.strip() else {}


def _parsed(raw: str | bytes) -> Any:
    try:
        body = json.loads(raw, parse_constant=finite, parse_float=finite)
    except RecursionError:
        raise BadBody(TOO_DEEP) from None
    except ValueError as error:
        raise BadBody(f"JSON parse error - {error}") from None
    if _is_deeper(body, DEEPEST):
        raise BadBody(TOO_DEEP)
    return body


def _is_deeper(value: Any, depth: int) -> bool:
    """Whether there are more than `depth` objects and lists in each other."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(depth <= 0 or _is_deeper(each, depth - 1) for each in inner)


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for name, inner in value.items():
                yield name
                yield from _texts(inner)
        case list():
            for inner in value:
                yield from _texts(inner)


def _is_half(text: str) -> bool:
    """Whether it has half of a surrogate pair, which JSON can spell and no database can keep."""
    return any("\ud800" <= letter <= "\udfff" for letter in text)
