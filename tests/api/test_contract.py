"""The native API beside real answers of the product that it speaks like."""

import re
from typing import Any

import pytest

from tests.api.conftest import JOBS, Program, Worked
from tests.api.shape import differences

NAIVE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?")


def test_a_list_of_jobs_has_the_shape_of_a_real_one(operator: Program, contract: Any) -> None:
    assert differences(contract("jobs_list"), operator.get(JOBS).json) == []


def test_a_job_has_the_shape_of_a_real_one(worked: Worked, operator: Program, contract: Any) -> None:
    assert differences(contract("job_success"), operator.get(f"{JOBS}{worked.job_id}/").json) == []


def test_a_new_job_has_the_shape_of_a_real_one(worked: Worked, operator: Program, contract: Any) -> None:
    answer = operator.post(JOBS, json=worked.request())
    assert differences(contract("job_create_201"), answer.json) == []


def test_a_new_job_has_the_stages_and_params_of_a_real_one(worked: Worked, operator: Program, contract: Any) -> None:
    stages = operator.post(JOBS, json=worked.request(delay=40)).json["progress"]["stages"]
    for real, ours in zip(contract("job_cancelled")["progress"]["stages"], stages, strict=True):
        keys = [param["key"] for param in real["params"]]
        assert (real["key"], keys) == (ours["key"], [param["key"] for param in ours["params"]][: len(keys)])


def test_the_params_of_a_job_that_ran_have_numbers(worked: Worked, operator: Program) -> None:
    stages = operator.get(f"{JOBS}{worked.job_id}/").json["progress"]["stages"]
    values = {param["key"]: param["value"] for stage in stages for param in stage["params"]}
    assert {key: values[key] for key in ("total_images", "processed", "remaining", "failed", "captures")} == {
        "total_images": 6,
        "processed": 5,
        "remaining": 0,
        "failed": 1,
        "captures": 5,
    }


def test_what_a_job_takes_is_described_as_in_a_real_answer(operator: Program, contract: Any) -> None:
    assert differences(contract("jobs_OPTIONS"), operator.call("OPTIONS", JOBS).json) == []


def test_the_fields_of_a_job_are_required_and_typed_as_in_a_real_answer(operator: Program, contract: Any) -> None:
    ours = operator.call("OPTIONS", JOBS).json["actions"]["POST"]
    for name, real in contract("jobs_OPTIONS")["actions"]["POST"].items():
        told = {key: ours[name][key] for key in ("type", "required", "read_only", "label")}
        assert told == {key: real[key] for key in told}


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("projects", "projects"),
        ("deployments", "deployments"),
        ("events", "events"),
        ("captures", "captures"),
        ("captures/collections", "captures_collections"),
        ("ml/pipelines", "ml_pipelines"),
    ],
)
def test_a_list_has_the_shape_of_a_real_one(
    collection: int, operator: Program, contract: Any, path: str, name: str
) -> None:
    answer = operator.get(f"/api/v2/{path}/").json
    assert answer["results"]
    assert differences(contract(name), answer) == []


def test_times_are_written_without_a_zone(worked: Worked, operator: Program) -> None:
    job = operator.get(f"{JOBS}{worked.job_id}/").json
    times = [job[name] for name in ("created_at", "updated_at", "started_at", "finished_at")]
    assert all(NAIVE.fullmatch(time) for time in times)


def test_a_duration_is_a_text_of_seconds(worked: Worked, operator: Program) -> None:
    assert float(operator.get(f"{JOBS}{worked.job_id}/").json["duration"]) > 0


def test_logs_are_newest_first_with_time_and_level(worked: Worked, operator: Program) -> None:
    lines = operator.get(f"{JOBS}{worked.job_id}/").json["logs"]["stdout"]
    assert all(re.match(r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] (DEBUG|INFO|WARNING|ERROR) ", line) for line in lines)
    assert f"Finished job #{worked.job_id}" in lines[0]


def test_stderr_has_the_messages_of_errors_alone(worked: Worked, operator: Program) -> None:
    (message,) = operator.get(f"{JOBS}{worked.job_id}/").json["logs"]["stderr"]
    assert message.startswith("20260701222500.jpg is cut short")


def test_a_list_carries_no_logs(operator: Program) -> None:
    assert all(job["logs"] == {"stdout": [], "stderr": []} for job in operator.get(JOBS).json["results"])
