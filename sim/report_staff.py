"""Agents staffed and at work over the day, against the load and what Erlang C asks for."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..router.codes import SECOND_NS
from .erlang import ErlangError, Limits, agents_needed
from .figures import Figures
from .report_parts import ALL, Floats, Goals, Intervals, cut, in_time, rounded
from .world import Count

USUAL_GOAL: Final = 0.8
"""The share in target that the need is reckoned for where no goal is stated."""

MOST_APART: Final = 20
"""Queues, beyond which the need is not reckoned queue by queue."""

MOST_ENDED: Final = 0.95
"""The share of an interval's talks that must have ended for their mean to be that of all of them."""


def staffing(figures: Figures, goals: Goals, intervals: Intervals) -> dict[str, Any]:
    """Return agents staffed, ready and working, of all and by type, and the load and the need of each interval.

    Ready are those staffed who are not away.

    Load and need are those of the queues that cannot wait for a quieter interval (:func:`pressing`).
    """
    world = figures.world
    types = [kind.name for kind in world.types]
    series = [_one_type(figures, intervals, ALL)]
    if len(types) > 1:
        series += [_one_type(figures, intervals, number) for number in range(len(types))]
    series = [one for one in series if any(one["staffed"])]
    if not intervals.are_many or not series:
        return {"types": types, "series": []}
    now = pressing(figures, intervals)
    rate, load = offered_load(figures, intervals, now)
    total_rate, total_load = rate.sum(axis=0), load.sum(axis=0)
    goal, target_s, target_of = need_for(figures, goals, now)
    need = [_need(float(total_rate[i]), float(total_load[i]), goal, target_s) for i in range(total_load.size)]
    apart = needs_apart(figures, goals, now, rate, load)
    return {
        "types": types,
        "series": series,
        "load": rounded(total_load.tolist()),
        "need": rounded(need),
        "need_apart": rounded(apart.tolist()),
        "goal": goal,
        "target_s": target_s,
        "target_of": target_of,
        "later": [name for name, kept in zip(world.queues, now, strict=True) if not kept],
    }


def pressing(figures: Figures, intervals: Intervals) -> NDArray[np.bool_]:
    """Return which queues have a target shorter than an interval: [queues].

    What has longer (e-mail, mostly) is work for whenever there is time, and no interval needs agents for it.
    """
    return np.asarray(figures.world.target_ns.min(axis=1) / SECOND_NS < intervals.length_s[0], dtype=np.bool_)


def _one_type(figures: Figures, intervals: Intervals, kind: int) -> dict[str, Any]:
    """Return the curves of one type of agents, or of all."""
    if kind == ALL:
        rows = in_time(figures.agents(("interval",)), intervals)
    else:
        rows = cut(figures.agents(("type", "interval")), {"type": figures.world.types[kind].name})
        rows = in_time(rows, intervals)
    working = rows["busy"].to_numpy(dtype=np.float64) + rows["wrap_up"].to_numpy(dtype=np.float64)
    staffed = rows["staffed"].to_numpy(dtype=np.float64)
    return {
        "type": kind,
        "staffed": rounded(staffed.tolist()),
        "ready": rounded((staffed - rows["away"].to_numpy(dtype=np.float64)).tolist()),
        "working": rounded(working.tolist()),
    }


def counted_s(figures: Figures, intervals: Intervals) -> Floats:
    """Return how long each interval was counted a replication (folded ones add up), in seconds."""
    counted = np.mean([tally.counted_s.sum(axis=0) for tally in figures.tallies], axis=0)
    return intervals.of_all(np.asarray(counted, dtype=np.float64))


