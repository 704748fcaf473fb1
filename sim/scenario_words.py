"""What a scenario comes down to, for those who check it: customers, their patience and work, agents and their hours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from ..router.codes import SECOND_NS
from .agent_types import Roll, TypeTable, type_table
from .build_demand import DemandBuilder, owners, without_factors
from .build_handling import handling_tables, last_saying, may_serve
from .build_laws import Laws
from .laws import Law, constant, law_words
from .rosters import Allocation, allocate, make_roster
from .scenario import Scenario, ShiftRule
from .summary import LEFT, RIGHT, Table, decimals, seconds
from .world import NONE, Duty, Floats, Roster

CUSTOMERS: Final = (
    ("queue", LEFT),
    ("tier", LEFT),
    ("customers", RIGHT),
    ("patience", LEFT),
    ("talk + wrap-up", RIGHT),
    ("hours", RIGHT),
)
AGENTS: Final = (("agents", LEFT), ("number", RIGHT), ("expected hours", RIGHT), ("serve", LEFT))
HOUR_S: Final = 3_600.0
MOST_ROWS: Final = 60
DRAWS: Final = 20_000


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
    demand = DemandBuilder(without_factors(scenario), 0, Laws())
    expected = np.zeros((len(scenario.center.queues), len(scenario.center.all_tiers())))
    horizon_s = scenario.run.horizon_ns / SECOND_NS
    for number, source in zip(owners(scenario), demand.sources(), strict=True):
        batch = scenario.demand[number].batch
        lengths = np.diff(np.minimum(source.edges_s, horizon_s))
        customers = float((lengths * source.rates_per_s).sum()) * (batch.mean() if batch else 1.0)
        for choice in source.choices:
            expected[choice.queue, choice.tier] += customers * choice.share
    for trace in demand.traces():
        here = trace.at_s < horizon_s
        np.add.at(expected, (trace.queue[here], trace.tier[here]), 1.0)
    return expected


def _means(scenario: Scenario, table: TypeTable, roll: Roll) -> tuple[Floats, Floats]:
    """Return [queue, tier] and [queue]: mean talk and wrap-up over the agents who could serve; NaN: not said, nobody.

    A wrap-up ends when the queue's own ``wrap_up`` is over, and lasts as long as that where no rule says anything.
    """
    center = scenario.center
    talk, wrap_up = handling_tables(scenario, table, roll)
    means = np.asarray([np.nan if rule.talk is None else rule.talk.mean() for rule in scenario.handling] + [np.nan])
    talks, wrap_ups = np.full(talk.shape[:2], np.nan), np.full(len(wrap_up), np.nan)
    for slot, queue in enumerate(center.queues.values()):
        weights = np.asarray([kind.size if may_serve(kind.agent, queue) else 0 for kind in table.kinds], np.float64)
        for tier in range(talk.shape[1]):
            known = (talk[slot, tier] != NONE) & (weights > 0)
            if known.any():
                talks[slot, tier] = np.average(means[talk[slot, tier]][known], weights=weights[known])
        if weights.any():
            limit_s = queue.wrap_up_ns / SECOND_NS
            lengths = {int(number): _limited(scenario, int(number), limit_s) for number in np.unique(wrap_up[slot])}
            wrap_ups[slot] = np.average([lengths[int(number)] for number in wrap_up[slot]], weights=weights)
    return talks, wrap_ups


def _limited(scenario: Scenario, number: int, limit_s: float) -> float:
    """Return the mean of a rule's wrap-up, none being longer than a limit; the limit itself where there is no rule."""
    law = None if number == NONE else scenario.handling[number].wrap_up
    if law is None:
        return limit_s
    # laws know no mean of what is cut off: an average of many draws, the same at each time, is good to a percent
    return float(np.minimum(law.draw(np.random.default_rng(0), DRAWS), limit_s).mean())


def _customer_rows(scenario: Scenario, table: TypeTable, roll: Roll) -> list[Sequence[str]]:
    expected, (talks, wrap_ups) = expected_customers(scenario), _means(scenario, table, roll)
    rows: list[Sequence[str]] = []
    for slot, queue in enumerate(scenario.center.queues):
        for column, tier in enumerate(scenario.center.all_tiers()):
            customers, talk, wrap_up = (
                float(one) for one in (expected[slot, column], talks[slot, column], wrap_ups[slot])
            )
            if customers <= 0:
                continue
            patience: Law | None = last_saying(scenario.customers, {"queue": queue, "tier": tier}, "patience")
            rows.append(
                (
                    queue,
                    tier,
                    decimals(customers, 0 if customers >= 100 else 1),
                    law_words(patience) if patience else "never hang up",
                    seconds(talk + wrap_up),
                    decimals(customers * (talk + wrap_up) / HOUR_S, 1),
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
    """Return [agent]: expected hours within the horizon from sign-ins to the ends of shifts, breaks left out.

    Who is absent in one day of ten has nine tenths of the hours; who comes late, always comes late by the mean.
    """
    agents, allocation = len(roll.names), allocate(scenario, roll=roll)
    rules = scenario.workforce.shifts
    certain = [_certain(rule) for rule in rules]
    planned = scenario.model_copy(
        update={"workforce": scenario.workforce.model_copy(update={"shifts": certain})},
    )
    nobody: list[list[int]] = [[] for _ in rules]
    groups = allocation._replace(by_rule=nobody)
    hours = _hours(make_roster(planned, 0, groups, agents), scenario.run.horizon_ns / SECOND_NS, agents)
    for number, rule in enumerate(rules):
        alone = Allocation([*nobody[:number], allocation.by_rule[number], *nobody[number + 1 :]], {})
        roster = make_roster(planned, 0, alone, agents)
        hours += (1 - rule.absent) * _hours(roster, scenario.run.horizon_ns / SECOND_NS, agents)
    return hours


def _certain(rule: ShiftRule) -> ShiftRule:
    """Return a shift with nothing left to chance."""
    late = None if rule.late is None else constant(rule.late.mean())
    return rule.model_copy(update={"absent": 0.0, "late": late})


def _hours(roster: Roster, horizon_s: float, agents: int) -> Floats:
    hours = np.zeros(agents)
    rows = zip(roster.at_s, roster.agent, roster.duty, roster.length_s, strict=True)
    for at_s, agent, duty, length_s in rows:
        left_h = max(horizon_s - float(at_s), 0.0) / HOUR_S
        if duty == Duty.BREAK:
            hours[agent] -= min(float(length_s) / HOUR_S, left_h)
        else:
            hours[agent] += left_h if duty == Duty.SIGN_IN else -left_h
    return hours
