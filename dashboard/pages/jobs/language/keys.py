"""The keys of the language: what each is about, which comparisons it takes, and what may stand behind it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dashboard.components.pills import STATUS_FACES
from engine.jobtypes import job_types
from models.nights import ONE_DAY, last_night_of
from models.queries.vocabulary import Vocabulary
from models.states import Status

EQUAL = (":",)
ORDERED = (":", ">", ">=", "<", "<=")
STATUS_WORDS = {face.word.lower().replace(" ", "-"): status for status, face in STATUS_FACES.items()}
OTHER_STATUS_WORDS = {status.value.lower(): status for status in Status} | {
    "failed": Status.FAILURE,
    "done": Status.SUCCESS,
    "canceled": Status.REVOKED,
}


@dataclass(frozen=True)
class Reader:
    """Who reads a text: the lab's words, the person that `me` is, and the moment (UTC) that `today` is about."""

    words: Vocabulary
    me: str
    now: datetime

    @property
    def today(self) -> date:
        return self.now.date()

    def day_words(self) -> dict[str, date]:
        return {"today": self.today, "yesterday": self.today - timedelta(days=1)}

    def night_words(self) -> dict[str, date]:
        """A night goes by the date of its evening; last night is the one that the page of nights calls so."""
        last = last_night_of(self.now, self.words.zones or ("UTC",)) or self.today - ONE_DAY
        return {"last": last, "tonight": last + ONE_DAY}


Words = Sequence[tuple[str, str]]  # what may be written, and what it means


@dataclass(frozen=True)
class Key:
    """A key: what it finds, an example of what stands behind it, its comparisons, and the words that are offered."""

    about: str
    example: str
    comparisons: tuple[str, ...] = EQUAL
    offers: Callable[[Reader], Words] = lambda _reader: ()


def _names(pairs: Sequence[tuple[int, str]]) -> Words:
    """Names as they are written; two of the same name go by their numbers."""
    names = [name for _, name in pairs]
    return [(name, "") if names.count(name) == 1 else (f"#{key}", name) for key, name in pairs]


def _nights(reader: Reader) -> Words:
    first = reader.today - timedelta(days=7)
    return [("last", "last night"), (f"{first}..{reader.today}", "the last seven nights")]


def _days(_reader: Reader) -> Words:
    return [("today", "since midnight UTC"), ("yesterday", "")]


def _durations(_reader: Reader) -> Words:
    return [("1m", "one minute"), ("5m", "five minutes"), ("1h", "one hour"), ("1d", "one day")]


KEYS: dict[str, Key] = {
    "status": Key(
        "where it stands",
        "running",
        offers=lambda _: [(word, "") for word in STATUS_WORDS],
    ),
    "station": Key("of a station", "panama", offers=lambda reader: _names(reader.words.stations)),
    "night": Key("has captures of these nights", "2026-08-01..2026-08-07", offers=_nights),
    "pipeline": Key("by a pipeline", "embedded", offers=lambda reader: _names(reader.words.pipelines)),
    "type": Key(
        "of a type",
        "ml",
        offers=lambda reader: [
            (key, job_types()[key].name if key in job_types() else "") for key in reader.words.types
        ],
    ),
    "tag": Key("has a tag", "urgent", offers=lambda reader: [(tag, "") for tag in reader.words.tags]),
    "owner": Key(
        "asked by a person",
        "me",
        offers=lambda reader: [("me", reader.me), *((name, "") for name in reader.words.people)],
    ),
    "worker": Key("taken up by a worker", "lab-1", offers=lambda reader: [(name, "") for name in reader.words.workers]),
    "priority": Key(
        "0 to 9, 9 goes first", ">=7", ORDERED, lambda _: [(str(number), "") for number in range(9, -1, -1)]
    ),
    "queue": Key("waited so long", ">5m", ORDERED, _durations),
    "elapsed": Key("ran so long", ">1h", ORDERED, _durations),
    "created": Key("made on a day, UTC", "today", ORDERED, _days),
    "started": Key("begun on a day, UTC", "today", ORDERED, _days),
    "finished": Key("ended on a day, UTC", "today", ORDERED, _days),
    "captures": Key("has so many captures", ">100", ORDERED),
    "failed": Key("has so many failed captures", ">0", ORDERED),
    "project": Key("of a project", "moths", offers=lambda reader: _names(reader.words.projects)),
    "job": Key("by its number", "12"),
}


# What has an order, and how a range of it is written.
RANGES = {
    "night": "2026-08-01..2026-08-07",
    "priority": "3..7",
    "queue": "5m..1h",
    "elapsed": "5m..1h",
    "created": "2026-08-01..2026-08-07",
    "started": "2026-08-01..2026-08-07",
    "finished": "2026-08-01..2026-08-07",
    "captures": "10..100",
    "failed": "1..10",
}


def example(key: str) -> str:
    """The key with something behind it, as one would write it."""
    known = KEYS[key]
    return f"{key}{known.example}" if known.example[0] in "<>" else f"{key}:{known.example}"