def offered_load(figures: Figures, intervals: Intervals, now: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return arrivals a second and offered load (arrivals a second times handle time): [queues in now, intervals].

    Each queue in ``now`` with its own handle time: that of the interval, or of the whole time
    where many talks that began in the interval have not ended (the long ones, mostly), or none has.
    """
    shape = (len(figures.world.queues), intervals.start_s.size)
    rows = in_time(figures.frame(("queue", "interval")), intervals)
    came = rows["offered"].to_numpy(dtype=np.float64).reshape(shape)
    handle_s = rows["aht_s"].to_numpy(dtype=np.float64).reshape(shape)
    usual_s = figures.frame(("queue",))["aht_s"].to_numpy(dtype=np.float64)[:, np.newaxis]
    handle_s = np.nan_to_num(np.where(np.isfinite(handle_s) & _ended(figures, intervals), handle_s, usual_s))
    time_s = counted_s(figures, intervals)
    rate = np.divide(came, time_s, out=np.zeros(shape), where=time_s > 0.0)
    rate, handle_s = rate[now], handle_s[now]
    return rate, rate * handle_s


def _ended(figures: Figures, intervals: Intervals) -> NDArray[np.bool_]:
    """Return where nearly all talks that began have ended: [queue, interval]."""
    counts = intervals.of_all(np.sum([tally.customers.sum(axis=(0, 3)) for tally in figures.tallies], axis=0))
    return np.asarray(counts[..., Count.HANDLED] >= MOST_ENDED * counts[..., Count.ANSWERED], np.bool_).T


def main_target_s(figures: Figures) -> Floats:
    """Return the target of each queue: that of the tier with most customers, as a mean of several is nobody's."""
    world = figures.world
    offered = figures.frame(("queue", "tier"))["offered"].to_numpy(dtype=np.float64).reshape(world.target_ns.shape)
    tier = np.argmax(offered, axis=1)
    return np.asarray(world.target_ns[np.arange(tier.size), tier] / SECOND_NS, dtype=np.float64)


def need_for(figures: Figures, goals: Goals, now: NDArray[np.bool_]) -> tuple[float, float, str | None]:
    """Return the goal and the target (seconds) that the pooled need of the queues in ``now`` is reckoned for.

    Those of the queue with most customers, and its name; None for the name where all have the same.
    """
    world = figures.world
    offered = figures.frame(("queue",))["offered"].to_numpy(dtype=np.float64) * now
    targets_s = main_target_s(figures)
    queue = int(np.argmax(offered))
    asked = {(goals.of(world.queues[q]) or USUAL_GOAL, float(targets_s[q])) for q in np.flatnonzero(offered > 0.0)}
    goal = goals.of(world.queues[queue]) or USUAL_GOAL
    return goal, float(targets_s[queue]), world.queues[queue] if len(asked) > 1 else None


def needs_apart(figures: Figures, goals: Goals, now: NDArray[np.bool_], rate: Floats, load: Floats) -> Floats:
    """Return the needs of the queues in ``now``, each reckoned on its own with its own goal and target, summed.

    Takes rate and load [queues in now, intervals]; returns [intervals], NaN where nobody calls, and NaN throughout
    where there is but one queue (it is the pooled need) or more than MOST_APART (nobody staffs so many one by one).
    """
    queues, targets_s = np.flatnonzero(now), main_target_s(figures)
    called = (rate > 0.0).any(axis=1)
    if not 1 < int(called.sum()) <= MOST_APART:
        return np.full(rate.shape[1], math.nan)
    needs = np.array([
        [_need(float(r), float(a), goals.of(figures.world.queues[q]) or USUAL_GOAL, float(targets_s[q]))
         for r, a in zip(rate[row], load[row], strict=True)]
        for row, q in enumerate(queues)
    ])  # fmt: skip
    found = np.nansum(needs, axis=0)
    return np.where(found > 0.0, found, math.nan)


def _need(rate_per_s: float, load: float, goal: float, target_s: float) -> float:
    """Return the agents that Erlang C asks for; NaN where nobody calls."""
    if rate_per_s <= 0.0 or load <= 0.0:
        return math.nan
    try:
        return float(agents_needed(rate_per_s, load / rate_per_s, Limits(service_level=goal, target_s=target_s)).agents)
    except ErlangError:
        return math.nan
