"""What could stand at the caret: keys, and behind a key its values."""

import re
from dataclasses import dataclass

from dashboard.pages.jobs.language.keys import KEYS, Reader
from dashboard.pages.jobs.language.writing import quoted

MOST = 9
FOUND_BY_VALUE = ("status", "station", "pipeline", "tag", "owner", "type", "worker")
AT_CARET = re.compile(
    r"""(?:^|(?<=\s))(?P<minus>-?)
    (?:(?P<key>[^\W\d_]\w*)(?P<sign>>=|<=|:|=|>|<)(?P<before>(?:(?:"[^"]*"|[^\s",]+),)*))?
    (?P<part>"[^"]*|[^\s",:<>=]*)$""",
    re.VERBOSE,
)
REST = re.compile(r'[^\s",]*"?')


@dataclass(frozen=True)
class Offer:
    """What is put in, what it means, and whether the term is whole with it."""

    text: str
    about: str = ""
    whole: bool = True


@dataclass(frozen=True)
class Completion:
    """The offers for the text from `start` to `end`."""

    start: int
    end: int
    offers: tuple[Offer, ...] = ()


def complete(text: str, at: int, reader: Reader) -> Completion:
    """What may stand where the caret is, the likeliest first."""
    found = AT_CARET.search(text[:at])
    if found is None:
        return Completion(at, at)
    part, quote = found["part"].lstrip('"'), found["part"].startswith('"')
    start = found.start("part")
    rest = REST.match(text, at)
    end = rest.end() if rest and (part or found["key"]) else at
    if found["key"]:
        return Completion(start, end, _values(found["key"].lower(), part, reader))
    if quote:
        return Completion(start, at)
    return Completion(start, end, (*_keys(part), *_by_value(part, reader))[:MOST])


def _keys(part: str) -> tuple[Offer, ...]:
    return tuple(
        Offer(_opened(key), known.about, whole=False) for key, known in KEYS.items() if key.startswith(part.lower())
    )


def _opened(key: str) -> str:
    """The key up to where its value begins: status: or queue>."""
    sign = re.match(r"[<>]=?", KEYS[key].example)
    return key + (sign[0] if sign else ":")


def _values(key: str, part: str, reader: Reader) -> tuple[Offer, ...]:
    if key not in KEYS:
        return ()
    offers = [(word, about) for word, about in KEYS[key].offers(reader) if part.lower() in f"{word} {about}".lower()]
    offers.sort(key=lambda each: not each[0].lower().startswith(part.lower()))
    written = [(word if ".." in word or word.startswith("#") else quoted(word), about) for word, about in offers]
    return tuple(Offer(word, about) for word, about in written if word.lower() != part.lower())[:MOST]


def _by_value(part: str, reader: Reader) -> tuple[Offer, ...]:
    """Whole terms whose value begins as what was typed: `pan` may mean station:Panama."""
    if len(part) < 2:
        return ()
    return tuple(
        Offer(f"{key}:{quoted(word)}", about)
        for key in FOUND_BY_VALUE
        for word, about in KEYS[key].offers(reader)
        if word.lower().startswith(part.lower())
    )
