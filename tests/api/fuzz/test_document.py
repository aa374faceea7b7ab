"""Requests that nobody thought of, made from the document: no answer is a 5xx, and none is of a kind it does not name.

500 of them by `make test`, 20,000 by `make fuzz`; NIGHTBOARD_FUZZ says how many. They are spread over all operations.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

import api
from api.openapi.dialects import operations
from api.openapi.operations import Operation
from engine import access, control
from models.people import Role
from models.states import Status
from tests.lab import ENGINEER, Lab, draw_captures, open_lab

IN_CI = 500  # the same ones each time
EXAMPLES = int(os.environ.get("NIGHTBOARD_FUZZ", IN_CI))
# What ends jobs comes last, so that the others have some.
ENDING = frozenset({"DELETE"})
OPERATIONS = sorted(operations(), key=lambda each: each.method in ENDING or "cancel" in each.rule)
EACH = -(-EXAMPLES // len(OPERATIONS))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="session")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Lab, Flask]]:
    """A lab with jobs in several states, and its server."""
    home = tmp_path_factory.mktemp("fuzz")
    with open_lab(home / "home") as lab:
        draw_captures(home / "captures", 3)
        lab.take_in(home / "captures")
        done = lab.submit(name="done", tags=["foo"])
        with lab.workers(1):
            lab.until(done, Status.SUCCESS)
        paused, cancelled = lab.submit(), lab.submit()
        control.pause(lab.board, ENGINEER, paused)
        control.cancel(lab.board, ENGINEER, cancelled)
        for number in range(12):
            lab.submit(start_now=number % 2 == 0, reprocess=True)
        access.ensure_admin(lab.board.store, lab.home)
        server = Flask("nightboard", static_folder=None)
        server.config["RATELIMIT_ENABLED"] = False
        server.secret_key = access.secret_key(lab.home)
        api.register(server, lab.board)
        yield lab, server


@pytest.fixture(scope="session")
def document(fuzzed: tuple[Lab, Flask]) -> Any:
    """The document, with path parameters that often name something that is there."""
    lab, server = fuzzed
    read = schemathesis.openapi.from_wsgi("/api/openapi.json", server)
    jobs = [lab.job(number).uuid for number in range(1, 16)]
    known = {
        "key": jobs,
        "job_id": jobs,
        "project": [str(lab.project_id)],
        "workflow": [str(lab.pipeline_id), "embedded"],
        "identifier": ["embedded", "1"],
        "number": ["1"],
        "row_id": [1, 2],
        "task": ["process", "1", "2"],
        "project_id": [lab.project_id],
        "deployment_id": [lab.station_id],
        "pipeline_id": [lab.pipeline_id],
        "source_image_single_id": [1],
        "source_image_collection_id": [None],
        "event_id": [None, 1],
        "job_type_key": ["ml", "delay"],
        "model": [{"identifier": "embedded"}],
        "input": [{"type": "text", "sources": {"0001": {"image": "1"}}}],
        "name": ["1.jpg"],
    }

    @read.hook
    def flatmap_path_parameters(context: Any, path_parameters: Any) -> Any:
        return often_known(path_parameters)

    @read.hook
    def flatmap_query(context: Any, query: Any) -> Any:
        return often_known(query)

    @read.hook
    def flatmap_body(context: Any, body: Any) -> Any:
        return often_known(body) if isinstance(body, dict) else st.just(body)

    def often_known(given: Any) -> Any:
        if not given:
            return st.just(given)
        return st.fixed_dictionaries(
            {
                name: st.sampled_from(known[name]) | st.just(value) if name in known else st.just(value)
                for name, value in given.items()
            }
        )

    return read


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
@pytest.mark.timeout(7200)
@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # of pictures that are not read to the end
def test_every_answer_is_one_that_the_document_names(
    operation: Operation, document: Any, fuzzed: tuple[Lab, Flask]
) -> None:
    lab, _server = fuzzed
    # Its own, as one of the operations is logging out.
    token = access.create_token(lab.board.store, user_name="admin", role=Role.ADMIN)

    @settings(
        max_examples=EACH,
        deadline=None,
        database=None,
        derandomize=EXAMPLES <= IN_CI,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=document[operation.path][operation.method].as_strategy())
    def ask(case: Any) -> None:
        response = case.call(headers={"Authorization": f"Bearer {token}"})
        case.validate_response(response, checks=CHECKS)

    ask()
