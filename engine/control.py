"""The one door for every verb: a button, each API dialect and the command line call these functions alike.

Each checks the right to do it, makes the transition and writes the audit row in one transaction, and rings the bell
after the commit. A verb that is refused changes nothing, and its refusal is in the audit too.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import delete as delete_from
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from engine import bulk, checkpoint, faults, life, standstill
from engine.access import Actor
from engine.audit import Answer, answer_of, record, record_of_all, record_refusal, refuse_unless
from engine.board import Board
from engine.bulk import BulkVerb, OperationRow
from engine.checks import check
from engine.refusals import Forbidden, Illegal, Invalid, NotFound, Refusal
from engine.reopening import Alike, What, reopen
from engine.requests import ANY_TIME, COPIED, NOT_NULL, JobChanges, JobRequest
from engine.schedules import asking
from engine.schedules.asking import ScheduleRequest
from models.captures import Event
from models.jobs import Job, JobTag, Stage
from models.operations import Queue, QueuePause
from models.people import Role, User
from models.queries.job_filter import JobFilter
from models.queries.workers import GONE
from models.revisions import bury, touch
from models.schedules import Schedule
from models.states import ACTIVE, FINAL, IllegalMove, Move, ReviewState, Status, target
from models.workers import Worker

__all__ = [
    "Alike",
    "Answer",
    "Forbidden",
    "Illegal",
    "Invalid",
    "JobChanges",
    "JobRequest",
    "NotFound",
    "Refusal",
    "ScheduleRequest",
    "What",
    "cancel",
    "create_schedule",
    "delete",
    "delete_schedule",
    "edit",
    "edit_schedule",
    "go_on",
    "in_bulk",
    "judge",
    "make_up_for_nights",
    "pause",
    "pause_queue",
    "pause_schedule",
    "prioritise",
    "rerun",
    "resume",
    "resume_queue",
    "resume_schedule",
    "retry",
    "review",
    "run",
    "start_worker",
    "stop_worker",
    "submit",
    "tag",
]


def submit(
    board: Board,
    actor: Actor,
    request: JobRequest,
    *,
    start_now: bool,
    note: Callable[[Session, Job], None] | None = None,
) -> Answer:
    """Write a job down, and start it if asked. Raises Forbidden or Invalid.

    `note` keeps something else in the same transaction: that the job was made, say, by whoever has it made.
    """
    refuse_unless(board, actor, Role.OPERATOR, "submit a job")
    with _refusals_on_record(board, actor, "submit"), board.store.write() as session:
        answer, attempt = _write(session, actor, request, board.store.clock(session), "submit", start_now=start_now)
        if note is not None:
            note(session, session.get_one(Job, answer.job_id))
    faults.point("between-verb-and-bell")
    if start_now:
        board.bell.ring(answer.job_id, attempt)
    return answer


def rerun(
    board: Board,
    actor: Actor,
    job_id: int,
    *,
    name: str | None = None,
    changes: JobChanges | None = None,
    start_now: bool = True,
) -> Answer:
    """A new job with the arguments of this one, or edited ones, that does the work again; the answer names it."""
    refuse_unless(board, actor, Role.OPERATOR, "rerun a job", job_id)
    with _refusals_on_record(board, actor, "rerun", job_id), board.store.write() as session:
        old = _mine(session, actor, job_id)
        fields = {key: getattr(old, key) for key in COPIED} | {"name": name or f"Rerun {old.name}"[:255]}
        fields |= {"reprocess": True} | (changes.model_dump(exclude_unset=True) if changes else {})
        at = board.store.clock(session)
        answer, attempt = _write(session, actor, JobRequest(**fields), at, "rerun", start_now=start_now)
    if start_now:
        board.bell.ring(answer.job_id, attempt)
    return answer


def _write(
    session: Session, actor: Actor, request: JobRequest, at: datetime, verb: str, *, start_now: bool
) -> tuple[Answer, int]:
    fields = request.model_dump()
    fields["seed"] = random.randrange(2**31) if request.seed is None else request.seed
    asked = {"owner_id": actor.user_id, "token_prefix": actor.token_prefix, "created_at": at, "updated_at": at}
    job = Job(**fields, **asked, status=Status.CREATED)
    _take_station(session, job)
    check(session, actor, job)
    session.add(job)
    session.flush()
    _set_tags(session, job, request.tags)
    life.lay_out_stages(session, job)
    audit = record(session, actor, verb, job, at)
    if start_now:
        life.move(session, job, Move.RUN, at)
    else:
        audit.acknowledged_at = audit.done_at = at
    touch(session, Job, job.id)
    session.flush()
    return answer_of(job, audit), job.attempt


def _take_station(session: Session, job: Job) -> None:
    """A job over a night is of the night's station."""
    night = session.get(Event, job.event_id) if job.event_id is not None and job.deployment_id is None else None
    if night is not None:
        job.deployment_id = night.deployment_id


