"""Attributes that Dash's components take only by their HTML names."""

from typing import Any


def aria(**told: str | None) -> dict[str, Any]:
    """`aria(label="Nights")` as {"aria-label": "Nights"}; None is left out."""
    return {f"aria-{key}": value for key, value in told.items() if value is not None}


def data(**told: str | None) -> dict[str, Any]:
    """`data(phase="idle")` as {"data-phase": "idle"}; underscores become dashes, None is left out."""
    return {f"data-{key.replace('_', '-')}": value for key, value in told.items() if value is not None}
