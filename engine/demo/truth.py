"""What was drawn: the ground truth of the demonstration, kept beside its captures."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

FILE_NAME = "truth.json"


@dataclass(frozen=True)
class DrawnAnimal:
    """One animal on one capture: who it is, and the box of its body and wings (x1, y1, x2, y2 in px, exclusive)."""

    animal: str
    box: tuple[int, int, int, int]


@dataclass(frozen=True)
class Failure:
    """When a station's camera took nothing: from its last capture to its next, in the station's local time."""

    station: str
    begins: datetime
    ends: datetime

    @property
    def length(self) -> timedelta:
        """How long nothing was captured."""
        return self.ends - self.begins


@dataclass(frozen=True)
class Truth:
    """The animals on each capture (by its path below the folder, with /), the failure, and the captures cut short."""

    captures: dict[str, tuple[DrawnAnimal, ...]]
    failure: Failure
    truncated: tuple[str, ...]

    @classmethod
    def load(cls, folder: Path) -> "Truth":
        """Read the truth of a drawn folder; raises FileNotFoundError where none was drawn."""
        stored = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
        failure = stored["failure"]
        return cls(
            captures={path: tuple(map(_animal, animals)) for path, animals in stored["captures"].items()},
            failure=Failure(failure["station"], *(datetime.fromisoformat(failure[key]) for key in ("begins", "ends"))),
            truncated=tuple(stored["truncated"]),
        )

    def save(self, folder: Path) -> None:
        """Write the truth beside the captures."""
        stored = {
            "captures": {
                path: [{"animal": animal.animal, "box": animal.box} for animal in animals]
                for path, animals in self.captures.items()
            },
            "failure": {
                "station": self.failure.station,
                "begins": self.failure.begins.isoformat(),
                "ends": self.failure.ends.isoformat(),
            },
            "truncated": self.truncated,
        }
        (folder / FILE_NAME).write_text(json.dumps(stored, indent=1), encoding="utf-8")


def _animal(stored: dict[str, Any]) -> DrawnAnimal:
    x1, y1, x2, y2 = stored["box"]
    return DrawnAnimal(stored["animal"], (x1, y1, x2, y2))
