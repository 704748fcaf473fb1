"""Turn recorded days into days that can be lived again.

Arrivals are the recorded ones. Whoever hung up has the recorded patience; whoever was answered was patient
for longer than the recorded wait, so that patience is drawn from the trace's own fitted hazard, given that it
exceeds the wait. Handle times are the recorded ones; a caller who hung up may be answered now, and then
talks as long as some other caller of the queue, drawn from the trace. Tiers that were not recorded are drawn
with the shares of the queue's recorded ones. Agents are inferred by :mod:`acdcore.sim.staff`.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np

from .demand import LAST_WAIT_S, AgentPlan, Caller, Day, Purpose, plan_of, stream
from .fit import Hazard, fit_hazard
from .outcome import Outcome
from .staff import Break, infer_agents, skills_of, union
from .trace import TraceCall, group_by_day

PIECES_S: Final = (0, 5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600)
IDLE_GAP_S: Final = 900.0
"""Of a longer time without any caller, only this much is lived."""
UNKNOWN_TIER: Final = "standard"
LEAST_ENDS_BEYOND: Final = 10
PATIENCE_WITHOUT_ABANDONS: Final = Hazard((0.0,), (1.0 / 600.0,))
"""Used where a trace shows nobody who hung up: ten minutes on average, an assumption."""


@dataclass(frozen=True)
class RecordedDay:
    """A day to live again, and how it once went (same order and ids; unrecorded tiers as drawn)."""

    date: dt.date
    day: Day
    recorded: tuple[Outcome, ...]


@dataclass(frozen=True)
class Replay:
    """All days of a trace, and what each agent can do (queue -> calls taken)."""

    days: tuple[RecordedDay, ...]
    skills: dict[str, Counter[str]]


def prepare(calls: Sequence[TraceCall], seed: int, days: Sequence[dt.date] | None = None) -> Replay:
    """Prepare the days asked for (default: all); raises ``ValueError`` for a day that the trace lacks.

    Skills, patience and tiers' shares are always taken from the whole trace.
    """
    by_day = group_by_day(calls)
    wanted = sorted(by_day) if days is None else list(days)
    for date in wanted:
        if date not in by_day:
            raise ValueError(f"no call on {date}: the trace has {min(by_day)} to {max(by_day)}, {len(by_day)} days")
    skills = skills_of(calls)
    world = _World(calls, skills, seed)
    return Replay(tuple(world.day(date, by_day[date]) for date in wanted), skills)


class _World:
    """What the whole trace tells about its callers."""

    def __init__(self, calls: Sequence[TraceCall], skills: Mapping[str, Counter[str]], seed: int) -> None:
        self.seed = seed
        self.skills = skills
        tiers: dict[str, Counter[str]] = defaultdict(Counter)
        handled: dict[str, list[float]] = defaultdict(list)
        for call in calls:
            if call.tier and call.queued:
                tiers[call.queue][call.tier] += 1
            if call.answered:
                handled[call.queue].append(call.handle_s)
        self.tiers = tiers
        self.handled = {queue: np.asarray(values) for queue, values in handled.items()}
        self.any_handled = np.asarray([call.handle_s for call in calls if call.answered] or [60.0])
        names = {call.tier for call in calls if call.queued}
        self.patience = {tier: _patience([c for c in calls if c.queued and c.tier == tier]) for tier in names}

    def day(self, date: dt.date, calls: Sequence[TraceCall]) -> RecordedDay:
        which = date.isoformat()
        tiers = self._tiers(calls, stream(self.seed, Purpose.REPLAY_TIERS, which))
        patience = self._patience(calls, tiers, stream(self.seed, Purpose.REPLAY_PATIENCE, which))
        random = stream(self.seed, Purpose.REPLAY_HANDLING, which)
        callers, recorded = [], []
        for call, tier, patience_s in zip(calls, tiers, patience, strict=True):
            other = float(random.choice(self.handled.get(call.queue, self.any_handled)))
            handle_s = call.handle_s if call.answered else other
            callers.append(Caller(call.call_id, call.arrived_s, call.queue, tier, patience_s, handle_s))
            recorded.append(
                Outcome(
                    call.call_id,
                    call.queue,
                    tier,
                    call.arrived_s,
                    call.queued,
                    call.answered,
                    call.wait_s,
                    call.handle_s,
                )
            )
        agents = [plan_of(agent) for agent in infer_agents(calls, self.skills)]
        ends = max([caller.arrival_s for caller in callers] + [agent.to_s for agent in agents])
        last = ends + LAST_WAIT_S
        callers = [
            replace(caller, patience_s=max(call.wait_s, min(caller.patience_s, last - caller.arrival_s)))
            for caller, call in zip(callers, calls, strict=True)
        ]
        return RecordedDay(date, without_idle_gaps(which, callers, agents), tuple(recorded))

    def _tiers(self, calls: Sequence[TraceCall], random: np.random.Generator) -> list[str]:
        chosen = []
        for call in calls:
            lot = random.random()  # drawn for every call, so that one call's tier never shifts another's
            if call.tier:
                chosen.append(call.tier)
                continue
            counts = sorted(self.tiers.get(call.queue, Counter({UNKNOWN_TIER: 1})).items())
            edges = np.cumsum([count for _, count in counts])
            chosen.append(counts[int(np.searchsorted(edges, lot * edges[-1], side="right"))][0])
        return chosen

    def _patience(self, calls: Sequence[TraceCall], tiers: Sequence[str], random: np.random.Generator) -> list[float]:
        lots = random.exponential(size=len(calls))
        result = []
        for call, tier, lot in zip(calls, tiers, lots, strict=True):
            hazard = self.patience.get(tier, PATIENCE_WITHOUT_ABANDONS)
            passed = float(hazard.cumulated(np.asarray([call.wait_s]))[0])
            drawn = float(hazard.at_cumulated(np.asarray([passed + lot]))[0])
            result.append(drawn if call.answered else call.wait_s)
        return result


def without_idle_gaps(name: str, callers: Sequence[Caller], agents: Sequence[AgentPlan]) -> Day:
    """Make a day of callers and agents from which long times without any caller are cut.

    Nights are of no interest, but a server's clock cannot jump. What comes before a gap is moved towards
    what comes after it, so that times after the last gap, the main part of a day, keep their hour.
    """
    present = union((c.arrival_s, c.arrival_s + min(c.patience_s, IDLE_GAP_S) + c.handle_s) for c in callers)
    gaps = [(low + IDLE_GAP_S, high) for (_, low), (high, _) in pairwise(present) if high - low > IDLE_GAP_S]

    def moved(at_s: float) -> float:
        return at_s + sum(high - max(low, min(at_s, high)) for low, high in gaps)

    def moved_break(rest: Break) -> Break:
        return Break(moved(rest.at_s), moved(rest.at_s + rest.for_s) - moved(rest.at_s))

    plans = [
        replace(
            plan,
            from_s=moved(plan.from_s),
            to_s=moved(plan.to_s),
            breaks=tuple(moved_break(rest) for rest in plan.breaks),
        )
        for plan in agents
    ]
    again = [replace(caller, arrival_s=moved(caller.arrival_s)) for caller in callers]
    starts = min([caller.arrival_s for caller in again] + [plan.from_s for plan in plans])
    ends = max([caller.arrival_s for caller in again] + [plan.to_s for plan in plans])
    return Day(name, starts, ends, tuple(again), tuple(plans))


def _patience(calls: Sequence[TraceCall]) -> Hazard:
    """Fit patience with as many pieces as have somebody who gave up in or beyond them."""
    ended = np.asarray([not call.answered for call in calls], dtype=np.bool_)
    times = np.asarray([max(call.wait_s, 0.5) for call in calls], dtype=np.float64)
    pieces = [piece for piece in PIECES_S if piece == 0 or int((ended & (times >= piece)).sum()) >= LEAST_ENDS_BEYOND]
    return fit_hazard(times, ended, pieces) if bool(ended.any()) else PATIENCE_WITHOUT_ABANDONS
