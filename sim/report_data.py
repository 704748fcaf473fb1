"""What the charts of a report are drawn from: figures rounded and thinned to what can be seen, ready for JSON.

Rows of -1 stand for all: queue -1 is every queue together, tier -1 every tier. NaN becomes None, which Plotly draws
as a gap.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..router.codes import SECOND_NS
from .figures import Figures
from .report_dates import Dates
from .report_parts import ALL, DAY_S, Floats, Goals, Intervals, cut, in_time, rounded
from .report_staff import USUAL_GOAL, main_target_s, staffing
from .world import Count, wait_bin_edges_s

MOST_NUMBERS: Final = 400_000
"""In the curves of the day: beyond it, tiers of the less busy queues have none of their own."""
NUMBERS_AN_INTERVAL: Final = 9
MOST_POINTS: Final = 120
"""Of one curve of waits, but for those at the foot of its steps."""
BUSIEST: Final = 6
RARE: Final = 5.0
"""Customers an interval, over all replications, below which its figures are called uncertain."""


def page_data(figures: Figures, goals: Goals, dates: Dates) -> dict[str, Any]:
    """Return everything the charts need, but the comparisons."""
    world = figures.world
    by_queue = figures.frame(("queue",))
    offered = by_queue["offered"].to_numpy(dtype=np.float64)
    order = np.argsort(-offered, kind="stable")
    intervals = Intervals.of(world)
    begins_s = dates.begins_s
    first_s, end_s = float(intervals.start_s[0]), float(intervals.start_s[-1] + intervals.length_s[-1])
    return {
        "queues": list(world.queues),
        "tiers": list(world.tiers),
        "busiest": [int(queue) for queue in order[:BUSIEST] if offered[queue] > 0.0],
        "begins_s": begins_s,
        "days": list(dates.days),
        "several_days": (begins_s + first_s) // DAY_S != (begins_s + end_s - 1e-6) // DAY_S,
        "intervals": {"start_s": intervals.start_s.tolist(), "length_s": intervals.length_s.tolist()},
        "goal": goals.overall,
        "goals": [goals.of(queue) for queue in world.queues],
        "day": day_series(figures, intervals, order) if intervals.are_many else [],
        "heat": heat_map(figures, goals, intervals, order) if intervals.are_many else {"queues": []},
        "waits": wait_curves(figures, order),
        "staff": staffing(figures, goals, intervals) if intervals.are_many else {"series": []},
        "fairness": fairness(figures),
    }


def day_series(figures: Figures, intervals: Intervals, order: NDArray[np.intp]) -> list[dict[str, Any]]:
    """Return the curves of the day of all, of each tier, of each queue, and of the tiers of each queue."""
    world = figures.world
    n = intervals.start_s.size
    series = [_one_day(figures, in_time(figures.frame(("interval",)), intervals), n, ALL, ALL)]
    if len(world.tiers) > 1:
        by_tier = in_time(figures.frame(("tier", "interval")), intervals)
        series += [_one_day(figures, cut(by_tier, {"tier": name}), n, ALL, t) for t, name in enumerate(world.tiers)]
    by_queue = in_time(figures.frame(("queue", "interval")), intervals)
    series += [
        _one_day(figures, rows, n, world.queues.index(str(name)), ALL)
        for name, rows in by_queue.groupby(level="queue", sort=False)
    ]
    room = MOST_NUMBERS // (n * NUMBERS_AN_INTERVAL) - len(series)
    if len(world.tiers) > 1 and room > 0:
        both = in_time(figures.frame(("queue", "tier", "interval")), intervals)
        parts = dict(iter(both.groupby(level=["queue", "tier"], sort=False)))
        wanted = [(int(queue), tier) for queue in order for tier in range(len(world.tiers))][:room]
        series += [
            _one_day(figures, parts[world.queues[queue], world.tiers[tier]], n, queue, tier) for queue, tier in wanted
        ]
    return [one for one in series if one["some"]]


def _one_day(figures: Figures, rows: pd.DataFrame, n: int, queue: int, tier: int) -> dict[str, Any]:
    """Return the curves of one line of customers; ``rows`` are its n intervals in order."""
    if len(rows) != n:
        raise ValueError(f"rows: {len(rows)} intervals; {n} are expected")
    came = rows["offered"].to_numpy(dtype=np.float64) + rows["moved_in"].to_numpy(dtype=np.float64)
    busy = came[came > 0.0]
    found: dict[str, Any] = {
        "queue": queue,
        "tier": tier,
        "some": bool(busy.size),
        "rare": bool(busy.size) and float(np.median(busy)) * len(figures.tallies) < RARE,
    }
    columns = {"offered": "offered", "answered": "answered", "abandoned": "abandoned"}
    for short, figure in (("level", "service_level"), ("length", "queue_length")):
        columns |= {short: figure, f"{short}_low": f"{figure}_low", f"{short}_high": f"{figure}_high"}
    for name, column in columns.items():
        values = rows[column].to_numpy(dtype=np.float64)
        if name.endswith(("_low", "_high")):  # a band is drawn where something can be
            values = np.clip(values, 0.0, 1.0 if name.startswith("level") else math.inf)
        found[name] = rounded(values.tolist())
    return found


def heat_map(figures: Figures, goals: Goals, intervals: Intervals, order: NDArray[np.intp]) -> dict[str, Any]:
    """Return service level and mean wait by queue and hour, with the goal and the target that they are colored by.

    Queues in order of customers offered; the target is that of the tier with most customers.
    """
    world = figures.world
    shape = (len(world.queues), intervals.start_s.size)
    rows = in_time(figures.frame(("queue", "interval")), intervals)
    hour_of = intervals.hours()
    firsts = np.flatnonzero(np.diff(hour_of, prepend=-1))

    def by_hour(above: Floats) -> Floats:
        summed: Floats = np.add.reduceat(above.reshape(shape)[order], firsts, axis=1)
        return summed

    def column(name: str) -> Floats:
        found: Floats = np.nan_to_num(rows[name].to_numpy(dtype=np.float64))
        return found

    offered, ended = column("offered"), column("answered") + column("abandoned")
    # each interval's ratio, weighted by what it was divided by, is the ratio of the sums again
    with np.errstate(invalid="ignore", divide="ignore"):
        level = by_hour(column("service_level") * offered) / by_hour(offered)
        wait = by_hour(column("wait_s") * ended) / by_hour(ended)
        overall = (by_hour(column("service_level") * offered).sum(axis=1)) / by_hour(offered).sum(axis=1)
    some = by_hour(offered + ended).sum(axis=1) > 0.0
    targets_s, used = main_target_s(figures), order[some]
    return {
        "queues": [world.queues[queue] for queue in used],
        "goals": [goals.of(world.queues[queue]) or USUAL_GOAL for queue in used],
        "targets_s": targets_s[used].tolist(),
        "start_s": intervals.start_s[firsts].tolist(),
        "length_s": np.add.reduceat(intervals.length_s, firsts).tolist(),
        "level": [rounded(row, 3) for row in level[some].tolist()],
        "wait_s": [rounded(row, 3) for row in wait[some].tolist()],
        "offered": [rounded(row, 3) for row in by_hour(offered)[some].tolist()],
        "overall": rounded(overall[some].tolist(), 3),
    }


def wait_curves(figures: Figures, order: NDArray[np.intp]) -> list[dict[str, Any]]:
    """Return the share answered within each wait, of all, of each tier, of each queue and of its tiers.

    Of the offered, as the service level is: at the target the curve shows the service level.
    """
    world = figures.world
    target_s = np.asarray(world.target_ns, dtype=np.float64) / SECOND_NS
    offered = np.sum([tally.customers[..., Count.OFFERED].sum(axis=(0, 1)) for tally in figures.tallies], axis=0)
    answered = np.sum([tally.waits[:, :, 0] for tally in figures.tallies], axis=0)
    edges = wait_bin_edges_s()

    def one(queue: int, tier: int) -> dict[str, Any]:
        rows = slice(None) if queue == ALL else slice(queue, queue + 1)
        columns = slice(None) if tier == ALL else slice(tier, tier + 1)
        counts, below = answered[rows, columns].sum(axis=(0, 1)), float(offered[rows, columns].sum())
        used = offered[rows, columns] > 0.0
        targets = np.unique(target_s[rows, columns][used]).tolist() if below > 0.0 else []
        return {"queue": queue, "tier": tier, "targets_s": targets} | _thinned(edges, counts, below)

    tiers = range(len(world.tiers)) if len(world.tiers) > 1 else ()
    lines = [(ALL, ALL), *((ALL, tier) for tier in tiers)]
    lines += [(int(queue), tier) for queue in order for tier in (ALL, *tiers)]
    return [curve for curve in (one(queue, tier) for queue, tier in lines) if curve["t_s"]]


def _thinned(edges: Floats, counts: NDArray[np.int64], offered: float) -> dict[str, Any]:
    """Return a curve by points, and the wait by which nearly all of it has been climbed.

    There are at most twice MOST_POINTS: one where the curve has risen by a part of its height, and, where it rises by
    more inside a single bin of the histogram, one at the beginning of that bin, so that a step is drawn as a step.
    """
    if offered <= 0.0 or not counts.any():
        return {"t_s": [], "share": [], "reach_s": 0.0}
    share = np.cumsum(counts) / offered
    top = float(share[-1])
    height = np.floor(share / top * (MOST_POINTS - 2))
    rises = np.diff(height, prepend=-1.0)
    before = np.flatnonzero(rises > 1.0) - 1
    picked = np.unique([*np.flatnonzero(rises > 0.0), *before[before >= 0], int(np.argmax(share >= top))])
    reach = float(edges[int(np.argmax(share >= 0.98 * top))])
    times, shares = edges[picked].tolist(), share[picked].tolist()
    if times[0] > 0.0:
        times, shares = [0.0, *times], [0.0, *shares]
    return {"t_s": rounded(times), "share": rounded(shares), "reach_s": reach}


def fairness(figures: Figures) -> list[dict[str, Any]]:
    """Return the spread of occupancy over the agents of each type, the largest types first."""
    found = []
    for name, row in figures.fairness().sort_values("agents", ascending=False, kind="stable").iterrows():
        mean, sd = float(row["mean"]), float(row["sd"])
        if not math.isfinite(mean):
            continue
        low, high = (mean - sd, mean + sd) if math.isfinite(sd) else (mean, mean)
        values = rounded([mean, low, high, float(row["least"]), float(row["greatest"])])
        found.append({"name": str(name)} | dict(zip(("mean", "low", "high", "least", "greatest"), values, strict=True)))
    return found
