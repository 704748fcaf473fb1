"""Arrivals by day of the week, half-hour and queue, and how much whole days differ from what is expected of them.

The expected number of one queue's arrivals in a half-hour is (level of the day of the week) x (share of the
half-hour). Days of the week share one profile of shares where that lowers AIC; the half-hours' scatter beyond Poisson's
is taken into account (quasi-AIC, Burnham and Anderson 2002, section 2.5). The number on one day is Poisson given a day
factor: a common one for all queues times one of the queue's own, both gamma with mean 1, their variances by moments.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np

from .fit import Floats
from .trace import DAY_S, TraceCall

SLOT_S: Final = 1_800
SLOTS: Final = DAY_S // SLOT_S
ODD_BELOW: Final = 0.5
ODD_ABOVE: Final = 1.6
LEAST_SD: Final = 0.01
"""A day factor that varies less than this is left out."""


@dataclass(frozen=True)
class Profile:
    """Some days of the week (Monday 0): their levels, and which share of a day comes in each half-hour."""

    levels: Mapping[int, float]
    """Expected arrivals a day, by day of the week."""
    shares: Floats
    """[48], adding up to 1."""


@dataclass(frozen=True)
class QueueArrivals:
    """How one queue's customers come."""

    profiles: tuple[Profile, ...]
    day_sd: float
    """Standard deviation of the queue's own day factor; 0: none."""
    scatter: float
    """Variance of half-hours within a day, over Poisson's."""

    def expected(self, weekday: int) -> Floats:
        """Return the expected arrivals by half-hour, zeros on a day on which the record has none."""
        for profile in self.profiles:
            if weekday in profile.levels:
                return profile.levels[weekday] * profile.shares
        return np.zeros(SLOTS)


@dataclass(frozen=True)
class Arrivals:
    """How all customers come."""

    queues: Mapping[str, QueueArrivals]
    common_sd: float
    """Standard deviation of the common day factor; 0: none."""
    correlation: Floats
    """[queue, queue]: of the day factors as estimated; NaN where a queue has none."""

    def expected(self, weekday: int) -> Floats:
        """Return the expected arrivals of all queues by half-hour."""
        everything: Floats = np.asarray([one.expected(weekday) for one in self.queues.values()]).sum(axis=0)
        return everything


