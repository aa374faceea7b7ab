"""What the addresses of the UP42 pages are asked, checked before anything is done."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, RootModel, model_validator

from api.reading import checked
from api.up42.words import SORTS, TEST
from engine.requests import MAX_DELAY_S, MAX_TIMEOUT_MS, Key, Name, Tags

MOST = 1000  # jobs of one page
SCOPES = ("deployment_id", "event_id", "collection_id", "capture_id")
NARROWING = frozenset({"time", "time_series", "bbox", "intersects", "contains", "geometry", "asset_ids"})


def _sort(text: Any) -> Any:
    field, _, direction = (part.strip() for part in str(text).partition(","))
    spelled = {name.casefold(): key for name, key in SORTS.items()}
    if field.casefold() not in spelled:
        raise ValueError(f"{field!r} is nothing to sort by; there are {', '.join(SORTS)}")
    if direction.lower() not in ("", "asc", "desc"):
        raise ValueError(f"{direction!r} is no direction; there are asc and desc")
    return ("-" if direction.lower() == "desc" else "") + spelled[field.casefold()]


def _mode(given: Any) -> Any:
    return str(given).strip().upper().replace(" ", "_").replace("-", "_")


class JobsQuery(BaseModel):
    """A window of the jobs; `page` counts from 0, and an empty one ends the list."""

    page: int = Field(default=0, ge=0, le=10**9)
    size: Annotated[int, AfterValidator(lambda number: min(number, MOST))] = Field(default=500, ge=1, le=2**31)
    sort: Annotated[str, BeforeValidator(_sort)] = "-created_at"


class NameQuery(BaseModel):
    """The name of a new job."""

    name: Name | None = None


class Rename(BaseModel):
    name: Name


class Config(BaseModel):
    """`DRY_RUN` is a test query: it collects and checks, and processes nothing."""

    mode: Annotated[Literal["DEFAULT", "DRY_RUN"], BeforeValidator(_mode)] = "DEFAULT"

    @property
    def is_test(self) -> bool:
        return self.mode == TEST


class Parameters(BaseModel):
    """What a workflow takes. It works over one of a station, a night of it, a collection or a single capture."""

    model_config = ConfigDict(extra="ignore")

    deployment_id: Key | None = None
    event_id: Key | None = None
    collection_id: Key | None = None
    capture_id: Key | None = None
    limit: int | None = Field(default=None, ge=1, le=2**31 - 1)
    shuffle: bool = False
    seed: int | None = Field(default=None, ge=0, le=2**31 - 1)
    reprocess: bool = False
    delay: int = Field(default=0, ge=0, le=MAX_DELAY_S)
    priority: int = Field(default=5, ge=0, le=9)
    timeout_ms: int | None = Field(default=None, ge=1, le=MAX_TIMEOUT_MS)
    failure_threshold: float = Field(default=0.5, ge=0, le=1)
    tags: Tags = []

    @model_validator(mode="before")
    @classmethod
    def _known(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        if narrowing := sorted(name for name in NARROWING & set(given) if given[name] is not None):
            raise ValueError(f"{narrowing[0]} cannot narrow a workflow here; name a night by its event_id instead")
        return {name: value for name, value in given.items() if value is not None}

    @property
    def has_scope(self) -> bool:
        return any(getattr(self, name) is not None for name in SCOPES)


class Inputs(RootModel[dict[str, Any]]):
    """The inputs of a job: for each task by its name, or without one, its parameters; and `config`."""

    def config(self) -> Config:
        """Raises Invalid."""
        return checked(Config, self.root.get("config") or {})

    def parameters(self) -> Parameters:
        """Those of all tasks together. Raises Invalid."""
        own = {name: value for name, value in self.root.items() if name != "config"}
        merged = {name: value for name, value in own.items() if not isinstance(value, dict)}
        for value in own.values():
            merged |= value if isinstance(value, dict) else {}
        return checked(Parameters, merged)
