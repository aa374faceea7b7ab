"""The head of a page."""

from dash import dcc, html

from dashboard.components.header import page_header


def test_a_slash_stands_between_two_pages_and_after_none() -> None:
    head = page_header("22:05:00", crumbs=[("Nights", "/"), ("Panama", "/night/3")]).to_plotly_json()
    path = head["props"]["children"][0].children[0].children
    assert [type(part) for part in path] == [dcc.Link, html.Span, dcc.Link]
    assert [part.children for part in path] == ["Nights", "/", "Panama"]
