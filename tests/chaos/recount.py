"""Counting again, from the rows themselves, what the engine says of a job."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.captures import Capture, Event
from models.jobs import Item, Job, Log, Stage
from models.results import Detection, Result
from models.states import FINAL_ITEMS
from tests.lab import Lab


@dataclass(frozen=True)
class Recount:
    """Captures of a job that have no end or no result, and those that ended, or have a result, more than once."""

    lost: int
    doubled: int


def recount(lab: Lab, job_id: int) -> Recount:
    """Count a job of new results (`reprocess`) again. Each landing writes how many captures it ended, in its own
    transaction, so a capture that ended twice shows itself in the log even when its result was written over."""
    with lab.board.store.read() as session:
        items = session.execute(
            select(Item.capture_id, Item.state, Item.result_id).where(
                Item.job_id == job_id, Item.capture_id.is_not(None)
            )
        ).all()
        results = session.scalars(select(Result.capture_id).where(Result.job_id == job_id)).all()
        landings = session.scalars(select(Log.message).where(Log.job_id == job_id, Log.message.like("Processed %")))
        landed = sum(int(message.split()[1]) for message in landings)
    ended = [item for item in items if item.state in FINAL_ITEMS and item.result_id is not None]
    lost = len(items) - len(ended) + len({item.capture_id for item in items} - set(results))
    return Recount(lost, max(0, landed - len(items)) + len(results) - len(set(results)))


def assert_counted_right(lab: Lab, job_id: int) -> None:
    """Every counter of the job, its stages and its night equals what the rows say."""
    with lab.board.store.read() as session:
        job = session.get_one(Job, job_id)
        mine = select(Result).where(Result.job_id == job_id).subquery()
        found = session.execute(
            select(func.coalesce(func.sum(mine.c.detections_count), 0), func.count()).select_from(mine)
        )
        detections, results = found.one()
        assert (job.detections, job.processed - job.skipped) == (detections, results)
        for stage in session.scalars(select(Stage).where(Stage.job_id == job_id)):
            open_items = select(func.count()).where(Item.stage_id == stage.id, Item.state.not_in(FINAL_ITEMS))
            assert stage.open_items == session.scalars(open_items).one(), stage.key
        lines = session.scalars(select(Log.seq).where(Log.job_id == job_id).order_by(Log.seq)).all()
        assert list(lines) == list(range(1, job.log_seq + 1))
        _assert_nights_counted(session)


def _assert_nights_counted(session: Session) -> None:
    for night in session.scalars(select(Event)):
        of_night = select(func.count()).where(Capture.event_id == night.id)
        boxes = select(func.count(Detection.id)).join(Capture, Capture.id == Detection.capture_id)
        assert night.processed_count == session.scalars(of_night.where(Capture.processed_at.is_not(None))).one()
        assert night.failed_count == session.scalars(of_night.where(Capture.failed_at.is_not(None))).one()
        assert night.detections_count == session.scalars(boxes.where(Capture.event_id == night.id)).one()
