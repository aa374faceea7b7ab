"""Pipelines that run in a service elsewhere, by the published protocol (`protocol`).

A capture is done only if the service says in a valid answer that it looked at it; its boxes are matched by the
capture's own id. Where a request over several captures fails, each is asked for alone, so that one bad image fails
alone. Whether a failure is the image's or the service's shows by whether the service still answers /info.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from engine.pipelines.base import Failed, Found, Label, Outcome, Picture, PipelineAway, Processed
from engine.pipelines.protocol import INFO_S, Answer, Detected, Service, ServiceAway, ServiceFault, first_complaint
from engine.signing import Signer

KIND = "remote"
PARAMETERS = ("pipeline", "algorithms", "config")  # what a result depends on; how the service is asked is no part of it
TIMEOUT_S = 60.0  # of one request
FAULT = "service failed"
NO_SCORE = 1.0  # the protocol gives boxes none
NO_LABEL = "unclassified"


@dataclass
class RemotePipeline:
    """One pipeline of one service. `versions` are those of its algorithms as they were registered."""

    service: Service
    slug: str  # as the service calls it
    version: int
    versions: Mapping[str, int]
    signer: Signer
    config: dict[str, Any] = field(default_factory=dict)  # for the service
    timeout_s: float = TIMEOUT_S
    limit_s: float = 2 * TIMEOUT_S  # of one batch
    _known: bool = False

    def process(self, pictures: Sequence[Picture]) -> Iterator[Outcome]:
        """Yield an outcome for each picture; when time runs out, the rest is left for another batch."""
        until = time.monotonic() + self.limit_s - self.timeout_s - INFO_S
        self._look_at_version()
        yield from self._ask(pictures, until)

    def _ask(self, pictures: Sequence[Picture], until: float) -> Iterator[Outcome]:
        if time.monotonic() > until:
            return
        started = time.perf_counter()
        images = [(str(each.capture_id), self.signer.address(each.capture_id, each.name)) for each in pictures]
        try:
            answer = self.service.process(self.slug, images, self.config, self.timeout_s)
            check(answer, self.slug)
        except ServiceAway as away:
            raise PipelineAway(str(away)) from None
        except ServiceFault as fault:
            if len(pictures) > 1:
                for picture in pictures:
                    yield from self._ask([picture], until)
                return
            self._info()
            yield Failed(pictures[0].capture_id, _ms_since(started), FAULT, f"{pictures[0].name}: {fault}")
            return
        duration_ms = _ms_since(started) / len(pictures)
        for picture in pictures:
            yield outcome_of(answer, picture, duration_ms)

    def _look_at_version(self) -> None:
        """Results are kept under the version that was registered, so no other one may make them."""
        if self._known:
            return
        offered = {pipeline.slug: pipeline for pipeline in self._info()}
        now = offered.get(self.slug)
        if now is None:
            raise PipelineAway(f"The service {self.service.url} does not offer the pipeline {self.slug} any more.")
        if (now.version, now.versions()) != (self.version, dict(self.versions)):
            raise PipelineAway(
                f"The service {self.service.url} now runs another version of {self.slug}; register it again with "
                f"`nightboard service add {self.service.url}`."
            )
        self._known = True

    def _info(self) -> list[Any]:
        """What the service offers. Raises PipelineAway when it does not even say that."""
        try:
            return list(self.service.info().pipelines)
        except (ServiceAway, ServiceFault) as away:
            raise PipelineAway(str(away)) from None


def check(answer: Answer, slug: str) -> None:
    """Raise ServiceFault for an answer that is of the form, and yet no success."""
    if answer.pipeline != slug:
        raise ServiceFault(f"The service answered for the pipeline {answer.pipeline!r}, not for {slug!r}.")
    if answer.errors:
        raise ServiceFault(f"The service said: {str(answer.errors)[:200]}.")


def outcome_of(answer: Answer, picture: Picture, duration_ms: float) -> Outcome:
    """What an answer says of one picture."""
    own = str(picture.capture_id)
    if own not in {image.id for image in answer.source_images}:
        return Failed(
            picture.capture_id, duration_ms, FAULT, f"{picture.name} is missing from the answer of the service."
        )
    told = [each for each in answer.detections if str(each.get("source_image_id")) == own]
    try:
        found = [_found(Detected.model_validate(each)) for each in told]
    except ValidationError as error:
        message = f"{picture.name}: a box of the service's is not of the protocol ({first_complaint(error)})."
        return Failed(picture.capture_id, duration_ms, FAULT, message)
    return Processed(picture.capture_id, duration_ms, found)


def _found(said: Detected) -> Found:
    """One animal. Its label is its surest terminal classification, else its surest."""
    ranked = sorted(said.classifications, key=lambda each: (each.terminal, each.score))
    labels = tuple(Label(c.classification, c.score, c.algorithm.key, c.terminal) for c in said.classifications)
    label = ranked[-1].classification if ranked else NO_LABEL
    box = said.bbox
    return Found(box.x1, box.y1, box.x2, box.y2, NO_SCORE, label, said.algorithm.key, classifications=labels)


def _ms_since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
