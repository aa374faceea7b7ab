"""Many jobs at once, for benchmarks: a million are two years of a large lab, as rows that could be real.

Jobs are over nights, collections and single captures, and most ended well. None waits, so that nothing begins to work
when a server is started on them.
"""

import json
import random
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, text

from engine import rollups
from engine.demo.big_lab import BigLab, Named, build
from models.base import Base
from models.jobs import Attempt, Job, JobNight, JobTag, Log, Stage
from models.states import FINAL, ReviewState, Status
from models.store import Store

AT_ONCE = 20_000  # jobs of one statement
A_DAY = 1_370  # jobs, at a hundred stations
SHORTEST = 7  # days
LOADED = (Job, JobNight, JobTag, Attempt, Stage, Log)
KINDS = {"night": 86, "collection": 6, "capture": 3, "populate_captures_collection": 2, "data_storage_sync": 3}
ENDS = {
    Status.SUCCESS: 900,
    Status.FAILURE: 45,
    Status.REVOKED: 25,
    Status.TIMEDOUT: 5,
    Status.CREATED: 20,
    Status.CHECKPOINT: 4,
    Status.PAUSED: 1,
}
PRIORITIES = {5: 90, 7: 5, 3: 3, 9: 2}
REVIEWS = {ReviewState.NONE: 90, ReviewState.COMPLETED: 7, ReviewState.IN_REVIEW: 2, ReviewState.NOT_COMPLETED: 1}
WORKERS = tuple(f"lab-{number}" for number in range(1, 9))
TAGS = ("again", "check", "report", "student", "weekly")
ONE_STAGE = {
    "populate_captures_collection": ("Populate captures collection", "captures_added", "Captures added"),
    "data_storage_sync": ("Data storage sync", "total_files", "Total files"),
}
CAUSES = {
    Status.FAILURE: "The service http://gpu-4.lab:2000/process answered 500 Internal Server Error.",
    Status.REVOKED: "cancelled",
    Status.TIMEDOUT: "its timeout of 3600000 ms came",
}
Row = dict[str, Any]


