"""What the benchmarks of tails, pathology and memory say alike: times, the quantiles of a tail, JSON."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from .run import Planned, Replayed, Tail

STDOUT: Final = Path("-")


def short_ns(ns: float) -> str:
    """Return a time with a unit and three digits: 812 ns, 1.43 µs, 35.8 ms."""
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if ns >= size:
            value = ns / size
            return f"{value:,.{2 if value < 10 else 1 if value < 100 else 0}f} {unit}"
    return f"{ns:.0f} ns"


def tail_cells(tail: Tail) -> tuple[str, ...]:
    """Return the quantiles as cells of :data:`TAIL_COLUMNS`."""
    return tuple(short_ns(ns) for ns in (tail.p50, tail.p99, tail.p999, tail.p9999, tail.max))


TAIL_COLUMNS: Final = ("p50", "p99", "p99.9", "p99.99", "max")


def replayed_rows(name: str, replayed: Replayed, machine: Tail, planned: Sequence[Planned]) -> list[Sequence[str]]:
    """Return the rows of one load: the program's own, as seen, the machine alone; then by planned times."""
    rows: list[Sequence[str]] = [
        (name, "own", *tail_cells(replayed.own)),
        ("", "as seen", *tail_cells(replayed.seen)),
        ("", "machine", *tail_cells(machine)),
    ]
    for plan in planned:
        rows.append((f"{plan.rate:,}/s", "own", *tail_cells(plan.own)))
        rows.append((f"{plan.busy:.0%} busy", "as seen", *tail_cells(plan.seen)))
        rows.append(("", "machine", *tail_cells(plan.machine)))
    return rows


def write_json(path: Path, found: Sequence[Any]) -> None:
    """Write what was found, dataclasses, as JSON to a file, or to standard output for ``-``. Raises OSError."""
    text = json.dumps([dataclasses.asdict(one) for one in found], indent=1)
    if path == STDOUT:
        sys.stdout.write(text + "\n")
    else:
        path.write_text(text + "\n", encoding="utf-8")
