"""The figures of a simulation: what a planner asks of it, each with an interval, as pandas DataFrames.

``docs/figures.md`` has every formula, and how the intervals are made.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import pandas as pd

from . import figures_export
from .figures_cells import (
    AGENT_LEVELS,
    CUSTOMER_LEVELS,
    FiguresError,
    checked_levels,
    interval_starts_s,
    samples_of,
    sum_agents,
    sum_customers,
)
from .figures_define import AGENT_FIGURES, EACH_AGENT, FAIRNESS, Described, customer_figures, wait_entries
from .figures_estimate import Estimate, Variance
from .figures_people import FAIRNESS_LEVELS, estimate_agents, estimate_fairness
from .figures_waits import ENDS, PERCENTS, WAIT_LEVELS, estimate_waits, wait_curve
from .world import N_COUNTS, N_DOINGS, WAIT_BINS, Tally, World

Method = Literal["replications", "batches", "one value"]
Of = Literal["customers", "agents", "fairness", "each_agent", "waits"]
LEVELS: Final[dict[Of, tuple[str, ...]]] = {
    "customers": CUSTOMER_LEVELS,
    "agents": AGENT_LEVELS,
    "fairness": FAIRNESS_LEVELS,
    "each_agent": (),
    "waits": WAIT_LEVELS,
}


@dataclass(frozen=True, eq=False)
class Table:
    """Estimates of several figures in the same cells."""

    index: pd.Index
    estimates: dict[str, Estimate]

    def frame(self, confidence: float) -> pd.DataFrame:
        """Return the estimates with the ends of their intervals; what is pooled has none."""
        columns = {}
        for name, estimate in self.estimates.items():
            columns[name] = estimate.value
            if not name.endswith("_pooled"):
                columns[f"{name}_low"], columns[f"{name}_high"] = estimate.bounds(confidence)
        return pd.DataFrame(columns, index=self.index)


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
            variance: of ratios: "delta" (linearized), or "jackknife" (wider where samples are few and unequal).

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

    def frame(self, by: Sequence[str] = ()) -> pd.DataFrame:
        """Return the figures of customers, split by any of "queue", "tier", "channel" and "interval".

        The levels become the index, in the order given; ``interval`` is its start in seconds, inf for the time after
        the horizon. Without levels there is one row. Counts are means a replication.
        """
        return self.table("customers", by).frame(self.confidence)

    def agents(self, by: Sequence[str] = ()) -> pd.DataFrame:
        """Return the figures of agents, split by any of "type" and "interval".

        Without intervals they are of the time until the horizon.
        """
        return self.table("agents", by).frame(self.confidence)

    def fairness(self, by: Sequence[str] = ("type",)) -> pd.DataFrame:
        """Return how occupancy and assignments spread over the agents of each type; () for all agents together.

        Each replication has its mean, sd, least and greatest; what is shown is the mean of those. With one
        replication there are no intervals.
        """
        return self.table("fairness", by).frame(self.confidence)

    def each_agent(self) -> pd.DataFrame:
        """Return occupancy, utilization, seconds signed in and assignments of each agent; index: type, agent.

        With one replication there are no intervals.
        """
        return self.table("each_agent").frame(self.confidence)

    def waits(self, by: Sequence[str] = ()) -> pd.DataFrame:
        """Return percentiles of the waits of those answered and those who hung up, split by queue, tier, channel.

        ``answered_p90_s`` is the mean over replications of each one's percentile, with an interval;
        ``answered_p90_s_pooled`` is that of all waits together. With one replication there are no intervals.
        """
        return self.table("waits", by).frame(self.confidence)

    def wait_curve(self, by: Sequence[str] = ()) -> pd.DataFrame:
        """Return the share of customers whose wait had ended by ``wait_s`` seconds (the last level of the index).

        ``answered_within`` (with its interval at each point) and ``abandoned_within`` are shares of those offered,
        ``of_answered`` and ``of_abandoned`` of those who ended so. Rows are the points at which any curve rises;
        between them it stays as it is.
        """
        return wait_curve(self.world, self.tallies, checked_levels(by, WAIT_LEVELS), self.confidence)

    def batch_check(self, by: Sequence[str] = ()) -> pd.DataFrame:
        """Return the lag-1 autocorrelation of batches, by figure (rows) and cell (columns).

        Intervals from batches suppose that batches hardly depend on each other. Where this is more than about
        2 / sqrt(batches) they are too narrow, and longer batches are needed. Raises :class:`FiguresError` unless
        there is one replication of several batches.
        """
        if self.method != "batches":
            raise FiguresError(f"batch_check: intervals are made of {self.method}; it needs one replication in batches")
        table = self.table("customers", by)
        rows = {name: estimate.correlation() for name, estimate in table.estimates.items()}
        return pd.DataFrame.from_dict(rows, orient="index", columns=table.index)

    def table(self, of: Of, by: Sequence[str] = ()) -> Table:
        """Return what a frame shows, with what each sample contributed to it; comparisons are made of these.

        Args:
            of: "customers" (:meth:`frame`), "agents", "fairness", "each_agent" or "waits".
            by: levels that this frame allows.

        Raises:
            FiguresError: names what is not allowed and what is.
        """
        if of not in LEVELS:
            raise FiguresError(f"of: {of!r}; allowed is any of {', '.join(LEVELS)}")
        levels = checked_levels(by, LEVELS[of])
        world, tallies = self.world, self.tallies
        batches = len(tallies) == 1
        if of == "customers":
            sums = sum_customers(world, tallies, levels)
            figures = customer_figures(world)
            found = {figure.name: figure.estimate(sums, self.variance, batches=batches) for figure in figures}
            return Table(sums.index, found)
        if of == "agents":
            spent = sum_agents(world, tallies, levels)
            found = {figure.name: figure.estimate(spent, self.variance, batches=batches) for figure in AGENT_FIGURES}
            return Table(spent.index, found)
        if of == "waits":
            cells, found = estimate_waits(world, tallies, levels)
            return Table(cells.index, found)
        return Table(
            *(estimate_agents(world, tallies) if of == "each_agent" else estimate_fairness(world, tallies, levels))
        )

    def described(self, of: Of) -> tuple[Described, ...]:
        """Return what the columns of a table show: units and formulas, in their order."""
        described: dict[Of, tuple[Described, ...]] = {
            "customers": customer_figures(self.world),
            "agents": AGENT_FIGURES,
            "fairness": FAIRNESS,
            "each_agent": EACH_AGENT,
            "waits": wait_entries(ENDS, PERCENTS),
        }
        return described[of]

    def to_csv(self, folder: str | os.PathLike[str]) -> list[Path]:
        """Write every table as a CSV file into a folder, which is made where it is missing; return the paths."""
        return figures_export.to_csv(self, Path(folder))

    def to_parquet(self, folder: str | os.PathLike[str]) -> list[Path]:
        """Write every table as a Parquet file into a folder, which is made where it is missing; return the paths."""
        return figures_export.to_parquet(self, Path(folder))

    def to_json(self, path: str | os.PathLike[str]) -> Path:
        """Write everything into one JSON file (``figures_export.SCHEMA``); return its path."""
        return figures_export.to_json(self, Path(path))


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
