"""Estimators for what a call trace can tell: patience, handling, absence after a call.

Patience is seen only of those who gave up; of those who were answered it is known to exceed their wait.
Both count: the Kaplan–Meier estimate and the piecewise-constant hazard below treat the answered ones as
censored. Leaving them out would make callers look far less patient than they are.

Arrays are one-dimensional ``float64`` of equal length, times in seconds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

MOST_ROUNDS: Final = 500
"""Of the EM algorithm."""
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Survival:
    """A Kaplan–Meier estimate: ``share[i]`` survive beyond ``time_s[i]``; times ascend."""

    time_s: Floats
    share: Floats

    def mean_s(self) -> float:
        """Mean up to the largest time seen (the tail beyond it is unknown and left out)."""
        return float(self.time_s[0] + np.sum(self.share[:-1] * np.diff(self.time_s)))

    def quantile_s(self, share: float) -> float:
        """Time by which ``share`` have gone; infinite if the estimate never falls that far."""
        at = np.flatnonzero(self.share <= 1.0 - share)
        return float(self.time_s[at[0]]) if at.size else math.inf


def kaplan_meier(time_s: Floats, ended: Bools) -> Survival:
    """Estimate survival from times, ``ended`` where the end was seen, else censored."""
    if time_s.size == 0:
        raise ValueError("no times to estimate from")
    times, first, _ = np.unique(np.sort(time_s), return_index=True, return_counts=True)
    at_risk = time_s.size - first
    deaths = np.zeros(times.size)
    np.add.at(deaths, np.searchsorted(times, time_s[ended]), 1.0)
    return Survival(times, np.cumprod(1.0 - deaths / at_risk, dtype=np.float64))


@dataclass(frozen=True, slots=True)
class Hazard:
    """A piecewise-constant hazard: from ``from_s[i]`` on, ``per_s[i]`` ends a second. ``from_s[0]`` is 0."""

    from_s: tuple[float, ...]
    per_s: tuple[float, ...]

    def cumulated(self, time_s: Floats) -> Floats:
        """Return the hazard summed from 0 to each time."""
        starts = np.asarray(self.from_s)
        rates = np.asarray(self.per_s)
        at_start = np.concatenate(([0.0], np.cumsum(np.diff(starts) * rates[:-1])))
        piece = np.searchsorted(starts, time_s, side="right") - 1
        result: Floats = at_start[piece] + (time_s - starts[piece]) * rates[piece]
        return result

    def at_cumulated(self, total: Floats) -> Floats:
        """Return the time at which the summed hazard reaches each total: the inverse of :meth:`cumulated`."""
        starts = np.asarray(self.from_s)
        rates = np.asarray(self.per_s)
        at_start = np.concatenate(([0.0], np.cumsum(np.diff(starts) * rates[:-1])))
        piece = np.searchsorted(at_start, total, side="right") - 1
        # a piece without hazard is passed in no summed hazard at all, so searchsorted never stops in one
        result: Floats = starts[piece] + (total - at_start[piece]) / rates[piece]
        return result

    def draw(self, random: np.random.Generator, beyond_s: Floats, factor: Floats) -> Floats:
        """Draw one time for each entry, given that it exceeds ``beyond_s``, with the hazard times ``factor``."""
        return self.at_cumulated(self.cumulated(beyond_s) + random.exponential(size=beyond_s.size) / factor)

    def mean_s(self, factor: float = 1.0) -> float:
        """Mean time until the end, in closed form."""
        mean, survival = 0.0, 1.0
        for index, rate in enumerate(self.per_s):
            rate_here = rate * factor
            last = index + 1 == len(self.per_s)
            if last:
                return mean + survival / rate_here
            width = self.from_s[index + 1] - self.from_s[index]
            passed = math.exp(-rate_here * width)
            mean += survival * ((1.0 - passed) / rate_here if rate_here > 0.0 else width)
            survival *= passed
        return mean

    def share_beyond(self, time_s: float) -> float:
        """Share that lasts longer than ``time_s``."""
        return math.exp(-float(self.cumulated(np.asarray([time_s]))[0]))


def fit_hazard(time_s: Floats, ended: Bools, from_s: Sequence[float]) -> Hazard:
    """Fit a piecewise-constant hazard by maximum likelihood: ends seen in a piece over time spent in it.

    ``from_s`` starts at 0 and ascends. Raises ``ValueError`` when nothing was seen to end in the last
    piece: time would then never end.
    """
    edges = [*from_s, math.inf]
    rates = []
    for low, high in pairwise(edges):
        spent = float(np.clip(time_s - low, 0.0, high - low).sum())
        ends = int(np.count_nonzero(ended & (time_s >= low) & (time_s < high)))
        rates.append(ends / spent if spent > 0.0 else 0.0)
    if rates[-1] <= 0.0:
        raise ValueError(f"nothing ended beyond {from_s[-1]} s: choose an earlier last piece")
    return Hazard(tuple(float(edge) for edge in from_s), tuple(rates))


def fit_hazard_between(low_s: Floats, high_s: Floats, from_s: Sequence[float]) -> Hazard:
    """Fit a piecewise-constant hazard to ends that are known to lie between two times, by the EM algorithm.

    Where both are equal the end was seen. The likelihood is S(low) - S(high), or the density; each round takes the
    expected ends and the expected time in every piece (Dempster, Laird and Rubin 1977). Raises ``ValueError`` where
    nothing can have ended in the last piece.
    """
    starts = np.asarray(from_s, np.float64)
    ends = np.append(starts[1:], np.inf)
    between = high_s > low_s
    low, high = low_s[between], high_s[between]
    piece = np.searchsorted(starts, low_s[~between], side="right") - 1
    seen = np.bincount(piece, minlength=starts.size).astype(np.float64)
    spent = np.asarray([np.clip(low_s - a, 0.0, b - a).sum() for a, b in zip(starts, ends, strict=True)])
    if not float(high_s.max(initial=0.0)) > starts[-1]:
        raise ValueError(f"nothing ended beyond {from_s[-1]} s: choose an earlier last piece")
    rates = np.full(starts.size, 1.0 / max(1e-3, float(np.mean((low_s + high_s) / 2.0))))
    for _ in range(MOST_ROUNDS):
        hazard = Hazard(tuple(starts.tolist()), tuple(rates.tolist()))
        beyond = np.exp(-hazard.cumulated(high))
        share = np.maximum(np.exp(-hazard.cumulated(low)) - beyond, 1e-300)
        found = np.empty_like(rates)
        for index, (a, b) in enumerate(zip(starts, ends, strict=True)):
            inside = (low < b) & (high > a)
            begin, end = np.maximum(low[inside], a), np.minimum(high[inside], b)
            fell = np.exp(-hazard.cumulated(begin)) - np.exp(-hazard.cumulated(end))
            gone = float((fell / share[inside]).sum())
            lived = (fell / max(rates[index], 1e-12) - (end - begin) * beyond[inside]) / share[inside]
            found[index] = (seen[index] + gone) / max(spent[index] + float(lived.sum()), 1e-9)
        settled = np.allclose(found, rates, rtol=1e-5, atol=0.0)
        rates = np.maximum(found, 1e-12)
        if settled:
            break
    return Hazard(tuple(starts.tolist()), tuple(rates.tolist()))


def hazard_factor(base: Hazard, time_s: Floats, ended: Bools) -> float:
    """Return how much sooner a group ends than ``base`` says: ends seen over ends expected, at least 0.05."""
    expected = float(base.cumulated(time_s).sum())
    return max(0.05, int(np.count_nonzero(ended)) / expected) if expected > 0.0 else 1.0


@dataclass(frozen=True, slots=True)
class Handling:
    """Handle times: a share of short ones (wrong number, hung up), the rest lognormal.

    Short ones are exponential with mean ``short_mean_s``. ``log_mean`` and ``log_sd`` are of the natural
    logarithm of seconds.
    """

    short_share: float
    short_mean_s: float
    log_mean: float
    log_sd: float

    def mean_s(self) -> float:
        """Mean handle time of the fitted mixture."""
        long_mean = math.exp(self.log_mean + self.log_sd**2 / 2.0)
        return self.short_share * self.short_mean_s + (1.0 - self.short_share) * long_mean

    def draw(self, random: np.random.Generator, count: int, at_most_s: float) -> Floats:
        """Draw ``count`` handle times, none longer than ``at_most_s``."""
        short = random.random(count) < self.short_share
        quick = random.exponential(self.short_mean_s, count)
        slow = random.lognormal(self.log_mean, self.log_sd, count)
        drawn: Floats = np.minimum(np.where(short, quick, slow), at_most_s)
        return drawn


def fit_handling(handle_s: Floats, short_s: float) -> Handling:
    """Fit handle times; those below ``short_s`` are the short ones. Needs at least two longer ones."""
    short = handle_s[handle_s < short_s]
    logs = np.log(handle_s[handle_s >= short_s])
    if logs.size < 2:
        raise ValueError(f"only {logs.size} handle times of at least {short_s} s")
    return Handling(
        short_share=short.size / handle_s.size,
        short_mean_s=float(max(0.1, short.mean())) if short.size else short_s / 2.0,
        log_mean=float(logs.mean()),
        log_sd=float(logs.std(ddof=1)),
    )
