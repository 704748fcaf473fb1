"""``acdcore bench``: measures, shows progress on standard error and tables on standard output, and writes files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from ..comparing import WRONG, in_turn, present, say_left_out, write_files
from ..contenders.base import Contender
from ..terminal import put, say
from .measure import Comparison, Plan, measure
from .report import NOTE, as_json, drawn, said_wrong


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
    say_left_out(err, missing)
    for table in in_turn("shape", plan.shapes, lambda shape, tell: measure(shape, plan, here, tell), err):
        comparison.tables.append(table)
        put(out, drawn(table))
        for line in said_wrong(table):
            out.print(Text(line, style="bold red"), soft_wrap=True)
        out.print()
        write_files(json_path, plot_path, lambda: as_json(comparison), lambda path: _draw(comparison, path))
    say(out, NOTE)
    say_left_out(out, missing)
    return WRONG if comparison.wrong else 0


def _draw(comparison: Comparison, path: Path) -> None:
    from .plot import draw  # matplotlib takes a second to import, and is an extra

    draw(comparison, path)