def run(board: Board, actor: Actor, job_id: int) -> Answer:
    """Start a job that was never submitted; a final one is retried. Illegal on an active one."""

    def start(session: Session, job: Job, at: datetime) -> None:
        if job.status in FINAL:
            reopen(session, job, at, "unsuccessful", None)
        else:
            life.move(session, job, Move.RUN, at)

    return _verb(board, actor, job_id, "run", start, rings=True)


def cancel(board: Board, actor: Actor, job_id: int) -> Answer:
    """End a job. One that workers hold ends as soon as they have let go, within their grace."""

    def end(session: Session, job: Job, at: datetime) -> None:
        life.move(session, job, Move.CANCEL, at, cause="cancelled")
        if job.status == Status.CANCELING:
            job.requested, job.requested_at = life.CANCEL, at
            life.settle(session, job, at)

    answer = _verb(board, actor, job_id, "cancel", end)
    board.bell.silence(job_id)
    return answer


def pause(board: Board, actor: Actor, job_id: int) -> Answer:
    """Hold a job where it stands. One that workers hold is paused as soon as they have let go."""

    def hold(session: Session, job: Job, at: datetime) -> None:
        target(job.status, Move.PAUSE)
        if job.status == Status.STARTED and life.is_claimed(session, job):
            job.requested, job.requested_at = life.PAUSE, at
            touch(session, Job, job.id)
        else:
            life.move(session, job, Move.PAUSE, at)
            life.answer(session, job, at)

    answer = _verb(board, actor, job_id, "pause", hold)
    board.bell.silence(job_id)
    return answer


def resume(board: Board, actor: Actor, job_id: int) -> Answer:
    """Go on with a paused job, in the same attempt."""
    return _verb(board, actor, job_id, "resume", lambda s, job, at: life.move(s, job, Move.RESUME, at), rings=True)


def retry(
    board: Board,
    actor: Actor,
    job_id: int,
    what: What = "unsuccessful",
    *,
    from_stage: str | None = None,
    alike: Alike | None = None,
) -> Answer:
    """Try again what did not succeed, or a part of it, in a new attempt. No success is repeated.

    `what`: "unsuccessful" and "unfinished" are all that failed or waits at a checkpoint, "failed" and "stopped" the two
    halves. Of those, `alike` leaves it at the captures that failed alike. What was never reached goes along in any
    case. `from_stage` also does the stages from that key on again.
    """
    details = {"what": what, "from_stage": from_stage, **(asdict(alike) if alike else {})}

    def again(session: Session, job: Job, at: datetime) -> None:
        reopen(session, job, at, what, from_stage, alike)

    return _verb(board, actor, job_id, "retry", again, rings=True, details=details)


def edit(board: Board, actor: Actor, job_id: int, changes: JobChanges) -> Answer:
    """Change a job. What decides its work can only change before it was first submitted."""
    wanted = {name: getattr(changes, name) for name in changes.model_fields_set}
    wanted = {name: value for name, value in wanted.items() if value is not None or name not in NOT_NULL}

    def change(session: Session, job: Job, at: datetime) -> None:
        if job.attempt and (fixed := sorted(set(wanted) - ANY_TIME)):
            raise Illegal(f"{', '.join(fixed)} of a job can only change before it was first started; rerun it instead.")
        for name, value in wanted.items():
            setattr(job, name, value)
        if set(wanted) - ANY_TIME:
            with session.no_autoflush:  # what it refers to may not be there, and that is for `check` to say
                _take_station(session, job)
                check(session, actor, job)
            session.execute(delete_from(Stage).where(Stage.job_id == job.id))
            life.lay_out_stages(session, job)
        if "tags" in wanted:
            _set_tags(session, job, wanted["tags"])
        if "timeout_ms" in wanted and job.status in ACTIVE:
            job.deadline_at = life.deadline(job)

    return _verb(board, actor, job_id, "edit", change, details=changes.model_dump(exclude_unset=True), done=True)


