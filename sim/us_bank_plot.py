"""What rules of routing differ in: who hangs up, and who is busy, each with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .figures import Figures
from .fit_plot import STYLE, save

COLORS: Final = ("#3a3a3a", "#c1121f", "#1d6fa5")
MARKS: Final = ("o", "s", "D")
APART: Final = 0.22
"""How far from each other the points of a row are; rows are 1 apart."""


def draw(figures: Mapping[str, Figures], path: Path) -> None:
    """Draw the figures of each rule, and save them as what the file's name says: SVG, PNG or PDF.

    Raises:
        ValueError: for another kind of file.
        OSError: when it cannot be written.
    """
    style: dict[Any, Any] = STYLE | {"axes.spines.top": False, "axes.spines.right": False}
    with rc_context(style):
        figure = Figure(figsize=(9.0, 5.0), layout="constrained")
        left, right = figure.subplots(1, 2)
        first = next(iter(figures.values()))
        by_queue = {name: each.frame(("queue",)) for name, each in figures.items()}
        by_type = {name: each.agents(("type",)) for name, each in figures.items()}
        _points(left, by_queue, "abandon_share", first.world.queues)
        left.set(title="Hung up, % of those offered", xlim=(0, None))
        _points(right, by_type, "occupancy", [kind.name for kind in first.world.types])
        right.set(title="Occupancy, %")
        figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=len(figures), frameon=False)
        save(figure, path)


def _points(axis: Axes, frames: Mapping[str, pd.DataFrame], figure: str, names: Sequence[str]) -> None:
    """Draw a row for each name: a point for each frame, with its interval."""
    for number, (rule, frame) in enumerate(frames.items()):
        rows = frame.loc[list(names)]
        places = [place + (number - (len(frames) - 1) / 2) * APART for place in range(len(names))]
        value = rows[figure].to_numpy() * 100
        ends = rows[[f"{figure}_low", f"{figure}_high"]].to_numpy().T * 100
        reach = [value - ends[0], ends[1] - value]
        points = axis.errorbar(value, places, xerr=reach, fmt=MARKS[number], label=rule, color=COLORS[number])
        points.lines[0].set(markersize=4, clip_on=False)
    axis.set_yticks(range(len(names)), names)
    axis.set_ylim(len(names) - 0.4, -0.6)
    axis.grid(axis="x", color="#dddddd", linewidth=0.6)
    axis.set_axisbelow(True)
    axis.tick_params(axis="y", length=0)
