"""A picture of a soak over time: memory, files, latency, who waits and who works."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from ..colors import INK
from .plan import changes
from .run import SoakResult
from .watch import Sample

RED: Final = "#c1121f"
BLUE: Final = "#1d6fa5"
OCHRE: Final = "#b26a00"
GRAY: Final = "#8a8a8a"
POINTS: Final = 720
"""At most so many looks are drawn; of more, the largest of each few."""


def draw(result: SoakResult, path: Path) -> None:
    """Draw it and save it: SVG, PNG or PDF. Raises ValueError for another kind of file, OSError."""
    samples = thinned(result.during)
    figure = Figure(figsize=(9.6, 10.0), layout="constrained")
    memory, files, latency, people = figure.subplots(4, 1, sharex=True, height_ratios=[1, 0.8, 1.5, 1.2])
    minutes = [sample.at_s / 60 for sample in samples]
    _lines(memory, minutes, samples, [("server's memory (RSS)", lambda one: one.rss_mib, RED)])
    memory.set_ylabel("MiB")
    memory.set_ylim(0, 1.25 * max((sample.rss_mib for sample in samples), default=1.0))
    _lines(
        files,
        minutes,
        samples,
        [("open files", lambda one: one.files, BLUE), ("threads", lambda one: one.threads, OCHRE)],
    )
    files.set_ylim(bottom=0)
    _lines(
        latency,
        minutes,
        samples,
        [
            ("offer heard, p99", lambda one: one.offer_p99_ms, BLUE),
            ("enqueue answered, p99", lambda one: one.enqueue_p99_ms, RED),
            ("enqueue answered, p50", lambda one: one.enqueue_p50_ms, OCHRE),
            ("this program late, p99", lambda one: one.late_p99_ms, GRAY),
        ],
    )
    latency.set_yscale("log")
    latency.yaxis.set_major_formatter(FuncFormatter(lambda ms, _: f"{ms:g} ms"))
    latency.yaxis.set_minor_formatter(NullFormatter())
    _lines(
        people,
        minutes,
        samples,
        [
            ("agents signed in", lambda one: one.agents_signed_in, OCHRE),
            ("agents at work", lambda one: one.agents_at_work, BLUE),
            ("customers waiting", lambda one: one.waiting, RED),
        ],
    )
    people.set_ylim(bottom=0)
    people.set_xlabel("minutes; gray lines: shift changes, ticks below: connections cut", color=INK)
    _mark(result, (memory, files, latency, people))
    figure.suptitle(
        f"{result.books.arrived:,} customers, {result.books.changes['shift']} shift changes, "
        f"{result.books.changes['cut']} connections cut; {result.machine['cpu']}, {result.machine['cores']} cores",
        color=INK,
        fontsize="medium",
    )
    with mpl.rc_context({"svg.hashsalt": "acdcore"}):
        figure.savefig(path, dpi=150, metadata={"Date": None} if path.suffix == ".svg" else None)


def thinned(samples: Sequence[Sample], most: int = POINTS) -> list[Sample]:
    """Return the looks, of many only the worst of each few: the one with the largest p99 of enqueue."""
    each = max(1, math.ceil(len(samples) / most))
    few = [samples[begin : begin + each] for begin in range(0, len(samples), each)]
    return [max(some, key=lambda one: -1.0 if math.isnan(one.enqueue_p99_ms) else one.enqueue_p99_ms) for some in few]


def _lines(
    axis: Axes,
    minutes: list[float],
    samples: Sequence[Sample],
    lines: Sequence[tuple[str, Callable[[Sample], float], str]],
) -> None:
    for name, value, color in lines:
        axis.plot(minutes, [value(sample) for sample in samples], color=color, linewidth=0.9, label=name)
    axis.legend(loc="upper right", ncols=len(lines), frameon=False, fontsize="small")
    axis.grid(visible=True, axis="y", color="#dddddd", linewidth=0.6)
    axis.set_axisbelow(True)
    axis.tick_params(colors=INK)
    axis.spines[["top", "right"]].set_visible(False)
    axis.margins(x=0.01, y=0.25)


def _mark(result: SoakResult, axes: Sequence[Axes]) -> None:
    """Mark the shift changes, and on the lowest panel the cut connections."""
    for change in changes(result.plan):
        if change.at_s > result.seconds:
            break
        if change.what == "shift":
            for axis in axes:
                axis.axvline(change.at_s / 60, color="#bbbbbb", linewidth=0.6, zorder=0)
        elif change.what == "cut":
            axes[-1].axvline(change.at_s / 60, ymax=0.03, color=INK, linewidth=0.8)