def prioritise(board: Board, actor: Actor, job_id: int, priority: int) -> Answer:
    """Let a job go before others (9) or after them (0). Illegal on one that has ended."""
    wanted = _checked({"priority": priority})

    def rank(_session: Session, job: Job, _at: datetime) -> None:
        if job.status in FINAL:
            raise Illegal(f"A job that is {job.status} has ended; its priority decides nothing any more.")
        job.priority = wanted["priority"]

    return _verb(board, actor, job_id, "priority", rank, details=wanted, done=True)


def tag(board: Board, actor: Actor, job_id: int, add: Sequence[str] = (), remove: Sequence[str] = ()) -> Answer:
    """Give a job these tags and take those away; the others stay."""
    wanted = {"add": _checked({"tags": list(add)})["tags"], "remove": list(remove)}

    def label(session: Session, job: Job, _at: datetime) -> None:
        kept = [each for each in job.tags if each not in wanted["remove"]]
        _set_tags(session, job, _checked({"tags": list(dict.fromkeys([*kept, *wanted["add"]]))})["tags"])

    return _verb(board, actor, job_id, "tag", label, details=wanted, done=True)


def _checked(changes: dict[str, Any]) -> dict[str, Any]:
    """These fields, as `JobChanges` takes them. Raises Invalid."""
    try:
        return JobChanges(**changes).model_dump(exclude_unset=True)
    except ValidationError as error:
        wrong = {str(each["loc"][0]): [f"{each['msg']}."] for each in error.errors()}
        raise Invalid(wrong) from None


def _set_tags(session: Session, job: Job, tags: Sequence[str]) -> None:
    job.tags = list(dict.fromkeys(tags))
    session.execute(delete_from(JobTag).where(JobTag.job_id == job.id))
    if job.tags:
        session.execute(insert(JobTag), [{"job_id": job.id, "tag": tag} for tag in job.tags])


def review(
    board: Board, actor: Actor, job_id: int, *, reviewer: str | None = None, state: ReviewState | None = None
) -> Answer:
    """Say who looks at the job's results, and how far that is. An empty `reviewer` takes the reviewer away."""

    def assign(session: Session, job: Job, _at: datetime) -> None:
        if reviewer == "":
            job.reviewer_id = None
        elif reviewer is not None:
            person = session.scalars(select(User).where(User.name == reviewer, User.disabled.is_(False))).one_or_none()
            if person is None:
                raise Invalid({"reviewer": [f"There is no person named {reviewer!r}."]})
            job.reviewer_id = person.id
        job.review_state = state or job.review_state

    return _verb(board, actor, job_id, "review", assign, details={"reviewer": reviewer, "state": state}, done=True)


def judge(board: Board, actor: Actor, job_id: int, items: Sequence[int] | None, verdict: checkpoint.Verdict) -> Answer:
    """Accept, reject or retry captures that wait at a checkpoint (all of them when `items` is None)."""

    def decide(session: Session, job: Job, at: datetime) -> None:
        checkpoint.judge(session, job, items, verdict, actor.name, at)

    return _verb(board, actor, job_id, verdict, decide, details={"items": items}, rings=True, done=True)


def delete(board: Board, actor: Actor, job_id: int) -> None:
    """Delete a job with its items and logs; its results stay. Illegal while it is active."""

    def remove(session: Session, job: Job, _at: datetime) -> None:
        if job.status in ACTIVE:
            raise Illegal(f"A job that is {job.status} cannot be deleted; cancel it first.")
        session.flush()
        session.execute(delete_from(Job).where(Job.id == job_id).execution_options(synchronize_session=False))
        bury(session, Job, job_id)

    _verb(board, actor, job_id, "delete", remove, done=True)


def in_bulk(
    board: Board, actor: Actor, verb: BulkVerb, where: JobFilter, details: dict[str, Any] | None = None
) -> OperationRow:
    """Do a verb to all jobs that match: the first at once, the rest by the reconciler, each with its own audit row.

    `details` are the verb's own arguments: {"priority": 7}, or {"add": ["urgent"], "remove": []} of tags.
    """
    refuse_unless(board, actor, Role.OPERATOR, f"{verb} jobs")
    if verb == "priority":
        _checked(details or {})
    if verb == "tag":
        _checked({"tags": (details or {}).get("add", [])})
    with board.store.write() as session:
        operation_id = bulk.begin(session, actor, verb, where, board.store.clock(session), details)
    _go_through(board, operation_id)
    with board.store.read() as session:
        return bulk.row_of(session, operation_id)


