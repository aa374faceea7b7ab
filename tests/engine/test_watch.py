"""A shift that hangs ends by itself, whether it holds a claim or waits for one."""

import subprocess
import sys

from engine.watch import EXIT_HUNG

HANGS = """
import threading
from engine import watch
from models.store import Store

watch.LONGEST_REST_S = 0.5
watch.Watch(Store("sqlite://"), threading.Event()).start()
threading.Event().wait()
"""


def test_a_shift_that_hangs_before_its_first_claim_ends_by_itself() -> None:
    assert subprocess.run([sys.executable, "-c", HANGS], timeout=60, check=False).returncode == EXIT_HUNG
