"""A picture of a contest: customers a second of every contender, a panel for each model, on a logarithmic scale.

Points rather than bars, whose length would say nothing on such a scale.
"""

from __future__ import annotations

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from ..colors import FAMILIES, INK
from .contest import Contest, Table


def draw(contest: Contest, path: Path) -> None:
    """Draw points and save them: PNG, SVG or whatever the file's name says.

    Raises ValueError for a kind of file that cannot be made, OSError when it cannot be written.
    """
    tables = contest.tables
    names = list(dict.fromkeys(cell.name for table in tables for cell in table.cells))
    figure = Figure(figsize=(3.2 * len(tables) + 1.2, 0.36 * len(names) + 1.4), layout="constrained")
    axes = figure.subplots(1, len(tables), sharex=True, sharey=True, squeeze=False)[0]
    for axis, table in zip(axes, tables, strict=True):
        panel(axis, table, names)
    figure.supxlabel("customers simulated in a second of CPU time, one core", color=INK, fontsize="medium")
    figure.savefig(path, dpi=150)


def panel(axis: Axes, table: Table, names: list[str]) -> None:
    """Draw one model: a point for each contender who can simulate it, with its speed in words."""
    for place, name in enumerate(names):
        cell = next((cell for cell in table.cells if cell.name == name and cell.per_s), None)
        if cell is None:
            axis.annotate("cannot" if name in table.cannot else "", (0.02, place), xycoords=("axes fraction", "data"),
                          va="center", color=INK, fontsize="small")  # fmt: skip
            continue
        color = next(color for word, color in FAMILIES if name.startswith(word))
        axis.plot(cell.median, place, "o", color=color, markersize=7)
        axis.annotate(
            short(cell.median), (cell.median, place), (7, 0), textcoords="offset points", va="center", fontsize="small"
        )
    axis.set_xscale("log")
    axis.set_yticks(range(len(names)), names)
    axis.set_ylim(len(names) - 0.4, -0.6)
    axis.set_title(table.model.name, fontsize="medium")
    axis.xaxis.set_major_formatter(FuncFormatter(lambda speed, _: short(speed)))
    axis.xaxis.set_minor_formatter(NullFormatter())
    axis.grid(visible=True, color="#dddddd", linewidth=0.6)
    axis.set_axisbelow(True)
    axis.tick_params(colors=INK)
    axis.spines[["top", "right"]].set_visible(False)
    axis.margins(x=0.22)


def short(speed: float) -> str:
    """Return a speed as an axis names it: 35 k, 4.9 M."""
    if speed >= 1e6:
        return f"{speed / 1e6:.3g} M"
    return f"{speed / 1e3:.3g} k" if speed >= 1e3 else f"{speed:.3g}"
