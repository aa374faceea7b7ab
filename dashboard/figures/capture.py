"""Where boxes lie on a picture that is shown at any size: pure arithmetic in percent."""

from collections.abc import Sequence
from dataclasses import dataclass

from models.queries.captures import Box

MARGIN = 0.35  # of a box's longer side, around it in its close-up


@dataclass(frozen=True)
class Place:
    """A rectangle in percent of the picture's width and height."""

    left: float
    top: float
    width: float
    height: float


def places(boxes: Sequence[Box], width: int, height: int) -> list[Place]:
    """Where each box lies on a picture of `width` × `height` px; a box that leaves the picture is cut at its edge."""
    return [_place(box.x1, box.y1, box.x2, box.y2, width, height) for box in boxes]


def close_up(box: Box, width: int, height: int) -> Place:
    """The square around a box with some margin, moved inside the picture; its sides in percent of the picture's own."""
    side = min(max(box.x2 - box.x1, box.y2 - box.y1) * (1 + 2 * MARGIN), width, height)
    left = min(max((box.x1 + box.x2 - side) / 2, 0), width - side)
    top = min(max((box.y1 + box.y2 - side) / 2, 0), height - side)
    return Place(left / width * 100, top / height * 100, side / width * 100, side / height * 100)


def background_of(place: Place) -> dict[str, str]:
    """CSS that shows only this part of a picture as the background of an element of the same shape."""
    across = place.left / (100 - place.width) * 100 if place.width < 100 else 0.0
    down = place.top / (100 - place.height) * 100 if place.height < 100 else 0.0
    return {
        "backgroundSize": f"{10000 / place.width:.2f}% {10000 / place.height:.2f}%",
        "backgroundPosition": f"{across:.3f}% {down:.3f}%",
    }


def _place(x1: float, y1: float, x2: float, y2: float, width: int, height: int) -> Place:
    left, right = (min(max(x, 0), width) / width * 100 for x in (x1, x2))
    top, bottom = (min(max(y, 0), height) / height * 100 for y in (y1, y2))
    return Place(left, top, right - left, bottom - top)
