"""What replications counted, summed up into the cells of a table, one sample beside the other.

A *sample* is a replication, or, where there is only one, a batch of it. A *cell* is one combination of the levels
that a table is split by. Levels keep the order of the world (of the definitions), never that of names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..router.codes import BUILTIN_CHANNELS, ItemKind, Op, QueueField
from .world import Count, Doing, Floats, Ints, Tally, World

CUSTOMER_LEVELS: Final = ("queue", "tier", "channel", "interval")
AGENT_LEVELS: Final = ("type", "interval")
AFTER: Final = np.inf
"""The start of the interval after the horizon."""


class FiguresError(ValueError):
    """What was asked for does not go together with what was counted; the message says what is allowed."""


def checked_levels(by: Sequence[str], allowed: Sequence[str]) -> tuple[str, ...]:
    """Return the levels of a table, or raise :class:`FiguresError`."""
    levels = (by,) if isinstance(by, str) else tuple(by)
    wrong = [level for level in levels if level not in allowed]
    if wrong or len(set(levels)) < len(levels):
        raise FiguresError(f"by: {list(levels)!r}; allowed is any subset of {', '.join(allowed)}, each once")
    return levels


def channels_of(world: World) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Return the names of the channels and the channel of each queue, as the definitions have them."""
    channels = [name.decode() for name in BUILTIN_CHANNELS]
    slot_of: dict[str, int] = {}
    channel_of = np.zeros(len(world.queues), dtype=np.int64)
    for command in world.definitions:
        name = command.name.decode()
        if command.op == Op.DEFINE_CHANNEL and name not in channels:
            channels.append(name)
        elif command.op == Op.DEFINE_QUEUE:
            slot = slot_of.setdefault(name, len(slot_of))
            fields = {item.key: item.value for item in command.items if item.kind == ItemKind.FIELD}
            channel_of[slot] = fields.get(QueueField.CHANNEL, 0)
    return tuple(channels), channel_of


def interval_starts_s(world: World) -> Floats:
    """Return where the intervals begin, in seconds (folded ones: from the start of the period); the last is inf."""
    n = world.n_intervals()
    starts = np.arange(n) * world.interval_s if n > 1 else np.zeros(1)
    return np.append(starts, AFTER)


