"""What was fitted beside what was observed: of each part on its own, and of a simulated week as a whole."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from .build import make_world
from .figures import Figures
from .fit_trace import FittedTrace
from .runs import run
from .scenario_load import load_scenario
from .trace import TraceCall

FIGURES: Final = ("offered", "wait_share", "service_level", "asa_s", "abandon_share", "talk_s")
"""Named as those of :class:`~acdcore.sim.figures.Figures`, and defined alike."""


@dataclass(frozen=True)
class Beside:
    """A figure as recorded and as simulated, with its interval."""

    recorded: float
    simulated: float
    low: float
    high: float


Week = Mapping[str, Mapping[str, Beside]]
"""By queue, "" being all: by the name of a figure."""


def recorded_figures(calls: Sequence[TraceCall], weights: Sequence[float], target_s: float) -> dict[str, float]:
    """Return the figures of calls that count ``weights`` times; NaN where there is nothing to divide by.

    Service level here is the share answered within the target of all who called.
    """
    weight = np.asarray(weights, np.float64)
    answered = np.asarray([call.answered for call in calls], np.bool_)
    wait = np.asarray([call.wait_s for call in calls], np.float64)
    talk = np.asarray([call.handle_s for call in calls], np.float64)
    offered, taken = float(weight.sum()), float(weight[answered].sum())

    def share(above: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> float:
        return float(weight[above].sum()) / offered if offered else np.nan

    return {
        "offered": offered,
        "wait_share": share(np.asarray([call.queued for call in calls], np.bool_)),
        "service_level": share(answered & (wait <= target_s)),
        "asa_s": float(np.dot(weight[answered], wait[answered])) / taken if taken else np.nan,
        "abandon_share": share(~answered),
        "talk_s": float(np.dot(weight[answered], talk[answered])) / taken if taken else np.nan,
    }


def mean_week(calls: Sequence[TraceCall], days: Sequence[dt.date]) -> tuple[list[TraceCall], list[float]]:
    """Return the calls of some days, and by how much each counts so that every day of the week counts once."""
    per_weekday = Counter(day.weekday() for day in days)
    chosen = set(days)
    kept = [call for call in calls if call.day in chosen]
    return kept, [1.0 / per_weekday[call.day.weekday()] for call in kept]


def simulate_week(
    fitted: FittedTrace,
    calls: Sequence[TraceCall],
    scenario: Path,
    replications: int,
    processes: int | None = None,
    progress: Callable[[float], None] | None = None,
) -> Week:
    """Simulate the scenario that was written, and put the recorded mean week beside it.

    Raises:
        ConfigError, OSError: where the scenario cannot be read.
    """
    loaded = load_scenario(scenario)
    tallies = run(partial(make_world, loaded), replications, processes, progress)
    world = make_world(loaded, 0)
    figures = Figures.of(world, tallies, loaded.run.confidence)
    whole, by_queue = figures.frame(), figures.frame(["queue"])
    kept, weights = mean_week(calls, fitted.days)
    found: dict[str, dict[str, Beside]] = {}
    for queue in ("", *fitted.queues):
        row: Any = whole.iloc[0] if not queue else by_queue.loc[queue]
        mine = [index for index, call in enumerate(kept) if queue in ("", call.queue)]
        recorded = recorded_figures([kept[at] for at in mine], [weights[at] for at in mine], fitted.target_s)
        found[queue] = {
            name: Beside(recorded[name], float(row[name]), float(row[f"{name}_low"]), float(row[f"{name}_high"]))
            for name in FIGURES
        }
    return found
