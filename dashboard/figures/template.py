"""How every figure of the house looks, in dark and in light. The colours are those of assets/css/01-tokens.css."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, Literal

from plotly.graph_objects import Figure
from plotly.graph_objs.layout import Template

Theme = Literal["dark", "light"]


@dataclass(frozen=True)
class Palette:
    """Colours by what they mean."""

    ink: str
    ink_2: str
    ink_3: str
    line: str
    surface: str
    raised: str
    accent: str
    done: str
    done_soft: str
    run: str
    bad: str
    bad_soft: str
    wait: str
    hold: str
    hatch: str


LIGHT = Palette(
    ink="#1a2030", ink_2="#4c5468", ink_3="#666d80", line="#e1ded3", surface="#fffefb", raised="#ffffff",
    accent="#3d49c4", done="#1a7767", done_soft="#8fcfbf", run="#c98a1b", bad="#d9604a", bad_soft="#fae0d9",
    wait="#a3abc0", hold="#a994d6", hatch="rgba(26,32,48,0.34)",
)  # fmt: skip
DARK = Palette(
    ink="#e9ecf4", ink_2="#aab3c6", ink_3="#8a95ab", line="#222b3c", surface="#121824", raised="#1a2231",
    accent="#9aa7ff", done="#5cc6b1", done_soft="#23695f", run="#f4bd58", bad="#ff917a", bad_soft="#401d17",
    wait="#56617a", hold="#7a63b3", hatch="rgba(233,236,244,0.34)",
)  # fmt: skip
SANS = "Inter, system-ui, sans-serif"
STEPS_S = (
    *(1, 2, 5, 10, 15, 30),
    *(60 * minutes for minutes in (1, 2, 5, 10, 15, 30)),
    *(3600 * hours for hours in (1, 2, 3, 6, 12, 24, 48, 168)),
)  # between the ticks of a time axis


def palette(theme: Theme) -> Palette:
    return DARK if theme == "dark" else LIGHT


def styled(figure: Figure, theme: Theme, *, height: int = 260) -> Figure:
    """The figure with the house's type, colours and quiet axes; `height` in px. It is the same object."""
    figure.update_layout(template=_template(theme), height=height)
    return figure


def drawn(traces: Sequence[dict[str, Any]], layout: dict[str, Any], theme: Theme, *, height: int = 260) -> Figure:
    """A figure of these traces in the house's style, made at once; `height` in px.

    Plotly checks all that it is given, and what it has already once more with each thing that is added to it.
    """
    return Figure(list(traces), {"template": _template(theme), "height": height, **layout})


def between_ticks(span: timedelta, most: int) -> timedelta:
    """The least round time by which `most` ticks or fewer divide this span."""
    wanted = span.total_seconds() / most
    return timedelta(seconds=next((step for step in STEPS_S if step >= wanted), STEPS_S[-1]))


def whole_ticks(most: int) -> dict[str, Any]:
    """Ticks of an axis that counts up to `most`: whole numbers, and none of them twice."""
    return {"tickformat": ",d", **({"dtick": 1} if most < 5 else {})}


@cache
def _template(theme: Theme) -> Template:
    """What a figure has that says nothing else. Made once: plotly checks each word of it, which takes longer than all
    else of a figure.
    """
    colours = palette(theme)
    axis = {
        "gridcolor": colours.line,
        "linecolor": colours.line,
        "zeroline": False,
        "tickfont": {"color": colours.ink_3, "size": 11.5},
        "title": {"font": {"color": colours.ink_2, "size": 12}, "standoff": 8},
        "automargin": True,
        "fixedrange": True,
    }
    layout = {
        "font": {"family": SANS, "size": 12.5, "color": colours.ink},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "colorway": [colours.accent, colours.done, colours.run, colours.bad, colours.hold, colours.wait],
        "margin": {"l": 8, "r": 12, "t": 12, "b": 8},
        "hoverlabel": {
            "bgcolor": colours.raised,
            "bordercolor": colours.line,
            "font": {"family": SANS, "size": 12, "color": colours.ink},
        },
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": 1.02,
            "yanchor": "bottom",
            "font": {"size": 12, "color": colours.ink_2},
        },
        "bargap": 0.12,
        "hovermode": "x unified",
        "dragmode": False,
        # Unseen ticks keep its labels below the 0 of the other axis, beside which the first of them stands.
        "xaxis": axis | {"showgrid": False, "ticks": "outside", "ticklen": 7, "tickcolor": "rgba(0,0,0,0)"},
        "yaxis": axis | {"rangemode": "tozero"},
    }
    return Template(layout=layout)
