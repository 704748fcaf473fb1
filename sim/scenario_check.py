"""What the parts of a scenario say about each other: errors, and warnings of what can hardly be meant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from ..config.durations import format_duration
from ..config.tree import Path, Problem, path_text
from ..router.codes import SECOND_NS
from .agent_types import Roll, type_table
from .build_handling import handling_tables, may_serve
from .rosters import Report, allocate
from .scenario import CustomerRule, HandlingRule, Scenario
from .scenario_files import FileError, Names, read_counts, read_trace_rows
from .scenario_values import MINUTE_NS
from .world import NONE, Ending

MOST_NAMED: Final = 3


def check_scenario(scenario: Scenario, folder: str, report: Report) -> None:
    """Read the files that a scenario names, into the scenario, and report what does not fit together."""
    _files(scenario, folder, report)
    allocate(scenario, report)
    _talk(scenario, report)


def _files(scenario: Scenario, folder: str, report: Report) -> None:
    center = scenario.center
    names = Names(
        {name: slot for slot, name in enumerate(center.queues)},
        {name: slot for slot, name in enumerate(center.all_tiers())},
    )
    for number, source in enumerate(scenario.demand):
        path: Path = ("demand", number)
        try:
            if source.trace is not None:
                rows = read_trace_rows(folder, source.trace, names, scenario.run.wall())
                if source.queue is None and not source.mix and (rows.queue == NONE).any():
                    report((*path, "trace"), source.trace, "has customers without a queue; allowed: queue beside it")
                scenario.traces[number] = rows
            elif source.calls is not None:
                minutes = source.calls.interval_ns // MINUTE_NS
                if source.calls.interval_ns % MINUTE_NS:
                    report(
                        (*path, "calls", "interval"), format_duration(source.calls.interval_ns), "is not whole minutes"
                    )
                    continue
                counts = read_counts(folder, source.calls.file, names, minutes)
                if source.queue is None and not source.mix and any(queue == NONE for queue, _ in counts.by_choice):
                    report((*path, "calls"), source.calls.file, "has no queue; allowed: a column, or queue beside it")
                scenario.counts[number] = counts
                _dates(scenario, number, report)
        except FileError as error:
            report((*path, "trace" if source.trace is not None else "calls"), "", str(error))


def _dates(scenario: Scenario, number: int, report: Report) -> None:
    """Report days of the run for which a file of counts has no date to go by."""
    calls, counts = scenario.demand[number].calls, scenario.counts[number]
    if calls is None or calls.dates == "same":
        return
    weekdays = {day.weekday() for day in counts.dates()}
    wall, run = scenario.run.wall(), scenario.run
    missing = sorted(
        {f"{day:%A}" for day in wall.days(run.horizon_ns / SECOND_NS - 1)[1:] if day.weekday() not in weekdays}
    )
    if missing:
        report(("demand", number, "calls"), calls.file, f"has no {' and no '.join(missing)} to draw from")


def reached_queues(scenario: Scenario) -> dict[str, Path]:
    """Return every queue to which somebody may come whose talk has to be drawn, with where the scenario says so."""
    center = scenario.center
    queues = list(center.queues)
    found: dict[str, Path] = {}
    for number, source in enumerate(scenario.demand):
        path: Path = ("demand", number)
        rows, counts = scenario.traces.get(number), scenario.counts.get(number)
        if rows is not None:
            slots = {int(slot) for slot in np.unique(rows.queue[np.isnan(rows.handle_s)])}
            drawn = NONE in slots
            found |= {queues[slot]: path for slot in slots - {NONE} if queues[slot] not in found}
        elif counts is not None:
            slots = {queue for queue, _ in counts.by_choice}
            drawn = NONE in slots
            found |= {queues[slot]: path for slot in slots - {NONE} if queues[slot] not in found}
        else:
            drawn = source.trace is None and source.calls is None
        if drawn:
            said = [source.queue] if source.queue is not None else [part.queue for part in source.mix if part.share]
            found |= {name: path for name in said if name not in found}
    found |= {one.queue: ("backlog", number) for number, one in enumerate(scenario.backlog) if one.queue not in found}
    pending = list(found)
    while pending:
        for name, path in _moves(scenario, pending.pop()):
            if name not in found:
                found[name] = path
                pending.append(name)
    return found


def _moves(scenario: Scenario, name: str) -> Iterator[tuple[str, Path]]:
    """Yield where somebody in a queue may go on to, with where it is said."""
    queue = scenario.center.queues[name]
    where: Path = ("center", "queues", name)
    yield from ((other, where) for _, other in queue.references())
    yield from ((step.move_to, where) for step in queue.plan if step.move_to is not None)
    for number, customers in enumerate(scenario.customers):
        if customers.callback and customers.callback.share and (not customers.queue or name in customers.queue):
            yield customers.callback.queue, ("customers", number, "callback")
    for number, handling in enumerate(scenario.handling):
        if not handling.queue or name in handling.queue:
            yield from ((one.queue, ("handling", number, "transfers")) for one in handling.transfers or ())


def _talk(scenario: Scenario, report: Report) -> None:
    """Report queues whose customers could be served by somebody of whom it is not said how long that takes."""
    center, roll = scenario.center, Roll(scenario.center)
    table = type_table(scenario, roll)
    talk, _ = handling_tables(scenario, table, roll)
    slots = {name: slot for slot, name in enumerate(center.queues)}
    tiers = list(center.all_tiers())
    for name, path in reached_queues(scenario).items():
        able = np.asarray([may_serve(kind.agent, center.queues[name]) for kind in table.kinds], np.bool_)
        missing = np.argwhere((talk[slots[name]] == NONE) & able[None, :])
        if len(missing):
            tier, kind = (int(one) for one in missing[0])
            everywhere = len(missing) == able.sum() * len(tiers)
            whom = "" if everywhere else f" for tier {tiers[tier]} and {table.kinds[kind].name}"
            report(path, name, f"brings customers to a queue whose talk is not said{whom}; allowed: talk in handling")


# ---------------------------------------------------------------------- warnings


def lint_scenario(scenario: Scenario) -> list[Problem]:
    """Return what a valid scenario says but can hardly mean, in the order of the file."""
    found: list[tuple[Path, str, str]] = []
    for look in (_absent_agents, _unserved, _outside, _shadowed, _wrap_up, _one_run):
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
