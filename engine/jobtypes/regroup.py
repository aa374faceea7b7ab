"""Group a station's captures into nights anew, after its time zone or its clock was mended."""

from collections.abc import Iterator
from functools import partial

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.captures.grouping import Moves, drop_empty_nights, examine_times, land_moves
from engine.jobtypes.base import Complaints, JobType, StagePlan, Step, Task
from models.captures import Capture, Deployment
from models.jobs import Job

KEY = "regroup_events"
STAGE = StagePlan(KEY, "Regroup events", (("captures", "Captures"), ("moved", "Moved")))


def check(session: Session, job: Job) -> Complaints:
    if job.deployment_id is None or session.get(Deployment, job.deployment_id) is None:
        return {"deployment_id": ["A regroup job needs the station whose nights it forms."]}
    return {}


def regroup(task: Task) -> Iterator[Step]:
    """One step for each block of captures; the cursor holds the last capture's id and the counts so far."""
    deployment_id = task.job.deployment_id
    assert deployment_id is not None  # `check` saw to it
    with task.store.read() as session:
        total = session.scalars(select(func.count()).where(Capture.deployment_id == deployment_id)).one()
    seen, moved = task.cursor.get("seen", 0), task.cursor.get("moved", 0)
    after = task.cursor.get("after", 0)
    while (moves := examine_times(task.store, deployment_id, after)).seen:
        seen, moved, after = seen + moves.seen, moved + len(moves.times), moves.after
        yield Step(
            progress=min(1.0, seen / total),
            cursor={"seen": seen, "moved": moved, "after": after},
            params={"captures": seen, "moved": moved},
            write=partial(_land, moves),
        )
    yield Step(
        1.0,
        params={"captures": seen, "moved": moved},
        log=(f"Grouped {seen} captures into nights; {moved} moved to another",),
        last=True,
        write=lambda session, _job: drop_empty_nights(session, deployment_id),
    )


def _land(moves: Moves, session: Session, _job: Job) -> None:
    land_moves(session, moves)


JOB_TYPE = JobType(KEY, "Regroup events", plan=lambda _job: [STAGE], work={KEY: regroup}, check=check)
