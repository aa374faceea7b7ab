"""`make bench`: prints each benchmark, or those named as arguments. Ratios are of one run on one machine."""

import sys
from collections.abc import Callable

from tests.bench import api, captures, engine, quality, throughput

BENCHMARKS: dict[str, tuple[str, Callable[[], str]]] = {
    "quality": (
        "Detections on the hand-drawn boxes, at IoU 0.5",
        lambda: quality.table(quality.measure(quality.captures_folder())),
    ),
    "throughput": ("Images/s, medians of five interleaved runs", lambda: throughput.table(throughput.measure())),
    "api": ("The API on a million jobs", api.table),
    "captures": ("100,000 captures on SQLite", captures.table),
    "engine": ("The engine with a pipeline that does nothing", engine.table),
}


def main(names: list[str]) -> None:
    """Run the benchmarks of these names, or all."""
    for name in names or list(BENCHMARKS):
        title, run = BENCHMARKS[name]
        print(f"\n== {name}: {title}\n{run()}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