def make_jobs(store: Store, count: int, told: Callable[[int], None] = lambda _done: None) -> None:
    """Write so many jobs with their stages, attempts, nights, tags and log lines, oldest first, into a new home."""
    chance = random.Random(count)
    end = datetime.combine(datetime.now(UTC).date(), time(6), UTC)
    with store.write() as session:
        lab = build(session, chance, end.date(), max(SHORTEST, count // A_DAY))
    with store.engine.execution_options(writes=True).connect() as connection, _bare(connection):
        for start in range(0, count, AT_ONCE):
            numbers = range(start, min(start + AT_ONCE, count))
            _load(connection, [_job(lab, chance, number, count, end) for number in numbers])
            told(numbers[-1] + 1)
    while rollups.fold(store, at_once=AT_ONCE):
        pass


@contextmanager
def _bare(connection: Connection) -> Iterator[None]:
    """SQLite without the indexes and triggers of these tables, but for those that count; they are made again, all at
    once, at the end.
    """
    if connection.dialect.name != "sqlite":
        yield
        connection.commit()
        return
    tables = ", ".join(f"'{table.__tablename__}'" for table in LOADED)
    made = connection.execute(
        text(
            f"SELECT type, name, sql FROM sqlite_master WHERE tbl_name IN ({tables}) AND type IN ('index', 'trigger') "
            "AND name NOT LIKE 'job_count%'"
        )
    ).all()
    own = [row for row in made if row.sql]
    for row in own:
        connection.exec_driver_sql(f'DROP {row.type} "{row.name}"')
    connection.commit()
    yield
    for row in own:
        connection.exec_driver_sql(row.sql)
    connection.exec_driver_sql("INSERT INTO job_search(job_search) VALUES ('rebuild')")
    connection.commit()


def _load(connection: Connection, jobs: list[Row]) -> None:
    """Write these jobs and all that belongs to them, in one transaction."""
    belongings = [job.pop("belongings") for job in jobs]
    _insert(connection, Job, jobs)
    first = connection.execute(select(text("max(id)")).select_from(Job)).scalar_one() - len(jobs) + 1
    for table in LOADED[1:]:
        rows = [{**row, "job_id": first + number} for number, own in enumerate(belongings) for row in own[table]]
        if rows:
            _insert(connection, table, rows)
    connection.commit()


def _insert(connection: Connection, table: type[Base], rows: list[Row]) -> None:
    """Rows of the same columns. SQLite gets them past the mapper, as they are kept, which takes a fifth of the time."""
    statement = insert(table.__table__)  # type: ignore[arg-type]
    if connection.dialect.name != "sqlite":
        connection.execute(statement, rows)
        return
    columns = [name for name in rows[0] if name in table.__table__.columns]
    names = ", ".join(f'"{name}"' for name in columns)
    places = ", ".join("?" for _ in columns)
    kept = [tuple(KEPT.get(type(row[name]), _same)(row[name]) for name in columns) for row in rows]
    connection.exec_driver_sql(f'INSERT INTO "{table.__tablename__}" ({names}) VALUES ({places})', kept)


def _same(value: Any) -> Any:
    return value


def _written(at: datetime) -> str:
    return at.replace(tzinfo=None).isoformat(" ", "microseconds")


def _job(lab: BigLab, chance: random.Random, number: int, count: int, end: datetime) -> Row:
    """One job as a row, with the rows of other tables under "belongings"."""
    kind, status = _one_of(chance, KINDS), _one_of(chance, ENDS)
    created = end - timedelta(days=len(lab.nights)) * (1 - (number + 1) / count)
    scope, named, nights = _scope(lab, chance, kind, number / count)
    is_ml = kind not in ONE_STAGE
    total = chance.randint(40, 700) if is_ml and status is not Status.CREATED else 0
    failed = {Status.FAILURE: total * 2 // 3, Status.SUCCESS: total // 100 if chance.random() < 0.2 else 0}.get(
        status, 0
    )
    done = {Status.SUCCESS: total - failed, Status.FAILURE: total - failed}.get(status, total // 3)
    tags = chance.sample(TAGS, 1 if chance.random() < 0.15 else 0)
    job = {
        "uuid": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        "name": _name(chance, kind, named, created),
        "type": "ml" if is_ml else kind,
        "arguments": {},
        "delay": 0,
        "limit": None,
        "shuffle": True,
        "seed": number,
        "reprocess": False,
        "priority": _one_of(chance, PRIORITIES),
        "timeout_ms": 3_600_000 if status is Status.TIMEDOUT else None,
        "failure_threshold": 0.5,
        "tags": tags,
        "dispatch_mode": "internal",
        "dry_run": False,
        "checkpoint": None,
        "owner_id": chance.choice(lab.people),
        "token_prefix": None,
        "reviewer_id": chance.choice(lab.people) if chance.random() < 0.1 else None,
        "review_state": _one_of(chance, REVIEWS),
        "status": status,
        "stage_id": None,
        "requested": None,
        "requested_at": None,
        "control_id": None,
        "cause": CAUSES.get(status),
        "total": total,
        "processed": done,
        "skipped": 0,
        "failed": failed,
        "stopped": total - done - failed if status is Status.CHECKPOINT else 0,
        "detections": done * chance.randint(2, 20),
        "classifications": done * chance.randint(1, 12),
        "progress": 1.0 if status is Status.SUCCESS else round(chance.random() * 0.9, 3),
        "cost_ms": None,
        "log_seq": 0,
        "pipeline_id": chance.choice(lab.pipelines) if is_ml else None,
        "created_at": created,
        "holds": 0,
        "rev": 0,
        **scope,
    }
    job |= _times(chance, status, created)
    job["worker"] = WORKERS[number % len(WORKERS)] if job["started_at"] else None
    job["belongings"] = _belongings(job, nights)
    job["log_seq"] = len(job["belongings"][Log])
    return job


def _one_of(chance: random.Random, weights: dict[Any, int]) -> Any:
    return chance.choices(list(weights), list(weights.values()))[0]


def _scope(lab: BigLab, chance: random.Random, kind: str, share: float) -> tuple[Row, Named, list[int]]:
    """What the job is over, its name, and the nights that it has captures of. `share` of the nights are over."""
    scope = dict.fromkeys(("deployment_id", "event_id", "collection_id", "capture_id"))
    nights: list[int] = []
    match kind:
        case "night":
            place = chance.randrange(len(lab.stations))
            named = lab.stations[place]
            night = lab.nights[int(share * len(lab.nights))][place]
            scope |= {"deployment_id": named.id, "event_id": night}
            nights = [night]
        case "capture":
            named = chance.choice(lab.captures)
            scope["capture_id"] = named.id
        case "data_storage_sync":
            named = chance.choice(lab.stations)
            scope["deployment_id"] = named.id
        case _:
            named = chance.choice(lab.collections)
            scope["collection_id"] = named.id
    return scope | {"project_id": named.project_id}, named, nights


def _name(chance: random.Random, kind: str, named: Named, created: datetime) -> str:
    match kind:
        case "night":
            again = "Rerun " if chance.random() < 0.05 else ""
            return f"{again}{named.name}, {created - timedelta(hours=12):%-d %b %Y}"
        case "collection":
            return f"{named.name} for the report"
        case "capture":
            return f"One capture of {named.name}"
        case "data_storage_sync":
            return f"Sync captures of {named.name}"
        case _:
            return f"Populate captures for {named.name}"


def _times(chance: random.Random, status: Status, created: datetime) -> Row:
    names = ("submitted_at", "started_at", "finished_at", "queue_ms", "elapsed_ms", "served_at", "paused_at")
    times: Row = dict.fromkeys((*names, "deadline_at", "hold_until")) | {"attempt": 0, "paused_ms": 0}
    times["updated_at"] = created
    if status is Status.CREATED:
        return times
    queue_ms, elapsed_ms = int(chance.lognormvariate(7, 1.5)), int(chance.lognormvariate(11, 1.2))
    started = created + timedelta(milliseconds=queue_ms)
    ended = started + timedelta(milliseconds=elapsed_ms)
    times |= {"submitted_at": created, "started_at": started, "queue_ms": queue_ms, "attempt": 1, "updated_at": ended}
    if status in FINAL:
        times |= {"finished_at": ended, "elapsed_ms": elapsed_ms, "served_at": started}
    elif status is Status.PAUSED:
        times["paused_at"] = ended
    return times


def _belongings(job: Row, nights: list[int]) -> dict[type[Base], list[Row]]:
    found: dict[type[Base], list[Row]] = {
        JobNight: [{"event_id": night, "captures_count": job["total"]} for night in nights if job["total"]],
        JobTag: [{"tag": tag} for tag in job["tags"]],
        Attempt: [],
        Stage: _stages(job),
        Log: [],
    }
    if job["attempt"]:
        same = (
            "status",
            "submitted_at",
            "started_at",
            "finished_at",
            "queue_ms",
            "elapsed_ms",
            "paused_ms",
            "cause",
            "worker",
        )
        found[Attempt] = [{name: job[name] for name in same} | {"number": 1, "folded": False}]
        found[Log] = _lines(job)
    return found


def _stages(job: Row) -> list[Row]:
    if job["type"] in ONE_STAGE:
        name, key, title = ONE_STAGE[job["type"]]
        return [_stage(job, 0, job["type"], name, [(key, title, 403)])]
    remaining = job["total"] - job["processed"] - job["failed"]
    counts = [("processed", "Processed", job["processed"]), ("remaining", "Remaining", remaining)]
    return [
        _stage(job, 0, "collect", "Collect", [("total_images", "Total Images", job["total"])]),
        _stage(job, 1, "process", "Process", [*counts, ("failed", "Failed", job["failed"])]),
        _stage(job, 2, "results", "Results", [("detections", "Detections", job["detections"])]),
    ]


def _stage(job: Row, position: int, key: str, name: str, params: list[tuple[str, str, int]]) -> Row:
    return {
        "position": position,
        "key": key,
        "name": name,
        "over_captures": key == "process",
        "status": job["status"] if job["attempt"] else Status.CREATED,
        "progress": job["progress"],
        "params": [{"key": key, "name": name, "value": value} for key, name, value in params],
        "open_items": 0,
        "total_items": job["total"] if key == "process" else 1,
        "started_at": job["started_at"],
        "finished_at": job["finished_at"],
    }


def _lines(job: Row) -> list[Row]:
    said = [
        (job["started_at"], "INFO", None, "Changing status of the job from PENDING to STARTED"),
        (job["started_at"], "INFO", "collect", f"Found {job['total']} images to process"),
    ]
    if job["status"] in CAUSES:
        said.append((job["updated_at"], "ERROR", "process", f'The job "{job["name"]}" failed: {job["cause"]}'))
    else:
        said.append((job["updated_at"], "INFO", None, f"Changing status of the job from STARTED to {job['status']}"))
    return [
        {"seq": number, "attempt": 1, "stage": stage, "level": level, "at": at, "message": message}
        for number, (at, level, stage, message) in enumerate(said, start=1)
    ]


KEPT: dict[type, Callable[[Any], Any]] = {datetime: _written, dict: json.dumps, list: json.dumps}  # by SQLite
