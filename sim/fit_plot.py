"""Fitted and observed in one picture: arrivals by half-hour, patience, talks, staffing."""

from __future__ import annotations

import html
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .fit import Floats
from .fit_arrivals import SLOT_S, SLOTS, counts_by_day
from .fit_trace import FittedTimes, FittedTrace
from .trace import DAY_S, TraceCall, group_by_day

SEEN: Final = "#3a3a3a"
COLORS: Final = ("#c1121f", "#1d6fa5", "#b26a00", "#2b7a3d", "#6a4c93")
MOST_CURVES: Final = 3
TALK_SHARE: Final = 0.97
"""The histogram ends where so many talks have ended."""
BINS: Final = 48
STYLE: Final[dict[Any, Any]] = {"svg.hashsalt": "acdcore", "svg.fonttype": "none", "font.size": 9.0}
"""The same figures give the same bytes."""
HOURS: Final[Floats] = np.linspace(0.0, DAY_S / 3_600.0, SLOTS, endpoint=False) + SLOT_S / 7_200.0


def draw(fitted: FittedTrace, calls: Sequence[TraceCall], path: Path) -> None:
    """Draw, and save as what the file's name says: SVG, PNG, PDF, or an HTML page with the picture in it.

    Raises:
        ValueError: for another kind of file.
        OSError: when it cannot be written.
    """
    with rc_context(STYLE):
        figure = picture(fitted, calls)
        if path.suffix.lower() == ".html":
            path.write_text(page(figure, "Fitted and observed"), encoding="utf-8")
        else:
            save(figure, path)


def save(figure: Figure, path: Path) -> None:
    """Save a figure without the moment at which it was made, so that the same figure gives the same bytes."""
    dated = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
    figure.savefig(path, dpi=130, metadata=dated.get(path.suffix.lower()))


def page(figure: Figure, title: str) -> str:
    """Return an HTML page with a figure in it, without anything to be loaded."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    name = html.escape(title)
    return (
        f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{name}</title>\n'
        "<style>body { font-family: sans-serif; margin: 2rem; } svg { max-width: 100%; height: auto; }</style></head>\n"
        f"<body><h1>{name}</h1>\n{svg}</body>\n</html>\n"
    )


def picture(fitted: FittedTrace, calls: Sequence[TraceCall]) -> Figure:
    """Return the picture."""
    figure = Figure(figsize=(10.0, 7.0), layout="constrained")
    axes = figure.subplots(2, 2)
    _arrivals(axes[0, 0], fitted, calls)
    _patience(axes[0, 1], fitted)
    _talks(axes[1, 0], fitted)
    _staff(axes[1, 1], fitted)
    return figure


def _arrivals(axis: Axes, fitted: FittedTrace, calls: Sequence[TraceCall]) -> None:
    by_day = group_by_day(calls)
    _, counts = counts_by_day({day: by_day[day] for day in fitted.days}, fitted.queues)
    expected = np.asarray([fitted.arrivals.expected(day.weekday()) for day in fitted.days])
    seen = counts.sum(axis=1)
    low, high = np.quantile(seen, [0.1, 0.9], axis=0)
    axis.fill_between(HOURS, low, high, step="mid", color="#dddddd", label="80 % of the days")
    axis.plot(HOURS, seen.mean(axis=0), ".", color=SEEN, label="recorded")
    axis.plot(HOURS, expected.mean(axis=0), color=COLORS[0], label="fitted")
    axis.set(title="Arrivals a half-hour, mean day", xlabel="hour of the day", xlim=(0, 24), ylim=(0, None))
    axis.legend(frameon=False)


def _patience(axis: Axes, fitted: FittedTrace) -> None:
    cells = [cell for cell in fitted.patience if not cell[0] and cell[1]] or list(fitted.patience)[:1]
    longest = 0.0
    for color, cell in zip(COLORS, cells[:MOST_CURVES], strict=False):
        times = fitted.patience[cell]
        survival = times.sample.survival
        at_risk = times.sample.size - np.searchsorted(np.sort(times.sample.expanded()[0]), survival.time_s)
        enough = at_risk >= 30
        end = float(survival.time_s[enough][-1]) if enough.any() else float(survival.time_s[-1])
        longest = max(longest, end)
        grid = np.linspace(0.0, end, 400)
        name = cell[1] or "all"
        axis.step(survival.time_s[enough], survival.share[enough], where="post", color=color, alpha=0.35, lw=3)
        axis.plot(grid, times.chosen.survival(grid), color=color, lw=1, label=f"{name}: {times.chosen.family}")
    axis.set(title="Patience: still waiting (wide: Kaplan–Meier)", xlabel="s", xlim=(0, longest or 1), ylim=(0, 1))
    if cells:
        axis.legend(frameon=False)


def _talks(axis: Axes, fitted: FittedTrace) -> None:
    shown = list(fitted.handling.items())[:MOST_CURVES]
    end = max((float(np.quantile(times.sample.expanded()[0], TALK_SHARE)) for _, times in shown), default=1.0)
    edges = np.linspace(0.0, end, BINS + 1)
    for color, (queue, times) in zip(COLORS, shown, strict=False):
        _histogram(axis, times, edges, color, queue or "other queues")
    axis.set(title="Talk: share in each bin (wide: recorded)", xlabel="s", xlim=(0, end), ylim=(0, None))
    axis.legend(frameon=False)


def _histogram(axis: Axes, times: FittedTimes, edges: Floats, color: str, name: str) -> None:
    values, _ = times.sample.expanded()
    seen = np.histogram(values, edges)[0] / values.size
    fitted = -np.diff(times.chosen.survival(edges))
    axis.stairs(seen, edges, color=color, alpha=0.35, lw=3)
    axis.plot((edges[:-1] + edges[1:]) / 2.0, fitted, color=color, lw=1, label=f"{name}: {times.chosen.family}")


def _staff(axis: Axes, fitted: FittedTrace) -> None:
    weekdays = [day.weekday() for day in fitted.days]
    duty = np.mean([fitted.staff.duty[weekday] for weekday in weekdays], axis=0)
    below = np.zeros(SLOTS)
    for color, group, row in zip(COLORS * 2, fitted.staff.groups, duty, strict=False):
        axis.fill_between(HOURS, below, below + row, step="mid", color=color, alpha=0.5, label=group.name, lw=0)
        below = below + row
    axis.set(title="Agents on duty, mean day", xlabel="hour of the day", xlim=(0, 24), ylim=(0, None))
    axis.legend(frameon=False)
