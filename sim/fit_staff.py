"""Who answers: staffing by day of the week and half-hour, skill groups, and absences after calls, from the agents seen.

A record of calls has no roster. :mod:`acdcore.sim.staff` says what is inferred of one day: an agent is on duty from
the first call to the end of the last, gaps of more than half an hour left out; what is shorter is absence after a
call, of which only those times tell anything at which a customer waited whom the agent could have taken.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .fit import Floats, Hazard, fit_hazard_between
from .fit_arrivals import SLOT_S, SLOTS
from .fit_laws import LEAST_ENDS
from .staff import LONGEST_WRAP_UP_S, absence_bounds, infer_agents, on_duty, skills_of
from .trace import TraceCall

AWAY_FROM_S: Final = (0, 3, 6, 10, 20, 40, 60, 120, 300, 900)
LEAST_SHARE: Final = 0.05
"""Of agents' days: rarer sets of skills join the nearest one."""
MOST_GROUPS: Final = 8
GAIN: Final = 0.02
"""What a skill too many weighs when the nearest set is looked for, where one too few weighs its share of calls."""
LONGEST_REST_S: Final = 600.0
"""Whoever is away for longer is off duty."""
MOST_BEHIND: Final = 2.0
"""Half-hours of duty that one group may owe more than another before they change places."""
STARTS_S: Final = tuple(float(SLOT_S * slot) for slot in range(SLOTS))


@dataclass(frozen=True)
class SkillGroup:
    """Agents who take the same queues."""

    name: str
    queues: tuple[str, ...]
    share: float
    """Of agents' days."""


@dataclass(frozen=True)
class Away:
    """Absence after calls: wrap-up of at most a minute, and now and then a rest beyond it."""

    hazard: Hazard
    seen: int
    """Of how many absences the end was seen."""
    calls: int
    """Of how many there are bounds."""

    @property
    def rest_share(self) -> float:
        """Share of calls after which an agent is away for longer than wrap-up lasts."""
        return self.hazard.share_beyond(LONGEST_WRAP_UP_S)

    def rest(self) -> Hazard:
        """Return the hazard of what is beyond wrap-up."""
        starts, rates = self.hazard.from_s, self.hazard.per_s
        first = max(index for index, start in enumerate(starts) if start <= LONGEST_WRAP_UP_S)
        later = tuple(start - LONGEST_WRAP_UP_S for start in starts[first + 1 :])
        return Hazard((0.0, *later), rates[first:])

    def mean_s(self) -> float:
        """Mean absence after a call."""
        return self.hazard.mean_s()


@dataclass(frozen=True)
class Staff:
    """Everything about agents."""

    groups: tuple[SkillGroup, ...]
    group_of: Mapping[str, int]
    """By agent: the group."""
    duty: Mapping[int, Floats]
    """By day of the week, [group, half-hour]: average number on duty."""
    away: Away | None
    """None: too few absences were seen; agents are then ready at once."""
    agents: int
    inferred: bool
    """False: the record names no agents, and only as many are there as talked at once."""


def fit_staff(by_day: Mapping[dt.date, Sequence[TraceCall]], days: Sequence[dt.date], queues: Sequence[str]) -> Staff:
    """Fit from all days, staffing only from those given.

    Args:
        by_day: every day's calls.
        days: whose staffing counts.
        queues: their names, in order.
    """
    calls = [call for day in sorted(by_day) for call in by_day[day]]
    skills = skills_of(calls)
    if not skills:
        return _unnamed(by_day, days, queues)
    groups, group_of = _groups(by_day, skills, queues)
    found: dict[int, list[Floats]] = defaultdict(list)
    for day in days:
        inferred = infer_agents(by_day[day], skills)
        duty = [
            on_duty([one for one in inferred if group_of[one.agent] == index], SLOT_S, STARTS_S, LONGEST_REST_S)
            for index in range(len(groups))
        ]
        found[day.weekday()].append(np.asarray(duty))
    away = [bounds for day in sorted(by_day) for bounds in absence_bounds(by_day[day], skills, LONGEST_REST_S)]
    return Staff(
        groups,
        group_of,
        {weekday: np.mean(duties, axis=0) for weekday, duties in sorted(found.items())},
        _away(np.asarray(away, np.float64).reshape(-1, 2)),
        len(skills),
        inferred=True,
    )


def _away(bounds: Floats) -> Away | None:
    """Fit [call, 2] bounds of absences; None where too few ends were seen."""
    seen = bounds[:, 0] == bounds[:, 1]
    if np.count_nonzero(seen & (bounds[:, 0] > 0.0)) < LEAST_ENDS:
        return None
    pieces: list[int] = [0]
    for at in AWAY_FROM_S[1:]:
        within = np.count_nonzero(seen & (bounds[:, 0] >= pieces[-1]) & (bounds[:, 0] < at))
        beyond = np.count_nonzero(seen & (bounds[:, 0] >= at))
        if min(within, beyond) >= LEAST_ENDS:
            pieces.append(at)
    return Away(fit_hazard_between(bounds[:, 0], bounds[:, 1], pieces), int(np.count_nonzero(seen)), len(bounds))


