"""Running schedules: what is due is begun, and what was begun is carried from step to step, by the leading reconciler.

What was missed while the engine slept runs once: one run for each station, over all nights that it missed. Of more than
`MOST_NIGHTS` it takes the last; the run says which were left out, the audit too, and whoever looks may ask for them
(`asking.make_up`). A job and the note that it was made are one transaction, so that a reconciler that dies in
between makes no job twice and forgets none.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import control
from engine.access import Actor
from engine.audit import record_of_all
from engine.board import Board
from engine.captures.stations import sources_of
from engine.refusals import Refusal
from engine.requests import JobRequest
from engine.schedules import asking
from engine.schedules.times import last_until, next_after, night_before
from models.captures import Deployment, Event
from models.jobs import Job
from models.nights import ONE_DAY
from models.people import Role
from models.revisions import touch
from models.schedules import Schedule, ScheduleRun, Step
from models.states import FINAL, Status

MOST_NIGHTS = 14
TYPES = {Step.SYNC: "data_storage_sync", Step.ML: "ml", Step.TRACKS: "tracks"}
WORDS = {Step.SYNC: "new captures", Step.ML: "detections", Step.TRACKS: "tracks"}


class MadeAlready(RuntimeError):
    """Somebody else made this job of the run meanwhile."""


def begin_due(board: Board, at: datetime | None = None) -> int:
    """Begin a run for each station that is due; how many. `at` is now unless told."""
    with board.store.read() as session:
        at = at or board.store.clock(session)
        due = session.scalars(select(Schedule.id).where(Schedule.paused_at.is_(None), Schedule.next_at <= at)).all()
    begun = 0
    for schedule_id in due:
        with board.store.write() as session:
            schedule = session.get(Schedule, schedule_id, with_for_update=True)
            if schedule is not None and schedule.paused_at is None:
                begun += _begin(session, schedule, at)
                asking.set_next(session, schedule, at)
                touch(session, Schedule, schedule.id)
    return begun


def _begin(session: Session, schedule: Schedule, at: datetime) -> int:
    last = select(ScheduleRun.deployment_id, func.max(ScheduleRun.due_at)).where(ScheduleRun.schedule_id == schedule.id)
    done = {row[0]: row[1] for row in session.execute(last.group_by(ScheduleRun.deployment_id))}
    rule, begun = asking.rule_of(schedule), 0
    for station_id, place in asking.stations_of(session, schedule).items():
        since = max(done.get(station_id, schedule.since), schedule.since)
        first, latest = next_after(rule, place, since), last_until(rule, place, at)
        if first > at:
            continue
        last_night, missed_from = night_before(latest, place), night_before(first, place)
        first_night = max(missed_from, last_night - ONE_DAY * (MOST_NIGHTS - 1))
        run = ScheduleRun(
            schedule_id=schedule.id,
            deployment_id=station_id,
            due_at=latest,
            first_night=first_night,
            last_night=last_night,
            step=Step(schedule.steps[0]),
            created_at=at,
        )
        if missed_from < first_night and asking.of_nights(schedule):
            run.left_out_from = missed_from
            _tell_left_out(session, schedule, run, at)
        session.add(run)
        begun += 1
    session.flush()
    return begun


def _tell_left_out(session: Session, schedule: Schedule, run: ScheduleRun, at: datetime) -> None:
    """Write into the audit which nights of a station the run leaves out, since they are too many at once."""
    assert run.left_out_from is not None
    last = run.first_night - ONE_DAY
    told = {
        "schedule": schedule.id,
        "name": schedule.name,
        "deployment": run.deployment_id,
        "first_night": run.left_out_from.isoformat(),
        "last_night": last.isoformat(),
        "nights": (last - run.left_out_from).days + 1,
    }
    record_of_all(session, _actor(schedule), "leave missed nights out", at, told, done=True)


def go_on(board: Board) -> None:
    """Carry each run that has begun as far as it can go now."""
    with board.store.read() as session:
        runs = session.scalars(select(ScheduleRun.id).where(ScheduleRun.finished_at.is_(None))).all()
    for run_id in runs:
        while _one_step(board, run_id):
            pass


def _one_step(board: Board, run_id: int) -> bool:
    """Make the jobs of the run's step, or go to the next one when they have all ended; whether more can be done now."""
    with board.store.read() as session:
        run = session.get(ScheduleRun, run_id)
        if run is None or run.finished_at is not None:
            return False
        requests = _requests(session, run)
        made = {(each["step"], each["event"]): each["job"] for each in run.jobs}
        missing = [request for request in requests if (run.step, request.event_id) not in made]
        ended = [job for job in made.values() if not _goes_on(session, job)]
        actor = _actor(run.schedule)
        step = run.step
    for request in missing:
        try:
            control.submit(board, actor, request, start_now=True, note=lambda s, job: _note(s, run_id, step, job))
        except MadeAlready:
            continue
        except Refusal as refusal:
            _finish(board, run_id, f"{WORDS[step].capitalize()}: {refusal.message}")
            return False
    if missing:
        return False
    return len(ended) == len(made) and _next_step(board, run_id)


