"""What a scenario comes down to, for those who check it: customers, their patience and work, agents and their hours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..router.codes import SECOND_NS
from .agent_types import Roll, TypeTable, type_table
from .build_demand import DemandBuilder
from .build_handling import handling_tables, last_saying, may_serve
from .build_laws import Laws
from .laws import Law, law_words, seconds_words
from .rosters import allocate, make_roster
from .scenario import Scenario
from .summary import LEFT, RIGHT, Table, decimals
from .world import NONE, Duty, Floats

CUSTOMERS: Final = (
    ("queue", LEFT),
    ("tier", LEFT),
    ("customers", RIGHT),
    ("patience", LEFT),
    ("mean talk", RIGHT),
    ("hours", RIGHT),
)
AGENTS: Final = (("agents", LEFT), ("number", RIGHT), ("hours there", RIGHT), ("serve", LEFT))
HOUR_S: Final = 3_600.0
MOST_ROWS: Final = 60


def tables_of(scenario: Scenario) -> Iterator[Table]:
    """Yield what customers and agents come down to; customers are expected ones, as if all day factors were 1."""
    roll = Roll(scenario.center)
    table = type_table(scenario, roll)
    customers = _customer_rows(scenario, table, roll)
    tiers = 0 if len(scenario.center.all_tiers()) > 1 else 1  # one tier is not said again and again
    yield Table((CUSTOMERS[0], *CUSTOMERS[1 + tiers :]), [(row[0], *row[1 + tiers :]) for row in customers[:MOST_ROWS]])
    yield Table(AGENTS, _agent_rows(scenario, table, roll)[:MOST_ROWS])


def expected_customers(scenario: Scenario) -> Floats:
    """Return [queue, tier]: how many are expected in one replication, self-service and retries left aside."""
    plain = scenario.model_copy(
        update={
            "demand_factor": None,
            "demand": [source.model_copy(update={"day_factor": None}) for source in scenario.demand],
        }
    )
    laws = Laws()
    demand = DemandBuilder(plain, 0, laws)
    expected = np.zeros((len(scenario.center.queues), len(scenario.center.all_tiers())))
    horizon_s = scenario.run.horizon_ns / SECOND_NS
    owners = [
        rule
        for number, rule in enumerate(scenario.demand)
        if rule.trace is None
        for _ in range(len(scenario.counts[number].by_choice) if rule.calls is not None else 1)
    ]
    for owner, source in zip(owners, demand.sources(), strict=True):
        lengths = np.diff(np.minimum(source.edges_s, horizon_s))
        customers = float((lengths * source.rates_per_s).sum()) * (owner.batch.mean() if owner.batch else 1.0)
        for choice in source.choices:
            expected[choice.queue, choice.tier] += customers * choice.share
    for trace in demand.traces():
        here = trace.at_s < horizon_s
        np.add.at(expected, (trace.queue[here], trace.tier[here]), 1.0)
    return expected


def _talk_means(scenario: Scenario, table: TypeTable, roll: Roll) -> NDArray[np.float64]:
    """Return [queue, tier]: the mean talk, averaged over the agents who could serve; NaN where it is not said."""
    center = scenario.center
    talk, _ = handling_tables(scenario, table, roll)
    means = np.asarray([np.nan if rule.talk is None else rule.talk.mean() for rule in scenario.handling] + [np.nan])
    found = np.full(talk.shape[:2], np.nan)
    for slot, queue in enumerate(center.queues.values()):
        weights = np.asarray([kind.size if may_serve(kind.agent, queue) else 0 for kind in table.kinds], np.float64)
        for tier in range(talk.shape[1]):
            known = (talk[slot, tier] != NONE) & (weights > 0)
            if known.any():
                found[slot, tier] = np.average(means[talk[slot, tier]][known], weights=weights[known])
    return found


def _customer_rows(scenario: Scenario, table: TypeTable, roll: Roll) -> list[Sequence[str]]:
    expected, means = expected_customers(scenario), _talk_means(scenario, table, roll)
    rows: list[Sequence[str]] = []
    for slot, queue in enumerate(scenario.center.queues):
        for column, tier in enumerate(scenario.center.all_tiers()):
            customers, mean = float(expected[slot, column]), float(means[slot, column])
            if customers <= 0:
                continue
            patience: Law | None = last_saying(scenario.customers, {"queue": queue, "tier": tier}, "patience")
            rows.append(
                (
                    queue,
                    tier,
                    decimals(customers, 0 if customers >= 100 else 1),
                    law_words(patience) if patience else "never hang up",
                    "-" if np.isnan(mean) else seconds_words(mean),
                    decimals(customers * mean / HOUR_S, 1),
                )
            )
    return rows


def _agent_rows(scenario: Scenario, table: TypeTable, roll: Roll) -> list[Sequence[str]]:
    hours = _hours_there(scenario, roll)
    rows: list[Sequence[str]] = []
    for number, kind in enumerate(table.kinds):
        serve = [name for name, queue in scenario.center.queues.items() if may_serve(kind.agent, queue)]
        there = float(hours[table.type_of == number].sum())
        rows.append((kind.name, f"{kind.size:,}", decimals(there, 1), ", ".join(serve) or "nothing"))
    return rows


def _hours_there(scenario: Scenario, roll: Roll) -> Floats:
    """Return [agent]: hours from sign-in to the end of shifts within the horizon, breaks left out, replication 0."""
    horizon_s = scenario.run.horizon_ns / SECOND_NS
    roster = make_roster(scenario, 0, allocate(scenario, roll=roll), len(roll.names))
    hours = np.zeros(len(roll.names))
    rows = zip(roster.at_s, roster.agent, roster.duty, roster.length_s, strict=True)
    for at_s, agent, duty, length_s in rows:
        left_h = max(horizon_s - float(at_s), 0.0) / HOUR_S
        if duty == Duty.BREAK:
            hours[agent] -= min(float(length_s) / HOUR_S, left_h)
        else:
            hours[agent] += left_h if duty == Duty.SIGN_IN else -left_h
    return hours
