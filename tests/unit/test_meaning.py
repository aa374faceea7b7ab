"""What the numbers mean stands in the README word for word as on the page and in the printed report."""

from pathlib import Path

import pytest

from engine.reports.meaning import MEANING

README = " ".join((Path(__file__).parents[2] / "README.md").read_text().split())


@pytest.mark.parametrize(("title", "text"), MEANING, ids=[title for title, _ in MEANING])
def test_the_readme_says_the_same(title: str, text: str) -> None:
    assert f"### {title} {text}" in README
