"""Collections through the native API: made, filled by a real worker, listed, changed and deleted."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from models.people import Role
from models.states import Status
from tests.api.conftest import Program, Worked, open_server
from tests.api.shape import differences
from tests.lab import draw_captures, open_lab

COLLECTIONS = "/api/v2/captures/collections/"


@pytest.fixture(scope="module")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worked]:
    """A lab of its own with a night of 24 captures."""
    home = tmp_path_factory.mktemp("collections")
    with open_lab(home / "home") as lab:
        draw_captures(home / "captures", 24)
        lab.take_in(Path(home / "captures"))
        yield Worked(lab, 0, open_server(lab))


@pytest.fixture
def program(sampled: Worked) -> Program:
    return sampled.program(Role.OPERATOR)


def body(sampled: Worked, **fields: Any) -> dict[str, Any]:
    return {"name": "A few", "project": sampled.lab.project_id, "method": "random", "kwargs": {"size": 6}} | fields


def make(sampled: Worked, program: Program, **fields: Any) -> Any:
    answer = program.post(COLLECTIONS, json=body(sampled, **fields))
    assert answer.status_code == 201, answer.json
    assert answer.headers["Location"] == answer.json["details"]
    return answer.json


def captures(program: Program, collection_id: int) -> list[int]:
    listed = program.get(f"/api/v2/captures/?collection={collection_id}&limit=100").json
    return [capture["id"] for capture in listed["results"]]


def test_a_collection_is_made_populated_and_read_and_its_seed_makes_it_again(sampled: Worked, program: Program) -> None:
    lists = {}
    with sampled.lab.workers(1):
        for name, seed in (("one", 5), ("the same", 5), ("another", 6)):
            made = make(sampled, program, name=name, seed=seed)
            assert (made["seed"], made["source_images_count"]) == (seed, 0)
            job_id = program.post(f"{COLLECTIONS}{made['id']}/populate/").json["job_id"]
            assert sampled.lab.until(job_id).status is Status.SUCCESS
            shown = program.get(f"{COLLECTIONS}{made['id']}/").json
            assert (shown["source_images_count"], shown["kwargs"]) == (6, {"size": 6})
            lists[name] = captures(program, made["id"])
    assert len(lists["one"]) == 6
    assert lists["one"] == lists["the same"] != lists["another"]


def test_a_new_collection_has_the_shape_of_a_real_one(sampled: Worked, program: Program, contract: Any) -> None:
    (real,) = contract("captures_collections")["results"]
    made = make(sampled, program)
    assert differences(real, made) == []
    assert made["user_permissions"] == real["user_permissions"]
    assert program.get(COLLECTIONS).json["user_permissions"] == contract("captures_collections")["user_permissions"]


def test_a_project_may_be_called_by_its_id_and_a_form_writes_arguments_as_json(
    sampled: Worked, program: Program
) -> None:
    form = {"name": "From a form", "project_id": sampled.lab.project_id, "method": "random", "kwargs": '{"size": "3"}'}
    made = program.post(COLLECTIONS, data=form)
    assert (made.status_code, made.json["kwargs"]) == (201, {"size": 3})
    form["kwargs"] = "{size: 3"
    assert program.post(COLLECTIONS, data=form).status_code == 400


@pytest.mark.parametrize(
    ("fields", "name", "words"),
    [
        ({"name": None}, "name", "This field may not be null."),
        ({"method": "best"}, "method", "There is no sampling method 'best'; choose one of full, "),
        ({"kwargs": {"hour_start": 25}}, "kwargs", "hour_start must be an hour from 0 to 23, not 25."),
        ({"kwargs": [1]}, "kwargs", 'Expected a dictionary of items but got type "list".'),
        ({"seed": -1}, "seed", "Ensure this value is greater than or equal to 0."),
        ({"project": 99}, "project_id", "There is no project 99."),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(
    sampled: Worked, program: Program, fields: dict[str, Any], name: str, words: str
) -> None:
    refused = program.post(COLLECTIONS, json=body(sampled, **fields))
    assert refused.status_code == 400
    assert list(refused.json) == [name]
    assert words in refused.json[name][0]


def test_a_collection_without_anything_says_what_it_needs(program: Program) -> None:
    needed = ["This field is required."]
    assert program.post(COLLECTIONS, json={}).json == {"name": needed, "project_id": needed}


def test_a_collection_is_changed_in_part_and_put_back_whole(sampled: Worked, program: Program) -> None:
    made = make(sampled, program, seed=1)
    address = f"{COLLECTIONS}{made['id']}/"
    changed = program.call("PATCH", address, json={"kwargs": {"size": 2, "month_start": 7}, "seed": 8})
    assert (changed.status_code, changed.json["seed"]) == (200, 8)
    assert changed.json["kwargs"] == {"size": 2, "month_start": 7}
    put = program.call("PUT", address, json=changed.json | {"name": "Two of July"})
    assert (put.json["name"], put.json["seed"], put.json["kwargs"]) == ("Two of July", 8, changed.json["kwargs"])
    assert program.call("PUT", address, json={"name": "x"}).json == {"project_id": ["This field is required."]}
    assert "project_id" in program.call("PATCH", address, json={"project": 99}).json
    assert program.call("PATCH", address, json={"method": "full"}).json["kwargs"][0].startswith("The sampling method")


def test_a_collection_goes_unless_a_job_used_it(sampled: Worked, program: Program) -> None:
    made, used = make(sampled, program)["id"], make(sampled, program)["id"]
    job_id = program.post(f"{COLLECTIONS}{used}/populate/").json["job_id"]
    refused = program.call("DELETE", f"{COLLECTIONS}{used}/")
    assert (refused.status_code, f"job {job_id} used it" in refused.json["detail"]) == (409, True)
    assert program.call("DELETE", f"{COLLECTIONS}{made}/").status_code == 204
    assert program.get(f"{COLLECTIONS}{made}/").status_code == 404
    program.post(f"/api/v2/jobs/{job_id}/cancel/")


def test_the_methods_and_fields_are_told(sampled: Worked, program: Program) -> None:
    told = program.call("OPTIONS", COLLECTIONS)
    assert told.headers["Allow"] == "GET, POST, HEAD, OPTIONS"
    fields = told.json["actions"]["POST"]
    assert set(fields) == set(make(sampled, program)) - {"user_permissions"}
    assert "interval" in [choice["value"] for choice in fields["method"]["choices"]]
    one = program.call("OPTIONS", f"{COLLECTIONS}1/")
    assert one.headers["Allow"] == "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"
    assert "PUT" in one.json["actions"]


def test_who_only_looks_changes_nothing(sampled: Worked, program: Program) -> None:
    made = make(sampled, program)["id"]
    viewer = sampled.program(Role.VIEWER)
    assert viewer.get(f"{COLLECTIONS}{made}/").json["user_permissions"] == []
    assert viewer.post(COLLECTIONS, json=body(sampled)).status_code == 403
    assert viewer.call("PATCH", f"{COLLECTIONS}{made}/", json={"name": "x"}).status_code == 403
    assert viewer.call("DELETE", f"{COLLECTIONS}{made}/").status_code == 403


def test_a_token_of_one_project_makes_collections_of_it_alone(sampled: Worked, program: Program) -> None:
    own = sampled.program(Role.OPERATOR, sampled.lab.project_id)
    made = make(sampled, own)["id"]
    assert own.call("DELETE", f"{COLLECTIONS}{made}/").status_code == 204
    assert own.post(COLLECTIONS, json=body(sampled, project=sampled.lab.project_id + 1)).status_code == 400
