"""What the parts of a report have in common: goals, intervals, cuts of the figures' tables, rounding for JSON."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .world import World

Floats = NDArray[np.float64]

ALL: Final = -1
"""Stands for all queues, all tiers or all types in what the charts are drawn from."""
HOUR_S: Final = 3_600.0
DAY_S: Final = 86_400.0


class ReportError(ValueError):
    """A report cannot be made of what was given; the message names it, its value and what is allowed."""


@dataclass(frozen=True)
class Goals:
    """The share of customers to be answered within the target, over all and by queue; None where none is stated."""

    overall: float | None
    by_queue: Mapping[str, float]

    def of(self, queue: str) -> float | None:
        """Return the goal of a queue."""
        return self.by_queue.get(queue, self.overall)


def rounded(values: Iterable[float], digits: int = 4) -> list[float | None]:
    """Return numbers with so many significant digits; None for what is not a number."""
    return [float(f"{value:.{digits}g}") if math.isfinite(value) else None for value in values]


def cut(frame: pd.DataFrame, levels: Mapping[str, object]) -> pd.DataFrame:
    """Return the rows of a frame where index levels have these values, without those levels."""
    for level, value in levels.items():
        frame = frame[frame.index.get_level_values(level) == value].droplevel(level)
    return frame


@dataclass(frozen=True)
class Intervals:
    """The intervals of the day, without the time after the horizon, and without those of the warm-up."""

    start_s: Floats
    length_s: Floats

    @classmethod
    def of(cls, world: World) -> Intervals:
        """Return those of a world."""
        span = min(world.horizon_s, world.period_s)
        n = world.n_intervals()
        start = np.arange(n, dtype=np.float64) * (world.interval_s if n > 1 else 0.0)
        length = np.diff(np.append(start, span)).astype(np.float64)
        # where days are laid over each other a later one fills the place of the first one's warm-up
        counted = (start + length > world.warm_up_s) | (world.period_s < world.horizon_s)
        return cls(start[counted], length[counted])

    def of_all(self, values: Floats) -> Floats:
        """Return, of values for all intervals of a tally, warm-up and the time after the horizon too, those of these.

        Takes and returns [interval, ...].
        """
        return values[-1 - self.start_s.size : -1]

    @property
    def are_many(self) -> bool:
        """Whether there is a course of time to be shown."""
        return self.start_s.size > 1

    def hours(self) -> NDArray[np.intp]:
        """Return the column of each interval in a map by hour: its hour, or itself where intervals are longer."""
        if self.start_s.size == 1 or self.length_s[0] >= HOUR_S or HOUR_S % self.length_s[0] != 0.0:
            return np.arange(self.start_s.size)
        return (self.start_s // HOUR_S).astype(np.intp)


def in_time(frame: pd.DataFrame, intervals: Intervals) -> pd.DataFrame:
    """Return the rows of these intervals."""
    begins_s = frame.index.get_level_values("interval").to_numpy(dtype=np.float64)
    found: pd.DataFrame = frame[np.isfinite(begins_s) & (begins_s >= intervals.start_s[0])]
    return found
