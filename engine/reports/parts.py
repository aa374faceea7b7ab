"""The parts of a report: each figure with its caption and its numbers, or the sentence that stands in its place.

A new figure is a function here, its name in `selection.FIGURES`, its numbers in `counts` and its drawing in `figures`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from engine.reports import counts
from engine.reports.counts import StationNights, Table
from engine.reports.look import Look
from engine.reports.selection import FIGURES
from models.queries import reports
from models.queries import tracks as individuals
from models.queries.reports import Selection

if TYPE_CHECKING:
    from matplotlib.figure import FigureBase

NO_CAPTURES = "No captures in these nights at these stations; choose others."


@dataclass(frozen=True)
class Part:
    """One figure, `height` inches high: `draw` draws it, unless there is nothing, which `empty` says in a sentence."""

    key: str
    title: str
    caption: str
    table: Table
    draw: "Callable[[FigureBase, Look], None]"
    height: float
    empty: str | None = None


@dataclass(frozen=True)
class Ground:
    """What all figures of a report stand on, and what every caption ends with: filter, zones, versions and time."""

    session: Session
    where: Selection
    stations: Sequence[StationNights]
    days: Sequence[date]
    filter: str
    zones: str
    versions: str
    at: datetime

    @property
    def names(self) -> dict[int, str]:
        return {station.id: station.name for station in self.stations}

    def caption(self, words: str, *, results: bool = True) -> str:
        made = f" Results: {self.versions}." if results else ""
        stamp = f"{self.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        return f"{words} {self.filter}; nights are noon to noon in {self.zones}.{made} Counted {stamp}."

    def by_night(self, key: str, caption: str, table: Any, draw: Any) -> Part:
        """A figure with a panel for each station and its nights."""
        from engine.reports import figures

        return Part(
            key,
            FIGURES[key],
            caption,
            table(self.where, self.stations, self.days),
            partial(draw, self.stations, self.days),
            figures.height_of(len(self.stations)),
            None if self.stations else NO_CAPTURES,
        )


def captures(ground: Ground) -> Part:
    """Captures and effort of each night."""
    from engine.reports import figures

    words = (
        "Captures a night (bars; the line is the number expected at the usual interval) and effort, the hours in which "
        "captures followed each other within three usual intervals. Hatched: no captures, missing and not zero."
    )
    caption = ground.caption(words, results=False)
    return ground.by_night("captures", caption, counts.effort_table, figures.captures_and_effort)


def processed(ground: Ground) -> Part:
    """What became of the captures of each night."""
    from engine.reports import figures

    words = (
        "What became of the captures of each night: processed means that a result stands, with animals or without; "
        "failed that the last try ended in an error; waiting that a checkpoint holds it for a person. Hatched from top "
        "to bottom: no captures."
    )
    return ground.by_night("processed", ground.caption(words), counts.processed_table, figures.processed)


def activity(ground: Ground) -> Part:
    """Detections per processed capture and hour from sunset."""
    from engine.reports import figures

    hours = counts.against_sunset(ground.stations, reports.seen(ground.session, ground.where))
    placed = {station.id for station in counts.placed(ground.stations)}
    placeless = [station.name for station in ground.stations if station.id not in placed]
    left_out = f" Left out, as they have no place: {', '.join(placeless)}." if placeless else ""
    words = (
        "Detections per processed capture in each hour from sunset, pooled over the nights; below, how many processed "
        "captures stand behind each hour. The shaded hours are those from sunset to the mean sunrise. A detection is a "
        f"box in one capture, not an animal.{left_out}"
    )
    nothing = "No processed capture of a station with a place; give the stations latitude and longitude in Settings."
    return Part(
        "activity",
        FIGURES["activity"],
        ground.caption(words),
        counts.activity_table(ground.where, hours),
        partial(figures.against_sunset, hours),
        3.9,
        None if hours else nothing,
    )


def tracks(ground: Ground) -> Part:
    """The individuals of each night, where a tracks job has counted them."""
    from engine.reports import figures

    where = ground.where
    counted = individuals.counts(ground.session, where.project_id, where.first, where.last, where.stations or None)
    stale = sum(not each.current for each in counted)
    words = (
        "Individuals of each night by tracks: detections of one night linked by the MCC24 cost. Bars are animals seen "
        "twice or more and once, the mark is the most at once, a lower bound. Above two minutes between captures "
        "nothing is linked and only the mark is given."
    )
    old = f" {stale} of these counts are older than the newest results of their night." if stale else ""
    return Part(
        "tracks",
        FIGURES["tracks"],
        ground.caption(words + old),
        counts.tracks_table(where, counted),
        partial(figures.tracks, ground.stations, ground.days, counted),
        figures.height_of(len(ground.stations)),
        None if counted else "No tracks job has counted these nights yet; make one from New job, or by a schedule.",
    )


def timings(ground: Ground) -> Part:
    """Queue and elapsed time of the jobs over these nights."""
    from engine.reports import figures

    jobs = reports.job_times(ground.session, ground.where)
    words = (
        "Every finished attempt of a job that had captures of these nights: queue time from submission to the first "
        "claim by a worker, elapsed time from there to its end, pauses included."
    )
    return Part(
        "timings",
        FIGURES["timings"],
        ground.caption(words),
        counts.timings_table(jobs),
        partial(figures.timings, jobs),
        3.0,
        None if jobs else "No job over these nights has ended yet.",
    )


def failures(ground: Ground) -> Part:
    """Captures without a result by the cause of their last failure."""
    from engine.reports import figures

    causes = reports.causes(ground.session, ground.where)
    return Part(
        "failures",
        FIGURES["failures"],
        ground.caption("Captures without a result, by the cause of their last failed try."),
        counts.failures_table(ground.where, causes, ground.names),
        partial(figures.failures, causes, ground.names),
        figures.height_of_bars(len({cause.kind for cause in causes})),
        None if causes else "No capture of these nights has failed.",
    )


PARTS: dict[str, Callable[[Ground], Part]] = {
    "captures": captures,
    "processed": processed,
    "activity": activity,
    "tracks": tracks,
    "timings": timings,
    "failures": failures,
}
