"""Whether outcomes are right: against theory where there is one, and against each other.

Contenders draw different random numbers, so that no two outcomes are equal. Each figure is a ratio of sums over
batches, and comes with its standard error from the batches (Law and Kelton's ratio estimator by batch means).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import sqrt
from typing import Final

import numpy as np
from scipy.stats import t

from .base import ABANDONED, BATCHES, OFFERED, WAITED, WITHIN, Floats, Outcome
from .models import Model

LEVEL: Final = 0.999
"""Of all comparisons of two outcomes together, or of one with theory."""
ENOUGH: Final = 2_000
"""Customers of one class who make its figures worth comparing."""

GAVE_UP: Final = "gave up"
HAD_TO_WAIT: Final = "waited"
MEAN_WAIT_S: Final = "mean wait, s"
WITHIN_TARGET: Final = "within"
IN_QUEUE: Final = "mean queue"
MAIN: Final = (GAVE_UP, HAD_TO_WAIT, MEAN_WAIT_S, WITHIN_TARGET, IN_QUEUE)
"""Figures of all customers together: shares of those offered, the mean wait of all, and how many wait on average."""


@dataclass(frozen=True)
class Figure:
    """A figure and its standard error."""

    value: float
    error: float


Figures = Mapping[str, Figure]


def ratio(above: Floats, below: Floats) -> Figure:
    """Return a ratio of sums over batches. ``below`` must not be 0 throughout."""
    value = float(above.sum() / below.sum())
    rest = above - value * below
    return Figure(value, sqrt(float(rest @ rest) / (len(rest) * (len(rest) - 1))) / float(below.mean()))


def figures(outcome: Outcome, model: Model, customers: int) -> dict[str, Figure]:
    """Return all figures of an outcome of a run until so many customers, the warm-up left out."""
    counts, wait_s, work_s = outcome.counts[1:].astype(float), outcome.wait_s[1:], outcome.work_s[1:]
    both = counts.sum(1)
    seconds = np.full(BATCHES - 1, model.horizon_s(customers) / BATCHES)
    found = {
        GAVE_UP: ratio(both[:, ABANDONED], both[:, OFFERED]),
        HAD_TO_WAIT: ratio(both[:, WAITED], both[:, OFFERED]),
        MEAN_WAIT_S: ratio(wait_s.sum(1), both[:, OFFERED]),
        WITHIN_TARGET: ratio(both[:, WITHIN], both[:, OFFERED]),
        IN_QUEUE: ratio(wait_s.sum(1), seconds),
    }
    for group, agents in enumerate(model.agents):
        found[f"occupancy of group {group}"] = ratio(work_s[:, group], agents * seconds)
    for kind in range(len(model.arrivals_per_s)) if not model.one_line else ():
        offered = counts[:, kind, OFFERED]
        if offered.sum() >= ENOUGH:
            found[f"waited, class {kind}"] = ratio(counts[:, kind, WAITED], offered)
            found[f"mean wait of class {kind}, s"] = ratio(wait_s[:, kind], offered)
    return found


@cache
def most_errors(comparisons: int) -> float:
    """Return how many standard errors one of so many comparisons may be off: Bonferroni's share of LEVEL."""
    return float(t.ppf(1 - (1 - LEVEL) / 2 / comparisons, BATCHES - 2))


def differs(one: Figures, other: Figures) -> str:
    """Return which figure of two runs differs most beyond their joint interval, or "" when none does."""
    shared = [name for name in one if name in other]
    if not shared:
        return ""
    allowed = most_errors(len(shared))
    worst, what = allowed, ""
    for name in shared:
        a, b = one[name], other[name]
        error = sqrt(a.error**2 + b.error**2)
        off = abs(a.value - b.value)
        if off > worst * error:
            worst = off / error if error else float("inf")
            what = f"{name}: {a.value:.4g}, not {b.value:.4g} (± {allowed * error:.2g})"
    return what


def misses(one: Figures, exact: Mapping[str, float]) -> str:
    """Return which figure misses its exact value, or "" when none does."""
    return differs(one, {name: Figure(value, 0.0) for name, value in exact.items()})


def who_differs(everybody: Mapping[str, Figures]) -> dict[str, str]:
    """Return who disagrees with more than half of the others, and with whom in what.

    Of two who disagree nobody can say who is right, and both do.
    """
    found = {}
    for name, own in everybody.items():
        others = {other: differs(own, theirs) for other, theirs in everybody.items() if other != name}
        against = {other: what for other, what in others.items() if what}
        if 2 * len(against) > len(others):
            other, what = next(iter(against.items()))
            found[name] = f"disagrees with {len(against)} of {len(others)}, such as {other}: {what}"
    return found
