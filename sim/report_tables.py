"""The tables of a report: what is in each cell, as HTML, with the number that it is sorted by."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd

from ..router.codes import SECOND_NS
from .figures import Figures
from .report_numbers import NOTHING, Range, count, duration, seconds, share, with_interval
from .report_parts import Goals

Format = Callable[[Range], str]


@dataclass(frozen=True)
class Cell:
    """A cell of a table."""

    html: str
    sort: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Row:
    """A row and its name."""

    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Group:
    """Rows that stay together: a whole and its parts."""

    rows: tuple[Row, ...]

    @property
    def name(self) -> str:
        """The name of the whole."""
        return self.rows[0].name


@dataclass(frozen=True)
class Table:
    """A table; ``whole`` stands first and is not sorted."""

    columns: tuple[str, ...]
    groups: list[Group] = field(default_factory=list)
    whole: Group | None = None


def range_of(row: pd.Series, name: str) -> Range:
    """Return a figure of a row of a frame, with its interval."""
    return Range(float(row[name]), float(row[f"{name}_low"]), float(row[f"{name}_high"]))


def cell(row: pd.Series, name: str, shown: Format) -> Cell:
    """Return the cell of a figure."""
    what = range_of(row, name)
    return Cell(shown(what), sort_key(what.value))


def sort_key(value: float) -> str:
    """Return what a cell is sorted by."""
    return f"{value:.9g}" if math.isfinite(value) else ""


QUEUE_COLUMNS: Final = (
    "Queue", "Target", "Service level", "Abandoned", "ASA", "Offered", "Answered", "AHT", "Waiting",
    "Early leavers left out",
)  # fmt: skip


def queue_table(figures: Figures, goals: Goals) -> Table:
    """Return the headline figures of all, of each tier, of each queue and of its tiers, the busiest queue first."""
    world = figures.world
    target_s = np.asarray(world.target_ns, dtype=np.float64) / SECOND_NS
    both = figures.frame(("queue", "tier"))
    offered = (both["offered"] + both["moved_in"]).to_numpy(dtype=np.float64).reshape(target_s.shape)
    used = offered > 0.0

    def one(name: str, row: pd.Series, targets: Sequence[float], goal: float | None) -> Row:
        level = range_of(row, "service_level")
        return Row(
            name,
            (
                _targets(targets),
                Cell(share(level) + bar(level, goal), sort_key(level.value), tone(level, goal)),
                cell(row, "abandon_share", share),
                cell(row, "asa_s", seconds),
                cell(row, "offered", count),
                cell(row, "answered", count),
                cell(row, "aht_s", seconds),
                cell(row, "queue_length", with_interval),
                cell(row, "service_level_short", share),
            ),
        )

    several = len(world.tiers) > 1
    whole = [one("all queues", figures.frame(()).iloc[0], target_s[used].tolist(), goals.overall)]
    if several:
        by_tier = figures.frame(("tier",))
        whole += [
            one(name, by_tier.iloc[t], target_s[used[:, t], t].tolist(), None)
            for t, name in enumerate(world.tiers)
            if used[:, t].any()
        ]
    by_queue, groups = figures.frame(("queue",)), []
    for queue in np.argsort(-by_queue["offered"].to_numpy(dtype=np.float64), kind="stable").tolist():
        name, goal = world.queues[queue], goals.of(world.queues[queue])
        rows = [one(name, by_queue.iloc[queue], target_s[queue, used[queue]].tolist(), goal)]
        if used[queue].sum() > 1:
            rows += [
                one(tier, both.iloc[queue * len(world.tiers) + t], [float(target_s[queue, t])], goal)
                for t, tier in enumerate(world.tiers)
                if used[queue, t]
            ]
        groups.append(Group(tuple(rows)))
    return Table(QUEUE_COLUMNS, groups, Group(tuple(whole)) if len(groups) > 1 or several else None)


def _targets(targets: Sequence[float]) -> Cell:
    if not targets:
        return Cell(NOTHING)
    least, most = min(targets), max(targets)
    text = duration(least) if least == most else f"{duration(least)} to {duration(most)}"
    return Cell(text, sort_key(least))


def bar(level: Range, goal: float | None) -> str:
    """Return a small bar of a share, with the goal marked; it repeats the number and is hidden from readers."""
    if not math.isfinite(level.value):
        return ""
    mark = "" if goal is None else f'<b style="left:{100.0 * goal:.4g}%"></b>'
    width = 100.0 * min(1.0, max(0.0, level.value))
    return f'<span class="bar" aria-hidden="true"><i style="width:{width:.4g}%"></i>{mark}</span>'


def tone(level: Range, goal: float | None) -> str:
    """Return ``far`` where the goal is missed beyond doubt: the whole interval is below it."""
    most = level.high if math.isfinite(level.high) else level.value
    return "far" if goal is not None and math.isfinite(level.value) and most < goal else ""


def channel_table(figures: Figures) -> Table | None:
    """Return the figures of each channel, None where there is but one."""
    frame = figures.frame(("channel",))
    if len(frame) < 2:
        return None
    groups = [
        Group((Row(str(name), (
            cell(row, "offered", count), cell(row, "answered", count), cell(row, "abandon_share", share),
            cell(row, "service_level", share), cell(row, "asa_s", seconds), cell(row, "aht_s", seconds),
        )),))
        for name, row in frame.iterrows()
    ]  # fmt: skip
    return Table(("Channel", "Offered", "Answered", "Abandoned", "Service level", "ASA", "AHT"), groups)


WAIT_COLUMNS: Final = ("Queue", "Median", "80 %", "90 %", "95 %", "99 %", "Longest", "Mean of those who hung up")


def wait_table(figures: Figures) -> Table:
    """Return percentiles of the waits of those answered, by queue."""
    parts = [("p50", "answered_p50_s"), ("p80", "answered_p80_s"), ("p90", "answered_p90_s")]
    parts += [("p95", "answered_p95_s"), ("p99", "answered_p99_s")]

    def one(name: str, waits: pd.Series, row: pd.Series) -> Group:
        cells = [cell(waits, column, seconds) for _, column in parts]
        cells += [cell(row, "longest_wait_s", seconds), cell(row, "abandoned_wait_s", seconds)]
        return Group((Row(name, tuple(cells)),))

    by_queue, waits = figures.frame(("queue",)), figures.waits(("queue",))
    order = np.argsort(-by_queue["offered"].to_numpy(dtype=np.float64), kind="stable").tolist()
    groups = [one(str(by_queue.index[queue]), waits.iloc[queue], by_queue.iloc[queue]) for queue in order]
    whole = one("all queues", figures.waits(()).iloc[0], figures.frame(()).iloc[0]) if len(groups) > 1 else None
    return Table(WAIT_COLUMNS, groups, whole)


AGENT_COLUMNS: Final = (
    "Type", "Staffed", "Available", "Ringing", "Busy", "Wrap-up", "Not ready", "Occupancy", "Utilization",
)  # fmt: skip


def agent_table(figures: Figures) -> Table:
    """Return what agents spent their time with, by type."""
    names = ("staffed", "idle", "offered", "busy", "wrap_up", "away")

    def one(name: str, row: pd.Series) -> Group:
        cells = [cell(row, column, with_interval) for column in names]
        return Group((Row(name, (*cells, cell(row, "occupancy", share), cell(row, "utilization", share))),))

    groups = [one(str(name), row) for name, row in figures.agents(("type",)).iterrows()]
    whole = one("all agents", figures.agents(()).iloc[0]) if len(groups) > 1 else None
    return Table(AGENT_COLUMNS, groups, whole)


def fairness_table(figures: Figures) -> Table:
    """Return the spread of occupancy over the agents of each type."""
    frame = figures.fairness()

    def one(name: str, row: pd.Series) -> Group:
        spread = range_of(row, "sd")
        return Group((Row(name, (
            cell(row, "agents", count),
            cell(row, "mean", share),
            Cell(with_interval(spread.scaled(100.0), "points"), sort_key(spread.value)),
            cell(row, "least", share),
            cell(row, "greatest", share),
            cell(row, "handled", count),
        )),))  # fmt: skip

    groups = [one(str(name), row) for name, row in frame.iterrows()]
    return Table(("Type", "Agents", "Mean", "Standard deviation", "Least", "Greatest", "Handled by each"), groups)


def tile(name: str, value: str, about: str) -> dict[str, str]:
    """Return one of the large figures at the top; ``value`` is HTML already, ``about`` is not."""
    return {"name": name, "value": value, "about": about}


def tiles(figures: Figures, goals: Goals) -> list[dict[str, str]]:
    """Return the four figures that everybody asks for first."""
    world, row = figures.world, figures.frame(()).iloc[0]
    used = figures.frame(("queue", "tier"))["offered"].to_numpy(dtype=np.float64).reshape(world.target_ns.shape) > 0.0
    targets = np.unique(world.target_ns[used]) / SECOND_NS
    within = f"within {duration(float(targets[0]))}" if targets.size == 1 else "within each queue's target"
    goal = "" if goals.overall is None else f" Goal: {100.0 * goals.overall:.4g} %."
    agents = figures.agents(()).iloc[0]
    longest = seconds(Range(float(row["longest_wait_s"])))
    return [
        tile("Service level", share(range_of(row, "service_level")), f"answered {within} / offered.{goal}"),
        tile("Average speed of answer", seconds(range_of(row, "asa_s")),
             f"mean wait of those answered. Longest wait, on average a replication: {longest}."),
        tile("Abandoned", share(range_of(row, "abandon_share")), "hung up while waiting / offered"),
        tile("Occupancy", share(range_of(agents, "occupancy")),
             "(busy + wrap-up) / (available + busy + wrap-up), of all agents"),
    ]  # fmt: skip
