"""Who works when: which agents have which shift, and the sign-ins, breaks and ends of one replication.

Which agents a rule takes is settled once for all days. With ``count`` it takes the first of its agents who have no
other shift on any of the same days; without, it takes all. Lateness and absence are drawn for each replication,
shift and day on their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from ..config.durations import format_duration
from ..config.tree import Path
from ..router.codes import SECOND_NS
from .agent_types import Roll
from .chance import Purpose, stream
from .scenario import Scenario, ShiftRule
from .scenario_files import Wall
from .scenario_values import DAY_MINUTES, MINUTE_NS, overlap_in_week
from .world import Duty, Ending, Roster

Report = Callable[[Path, str, str], None]
"""Called with the path, the offending value (printable) and the message."""


class Allocation(NamedTuple):
    """Which agents (by slot) the shifts and the staffing are of."""

    by_rule: list[list[int]]
    by_group: dict[str, list[int]]

    def everyone(self) -> set[int]:
        """Return all who have a shift or are in a group with staffing."""
        taken = [*self.by_rule, *self.by_group.values()]
        return {slot for slots in taken for slot in slots}


def allocate(scenario: Scenario, report: Report | None = None, roll: Roll | None = None) -> Allocation:
    """Return who has which shift; what cannot be is reported, if somebody listens."""
    roll = roll or Roll(scenario.center)
    force = scenario.workforce
    said = report or (lambda _path, _value, _message: None)
    by_group = {name: list(roll.slots(name)) for name in force.staffing}
    _check_staffing(scenario, by_group, said)
    staffed = {slot: name for name, slots in by_group.items() for slot in slots}
    rules_of: dict[int, list[int]] = {}
    by_rule: list[list[int]] = []
    for number, rule in enumerate(force.shifts):
        earlier = force.shifts[:number]
        clashes = {other for other, one in enumerate(earlier) if _overlap(one, rule)}
        same_days = {other for other, one in enumerate(earlier) if set(one.days) & set(rule.days)} | clashes
        named = roll.all_slots(rule.agents)
        for slot in named:
            if slot in staffed:
                message = f"names {roll.names[slot]}, of whom staffing.{staffed[slot]} says when to be there"
                said(("workforce", "shifts", number, "agents"), "", message)
                break
        free = [slot for slot in named if not same_days.intersection(rules_of.get(slot, ()))]
        taken = named if rule.count is None else free[: rule.count]
        for slot in taken:
            clash = clashes.intersection(rules_of.get(slot, ()))
            if clash:
                message = f"gives {roll.names[slot]} a shift that overlaps the one of shifts[{min(clash)}]"
                said(("workforce", "shifts", number), "", message)
                break
        if rule.count is not None and len(taken) < rule.count:
            other = "" if len(free) == len(named) else f" of {len(named)} who have no other shift on these days"
            message = f"is more than there are; allowed: up to {len(free)}{other}"
            said(("workforce", "shifts", number, "count"), str(rule.count), message)
        for slot in taken:
            rules_of.setdefault(slot, []).append(number)
        by_rule.append(taken)
    return Allocation(by_rule, by_group)


def _check_staffing(scenario: Scenario, by_group: dict[str, list[int]], said: Report) -> None:
    owners: dict[int, str] = {}
    for name, blocks in scenario.workforce.staffing.items():
        path: Path = ("workforce", "staffing", name)
        for slot in by_group[name]:
            if slot in owners:
                said(path, "", f"has an agent who is in staffing.{owners[slot]} too")
                break
        owners.update(dict.fromkeys(by_group[name], name))
        for number, block in enumerate(blocks):
            for at, count in enumerate(block.count):
                if count > len(by_group[name]):
                    allowed = f"is more than {name} has; allowed: up to {len(by_group[name])}"
                    said((*path, number, "count", at), str(count), allowed)
            span = (block.start_minutes, block.start_minutes + len(block.count) * block.interval_ns / MINUTE_NS)
            for other, earlier in enumerate(blocks[:number]):
                ends = earlier.start_minutes + len(earlier.count) * earlier.interval_ns / MINUTE_NS
                if overlap_in_week(earlier.days, (earlier.start_minutes, ends), block.days, span):
                    said((*path, number), "", f"overlaps staffing.{name}[{other}] on the same day")


def _overlap(one: ShiftRule, other: ShiftRule) -> bool:
    return overlap_in_week(one.days, one.shift, other.days, other.shift)


class _Stay(NamedTuple):
    """One agent's time on duty as planned, with what chance made of it. Seconds."""

    begins: float
    ends: float
    late: float
    breaks: tuple[tuple[float, float], ...]
    """(at, length)."""


