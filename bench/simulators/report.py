"""``acdcore bench --simulators``: measures, and shows what was found as tables, as JSON and as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table as Drawn
from rich.text import Text

from ..compare.report import significant
from ..comparing import WRONG, in_turn, present, say_left_out, write_files
from ..on_the_spot import SHARED, compiler
from ..surroundings import first_line, machine, versions
from ..terminal import put, say
from .base import Contender
from .check import LEVEL, MAIN, MEAN_WAIT_S, Figure, most_errors
from .contest import Cell, Contest, Plan, Table, measure
from .growth import TIMES

BASE: Final = "C++, plain"
"""The contender whose speed the others' are shares of."""
SLOW: Final = ("SimPy", "SimPy, careful")
"""The contender whose speed the others' are multiples of: the first of these that there is."""
PACKAGES: Final = ("simpy", "ciw", "cimba", "numba")
SHOWN: Final = MAIN[:4]
NOTE: Final = (
    "customers/s: of CPU time, the median of all rounds; spread: half of the most\n"
    f"minus the least, of the median; of C++: share of '{BASE}'; x SimPy: times as\n"
    "fast as SimPy used as its documentation shows (where that can be, else with more\n"
    "care: patience is armed by those who must wait only); customers: of a round,\n"
    "fewer of whoever is slow; result: hash of what became of everybody.\n"
    "Figures are of all customers after a warm-up. Random numbers differ, and so do\n"
    "results; shown is who agrees with theory, where there is one, and with the\n"
    f"others, within joint intervals of {LEVEL:.1%} (printed: those of one figure)."
)
GREW_NOTE: Final = f"memory: growth of the peak by a run {TIMES} times as long, of {{}} customers."


def drawn(table: Table) -> Drawn:
    """Return how fast everybody is, at most 80 columns wide."""
    shown = _table(table.model.name)
    headings = ["contender", "customers/s", "spread", "of C++", "x SimPy", "customers", "memory", "result"]
    right = [cell for cell in table.cells if not cell.wrong]
    measured = any(cell.grew is not None for cell in right)
    if not measured:
        headings.remove("memory")
    for heading in headings:
        shown.add_column(heading, justify="left" if heading == "contender" else "right", no_wrap=True)
    speeds = {cell.name: cell.median for cell in right}
    slow = next((name for name in SLOW if name in speeds), SLOW[0])
    for cell in right:
        spread = (max(cell.per_s) - min(cell.per_s)) / 2 / cell.median
        shares = [cell.median / speeds[name] if name in speeds else None for name in (BASE, slow)]
        row = [
            f"{cell.median:,.0f}",
            f"{spread:.0%}",
            *("-" if share is None else significant(share) for share in shares),
            f"{cell.customers:,}",
            *([megabytes(cell.grew)] if measured else []),
            cell.checksum[:8],
        ]
        shown.add_row(Text(cell.name, style="bold" if cell.name.startswith("acdcore") else ""), *row)
    return shown


def drawn_figures(table: Table) -> Drawn:
    """Return what everybody found, at most 80 columns wide, and what theory says."""
    shown = _table("")
    for heading in ("contender", *SHOWN):
        shown.add_column(heading, justify="left" if heading == "contender" else "right", no_wrap=True)
    if table.exact:
        exact = [words(name, Figure(table.exact[name], 0.0)) if name in table.exact else "-" for name in SHOWN]
        shown.add_row(Text("theory", style="italic"), *exact)
    for cell in table.cells:
        if cell.figures:
            shown.add_row(
                Text(cell.name + (" (wrong)" if cell.wrong else "")),
                *(words(name, cell.figures[name]) for name in SHOWN),
            )
    return shown


def words(name: str, figure: Figure) -> str:
    """Return a figure with half the width of its interval; shares in percent."""
    factor, unit = (1.0, "") if name == MEAN_WAIT_S else (100.0, " %")
    half = most_errors(1) * figure.error * factor
    return f"{figure.value * factor:.2f}{f' ± {half:.2f}' if half else ''}{unit}"


def megabytes(grew: int | None) -> str:
    """Return by how much memory grew."""
    return "-" if grew is None else f"+{grew / 1e6:,.1f} MB"


def said_wrong(table: Table) -> list[str]:
    """Return why contenders are not in a model's table, one line each."""
    return [
        *(f"not shown: {cell.name}: {cell.wrong}" for cell in table.cells if cell.wrong),
        *(f"cannot: {name}: {why}" for name, why in table.cannot.items()),
    ]


def _table(title: str) -> Drawn:
    shown = Drawn(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold", title_justify="left")
    shown.title, shown.title_style = title, "bold"
    return shown


# ---------------------------------------------------------------------- JSON


def as_json(contest: Contest) -> dict[str, Any]:
    """Return everything that was measured, every round of it, and on what; speeds in customers a second."""
    return {
        "machine": machine(),
        "versions": versions(*PACKAGES),
        "compiler": {"program": first_line(*compiler(), "--version"), "flags": " ".join(SHARED)},
        "rounds": contest.plan.rounds,
        "memory_customers": [contest.plan.growth, TIMES * contest.plan.growth],
        "missing": contest.missing,
        "models": [
            {
                **asdict(table.model),
                "exact": dict(table.exact),
                "cannot": table.cannot,
                "contenders": [_cell_json(cell) for cell in table.cells],
            }
            for table in contest.tables
        ],
    }


def _cell_json(cell: Cell) -> dict[str, Any]:
    found = {name: {"value": figure.value, "error": figure.error} for name, figure in cell.figures.items()}
    if cell.wrong:
        return {"name": cell.name, "wrong": cell.wrong, "figures": found}
    speeds = {"per_s_median": cell.median, "per_s_rounds": cell.per_s}
    memory = {"memory_grew_bytes": cell.grew}
    checked = {"customers": cell.customers, "checksum": cell.checksum}
    return {"name": cell.name, **checked, **speeds, **memory, "figures": found}


# ---------------------------------------------------------------------- the command


def run_contest(
    plan: Plan,
    contenders: Sequence[type[Contender]],
    *,
    out: Console,
    err: Console,
    json_path: Path | None = None,
    plot_path: Path | None = None,
) -> int:
    """Measure and print; return 0, or 1 when somebody's figures are ruled out or somebody failed.

    Files are written after every model, so that an interrupted run leaves what it had. Raises OSError when
    one cannot be written, ValueError for a kind of picture that cannot be made.
    """
    here, missing = present(contenders)
    contest = Contest(plan, missing=missing)
    say_left_out(err, missing)
    for table in in_turn("model", plan.models, lambda model, tell: measure(model, plan, here, tell), err):
        contest.tables.append(table)
        put(out, drawn(table))
        for line in said_wrong(table):
            say(out, line, "bold red" if line.startswith("not") else "")
        out.print()
        put(out, drawn_figures(table))
        out.print()
        write_files(json_path, plot_path, lambda: as_json(contest), lambda path: _draw(contest, path))
    say(out, NOTE)
    if plan.growth:
        say(out, GREW_NOTE.format(f"{TIMES * plan.growth:,}"))
    say_left_out(out, missing)
    return WRONG if contest.wrong else 0


def _draw(contest: Contest, path: Path) -> None:
    from .plot import draw  # matplotlib takes a second to import, and is an extra

    draw(contest, path)
