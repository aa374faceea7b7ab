"""Verbs over many jobs, and the views that people keep."""

from threading import Event, Thread

import pytest

from engine import access, bulk, control, views
from engine.access import Actor
from engine.reconcile import go_on_with_operations
from engine.refusals import Forbidden, Illegal, Invalid, NotFound
from models.operations import Operation
from models.people import Role
from models.queries import jobs, saved_views
from models.queries.job_bounds import Bound
from models.queries.job_filter import JobFilter
from models.queries.vocabulary import LabWords
from models.states import Status
from tests.lab import ENGINEER, Lab, wait_for


@pytest.fixture
def person(lab: Lab) -> Actor:
    access.ensure_admin(lab.board.store, lab.home)
    actor = access.actor_of_user(lab.board.store, 1)
    assert actor is not None
    return actor


def written(lab: Lab, **fields: object) -> int:
    """A job that nobody has started."""
    return lab.submit(start_now=False, delay=1, pipeline_id=None, deployment_id=None, type="delay", **fields)


def found(lab: Lab, **where: object) -> list[int]:
    with lab.board.store.read() as session:
        return jobs.ids(session, JobFilter(**where), sort="id")  # type: ignore[arg-type]


def test_all_that_match_get_a_priority_and_tags(lab: Lab) -> None:
    first, second, other = written(lab, tags=["old", "kept"]), written(lab), written(lab, name="another")
    where = JobFilter(words=("a job",))
    assert control.in_bulk(lab.board, ENGINEER, "priority", where, {"priority": 8}).done == 2
    operation = control.in_bulk(lab.board, ENGINEER, "tag", where, {"add": ["urgent"], "remove": ["old"]})
    assert (operation.total, operation.done, operation.refused) == (2, 2, 0)
    assert [lab.job(each).priority for each in (first, second, other)] == [8, 8, 5]
    assert [lab.job(each).tags for each in (first, second, other)] == [["kept", "urgent"], ["urgent"], []]
    assert found(lab, tags=("urgent",)) == [first, second]


def test_nobody_else_does_an_operation_that_is_in_hand(lab: Lab) -> None:
    every = [written(lab) for _ in range(60)]
    stop = Event()

    def reconcile() -> None:
        while not stop.is_set():
            go_on_with_operations(lab.board)

    others = [Thread(target=reconcile) for _ in range(2)]
    for other in others:
        other.start()
    try:
        begun = control.in_bulk(lab.board, ENGINEER, "cancel", JobFilter())
        wait_for(lambda: control.go_on(lab.board, begun.id), "the operation is through")
    finally:
        stop.set()
        for other in others:
            other.join()
    with lab.board.store.read() as session:
        operation = bulk.row_of(session, begun.id)
    assert (operation.total, operation.done, operation.refused) == (60, 60, 0)
    assert {lab.job(job_id).status for job_id in every} == {Status.REVOKED}


def test_an_operation_of_somebody_who_is_gone_is_taken_up(lab: Lab) -> None:
    job_id = written(lab)
    with lab.board.store.write() as session:
        now = lab.board.store.clock(session)
        operation_id = bulk.begin(session, ENGINEER, "cancel", JobFilter(), now)
    assert not control.go_on(lab.board, operation_id)
    assert lab.job(job_id).status is Status.CREATED
    with lab.board.store.write() as session:
        session.get_one(Operation, operation_id).held_until = now - bulk.LEASE
    assert control.go_on(lab.board, operation_id)
    assert lab.job(job_id).status is Status.REVOKED


def test_only_what_was_never_started_is_run(lab: Lab) -> None:
    waiting, new = written(lab), written(lab)
    control.run(lab.board, ENGINEER, waiting)
    operation = control.in_bulk(lab.board, ENGINEER, "run", JobFilter())
    assert (operation.total, operation.done) == (1, 1)
    assert lab.job(new).status is Status.PENDING


def test_what_is_wrong_is_said_before_anything_is_done(lab: Lab) -> None:
    job_id = written(lab)
    with pytest.raises(Invalid):
        control.in_bulk(lab.board, ENGINEER, "priority", JobFilter(), {"priority": 12})
    with pytest.raises(Invalid):
        control.in_bulk(lab.board, ENGINEER, "tag", JobFilter(), {"add": ["x" * 65]})
    control.cancel(lab.board, ENGINEER, job_id)
    with pytest.raises(Illegal, match="has ended"):
        control.prioritise(lab.board, ENGINEER, job_id, 7)
    assert lab.job(job_id).priority == 5


