"""How the figures of a report look: the house's type and colours, for paper and for both themes of the pages.

matplotlib draws them all, so that the page, PNG, SVG and PDF show the same figure, and a machine without a browser
makes them too. Its settings are global, so one figure is drawn at a time.
"""

import logging
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

Theme = Literal["light", "dark"]
FONT = Path(__file__).parents[2] / "assets" / "vendor" / "inter" / "inter-latin.woff2"
FAMILY = "Nightboard Inter"
WEIGHTS = {"regular": 400, "semibold": 600}
WIDTH = 7.2  # of a figure, inches: the text width of a page of A4
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1.5, 1.5)), (0, (6, 2, 1.5, 2)))

log = logging.getLogger(__name__)
_one_at_a_time = threading.RLock()


@dataclass(frozen=True)
class Look:
    """Colours by what they mean; `surface` is what a figure is seen on."""

    ink: str
    ink_2: str
    ink_3: str
    line: str
    surface: str
    accent: str
    done: str
    bad: str
    wait: str
    hold: str
    night: str
    series: tuple[str, ...]


LIGHT = Look(
    ink="#1a2030", ink_2="#4c5468", ink_3="#666d80", line="#d9d6ca", surface="#fffefb", accent="#3d49c4",
    done="#1a7767", bad="#c24a34", wait="#b9bfce", hold="#6a4fa3", night="#ecebf5",
    series=("#3d49c4", "#b5730b", "#1a7767", "#b3361f", "#6a4fa3", "#3b6f8f", "#7a6a3a"),
)  # fmt: skip
DARK = Look(
    ink="#e9ecf4", ink_2="#aab3c6", ink_3="#8a95ab", line="#2b3548", surface="#121824", accent="#9aa7ff",
    done="#5cc6b1", bad="#ff917a", wait="#56617a", hold="#bfa8f2", night="#1a2233",
    series=("#9aa7ff", "#f4bd58", "#5cc6b1", "#ff917a", "#bfa8f2", "#7fc4e8", "#d3c38a"),
)  # fmt: skip
PAPER = Look(**{**LIGHT.__dict__, "surface": "#ffffff"})


def look_of(theme: Theme) -> Look:
    return DARK if theme == "dark" else LIGHT


@contextmanager
def drawing(look: Look) -> Iterator[None]:
    """Draw, and save what is drawn, within this."""
    import matplotlib

    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # it tells of each letter that it looks for
    with _one_at_a_time, matplotlib.rc_context(_settings(look, _families())):
        yield


def _settings(look: Look, families: tuple[str, ...]) -> Any:
    return {
        "font.family": list(families),
        "font.size": 9,
        "axes.titlesize": 9.5,
        "axes.titleweight": "semibold",
        "axes.titlelocation": "left",
        "axes.labelsize": 8.5,
        "xtick.labelsize": 8,
        "ytick.labelsize": 8,
        "legend.fontsize": 8.5,
        "text.color": look.ink,
        "axes.titlecolor": look.ink,
        "axes.labelcolor": look.ink_2,
        "axes.edgecolor": look.line,
        "axes.facecolor": "none",
        "axes.grid": True,
        "axes.grid.axis": "y",
        "axes.axisbelow": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.spines.left": False,
        "grid.color": look.line,
        "grid.linewidth": 0.6,
        "xtick.color": look.ink_3,
        "ytick.color": look.ink_3,
        "xtick.major.size": 3,
        "ytick.major.size": 0,
        "figure.facecolor": look.surface,
        "savefig.facecolor": look.surface,
        "legend.frameon": False,
        "hatch.linewidth": 0.7,
        "svg.hashsalt": "nightboard",
        "svg.fonttype": "path",
        "pdf.fonttype": 42,
    }


@cache
def _families() -> tuple[str, ...]:
    """The house's type, unpacked for matplotlib; its own DejaVu Sans for letters beyond, or when that fails."""
    try:
        from matplotlib import font_manager

        for name, weight in WEIGHTS.items():
            font_manager.fontManager.addfont(_unpacked(name, weight))
    except (ImportError, OSError, KeyError, ValueError) as error:
        log.warning("reports are drawn in DejaVu Sans, as Inter could not be unpacked: %s", error)
        return ("DejaVu Sans",)
    return (FAMILY, "DejaVu Sans")


def _unpacked(name: str, weight: int) -> Path:
    """One weight of the type as a file of its own, kept in matplotlib's cache as it takes seconds to make."""
    import matplotlib
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    path = Path(matplotlib.get_cachedir()) / f"nightboard-{FONT.stat().st_size}-{name}.ttf"
    if path.exists():
        return path
    font = instancer.instantiateVariableFont(TTFont(FONT), {"wght": weight, "opsz": 14}, updateFontNames=False)
    font.flavor = None
    font["OS/2"].usWeightClass = weight
    names = {1: FAMILY, 3: f"{FAMILY} {name}", 4: f"{FAMILY} {name}", 6: f"NightboardInter-{name}", 16: FAMILY}
    for record in font["name"].names:
        record.string = names.get(record.nameID, record.toUnicode())  # SVG and PDF tell weights apart by name 6
    draft = path.with_suffix(f".{secrets.token_hex(4)}")
    font.save(draft)
    draft.replace(path)
    return path
