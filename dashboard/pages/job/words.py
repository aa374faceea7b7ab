"""A job in words: how it stands in one sentence, why captures failed, and what was asked."""

from typing import Any

from dashboard.components.counts import counted
from dashboard.components.ends import FAR, ends
from dashboard.components.pauses import paused_since
from dashboard.components.times import clock, duration, estimate, stamp
from dashboard.pages.job.reading import View
from engine.causes import reason
from models.queries.job_results import ErrorGroup
from models.queries.jobs import JobRow
from models.states import FINAL, Status


def story(view: View) -> str:
    """How the job stands, in one or two sentences."""
    job = view.detail.job
    if job.status in FINAL:
        return f"{_ended(job, worked_in_all(view))} {_counts(job)}".strip()
    match job.status:
        case Status.CREATED:
            return "Written down, and not asked to run yet."
        case Status.PENDING if view.pause:
            return f"Waits: {paused_since(view.pause, view.zone, view.now)}."
        case Status.PENDING:
            return f"Waits for a worker since {clock(job.submitted_at, view.zone)}."
        case Status.PAUSED:
            return f"Paused: nothing is worked on until it is resumed. {_counts(job)}"
        case Status.CHECKPOINT:
            return f"Waits for a person to look at {captures(job.stopped)}. {_counts(job)}"
        case Status.CANCELING:
            return "Ends as soon as the workers have let go of what they hold."
    held = f"Nothing more is taken up: {paused_since(view.pause, view.zone, view.now)}." if view.pause else ""
    parts = (f"Runs since {clock(job.started_at, view.zone)}.", _counts(job), held, time_left(view))
    return " ".join(part for part in parts if part)


def worked_in_all(view: View) -> int | None:
    """How long all attempts took together, which is what the job's counts took; None when none has ended."""
    each = [attempt.elapsed_ms for attempt in view.detail.attempts if attempt.elapsed_ms is not None]
    return sum(each) if each else view.detail.job.elapsed_ms


def time_left(view: View) -> str:
    """About how long the captures will take, with the range; "" while nothing tells."""
    if view.eta is None:
        return ""
    low, likely, high = (
        estimate((at - view.now).total_seconds() * 1000) for at in (view.eta.low, view.eta.finish_at, view.eta.high)
    )
    return f"About {likely} left ({low} to {high})."


def time_of_end(view: View) -> str:
    """About when the captures will be done, with the range; "" while nothing tells."""
    if view.eta is None:
        return ""
    likely, low, high = ends(view.eta, view.now, view.zone)
    return f"Done {'' if view.eta.high - view.now > FAR else 'at '}about {likely}, between {low} and {high}."


def why(group: ErrorGroup) -> str:
    """43 captures: file unreadable, station Panama."""
    where = f", station {group.station}" if group.station else ""
    return f"{captures(group.captures)}: {reason(group.kind)}{where}"


def never_reached(job: JobRow) -> int:
    """How many captures of a job that ended early nobody has looked at; a retry of any part works on them as well."""
    return max(0, job.total - job.processed - job.failed - job.stopped) if job.status in FINAL else 0


def retry_of(count: int, unreached: int) -> str:
    """What a retry will work on: Retry it, or Retry these 43 and 300 never reached."""
    these = "it" if count == 1 else f"these {count:,}"
    return f"Retry {these} and {unreached:,} never reached" if unreached else f"Retry {these}"


def going_along(unreached: int) -> str:
    """The rest of a sentence about a retry: , and go on with 300 captures that were never reached."""
    if not unreached:
        return ""
    return f", and go on with {captures(unreached)} that {'was' if unreached == 1 else 'were'} never reached"


def about(view: View) -> str:
    """When it was made and by whom."""
    job = view.detail.job
    return f"created {stamp(job.created_at, view.zone)}" + (f" by {job.owner}" if job.owner else "")


def what_waits(rules: dict[str, Any]) -> str:
    """Which captures of a job wait for a person: cannot be read, darker than 40, more than 20 boxes."""
    limits = [
        ("dark_below", "darker than {:g}"),
        ("bright_above", "brighter than {:g}"),
        ("blurred_below", "less sharp than {:g}"),
        ("boxes_above", "more than {:g} boxes"),
    ]
    told = ["cannot be read"] if rules.get("unreadable", True) else []
    told += [words.format(rules[name]) for name, words in limits if rules.get(name) is not None]
    return ", ".join(told) or "none"


def asked_for(verb: str, details: dict[str, Any]) -> str:
    """What exactly was asked, beyond the verb: priority 9, tags dusk and urgent."""
    match verb:
        case "priority" if "priority" in details:
            return str(details["priority"])
        case "tag":
            return ", ".join(f"{key} {' and '.join(tags)}" for key, tags in details.items() if tags)
        case "edit" | "review":
            told = [f"{_name(key)} {_value(key, value)}" for key, value in details.items() if _is_told(verb, value)]
            return ", ".join(told)
        case "retry" if "kind" in details:
            return f"what failed because of {reason(details['kind'])}"
        case "retry" if details.get("from_stage"):
            return f"from the stage {details['from_stage']} on"
        case "retry" if details.get("what") not in (None, "unsuccessful"):
            return f"what {'waits at a checkpoint' if details['what'] == 'stopped' else details['what']}"
        case "accept" | "reject" | "retry" if "items" in details:
            return "all that waited" if details["items"] is None else captures(len(details["items"]))
    return ""


def in_words(details: dict[str, Any]) -> str:
    """What stands in the audit beside a verb that is about no job: name otto, role operator."""
    told = []
    for key, value in details.items():
        if isinstance(value, dict):
            told.append(in_words(value))
        elif value not in (None, "", []):
            told.append(f"{_name(key)} {_value(key, value)}")
    return ", ".join(part for part in told if part)


def captures(count: int) -> str:
    """1 capture, 43 captures."""
    return counted(count, "capture")


def _is_told(verb: str, value: Any) -> bool:
    return verb == "edit" or value is not None


def _name(key: str) -> str:
    return {"timeout_ms": "timeout", "state": "review"}.get(key, key.removesuffix("_id").replace("_", " "))


def _value(key: str, value: Any) -> str:
    if key == "timeout_ms":
        return "never" if value is None else duration(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return " and ".join(map(str, value)) or "none"
    return str(value).lower().replace("_", " ") if key == "state" else str(value or "nobody")


def _ended(job: JobRow, worked_ms: int | None) -> str:
    took = f" after {duration(worked_ms)}" if worked_ms is not None else ""
    match job.status:
        case Status.SUCCESS:
            return f"Finished{took}."
        case Status.REVOKED:
            return f"Cancelled{took}."
        case Status.TIMEDOUT:
            return f"Its time was over{took}."
    return f"Failed{took}. {job.cause or ''}".strip()


def _counts(job: JobRow) -> str:
    if not job.total:
        return ""
    failed = f", {job.failed:,} failed" if job.failed else ""
    skipped = f" ({job.skipped:,} of them before)" if job.skipped else ""
    found = f", {counted(job.detections, 'detection')}" if job.processed else ""
    return f"{job.processed:,} of {captures(job.total)} processed{skipped}{failed}{found}."
