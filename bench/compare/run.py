"""``acdcore bench``: measures, shows progress on standard error and tables on standard output, and writes files."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from ..contenders.base import Contender
from .measure import Comparison, Plan, Tell, measure, present
from .report import NOTE, as_json, drawn, said_wrong

T = TypeVar("T")
WRONG: int = 1
"""The exit code when somebody did not do the job."""


def run_comparison(
    plan: Plan,
    contenders: Sequence[type[Contender]],
    *,
    out: Console,
    err: Console,
    json_path: Path | None = None,
    plot_path: Path | None = None,
) -> int:
    """Measure and print; return 0, or 1 when a contender's results differ or it failed.

    Files are written after every shape, so that an interrupted run leaves what it had. Raises OSError when
    one cannot be written, ValueError for a kind of picture that cannot be made.
    """
    here, missing = present(contenders)
    comparison = Comparison(plan, missing=missing)
    for name, why in missing.items():
        err.print(Text(f"left out: {name}: {why}"), soft_wrap=True)
    for number, shape in enumerate(plan.shapes, 1):
        place = f"shape {number} of {len(plan.shapes)}"
        table = shown(err, place, shape, partial(measure, shape, plan, here))
        comparison.tables.append(table)
        out.print(drawn(table))
        for line in said_wrong(table):
            out.print(Text(line, style="bold red"), soft_wrap=True)
        out.print()
        _write(comparison, json_path, plot_path)
    out.print(Text(NOTE))
    for name, why in missing.items():
        out.print(Text(f"left out: {name}: {why}"), soft_wrap=True)
    return WRONG if comparison.wrong else 0


def shown(err: Console, place: str, what: object, work: Callable[[Tell], T]) -> T:
    """Do something that takes a while, under a line that shows how far it is and goes away.

    ``work`` is given what to tell: what it does, how many steps are done, and of how many.
    """
    columns = (BarColumn(12), TaskProgressColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    if not err.is_terminal:
        err.print(Text(f"{place}: {what}"), soft_wrap=True)
        return work(lambda *_: None)
    # Drawn between rounds only: a thread that draws would take its share of what is timed.
    with Progress(*columns, console=err, transient=True, auto_refresh=False) as progress:
        task = progress.add_task(place, total=None)

        def tell(doing: str, done: int, steps: int) -> None:
            progress.update(task, description=f"{place}, {doing}", completed=done, total=steps, refresh=True)

        return work(tell)


def _write(comparison: Comparison, json_path: Path | None, plot_path: Path | None) -> None:
    if json_path is not None:
        json_path.write_text(json.dumps(as_json(comparison), indent=1) + "\n", encoding="utf-8")
    if plot_path is not None:
        from .plot import draw

        draw(comparison, plot_path)