@dataclass(frozen=True)
class Cells:
    """Which cell each place of an array belongs to."""

    index: pd.Index
    """Of the table: one row a cell."""
    order: NDArray[np.intp]
    """The places, sorted by cell."""
    starts: NDArray[np.intp]
    """Where each cell begins in ``order``."""

    @classmethod
    def of(cls, levels: Sequence[str], codes: Sequence[NDArray[np.int64]], names: Sequence[Sequence[object]]) -> Cells:
        """Make cells of the codes of each level, one code a place; only combinations that occur become cells."""
        if not levels:
            places = np.arange(1 if not codes else codes[0].size)
            return cls(pd.RangeIndex(1), places, np.zeros(1, dtype=np.intp))
        shape = tuple(len(name) for name in names)
        flat = np.ravel_multi_index(tuple(code.ravel() for code in codes), shape)
        order = np.argsort(flat, kind="stable")
        found, starts = np.unique(flat[order], return_index=True)
        picked = [
            pd.Index([names[i][code] for code in at], name=level)
            for i, (level, at) in enumerate(zip(levels, np.unravel_index(found, shape), strict=True))
        ]
        index = picked[0] if len(picked) == 1 else pd.MultiIndex.from_arrays(picked, names=list(levels))
        return cls(index, order, starts)

    def sums(self, places: NDArray[np.generic]) -> Floats:
        """Sum up [places, ...] into [cells, ...]."""
        return np.add.reduceat(places[self.order].astype(np.float64), self.starts, axis=0)

    def greatest(self, places: Floats) -> Floats:
        """Return the greatest of each cell: [places] into [cells]."""
        return np.maximum.reduceat(places[self.order], self.starts, axis=0)

    def first(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the code of any place of each cell."""
        return places[self.order][self.starts]


def cells_of(
    by: Sequence[str], axes: Sequence[str], names: dict[str, Sequence[object]], channel_of: Ints | None = None
) -> Cells:
    """Make the cells of a table from arrays with the axes named; ``channel`` is read off the axis ``queue``."""
    shape = [len(names[axis]) for axis in axes]
    grid = dict(zip(axes, np.indices(shape).reshape(len(axes), -1), strict=True))
    if channel_of is not None:
        grid["channel"] = channel_of[grid["queue"]]
    if not by:
        return Cells.of((), [next(iter(grid.values()))], ())
    return Cells.of(by, [grid[level] for level in by], [names[level] for level in by])


@dataclass(frozen=True)
class CustomerSums:
    """What happened to customers: arrays are [samples, cells, ...]."""

    index: pd.Index
    counts: Floats
    """[..., N_COUNTS]; of Count.LONGEST_WAIT_S the greatest, of the others the sum."""
    within: Floats
    """[..., 2, thresholds]"""
    queue_s: Floats
    """Without the time after the horizon, unless the table is split by interval; so is ``exposure_s``."""
    exposure_s: Floats
    """How long each sample counted what is in the cell."""

    def of(self, count: Count) -> Floats:
        """Return one column of the counts."""
        return self.counts[:, :, count]


@dataclass(frozen=True)
class AgentSums:
    """What agents spent their time with: arrays are [samples, cells]."""

    index: pd.Index
    seconds: Floats
    """[samples, cells, N_DOINGS]"""
    exposure_s: Floats

    def of(self, doing: Doing) -> Floats:
        """Return the seconds of one doing."""
        return self.seconds[:, :, doing]


def samples_of(tallies: Sequence[Tally]) -> int:
    """Return how many samples there are: replications, or batches of the only one."""
    return len(tallies) if len(tallies) > 1 else tallies[0].customers.shape[0]


def _samples(tallies: Sequence[Tally], name: str) -> list[NDArray[np.float64]]:
    """Return an array of each sample; of several replications the batches are put together."""
    if len(tallies) > 1:
        return [np.sum(getattr(tally, name), axis=0) for tally in tallies]
    return list(getattr(tallies[0], name))


def _longest(tallies: Sequence[Tally]) -> list[Floats]:
    longest = [tally.customers[..., Count.LONGEST_WAIT_S] for tally in tallies]
    return [part.max(axis=0) for part in longest] if len(tallies) > 1 else list(longest[0])


def _exposure(tallies: Sequence[Tally], starts: Floats, intervals: Ints | None) -> Floats:
    """Return how long each cell was counted; ``intervals`` are those of the cells, None: the table has none."""
    counted = np.stack(_samples(tallies, "counted_s"))
    if intervals is not None:
        return counted[:, intervals]
    counted[:, starts == AFTER] = 0.0
    return np.asarray(counted.sum(axis=1, keepdims=True), dtype=np.float64)


def sum_customers(world: World, tallies: Sequence[Tally], by: Sequence[str]) -> CustomerSums:
    """Sum up what happened to customers into the cells of a table split by some of CUSTOMER_LEVELS."""
    channels, channel_of = channels_of(world)
    starts = interval_starts_s(world)
    names: dict[str, Sequence[object]] = {
        "interval": starts.tolist(), "queue": world.queues, "tier": world.tiers, "channel": channels
    }  # fmt: skip
    axes = ("interval", "queue", "tier")
    cells = cells_of(by, axes, names, channel_of)
    places = len(starts) * len(world.queues) * len(world.tiers)
    interval_of = np.repeat(np.arange(len(starts)), places // len(starts))
    in_time = np.ones(places) if "interval" in by else (starts != AFTER)[interval_of].astype(np.float64)
    counts = np.stack([cells.sums(part.reshape(places, -1)) for part in _samples(tallies, "customers")])
    counts[..., Count.LONGEST_WAIT_S] = np.stack([cells.greatest(part.ravel()) for part in _longest(tallies)])
    within = [cells.sums(part.reshape(places, *part.shape[3:])) for part in _samples(tallies, "within")]
    queue_s = [cells.sums(part.ravel() * in_time) for part in _samples(tallies, "queue_s")]
    exposure = _exposure(tallies, starts, cells.first(interval_of) if "interval" in by else None)
    shape = counts.shape[:2]
    return CustomerSums(cells.index, counts, np.stack(within), np.stack(queue_s), np.broadcast_to(exposure, shape))


def sum_agents(world: World, tallies: Sequence[Tally], by: Sequence[str]) -> AgentSums:
    """Sum up what agents did into the cells of a table split by some of AGENT_LEVELS.

    Without intervals the time after the horizon is left out.
    """
    starts = interval_starts_s(world)
    names: dict[str, Sequence[object]] = {"interval": starts.tolist(), "type": [kind.name for kind in world.types]}
    cells = cells_of(by, ("interval", "type"), names)
    places = len(starts) * len(world.types)
    interval_of = np.repeat(np.arange(len(starts)), len(world.types))
    in_time = np.ones(places) if "interval" in by else (starts != AFTER)[interval_of].astype(np.float64)
    seconds = [cells.sums(part.reshape(places, -1) * in_time[:, None]) for part in _samples(tallies, "agent_s")]
    exposure = _exposure(tallies, starts, cells.first(interval_of) if "interval" in by else None)
    stacked = np.stack(seconds)
    return AgentSums(cells.index, stacked, np.broadcast_to(exposure, stacked.shape[:2]))
