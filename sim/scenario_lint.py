"""Warnings: what a valid scenario says but can hardly mean."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

import numpy as np

from ..config.durations import format_duration
from ..config.hours import OpeningHours, queue_hours
from ..config.queues import Queue
from ..config.tree import Path, Problem, path_text
from ..router.codes import SECOND_NS, QueueField
from .agent_types import Roll, type_table
from .build_demand import DemandBuilder, owners, without_factors
from .build_handling import handling_tables, last_rule, may_serve
from .build_laws import Laws
from .laws import seconds_words
from .rosters import allocate, make_roster
from .scenario import CustomerRule, HandlingRule, Scenario
from .scenario_check import reached_queues
from .scenario_values import MINUTE_NS
from .world import Duty, Ending, Source

MOST_NAMED: Final = 3
LONG_TARGET_NS: Final = 3_600 * SECOND_NS
"""A queue with such a target is of work that is not waited for on a line: e-mails, letters."""


def lint_scenario(scenario: Scenario) -> list[Problem]:
    """Return what a valid scenario says but can hardly mean, in the order of the file."""
    found: list[tuple[Path, str, str]] = []
    for look in LOOKS:
        found += look(scenario)
    problems = [Problem(path_text(path), scenario.line_of(*path), value, message) for path, value, message in found]
    return sorted(problems, key=lambda problem: problem.line)


Warnings = Iterator[tuple[Path, str, str]]


def _absent_agents(scenario: Scenario) -> Warnings:
    if scenario.workforce.everybody_always:
        return
    there = allocate(scenario).everyone()
    names = list(scenario.center.all_agents())
    missing = [name for slot, name in enumerate(names) if slot not in there]
    if missing:
        first = ", ".join(missing[:MOST_NAMED]) + (", ..." if len(missing) > MOST_NAMED else "")
        count = f"{len(missing)} of {len(names)} agents"
        yield ("workforce",), first, f"{count} have no shift and no staffing, and are never there"


def _unserved(scenario: Scenario) -> Warnings:
    center = scenario.center
    everyone = [*center.agents.values(), *center.agent_groups.values()]
    for name, path in reached_queues(scenario).items():
        if not any(may_serve(agent, center.queues[name]) for agent in everyone):
            yield path, name, "brings customers to a queue that no agent can serve"


def _outside(scenario: Scenario) -> Warnings:
    horizon_s = scenario.run.horizon_ns / SECOND_NS
    for number, rows in scenario.traces.items():
        outside = int(((rows.at_s < 0) | (rows.at_s >= horizon_s)).sum())
        if outside:
            total = len(rows.at_s)
            yield ("demand", number, "trace"), "", f"{outside} of {total} customers come before or after the run"
    dates = set(scenario.run.wall().days(horizon_s - 1)[1:])
    for number, counts in scenario.counts.items():
        calls = scenario.demand[number].calls
        if calls is not None and calls.dates == "same" and not dates & set(counts.dates()):
            yield ("demand", number, "calls"), "", "has none of the dates of the run: nobody comes"


def _shadowed(scenario: Scenario) -> Warnings:
    """Warn of rules that later ones without any condition replace in all that they say."""
    sections: list[tuple[str, Sequence[CustomerRule | HandlingRule]]] = [
        ("customers", scenario.customers),
        ("handling", scenario.handling),
    ]
    conditions = ("queue", "tier", "agents", "skill")
    for section, rules in sections:
        for number, rule in enumerate(rules):
            said = rule.model_fields_set - set(conditions)
            later = [one for one in list(rules)[number + 1 :] if not any(getattr(one, key, ()) for key in conditions)]
            replaced = {field for one in later for field in one.model_fields_set}
            if not said:
                yield (section, number), "", "says nothing but for whom"
            elif said <= replaced:
                yield (section, number), "", "says only what a later rule, for all, replaces; put general rules first"


def _wrap_up(scenario: Scenario) -> Warnings:
    """Warn of wrap-ups that the center's queue ends early."""
    center, roll = scenario.center, Roll(scenario.center)
    table = type_table(scenario, roll)
    _, wrap_up = handling_tables(scenario, table, roll)
    for number, rule in enumerate(scenario.handling):
        short: list[str] = []
        for slot, (name, queue) in enumerate(center.queues.items()):
            held = (wrap_up[slot] == number) & [may_serve(kind.agent, queue) for kind in table.kinds]
            if rule.wrap_up is not None and held.any() and rule.wrap_up.mean() > queue.wrap_up_ns / SECOND_NS:
                short.append(f"{name} ({format_duration(queue.wrap_up_ns)})")
        if short:
            what = "has a mean that is more than the queue's wrap_up in the center, at which it ends"
            yield ("handling", number, "wrap_up"), ", ".join(short), what


def _one_run(scenario: Scenario) -> Warnings:
    run = scenario.run
    if run.replications == 1 and run.batches == 1:
        yield ("run", "replications"), "1", "gives figures without intervals; more replications, or batches, give them"
    if run.ending is not Ending.STOP and run.most_overtime_ns == 0:
        yield ("run", "most_overtime"), "0s", f"stops at the horizon, whatever ending: {run.ending.name.lower()} says"