def _note(session: Session, run_id: int, step: Step, job: Job) -> None:
    """Write on the run that this job was made for it, in the job's own transaction. Raises MadeAlready."""
    run = session.get_one(ScheduleRun, run_id, with_for_update=True)
    if any((each["step"], each["event"]) == (step, job.event_id) for each in run.jobs):
        raise MadeAlready(f"run {run_id} has its {step} job")
    run.jobs = [*run.jobs, {"step": step.value, "event": job.event_id, "job": job.id}]
    touch(session, Schedule, run.schedule_id)


def _next_step(board: Board, run_id: int) -> bool:
    with board.store.write() as session:
        run = session.get_one(ScheduleRun, run_id, with_for_update=True)
        steps = [Step(step) for step in run.schedule.steps]
        behind = [step for step in steps if list(Step).index(step) > list(Step).index(run.step)]
        failed = [each for each in run.jobs if each["step"] == run.step and not _succeeded(session, each["job"])]
        if run.step is Step.SYNC and failed:
            run.outcome = f"The sync did not succeed (job {failed[0]['job']}), so the night was left alone."
        elif behind:
            run.step = behind[0]
        if run.outcome or not behind:
            run.finished_at = board.store.clock(session)
            if not run.outcome and not any(each["step"] != Step.SYNC for each in run.jobs) and steps != [Step.SYNC]:
                run.outcome = "There were no captures of that night."
        touch(session, Schedule, run.schedule_id)
        return run.finished_at is None


def _finish(board: Board, run_id: int, outcome: str) -> None:
    with board.store.write() as session:
        run = session.get_one(ScheduleRun, run_id, with_for_update=True)
        run.outcome, run.finished_at = outcome, board.store.clock(session)
        touch(session, Schedule, run.schedule_id)


def _requests(session: Session, run: ScheduleRun) -> list[JobRequest]:
    """The jobs of the run's step: one sync, or one for each night that has captures."""
    station = run.deployment
    if run.step is Step.SYNC:
        return [_request(run, station, None)] if sources_of(session, station.id) else []
    nights: Sequence[Event] = session.scalars(
        select(Event)
        .where(Event.deployment_id == station.id, Event.captures_count > 0)
        .where(Event.night.between(run.first_night, run.last_night))
        .order_by(Event.night)
    ).all()
    if run.step is Step.TRACKS and Step.ML in run.schedule.steps:
        through = {each["event"] for each in run.jobs if each["step"] == Step.ML and _succeeded(session, each["job"])}
        nights = [night for night in nights if night.id in through]
    return [_request(run, station, night) for night in nights]


def _request(run: ScheduleRun, station: Deployment, night: Event | None) -> JobRequest:
    when = f", {night.night:%-d %b %Y}" if night is not None else ""
    return JobRequest(
        name=f"{station.name}{when}: {WORDS[run.step]}"[:255],
        project_id=station.project_id,
        type=TYPES[run.step],
        deployment_id=station.id,
        event_id=night.id if night is not None else None,
        pipeline_id=None if run.step is Step.SYNC else run.schedule.pipeline_id,
        shuffle=False,
        tags=["scheduled"],
        arguments={"schedule": {"id": run.schedule_id, "name": run.schedule.name, "run": run.id}},
    )


def _actor(schedule: Schedule) -> Actor:
    """On whose behalf a schedule's jobs are made: its own."""
    return Actor(f"schedule {schedule.name}", Role.OPERATOR, "engine", project_id=schedule.project_id)


def _goes_on(session: Session, job_id: int) -> bool:
    job = session.get(Job, job_id)
    return job is not None and job.status not in FINAL


def _succeeded(session: Session, job_id: int) -> bool:
    """Whether the job ended well; one that was deleted since is taken to have."""
    job = session.get(Job, job_id)
    return job is None or job.status == Status.SUCCESS
