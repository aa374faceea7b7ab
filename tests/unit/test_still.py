"""What stands still on a page comes as HTML, and says the same as its components would."""

import pytest
from dash import dcc, html

from dashboard.components.still import MARKUP, asks, drawn, markup, still


def test_components_become_html_with_the_browsers_own_names() -> None:
    cell = html.Td([html.Span("120", className="count"), None, 7], colSpan=2, tabIndex="0", **{"data-row": "3"})
    assert markup(cell) == '<td colspan="2" tabindex="0" data-row="3"><span class="count">120</span>7</td>'


def test_a_style_is_written_as_css() -> None:
    picture = html.Img(alt="", src="/pictures/small/1", style={"aspectRatio": "4 / 3", "--nights": "5"})
    assert markup(picture) == '<img alt="" src="/pictures/small/1" style="aspect-ratio: 4 / 3; --nights: 5">'


def test_a_link_goes_as_the_house_s_own_links_do() -> None:
    assert markup(dcc.Link("Night", href="/night/1?a=b&c=d")) == '<a data-go="" href="/night/1?a=b&amp;c=d">Night</a>'


def test_words_and_attributes_cannot_become_markup() -> None:
    assert markup(html.B("<script>", title='"><i>')) == '<b title="&#34;&gt;&lt;i&gt;">&lt;script&gt;</b>'


@pytest.mark.parametrize("part", [html.Div(html.Button("Go")), dcc.Store(id="kept"), html.Span("3", id="count")])
def test_what_a_callback_reads_is_refused(part: object) -> None:
    with pytest.raises(ValueError, match="is for callbacks"):
        markup(part)  # type: ignore[arg-type]


def test_a_button_that_fills_a_store_may_stand_still() -> None:
    written = markup(html.Button("Stop", type="button", **asks("asked", name="worker-1")))
    assert 'data-asks="asked"' in written
    assert 'data-what="{&#34;name&#34;: &#34;worker-1&#34;}"' in written
    assert written.endswith(">Stop</button>")


def test_a_button_has_its_words_as_html() -> None:
    button = html.Button(id="go", **drawn(html.I(className="icon"), "Go & see"))
    props = button.to_plotly_json()["props"]
    assert (props["id"], props[MARKUP]) == ("go", '<i class="icon"></i>Go &amp; see')


def test_what_is_still_within_it_is_written_once() -> None:
    inner = still(html.B("<1>"))
    assert inner.to_plotly_json()["props"][MARKUP] == "<b>&lt;1&gt;</b>"
    assert markup(html.Div(inner)) == '<div><div class="still"><b>&lt;1&gt;</b></div></div>'
