"""What a client sends to one of these dialects, read and checked, or refused in one sentence."""

import json
import math
from typing import Any, TypeVar

from flask import request
from pydantic import BaseModel, ValidationError

from engine.control import Invalid
from engine.uploads import TooLarge

DEEPEST = 50  # objects and lists in each other in a body
UNSET = frozenset({"", "undefined", "null"})  # what scripts send for a variable that they did not set
Model = TypeVar("Model", bound=BaseModel)


def query_as(model: type[Model]) -> Model:
    """What stands behind the question mark, checked; a repeated parameter is joined by `;`. Raises Invalid.

    A parameter that is empty, or that a script did not set, counts as not given.
    """
    given = {name: ";".join(request.args.getlist(name)).replace("\0", "") for name in request.args}
    return checked(model, {name: text for name, text in given.items() if text.strip() not in UNSET})


def body_as(model: type[Model]) -> Model:
    """The JSON body, whatever its content type says, checked. Raises Invalid; an empty body is an empty object."""
    return checked(model, read_json())


def checked(model: type[Model], given: Any) -> Model:
    """What was given as a model of it. Raises Invalid with a sentence on what is wrong first."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part)[:80] for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    raise Invalid({where or "body": [f"{where}: {message}." if where else f"{message}."]})


def read_json() -> Any:
    """The body as JSON. Raises Invalid or TooLarge."""
    raw = read_body()
    if not raw.strip():
        return {}
    try:
        body = json.loads(raw, parse_constant=finite, parse_float=finite)
    except RecursionError:
        raise Invalid({"body": ["The body is nested too deeply."]}) from None
    except ValueError as error:
        raise Invalid({"body": [f"The body is not JSON: {error}."]}) from None
    _check(body)
    return body


def read_body() -> bytes:
    """The bytes of the body. Raises TooLarge also for one that did not tell its length and was cut at the limit."""
    raw = request.get_data()
    limit = request.max_content_length
    if limit is not None and len(raw) >= limit:
        raise TooLarge(f"The body is larger than {limit:,} bytes.")
    return raw


def finite(text: str) -> float:
    """The number that JSON spells. Raises ValueError for NaN, Infinity, and what is too large to be kept."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is no number that can be kept")
    return number


def _check(value: Any, depth: int = 0) -> None:
    """Raise Invalid for what no database keeps."""
    if depth > DEEPEST:
        raise Invalid({"body": [f"The body is nested more than {DEEPEST} deep."]})
    match value:
        case str() if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            raise Invalid({"body": ["The body has a letter that cannot be kept: a null, or half of a pair."]})
        case dict():
            for name, inner in value.items():
                _check(name, depth)
                _check(inner, depth + 1)
        case list():
            for inner in value:
                _check(inner, depth + 1)
