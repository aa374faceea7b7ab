"""Why a capture failed or waits, in a few words: the same on each page and in each report."""

REASONS = {
    "truncated": "file cut short",
    "empty": "file empty",
    "dark": "picture black",
    "missing": "file missing",
    "forbidden": "file may not be read",
    "not_a_picture": "file is no picture",
    "too_large": "picture too large",
    "unreadable": "file unreadable",
    "blown out": "picture blown out",
    "blurred": "picture blurred",
    "too many boxes": "too many boxes to believe",
    "worker died": "the worker died at it",
    "pipeline error": "the pipeline failed at it",
    "pipeline away": "the pipeline did not answer",
}


def reason(kind: str | None) -> str:
    """The cause in words; as it stands where there are none for it."""
    return REASONS.get(kind or "", kind or "no reason given")
