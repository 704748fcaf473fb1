"""Who comes: a scenario's sources as streams with rates piece by piece, and as customers known one by one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..router.codes import SECOND_NS
from .build_laws import Laws
from .chance import Purpose, stream
from .scenario import Scenario, SourceRule
from .scenario_files import Counts
from .scenario_values import MINUTE_NS
from .world import ALWAYS, NONE, Choice, Ending, Floats, SelfService, Source, Trace

HOUR_S: Final = 3_600.0
Pieces = list[tuple[float, float, float]]
"""(from, to, how many a second), apart from each other."""
Factors = Mapping[dt.date, float]


class DemandBuilder:
    """Makes the sources and traces of one replication."""

    def __init__(self, scenario: Scenario, replication: int, laws: Laws) -> None:
        self.scenario = scenario
        self.replication = replication
        self.laws = laws
        run = scenario.run
        self.until_s = run.horizon_ns / SECOND_NS
        if run.ending is Ending.RUN_ON:
            self.until_s += run.most_overtime_ns / SECOND_NS
        self.wall = run.wall()
        self.days = self.wall.days(self.until_s)
        self.queues = {name: slot for slot, name in enumerate(scenario.center.queues)}
        self.tiers = {name: slot for slot, name in enumerate(scenario.center.all_tiers())}
        self.default_tier = self.tiers[scenario.center.default_tier()]
        random = stream(scenario, replication, Purpose.DEMAND_FACTOR)
        factor = scenario.demand_factor
        shared = np.ones(len(self.days)) if factor is None else factor.draw(random, len(self.days))
        self.shared: Factors = dict(zip(self.days, shared.tolist(), strict=True))

    def sources(self) -> tuple[Source, ...]:
        """Return the streams, in the order of the scenario."""
        return tuple(one for number, rule in enumerate(self.scenario.demand) for one in self._streams(number, rule))

    def traces(self) -> tuple[Trace, ...]:
        """Return those who are known one by one: traces in the order of the scenario, then the backlog."""
        found = [self._trace(number) for number in self.scenario.traces]
        return (*found, *([self._backlog()] if self.scenario.backlog else []))

    # ------------------------------------------------------------------ streams

    def _streams(self, number: int, rule: SourceRule) -> Iterable[Source]:
        if rule.trace is not None:
            return
        factors = self._factors(number, rule)
        if rule.calls is not None:
            counts = self.scenario.counts[number]
            dates = self._dates(number, rule, counts)
            interval = rule.calls.interval_ns / MINUTE_NS
            for (queue, tier), by_date in counts.by_choice.items():
                pieces = self._counted(by_date, dates, interval, factors)
                yield self._source(pieces, self._choices(rule, queue, tier), rule)
        elif rule.calls_per_hour is not None:
            yield self._source(self._constant(rule, factors), self._choices(rule), rule)
        else:
            yield self._source(self._rated(rule, factors), self._choices(rule), rule)

    def _factors(self, number: int, rule: SourceRule) -> Factors:
        """Return what each day's demand is multiplied by."""
        own = np.ones(len(self.days))
        if rule.day_factor is not None:
            random = stream(self.scenario, self.replication, Purpose.DAY_FACTOR, number)
            own = rule.day_factor.draw(random, len(self.days))
        return {day: self.shared[day] * factor for day, factor in zip(self.days, own.tolist(), strict=True)}

    def _constant(self, rule: SourceRule, factors: Factors) -> Pieces:
        rate = (rule.calls_per_hour or 0.0) / HOUR_S
        if self.scenario.demand_factor is None and rule.day_factor is None:
            return [(0.0, ALWAYS, rate)]
        return [
            (self.wall.day_s(day, 0), self.wall.day_s(day + dt.timedelta(days=1), 0), rate * factors[day])
            for day in self.days
        ]

    def _rated(self, rule: SourceRule, factors: Factors) -> Pieces:
        pieces: Pieces = []
        for day in self.days:
            for block in rule.rates:
                if day.weekday() in block.days:
                    interval = block.interval_ns / MINUTE_NS
                    for at, rate in enumerate(block.per_hour):
                        begins = self.wall.day_s(day, block.start_minutes + at * interval)
                        ends = self.wall.day_s(day, block.start_minutes + (at + 1) * interval)
                        pieces.append((begins, ends, rate * factors[day] / HOUR_S))
        return pieces

    def _dates(self, number: int, rule: SourceRule, counts: Counts) -> dict[dt.date, dt.date]:
        """Return by which date of the record each day goes, the same for all queues and tiers."""
        if rule.calls is None or rule.calls.dates == "same":
            return {day: day for day in self.days}
        random = stream(self.scenario, self.replication, Purpose.DATES, number)
        drawn = random.random(len(self.days))
        found = {}
        for day, chance in zip(self.days, drawn.tolist(), strict=True):
            alike = [date for date in counts.dates() if date.weekday() == day.weekday()]
            if alike:
                found[day] = alike[int(chance * len(alike))]
        return found

    def _counted(
        self,
        by_date: Mapping[dt.date, Mapping[int, float]],
        dates: Mapping[dt.date, dt.date],
        interval: float,
        factors: Factors,
    ) -> Pieces:
        return [
            (
                self.wall.day_s(day, minutes),
                self.wall.day_s(day, minutes + interval),
                calls * factors[day] / (interval * 60.0),
            )
            for day, date in dates.items()
            for minutes, calls in sorted(by_date.get(date, {}).items())
        ]

    def _choices(self, rule: SourceRule, queue: int = NONE, tier: int = NONE) -> tuple[Choice, ...]:
        """Return what for they come; what a file has said already is taken from there."""
        if queue != NONE:
            said = [(1.0, queue, tier)]
        elif rule.queue is not None:
            said = [(1.0, self.queues[rule.queue], tier)]
        else:
            total = sum(part.share for part in rule.mix)
            said = [
                (part.share / total, self.queues[part.queue], NONE if part.tier is None else self.tiers[part.tier])
                for part in rule.mix
            ]
        tiers = {self.tiers[name]: share for name, share in rule.tiers.items()} or {self.default_tier: 1.0}
        total = sum(tiers.values())
        shares: dict[tuple[int, int], float] = {}
        for share, slot, own in said:
            for one, tier_share in {own: total}.items() if own != NONE else tiers.items():
                shares[slot, one] = shares.get((slot, one), 0.0) + share * tier_share / total
        return tuple(Choice(share, slot, one) for (slot, one), share in shares.items() if share > 0)

    def _source(self, pieces: Pieces, choices: tuple[Choice, ...], rule: SourceRule) -> Source:
        edges, rates = joined(pieces, self.until_s)
        service = rule.self_service
        return Source(
            edges,
            rates,
            choices,
            self.laws.of(rule.batch),
            SelfService(service.contained, self.laws.of(service.length)) if service else None,
        )

    # ------------------------------------------------------------------ customers one by one

    def _trace(self, number: int) -> Trace:
        rows, rule = self.scenario.traces[number], self.scenario.demand[number]
        here = (rows.at_s >= 0) & (rows.at_s < self.until_s)
        queue, tier = rows.queue.copy(), rows.tier.copy()
        random = stream(self.scenario, self.replication, Purpose.TRACE, number)
        # one number for each row, used or not: what a trace says of one customer changes nothing for the others
        chance = random.random(len(queue))
        for slot in [NONE] if (queue == NONE).any() else []:
            missing = queue == slot
            drawn = self._choices(rule)
            chosen = _chosen(drawn, chance[missing])
            queue[missing] = [drawn[one].queue for one in chosen]
            tier[missing & (tier == NONE)] = np.asarray([drawn[one].tier for one in chosen], np.int32)[
                (tier == NONE)[missing]
            ]
        if (tier == NONE).any():
            missing = tier == NONE
            drawn = self._choices(rule, 0)
            tier[missing] = [drawn[one].tier for one in _chosen(drawn, chance[missing])]
        return Trace(
            rows.at_s[here], queue[here], tier[here], rows.patience_s[here], rows.handle_s[here], rows.since_s[here]
        )

    def _backlog(self) -> Trace:
        queue: list[int] = []
        tier: list[int] = []
        since: list[Floats] = []
        for number, one in enumerate(self.scenario.backlog):
            slot = self.default_tier if one.tier is None else self.tiers[one.tier]
            queue += [self.queues[one.queue]] * one.count
            tier += [slot] * one.count
            random = stream(self.scenario, self.replication, Purpose.BACKLOG, number)
            since.append(np.zeros(one.count) if one.age is None else -one.age.draw(random, one.count))
        since_s = np.concatenate(since)
        order = np.argsort(since_s, kind="stable")
        nothing = np.full(len(queue), np.nan)
        return Trace(
            np.zeros(len(queue)),
            np.asarray(queue, np.int32)[order],
            np.asarray(tier, np.int32)[order],
            nothing,
            nothing,
            since_s[order],
        )


