"""What was typed into a field for a number."""

from typing import Any

import pytest

from dashboard.components.numbers import real, whole


@pytest.mark.parametrize(("typed", "read"), [(None, None), (" ", None), (5, 5), (" 12 ", 12), ("−3", -3), ("+4", 4)])
def test_a_whole_number_is_read(typed: Any, read: int | None) -> None:
    assert whole(typed) == read


@pytest.mark.parametrize("typed", ["1.5", "1,5", "1e3", "five", "1 000", "9" * 19, "-"])
def test_what_is_no_whole_number_is_not_guessed_at(typed: str) -> None:
    with pytest.raises(ValueError, match="no whole number"):
        whole(typed)


@pytest.mark.parametrize(("typed", "read"), [("", None), (55.5, 55.5), ("55,5", 55.5), ("-.5", -0.5), ("7.", 7.0)])
def test_a_number_is_read_with_a_point_or_a_comma(typed: Any, read: float | None) -> None:
    assert real(typed) == read


@pytest.mark.parametrize("typed", ["1.2.3", "1e3", "north", ".", "nan", "inf"])
def test_what_is_no_number_is_not_guessed_at(typed: str) -> None:
    with pytest.raises(ValueError, match="no number"):
        real(typed)
