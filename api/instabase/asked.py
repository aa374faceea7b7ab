"""What each address of the Instabase pages may be asked, checked before anything is done.

Lists are separated by commas; times are seconds since 1970. Words are taken in any case, with spaces, hyphens or
underscores. An empty parameter is one that was not given, and one that the pages do not know is passed over.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from flask import request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema

from api.instabase.words import REVIEWS, STATES, TYPES, spelled
from api.reading import read_body
from engine.control import Invalid, What
from models.states import ReviewState, Status

LIMIT = 20
MOST = 1000  # jobs of one page
LONGEST = 1000  # words of one list
LARGEST = 2**63 - 1
JOINED = re.compile(r"\*(user|tags|state|priority|reviewer|review_state|pipeline_ids|job_ids?|limit|offset)=")
LATEST = 253_402_300_799  # the last second of the year 9999

Asked = TypeVar("Asked", bound=BaseModel)


def _list(value: Any) -> list[str]:
    """The parts of a text that is separated by commas, or of a list, without blanks."""
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise ValueError("is a list, separated by commas")
    found = [part.strip() for part in parts if part.strip()]
    if len(found) > LONGEST:
        raise ValueError(f"is a list of at most {LONGEST}")
    return found


def _whole(least: int, most: int) -> BeforeValidator:
    def read(value: Any) -> int:
        text = str(value).strip()
        if not re.fullmatch(r"-?[0-9]{1,19}", text) or not least <= int(text) <= most:
            bound = f"from {least} on" if most == LARGEST else f"from {least} to {most}"
            raise ValueError(f"is a whole number {bound}")
        return int(text)

    return BeforeValidator(read)


def _moment(value: Any) -> datetime:
    text = str(value).strip()
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,9})?", text) or float(text) > LATEST:
        raise ValueError("is a Unix timestamp in seconds, 10 digits")
    return datetime.fromtimestamp(float(text), UTC)


def _states(value: Any) -> tuple[Status, ...]:
    return tuple(status for word in _list(value) for status in spelled(word, STATES))


def _reviews(value: Any) -> tuple[ReviewState, ...]:
    return tuple(spelled(word, REVIEWS) for word in _list(value))


def _pipelines(value: Any) -> tuple[int, ...]:
    if not all(re.fullmatch("[0-9]{1,18}", part) for part in _list(value)):
        raise ValueError("is a list of whole numbers, separated by commas")
    return tuple(int(part) for part in _list(value))


def _type(value: Any) -> What:
    """What to retry. The page calls the parameter a dict and shows words; a dict of one word is taken as that word."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = json.loads(value)
        except ValueError:
            raise ValueError('is a word, or JSON of the form {"type": "all"}') from None
    if isinstance(value, dict):
        value = value.get("type", "")
    return spelled(str(value), TYPES)


def _kind(value: Any) -> str:
    """The type of the job that is asked about. All that runs here are flows."""
    return spelled(str(value), {"flow": "flow", "job": "job"})