def go_on(board: Board, operation_id: int) -> bool:
    """Do more of an operation, unless somebody else does; True when it is through."""
    with board.store.write() as session:
        is_ours = bulk.take(session, operation_id, board.store.clock(session))
    if is_ours:
        _go_through(board, operation_id)
    with board.store.read() as session:
        return bulk.row_of(session, operation_id).finished_at is not None


def _go_through(board: Board, operation_id: int, seconds: float = 0.5) -> None:
    """Do more of an operation that is held, for so long at most, and leave it."""
    until, is_through = time.monotonic() + seconds, False
    try:
        while not is_through and time.monotonic() < until:
            with board.store.read() as session:
                actor, verb, details, jobs = bulk.next_jobs(session, operation_id)
            refusals: Counter[str] = Counter()
            for job_id in jobs:
                try:
                    BULK_VERBS[verb](board, actor, job_id, **details)
                except Refusal as refusal:
                    refusals[refusal.message] += 1
            with board.store.write() as session:
                bulk.note(session, operation_id, jobs, refusals, board.store.clock(session))
            is_through = not jobs
    finally:
        if not is_through:
            with board.store.write() as session:
                bulk.leave(session, operation_id)


BULK_VERBS: dict[BulkVerb, Callable[..., Answer]] = {
    "run": run,
    "cancel": cancel,
    "pause": pause,
    "resume": resume,
    "retry": retry,
    "priority": prioritise,
    "tag": tag,
}


def pause_queue(board: Board, actor: Actor, queue: Queue, key: int = 0) -> None:
    """Let no worker take anything of a queue: all, a station's or a pipeline's. What is in hand is finished."""
    refuse_unless(board, actor, Role.OPERATOR, "pause a queue")
    with board.store.write() as session:
        if session.get(QueuePause, (queue, key)) is None:
            session.add(QueuePause(queue=queue, key=key, since=board.store.clock(session), user_id=actor.user_id))
            _record_queue(session, actor, "pause queue", queue, key, board.store.clock(session))
            _say_it_is_another(session, queue, key)


def resume_queue(board: Board, actor: Actor, queue: Queue, key: int = 0) -> None:
    """Take a pause off a queue; the reconciler rings for what waited."""
    refuse_unless(board, actor, Role.OPERATOR, "resume a queue")
    with board.store.write() as session:
        session.execute(delete_from(QueuePause).where(QueuePause.queue == queue, QueuePause.key == key))
        _record_queue(session, actor, "resume queue", queue, key, board.store.clock(session))
        _say_it_is_another(session, queue, key)


def _say_it_is_another(session: Session, queue: Queue, key: int) -> None:
    """Have the pages look again: a queue has no rev of its own, so what it was until now is told as gone."""
    bury(session, QueuePause, f"{queue} {key}")


def create_schedule(board: Board, actor: Actor, asked: ScheduleRequest) -> int:
    """Have jobs made every morning from now on; the schedule's id. Raises Forbidden or Invalid."""
    return _schedule_verb(board, actor, "create schedule", lambda s, at: asking.create(s, actor, asked, at), asked)


def edit_schedule(board: Board, actor: Actor, schedule_id: int, asked: ScheduleRequest) -> None:
    """Put a schedule as it should be. Raises Forbidden, Invalid or NotFound."""
    _schedule_verb(board, actor, "edit schedule", lambda s, at: asking.change(s, actor, schedule_id, asked, at), asked)


def pause_schedule(board: Board, actor: Actor, schedule_id: int) -> None:
    """Have it make no jobs until it is resumed; the jobs that it made go on."""
    _schedule_verb(board, actor, "pause schedule", lambda s, at: asking.hold(s, actor, schedule_id, at, paused=True))


def resume_schedule(board: Board, actor: Actor, schedule_id: int) -> None:
    """Let a paused schedule go on, from its next morning."""
    _schedule_verb(board, actor, "resume schedule", lambda s, at: asking.hold(s, actor, schedule_id, at, paused=False))


def make_up_for_nights(board: Board, actor: Actor, run_id: int) -> None:
    """Have a run of a schedule take up the missed nights that it left out. Raises Forbidden, NotFound or Illegal."""
    _schedule_verb(board, actor, "make up for missed nights", lambda s, _at: asking.make_up(s, actor, run_id))


def delete_schedule(board: Board, actor: Actor, schedule_id: int) -> None:
    """Delete a schedule; the jobs that it made stay."""
    _schedule_verb(board, actor, "delete schedule", lambda s, _at: asking.remove(s, actor, schedule_id))


