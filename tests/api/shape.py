"""Comparing an answer with a real one: the same names in the same order with the same types, and ours behind them."""

from typing import Any


def differences(real: Any, ours: Any, at: str = "answer") -> list[str]:
    """Where `ours` is shaped unlike `real`. Null and an empty list say nothing about what else could stand there."""
    if real is None or ours is None:
        return []
    match real, ours:
        case dict(), dict():
            return _of_objects(real, ours, at)
        case list(), list():
            return differences(real[0], ours[0], f"{at}[0]") if real and ours else []
        case bool(), _:
            return [] if isinstance(ours, bool) else [_unlike(real, ours, at)]
        case int() | float(), int() | float():
            return []
        case _:
            return [] if type(real) is type(ours) else [_unlike(real, ours, at)]


def _of_objects(real: dict[str, Any], ours: dict[str, Any], at: str) -> list[str]:
    names = list(ours)[: len(real)]
    if names != list(real):
        return [f"{at} has {names}, not {list(real)}"]
    # The value of a param is a text before it is known and a number then.
    names = [name for name in names if name != "value"]
    return [found for name in names for found in differences(real[name], ours[name], f"{at}.{name}")]


def _unlike(real: Any, ours: Any, at: str) -> str:
    return f"{at} is {ours!r}, not a {type(real).__name__} as {real!r}"
