"""Schedules and what became of their runs, as plain rows."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.captures import Deployment, Event, Project
from models.jobs import Job
from models.nights import ONE_DAY
from models.pipelines import Pipeline
from models.schedules import Schedule, ScheduleRun, Step


@dataclass(frozen=True)
class RunRow:
    """One time that a schedule ran for a station; `jobs` are (step, job, its status, None when it was deleted)."""

    id: int
    station: str
    due_at: datetime
    first_night: date
    last_night: date
    jobs: tuple[tuple[str, int, str | None], ...]
    outcome: str | None
    finished_at: datetime | None


@dataclass(frozen=True)
class LeftOut:
    """Missed nights of a station that a run did not make up for, since they were too many at once.

    `open` of the `nights` have captures that wait for the schedule's work.
    """

    run_id: int
    station: str
    first_night: date
    last_night: date
    nights: int
    open: int


@dataclass(frozen=True)
class ScheduleRow:
    """A schedule as people see it. `station` is None for every station of the project; times are UTC."""

    id: int
    name: str
    project_id: int
    project: str
    deployment_id: int | None
    station: str | None
    timezone: str  # of its station; UTC for all of them
    cron: str | None
    minutes_after_sunrise: int
    steps: tuple[str, ...]
    pipeline_id: int | None
    pipeline: str | None
    paused_at: datetime | None
    next_at: datetime | None
    runs: tuple[RunRow, ...]  # the latest, newest first
    left_out: tuple[LeftOut, ...] = ()  # of all runs; those in which nothing is open are not told


def changed_since(session: Session, rev: int) -> bool:
    """Whether a schedule, or what became of one, changed after a rev; one that is gone has left a tombstone."""
    return session.scalar(select(Schedule.id).where(Schedule.rev > rev).limit(1)) is not None


def schedules(session: Session, project_id: int | None = None, *, runs: int = 3) -> list[ScheduleRow]:
    """All schedules by project and name, each with its latest runs."""
    query = (
        select(Schedule, Project.name, Deployment.name, Deployment.timezone, Pipeline.name)
        .join(Project, Project.id == Schedule.project_id)
        .outerjoin(Deployment, Deployment.id == Schedule.deployment_id)
        .outerjoin(Pipeline, Pipeline.id == Schedule.pipeline_id)
        .order_by(Project.name, Schedule.name, Schedule.id)
    )
    if project_id is not None:
        query = query.where(Schedule.project_id == project_id)
    return [
        ScheduleRow(
            id=row.id,
            name=row.name,
            project_id=row.project_id,
            project=project,
            deployment_id=row.deployment_id,
            station=station,
            timezone=timezone or "UTC",
            cron=row.cron,
            minutes_after_sunrise=row.minutes_after_sunrise,
            steps=tuple(row.steps),
            pipeline_id=row.pipeline_id,
            pipeline=pipeline,
            paused_at=row.paused_at,
            next_at=row.next_at,
            runs=_runs(session, row.id, runs),
            left_out=_left_out(session, row),
        )
        for row, project, station, timezone, pipeline in session.execute(query)
    ]


def schedule(session: Session, schedule_id: int) -> ScheduleRow | None:
    """One schedule, or None."""
    return next((row for row in schedules(session) if row.id == schedule_id), None)


def places(session: Session, project_id: int | None = None) -> list[tuple[int, str, list[tuple[int, str]]]]:
    """What a schedule can be for: each project, (id, name), with its stations, (id, name)."""
    query = select(Project.id, Project.name, Deployment.id, Deployment.name).join(Deployment)
    if project_id is not None:
        query = query.where(Project.id == project_id)
    found: dict[int, tuple[int, str, list[tuple[int, str]]]] = {}
    for key, name, station_id, station in session.execute(query.order_by(Project.name, Deployment.name)):
        found.setdefault(key, (key, name, []))[2].append((station_id, station))
    return list(found.values())


def pipelines(session: Session) -> list[tuple[int, str]]:
    """(id, name) of the pipelines that may be used, by name."""
    usable = select(Pipeline.id, Pipeline.name).where(Pipeline.enabled).order_by(Pipeline.name)
    return [(key, name) for key, name in session.execute(usable)]


def _left_out(session: Session, row: Schedule) -> tuple[LeftOut, ...]:
    """Nights are open whose captures are not all processed or wait for a person.

    For a schedule without ml all are that have captures.
    """
    done = Event.processed_count + Event.stopped_count if Step.ML in row.steps else 0
    query = (
        select(ScheduleRun, Deployment.name, func.count(Event.id))
        .join(Deployment, Deployment.id == ScheduleRun.deployment_id)
        .join(Event, Event.deployment_id == ScheduleRun.deployment_id)
        .where(ScheduleRun.schedule_id == row.id, ScheduleRun.left_out_from.is_not(None))
        .where(Event.night >= ScheduleRun.left_out_from, Event.night < ScheduleRun.first_night)
        .where(Event.captures_count > done)
        .group_by(ScheduleRun.id, Deployment.name)
        .order_by(ScheduleRun.due_at.desc(), ScheduleRun.id)
    )
    return tuple(
        LeftOut(
            run_id=run.id,
            station=station,
            first_night=run.left_out_from,
            last_night=run.first_night - ONE_DAY,
            nights=(run.first_night - run.left_out_from).days,
            open=still_open,
        )
        for run, station, still_open in session.execute(query)
        if run.left_out_from is not None
    )


def _runs(session: Session, schedule_id: int, most: int) -> tuple[RunRow, ...]:
    query = (
        select(ScheduleRun, Deployment.name)
        .join(Deployment, Deployment.id == ScheduleRun.deployment_id)
        .where(ScheduleRun.schedule_id == schedule_id)
        .order_by(ScheduleRun.due_at.desc(), ScheduleRun.id.desc())
        .limit(most)
    )
    rows = session.execute(query).all()
    ids = {each["job"] for run, _ in rows for each in run.jobs}
    status = {row.id: row.status for row in session.execute(select(Job.id, Job.status).where(Job.id.in_(ids)))}
    return tuple(
        RunRow(
            id=run.id,
            station=station,
            due_at=run.due_at,
            first_night=run.first_night,
            last_night=run.last_night,
            jobs=tuple((each["step"], each["job"], status.get(each["job"])) for each in run.jobs),
            outcome=run.outcome,
            finished_at=run.finished_at,
        )
        for run, station in rows
    )
