"""Collections, as people make, change and delete them; what cannot be sampled is refused before a job finds out."""

from typing import Any

import pytest
from sqlalchemy import select

from engine.access import Actor
from engine.inputs import open_job
from engine.lab.collections import (
    CollectionChanges,
    CollectionRequest,
    add_collection,
    change_collection,
    delete_collection,
)
from engine.refusals import Forbidden, Illegal, Invalid, NotFound
from engine.requests import JobRequest
from models.captures import Collection, CollectionCapture
from models.people import Audit, Role
from models.queries.lab import collections
from models.states import Status
from tests.lab import ENGINEER, Lab

OPERATOR = Actor("olive", Role.OPERATOR, "api")


def add(lab: Lab, actor: Actor = OPERATOR, **fields: Any) -> int:
    request = {"name": "Ten a night", "project_id": lab.project_id, "method": "random", "kwargs": {"size": "10"}}
    return add_collection(lab.board, actor, CollectionRequest(**(request | fields)))


def change(lab: Lab, collection_id: int, actor: Actor = OPERATOR, **fields: Any) -> None:
    change_collection(lab.board, actor, collection_id, CollectionChanges(**fields))


def row(lab: Lab, collection_id: int) -> Collection:
    with lab.board.store.read() as session:
        found = session.get_one(Collection, collection_id)
        session.expunge_all()
        return found


def members(lab: Lab) -> list[int]:
    with lab.board.store.read() as session:
        return list(session.scalars(select(CollectionCapture.capture_id).order_by(CollectionCapture.position)))


def last_asked(lab: Lab) -> tuple[str, str, str, str | None]:
    with lab.board.store.read() as session:
        audit = session.scalars(select(Audit).order_by(Audit.id.desc()).limit(1)).one()
        return audit.who, audit.verb, audit.outcome, audit.reason


def test_a_collection_is_made_with_what_it_is_sampled_by(lab: Lab) -> None:
    kwargs = {"size": "10", "date_start": "2026-07-01", "hour_end": None, "deployment_ids": [lab.station_id]}
    made = row(lab, add(lab, kwargs=kwargs, seed=7, description="For the paper"))
    assert (made.name, made.method, made.seed, made.captures_count) == ("Ten a night", "random", 7, 0)
    assert made.arguments == {"size": 10, "date_start": "2026-07-01", "deployment_ids": [lab.station_id]}
    assert last_asked(lab) == ("olive", "add a collection", "accepted", None)


def test_a_seed_that_nobody_gives_is_drawn(lab: Lab) -> None:
    assert len({row(lab, add(lab)).seed for _ in range(3)}) > 1


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"method": "best"}, "method", "There is no sampling method 'best'; choose one of full, random, "),
        ({"kwargs": {"sise": 3}}, "kwargs", "'random' takes no 'sise'; it takes hour_start, "),
        ({"kwargs": {"size": -1}}, "kwargs", "size must be a whole number of captures, 0 or more, not -1."),
        ({"kwargs": {"hour_start": 24}}, "kwargs", "hour_start must be an hour from 0 to 23, not 24."),
        ({"kwargs": {"deployment_ids": [77]}}, "kwargs", "names stations that are not in project 1: 77."),
        ({"project_id": 99}, "project_id", "There is no project 99."),
    ],
)
def test_what_cannot_be_sampled_is_refused_by_name(lab: Lab, given: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(Invalid) as refused:
        add(lab, **given)
    assert list(refused.value.fields) == [field]
    assert words in refused.value.message
    assert last_asked(lab) == ("olive", "add a collection", "refused", refused.value.message)
    with lab.board.store.read() as session:
        assert session.scalars(select(Collection)).all() == []


def test_a_change_is_looked_at_as_a_whole(lab: Lab) -> None:
    made = add(lab)
    with pytest.raises(Invalid, match="'full' takes no 'size'"):
        change(lab, made, method="full")
    change(lab, made, method="interval", kwargs={"minute_interval": 5}, seed=4)
    changed = row(lab, made)
    assert (changed.method, changed.arguments, changed.seed) == ("interval", {"minute_interval": 5}, 4)
    assert last_asked(lab) == ("olive", "change a collection", "accepted", None)


def test_a_collection_that_no_job_used_goes_with_its_list(night: Lab) -> None:
    made = add(night)
    with night.board.store.write() as session:
        session.add(CollectionCapture(collection_id=made, capture_id=1, position=0))
    delete_collection(night.board, OPERATOR, made)
    assert members(night) == []
    with pytest.raises(NotFound):
        delete_collection(night.board, OPERATOR, made)


def test_a_collection_that_a_job_used_stays(lab: Lab) -> None:
    made = add(lab)
    job_id = lab.submit(type="populate_captures_collection", collection_id=made, deployment_id=None, pipeline_id=None)
    with pytest.raises(Illegal, match=f"Collection {made} stays: job {job_id} used it; delete them first"):
        delete_collection(lab.board, OPERATOR, made)
    assert row(lab, made).name == "Ten a night"


def test_the_inputs_of_a_job_are_not_sampled_otherwise(lab: Lab) -> None:
    request = JobRequest(name="two pictures", project_id=lab.project_id, pipeline_id=lab.pipeline_id)
    job = lab.job(open_job(lab.board, ENGINEER, request).job_id)
    assert job.collection_id is not None
    with pytest.raises(Illegal, match=f"holds the inputs of job {job.id}"):
        change(lab, job.collection_id, method="full", kwargs={})
    change(lab, job.collection_id, name="Two pictures")
    assert row(lab, job.collection_id).name == "Two pictures"
    made = add(lab)
    with lab.board.store.read() as session:
        assert [listed.id for listed in collections(session, None, 10)] == [made]


def test_who_only_looks_makes_none_and_a_token_of_another_project_sees_none(lab: Lab) -> None:
    made = add(lab)
    with pytest.raises(Forbidden, match="takes an operator"):
        add(lab, Actor("guest", Role.VIEWER, "api"))
    stranger = Actor("olive", Role.OPERATOR, "api", project_id=lab.project_id + 1)
    with pytest.raises(Invalid, match="There is no project"):
        add(lab, stranger)
    with pytest.raises(NotFound):
        change(lab, made, stranger, name="mine")
    with pytest.raises(NotFound):
        delete_collection(lab.board, stranger, made)
    own = Actor("olive", Role.OPERATOR, "api", project_id=lab.project_id)
    change(lab, made, own, name="ours")
    assert row(lab, made).name == "ours"


def test_two_collections_of_one_seed_have_one_list(night: Lab) -> None:
    lists = []
    with night.workers(1):
        for seed in (5, 5, 6):
            made = add(night, seed=seed)
            asked = {"type": "populate_captures_collection", "deployment_id": None, "pipeline_id": None}
            assert night.until(night.submit(collection_id=made, **asked)).status is Status.SUCCESS
            with night.board.store.read() as session:
                rows = select(CollectionCapture.capture_id).where(CollectionCapture.collection_id == made)
                lists.append(session.scalars(rows.order_by(CollectionCapture.position)).all())
    assert len(lists[0]) == 10
    assert lists[0] == lists[1] != lists[2]
