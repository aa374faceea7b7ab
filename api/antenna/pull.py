"""Pull workers: they take tasks of a job, fetch the pictures, and send what they found."""

from pydantic import BaseModel, Field

from api.antenna import bodies, parameters
from api.antenna.endpoint import Call, Endpoint, Reply
from api.antenna.jobs import find
from engine import pulling
from engine.pulling import MOST, Result

LARGEST_RESULTS = 32 * 2**20  # bytes; a result has scores of every label
MOST_TASKS = 10_000_000  # that may be asked for; `MOST` are given


class TasksBody(BaseModel):
    """How many tasks at once; as many as are waiting, and 1000 at most, are given."""

    batch_size: int = Field(default=1, ge=1, le=MOST_TASKS)


class ResultsBody(BaseModel):
    results: list[Result] = Field(max_length=MOST)


def tasks(call: Call, key: str) -> Reply:
    """Captures to look at, each held for this caller for two minutes; none when there is nothing to do (any more)."""
    job_id = find(call, key)
    asked = bodies.of(TasksBody, batch_size=parameters.text("batch_size") or parameters.text("batch"))
    taken = pulling.take(call.board, call.actor, job_id, asked.batch_size)
    return Reply(
        {
            "tasks": [
                {
                    "id": str(task.id),
                    "image_id": str(task.capture_id),
                    "image_url": task.address,
                    "reply_subject": task.reply,
                }
                for task in taken
            ]
        }
    )


def result(call: Call, key: str) -> Reply:
    """What was found on captures that were taken. Each result lands by itself; one that comes too late is dropped.

    The list of them may also come alone, as older pull workers send it.
    """
    job_id = find(call, key)
    landed = pulling.land(call.board, call.actor, job_id, bodies.of(ResultsBody, bare="results").results)
    told = [
        {
            "reply_subject": each.reply,
            "status": "dropped" if each.status == "dropped" else "queued",
            "task_id": each.reply,
        }
        for each in landed
    ]
    queued = sum(each["status"] == "queued" for each in told)
    return Reply({"status": "accepted", "job_id": job_id, "results_queued": queued, "tasks": told})


ENDPOINTS = [
    Endpoint("jobs/<key>/tasks/", "Tasks", {"POST": tasks}, "Take captures of a job to look at."),
    Endpoint(
        "jobs/<key>/result/",
        "Result",
        {"POST": result},
        "Send what was found on captures that were taken.",
        largest=LARGEST_RESULTS,
    ),
]