def test_a_question_counts_what_the_verb_will_be_done_to(lab: Lab) -> None:
    first, second = written(lab), written(lab)
    control.cancel(lab.board, ENGINEER, first)
    with lab.board.store.read() as session:
        assert bulk.concerned(session, ENGINEER, "cancel", JobFilter()) == 1
        assert bulk.concerned(session, ENGINEER, "retry", JobFilter()) == 1
        assert bulk.concerned(session, ENGINEER, "tag", JobFilter(excluded=(JobFilter(ids=(second,)),))) == 1


def test_an_operation_is_found_again_by_whom_it_belongs_to(lab: Lab, person: Actor) -> None:
    written(lab)
    with lab.board.store.write() as session:
        operation_id = bulk.begin(session, person, "cancel", JobFilter(), lab.board.store.clock(session))
    with lab.board.store.read() as session:
        assert bulk.unfinished_of(session, person) == operation_id
        assert bulk.unfinished_of(session, ENGINEER) is None


def test_what_is_left_out_includes_what_has_no_value(lab: Lab) -> None:
    without = written(lab)
    of_pipeline = lab.submit(start_now=False)
    assert found(lab, excluded=(JobFilter(pipeline_id=(lab.pipeline_id,)),)) == [without]
    assert found(lab, excluded=(JobFilter(status=(Status.CREATED,)), JobFilter(words=("nothing",)))) == []
    assert found(lab, excluded=(JobFilter(tags=("x",)),)) == [without, of_pipeline]


def test_a_clock_that_runs_counts_up_to_now(lab: Lab) -> None:
    waits, new = written(lab), written(lab)
    control.run(lab.board, ENGINEER, waits)
    assert found(lab, bounds=(Bound("queue_ms", "<", 3_600_000),)) == [waits]
    assert found(lab, bounds=(Bound("queue_ms", ">", 3_600_000),)) == []
    assert found(lab, bounds=(Bound("elapsed_ms", ">=", 0),)) == []
    assert found(lab, bounds=(Bound("priority", ">=", 5), Bound("total", "<=", 0))) == [waits, new]


def test_the_words_of_the_lab_are_each_there_once(lab: Lab) -> None:
    for tags in (["b", "a"], ["a"], []):
        written(lab, tags=tags)
    with lab.board.store.read() as session:
        words = LabWords(session)
        assert (words.types, words.tags) == (("delay",), ("a", "b"))
        assert (lab.station_id, "Test station") in words.stations


def test_a_view_is_saved_replaced_renamed_and_taken_away(lab: Lab, person: Actor) -> None:
    view_id = views.save(lab.board, person, " My  view ", "status:failure", "-created_at")
    assert views.save(lab.board, person, "My view", "status:running", "name") == view_id
    other = views.save(lab.board, person, "Other", "moths", "name")
    with pytest.raises(Invalid, match="There is a view My view already"):
        views.rename(lab.board, person, other, "My view")
    views.rename(lab.board, person, other, "Moths")
    views.forget(lab.board, person, view_id)
    with lab.board.store.read() as session:
        assert [(row.name, row.text) for row in saved_views.of_person(session, person.user_id)] == [("Moths", "moths")]


def test_a_view_belongs_to_one_person(lab: Lab, person: Actor) -> None:
    view_id = views.save(lab.board, person, "Mine", "owner:me", "name")
    stranger = Actor("guest", Role.VIEWER, "dashboard", user_id=99)
    with pytest.raises(NotFound):
        views.rename(lab.board, stranger, view_id, "Yours")
    views.forget(lab.board, stranger, view_id)
    with pytest.raises(Forbidden):
        views.save(lab.board, ENGINEER, "Nobody's", "moths", "name")
    with pytest.raises(Invalid, match="Give the view a name"):
        views.save(lab.board, person, "  ", "moths", "name")
    with lab.board.store.read() as session:
        assert len(saved_views.of_person(session, person.user_id)) == 1
