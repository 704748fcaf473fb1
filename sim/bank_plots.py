"""Pictures of the bank's May: predicted and recorded, by half-hour and by day, and what the head start does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .bank_days import CLOSES, OPENS, TIERS, Column, figure
from .fit import Floats
from .fit_plot import SEEN, STYLE, save

if TYPE_CHECKING:
    from .bank_prediction import Prediction

HOURS: Final[Floats] = np.linspace(OPENS / 2.0, CLOSES / 2.0, CLOSES - OPENS, endpoint=False) + 0.25
A_COLOR: Final = "#c1121f"
B_COLOR: Final = "#1d6fa5"
SHOWN: Final = (
    ("service_level", "answered in 20 s, of all", 100.0, "%"),
    ("asa_s", "average speed of answer", 1.0, "s"),
    ("abandon_share", "hung up", 100.0, "%"),
)


def draw_all(prediction: Prediction, folder: Path) -> list[Path]:
    """Draw every picture and return their paths; ``OSError`` where one cannot be written."""
    pictures = {"half-hours": by_half_hour, "days": by_day, "head-start": head_start}
    paths = []
    with rc_context(STYLE):
        for name, draw in pictures.items():
            paths.append(folder / f"bank-{name}.svg")
            save(draw(prediction), paths[-1])
    return paths


def by_half_hour(prediction: Prediction) -> Figure:
    """Return the mean working day: recorded, and both predictions with their bands."""
    drawn = Figure(figsize=(8.0, 8.4), layout="constrained")
    recorded = prediction.recorded.sum(axis=-2)[:, OPENS:CLOSES].sum(axis=0)
    before = prediction.of("before").sum(axis=(0, 1))
    for axis, (what, title, factor, unit) in zip(drawn.subplots(3, 1, sharex=True), SHOWN, strict=True):
        for name, color, words in (("a", A_COLOR, "A: staffing of January and March"),
                                   ("b", B_COLOR, "B: May's staffing")):  # fmt: skip
            counts = prediction.of(name)
            _band(axis, HOURS, figure(what, counts.sum(axis=1)) * factor, color)
            axis.plot(HOURS, figure(what, counts.sum(axis=(0, 1))) * factor, color=color, label=words)
        axis.plot(HOURS, figure(what, before) * factor, ":", color=SEEN, label="recorded in January and March")
        axis.plot(HOURS, figure(what, recorded) * factor, "o", ms=4, color=SEEN, label="recorded in May")
        axis.set(title=title, ylabel=unit, ylim=(0, None), xlim=(7, 24))
    axis.set_xlabel("hour of the day; mean working day of May, band: 90 % of the replications")
    drawn.axes[0].legend(frameon=False, ncols=2)
    return drawn


def _band(axis: Axes, x: Floats, replications: Floats, color: str) -> None:
    low, high = np.nanquantile(replications, [0.05, 0.95], axis=0)
    axis.fill_between(x, low, high, color=color, alpha=0.15, lw=0)


def by_day(prediction: Prediction) -> Figure:
    """Return every working day of May: recorded, and where 90 % of the replications of it lie."""
    drawn = Figure(figsize=(8.0, 8.4), layout="constrained")
    recorded = prediction.recorded.sum(axis=-2)[:, OPENS:CLOSES].sum(axis=1)
    x = np.arange(len(prediction.days), dtype=np.float64)
    for axis, (what, title, factor, unit) in zip(drawn.subplots(3, 1, sharex=True), SHOWN, strict=True):
        for name, color, aside, words in (("a", A_COLOR, -0.17, "A"), ("b", B_COLOR, 0.17, "B")):
            found = figure(what, prediction.of(name).sum(axis=2)) * factor
            low, high = np.nanquantile(found, [0.05, 0.95], axis=0)
            axis.vlines(x + aside, low, high, color=color, lw=3, alpha=0.4, label=f"{words}: 90 %")
            axis.plot(x + aside, np.nanmean(found, axis=0), "_", color=color, ms=7)
        axis.plot(x, figure(what, recorded) * factor, "o", ms=4, color=SEEN, label="recorded")
        axis.set(title=title, ylabel=unit, ylim=(0, None))
    axis.set_xticks(x, [f"{day:%a}\n{day.day}" for day in prediction.days])
    axis.set_xlabel("working days of May 1999")
    drawn.axes[0].legend(frameon=False, ncols=3)
    return drawn


def head_start(prediction: Prediction) -> Figure:
    """Return the mean wait of VIPs and others who waited, with the head start and without."""
    drawn = Figure(figsize=(8.0, 3.6), layout="constrained")
    for axis, tier in zip(drawn.subplots(1, 2, sharey=True), range(len(TIERS)), strict=True):
        for name, color, words in (
            ("replay", B_COLOR, "May again, 90 s"),
            ("replay_without", A_COLOR, "May again, none"),
        ):
            of = prediction.simulated[name][:, :, OPENS:CLOSES, tier].sum(axis=(0, 1))
            axis.plot(HOURS, of[:, Column.WAIT_S] / of[:, Column.WAITED_ANSWERED], color=color, label=words)
        of = prediction.recorded[:, OPENS:CLOSES, tier].sum(axis=0)
        axis.plot(HOURS, of[:, Column.WAIT_S] / of[:, Column.WAITED_ANSWERED], "o", ms=3, color=SEEN, label="recorded")
        axis.set(title=("VIP", "ordinary")[tier], xlabel="hour of the day", xlim=(7, 24))
    drawn.axes[0].set_ylim(0, None)  # both: they share it
    drawn.axes[0].set_ylabel("mean wait of those who waited\nand were answered, s")
    drawn.axes[0].legend(frameon=False)
    return drawn
