"""A picture of a comparison: time an event against how large the center is, both on logarithmic scales."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, NullLocator

from ..colors import FAMILIES, INK
from .measure import Comparison, Table
from .report import UNITS

MARKERS: Final = "osD^vPX<>*pd"
"""One a contender."""


def draw(comparison: Comparison, path: Path) -> None:
    """Draw time against agents and against how many wait, and save it: PNG, SVG or whatever the file's name says.

    Each panel has the shapes that differ in nothing else, and is left out when there is only one. Raises
    ValueError for a kind of file that cannot be made, OSError when it cannot be written.
    """
    panels = [
        ("agents", lambda table: table.shape.agents, lambda table: (table.shape.waiting, table.shape.profiles)),
        ("waiting", lambda table: table.shape.waiting, lambda table: (table.shape.agents, table.shape.profiles)),
    ]
    planes = [(what, size, largest_plane(comparison.tables, size, rest)) for what, size, rest in panels]
    several = [plane for plane in planes if len(plane[2]) > 1] or planes[:1]
    names = list(dict.fromkeys(cell.name for table in comparison.tables for cell in table.cells))
    looks = styles(names)
    figure = Figure(figsize=(9.6 if len(several) > 1 else 5.6, 5.6), layout="constrained")
    axes = figure.subplots(1, len(several), sharey=True, squeeze=False)[0]
    for place, (axis, (what, size, tables)) in enumerate(zip(axes, several, strict=True)):
        panel(axis, tables, size, looks)
        axis.set_xlabel(caption(what, tables[0]), color=INK)
        if place == 0:
            axis.set_ylabel("time an event, median of all rounds", color=INK)
    shown = [Line2D([], [], **looks[name]) for name in names]  # without the bars of least and most
    figure.legend(shown, names, loc="outside lower center", ncols=3 if len(several) > 1 else 2, frameon=False)
    figure.savefig(path, dpi=150)


def largest_plane(
    tables: list[Table], size: Callable[[Table], int], rest: Callable[[Table], tuple[int, int]]
) -> list[Table]:
    """Return the tables that are alike in the rest, ascending by size: of such lists the longest."""
    planes: dict[tuple[int, int], dict[int, Table]] = {}
    for table in tables:
        planes.setdefault(rest(table), {})[size(table)] = table
    longest = max(planes.values(), key=len)
    return [longest[count] for count in sorted(longest)]


def caption(what: str, table: Table) -> str:
    """Return what a horizontal axis shows, and what is the same in all of its points."""
    shape = table.shape
    sets = f"of {shape.profiles} profiles" if shape.profiles else "all distinct"
    if what == "agents":
        return f"agents, {sets}; {shape.waiting:,} waiting"
    return f"interactions waiting; {shape.agents:,} agents, {sets}"


def panel(axis: Axes, tables: list[Table], size: Callable[[Table], int], looks: dict[str, dict[str, Any]]) -> None:
    """Draw one panel: a line for each contender, with its least and most."""
    for name, look in looks.items():
        points = [(size(table), cell) for table in tables for cell in table.cells if cell.name == name and cell.ns]
        middle = [cell.median for _, cell in points]
        spread = [
            [cell.median - min(cell.ns) for _, cell in points],
            [max(cell.ns) - cell.median for _, cell in points],
        ]
        axis.errorbar([count for count, _ in points], middle, spread, elinewidth=0.8, capsize=2, **look)
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.xaxis.set_major_locator(FixedLocator([size(table) for table in tables]))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.xaxis.set_major_formatter(FuncFormatter(lambda count, _: f"{count:,.0f}"))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda ns, _: round_time(ns)))
    axis.yaxis.set_minor_formatter(NullFormatter())
    axis.grid(visible=True, which="major", color="#dddddd", linewidth=0.6)
    axis.set_axisbelow(True)
    axis.tick_params(colors=INK)
    axis.spines[["top", "right"]].set_visible(False)
    axis.margins(x=0.08)


def round_time(ns: float) -> str:
    """Return a round time as an axis names it."""
    size, unit = next((size, unit) for size, unit in UNITS if ns >= size or size == 1)
    return f"{ns / size:g} {unit}"


def styles(names: list[str]) -> dict[str, dict[str, Any]]:
    """Return for each contender the color of its family and a marker of its own."""
    found: dict[str, dict[str, Any]] = {}
    for number, name in enumerate(names):
        color = next(color for word, color in FAMILIES if name.startswith(word))
        ours = name.startswith(FAMILIES[0][0])
        found[name] = {
            "color": color,
            "marker": MARKERS[number % len(MARKERS)],
            "markersize": 6,
            "linewidth": 2 if ours else 1.2,
            "zorder": 3 if ours else 2,
        }
    return found
