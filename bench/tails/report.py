"""What the benchmarks of tails, pathology and memory print: tables of 80 columns, progress on standard error, JSON."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from .run import Planned, Replayed, Tail

WIDTH: Final = 80
Column = tuple[str, str]
"""A heading and "left" or "right"."""


def console() -> Console:
    """Return the console for results: 80 columns, wherever it goes."""
    return Console(width=WIDTH, highlight=False, emoji=False)


def say(to: Console, text: str, style: str = "") -> None:
    """Print a paragraph."""
    show(to, Text(text, style=style))


def show(to: Console, what: Text | Table) -> None:
    """Print; what is not a terminal gets no blanks at the ends of lines."""
    if to.is_terminal:
        to.print(what)
        return
    with to.capture() as capture:
        to.print(what)
    for line in capture.get().splitlines():
        to.print(Text(line.rstrip()), soft_wrap=True)


def table(title: str, columns: Sequence[Column], rows: Sequence[Sequence[str] | None]) -> Table:
    """Return a table; a row that is None stands for a rule."""
    drawn = Table(
        box=SIMPLE_HEAD, pad_edge=False, title_justify="left", title_style="bold", title=title, padding=(0, 1)
    )
    for heading, justify in columns:
        drawn.add_column(heading, justify="right" if justify == "right" else "left", overflow="fold")
    for row in rows:
        if row is None:
            drawn.add_section()
        else:
            drawn.add_row(*row)
    return drawn


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


TAIL_COLUMNS: Final = tuple((heading, "right") for heading in ("p50", "p99", "p99.9", "p99.99", "max"))


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


@contextmanager
def progress(what: str, total: int) -> Iterator[Progress]:
    """Show on standard error, if it is a terminal, how far it is."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    to = Console(stderr=True)
    with Progress(*columns, console=to, transient=True, disable=not to.is_terminal) as bar:
        bar.add_task(what, total=total)
        yield bar


def step(bar: Progress, what: str = "") -> None:
    """Go one step further; say what comes next."""
    task = bar.tasks[0]
    bar.update(task.id, advance=1, description=what or task.description)


def write_json(path: str, results: Sequence[Any]) -> None:
    """Write results, dataclasses, as JSON to a file, or to standard output for ``-``."""
    text = json.dumps([dataclasses.asdict(one) for one in results], indent=1)
    if path == "-":
        sys.stdout.write(text + "\n")
    else:
        Path(path).write_text(text + "\n", encoding="utf-8")