def _nobody(scenario: Scenario) -> Warnings:
    """Warn of a run to which nobody comes, or in which nobody is there to work."""
    if not scenario.backlog and not any(coming for _, coming in _coming(scenario)):
        yield ("demand",), "", "brings nobody during the run"
    roll = Roll(scenario.center)
    # who comes late or not at all is left to chance; this is about the plan
    shifts = [rule.model_copy(update={"absent": 0.0, "late": None}) for rule in scenario.workforce.shifts]
    force = scenario.workforce.model_copy(update={"shifts": shifts})
    planned = scenario.model_copy(update={"workforce": force})
    roster = make_roster(planned, 0, allocate(planned, roll=roll), len(roll.names))
    if not ((roster.duty == Duty.SIGN_IN) & (roster.at_s < scenario.run.horizon_ns / SECOND_NS)).any():
        yield ("workforce",), "", "has nobody at work during the run"


def _coming(scenario: Scenario) -> Iterator[tuple[int, dict[str, list[tuple[float, float]]]]]:
    """Yield, for each source, when customers of it may come within the run: spans in seconds, by queue."""
    queues, horizon_s = list(scenario.center.queues), scenario.run.horizon_ns / SECOND_NS
    found: dict[int, dict[str, list[tuple[float, float]]]] = {
        number: defaultdict(list) for number in range(len(scenario.demand))
    }
    # a day factor that happens to be 0 brings nobody, which is not what the scenario says
    demand = DemandBuilder(without_factors(scenario), 0, Laws())
    for number, source in zip(owners(scenario), demand.sources(), strict=True):
        spans = list(_spans(source, horizon_s))
        for choice in source.choices if spans else ():
            found[number][queues[choice.queue]] += spans
    for number, trace in zip(scenario.traces, demand.traces(), strict=False):  # the backlog comes after the last one
        for at_s, queue in zip(trace.at_s.tolist(), trace.queue.tolist(), strict=True):
            if at_s < horizon_s:
                found[number][queues[queue]].append((at_s, at_s))
    yield from found.items()


def _spans(source: Source, horizon_s: float) -> Iterator[tuple[float, float]]:
    for begins, ends, rate in zip(source.edges_s[:-1], source.edges_s[1:], source.rates_per_s, strict=True):
        if rate > 0 and begins < horizon_s:
            yield float(begins), min(float(ends), horizon_s)


def _closed(scenario: Scenario) -> Warnings:
    """Warn of customers all of whom come to a queue while it is closed; where they are sent on, that is meant."""
    calendars = {name: hours.hours for name, hours in queue_hours(scenario.center).items()}
    sent_on = {name for name, queue in scenario.center.queues.items() if _moves_closed(queue)}
    start_ns = scenario.run.wall().start_ns
    for number, coming in _coming(scenario):
        closed = [
            name
            for name, spans in coming.items()
            if name in calendars and name not in sent_on and not _open_in(calendars[name], spans, start_ns)
        ]
        if closed:
            which = "all come while the queue is closed by its calendar"
            yield ("demand", number), ", ".join(closed), which


def _moves_closed(queue: Queue) -> bool:
    return any(field is QueueField.ON_CLOSED for field, _ in queue.references())


def _open_in(hours: OpeningHours, spans: Sequence[tuple[float, float]], start_ns: int) -> bool:
    """Say whether a calendar is open at some moment of some spans of the run."""
    for begins, ends in spans:
        begin_ns, end_ns = (start_ns + round(at_s * SECOND_NS) for at_s in (begins, ends))
        if hours.is_open(begin_ns) or any(opens for _, opens in hours.changes(begin_ns, end_ns)):
            return True
    return False


def _breaks(scenario: Scenario) -> Warnings:
    """Warn of breaks of a shift that overlap for some of its agents, as they are spread."""
    taken = [] if not scenario.workforce.shifts else allocate(scenario).by_rule
    for number, rule in enumerate(scenario.workforce.shifts):
        spread = np.arange(len(taken[number])) / max(len(taken[number]), 1)
        spans = [
            (begins, begins + one.for_ns / MINUTE_NS)
            for one in rule.breaks
            for begins in [rule.break_minutes(one) + spread * one.spread_ns / MINUTE_NS]
        ]
        for first, second in combinations(range(len(spans)), 2):
            (begins, ends), (others, others_end) = spans[first], spans[second]
            count = int(((begins < others_end) & (others < ends)).sum())
            if count:
                whom = f"{count} of {len(spread)} agents" if len(spread) > 1 else "the agent"
                path: Path = ("workforce", "shifts", number, "breaks", second)
                yield path, "", f"overlaps breaks[{first}] for {whom}"


def _patience(scenario: Scenario) -> Warnings:
    """Warn of customers who hang up long before a target of hours: mostly a rule for all that is not meant for them."""
    center = scenario.center
    found: dict[int, list[str]] = defaultdict(list)
    for name, path in reached_queues(scenario).items():
        target_ns = center.queues[name].target_ns
        if target_ns < LONG_TARGET_NS or path[-1] == "callback":  # nobody who is called back hangs up
            continue
        for tier in center.all_tiers():
            number = last_rule(scenario.customers, {"queue": name, "tier": tier}, "patience")
            patience = None if number is None else scenario.customers[number].patience
            if number is not None and patience and patience.mean() < target_ns / SECOND_NS:
                said = f"{name} (target {format_duration(target_ns)})"
                if said not in found[number]:
                    found[number].append(said)
    for number, queues in found.items():
        patience = scenario.customers[number].patience
        mean = "" if patience is None else f" after {seconds_words(patience.mean())} on average"
        message = f"makes customers hang up{mean}, long before the target; patience: never holds where nobody does"
        yield ("customers", number, "patience"), ", ".join(queues), message


LOOKS: Final = (
    _absent_agents,
    _unserved,
    _outside,
    _shadowed,
    _wrap_up,
    _one_run,
    _nobody,
    _closed,
    _breaks,
    _patience,
)
