"""How much work the form asks for, and about how long it takes: said before the button."""

from sqlalchemy.orm import Session

from dashboard.components.counts import counted
from dashboard.components.night_cell import wait_for_a_verdict
from dashboard.components.times import estimate
from dashboard.pages.new_job.asking import ML, Form, each_night, is_several, scope_of
from engine import pipelines
from models.pipelines import Pipeline
from models.queries import scope as scopes
from models.queries.estimates import Pace
from models.queries.scope import Work
from models.queries.timings import Percentiles


def work(session: Session, form: Form) -> Work | None:
    """How many captures the jobs would have, and how many have their result; None where they are about none."""
    pipeline = session.get(Pipeline, form.pipeline) if form.pipeline else None
    key = (pipeline.id, pipeline.version, pipelines.digest(pipeline)) if pipeline else None
    scopes_of_all = [scope_of(each) for each in each_night(session, form)]
    found = [scopes.work(session, scope, key) for scope in scopes_of_all if scope is not None]
    if not found and not is_several(form):
        return None
    captures, done, stopped = (sum(getattr(each, name) for each in found) for name in ("captures", "done", "stopped"))
    return Work(captures, done, stopped)


def in_words(form: Form, found: Work | None) -> str:
    """How much work that is, in a sentence or two."""
    if found is None:
        return ""
    if form.type != ML:
        return _in_words_of_others(form, found)
    if not found.captures:
        return "There is no capture in this."
    count = counted(found.captures, "capture")
    if form.reprocess:
        return f"{count}; all are worked on anew, and replace {found.done:,} results." if found.done else f"{count}."
    left = found.captures - found.done - found.stopped
    held = f" {wait_for_a_verdict(found.stopped).capitalize()} in another job." if found.stopped else ""
    if not left:
        done = "all done already" if found.done == found.captures else f"{found.done:,} of them done already"
        return f"{count}, {done} by this pipeline.{held} Nothing is left to do, unless you reprocess them."
    limit = f" The job takes {form.limit:,} of them." if form.limit and 0 < form.limit < found.captures else ""
    return f"{count}, {found.done:,} of them done already, {left:,} to do.{held}{limit}"


def _in_words_of_others(form: Form, found: Work) -> str:
    count = counted(found.captures, "capture")
    match form.type:
        case "tracks" if form.pipeline and not found.done:
            return f"{count}, none of them with a result of this pipeline; have the night processed first."
        case "tracks" if form.pipeline:
            return f"{count}, {found.done:,} of them with a result of this pipeline; tracks are made of those."
        case "data_export":
            return f"{count} of this station, written to a CSV file. Reports offers other formats, and single nights."
        case "data_storage_sync":
            return f"{count} known so far; the station's folders are looked through for new and changed ones."
        case "regroup_events":
            return f"{count}, put into nights anew by the station's time zone and clock."
        case "populate_captures_collection":
            return f"The collection is sampled anew; it holds {count} now."
    return f"{count} in this."


def todo(form: Form, found: Work) -> int:
    """The captures that would be worked on."""
    left = found.captures if form.reprocess else found.captures - found.done - found.stopped
    return min(left, form.limit) if form.limit and form.limit > 0 else left


def time_in_words(form: Form, found: Work | None, pace: Pace) -> str:
    """About how long ml jobs take, in a sentence or two; nothing where there is nothing to do."""
    if form.type != ML or found is None or not todo(form, found):
        return ""
    ahead = f" {_jobs(pace.ahead)} before it." if pace.ahead else ""
    if not pace.workers:
        return f"No worker is on duty; it begins when one is: nightboard worker.{ahead}"
    with_whom = f"with the {_plural(pace.workers, 'worker')} on duty"
    if pace.low_ms is None or pace.high_ms is None:
        return f"How long a capture takes is known after this pipeline's first run, {with_whom}.{ahead}"
    low, high = (estimate(rounded(todo(form, found) * cost / pace.workers)) for cost in (pace.low_ms, pace.high_ms))
    about = low if low == high else f"{low} to {high}"
    return f"It takes about {about} {with_whom}, going by this pipeline's latest jobs.{ahead}"


def usual_time(marks: Percentiles) -> str:
    """How long jobs of a type took so far, in a sentence; nothing before the first one has ended."""
    if marks.p50_ms is None or marks.p90_ms is None:
        return ""
    median, most = estimate(marks.p50_ms), estimate(marks.p90_ms)
    if median == most:
        return f"Such jobs took about {median} so far."
    return f"Half of such jobs took at most {median} so far, nine in ten at most {most}."


def rounded(ms: float) -> float:
    """A guess with no more digits than it deserves: whole seconds, from two minutes on whole minutes."""
    step = 1000 if ms < 120_000 else 60_000 if ms < 7_200_000 else 600_000
    return max(step, round(ms / step) * step)


def _jobs(number: int) -> str:
    return "1 job runs or waits" if number == 1 else f"{number:,} jobs run or wait"


def _plural(number: int, word: str) -> str:
    return word if number == 1 else f"{number} {word}s"