def without_factors(scenario: Scenario) -> Scenario:
    """Return a scenario all of whose day factors are 1: what is expected of demand."""
    demand = [rule.model_copy(update={"day_factor": None}) for rule in scenario.demand]
    return scenario.model_copy(update={"demand_factor": None, "demand": demand})


def owners(scenario: Scenario) -> list[int]:
    """Return the number of the ``demand`` that each of :meth:`DemandBuilder.sources` is of."""
    return [
        number
        for number, rule in enumerate(scenario.demand)
        if rule.trace is None
        for _ in range(len(scenario.counts[number].by_choice) if rule.calls is not None else 1)
    ]


def _chosen(choices: tuple[Choice, ...], chance: Floats) -> NDArray[np.int64]:
    """Return which choice each number from 0 to 1 stands for."""
    edges = np.cumsum([choice.share for choice in choices])
    return np.minimum(np.searchsorted(edges, chance, side="right"), len(choices) - 1)


def joined(pieces: Pieces, until_s: float) -> tuple[Floats, Floats]:
    """Return edges and rates from 0 on of pieces that are apart: nobody comes between them."""
    edges, rates = [0.0], []
    for begins, ends, rate in sorted(pieces):
        begin, end = max(begins, 0.0), ends if ends >= ALWAYS else min(ends, until_s)
        if end <= begin:
            continue
        if begin > edges[-1]:
            edges.append(begin)
            rates.append(0.0)
        if rates and rates[-1] == rate:
            edges[-1] = end
        else:
            edges.append(end)
            rates.append(rate)
    if not rates:
        edges.append(until_s)
        rates.append(0.0)
    return np.asarray(edges, np.float64), np.asarray(rates, np.float64)
