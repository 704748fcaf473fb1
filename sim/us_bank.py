"""A US bank's 13 classes of calls and nine groups of agents: simulated, held against theory, and drawn.

``python -m acdcore.sim.us_bank`` simulates the sample scenario ``us_bank.yaml`` and prints, with intervals over
replications, what must balance in any stationary center of this kind:

* With exponential patience each of those who wait hangs up at the same rate, so in the long run (calls that hang up in
  an hour) = (rate) x (mean number waiting), class by class.
* (Agents of a group who are busy) = sum over classes of (calls ended in an hour) x (mean talk): Little's law.

It also prints what no routing can do better, from linear programs over the mean numbers of agents of each group who
talk to each class: they cannot be more than there are, nor end more calls than come, whatever is done in between.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import linprog

from .agent_types import Roll, type_table
from .build import make_world
from .build_handling import may_serve
from .erlang import Steady, steady_state
from .experiment import Experiment
from .figures import Figures
from .runs import run
from .scenario import Scenario
from .scenario_load import load_scenario
from .world import NONE, Count, Doing, Outcome, Shape, Tally, World

Floats = NDArray[np.float64]
HOUR_S: Final = 3_600.0
FILE: Final = Path(__file__).parent / "data" / "us_bank.yaml"
POLICIES: Final = ("longest_idle", "best_skilled", "fewest_skills")
"""Which agent is taken, of several: the scenario's own, and what it is compared with."""


@dataclass(frozen=True)
class Rates:
    """What the scenario says, in calls and agents: [class], [class, group] and [group]. 0: cannot serve."""

    arrivals_per_h: Floats
    hang_up_per_h: Floats
    served_per_h: Floats
    agents: Floats

    @classmethod
    def of(cls, scenario: Scenario) -> Rates:
        """Return a scenario's rates.

        Raises:
            ValueError: when it is not of this kind: one tier, exponential patience and talk.
        """
        world = make_world(scenario)
        kinds = type_table(scenario, Roll(scenario.center)).kinds
        if len(world.tiers) != 1:
            raise ValueError(f"tiers: {', '.join(world.tiers)}; allowed: one")
        arrivals = np.zeros(len(world.queues))
        for source in world.sources:
            for choice in source.choices:
                arrivals[choice.queue] += source.rates_per_s[0] * choice.share * HOUR_S
        patience = [_rate(world, behavior[0].patience, "patience") for behavior in world.behaviors]
        served = [
            [
                _rate(world, world.handle[slot, 0, number], "talk") if may_serve(kind.agent, queue) else 0.0
                for number, kind in enumerate(kinds)
            ]
            for slot, queue in enumerate(scenario.center.queues.values())
        ]
        agents = np.bincount(world.type_of, minlength=len(world.types)).astype(np.float64)
        return cls(arrivals, np.asarray(patience), np.asarray(served), agents)

    @cached_property
    def least_lost_per_h(self) -> float:
        """Return how many calls an hour hang up at least, however they are routed."""
        queues, groups = np.nonzero(self.served_per_h)
        rates = self.served_per_h[queues, groups]
        found = linprog(
            -rates,
            A_ub=np.vstack([_rows(groups, len(self.agents)), _rows(queues, len(self.arrivals_per_h)) * rates]),
            b_ub=np.concatenate([self.agents, self.arrivals_per_h]),
        )
        return max(0.0, float(self.arrivals_per_h.sum() + (found.fun or 0.0)))

    @cached_property
    def least_busy(self) -> float:
        """Return how many agents are busy at least, on average, when nobody hangs up; NaN when they are too few."""
        queues, groups = np.nonzero(self.served_per_h)
        found = linprog(
            np.ones(len(queues)),
            A_ub=_rows(groups, len(self.agents)),
            b_ub=self.agents,
            A_eq=_rows(queues, len(self.arrivals_per_h)) * self.served_per_h[queues, groups],
            b_eq=self.arrivals_per_h,
        )
        return np.nan if found.fun is None else float(found.fun)

    @cached_property
    def pooled(self) -> Steady:
        """Return Erlang A if all agents had all skills and the fastest group's rates, and all were equally patient."""
        total = float(self.arrivals_per_h.sum())
        work = float((self.arrivals_per_h / self.served_per_h.max(axis=1)).sum())
        hang_up = float((self.arrivals_per_h * self.hang_up_per_h).sum()) / total
        agents = int(self.agents.sum())
        return steady_state(total / HOUR_S, work / total * HOUR_S, agents, patience_s=HOUR_S / hang_up)


