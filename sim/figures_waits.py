"""Percentiles and curves of waits, from histograms; histograms are summed up one replication at a time.

A bin is at most 1/64 wider than its lower edge, so a percentile is known to 1.6 % (below 64 ms: to 1 ms). Inside a
bin waits are taken as evenly spread.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from .figures_cells import Cells, cells_of, channels_of
from .figures_estimate import Estimate, Floats, mean, over, t_quantile
from .world import Count, Tally, World, wait_bin_edges_s

WAIT_LEVELS: Final = ("queue", "tier", "channel")
PERCENTS: Final = (50, 80, 90, 95, 99)
ENDS: Final = ("answered", "abandoned")
"""The third axis of ``Tally.waits``."""


def wait_cells(world: World, by: Sequence[str]) -> Cells:
    """Make the cells of a table split by some of WAIT_LEVELS."""
    channels, channel_of = channels_of(world)
    names: dict[str, Sequence[object]] = {"queue": world.queues, "tier": world.tiers, "channel": channels}
    return cells_of(by, ("queue", "tier"), names, channel_of)


def histogram(tally: Tally, cells: Cells) -> Floats:
    """Return one replication's histograms: [cells, 2, WAIT_BINS]."""
    queues, tiers, ends, bins = tally.waits.shape
    return cells.sums(tally.waits.reshape(queues * tiers, ends, bins))


def percentiles(counts: Floats, shares: Sequence[float]) -> Floats:
    """Return the waits in seconds that these shares do not exceed: [..., WAIT_BINS] into [..., shares].

    The rank of a share is the least whole number that is not less than share * n (as in a sorted list). NaN where
    nobody waited.
    """
    upper = wait_bin_edges_s()
    lower = np.concatenate([[0.0], upper[:-1]])
    sums = np.cumsum(counts, axis=-1)
    people = sums[..., -1:]
    ranks = np.maximum(1.0, np.ceil(people * np.asarray(shares) - 1e-9))
    at = np.sum(sums[..., None, :] < ranks[..., None], axis=-1)
    at = np.minimum(at, counts.shape[-1] - 1)
    inside = np.take_along_axis(counts, at, axis=-1)
    before = np.take_along_axis(sums, at, axis=-1) - inside
    part = over(ranks - before - 0.5, inside)
    return np.where(people > 0.0, lower[at] + (upper - lower)[at] * part, np.nan)


def estimate_waits(world: World, tallies: Sequence[Tally], by: Sequence[str]) -> tuple[Cells, dict[str, Estimate]]:
    """Return ``answered_p50_s`` and so on: the mean over replications of each one's percentile.

    ``..._pooled`` is the percentile of all waits of all replications together, without interval.
    """
    cells = wait_cells(world, by)
    shares = [percent / 100.0 for percent in PERCENTS]
    pooled = np.zeros(1)
    each = []
    for tally in tallies:
        counts = histogram(tally, cells)
        pooled = pooled + counts
        each.append(percentiles(counts, shares))
    samples, together = np.stack(each), percentiles(pooled, shares)
    estimates = {}
    for end, name in enumerate(ENDS):
        for at, percent in enumerate(PERCENTS):
            estimates[f"{name}_p{percent}_s"] = mean(samples[:, :, end, at])
            estimates[f"{name}_p{percent}_s_pooled"] = mean(together[None, :, end, at])
    return cells, estimates


def wait_curve(world: World, tallies: Sequence[Tally], by: Sequence[str], confidence: float) -> pd.DataFrame:
    """Return how many waits had ended by when; see ``Figures.wait_curve``."""
    cells = wait_cells(world, by)
    n_cells = len(cells.index)
    shape = (len(world.queues) * len(world.tiers), -1)
    all_offered, sums = np.zeros((n_cells, 1)), np.zeros(1)
    squares, products, offered_squares = np.zeros(1), np.zeros(1), np.zeros((n_cells, 1))
    used = np.zeros((n_cells, 1), dtype=np.int64)
    for tally in tallies:
        offered = cells.sums(tally.customers[..., Count.OFFERED].sum(axis=(0, 1)).reshape(shape))
        within = np.cumsum(histogram(tally, cells), axis=-1)
        answered = np.where(offered > 0.0, within[:, 0], 0.0)
        sums, all_offered, used = sums + within, all_offered + offered, used + (offered > 0.0)
        squares, products = squares + answered**2, products + answered * offered
        offered_squares = offered_squares + offered**2
    share = over(sums[:, 0], all_offered)
    # the delta method's sum of (answered - share * offered) ** 2, without keeping every replication's curve
    left = np.maximum(squares - 2.0 * share * products + share**2 * offered_squares, 0.0)
    half = (
        t_quantile(confidence, used - 1)
        * np.sqrt(over(left * used.astype(np.float64), np.maximum(used - 1, 0).astype(np.float64)))
        / all_offered
    )
    columns = {
        "answered_within": share,
        "answered_within_low": share - half,
        "answered_within_high": share + half,
        "abandoned_within": over(sums[:, 1], all_offered),
        "of_answered": over(sums[:, 0], sums[:, 0, -1:]),
        "of_abandoned": over(sums[:, 1], sums[:, 1, -1:]),
    }
    return _long(columns, cells, _steps(sums))


def _steps(sums: Floats) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Return the bins at which any curve rises, and the first one."""
    rises = np.diff(sums, axis=-1, prepend=0.0).reshape(-1, sums.shape[-1]).any(axis=0)
    return np.union1d([0], np.flatnonzero(rises))


def _long(columns: dict[str, Floats], cells: Cells, bins: np.ndarray[tuple[int], np.dtype[np.intp]]) -> pd.DataFrame:
    times = wait_bin_edges_s()[bins]
    whole = pd.Index(np.tile(times, len(cells.index)), name="wait_s")
    rows = np.repeat(np.arange(len(cells.index)), len(bins))
    frame = pd.DataFrame({name: values[:, bins].ravel() for name, values in columns.items()})
    if cells.index.names == [None]:
        frame.index = whole
        return frame
    levels = [cells.index.get_level_values(level).take(rows) for level in range(cells.index.nlevels)]
    frame.index = pd.MultiIndex.from_arrays([*levels, whole])
    return frame