def counts_by_day(
    by_day: Mapping[dt.date, Sequence[TraceCall]], queues: Sequence[str]
) -> tuple[tuple[dt.date, ...], Floats]:
    """Return the days in order, and [day, queue, half-hour]: how many came."""
    days = tuple(sorted(by_day))
    at = {queue: index for index, queue in enumerate(queues)}
    counts = np.zeros((len(days), len(queues), SLOTS))
    for index, day in enumerate(days):
        for call in by_day[day]:
            counts[index, at[call.queue], int(call.arrived_s // SLOT_S)] += 1.0
    return days, counts


def odd_days(by_day: Mapping[dt.date, Sequence[TraceCall]]) -> dict[dt.date, str]:
    """Return the days with far fewer or far more arrivals than the median of their day of the week, and why."""
    found = {}
    for day, calls in by_day.items():
        alike = [len(by_day[other]) for other in by_day if other.weekday() == day.weekday()]
        median = float(np.median(alike))
        if len(alike) >= 3 and not ODD_BELOW * median <= len(calls) <= ODD_ABOVE * median:
            found[day] = f"{len(calls)} arrivals, where {median:.0f} is the median of {len(alike)} {day:%A}s"
    return found


def fit_arrivals(days: Sequence[dt.date], counts: Floats, queues: Sequence[str]) -> Arrivals:
    """Fit from [day, queue, half-hour].

    Raises:
        ValueError: no day, or nobody came.
    """
    if not len(days) or not counts.sum():
        raise ValueError("nobody comes on the days that are to be fitted")
    weekdays = np.asarray([day.weekday() for day in days])
    covariance = _covariances(weekdays, counts.sum(axis=2))
    size = len(queues)
    weights = counts.sum(axis=(0, 2))
    pairs = list(combinations(range(size), 2))
    known = [(i, j) for i, j in pairs if math.isfinite(covariance[i, j])]
    total = sum(weights[i] * weights[j] for i, j in known)
    common = sum(weights[i] * weights[j] * covariance[i, j] for i, j in known) / total if total else 0.0
    common = max(0.0, float(common))
    fitted = {}
    for index, queue in enumerate(queues):
        own = (covariance[index, index] - common) / (1.0 + common)
        profiles, scatter = _profiles(weekdays, counts[:, index])
        fitted[queue] = QueueArrivals(profiles, _sd(own), scatter)
    spread = np.sqrt(np.where(np.diag(covariance) > 0.0, np.diag(covariance), np.nan))
    # estimates by moments may leave the range that a correlation has
    correlation = np.clip(covariance / np.outer(spread, spread), -1.0, 1.0)
    return Arrivals(fitted, _sd(common), correlation)


def _sd(variance: float) -> float:
    sd = math.sqrt(variance) if variance > 0.0 else 0.0
    return sd if sd >= LEAST_SD else 0.0


def _covariances(weekdays: np.ndarray[tuple[int], np.dtype[np.int64]], totals: Floats) -> Floats:
    """Return [queue, queue]: covariances of the day factors, from the totals [day, queue].

    E[(N_i - m_i)(N_j - m_j)] = m_i m_j cov + (m_i if i = j); the mean of n days of a kind being estimated takes
    1 / n of it away. NaN where no day of the week is there twice.
    """
    above = np.zeros((totals.shape[1],) * 2)
    below = np.zeros_like(above)
    for weekday in np.unique(weekdays):
        here = totals[weekdays == weekday]
        if len(here) < 2:
            continue
        mean = here.mean(axis=0)
        rest = here - mean
        above += (rest.T @ rest) * len(here) / (len(here) - 1) - np.diag(mean) * len(here)
        below += np.outer(mean, mean) * len(here)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(below > 0.0, above / below, np.nan)


def _profiles(
    weekdays: np.ndarray[tuple[int], np.dtype[np.int64]], counts: Floats
) -> tuple[tuple[Profile, ...], float]:
    """Return profiles of days of the week, and the half-hours' scatter, from one queue's [day, half-hour]."""
    present = [int(day) for day in np.unique(weekdays) if counts[weekdays == day].sum() > 0.0]
    sums = {day: counts[weekdays == day].sum(axis=0) for day in present}
    scatter = _scatter(weekdays, counts, sums)
    groups: list[tuple[int, ...]] = [(day,) for day in present]

    def cost(group: tuple[int, ...]) -> float:
        """Quasi-AIC of one group's shares; what does not depend on the grouping is left out."""
        total = np.sum([sums[day] for day in group], axis=0)
        some = total > 0.0
        log_likelihood = float(np.dot(total[some], np.log(total[some] / total.sum())))
        return 2.0 * (int(some.sum()) - 1) - 2.0 * log_likelihood / scatter

    while len(groups) > 1:
        gains = [(cost(a) + cost(b) - cost((*a, *b)), a, b) for a, b in combinations(groups, 2)]
        gain, a, b = max(gains, key=lambda one: one[0])
        if gain <= 0.0:
            break
        groups = [group for group in groups if group not in (a, b)] + [tuple(sorted((*a, *b)))]
    profiles = []
    for group in sorted(groups):
        total = np.sum([sums[day] for day in group], axis=0)
        levels = {day: float(sums[day].sum()) / int(np.count_nonzero(weekdays == day)) for day in group}
        profiles.append(Profile(levels, total / total.sum()))
    return tuple(profiles), scatter


def _scatter(weekdays: np.ndarray[tuple[int], np.dtype[np.int64]], counts: Floats, sums: Mapping[int, Floats]) -> float:
    """Return Pearson's chi-square of half-hours given the day's total, over its degrees of freedom; at least 1."""
    chi_square, freedom = 0.0, 0
    for weekday, total in sums.items():
        here = counts[weekdays == weekday]
        # half-hours of which less than one arrival is expected say nothing of scatter
        enough = total / len(here) >= 1.0
        if len(here) < 2 or int(enough.sum()) < 2:
            continue
        part = here[:, enough]
        shares = part.sum(axis=0) / part.sum()
        expected = part.sum(axis=1, keepdims=True) * shares
        chi_square += float(np.sum((part - expected) ** 2 / np.maximum(expected, 1e-9)))
        freedom += (len(here) - 1) * (int(enough.sum()) - 1)
    return max(1.0, chi_square / freedom) if freedom else 1.0
