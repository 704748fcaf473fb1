"""What the parts of a scenario say about each other: errors, and where customers may come to."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..config.durations import format_duration
from ..config.tree import Path
from ..router.codes import SECOND_NS
from .agent_types import Roll, type_table
from .build_handling import handling_tables, may_serve
from .rosters import Report, allocate
from .scenario import Scenario
from .scenario_files import FileError, Names, read_counts, read_trace_rows
from .scenario_values import MINUTE_NS
from .world import NONE


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