def _groups(
    by_day: Mapping[dt.date, Sequence[TraceCall]], skills: Mapping[str, Counter[str]], queues: Sequence[str]
) -> tuple[tuple[SkillGroup, ...], dict[str, int]]:
    """Return the sets of queues that agents take, rare ones joined to the nearest, and everybody's."""
    days_of = Counter(agent for calls in by_day.values() for agent in {call.agent for call in calls if call.agent})
    weight: Counter[frozenset[str]] = Counter()
    for agent, taken in skills.items():
        weight[frozenset(taken)] += days_of[agent]
    total = sum(weight.values())
    order = sorted(weight, key=lambda one: (-weight[one], sorted(one)))
    kept = [one for one in order if weight[one] >= LEAST_SHARE * total][:MOST_GROUPS] or order[:1]
    for queue in queues:
        # a queue that nobody would take any more keeps its commonest set
        having = [one for one in order if queue in one]
        if having and not any(queue in one for one in kept):
            kept.append(having[0])

    def nearest(taken: Counter[str]) -> int:
        calls = sum(taken.values())

        def distance(one: frozenset[str]) -> float:
            lost = sum(count for queue, count in taken.items() if queue not in one)
            return lost / calls + GAIN * len(one - set(taken))

        return min(range(len(kept)), key=lambda index: (distance(kept[index]), index))

    group_of = {agent: nearest(taken) for agent, taken in sorted(skills.items())}
    share: Counter[int] = Counter()
    for agent, index in group_of.items():
        share[index] += days_of[agent]
    return (
        tuple(
            SkillGroup(f"team-{index + 1}", tuple(queue for queue in queues if queue in one), share[index] / total)
            for index, one in enumerate(kept)
        ),
        group_of,
    )


def _unnamed(by_day: Mapping[dt.date, Sequence[TraceCall]], days: Sequence[dt.date], queues: Sequence[str]) -> Staff:
    """As many agents as talked at once at the busiest moment of each half-hour: fewer there cannot have been."""
    found: dict[int, list[Floats]] = defaultdict(list)
    for day in days:
        spans = [(call.answered_s, call.answered_s + call.handle_s) for call in by_day[day] if call.answered]
        changes = sorted([(begin, 1) for begin, _ in spans] + [(end, -1) for _, end in spans])
        most, at_once, at = np.zeros(SLOTS), 0, 0
        for slot, start in enumerate(STARTS_S):
            most[slot] = at_once
            while at < len(changes) and changes[at][0] < start + SLOT_S:
                at_once += changes[at][1]
                most[slot] = max(most[slot], at_once)
                at += 1
        found[day.weekday()].append(most[np.newaxis])
    group = SkillGroup("team-1", tuple(queues), 1.0)
    duty = {weekday: np.mean(duties, axis=0) for weekday, duties in sorted(found.items())}
    return Staff((group,), {}, duty, None, 0, inferred=False)


def whole_counts(duty: Floats, needed: Floats) -> NDArray[np.int64]:
    """Round [group, half-hour] to whole agents.

    What is rounded away is carried on to the next half-hour, first of the total, then of each group: hours of duty
    stay what they are. Where ``needed`` (expected arrivals, [half-hour]) is at least 1 somebody is there.
    """
    result = np.zeros(duty.shape, np.int64)
    carry, owed = 0.0, np.zeros(len(duty))
    counts = np.zeros(len(duty), np.int64)
    for slot in range(duty.shape[1]):
        here = duty[:, slot] > 0.0
        wanted = float(duty[:, slot].sum())
        total = max(0, math.floor(wanted + carry + 0.5))
        if needed[slot] >= 1.0 and wanted > 0.0:
            total = max(total, 1)
        carry += wanted - total
        owed += duty[:, slot]
        counts = np.where(here, counts, 0)  # nobody of a group that is not there at this time of day
        while counts.sum() != total:
            step = 1 if counts.sum() < total else -1
            behind = step * (owed - counts)
            counts[int(np.argmax(np.where(here if step > 0 else counts > 0, behind, -np.inf)))] += step
        behind = owed - counts
        most, least = (int(at) for at in (np.argmax(np.where(here, behind, -np.inf)), np.argmin(behind)))
        # who is there stays, unless another group is behind by far
        if behind[most] - behind[least] > MOST_BEHIND and counts[least] > 0:
            counts[most] += 1
            counts[least] -= 1
        owed -= counts
        result[:, slot] = counts
    return result
