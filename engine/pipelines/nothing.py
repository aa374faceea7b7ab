"""A pipeline that finds nothing, at once. It measures the engine alone: claim, token, lease and commit."""

from collections.abc import Iterator, Sequence
from typing import Any

from engine.pipelines.base import Outcome, Picture, Processed


class NothingPipeline:
    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config

    def process(self, pictures: Sequence[Picture]) -> Iterator[Outcome]:
        for picture in pictures:
            yield Processed(picture.capture_id, 0.0)
