"""The OpenAPI 3.1 document of every dialect, made from the models of their requests and answers."""

import functools
import json
import re
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from api.openapi.dialects import operations
from api.openapi.operations import Operation

Json = dict[str, Any]
COMPONENTS = "#/components/schemas/"
# How a model is named whose name another dialect has as well.
CLASHING = re.compile(r"\bapi__(?:openapi__)?([a-z]+)([a-z0-9]*)__(?:[a-z]+__)?([A-Z]\w*)")
ABOUT = """Four job APIs over one engine. A token serves all of them: `Authorization: Bearer PREFIX.SECRET` everywhere,
or as each product spells it (`Token` for Antenna, `ApiKey` for Modzy, the key of a project for UP42).
`nightboard token create` makes one. Addresses may end with a slash or without."""
BINARY: Json = {"type": "string", "contentMediaType": "application/octet-stream"}


@functools.cache
def document() -> Json:
    """The whole document, as plain values."""
    found = operations()
    schemas = Schemas(found)
    paths: Json = {}
    for each in found:
        paths.setdefault(each.path, {})[each.method.lower()] = described(each, schemas)
    whole = {
        "openapi": "3.1.0",
        "info": {"title": "Nightboard", "version": version("nightboard"), "description": ABOUT},
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(each.tag for each in found)],
        "paths": paths,
        "components": {
            "schemas": schemas.public,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "PREFIX.SECRET"},
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "nightboard",
                    "description": "Of a person who is logged in; for looking alone.",
                },
            },
        },
    }
    plain: Json = json.loads(CLASHING.sub(_named_by_dialect, json.dumps(whole)))
    return plain


def _named_by_dialect(clash: re.Match[str]) -> str:
    return f"{clash[1].capitalize()}{clash[2]}{clash[3]}"


class Schemas:
    """The schemas of all models that operations name: those of answers and of requests, each under its own name."""

    def __init__(self, found: list[Operation]) -> None:
        wanted: dict[tuple[str, JsonSchemaMode], Any] = {}
        for each in found:
            for model in (*each.answers.values(), each.refusal):
                wanted[_key(model), "serialization"] = model
            for model in (each.query, each.body):
                wanted[_key(model), "validation"] = model
        made, shared = TypeAdapter.json_schemas(
            [(key, key[1], TypeAdapter(model)) for key, model in wanted.items() if model not in (None, bytes)],
            ref_template=COMPONENTS + "{model}",
        )
        self._made = {key: schema for (key, _mode), schema in made.items()}
        self.named: Json = shared.get("$defs", {})
        self._queries = {self.of(each.query, "validation").get("$ref") for each in found if each.query is not None}

    @property
    def public(self) -> Json:
        """The named schemas but those of queries, whose fields stand as parameters."""
        return {name: schema for name, schema in self.named.items() if COMPONENTS + name not in self._queries}

    def of(self, model: Any, mode: JsonSchemaMode) -> Json:
        """The schema of a model, which may be a reference."""
        return BINARY if model is bytes else self._made[_key(model), mode]

    def fields(self, model: Any) -> Json:
        """The schemas of the fields of a query, and under "required" which must be there."""
        schema = self.of(model, "validation")
        reference = schema.get("$ref", "")
        return self.named[reference.removeprefix(COMPONENTS)] if reference else schema


def _key(model: Any) -> str:
    return f"{getattr(model, '__module__', '')}.{model}"


def described(each: Operation, schemas: Schemas) -> Json:
    """One operation."""
    said: Json = {
        "operationId": each.name,
        "tags": [each.tag],
        "summary": each.about,
        "parameters": [*_parts(each), *_query(each, schemas)],
        "responses": _answers(each, schemas),
        "security": [] if each.open else [{"token": []}, *([{"session": []}] if each.takes_session else [])],
    }
    if each.body is not None:
        schema = schemas.of(each.body, "validation")
        said["requestBody"] = {"required": True, "content": {form: {"schema": schema} for form in each.forms}}
    return said


def _parts(each: Operation) -> list[Json]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "integer", "minimum": 0, "maximum": 10**17} if whole else {"type": "string"},
        }
        for name, whole in each.parts
    ]


def _query(each: Operation, schemas: Schemas) -> list[Json]:
    """The parameters behind the question mark; lists are separated by commas."""
    if each.query is None:
        return []
    fields = schemas.fields(each.query)
    return [
        {
            "name": name,
            "in": "query",
            "required": name in fields.get("required", ()),
            "schema": _without_null(schema),
            "explode": False,
            **({"description": schema["description"]} if "description" in schema else {}),
        }
        for name, schema in fields.get("properties", {}).items()
    ]


def _without_null(schema: Json) -> Json:
    """A parameter that is not given is left out; there is no way to send null."""
    kept = {key: value for key, value in schema.items() if key not in ("title", "default", "description")}
    choices = [choice for choice in kept.pop("anyOf", []) if choice.get("type") != "null"]
    match choices:
        case []:
            return kept
        case [one]:
            return {**kept, **one}
        case _:
            return {**kept, "anyOf": choices}


def _answers(each: Operation, schemas: Schemas) -> Json:
    said: Json = {}
    for status, model in each.answers.items():
        said[str(status)] = {"description": HTTPStatus(status).phrase}
        if model is not None:
            schema = schemas.of(model, "serialization")
            said[str(status)]["content"] = {each.media: {"schema": schema}}
    for status in each.refusals:
        schema = schemas.of(each.refusal, "serialization")
        content = {"application/json": {"schema": schema}}
        said[str(status)] = {"description": HTTPStatus(status).phrase, "content": content}
    return said
