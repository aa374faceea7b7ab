"""What the addresses of the Modzy pages are asked, checked before anything is done."""

import re
from datetime import UTC, datetime, time
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from api.dialect import Shape
from api.modzy.words import SORTS, Like, likes, statuses_called
from engine.requests import MAX_TIMEOUT_MS
from models.states import Status

MOST = 1000  # jobs of one page
MOST_WORDS = 50  # of one filter
FORMAT = "ISO 8601, such as 2021-07-20T01:40:11.187+0000"


def _moment(text: Any) -> Any:
    """A time in UTC; one without a zone is in UTC. A `+` that was not encoded has come as a blank."""
    try:
        at = datetime.fromisoformat(re.sub(r" (\d\d:?\d\d)$", r"+\1", str(text).strip()))
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is no time in {FORMAT}") from None


def _last_moment(text: Any) -> Any:
    """The same; a mere date means the whole of its day."""
    at = _moment(text)
    is_date = len(str(text).strip()) <= len("2021-07-20")
    return datetime.combine(at, time.max, UTC) if is_date else at


def _text(given: Any) -> Any:
    return str(given) if isinstance(given, int | float) else given or ""


def _sorts(text: Any) -> Any:
    spelled = {name.casefold(): key for name, key in SORTS.items()}
    names = [name.strip() for name in str(text).split(",") if name.strip()]
    if unknown := [name for name in names if name.casefold() not in spelled]:
        raise ValueError(f"{unknown[0]!r} is nothing to sort by; there are {', '.join(SORTS)}")
    return tuple(dict.fromkeys(spelled[name.casefold()] for name in names))


def _direction(text: Any) -> Any:
    return str(text).strip().lower()


def _likeness(text: Any) -> Any:
    wanted = likes(str(text))
    if sum(len(words) for words in wanted) > MOST_WORDS:
        raise ValueError(f"a filter takes {MOST_WORDS} words at most")
    return wanted


Likeness = Annotated[Like, BeforeValidator(_likeness)]


class HistoryQuery(BaseModel):
    """A window of the history. `user`, `model` and `accessKey` match a part of the word in any case."""

    model_config = ConfigDict(populate_by_name=True)

    user: Likeness = ()
    model: Likeness = ()
    access_key: Likeness = Field(default=(), alias="accessKey")
    start: Annotated[datetime | None, BeforeValidator(_moment)] = Field(default=None, alias="startDate")
    end: Annotated[datetime | None, BeforeValidator(_last_moment)] = Field(default=None, alias="endDate")
    status: Annotated[frozenset[Status], BeforeValidator(statuses_called)] = frozenset(Status)
    sorts: Annotated[tuple[str, ...], BeforeValidator(_sorts)] = Field(default=("created_at",), alias="sort-by")
    direction: Annotated[Literal["asc", "desc"], BeforeValidator(_direction)] = "asc"
    page: int = Field(default=1, ge=1, le=10**9)
    per_page: Annotated[int, AfterValidator(lambda number: min(number, MOST))] = Field(
        default=10, ge=1, le=2**31, alias="per-page"
    )

    @model_validator(mode="after")
    def _in_order(self) -> "HistoryQuery":
        if self.end is not None and self.start is None:
            raise ValueError("endDate needs a startDate")
        if self.start is not None and self.start > datetime.now(UTC):
            raise ValueError("startDate is in the future")
        if self.start is not None and self.end is not None and self.end < self.start:
            raise ValueError("endDate is before startDate")
        return self


class ModelsQuery(BaseModel):
    """A window of the models; texts match a part of the word in any case."""

    model_config = ConfigDict(populate_by_name=True)

    model_id: str = Field(default="", alias="modelId")
    name: str = ""
    description: str = ""
    is_active: Annotated[Literal["true", "false", ""], BeforeValidator(_direction)] = Field(
        default="", alias="isActive"
    )
    page: int = Field(default=1, ge=1, le=10**9)
    per_page: Annotated[int, AfterValidator(lambda number: min(number, MOST))] = Field(
        default=MOST, ge=1, le=2**31, alias="per-page"
    )


class WantedModel(BaseModel):
    """Which pipeline: its slug or number, and a version of it (the latest one unless told)."""

    identifier: Annotated[str, BeforeValidator(_text)] = Field(min_length=1, max_length=255)
    version: Annotated[str, BeforeValidator(_text)] = ""


class Input(BaseModel):
    """Inputs by the name of their source, and in it of the file: pictures as data URLs, or captures as texts."""

    type: Annotated[Literal["embedded", "text"], BeforeValidator(_direction)]
    sources: dict[str, dict[str, str] | str] = Field(min_length=1)


class Submission(Shape):
    """A new job; without `input` it stays open for uploads. `timeout` is in ms, 0 for none."""

    model: WantedModel
    explain: Annotated[bool, BeforeValidator(lambda given: False if given is None else given)] = False
    timeout: int | None = Field(default=None, ge=0, le=MAX_TIMEOUT_MS)
    input: Input | None = None
    account_identifier: Annotated[str, BeforeValidator(_text)] = ""
