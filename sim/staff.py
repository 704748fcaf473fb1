"""Who was there and when: agents inferred from a trace that records only the calls they took.

A trace of calls says nothing of shifts, breaks or work after a call, but it says more than it seems to:
*an agent who leaves a call unanswered that is waiting for her skills is not available.* So after each of
her calls she was away at least until the last moment, before her next call, at which such a call waited.
Absences of at most :data:`LONGEST_WRAP_UP_S` are taken as wrap-up of the call before, longer ones as breaks
that begin after it and last as long as recorded; a gap of more than :data:`LONGEST_IDLE_S` between two calls
of an agent is a break too, even if nobody waited. When nobody waits nothing can be seen, and she counts as
available. Shifts run from the first call answered to the end of the last.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from .trace import TraceCall

LONGEST_WRAP_UP_S: Final = 60.0
LONGEST_IDLE_S: Final = 1_800.0
LEAST_CALLS_FOR_SKILL: Final = 3
"""Calls of a queue that an agent must have taken in the trace to count as able; fewer are strays."""

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Break:
    """A break due at ``at_s`` (seconds since midnight), begun as soon as the agent is free, ``for_s`` long."""

    at_s: float
    for_s: float


@dataclass(frozen=True, slots=True)
class Absence:
    """Time away after a call, in seconds; ``seen`` if its end was seen, else it lasted at least that long."""

    for_s: float
    seen: bool


@dataclass(frozen=True, slots=True)
class AgentDay:
    """One agent's day: on duty from ``from_s`` to ``to_s``, wrap-ups in the order of her calls, breaks."""

    agent: str
    from_s: float
    to_s: float
    wrap_ups_s: tuple[float, ...]
    breaks: tuple[Break, ...]


def skills_of(calls: Iterable[TraceCall]) -> dict[str, Counter[str]]:
    """Count, by agent, the calls taken of each queue; strays (fewer than three) left out.

    An agent with strays only keeps what she took most of.
    """
    taken: dict[str, Counter[str]] = defaultdict(Counter)
    for call in calls:
        if call.answered and call.agent:
            taken[call.agent][call.queue] += 1
    able = {}
    for agent, counts in sorted(taken.items()):
        kept = Counter({queue: count for queue, count in counts.items() if count >= LEAST_CALLS_FOR_SKILL})
        able[agent] = kept or Counter(dict(counts.most_common(1)))
    return able


def infer_agents(calls: Sequence[TraceCall], skills: Mapping[str, Iterable[str]]) -> list[AgentDay]:
    """Infer the agents of one day from its calls, in order of their names."""
    waits = _waits_by_queue(calls)
    days = []
    for agent, services in sorted(_services(calls).items()):
        covered = union(span for queue in skills.get(agent, ()) for span in waits.get(queue, ()))
        starts = [span[0] for span in covered]
        wrap_ups: list[float] = []
        breaks: list[Break] = []
        for (_, ended), (next_at, _) in pairwise(services):
            gap = max(0.0, next_at - ended)
            away = _away_until(covered, starts, ended, next_at) - ended if gap > 0.0 else 0.0
            if away > LONGEST_WRAP_UP_S:
                breaks.append(Break(ended, away))
            elif gap > LONGEST_IDLE_S:
                breaks.append(Break(ended, gap))
            else:
                wrap_ups.append(away)
        days.append(AgentDay(agent, services[0][0], services[-1][1], tuple(wrap_ups), tuple(breaks)))
    return days


def absences(calls: Sequence[TraceCall], skills: Mapping[str, Iterable[str]]) -> list[Absence]:
    """Collect how long agents stayed away after calls of one day that ended while somebody waited for them.

    The end is seen when the agent then takes a call while her queues have never been empty in between;
    once they are empty nothing more can be said, and the absence is censored there.
    """
    waits = _waits_by_queue(calls)
    found = []
    for agent, services in sorted(_services(calls).items()):
        covered = union(span for queue in skills.get(agent, ()) for span in waits.get(queue, ()))
        starts = [span[0] for span in covered]
        for (_, ended), (next_at, _) in pairwise(services):
            index = bisect_left(starts, ended) - 1
            if next_at < ended or index < 0 or covered[index][1] <= ended:
                continue
            empty_at = covered[index][1]
            found.append(Absence(min(next_at, empty_at) - ended, seen=next_at <= empty_at))
    return found


def absence_bounds(
    calls: Sequence[TraceCall], skills: Mapping[str, Iterable[str]], longest_s: float = LONGEST_IDLE_S
) -> list[Span]:
    """Return, for each call of one day but every agent's last, from when to when at most the agent was away after it.

    Away at least until the last moment at which somebody waited for the agent's skills, at most until the agent's
    next call; both in seconds from the end of the call. Equal where that call had waited: the end was then seen.
    Gaps that count as time off duty are left out.
    """
    waits = _waits_by_queue(calls)
    found = []
    for agent, services in sorted(_services(calls).items()):
        covered = union(span for queue in skills.get(agent, ()) for span in waits.get(queue, ()))
        starts = [span[0] for span in covered]
        for (_, ended), (next_at, _) in pairwise(services):
            gap = next_at - ended
            least = _away_until(covered, starts, ended, next_at) - ended
            if 0.0 <= gap <= LONGEST_IDLE_S and least <= longest_s:
                found.append((least, min(gap, longest_s)))
    return found


def on_duty(
    days: Iterable[AgentDay], slot_s: float, slots: Sequence[float], longest_s: float = LONGEST_IDLE_S
) -> list[float]:
    """Average number of agents on duty (breaks longer than ``longest_s`` excluded) in each slot of one day."""
    counts = [0.0] * len(slots)
    for day in days:
        spans = [(day.from_s, day.to_s, 1.0)]
        spans += [(rest.at_s, rest.at_s + rest.for_s, -1.0) for rest in day.breaks if rest.for_s > longest_s]
        for low, high, sign in spans:
            for index, start in enumerate(slots):
                counts[index] += sign * max(0.0, min(high, start + slot_s) - max(low, start)) / slot_s
    return counts


def union(spans: Iterable[Span]) -> list[Span]:
    """Merge spans that overlap or touch, in order."""
    merged: list[Span] = []
    for low, high in sorted(spans):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return merged


def _waits_by_queue(calls: Iterable[TraceCall]) -> dict[str, list[Span]]:
    waits: dict[str, list[Span]] = defaultdict(list)
    for call in calls:
        if call.queued:
            waits[call.queue].append((call.arrived_s, call.answered_s))
    return waits


def _services(calls: Iterable[TraceCall]) -> dict[str, list[Span]]:
    services: dict[str, list[Span]] = defaultdict(list)
    for call in calls:
        if call.answered and call.agent:
            services[call.agent].append((call.answered_s, call.answered_s + call.handle_s))
    for spans in services.values():
        spans.sort()
    return services


def _away_until(covered: Sequence[Span], starts: Sequence[float], ended: float, next_at: float) -> float:
    """Last moment between two calls of an agent at which somebody waited for her; ``ended`` if nobody did."""
    index = bisect_left(starts, next_at) - 1
    if index < 0 or covered[index][1] <= ended:
        return ended
    return min(next_at, covered[index][1])
