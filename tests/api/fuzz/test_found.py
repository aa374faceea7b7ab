"""What requests that nobody thought of have found, each kept as a case of its own."""

import json
from typing import Any

import pytest

from engine import control
from engine.control import JobRequest
from tests.api.conftest import JOBS, Program, Worked
from tests.lab import ENGINEER

FORM = b'--x\r\nContent-Disposition: form-data; name="\\"\r\n\r\nnull\r\n--x--\r\n'


@pytest.mark.parametrize(
    "name", ["deployment_id", "event_id", "source_image_collection_id", "source_image_single_id", "pipeline_id"]
)
def test_a_change_to_something_that_is_not_there_names_it(worked: Worked, operator: Program, name: str) -> None:
    asked = JobRequest(name="waits", project_id=worked.lab.project_id, type="delay", delay=1)
    job_id = control.submit(worked.lab.board, ENGINEER, asked, start_now=False).job_id
    answer = operator.call("PATCH", f"{JOBS}{job_id}/", json={name: 999_999, "tags": ["a"]})
    assert (answer.status_code, list(answer.json)) == (400, [name])


def test_a_field_of_a_form_without_a_name_is_no_error_of_ours(operator: Program) -> None:
    answer = operator.post(JOBS, data=FORM, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 400


@pytest.mark.parametrize("value", ["NaN", "1e999", "[" * 200 + "]" * 200])
def test_what_no_database_keeps_is_not_taken(worked: Worked, operator: Program, value: str) -> None:
    body: Any = json.dumps(worked.request(arguments={"a": "HERE"})).replace('"HERE"', value)
    assert operator.post(JOBS, data=body, content_type="application/json").status_code == 400
