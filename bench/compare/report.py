"""What a comparison found: as tables for people, and as JSON for programs."""

from __future__ import annotations

from typing import Any, Final

from rich.table import Table as Drawn
from rich.text import Text

from ..contenders.ceiling import FLAGS
from ..on_the_spot import SHARED, compiler
from ..surroundings import first_line, machine, versions
from .measure import Cell, Comparison, Table

BASE: Final = "acdcore, C level"
"""The contender that the others' times are divided by."""
UNITS: Final = ((1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns"))
NOTE: Final = (
    "an event: time of an arrival, a completion or an abandonment; median, then least and most of all rounds.\n"
    "ratio: to acdcore's C-level interface. result: hash of who got whom; of other numbers of events, it differs."
)


def significant(value: float) -> str:
    """Return a positive number with three digits at least."""
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def time_words(*ns: float) -> tuple[list[str], str]:
    """Return times in the unit that suits the first, three digits each, and that unit."""
    size, unit = next((size, unit) for size, unit in UNITS if ns[0] >= 10 * size or size == 1)
    return [significant(value / size) if size > 1 else f"{value:,.0f}" for value in ns], unit


def ratio(cell: Cell, base: Cell | None) -> str:
    """Return how many times the base's time a contender took."""
    return significant(cell.median / base.median) if base and base.ns else "-"


def drawn(table: Table) -> Drawn:
    """Return one shape's table, at most 80 columns wide."""
    shown = Drawn(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", title_justify="left")
    shown.title, shown.title_style = str(table.shape), "bold"
    for heading in ("contender", "an event", "min to max", "ratio", "events", "result"):
        shown.add_column(heading, justify="left" if heading == "contender" else "right", no_wrap=True)
    base = next((cell for cell in table.cells if cell.name == BASE), None)
    for cell in table.cells:
        if cell.wrong:
            continue
        [middle, least, most], unit = time_words(cell.median, min(cell.ns), max(cell.ns))
        shown.add_row(
            Text(cell.name, style="bold" if cell.name.startswith("acdcore") else ""),
            f"{middle} {unit}",
            f"{least} to {most}",
            ratio(cell, base),
            f"{cell.events:,}",
            cell.checksum[:8],
        )
    return shown


def said_wrong(table: Table) -> list[str]:
    """Return why contenders are not in a shape's table: what they did wrong, one line each."""
    return [f"not shown: {cell.name}: {cell.wrong}" for cell in table.cells if cell.wrong]


# ---------------------------------------------------------------------- JSON


def as_json(comparison: Comparison) -> dict[str, Any]:
    """Return everything that was measured, every round of it, and on what; times in nanoseconds an event."""
    return {
        "machine": machine(),
        "versions": versions(),
        "compiler": {"program": first_line(*compiler(), "--version"), "flags": " ".join((*SHARED, *FLAGS))},
        "events": comparison.plan.events,
        "rounds": comparison.plan.rounds,
        "missing": comparison.missing,
        "shapes": [_table_json(table) for table in comparison.tables],
    }


def _table_json(table: Table) -> dict[str, Any]:
    shape = table.shape
    return {
        "agents": shape.agents,
        "profiles": shape.profiles,
        "waiting": shape.waiting,
        "seed": shape.seed,
        "expected": {str(count): digits for count, digits in table.expected.items()},
        "contenders": [_cell_json(cell) for cell in table.cells],
    }


def _cell_json(cell: Cell) -> dict[str, Any]:
    if cell.wrong:
        return {"name": cell.name, "wrong": cell.wrong}
    figures = {"ns_median": cell.median, "ns_min": min(cell.ns), "ns_max": max(cell.ns), "ns_rounds": cell.ns}
    return {"name": cell.name, "events": cell.events, "checksum": cell.checksum, **figures}
