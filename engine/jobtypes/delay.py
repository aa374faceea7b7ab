"""The documented test job: it does nothing for as many seconds as it is told. Also the first stage of an ml job."""

import time
from collections.abc import Iterator

from sqlalchemy.orm import Session

from engine.jobtypes.base import Complaints, JobType, StagePlan, Step, Task
from models.jobs import Job

STAGE = StagePlan("delay", "Delay", (("delay", "Delay"), ("mood", "Mood")))
TICK_S = 0.5
MOODS = ("😵‍💫", "😴", "🌙", "🦋")


def wait(task: Task) -> Iterator[Step]:
    """Count the seconds; `cursor["waited"]` are those that have passed."""
    total = task.job.delay
    waited = float(task.cursor.get("waited", 0.0))
    while waited < total:
        started = time.monotonic()
        task.wait(min(TICK_S, total - waited))
        waited = min(total, waited + time.monotonic() - started)
        yield Step(
            progress=waited / total,
            cursor={"waited": waited},
            params={"delay": total, "mood": MOODS[min(int(4 * waited / total), 3)]},
        )
    yield Step(progress=1.0, params={"delay": total, "mood": MOODS[3]}, log=(f"Waited {total} seconds",), last=True)


def check(_session: Session, job: Job) -> Complaints:
    return {} if job.delay > 0 else {"delay": ["A delay job needs a number of seconds above 0."]}


JOB_TYPE = JobType("delay", "Delay", plan=lambda _job: [STAGE], work={"delay": wait}, check=check)
