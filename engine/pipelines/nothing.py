"""A pipeline that finds nothing, at once or in a set time: the engine alone, claim, token, lease and commit."""

import time
from collections.abc import Iterator, Sequence
from typing import Any

from engine.pipelines.base import Outcome, Picture, Processed


class NothingPipeline:
    """`pace_ms` in its configuration is how long each capture takes it."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.pace_ms = float(config.get("pace_ms", 0))

    def process(self, pictures: Sequence[Picture]) -> Iterator[Outcome]:
        for picture in pictures:
            if self.pace_ms:
                time.sleep(self.pace_ms / 1000)
            yield Processed(picture.capture_id, self.pace_ms)
