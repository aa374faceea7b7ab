"""`make bench`: each benchmark, or those named in ARGS, and at the end one table of all their figures.

    make bench                              all
    make bench ARGS=engine                  those of the engine
    make bench ARGS="engine pick-up"        one of them; the group's name may be left out

Ratios are of one run on one machine. What a benchmark measures is said by its docstring, which is printed with it.
"""

import inspect
import sys
from collections.abc import Callable, Sequence

from tests.bench import answers, api, boards, captures, cold, crowd, engine, memory, pages, quality, queues, throughput
from tests.bench.figures import Figure, markdown, plain

Benchmark = Callable[[], list[Figure]]
GROUPS: dict[str, dict[str, Benchmark]] = {
    "detector": {"quality": quality.figures},
    "engine": {
        "throughput": throughput.figures,
        "nothing": queues.figures,
        "size": engine.size,
        "postgresql": engine.postgresql,
        "pick-up": answers.pick_up,
        "answers": answers.answers,
        "memory": memory.figures,
        "crowd": crowd.figures,
    },
    "lab": {"api": api.figures, "captures": captures.figures},
    "dashboard": {
        "pages": pages.figures,
        "open-pages": pages.open_pages,
        "cold": cold.figures,
        "boards": boards.figures,
    },
}


def chosen(names: Sequence[str]) -> dict[str, Benchmark]:
    """The benchmarks of these names, or all. A group means all of its own, unless one of them is named as well."""
    known = {name: benchmark for group in GROUPS.values() for name, benchmark in group.items()}
    if unknown := sorted(set(names) - set(known) - set(GROUPS)):
        sys.exit(f"There is no benchmark {', '.join(unknown)}; there are {', '.join([*GROUPS, *known])}.")
    whole = [group for group in names if group in GROUPS and not set(names) & set(GROUPS[group])]
    wanted = {*names, *(name for group in whole for name in GROUPS[group])}
    return {name: benchmark for name, benchmark in known.items() if not names or name in wanted}


def main(names: Sequence[str]) -> None:
    """Run them one after another and print what each found, then everything as a table for the README."""
    found = []
    for name, benchmark in chosen(names).items():
        print(f"\n== {name}\n{inspect.getdoc(benchmark)}\n", flush=True)
        rows = benchmark()
        print(plain(rows), flush=True)
        found += rows
    print(f"\n== table\n\n{markdown(found)}")


if __name__ == "__main__":
    main(sys.argv[1:])
