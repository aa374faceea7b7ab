"""Fields for numbers, which send what was typed. The browser's own kind keeps what it holds for wrong to itself."""

import re
from typing import Any

from dash import dcc
from dash.development.base_component import Component


def number_field(
    name: str | dict[Any, Any],
    value: float | str | None,
    placeholder: str = "",
    *,
    is_whole: bool = True,
    debounce: bool = False,
) -> Component:
    """A field whose text `whole` or `real` reads, so that the sentence about a wrong one can stand at it."""
    keys: Any = "numeric" if is_whole else "decimal"  # of a phone; Dash's annotation leaves out the second
    return dcc.Input(
        id=name,
        type="text",
        inputMode=keys,
        value="" if value is None else value if isinstance(value, str) else f"{value:.15g}",
        placeholder=placeholder,
        className="field",
        autoComplete="off",
        maxLength=40,
        debounce=debounce,
    )


def whole(typed: Any) -> int | None:
    """The whole number that was typed, None for nothing. Raises ValueError for anything else."""
    text = _plain(typed)
    if text and not re.fullmatch(r"[+-]?\d{1,18}", text):
        raise ValueError(f"{text} is no whole number")
    return int(text) if text else None


def real(typed: Any) -> float | None:
    """The number that was typed, with a point or a comma; None for nothing. Raises ValueError for anything else."""
    text = _plain(typed).replace(",", ".")
    if text and not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", text):
        raise ValueError(f"{text} is no number")
    if not text:
        return None
    return float(text) if "." in text else int(text)


def real_or_text(typed: Any) -> float | str | None:
    """What `real` reads, or the text where it is no number, for whoever judges it to refuse."""
    try:
        return real(typed)
    except ValueError:
        return str(typed)


def _plain(typed: Any) -> str:
    return "" if typed is None else str(typed).strip().replace("\N{MINUS SIGN}", "-")
