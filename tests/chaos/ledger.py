"""What the chaos run found: for each fault, how often it was tried and what became of it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

HEAD = ("fault", "database", "tried", "recovered", "longest recovery", "lost", "doubled")


@dataclass
class Entry:
    """One fault on one database. Recovery is from the end of the fault to the end of all work, in s."""

    tried: int = 0
    recoveries: list[float] = field(default_factory=list)
    lost: int = 0
    doubled: int = 0


class Ledger:
    """Entries by (fault, database), in the order in which they were first tried."""

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], Entry] = {}

    def of(self, fault: str, database: str) -> Entry:
        return self.entries.setdefault((fault, database), Entry())

    def dump(self) -> list[Any]:
        """The entries as plain values, for another process."""
        return [[*key, asdict(entry)] for key, entry in self.entries.items()]

    def load(self, dumped: Iterable[Any]) -> None:
        """Take in what another process found; no fault is tried on one database in two processes."""
        for fault, database, entry in dumped:
            self.entries[fault, database] = Entry(**entry)

    def table(self) -> list[str]:
        """The ledger as lines of text, a head and one for each fault and database."""
        rows: list[tuple[str, ...]] = [HEAD]
        for (fault, database), entry in sorted(self.entries.items()):
            longest = f"{max(entry.recoveries):.1f} s" if entry.recoveries else "–"
            counts = (entry.tried, len(entry.recoveries), longest, entry.lost, entry.doubled)
            rows.append((fault, database, *map(str, counts)))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