def _schedule_verb(
    board: Board,
    actor: Actor,
    verb: str,
    do: Callable[[Session, datetime], Schedule],
    asked: ScheduleRequest | None = None,
) -> int:
    refuse_unless(board, actor, Role.OPERATOR, verb)
    with _refusals_on_record(board, actor, verb), board.store.write() as session:
        at = board.store.clock(session)
        schedule = do(session, at)
        details = {"schedule": schedule.id, "name": schedule.name}
        told = details | (asked.model_dump(mode="json") if asked else {})
        record_of_all(session, actor, verb, at, told, done=True)
        return schedule.id


def _record_queue(session: Session, actor: Actor, verb: str, queue: Queue, key: int, at: datetime) -> None:
    record_of_all(session, actor, verb, at, {"queue": queue, "key": key}, done=True)


def stop_worker(board: Board, actor: Actor, name: str, wish: standstill.Wish = standstill.FINISH) -> None:
    """Let a worker stand still: after what it has in hand, or at once, when that goes back to the queue.

    It obeys within a few seconds, and until `start_worker` through all restarts. Illegal for one that is gone.
    """

    def stop(worker: Worker) -> None:
        if worker.state == GONE:
            raise Illegal(f"Worker {name} is gone; there is nothing to stop.")
        worker.requested = wish

    _worker_verb(board, actor, name, f"{wish} worker", stop)


def start_worker(board: Board, actor: Actor, name: str) -> None:
    """Let a stopped worker work again. Illegal for one that was never stopped."""

    def start(worker: Worker) -> None:
        if worker.requested is None:
            raise Illegal(f"Worker {name} was not stopped.")
        worker.requested = None

    _worker_verb(board, actor, name, "start worker", start)


def _worker_verb(board: Board, actor: Actor, name: str, verb: str, do: Callable[[Worker], None]) -> None:
    refuse_unless(board, actor, Role.OPERATOR, verb)
    with _refusals_on_record(board, actor, verb), board.store.write() as session:
        if actor.project_id is not None:
            raise Forbidden(f"{actor.name} is bound to one project, and workers serve all; ask an operator of the lab.")
        worker = session.get(Worker, name, with_for_update=True)
        if worker is None:
            raise NotFound(f"There is no worker {name}.")
        at = board.store.clock(session)
        do(worker)
        audit = record_of_all(session, actor, verb, at, {"worker": name})
        worker.requested_at, worker.control_id = at, audit.id
        touch(session, Worker, name)


def _mine(session: Session, actor: Actor, job_id: int) -> Job:
    """The job, locked. Raises NotFound when there is none that this actor may see."""
    job = life.hold(session, job_id)
    if job is None or actor.project_id not in (None, job.project_id):
        raise NotFound(f"There is no job {job_id}.")
    return job


def _verb(
    board: Board,
    actor: Actor,
    job_id: int,
    verb: str,
    do: Callable[[Session, Job, datetime], None],
    *,
    rings: bool = False,
    done: bool = False,
    details: dict[str, Any] | None = None,
) -> Answer:
    """Do one verb on one job in one transaction, with its right, its audit row and its bell."""
    refuse_unless(board, actor, Role.OPERATOR, f"{verb} a job", job_id)
    with _refusals_on_record(board, actor, verb, job_id), board.store.write() as session:
        job = _mine(session, actor, job_id)
        at = board.store.clock(session)
        audit = record(session, actor, verb, job, at, details)
        do(session, job, at)
        if done:
            audit.acknowledged_at = audit.done_at = at
        answer, attempt = answer_of(job, audit), job.attempt
        if verb != "delete":
            job.updated_at = at
            touch(session, Job, job.id)
            session.flush()
            answer = answer_of(job, audit)
    faults.point("between-verb-and-bell")
    if rings:
        board.bell.ring(job_id, attempt)
    return answer


@contextmanager
def _refusals_on_record(board: Board, actor: Actor, verb: str, job_id: int | None = None) -> Iterator[None]:
    """Write down a refusal, once its transaction is rolled back, and let it go on to whoever asked."""
    try:
        yield
    except IllegalMove as illegal:
        refusal = Illegal(str(illegal))
        record_refusal(board, actor, verb, job_id, refusal)
        raise refusal from None
    except Refusal as refusal:
        record_refusal(board, actor, verb, job_id, refusal)
        raise
