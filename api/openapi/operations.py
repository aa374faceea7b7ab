"""One operation of the API as the document describes it: what it is asked and what it answers, as models."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FREE = (400, 401, 404, 429)  # refusals of a look
BOUND = (400, 401, 403, 404, 409, 413, 415, 429)  # refusals of a change
PART = re.compile(r"<(?:(\w+):)?(\w+)>")


@dataclass(frozen=True)
class Operation:
    """`rule` is the address as Flask writes it; `answers` by status, where None is an answer without a body.

    Every status of `refusals` has a `refusal`.
    """

    tag: str
    rule: str
    method: str
    about: str
    answers: Mapping[int, Any]
    refusal: Any
    refusals: tuple[int, ...]
    query: type[BaseModel] | None = None
    body: Any = None
    forms: tuple[str, ...] = ("application/json",)  # in which the body may come
    media: str = "application/json"
    open: bool = False
    changes: bool | None = None  # whether it changes something, where the method does not tell

    @property
    def path(self) -> str:
        """The address as OpenAPI writes it."""
        return PART.sub(r"{\2}", self.rule)

    @property
    def takes_session(self) -> bool:
        """Whether the session of a person is enough: for looking alone."""
        return self.method in SAFE if self.changes is None else not self.changes

    @property
    def parts(self) -> Iterator[tuple[str, bool]]:
        """The names of its variable parts, and whether each is a whole number."""
        return ((name, kind == "whole") for kind, name in PART.findall(self.rule))

    @property
    def name(self) -> str:
        """An identifier that no other operation has."""
        words = [self.method.lower(), *re.findall(r"\w+", PART.sub(r"by_\2", self.rule))]
        return "_".join(words)
