"""Whatever Chrome this machine has, told to talk to nobody."""

import os
import shutil
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class NoBrowser(RuntimeError):
    """There is no Chrome here; the sentence says how to get one."""


def executable() -> str:
    """The browser to use, $CHROME first. Raises NoBrowser when there is none."""
    found = os.environ.get("CHROME") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        own = sorted(Path("~/.cache/ms-playwright").expanduser().glob("chromium-*/chrome-linux*/chrome"))
        found = str(own[-1]) if own else None
    if found is None:
        raise NoBrowser(
            "There is no Chrome or Chromium here. Install one (Debian: apt install chromium; without root: "
            ".venv/bin/playwright install chromium), or set CHROME to its path."
        )
    return found
