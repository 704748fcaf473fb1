"""The tables of a report: what is in each cell, as HTML, with the number that it is sorted by."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..router.codes import SECOND_NS
from .figures import Figures
from .figures_cells import channels_of
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
                _targets(targets, goal),
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


def _targets(targets: Sequence[float], goal: float | None) -> Cell:
    """Return the target, or the goal and the target: ``80 % in 20 s``."""
    if not targets:
        return Cell(NOTHING)
    least, most = min(targets), max(targets)
    text = duration(least) if least == most else f"{duration(least)} to {duration(most)}"
    return Cell(text if goal is None else f"{100.0 * goal:.4g} % in {text}", sort_key(least))


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


@dataclass(frozen=True)
class Tiles:
    """A row of large figures; a heading stands above where there are several rows."""

    heading: str
    tiles: list[dict[str, str]]


def tiles(figures: Figures, goals: Goals) -> list[Tiles]:
    """Return the figures that everybody asks for first: by channel, voice first, as their waits have no mean of use."""
    world = figures.world
    by_tier = figures.frame(("queue", "tier"))["offered"].to_numpy(dtype=np.float64).reshape(world.target_ns.shape)
    names, channel_of = channels_of(world)
    came = by_tier.sum(axis=1)
    used = [channel for channel in range(len(names)) if came[channel_of == channel].sum() > 0.0]
    people = _occupancy(figures)
    if len(used) < 2:
        row = figures.frame(()).iloc[0]
        return [Tiles("", [*_channel(row, world.target_ns[by_tier > 0.0], goals.overall), people])]
    used.sort(key=lambda channel: (names[channel] != "voice", -came[channel_of == channel].sum(), channel))
    frame, found = figures.frame(("channel",)), []
    for channel in used:
        rows = channel_of == channel
        targets = world.target_ns[rows][by_tier[rows] > 0.0]
        asked = {goals.of(queue) for queue, ours in zip(world.queues, rows, strict=True) if ours}
        goal = asked.pop() if len(asked) == 1 else None
        row = frame.iloc[frame.index.tolist().index(names[channel])]
        offered = tile("Offered", count(range_of(row, "offered")), "customers a replication")
        found.append(Tiles(names[channel].capitalize(), [*_channel(row, targets, goal), offered]))
    return [*found, Tiles("All agents", [people])]


def _occupancy(figures: Figures) -> dict[str, str]:
    """Return the tile of what all agents do."""
    about = "(busy + wrap-up) / (available + busy + wrap-up), of all agents"
    return tile("Occupancy", share(range_of(figures.agents(()).iloc[0], "occupancy")), about)


def _channel(row: pd.Series, target_ns: NDArray[np.int64], goal: float | None) -> list[dict[str, str]]:
    """Return the tiles of a row of figures whose customers have these targets."""
    targets = np.unique(target_ns) / SECOND_NS
    within = f"within {duration(float(targets[0]))}" if targets.size == 1 else "within each queue's target"
    wanted = "" if goal is None else f" Goal: {100.0 * goal:.4g} %."
    longest = seconds(Range(float(row["longest_wait_s"])))
    return [
        tile("Service level", share(range_of(row, "service_level")), f"answered {within} / offered.{wanted}"),
        tile("Average speed of answer", seconds(range_of(row, "asa_s")),
             f"mean wait of those answered. Longest wait, on average a replication: {longest}."),
        tile("Abandoned", share(range_of(row, "abandon_share")), "hung up while waiting / offered"),
    ]  # fmt: skip
