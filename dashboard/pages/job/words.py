"""A job in words: how it stands in one sentence, and why captures failed."""

from dashboard.components.times import clock, duration, stamp
from dashboard.pages.job.reading import View
from models.queries.job_results import ErrorGroup
from models.queries.jobs import JobRow
from models.states import FINAL, Status

REASONS = {
    "truncated": "file cut short",
    "empty": "file empty",
    "dark": "picture black",
    "missing": "file missing",
    "unreadable": "file unreadable",
    "worker died": "the worker died at it",
}


def story(view: View) -> str:
    """How the job stands, in one or two sentences."""
    job = view.detail.job
    if job.status in FINAL:
        return f"{_ended(job)} {_counts(job)}".strip()
    match job.status:
        case Status.CREATED:
            return "Written down, and not asked to run yet."
        case Status.PENDING:
            return f"Waits for a worker since {clock(job.submitted_at, view.zone)}."
        case Status.PAUSED:
            return f"Paused: nothing is worked on until it is resumed. {_counts(job)}"
        case Status.CHECKPOINT:
            return f"Waits for a person to look at {_captures(job.stopped)}. {_counts(job)}"
        case Status.CANCELING:
            return "Ends as soon as the workers have let go of what they hold."
    return f"Runs since {clock(job.started_at, view.zone)}. {_counts(job)} {time_left(view)}".strip()


def time_left(view: View) -> str:
    """About how long the captures will take, with the range; "" while nothing tells."""
    if view.eta is None:
        return ""
    low, likely, high = (
        duration(max(0.0, (at - view.now).total_seconds()) * 1000)
        for at in (view.eta.low, view.eta.finish_at, view.eta.high)
    )
    return f"About {likely} left ({low} to {high})."


def why(group: ErrorGroup) -> str:
    """43 captures: file unreadable, station Panama."""
    reason = REASONS.get(group.kind or "", group.kind or "no reason given")
    where = f", station {group.station}" if group.station else ""
    return f"{_captures(group.captures)}: {reason}{where}"


def about(view: View) -> str:
    """When it was made and by whom."""
    job = view.detail.job
    return f"created {stamp(job.created_at, view.zone)}" + (f" by {job.owner}" if job.owner else "")


def _ended(job: JobRow) -> str:
    took = f" after {duration(job.elapsed_ms)}" if job.elapsed_ms is not None else ""
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
    found = f", {job.detections:,} detections" if job.processed else ""
    return f"{job.processed:,} of {_captures(job.total)} processed{skipped}{failed}{found}."


def _captures(count: int) -> str:
    return "1 capture" if count == 1 else f"{count:,} captures"
