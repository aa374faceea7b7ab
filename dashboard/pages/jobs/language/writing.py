"""From a choice to words: how a chip writes itself into the text, and how an old address reads as one."""

import re
from collections.abc import Sequence

from dashboard.pages.jobs.language.grammar import Misread, terms
from dashboard.pages.jobs.language.keys import STATUS_WORDS
from models.queries.job_filter import JobFilter
from models.queries.vocabulary import Named, Vocabulary
from models.states import Status

PLAIN = re.compile(r'[^\s",:<>=-][^\s",:<>=]*')
WORD_OF = {status: word for word, status in STATUS_WORDS.items()}


def quoted(word: str) -> str:
    """A word so that it is read as it is: in quotation marks where it needs them."""
    return word if PLAIN.fullmatch(word) else f'"{word.replace(chr(34), " ").strip()}"'


def replaced(text: str, key: str, values: Sequence[str]) -> str:
    """The text with this key standing for these values, and everything else left as it was written."""
    new = f"{key}:{','.join(value if '..' in value else quoted(value) for value in values)}" if values else ""
    try:
        old = [term for term in terms(text) if term.key == key and not term.negated]
    except Misread:
        old = []
    if not old:
        return f"{text.strip()} {new}".strip()
    parts, at = [], 0
    for term in old:
        parts += [text[at : term.start], new if term is old[0] else ""]
        at = term.end
    return re.sub(r" {2,}", " ", "".join([*parts, text[at:]])).strip()


def say(where: JobFilter, words: Vocabulary) -> str:
    """A filter of chips and words as a text; what the chips do not know of is left out."""
    chosen = {
        "status": statuses(where.status),
        "station": names(where.deployment_id, words.stations),
        "night": [f"#{key}" for key in where.event_id] or nights(where),
        "pipeline": names(where.pipeline_id, words.pipelines),
        "type": list(where.type),
        "worker": list(where.worker),
    }
    said = "".join(f"{replaced('', key, values)} " for key, values in chosen.items() if values)
    return f"{said}{' '.join(map(quoted, where.words))}".strip()


def statuses(chosen: Sequence[Status]) -> list[str]:
    return [WORD_OF[status] for status in chosen]


def names(chosen: Sequence[int], known: Named) -> list[str]:
    """The names of these ids; one that two have goes by its number."""
    name_of = dict(known)
    every = [name.lower() for name in name_of.values()]
    return [name_of[key] if key in name_of and every.count(name_of[key].lower()) == 1 else f"#{key}" for key in chosen]


def nights(where: JobFilter) -> list[str]:
    """The range of nights as it is written; nothing for none."""
    first, last = where.night_from, where.night_to
    if first and first == last:
        return [first.isoformat()]
    return [f"{first or ''}..{last or ''}"] if first or last else []
