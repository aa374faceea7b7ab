"""What stands behind the question mark, checked: a wrong value is a 400 that names it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from flask import request

from engine.refusals import Invalid
from models.queries.job_filter import MOST_WORDS

LIMIT = 10
MOST = 1000  # rows of one page
LARGEST = 2**63 - 1
YES = frozenset({"", "1", "true", "yes", "on", "t", "y"})
SEARCHED = re.compile(r'"([^"]*)"|([^\s,]+)')
NO = frozenset({"0", "false", "no", "off", "f", "n"})


@dataclass(frozen=True)
class Window:
    limit: int
    offset: int


def window() -> Window:
    """The part of a list that is asked for; 10 from the first unless told, and never more than 1000."""
    return Window(
        limit=min(whole("limit", LIMIT, least=1), MOST),
        offset=whole("offset", 0, least=0),
    )


def whole(name: str, default: int, *, least: int, most: int = LARGEST) -> int:
    """A whole number, or `default` where the parameter is missing. Raises Invalid."""
    text = request.args.get(name)
    return default if text in (None, "") else _whole(name, str(text), least, most)


def ids(*names: str) -> tuple[int, ...]:
    """The ids under any of these names; several values and commas are alternatives. Raises Invalid."""
    return tuple(_whole(name, text, 0, LARGEST) for name in names for text in words(name))


def one_id(*names: str) -> int | None:
    """The one id under any of these names, or None. Raises Invalid."""
    found = ids(*names)
    if len(set(found)) > 1:
        raise Invalid({names[0]: ["Give one value."]})
    return found[0] if found else None


def words(name: str) -> list[str]:
    """The values of a parameter, commas parted, blanks left out."""
    return [word for text in request.args.getlist(name) for part in text.split(",") if (word := part.strip())]


def truth(name: str) -> bool:
    """A parameter that is yes or no; its bare name means yes. Raises Invalid."""
    text = request.args.get(name)
    if text is None or text.lower() in NO:
        return False
    if text.lower() in YES:
        return True
    raise Invalid({name: ["Must be a valid boolean."]})


def choices(name: str, allowed: Iterable[str]) -> list[str]:
    """Values that are among `allowed`, in any case. Raises Invalid."""
    spelled = {word.upper(): word for word in allowed}
    for word in words(name):
        if word.upper() not in spelled:
            raise Invalid({name: [f"Select a valid choice. {word} is not one of the available choices."]})
    return [spelled[word.upper()] for word in words(name)]


def text(name: str) -> str:
    """A text to look for; no database keeps a null character."""
    return request.args.get(name, "").replace("\0", "").strip()


def search() -> tuple[str, ...]:
    """The words of a search, all to be found: parted by blanks and commas, but for those in quotes. Raises Invalid."""
    found = tuple(word for pair in SEARCHED.findall(text("search")) if (word := "".join(pair).strip()))
    if len(found) > MOST_WORDS:
        raise Invalid({"search": [f"Give at most {MOST_WORDS} words."]})
    return found


def ordering(allowed: Iterable[str], default: str) -> list[str]:
    """The orders that are asked for and known, "-" before one for descending; what is unknown is passed over."""
    known = set(allowed)
    asked = [word for word in words("ordering") if word.removeprefix("-") in known]
    first = {word.removeprefix("-"): word for word in reversed(asked)}  # a field that comes again changes nothing
    return [word for word in dict.fromkeys(asked) if first[word.removeprefix("-")] == word] or [default]


def _whole(name: str, text: str, least: int, most: int) -> int:
    digits = text.strip().removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 25):
        raise Invalid({name: ["A valid integer is required."]})
    number = int(text)
    if number < least:
        raise Invalid({name: [f"Ensure this value is greater than or equal to {least}."]})
    if number > most:
        raise Invalid({name: [f"Ensure this value is less than or equal to {most}."]})
    return number
