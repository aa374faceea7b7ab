"""The published protocol of processing services, spoken by their client: GET /info and POST /process.

Whatever is no valid success is an exception here: a redirect, an error, an answer that is cut short, too large or not
of this form.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self, TypeVar

import requests
import urllib3
from pydantic import BaseModel, ConfigDict, FiniteFloat, ValidationError, model_validator

CONNECT_S = 5.0
INFO_S = 10.0
LARGEST_ANSWER = 64 * 2**20  # bytes
AWAY = frozenset({429, 502, 503, 504})  # the service is not there, or has no time, whatever it was asked
DROPPED = (urllib3.exceptions.ProtocolError, urllib3.exceptions.ReadTimeoutError)
TOLD = 200  # letters of what a service says that are shown


class ServiceAway(Exception):
    """The service cannot answer now, whatever it is asked; the sentence names it."""


class ServiceFault(Exception):
    """The service answered, or took too long to, and it is no success; the sentence says what it was."""


class Said(BaseModel):
    """Something that a service says; what we do not know is passed over."""

    model_config = ConfigDict(coerce_numbers_to_str=True)


class AlgorithmInfo(Said):
    key: str
    name: str
    description: str | None = None
    task_type: str | None = None
    version: int = 1
    version_name: str | None = None
    uri: str | None = None


class PipelineInfo(Said):
    slug: str
    name: str
    version: int
    version_name: str | None = None
    description: str | None = None
    algorithms: list[AlgorithmInfo] = []

    def versions(self) -> dict[str, int]:
        """The version of each algorithm, by its key."""
        return {algorithm.key: algorithm.version for algorithm in self.algorithms}


class Info(Said):
    name: str
    description: str | None = None
    pipelines: list[PipelineInfo]


class Reference(Said):
    key: str


class Box(Said):
    """px of the full picture, from its top left corner."""

    x1: FiniteFloat
    y1: FiniteFloat
    x2: FiniteFloat
    y2: FiniteFloat

    @model_validator(mode="after")
    def _is_a_box(self) -> Self:
        if self.x2 < self.x1 or self.y2 < self.y1:
            raise ValueError("its right or lower edge comes before its left or upper one")
        return self


class Classified(Said):
    classification: str
    labels: list[str] | None = None
    scores: list[FiniteFloat] = []
    algorithm: Reference
    terminal: bool = True

    @model_validator(mode="after")
    def _has_scores(self) -> Self:
        if not self.scores:
            raise ValueError("a classification needs scores")
        return self

    @property
    def score(self) -> float:
        """The score of the label that was chosen."""
        if self.labels and len(self.labels) == len(self.scores) and self.classification in self.labels:
            return self.scores[self.labels.index(self.classification)]
        return max(self.scores)


class Detected(Said):
    source_image_id: str
    bbox: Box
    algorithm: Reference
    classifications: list[Classified] = []


class Image(Said):
    id: str


class Answer(Said):
    """What /process answers. Detections are checked one image at a time, so that one image cannot spoil another's."""

    pipeline: str
    source_images: list[Image]
    detections: list[dict[str, Any]]
    errors: list[Any] | str | None = None


Form = TypeVar("Form", bound=Said)


@dataclass(frozen=True)
class Service:
    """A processing service at an address, such as http://gpu.lab:2000."""

    url: str

    def info(self) -> Info:
        """What it runs. Raises ServiceAway and ServiceFault."""
        return self._ask("GET", "info", None, INFO_S, Info)

    def process(self, pipeline: str, images: list[tuple[str, str]], config: dict[str, Any], seconds: float) -> Answer:
        """What it finds on these images, (id, address) each. Raises ServiceAway, and ServiceFault also when late."""
        asked = {
            "pipeline": pipeline,
            "source_images": [{"id": id_, "url": address} for id_, address in images],
            "detections": [],
            "config": config,
        }
        return self._ask("POST", "process", asked, seconds, Answer)

    def _ask(self, method: str, path: str, body: Any, seconds: float, form: type[Form]) -> Form:
        at = f"{self.url.rstrip('/')}/{path}"
        try:
            with requests.request(
                method, at, json=body, timeout=(CONNECT_S, seconds), stream=True, allow_redirects=False
            ) as response:
                content = _read(response, seconds)
        except requests.exceptions.ReadTimeout:
            raise ServiceFault(f"The service {at} gave no answer in {seconds:.0f} s.") from None
        except requests.RequestException as error:
            if any(isinstance(each, DROPPED) for each in _chain(error)):
                raise ServiceFault(f"The service {at} broke off before its answer was whole.") from None
            raise ServiceAway(f"The service {at} cannot be reached ({_reason(error)}).") from None
        if response.status_code in AWAY:
            raise ServiceAway(f"The service {at} is not ready: it answered {response.status_code} {response.reason}.")
        if not 200 <= response.status_code < 300:
            said = content[:TOLD].decode("utf-8", "replace").strip()
            raise ServiceFault(f"The service {at} answered {response.status_code} {response.reason}: {said}")
        return _checked(content, form, at)


def _read(response: requests.Response, seconds: float) -> bytes:
    until = time.monotonic() + seconds
    content = bytearray()
    for block in response.iter_content(2**16):
        content += block
        if time.monotonic() > until:
            raise requests.exceptions.ReadTimeout
        if len(content) > LARGEST_ANSWER:
            raise ServiceFault(f"The service {response.url} answered more than {LARGEST_ANSWER // 2**20} MB.")
    return bytes(content)


def _checked(content: bytes, form: type[Form], at: str) -> Form:
    try:
        return form.model_validate(json.loads(content))
    except ValidationError as error:
        raise ServiceFault(
            f"The service {at} answered what is not of the protocol: {first_complaint(error)}."
        ) from None
    except (ValueError, RecursionError):
        raise ServiceFault(f"The service {at} did not answer in JSON.") from None


def first_complaint(error: ValidationError) -> str:
    """What is wrong first, and where."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg'].removeprefix('Value error, ')}"[:TOLD]


def _reason(error: requests.RequestException) -> str:
    """What the system said, under all that was wrapped around it."""
    told = [each.strerror for each in _chain(error) if isinstance(each, OSError) and each.strerror]
    return told[-1] if told else type(error).__name__


def _chain(error: BaseException) -> Iterator[BaseException]:
    inner: BaseException | None = error
    while inner is not None:
        yield inner
        inner = inner.__cause__ or inner.__context__
