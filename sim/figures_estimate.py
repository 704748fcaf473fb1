"""Estimates with intervals, from samples that are independent of each other: replications, or batches of one run.

Everything here comes down to one form. An estimate is a value and what each sample contributed to its error,
``c[r]``, adding up to 0. Its variance is ``m / (m - 1) * sum(c[r] ** 2)`` over the m samples that have something to
say, and its interval Student's with m - 1 degrees of freedom. For a mean, c is ``(x - mean) / m``, and the interval
is the classical one. For a ratio of sums it is the delta method (Cochran, *Sampling Techniques*, 3rd ed., chapter
6), or the jackknife (Miller, "The jackknife: a review", *Biometrika* 61, 1974). The difference of two estimates
contributes the difference of the contributions, which is how common random numbers narrow it.

Arrays are [samples, cells]; a cell is a row of a table. A cell without a value holds NaN.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Variance = Literal["delta", "jackknife"]

ROUNDING: Final = 1e-12
"""A variance below this share (squared) of the value is what rounding leaves of 0."""


@dataclass(frozen=True)
class Estimate:
    """One figure in every cell of a table."""

    value: Floats
    """[cells]"""
    parts: Floats
    """[samples, cells]: what each sample contributed to the error; 0 where it had nothing to say."""
    used: NDArray[np.int64]
    """[cells]: how many samples had something to say."""

    def deviation(self) -> Floats:
        """Return the standard error of each value; NaN where fewer than two samples had something to say."""
        m = self.used.astype(np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = np.sqrt(m / (m - 1.0) * np.sum(self.parts**2, axis=0))
        return np.where(self.used >= 2, spread, np.nan)

    def half_width(self, confidence: float) -> Floats:
        """Return half the width of each interval; NaN where there is none."""
        return t_quantile(confidence, self.used - 1) * self.deviation()

    def bounds(self, confidence: float) -> tuple[Floats, Floats]:
        """Return the lower and the upper ends of the intervals."""
        half = self.half_width(confidence)
        return self.value - half, self.value + half

    def correlation(self) -> Floats:
        """Return the lag-1 autocorrelation of the contributions, sample by sample; NaN where there is no spread."""
        return over(np.sum(self.parts[1:] * self.parts[:-1], axis=0), np.sum(self.parts**2, axis=0))

    def at(self, cells: NDArray[np.intp]) -> Estimate:
        """Return some of the cells."""
        return Estimate(self.value[cells], self.parts[:, cells], self.used[cells])


def t_quantile(confidence: float, freedom: NDArray[np.int64] | NDArray[np.float64]) -> Floats:
    """Return the two-sided quantile of Student's t; NaN without any degree of freedom."""
    known = np.where(freedom > 0, freedom, 1).astype(np.float64)
    quantile = np.asarray(stats.t.ppf((1.0 + confidence) / 2.0, known), dtype=np.float64)
    return np.where(freedom > 0, quantile, np.nan)


def mean(values: Floats) -> Estimate:
    """Estimate a mean over the samples; those that are NaN have nothing to say."""
    known = ~np.isnan(values)
    used = np.sum(known, axis=0)
    filled = np.where(known, values, 0.0)
    value = over(np.sum(filled, axis=0), used.astype(np.float64))
    parts = np.where(known, filled - np.nan_to_num(value), 0.0) / np.maximum(used, 1)
    return Estimate(value, _without_rounding(parts, value), used)


def ratio(above: Floats, below: Floats, variance: Variance = "delta") -> Estimate:
    """Estimate sum(above) / sum(below); samples with nothing below have nothing to say."""
    known = below != 0.0
    used = np.sum(known, axis=0)
    all_above, all_below = np.sum(above, axis=0, where=known), np.sum(below, axis=0, where=known)
    value = over(all_above, all_below)
    if variance == "jackknife":
        parts = _jackknifed(above, below, known)
    else:
        parts = over(np.where(known, above - np.nan_to_num(value) * below, 0.0), all_below)
    return Estimate(value, _without_rounding(np.nan_to_num(parts), value), used)


def total(values: Floats, exposure: Floats, variance: Variance = "delta") -> Estimate:
    """Estimate a sum over samples of one run that were observed for ``exposure`` each: a rate times all of it."""
    rate = ratio(values, exposure, variance)
    scale = np.sum(exposure, axis=0)
    return Estimate(np.sum(values, axis=0), rate.parts * scale, rate.used)


def difference(after: Estimate, before: Estimate) -> Estimate:
    """Estimate after - before from the same samples: what they have in common cancels out."""
    parts = after.parts - before.parts
    value = after.value - before.value
    scale = np.fmax(np.abs(after.value), np.abs(before.value))
    # with unequal numbers of samples the smaller one says how much is known of the spread
    return Estimate(value, _without_rounding(parts, scale), np.minimum(after.used, before.used))


def _jackknifed(above: Floats, below: Floats, known: Bools) -> Floats:
    used = np.maximum(np.sum(known, axis=0), 1)
    others_above = np.sum(above, axis=0, where=known) - np.where(known, above, 0.0)
    others_below = np.sum(below, axis=0, where=known) - np.where(known, below, 0.0)
    without = np.where(known, over(others_above, others_below), 0.0)
    middle = np.sum(without, axis=0) / used
    return np.where(known, (middle - without) * (used - 1) / used, 0.0)


def _without_rounding(parts: Floats, value: Floats) -> Floats:
    """Return contributions without those that are nothing but rounding: equal samples have no spread at all."""
    return np.where(np.abs(parts) <= ROUNDING * np.abs(np.nan_to_num(value)), 0.0, parts)


def over(above: Floats, below: Floats) -> Floats:
    """Divide; NaN where there is nothing to divide by."""
    below = np.broadcast_to(below, above.shape)
    share = np.full(above.shape, np.nan)
    np.divide(above, below, out=share, where=below != 0.0)
    return share
