"""The document of the API: whole, valid, and readable on a page that loads nothing from elsewhere."""

import re
from typing import Any

import jsonschema_rs
import pytest

from api.openapi.document import document
from tests.api.conftest import Worked

# Addresses that are for browsers, that are only ever handed out signed, or that only say that there is nothing.
NOT_TOLD = ("health.", "openapi.", "signed.", "static")
NOTHING = re.compile(r"nothing|\.root$")


@pytest.fixture
def told(worked: Worked) -> Any:
    return worked.server.test_client().get("/api/openapi.json").json


def references(value: Any) -> set[str]:
    """Every `$ref` in a part of the document."""
    match value:
        case dict():
            own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
            return own.union(*(references(each) for each in value.values()))
        case list():
            return set().union(*(references(each) for each in value))
        case _:
            return set()


def test_the_document_is_open_to_everyone_and_says_its_version(told: Any) -> None:
    assert told["openapi"].startswith("3.1")
    assert told["paths"]


def test_every_address_of_every_dialect_is_in_the_document(worked: Worked, told: Any) -> None:
    described = {path.rstrip("/") for path in told["paths"]}
    for rule in worked.server.url_map.iter_rules():
        if rule.endpoint.startswith(NOT_TOLD) or NOTHING.search(rule.endpoint):
            continue
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule).rstrip("/")
        assert path in described, rule.endpoint


def test_every_reference_leads_somewhere(told: Any) -> None:
    names = {f"#/components/schemas/{name}" for name in told["components"]["schemas"]}
    assert references(told) <= names


def test_every_schema_is_a_json_schema(told: Any) -> None:
    for name, schema in told["components"]["schemas"].items():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}), name


def test_every_operation_has_a_name_of_its_own(told: Any) -> None:
    names = [operation["operationId"] for path in told["paths"].values() for operation in path.values()]
    assert len(names) == len(set(names))


def test_an_operation_asks_for_a_token_unless_it_gives_one(told: Any) -> None:
    unguarded = [path for path, methods in told["paths"].items() for each in methods.values() if not each["security"]]
    assert sorted(unguarded) == [
        "/api/pictures/{signed}/{name}",
        "/api/v2/auth/token/login/",
        "/oauth/token",
        "/projects/{project}/archives/{seal}/results.tgz",
    ]


def test_a_session_is_enough_for_looking_alone(told: Any) -> None:
    paths = told["paths"]
    assert {"session": []} in paths["/api/v1/jobs/status"]["get"]["security"]
    assert paths["/api/v1/jobs/cancel"]["get"]["security"] == [{"token": []}]
    assert paths["/api/v2/jobs/"]["post"]["security"] == [{"token": []}]


def test_the_document_is_made_once() -> None:
    assert document() is document()


def test_the_page_allows_scripts_and_styles_of_this_host_alone(worked: Worked) -> None:
    page = worked.server.test_client().get("/api/docs")
    policy = page.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    assert "//" not in page.text


@pytest.mark.parametrize("name", ["swagger-ui.css", "swagger-ui-bundle.js", "start.js"])
def test_the_page_has_its_files_here(worked: Worked, name: str) -> None:
    assert worked.server.test_client().get(f"/api/docs/{name}", buffered=True).status_code == 200


def test_the_page_has_no_other_files(worked: Worked) -> None:
    assert worked.server.test_client().get("/api/docs/NOTICE").status_code == 404
