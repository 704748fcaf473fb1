"""Recorded days lived again on the engine, and held against the record day by day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from .engine import simulate
from .fit import Floats
from .fit_check import recorded_figures
from .fit_trace import FittedTrace
from .trace import TraceCall, group_by_day
from .trace_world import TraceWorlds, base_world, replay_world
from .world import Count, Tally

FIGURES: Final = ("wait_share", "service_level", "asa_s", "abandon_share")


@dataclass(frozen=True)
class ReplayedDay:
    """One day: the figures as recorded, and as replayed with several seeds."""

    day: dt.date
    calls: int
    recorded: dict[str, float]
    replayed: dict[str, Floats]
    """[seed]"""

    def error(self, figure: str) -> float:
        """Return by how much the mean replay exceeds the record."""
        return float(np.mean(self.replayed[figure])) - self.recorded[figure]


def tally_figures(tally: Tally) -> dict[str, float]:
    """Return the figures of a whole run, all queues and tiers together; defined as the recorded ones."""
    total = tally.customers.sum(axis=(0, 1, 2, 3))
    offered, answered = float(total[Count.OFFERED]), float(total[Count.ANSWERED])
    return {
        "offered": offered,
        "wait_share": float(total[Count.WAITED]) / offered if offered else np.nan,
        "service_level": float(total[Count.ANSWERED_IN_TARGET]) / offered if offered else np.nan,
        "asa_s": float(total[Count.WAIT_S]) / answered if answered else np.nan,
        "abandon_share": float(total[Count.ABANDONED]) / offered if offered else np.nan,
    }


def replay(
    fitted: FittedTrace,
    calls: Sequence[TraceCall],
    *,
    days: Sequence[dt.date] | None = None,
    seeds: Sequence[int] = (1, 2, 3),
    progress: Callable[[float], None] | None = None,
) -> list[ReplayedDay]:
    """Replay days of a record.

    Args:
        fitted: to these calls: patience of those who were answered, talks of those who were not.
        calls: of all days.
        days: which ones; None: all.
        seeds: each redraws what is not recorded.
        progress: called with the share of the days that are done.

    Raises:
        ValueError: a day is not in the record, or no call names its agent.
    """
    by_day = group_by_day(calls)
    wanted = sorted(by_day) if days is None else list(days)
    for day in wanted:
        if day not in by_day:
            raise ValueError(f"no call on {day}; the record has {min(by_day)} to {max(by_day)}, {len(by_day)} days")
    worlds = TraceWorlds.of(fitted, calls)
    base = base_world(worlds, min(by_day), 1)
    tell = progress or (lambda _: None)
    found = []
    for number, day in enumerate(wanted):
        runs = [tally_figures(simulate(replay_world(worlds, base, day, by_day[day], seed))) for seed in seeds]
        recorded = recorded_figures(by_day[day], np.ones(len(by_day[day])).tolist(), fitted.target_s)
        replayed = {name: np.asarray([one[name] for one in runs]) for name in FIGURES}
        found.append(ReplayedDay(day, len(by_day[day]), {name: recorded[name] for name in FIGURES}, replayed))
        tell((number + 1) / len(wanted))
    return found