def _rate(world: World, index: int, what: str) -> float:
    law = world.distributions[index] if index != NONE else None
    if law is None or law.shape is not Shape.EXPONENTIAL:
        raise ValueError(f"{what}: {'never' if law is None else law.shape.name.lower()}; allowed: exponential")
    return HOUR_S / law.parameters[0]


def _rows(which: NDArray[np.int64], count: int) -> Floats:
    """Return [count, len(which)]: 1 where a variable belongs to a row."""
    return np.asarray(which[None, :] == np.arange(count)[:, None], np.float64)


@dataclass(frozen=True)
class Paired:
    """What was measured and what theory says of it, in each replication: [replication, what]."""

    measured: Floats
    theory: Floats

    def difference(self, confidence: float) -> tuple[Floats, Floats]:
        """Return the mean difference and half of its t interval: [what] each; NaN for one replication."""
        return _mean_and_half(self.measured - self.theory, confidence)


def _mean_and_half(values: Floats, confidence: float) -> tuple[Floats, Floats]:
    count = len(values)
    if count < 2:
        return values.mean(axis=0), np.full(values.shape[1:], np.nan)
    half = stats.t.ppf((1 + confidence) / 2, count - 1) * values.std(axis=0, ddof=1) / np.sqrt(count)
    return values.mean(axis=0), half


def hang_ups(tallies: Sequence[Tally], rates: Rates) -> Paired:
    """Return calls that hang up in an hour, by class, beside rate x mean number waiting."""
    measured, theory = [], []
    for tally in tallies:
        hours = tally.counted_s.sum() / HOUR_S
        measured.append(tally.customers[..., Count.ABANDONED].sum(axis=(0, 1, 3)) / hours)
        theory.append(tally.queue_s.sum(axis=(0, 1, 3)) / HOUR_S / hours * rates.hang_up_per_h)
    return Paired(np.asarray(measured), np.asarray(theory))


def busy_agents(tallies: Sequence[Tally], world: World, rates: Rates) -> Paired:
    """Return busy agents, by group, beside the sum of calls ended in an hour x mean talk. Takes tallies with records.

    Both are counted from an hour after the warm-up on: there is no record of those who came before it, and by then
    none of them talks any more.
    """
    first = math.ceil((world.warm_up_s + HOUR_S) / world.interval_s)
    begin_s = first * world.interval_s
    hours = (world.horizon_s - begin_s) / HOUR_S
    measured, theory = [], []
    for tally in tallies:
        measured.append(tally.agent_s[:, first:-1, :, Doing.BUSY].sum(axis=(0, 1)) / HOUR_S / hours)
        calls = tally.records[tally.records["outcome"] == Outcome.ANSWERED]
        calls = calls[calls["arrival_s"] + calls["wait_s"] + calls["talk_s"] >= begin_s]
        groups = world.type_of[calls["agent"]]
        work = 1.0 / rates.served_per_h[calls["queue"], groups]
        theory.append(np.bincount(groups, weights=work, minlength=len(rates.agents)) / hours)
    return Paired(np.asarray(measured), np.asarray(theory))


# ---------------------------------------------------------------------- in words


def told(experiment: Experiment, rates: Rates) -> list[str]:
    """Return lines of at most 80 columns."""
    figures, world = experiment.figures, experiment.world
    paired = hang_ups(figures.tallies, rates)
    shares = [*_percents(figures.frame(("queue",)), "abandon_share"), *_percents(figures.frame(), "abandon_share")]
    lines = ["Hung up: calls an hour, and the rate of one x the mean number waiting", ""]
    lines += _table("offered/h", "hung up", "an hour", world.queues, shares, rates.arrivals_per_h, paired, figures)
    paired = busy_agents(figures.tallies, world, rates)
    shares = [*_percents(figures.agents(("type",)), "occupancy"), *_percents(figures.agents(), "occupancy")]
    lines += ["", "Busy agents, and the sum over classes of calls ended an hour x mean talk", ""]
    kinds = [kind.name for kind in world.types]
    lines += _table("agents", "occupancy", "busy", kinds, shares, rates.agents, paired, figures)
    return [*lines, "", *_bounds(rates), f"{experiment.arrivals:,} customers in all; result {experiment.digest}"]


