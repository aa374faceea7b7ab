"""The built-in pipeline: OpenCV finds what stands out from the lit sheet and calls it an arthropod, never a species."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.pipelines import detector, quality
from engine.pipelines.base import Failed, Found, Outcome, Picture, Processed

ALGORITHM = "embedded-contrast-detector"
LABEL = "arthropod"


def parameters() -> dict[str, Any]:
    """What a result of this pipeline depends on, apart from the capture."""
    return asdict(detector.Parameters())


def mask_of(picture: Picture, shape: tuple[int, ...]) -> NDArray[np.uint8] | None:
    """The station's mask zones as an image, 255 where not to look; None when it has none."""
    if not picture.mask_zones:
        return None
    mask = np.zeros(shape[:2], np.uint8)
    for x1, y1, x2, y2 in picture.mask_zones:
        mask[int(y1) : int(y2), int(x1) : int(x2)] = 255
    return mask


class EmbeddedPipeline:
    """Runs the detector on one capture after another, on one thread."""

    def __init__(self, config: dict[str, Any]) -> None:
        cv2.setNumThreads(1)
        self.parameters = detector.Parameters(**config)

    def process(self, pictures: Sequence[Picture]) -> Iterator[Outcome]:
        for picture in pictures:
            started = time.perf_counter()
            try:
                image = detector.read_capture(picture.path)
            except detector.UnreadableCapture as error:
                yield Failed(picture.capture_id, _ms_since(started), error.kind, str(error))
                continue
            found = self._look(picture, image)
            seen = quality.measure(image)
            duration = _ms_since(started)
            size = image.shape[1], image.shape[0]
            yield Processed(picture.capture_id, duration, found, seen.brightness, seen.sharpness, seen.flags, size)

    def _look(self, picture: Picture, image: NDArray[np.uint8]) -> list[Found]:
        animals = detector.detect(image, self.parameters, mask_of(picture, image.shape))
        return [
            Found(a.x1, a.y1, a.x2, a.y2, a.score, LABEL, ALGORITHM, a.area_px, a.sharpness, length_px=a.length_px)
            for a in animals
        ]


def _ms_since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
