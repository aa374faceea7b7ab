"""A sentence that comes up in the corner and goes again."""

from typing import Literal
from uuid import uuid4


def say(kind: Literal["good", "bad", "info"], sentence: str) -> dict[str, str]:
    """Data for the store TOAST; two alike after each other are both shown."""
    return {"kind": kind, "sentence": sentence, "id": uuid4().hex}
