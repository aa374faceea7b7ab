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


def work(session: Session, form: Form) -> Work | None:
    """How many captures ml jobs would have, and how many of them have their result; None for any other."""
    pipeline = session.get(Pipeline, form.pipeline) if form.pipeline else None
    key = (pipeline.id, pipeline.version, pipelines.digest(pipeline)) if pipeline else None
    scopes_of_all = [scope_of(each) for each in each_night(session, form)]
    found = [scopes.work(session, scope, key) for scope in scopes_of_all if scope is not None]
    if form.type != ML or (not found and not is_several(form)):
        return None
    captures, done, stopped = (sum(getattr(each, name) for each in found) for name in ("captures", "done", "stopped"))
    return Work(captures, done, stopped)


def in_words(form: Form, found: Work | None) -> str:
    """How much work that is, in a sentence or two."""
    if found is None:
        return ""
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
    limit = f" The job takes {form.limit:,} of them." if form.limit and form.limit < found.captures else ""
    return f"{count}, {found.done:,} of them done already, {left:,} to do.{held}{limit}"


def todo(form: Form, found: Work) -> int:
    """The captures that would be worked on."""
    left = found.captures if form.reprocess else found.captures - found.done - found.stopped
    return min(left, form.limit) if form.limit else left


def time_in_words(form: Form, found: Work | None, pace: Pace) -> str:
    """About how long that takes, in a sentence or two; nothing where there is nothing to do."""
    if found is None or not todo(form, found):
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


def rounded(ms: float) -> float:
    """A guess with no more digits than it deserves: whole seconds, from two minutes on whole minutes."""
    step = 1000 if ms < 120_000 else 60_000 if ms < 7_200_000 else 600_000
    return max(step, round(ms / step) * step)


def _jobs(number: int) -> str:
    return "1 job runs or waits" if number == 1 else f"{number:,} jobs run or wait"


def _plural(number: int, word: str) -> str:
    return word if number == 1 else f"{number} {word}s"
