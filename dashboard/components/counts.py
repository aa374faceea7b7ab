"""Counts for people: with a separator between the thousands, and the thing in its number."""


def counted(number: int, thing: str) -> str:
    """1 capture, 1,158 captures."""
    return f"{number:,} {thing if number == 1 else f'{thing}s'}"
