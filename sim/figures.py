"""The figures of a simulation: what a planner asks of it, each with an interval, as pandas DataFrames.

``docs/figures.md`` has every formula, and how the intervals are made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from .figures_cells import (
    AGENT_LEVELS,
    CUSTOMER_LEVELS,
    AgentSums,
    CustomerSums,
    FiguresError,
    checked_levels,
    interval_starts_s,
    samples_of,
    sum_agents,
    sum_customers,
)
from .figures_define import AGENT_FIGURES, AgentFigure, CustomerFigure, customer_figures
from .figures_estimate import Estimate, Variance
from .world import N_COUNTS, N_DOINGS, WAIT_BINS, Tally, World

Method = Literal["replications", "batches", "one value"]


@dataclass(frozen=True, eq=False)
class Figures:
    """What replications of one world counted, and the figures made of it. Make it with :meth:`of`.

    In every frame each figure X has the columns ``X``, ``X_low`` and ``X_high``: the estimate and the ends of its
    interval. A figure that has nothing to divide by, and an interval that one value cannot have, are NaN.
    """

    world: World
    """Of replication 0: names, targets and intervals are the same in all."""
    tallies: Sequence[Tally]
    confidence: float = 0.95
    variance: Variance = "delta"

    @classmethod
    def of(
        cls, world: World, tallies: Sequence[Tally], confidence: float = 0.95, *, variance: Variance = "delta"
    ) -> Figures:
        """Check that the tallies are of this world, and keep them.

        Args:
            world: replication 0's.
            tallies: one a replication, in order.
            confidence: of the intervals, between 0 and 1.
            variance: of ratios: "delta" (linearized), or "jackknife" (slower to understand, wider where samples
                are few and uneven).

        Raises:
            FiguresError: names what does not fit and what is allowed.
        """
        if not 0.0 < confidence < 1.0:
            raise FiguresError(f"confidence: {confidence!r}; allowed is more than 0 and less than 1")
        if variance not in ("delta", "jackknife"):
            raise FiguresError(f"variance: {variance!r}; allowed are delta and jackknife")
        if not tallies:
            raise FiguresError("tallies: none; at least one replication is needed")
        for number, tally in enumerate(tallies):
            _check_shapes(world, tally, number)
        return cls(world, tuple(tallies), confidence, variance)

    @property
    def method(self) -> Method:
        """What the intervals are made of: replications, batches of the only replication, or nothing."""
        if len(self.tallies) > 1:
            return "replications"
        return "batches" if self.samples > 1 else "one value"

    @property
    def samples(self) -> int:
        """How many replications, or batches of the only one."""
        return samples_of(self.tallies)

    @property
    def definitions(self) -> tuple[CustomerFigure, ...]:
        """The figures of :meth:`frame`, in the order of its columns."""
        return customer_figures(self.world)

    @property
    def agent_definitions(self) -> tuple[AgentFigure, ...]:
        """The figures of :meth:`agents`, in the order of its columns."""
        return AGENT_FIGURES

    def frame(self, by: Sequence[str] = ()) -> pd.DataFrame:
        """Return the figures of customers, split by any of "queue", "tier", "channel" and "interval".

        The levels become the index, in the order given; ``interval`` is its start in seconds, inf for the time after
        the horizon. Without levels there is one row. Counts are means a replication.
        """
        return self._table(self.estimates(by), self._customers(by).index)

    def agents(self, by: Sequence[str] = ()) -> pd.DataFrame:
        """Return the figures of agents, split by any of "type" and "interval".

        Without intervals they are of the time until the horizon.
        """
        return self._table(self.agent_estimates(by), self._agents(by).index)

    def estimates(self, by: Sequence[str] = ()) -> dict[str, Estimate]:
        """Return what :meth:`frame` shows, with what each sample contributed; for comparisons."""
        sums = self._customers(by)
        return {
            figure.name: figure.estimate(sums, self.variance, batches=len(self.tallies) == 1)
            for figure in self.definitions
        }

    def agent_estimates(self, by: Sequence[str] = ()) -> dict[str, Estimate]:
        """Return what :meth:`agents` shows, with what each sample contributed; for comparisons."""
        sums = self._agents(by)
        return {
            figure.name: figure.estimate(sums, self.variance, batches=len(self.tallies) == 1)
            for figure in self.agent_definitions
        }

    def _customers(self, by: Sequence[str]) -> CustomerSums:
        return sum_customers(self.world, self.tallies, checked_levels(by, CUSTOMER_LEVELS))

    def _agents(self, by: Sequence[str]) -> AgentSums:
        return sum_agents(self.world, self.tallies, checked_levels(by, AGENT_LEVELS))

    def _table(self, estimates: dict[str, Estimate], index: pd.Index) -> pd.DataFrame:
        columns = {}
        for name, estimate in estimates.items():
            columns[name] = estimate.value
            columns[f"{name}_low"], columns[f"{name}_high"] = estimate.bounds(self.confidence)
        return pd.DataFrame(columns, index=index)


def _check_shapes(world: World, tally: Tally, number: int) -> None:
    """Raise :class:`FiguresError` unless the arrays of a tally have the world's shapes."""
    batches = tally.customers.shape[0]
    intervals, queues, tiers = len(interval_starts_s(world)), len(world.queues), len(world.tiers)
    types, people, thresholds = len(world.types), len(world.agents), len(world.thresholds_ns)
    wanted = {
        "customers": (batches, intervals, queues, tiers, N_COUNTS),
        "queue_s": (batches, intervals, queues, tiers),
        "agent_s": (batches, intervals, types, N_DOINGS),
        "agents": (people, N_DOINGS),
        "handled": (people,),
        "waits": (queues, tiers, 2, WAIT_BINS),
        "within": (batches, intervals, queues, tiers, 2, thresholds),
        "counted_s": (batches, intervals),
    }
    for name, shape in wanted.items():
        found = getattr(tally, name).shape
        if found != shape or batches == 0:
            raise FiguresError(f"tallies[{number}].{name}: has the shape {found}; this world's is {shape}")
