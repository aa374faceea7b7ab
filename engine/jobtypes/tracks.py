"""Count the individuals of one station's night: link the detections of its captures into tracks.

It works on the detections of one pipeline, in its present version and with its present parameters, once all captures of
the night are through it. Where the usual interval is above two minutes, animals come and go unseen between captures, so
nothing is linked and only the most at once is counted. How links are made stands in `engine.tracks.linking`, and what
the cosine of two crops is taken of in `engine.tracks.crops`.
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from math import hypot
from typing import Any

import cv2
from sqlalchemy.orm import Session

from engine.jobtypes.base import Complaints, JobType, StageFailed, StagePlan, Step, Task
from engine.pipelines.base import PipelineAway
from engine.pipelines.reading import UnreadableCapture, read_capture
from engine.tracks import night
from engine.tracks.crops import Look, look_at
from engine.tracks.linking import LONGEST_INTERVAL_S, Going, Linker, Seen, Shot, Sighting, settings
from models.captures import Event
from models.jobs import Job
from models.nights import GAP_FACTOR
from models.tracks import Tracking

KEY = "tracks"
STAGE = StagePlan(
    KEY,
    "Tracks",
    (
        ("captures", "Captures"),
        ("detections", "Detections"),
        ("interval_s", "Usual interval, s"),
        ("seen_twice", "Seen twice or more"),
        ("seen_once", "Seen once"),
        ("most_at_once", "Most at once"),
    ),
)
BLOCK = 20  # captures whose detections are read at once
STEP_S = 1.0  # of work between two steps


def check(session: Session, job: Job) -> Complaints:
    """The job needs a night, and the pipeline whose detections it links."""
    wrong: Complaints = {}
    if job.event_id is None or session.get(Event, job.event_id) is None:
        wrong["event_id"] = ["A tracks job needs the night (event) whose animals it counts."]
    if job.pipeline_id is None:
        wrong["pipeline_id"] = ["A tracks job needs the pipeline whose detections it links."]
    return wrong


def track(task: Task) -> Iterator[Step]:
    """Link one capture after another; the cursor holds the sightings so far, and the tracks that may go on."""
    with task.store.read() as session:
        of_night = night.night_of(session, task.job)
        most, _ = night.most_at_once(session, task.job)
    if of_night.waiting:
        raise StageFailed(
            f"{of_night.waiting} captures of this night are not through the pipeline yet. "
            "Run an ml job over the night, then retry this one."
        )
    said = {"captures": len(of_night.captures), "interval_s": of_night.interval_s, "most_at_once": most}
    if of_night.interval_s is not None and of_night.interval_s > LONGEST_INTERVAL_S:
        minutes = of_night.interval_s / 60
        log = f"The captures lie {minutes:.3g} minutes apart, so only the most at once is counted: {most}"
        yield Step(1.0, params=said, log=(log,), last=True, write=partial(_land, of_night, None))
        return
    cv2.setNumThreads(1)
    linked = Linked.from_cursor(task.cursor, GAP_FACTOR * (of_night.interval_s or 0.0))
    since = time.monotonic()
    for shot, unread in _shots(task, of_night.captures[linked.done :]):
        linked.meet(shot)
        if unread or time.monotonic() - since > STEP_S or task.stop.is_set():
            progress = linked.done / len(of_night.captures)
            yield Step(progress, linked.as_cursor(), said | linked.counts(), log=(unread,) if unread else ())
            since = time.monotonic()
    counts = said | linked.counts()
    log = (
        f"Linked {counts['detections']} detections into {counts['seen_twice']} animals seen twice or more "
        f"and {counts['seen_once']} seen once; at most {most} at once"
    )
    yield Step(1.0, params=counts, log=(log,), last=True, write=partial(_land, of_night, linked.sightings))


class Linked:
    """How far the linking is, between two steps."""

    def __init__(self, linker: Linker, done: int, sightings: list[Sighting]) -> None:
        self.linker, self.done, self.sightings = linker, done, sightings

    @classmethod
    def from_cursor(cls, cursor: dict[str, Any], longest_s: float) -> "Linked":
        linker = Linker(longest_s, cursor.get("tracks", 0))
        if "before" in cursor:
            linker.before = datetime.fromisoformat(cursor["before"])
        for number, ago, detection, box, look in cursor.get("going", []):
            seen = Seen(detection, (box[0], box[1], box[2], box[3]), None if look is None else Look.from_text(look))
            linker.going.append(Going(number, seen, ago))
        return cls(linker, cursor.get("done", 0), [Sighting(*each) for each in cursor.get("sightings", [])])

    def as_cursor(self) -> dict[str, Any]:
        going = [
            (each.track, each.ago, each.last.id, each.last.box, each.last.look.as_text() if each.last.look else None)
            for each in self.linker.going
        ]
        cursor: dict[str, Any] = {"done": self.done, "tracks": self.linker.tracks, "going": going}
        cursor["sightings"] = [(each.detection, each.track, each.cost) for each in self.sightings]
        return cursor | ({"before": self.linker.before.isoformat()} if self.linker.before else {})

    def meet(self, shot: Shot) -> None:
        self.sightings += self.linker.meet(shot)
        self.done += 1

    def counts(self) -> dict[str, int]:
        """What has been counted so far."""
        return {"detections": len(self.sightings), **individuals(self.sightings)}


def individuals(sightings: Sequence[Sighting]) -> dict[str, int]:
    """How many tracks have two sightings or more, and how many have one."""
    often = Counter(each.track for each in sightings)
    once = sum(times == 1 for times in often.values())
    return {"seen_twice": len(often) - once, "seen_once": once}


def _shots(task: Task, captures: Sequence[tuple[int, datetime]]) -> Iterator[tuple[Shot, str | None]]:
    """Each capture with the looks of its detections; where its file cannot be read any more, why, and no looks."""
    for begin in range(0, len(captures), BLOCK):
        with task.store.read() as session:
            block = night.found_on(session, task.job, captures[begin : begin + BLOCK])
        for found in block:
            yield _shot(found)


def _shot(found: night.Found) -> tuple[Shot, str | None]:
    if not found.detections:
        return Shot(found.at, 1.0, []), None
    try:
        picture = read_capture(found.picture.path)
    except UnreadableCapture as gone:
        seen = night.as_seen(found.detections)
        return Shot(found.at, _extent(seen), seen), f"{gone.message} Its animals are linked by place and size alone."
    except PipelineAway as away:
        raise StageFailed(f"{away} Retry the job when it answers.") from None
    seen = [Seen(detection, box, look_at(picture, box)) for detection, box in found.detections]
    return Shot(found.at, hypot(*picture.shape[:2]), seen), None


def _extent(seen: Sequence[Seen]) -> float:
    """A diagonal for a capture whose size is not known any more: that of what was found on it, at least."""
    return max(hypot(each.box[2], each.box[3]) for each in seen)


def _land(of_night: night.Night, sightings: Sequence[Sighting] | None, session: Session, job: Job) -> None:
    """Write the count, and the tracks unless there are none to be had. Raises StageFailed if the detections changed."""
    at = night.detections_of(session, job)
    if sightings is not None and {each.detection for each in sightings} != set(at):
        raise StageFailed("The detections of this night changed while they were linked. Retry the job.")
    most, capture_id = night.most_at_once(session, job)
    counts: dict[str, int] = {} if sightings is None else individuals(sightings)
    tracking = Tracking(
        settings=settings(),
        interval_s=of_night.interval_s,
        captures_count=len(of_night.captures),
        detections_count=len(at),
        most_at_once=most,
        most_capture_id=capture_id,
        **counts,
    )
    night.replace(session, job, tracking, sightings or [], at)


JOB_TYPE = JobType(KEY, "Tracks", plan=lambda _job: [STAGE], work={KEY: track}, check=check)
