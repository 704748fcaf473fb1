"""What replications counted, and the figures made of it: estimates with intervals, held against what is exact.

A figure is a formula of sums over replications: a ratio, or any smooth function of sums. Its interval is Student's,
from the jackknife's pseudo-values, one a replication (Quenouille 1956; Miller, "The jackknife: a review", 1974), which
for a plain mean is the classical interval. A share of rare events is an exception, see :data:`RARE`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Final, TypeAlias

import numpy as np
from scipy import stats

from .world import Count, Doing, Floats, Tally, World

CONFIDENCE: Final = 0.99
RARE: Final = 100
"""A share of which the rarer side was seen less often than this: its spread over the replications says little, as most
have seen nothing. Its interval is then widened to that of Clopper and Pearson (1934) for all clusters together."""
CLUSTER: Final = 10.0
"""Rare events come together, as customers wait behind each other: so many at least are taken as one."""
_ROUNDING: Final = 1e-9


@dataclass(frozen=True)
class Sums:
    """Sums over replications; the first axis of each array tells replications (or sets of them) apart.

    Shapes: Q queues, T tiers, K agent types, L thresholds.
    """

    runs: Floats
    """[R]: how many replications."""
    customers: Floats
    """[R, Q, T, counts]"""
    within: Floats
    """[R, Q, T, 2, L]: answered, and hung up, within each threshold."""
    queue_s: Floats
    """[R, Q]: the number waiting, integrated up to the horizon."""
    agent_s: Floats
    """[R, K, doings]: up to the horizon."""
    overtime_s: Floats
    """[R, K, doings]: after the horizon."""
    handled: Floats
    """[R, K]: assignments."""
    counted_s: Floats
    """[R]: time counted, up to the horizon."""

    @classmethod
    def of(cls, world: World, tallies: Sequence[Tally]) -> Sums:
        """Return what each replication counted; ``world`` is any replication's."""
        kinds = len(world.types)
        return cls(
            runs=np.ones(len(tallies)),
            customers=np.stack([tally.customers.sum(axis=(0, 1)) for tally in tallies]),
            within=np.stack([tally.within.sum(axis=(0, 1)) for tally in tallies]),
            queue_s=np.stack([tally.queue_s[:, :-1].sum(axis=(0, 1, 3)) for tally in tallies]),
            agent_s=np.stack([tally.agent_s[:, :-1].sum(axis=(0, 1)) for tally in tallies]),
            overtime_s=np.stack([tally.agent_s[:, -1].sum(axis=0) for tally in tallies]),
            handled=np.stack([np.bincount(world.type_of, tally.handled, kinds) for tally in tallies]),
            counted_s=np.asarray([tally.counted_s[:, :-1].sum() for tally in tallies]),
        )

    def total(self) -> Sums:
        """Return the sums over all replications, as the only one."""
        return Sums(*(getattr(self, field.name).sum(axis=0, keepdims=True) for field in fields(self)))

    def without_each(self) -> Sums:
        """Return the sums over all replications but one, for each of them."""
        return Sums(
            *(getattr(self, field.name).sum(axis=0) - getattr(self, field.name) for field in fields(self)),
        )

    def count(self, what: Count, queue: int | None = None) -> Floats:
        """Return [R]: one count, of one queue or of all."""
        chosen = self.customers if queue is None else self.customers[:, queue : queue + 1]
        counted: Floats = chosen[..., what].sum(axis=(1, 2))
        return counted

    def waits(self, threshold: int, queue: int | None = None, *, abandoned: bool = False) -> Floats:
        """Return [R]: how many were answered (or hung up) within a threshold."""
        chosen = self.within if queue is None else self.within[:, queue : queue + 1]
        counted: Floats = chosen[..., int(abandoned), threshold].sum(axis=(1, 2))
        return counted

    def doing_s(self, kinds: Sequence[int], *doings: Doing) -> Floats:
        """Return [R]: how long agents of some types did some things up to the horizon."""
        spent: Floats = self.agent_s[:, list(kinds)][:, :, list(doings)].sum(axis=(1, 2))
        return spent

    def overtime_doing_s(self, kinds: Sequence[int], *doings: Doing) -> Floats:
        """Return [R]: the same after the horizon."""
        spent: Floats = self.overtime_s[:, list(kinds)][:, :, list(doings)].sum(axis=(1, 2))
        return spent