def _table(
    first: str,
    second: str,
    third: str,
    names: Sequence[str],
    shares: Sequence[str],
    sizes: Floats,
    paired: Paired,
    figures: Figures,
) -> list[str]:
    """Return a heading, a row for each name, and one for all of them."""
    differences, halves = paired.difference(figures.confidence)
    measured, theory = paired.measured.mean(axis=0), paired.theory.mean(axis=0)
    digits = 0 if (sizes == np.round(sizes)).all() else 2
    lines = [f"{'':17}{first:>10}{second:>13}{third:>9}{'theory':>9}  {'difference':>14}"]
    for at, name in enumerate(names):
        half = "" if np.isnan(halves[at]) else f"±{halves[at]:.3f}"
        row = f"{name:17}{sizes[at]:10,.{digits}f}{shares[at]:>13}{measured[at]:9.2f}{theory[at]:9.2f}"
        lines.append(f"{row}  {f'{differences[at]:+.3f}{half}':>14}")
    sums = f"{sizes.sum():10,.{digits}f}{shares[-1]:>13}{measured.sum():9.2f}{theory.sum():9.2f}"
    return [*lines, f"{'all':17}{sums}"]


def _percents(frame: pd.DataFrame, figure: str) -> list[str]:
    """Return a share of each row in percent, with half of its interval."""
    values, lows, highs = (frame[name].to_numpy(np.float64) for name in (figure, f"{figure}_low", f"{figure}_high"))
    halves = ["" if np.isnan(one) else f"±{one * 100:.2f}" for one in (highs - lows) / 2]
    return [f"{value * 100:.2f}{half}%" for value, half in zip(values, halves, strict=True)]


def _bounds(rates: Rates) -> list[str]:
    pooled = rates.pooled
    return [
        f"However calls are routed, {rates.least_lost_per_h / rates.arrivals_per_h.sum() * 100:.1f}% hang up at least;",
        f"if nobody did, {rates.least_busy:.1f} agents would be busy at least (linear programs).",
        f"Erlang A, if all had all skills and the rates of the fastest: {pooled.p_abandon * 100:.2g}% hang up,",
        f"{pooled.offered_load:.1f} agents are busy.",
        "",
    ]


# ---------------------------------------------------------------------- run


def simulated(scenario: Scenario, *, records: bool = False, processes: int | None = None) -> Experiment:
    """Simulate all replications, with a row for each customer if ``records``."""
    tallies = run(partial(make_world, scenario, records=records), scenario.run.replications, processes)
    world = make_world(scenario)
    return Experiment(scenario, world, Figures.of(world, tallies, scenario.run.confidence))


def scenario_with(policy: str, replications: int | None = None) -> Scenario:
    """Return the scenario with another rule for which agent is taken, and perhaps with other replications."""
    more = [] if replications is None else [("run.replications", str(replications))]
    return load_scenario(FILE, [("center.queues.*.strategy", policy), *more])


def main(argv: Sequence[str] | None = None) -> int:
    """Print, and draw if asked; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m acdcore.sim.us_bank", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--replications", type=int, metavar="N", help="how many; default: the scenario's")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw what the rules differ in: SVG, PNG or PDF")
    arguments = parser.parse_args(argv)
    if arguments.replications is not None and arguments.replications < 1:
        parser.error(f"--replications: {arguments.replications}; allowed: 1 or more")
    first, *others = POLICIES
    experiment = simulated(scenario_with(first, arguments.replications), records=True)
    print(*told(experiment, Rates.of(experiment.scenario)), sep="\n")
    if arguments.plot is not None:
        from .us_bank_plot import draw

        figures = {first: experiment.figures}
        figures |= {name: simulated(scenario_with(name, arguments.replications)).figures for name in others}
        try:
            draw(figures, arguments.plot)
        except (ValueError, OSError) as error:
            print(error, file=sys.stderr)
            return 1
        print(f"Written: {arguments.plot}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
