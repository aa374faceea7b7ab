"""From terms to a filter; what cannot be meant is said in one sentence, with its place."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from typing import Any

from dashboard.pages.jobs.language.grammar import Misread, Piece, Term, terms
from dashboard.pages.jobs.language.keys import KEYS, OTHER_STATUS_WORDS, RANGES, STATUS_WORDS, Reader, example
from models.queries.job_bounds import Bound, Measure, Sign
from models.queries.job_filter import MOST_WORDS, JobFilter
from models.queries.vocabulary import MOST as MOST_KNOWN
from models.queries.vocabulary import Named

__all__ = ["Reader", "meaning"]

Fields = dict[str, Any]
UNIT_MS = {"ms": 1, "s": 1000, "m": 60_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}
DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|min|m|h|d)")
BOUNDS: dict[str, Measure] = {
    "queue": "queue_ms",
    "elapsed": "elapsed_ms",
    "created": "created_at",
    "started": "started_at",
    "finished": "finished_at",
    "priority": "priority",
    "captures": "total",
    "failed": "failed",
}
ONE_RANGE = f"Say the nights as one range, such as night:{RANGES['night']}."
MOST = 2**53  # a number or a length beyond it is a slip of the hand


def meaning(text: str, reader: Reader) -> JobFilter:
    """The filter that a text says. Raises Misread, with what would be right and where."""
    where: Fields = {"excluded": (), "bounds": ()}
    said: dict[str, list[str]] = {}
    for term in terms(text):
        found = _fields(term, reader)
        if term.negated:
            where["excluded"] += (JobFilter(**found),)
            continue
        _add(where, found, term)
        said.setdefault(term.key, []).append(text[term.start : term.end])
        if term.key in RANGES and _holds_nothing(where, term.key):
            right = f"write one range, such as {term.key}:{RANGES[term.key]}."
            raise Misread(f"Nothing is {' and '.join(said[term.key])} at once; {right}", term.start, term.end)
    if len(where.get("words", ())) > MOST_WORDS:
        raise Misread(f"Look for at most {MOST_WORDS} words at once.", 0, len(text))
    return JobFilter(**where)


def _add(where: Fields, found: Fields, term: Term) -> None:
    """Several values of one key are alternatives; words and bounds hold together; nights are one range."""
    for name, value in found.items():
        if isinstance(value, tuple):
            where[name] = tuple(dict.fromkeys((*where.get(name, ()), *value)))
        elif value is not None:
            if where.get(name, value) != value:
                raise Misread(ONE_RANGE, term.start, term.end)
            where[name] = value


def _holds_nothing(where: Fields, key: str) -> bool:
    """Whether no value is within all that was said of this key."""
    if key == "night":
        first, last = where.get("night_from"), where.get("night_to")
        return bool(first and last and first > last)
    bounds = [bound for bound in where["bounds"] if bound.of == BOUNDS[key]]
    exactly = where.get("priority") if key == "priority" else None
    return _are_apart(bounds) if not exactly else all(_are_apart([*bounds, *_equal(each)]) for each in exactly)


def _equal(priority: int) -> tuple[Bound, Bound]:
    return Bound("priority", ">=", priority), Bound("priority", "<=", priority)


def _are_apart(bounds: Sequence[Bound]) -> bool:
    """Whether nothing can be within all of these, which are of one measure."""
    least = [_end(bound) for bound in bounds if bound.sign in (">", ">=")]
    most = [_end(bound) for bound in bounds if bound.sign in ("<", "<=")]
    return bool(least and most and max(least) > min(most))


def _end(bound: Bound) -> Any:
    """The least or the most that is within a bound; whole numbers and times have a next one."""
    step: Any = timedelta.resolution if isinstance(bound.than, datetime) else 1
    return bound.than + {">": step, "<": -step}.get(bound.sign, 0 * step)


def _fields(term: Term, reader: Reader) -> Fields:
    """The fields of a filter that one term sets."""
    if not term.key:
        return {"words": tuple(word for word in (term.values[0].text.strip(),) if word)}
    known = KEYS.get(term.key)
    if known is None:
        raise _no_such_key(term)
    if term.comparison not in known.comparisons:
        raise Misread(f"{term.key} takes a colon, such as {example(term.key)}.", term.start, term.values[0].start)
    match term.key:
        case "status":
            return {"status": tuple(_status(piece) for piece in term.values)}
        case "type":
            return {"type": tuple(_type(piece, reader) for piece in term.values)}
        case "tag":
            return {"tags": tuple(piece.text for piece in term.values)}
        case "owner":
            return {"owner": tuple(_person(piece, reader) for piece in term.values)}
        case "worker":
            return {"worker": tuple(_worker(piece, reader) for piece in term.values)}
        case "job":
            return {"ids": tuple(_number(piece, "job") for piece in term.values)}
        case "station":
            return {"deployment_id": _ids(term, "station", reader.words.stations)}
        case "pipeline":
            return {"pipeline_id": _ids(term, "pipeline", reader.words.pipelines)}
        case "project":
            return {"project_id": _ids(term, "project", reader.words.projects)}
        case "night":
            return _nights(term, reader)
        case "priority" if term.comparison == ":" and not any(".." in piece.text for piece in term.values):
            return {"priority": tuple(_priority(piece) for piece in term.values)}
    return {"bounds": _bounds(term, reader)}


def _no_such_key(term: Term) -> Misread:
    end = term.values[0].start
    close = get_close_matches(term.key, KEYS, 1, 0.6)
    some = ", ".join(list(KEYS)[:9])
    right = f"did you mean {close[0]}?" if close else f"there are {some} and more; a word with a colon goes in quotes."
    return Misread(f"There is no key {term.key}; {right}", term.start, end)


def _no_such(what: str, piece: Piece, known: list[str]) -> Misread:
    close = get_close_matches(piece.text.lower(), [each.lower() for each in known], 1, 0.5)
    shown = ", ".join(known[:8]) + (" and more" if len(known) > 8 else "")
    named = next((each for each in known if close and each.lower() == close[0]), None)
    right = f"did you mean {named}?" if named else f"there are {shown}." if known else "there is none yet."
    return Misread(f"There is no {what} “{piece.text}”; {right}", piece.start, piece.end)


def _status(piece: Piece) -> Any:
    word = piece.text.lower().replace(" ", "-")
    found = STATUS_WORDS.get(word) or OTHER_STATUS_WORDS.get(word)
    if found is None:
        raise _no_such("status", piece, list(STATUS_WORDS))
    return found


def _type(piece: Piece, reader: Reader) -> str:
    words = {word.lower(): key for key, name in KEYS["type"].offers(reader) for word in (key, name) if word}
    if piece.text.lower() not in words:
        raise _no_such("type", piece, [key for key, _ in KEYS["type"].offers(reader)])
    return words[piece.text.lower()]


def _person(piece: Piece, reader: Reader) -> str:
    if piece.text.lower() == "me":
        return reader.me
    found = next((name for name in reader.words.people if name.lower() == piece.text.lower()), None)
    if found is None:
        raise _no_such("person", piece, ["me", *reader.words.people])
    return found


def _worker(piece: Piece, reader: Reader) -> str:
    known = reader.words.workers
    found = next((name for name in known if name.lower() == piece.text.lower()), None)
    if found is None and len(known) < MOST_KNOWN:
        raise _no_such("worker", piece, list(known))
    return found or piece.text


def _ids(term: Term, what: str, pairs: Named) -> tuple[int, ...]:
    """Those of exactly these names or numbers; of a part of a name all that have it."""
    found: list[int] = []
    for piece in term.values:
        word = piece.text.lower()
        number = int(word[1:]) if re.fullmatch(r"#\d{1,18}", word) else None
        exact = [key for key, name in pairs if name.lower() == word or key == number]
        meant = exact or [key for key, name in pairs if word and word in name.lower()]
        if not meant:
            raise _no_such(what, piece, [name for _, name in pairs])
        found += meant
    return tuple(dict.fromkeys(found))


def _number(piece: Piece, key: str) -> int:
    if not re.fullmatch(r"\d{1,15}", piece.text):
        raise Misread(f"Give {key} a whole number, such as {example(key)}.", piece.start, piece.end)
    return int(piece.text)


def _priority(piece: Piece) -> int:
    if not re.fullmatch(r"\d", piece.text):
        raise Misread("A priority is a number from 0 to 9, such as priority>=7.", piece.start, piece.end)
    return int(piece.text)


def _nights(term: Term, reader: Reader) -> Fields:
    piece = term.values[0]
    if re.fullmatch(r"#\d{1,18}", piece.text):
        return {"event_id": tuple(_number(replace(each, text=each.text[1:]), "night") for each in term.values)}
    if len(term.values) > 1:
        raise Misread(ONE_RANGE, term.start, term.end)
    first, last = _ends(piece)
    words = reader.night_words()
    night_from = _day(first, words, "night") if first.text else None
    night_to = _day(last, words, "night") if last.text else None
    if night_from and night_to and night_from > night_to:
        right = f"night:{last.text}..{first.text}"
        raise Misread(f"The first night is after the last; did you mean {right}?", piece.start, piece.end)
    return {"night_from": night_from, "night_to": night_to}


def _ends(piece: Piece) -> tuple[Piece, Piece]:
    """Both ends of a range; of a single value that value twice."""
    first, dots, last = piece.text.partition("..")
    if not dots:
        return piece, piece
    if not first and not last:
        raise Misread("Say at least one end of the range.", piece.start, piece.end)
    return replace(piece, text=first), replace(piece, text=last)


def _day(piece: Piece, words: dict[str, date], key: str) -> date:
    if piece.text.lower() in words:
        return words[piece.text.lower()]
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", piece.text):
            return date.fromisoformat(piece.text)
    except ValueError:
        raise Misread(f"There is no day {piece.text} in the calendar.", piece.start, piece.end) from None
    right = f"{key}:2026-08-01, {key}:2026-08-01..2026-08-07 or {key}:{next(iter(words))}"
    raise Misread(f"Say a day as year-month-day: {right}.", piece.start, piece.end)


def _bounds(term: Term, reader: Reader) -> tuple[Bound, ...]:
    """The bounds that a comparison, a value or a range sets."""
    if len(term.values) > 1:
        raise Misread(f"{term.key} takes one value or a range, such as {example(term.key)}.", term.start, term.end)
    piece, of = term.values[0], BOUNDS[term.key]
    if term.comparison != ":":
        return (_bound(of, term.comparison, piece, term, reader),)
    first, last = _ends(piece)
    least = _bound(of, ">=", first, term, reader) if first.text else None
    most = _bound(of, "<=", last, term, reader) if last.text else None
    if least is not None and most is not None and _are_apart((least, most)):
        right = f"{term.key}:{last.text}..{first.text}"
        raise Misread(f"The range begins behind its end; did you mean {right}?", piece.start, piece.end)
    return tuple(bound for bound in (least, most) if bound is not None)


def _bound(of: Measure, sign: str, piece: Piece, term: Term, reader: Reader) -> Bound:
    match of:
        case "queue_ms" | "elapsed_ms":
            return Bound(of, _sign(sign), _duration(piece, term.key))
        case "created_at" | "started_at" | "finished_at":
            day = _day(piece, reader.day_words(), term.key)
            whole = day + timedelta(days=1) if sign in (">", "<=") else day  # a day is from midnight to midnight
            return Bound(of, ">=" if sign in (">", ">=") else "<", datetime.combine(whole, time(), UTC))
        case "priority":
            return Bound(of, _sign(sign), _priority(piece))
    return Bound(of, _sign(sign), _number(piece, term.key))


def _sign(sign: str) -> Sign:
    return sign  # type: ignore[return-value]  # the grammar lets no other through


def _duration(piece: Piece, key: str) -> int:
    """Milliseconds of 90s, 5m, 1h30m, 2d."""
    text = piece.text.lower()
    parts = DURATION.findall(text)
    total = sum(float(number) * UNIT_MS[unit] for number, unit in parts)
    if not parts or "".join(number + unit for number, unit in parts) != text or total > MOST:
        raise Misread(
            f"Give {key} a time with its unit, such as {key}>90s, {key}>5m or {key}>1h.", piece.start, piece.end
        )
    return round(total)
