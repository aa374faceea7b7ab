"""What made a result can be told for good: the pipeline's parameters, and the zones of its station that were masked."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from engine import pipelines, provenance
from engine.pipelines.base import Failed, Found, Processed, outside
from models.captures import Capture, Deployment
from models.pipelines import Pipeline
from models.results import Detection, Provenance, Result
from models.states import Status
from tests.lab import Lab, draw_captures

COUNT = 6
LEFT = (0.0, 0.0, 240.0, 360.0)  # half of the drawn captures


@pytest.fixture
def night(lab: Lab, tmp_path: Path) -> Lab:
    """A lab with a short night."""
    draw_captures(tmp_path / "captures", COUNT)
    assert lab.take_in(tmp_path / "captures") == COUNT
    return lab


def work(lab: Lab, **fields: Any) -> tuple[int, int]:
    """A job over the station, to its end: (captures that it processed itself, those that it skipped)."""
    job = lab.until(lab.submit(**fields))
    assert job.status is Status.SUCCESS, job.cause
    return job.processed - job.skipped, job.skipped


def set_up(lab: Lab, **values: Any) -> None:
    with lab.board.store.write() as session:
        session.execute(update(Deployment).values(**values))


def digests(lab: Lab) -> list[str]:
    """Of the results, the oldest first, each once."""
    with lab.board.store.read() as session:
        return list(dict.fromkeys(session.scalars(select(Result.parameters).order_by(Result.id))))


def test_masked_zones_stand_with_the_results_and_a_change_of_them_is_processed_anew(night: Lab) -> None:
    with night.workers(1):
        assert work(night) == (COUNT, 0)
        set_up(night, mask_zones=[list(LEFT)])
        assert work(night) == (COUNT, 0)
        assert work(night) == (0, COUNT)
        set_up(night, mask_zones=[])
        assert work(night) == (0, COUNT)
    plain, masked = digests(night)
    with Session(night.board.store.engine) as session:  # one that may write, and writes nothing in the end
        row = session.get_one(Pipeline, night.pipeline_id)
        assert (plain, masked) == (pipelines.digest(row), pipelines.digest(row, [LEFT]))
        assert provenance.known(session, plain) == pipelines.parameters(row)
        session.execute(delete(Provenance))  # as of results that are older than this, while the pipeline is the same
        assert provenance.known(session, plain) == pipelines.parameters(row)
        session.rollback()
        assert provenance.known(session, masked) == pipelines.parameters(row) | {"mask_zones": [list(LEFT)]}
        found = select(Detection.x1, Detection.x2).join(Result, Result.id == Detection.result_id)
        boxes = session.execute(found.where(Result.parameters == masked)).all()
    assert boxes
    assert all((x1 + x2) / 2 >= LEFT[2] for x1, x2 in boxes)


def test_parameters_are_told_when_the_pipeline_has_gone_on_to_others(night: Lab) -> None:
    with night.workers(1):
        work(night, limit=2)
        with night.board.store.write() as session:
            session.execute(update(Pipeline).where(Pipeline.id == night.pipeline_id).values(config={"smallest_px": 33}))
        work(night, limit=2)
    before, after = digests(night)
    with night.board.store.read() as session:
        old, new = provenance.known(session, before), provenance.known(session, after)
        assert provenance.known(session, f"{before}~12") == old
        assert provenance.known(session, "made before this was kept") is None
    assert old is not None
    assert new == old | {"smallest_px": 33}
    assert old["smallest_px"] != 33


def test_a_capture_whose_header_was_not_read_gets_the_size_that_its_boxes_lie_in(night: Lab) -> None:
    with night.board.store.write() as session:
        session.execute(update(Capture).where(Capture.id < COUNT).values(width=None, height=None))
        session.execute(update(Capture).where(Capture.id == COUNT).values(width=360, height=480))  # as EXIF turns it
    with night.workers(1):
        work(night)
    with night.board.store.read() as session:
        assert {tuple(row) for row in session.execute(select(Capture.width, Capture.height))} == {(480, 360)}


def test_what_lies_mostly_in_masked_zones_is_not_reported_whatever_found_it() -> None:
    boxes = [(10, 10, 30, 30), (90, 10, 120, 30), (95, 10, 105, 30), (200, 10, 220, 30)]
    found = [Found(*box, score=1.0, label="moth", algorithm="any") for box in boxes]
    left = outside(Processed(1, 1.0, found), [(0, 0, 100, 100)])
    assert isinstance(left, Processed)
    assert [animal.x1 for animal in left.found] == [90, 95, 200]  # one that lies half in it stays
    twice = outside(Processed(1, 1.0, found[:1]), [(10, 10, 16, 30), (10, 10, 16, 30), (8, 8, 12, 40)])
    assert isinstance(twice, Processed)
    assert len(twice.found) == 1  # what zones have in common is covered once
    failed = Failed(1, 1.0, "dark", "It is dark.")
    assert outside(failed, [(0, 0, 100, 100)]) is failed