Formula: TypeAlias = Callable[[Sums], Floats]


@dataclass(frozen=True)
class Figure:
    """A figure, what it must be, and how it is found from sums."""

    name: str
    exact: float
    above: Formula
    below: Formula
    share: bool = False
    """Whether ``above`` counts some of those that ``below`` counts."""
    margin: float = 0.0
    """Half the width of the 95 % interval of ``exact`` where that is itself another simulation's estimate."""
    rounding: float = 0.0
    """Half a unit of the last digit printed, where ``exact`` is a printed figure."""

    def __post_init__(self) -> None:
        """Refuse what cannot be compared with anything."""
        if not math.isfinite(self.exact):
            raise ValueError(f"{self.name}: {self.exact}; allowed: a finite number")

    def of(self, sums: Sums) -> Floats:
        """Return [R]: the figure's values."""
        with np.errstate(divide="ignore", invalid="ignore"):
            value: Floats = self.above(sums) / self.below(sums)
        return value


@dataclass(frozen=True)
class Comparison:
    """One figure beside its exact value."""

    figure: str
    exact: float
    estimate: float
    low: float
    high: float
    z: float
    """How many standard errors the estimate is from the exact value; NaN where there is no spread."""
    rare: bool
    """Whether its interval was widened, as events of its kind are rare."""

    @property
    def inside(self) -> bool:
        """Whether the exact value is in the interval."""
        return self.low <= self.exact <= self.high

    @property
    def half_width_share(self) -> float:
        """Half the interval's width, as a share of the exact value; NaN where that is 0."""
        return (self.high - self.low) / 2 / abs(self.exact) if self.exact else math.nan


def compare(figure: Figure, sums: Sums) -> Comparison:
    """Estimate a figure from replications and hold it against its exact value.

    Raises:
        ValueError: names the figure, if there are fewer than two replications or nothing to divide by.
    """
    runs = len(sums.runs)
    if runs < 2:
        raise ValueError(f"{figure.name}: from {runs} replication; allowed: at least 2")
    whole = figure.of(sums.total())[0]
    values = runs * whole - (runs - 1) * figure.of(sums.without_each())
    if not np.all(np.isfinite(values)):
        raise ValueError(f"{figure.name}: nothing to divide by in {runs} replications; allowed: longer ones")
    estimate = float(values.mean())
    error = float(values.std(ddof=1)) / math.sqrt(runs)
    quantile = float(stats.t.ppf((1 + CONFIDENCE) / 2, runs - 1))
    # two independent estimates differ by the root of the sum of their squared errors
    other = figure.margin / float(stats.norm.ppf(0.975))
    half = math.hypot(quantile * error, float(stats.norm.ppf((1 + CONFIDENCE) / 2)) * other) + figure.rounding
    # what rounding leaves of sums of doubles is no difference
    half = max(half, _ROUNDING * abs(estimate))
    low, high, rare = estimate - half, estimate + half, False
    if figure.share:
        some, all_ = figure.above(sums), figure.below(sums)
        rare = min(some.sum(), (all_ - some).sum()) < RARE
        if rare:
            from_counts = _of_counts(some, all_)
            low, high = min(low, from_counts[0]), max(high, from_counts[1])
    spread = math.hypot(error, other)
    z = (estimate - figure.exact) / spread if spread > _ROUNDING * abs(estimate) else math.nan
    return Comparison(figure.name, figure.exact, estimate, low, high, z, rare)


def _of_counts(some: Floats, all_: Floats) -> tuple[float, float]:
    """Return the interval of Clopper and Pearson, of clusters of events as large as their spread says."""
    rarer = some if some.sum() * 2 <= all_.sum() else all_ - some
    mean = float(rarer.mean())
    cluster = max(CLUSTER, float(rarer.var(ddof=1)) / mean) if mean else CLUSTER
    few, of = float(some.sum()) / cluster, float(all_.sum()) / cluster
    tail = (1 - CONFIDENCE) / 2
    low = float(stats.beta.ppf(tail, few, of - few + 1)) if few > 0 else 0.0
    high = float(stats.beta.ppf(1 - tail, few + 1, of - few)) if few < of else 1.0
    return low, high