def _text(kind: str, about: str, **more: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": kind, "description": about, **more})


def _words(about: str, words: Sequence[str] | None = None) -> WithJsonSchema:
    item: dict[str, Any] = {"type": "string", **({"enum": list(words)} if words else {})}
    return WithJsonSchema({"type": "array", "items": item, "description": about})


Key = Annotated[
    str,
    BeforeValidator(lambda value: str(value).strip()),
    _text("string", "The job's uuid, or its number.", minLength=1),
]
Words = Annotated[tuple[str, ...], BeforeValidator(lambda value: tuple(_list(value)))]
Tags = Annotated[Words, _words("Jobs with any of these tags.")]
From = Annotated[datetime | None, BeforeValidator(_moment), _text("number", "Unix time, s; a week ago unless told.")]
To = Annotated[datetime | None, BeforeValidator(_moment), _text("number", "Unix time, s; now unless told.")]


class Query(BaseModel):
    model_config = ConfigDict(extra="ignore", arbitrary_types_allowed=True)


class OneJob(Query):
    """pause, resume, cancel."""

    job_id: Key = Field(min_length=1)


class StatusQuery(OneJob):
    type: Annotated[str, BeforeValidator(_kind), _text("string", "flow", enum=["flow", "job"])] = "flow"


class LogsQuery(OneJob):
    offset: Annotated[int, _whole(0, LARGEST), _text("integer", "The next_offset of the answer before.", minimum=0)] = 0


class RetryQuery(OneJob):
    type: Annotated[What, BeforeValidator(_type), _text("string", "What to retry.", enum=list(TYPES))] = "unsuccessful"


class Window(Query):
    """Which jobs a bulk verb is about."""

    from_timestamp: From = None
    to_timestamp: To = None
    user: Annotated[str, _text("string", "Jobs that this user started.")] = ""
    tags: Tags = ()


class ListQuery(Window):
    limit: Annotated[int, _whole(1, LARGEST), _text("integer", "Jobs on one page.", minimum=1, default=LIMIT)] = LIMIT
    offset: Annotated[int, _whole(0, LARGEST), _text("integer", "Jobs before the first.", minimum=0)] = 0
    state: Annotated[tuple[Status, ...], BeforeValidator(_states), _words("In any of these states.", list(STATES))] = ()
    priority: Annotated[
        int | None, _whole(0, 9), _text("integer", "Of this priority; 9 is first.", minimum=0, maximum=9)
    ] = None
    pipeline_ids: Annotated[tuple[int, ...], BeforeValidator(_pipelines), _words("Of any of these pipelines.")] = ()
    review_state: Annotated[
        tuple[ReviewState, ...], BeforeValidator(_reviews), _words("In any of these review states.", list(REVIEWS))
    ] = ()
    job_id: Annotated[str, _text("string", "The job's uuid, a part of it, or its number.")] = ""
    job_ids: Annotated[Words, _words("Any of these jobs, by uuid or number.")] = ()
    reviewer: Annotated[str, _text("string", "Jobs that this user reviews.")] = ""


class TagsBody(Query):
    """The body of `tags`. Without `names` the job's tags are taken away."""

    job_id: Key = Field(min_length=1)
    names: Annotated[
        tuple[str, ...],
        BeforeValidator(lambda value: () if value is None else tuple(_list(value))),
        WithJsonSchema({"type": ["array", "null"], "items": {"type": "string", "minLength": 1, "maxLength": 64}}),
    ] = ()


def repaired() -> list[tuple[str, str]]:
    """The parameters behind the question mark, in their order. The page's own example of `list` has a `*` for an `&`
    (`user=user234*tags=foo,bar`), which is taken as one.
    """
    found: list[tuple[str, str]] = []
    for name, value in request.args.items(multi=True):
        first, *others = JOINED.split(value)
        found.append((name, first))
        found += zip(others[::2], others[1::2], strict=True)
    return found


def given() -> dict[str, Any]:
    """What the request asks for: its parameters, and over them the fields of its body.

    A body is JSON whatever its content type says, as the page's example sends none, or else a form. Raises Invalid.
    """
    asked: dict[str, Any] = {}
    for name, value in repaired():
        asked[name] = f"{asked[name]},{value}" if name in asked else value
    return asked | (_body() if request.method == "POST" else {})


def _body() -> dict[str, Any]:
    raw = read_body()
    if not raw.strip():
        return {}
    try:
        body = json.loads(raw)
    except RecursionError:
        raise Invalid({"body": ["The body is nested too deeply."]}) from None
    except ValueError:
        if not request.form:
            raise Invalid({"body": ['The body is not JSON; send {"job_id": …, "names": […]}.']}) from None
        return {name or "": ",".join(request.form.getlist(name)) for name in request.form}
    if not isinstance(body, dict):
        raise Invalid({"body": ['The body is a JSON object: {"job_id": …, "names": […]}.']})
    return body


def read(model: type[Asked], given: Mapping[str, Any]) -> Asked:
    """What was asked, as this model. Raises Invalid with one sentence about the first parameter that is wrong."""
    asked = {name: value for name, value in given.items() if value not in ("", [])}
    for name, value in asked.items():
        if not _can_be_kept(value):
            raise Invalid({name: [f"{name} has a character that cannot be kept; leave it out."]})
    try:
        return model.model_validate(asked)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        raise Invalid({name: [_sentence(name, first)]}) from None


def _sentence(name: str, complaint: Any) -> str:
    match complaint["type"]:
        case "missing":
            return f"{name} is missing; add {name}=… to the request."
        case "value_error":
            return f"{name} {complaint['ctx']['error']}, not {str(complaint['input'])[:80]!r}."
        case _:
            return f"{name} is a text, not {str(complaint['input'])[:80]!r}."


def _can_be_kept(value: Any) -> bool:
    """Whether a database can keep it: no null character, and no half of a surrogate pair."""
    texts = value if isinstance(value, list | tuple) else [value]
    return not any(re.search("[\0\ud800-\udfff]", text) for text in texts if isinstance(text, str))
