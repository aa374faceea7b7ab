"""What a report is asked for, as an address or the command line says it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from engine.refusals import Invalid
from models.queries.reports import Selection

FIGURES: dict[str, str] = {
    "captures": "Captures and effort",
    "processed": "Processed and failed",
    "activity": "Detections against sunset",
    "tracks": "Individuals by tracks",
    "timings": "Timings",
    "failures": "Failures by cause",
}


@dataclass(frozen=True)
class Asked:
    """Stations and nights, and the keys of the figures in the order of FIGURES."""

    where: Selection
    figures: tuple[str, ...] = tuple(FIGURES)

    def query(self) -> dict[str, str]:
        """The same as the flat query of an address; what is usual is left out."""
        said = {
            "stations": ",".join(map(str, self.where.stations)),
            "from": self.where.first.isoformat() if self.where.first else "",
            "to": self.where.last.isoformat() if self.where.last else "",
            "figures": "" if self.figures == tuple(FIGURES) else ",".join(self.figures),
        }
        return {key: value for key, value in said.items() if value}

    def of_project(self, project_id: int | None) -> "Asked":
        """The same within one project, for who may see only that."""
        return replace(self, where=replace(self.where, project_id=project_id))


def read(query: Mapping[str, str]) -> Asked:
    """What an address asks for. Raises Invalid with a sentence for what cannot be."""
    wrong: dict[str, list[str]] = {}
    stations = _stations(query.get("stations", ""), wrong)
    first, last = _day(query.get("from", ""), "from", wrong), _day(query.get("to", ""), "to", wrong)
    if first and last and first > last:
        wrong["from"] = [f"The first night, {first}, is after the last one, {last}; change one of them."]
    asked = [key for key in query.get("figures", "").split(",") if key]
    if strange := sorted(set(asked) - set(FIGURES)):
        wrong["figures"] = [f"There is no figure {', '.join(strange)}; there are {', '.join(FIGURES)}."]
    if wrong:
        raise Invalid(wrong)
    figures = tuple(key for key in FIGURES if key in asked) or tuple(FIGURES)
    return Asked(Selection(stations=stations, first=first, last=last), figures)


def day(text: str) -> date:
    """A night by the date of its evening. Raises ValueError."""
    return date.fromisoformat(text)


def _stations(text: str, wrong: dict[str, list[str]]) -> tuple[int, ...]:
    words = [word for word in text.split(",") if word]
    if not all(word.isascii() and word.isdecimal() and len(word) < 19 for word in words):
        wrong["stations"] = ["stations is a list of the numbers of stations, such as 1,3."]
        return ()
    return tuple(dict.fromkeys(int(word) for word in words))


def _day(text: str, name: str, wrong: dict[str, list[str]]) -> date | None:
    if not text:
        return None
    try:
        return day(text)
    except ValueError:
        wrong[name] = [f"{name!r} is the date of an evening, such as 2026-08-01, and not {text[:20]!r}."]
        return None


def trace(where: Selection, **more: Any) -> dict[str, str]:
    """The query of the page that shows the captures behind a number."""
    return Asked(where).query() | {key: str(value) for key, value in more.items() if value not in (None, "")}