def make_roster(scenario: Scenario, replication: int, allocation: Allocation, agents: int) -> Roster:
    """Return who does what when in one replication.

    Nobody leaves at the horizon or later, unless arrivals go on then (``ending: run_on``): who is there at the end
    serves those who are still inside.
    """
    run, force = scenario.run, scenario.workforce
    limit_s = run.horizon_ns / SECOND_NS
    if run.ending is Ending.RUN_ON:
        limit_s += run.most_overtime_ns / SECOND_NS
    duties: list[tuple[float, int, int, float]] = []
    if force.everybody_always:
        duties = [(0.0, int(Duty.SIGN_IN), slot, 0.0) for slot in range(agents)]
    stays: dict[int, list[_Stay]] = {}
    wall = run.wall()
    for number, rule in enumerate(force.shifts):
        for slot, stay in _shift(scenario, replication, number, rule, allocation.by_rule[number], wall, limit_s):
            stays.setdefault(slot, []).append(stay)
    for name, slots in allocation.by_group.items():
        for slot, stay in _staffing(scenario, name, slots, wall, limit_s):
            stays.setdefault(slot, []).append(stay)
    for slot, planned in stays.items():
        duties += _duties(slot, sorted(planned), limit_s)
    duties.sort(key=lambda one: (one[0], one[1], one[2]))
    return Roster(
        np.asarray([one[0] for one in duties], np.float64),
        np.asarray([one[2] for one in duties], np.int32),
        np.asarray([one[1] for one in duties], np.int32),
        np.asarray([one[3] for one in duties], np.float64),
    )


def _shift(
    scenario: Scenario, replication: int, number: int, rule: ShiftRule, slots: list[int], wall: Wall, limit_s: float
) -> Iterator[tuple[int, _Stay]]:
    """Yield (agent, stay) of all who come, on all days."""
    for day in wall.days(limit_s):
        if day.weekday() not in rule.days:
            continue
        begins, ends = wall.day_s(day, rule.shift.begins), wall.day_s(day, rule.shift.ends)
        if ends < 0 or begins >= limit_s:  # one that ends as the run begins may go over into the next one
            continue
        late = np.zeros(len(slots))
        if rule.late is not None:
            late = rule.late.draw(stream(scenario, replication, Purpose.LATE, number, day.toordinal()), len(slots))
        absent = stream(scenario, replication, Purpose.ABSENT, number, day.toordinal()).random(len(slots)) < rule.absent
        for at, slot in enumerate(slots):
            if not absent[at]:
                breaks = tuple(
                    (
                        wall.day_s(day, rule.break_minutes(one) + at / len(slots) * one.spread_ns / MINUTE_NS),
                        one.for_ns / SECOND_NS,
                    )
                    for one in rule.breaks
                )
                yield slot, _Stay(begins, ends, float(late[at]), breaks)


def _staffing(
    scenario: Scenario, name: str, slots: list[int], wall: Wall, limit_s: float
) -> Iterator[tuple[int, _Stay]]:
    """Yield (agent, stay): the k-th agent of the group is there while at least k are."""
    for block in scenario.workforce.staffing[name]:
        for day in wall.days(limit_s):
            if day.weekday() not in block.days:
                continue
            for at, count in enumerate(block.count):
                interval = block.interval_ns / MINUTE_NS
                begins = wall.day_s(day, block.start_minutes + at * interval)
                ends = wall.day_s(day, block.start_minutes + (at + 1) * interval)
                if ends > 0 and begins < min(limit_s, ends):
                    for slot in slots[:count]:
                        yield slot, _Stay(begins, ends, 0.0, ())


def _duties(slot: int, stays: list[_Stay], limit_s: float) -> Iterator[tuple[float, int, int, float]]:
    """Yield (at, duty, agent, length) of one agent, stays that touch being one; late is only who has been away."""
    begins = ends = -np.inf
    breaks: list[tuple[float, float]] = []

    def told() -> Iterator[tuple[float, int, int, float]]:
        if ends <= max(begins, 0.0) or begins >= limit_s:
            return
        yield max(begins, 0.0), int(Duty.SIGN_IN), slot, 0.0
        for at, length in breaks:
            if at + length > 0 and begins <= at < min(ends, limit_s):
                yield max(at, 0.0), int(Duty.BREAK), slot, length + min(at, 0.0)
        if ends < limit_s:
            yield ends, int(Duty.LEAVE), slot, 0.0

    for stay in stays:
        if stay.begins > ends:
            yield from told()
            begins, ends, breaks = stay.begins + stay.late, stay.ends, []
        ends = max(ends, stay.ends)
        breaks += stay.breaks
    yield from told()


def shift_words(rule: ShiftRule) -> str:
    """Return a shift's breaks in words."""
    parts = []
    for one in rule.breaks:
        at = one.at_minutes % DAY_MINUTES
        spread = f" (within {format_duration(one.spread_ns)})" if one.spread_ns else ""
        parts.append(f"{at // 60:02}:{at % 60:02} for {format_duration(one.for_ns)}{spread}")
    return ", ".join(parts)
