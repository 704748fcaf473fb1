"""Counts by half-hour of the bank's days: recorded, replayed, and predicted by several means."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cache, partial
from pathlib import Path
from typing import Final

import numpy as np

from .bank_trace import STANDARD, VIP, read_bank
from .build import make_world
from .fit import Floats
from .fit_arrivals import SLOT_S, SLOTS
from .fit_trace import TARGET_S, FittedTrace, fit_files
from .replay import UNKNOWN_TIER
from .runs import run
from .scenario import Scenario
from .staff import AgentDay, infer_agents
from .trace import TraceCall, group_by_day
from .trace_world import TraceWorlds, base_world, replay_world, rostered
from .world import Count, Tally, World

WORKING: Final = (6, 0, 1, 2, 3)
"""Sunday to Thursday."""
OPENS, CLOSES = 14, SLOTS
"""The half-hours from 7:00 to 24:00."""
TIERS: Final = (VIP, STANDARD)
SEED: Final = 1999


class Column(IntEnum):
    """What is counted by half-hour of arrival and by tier."""

    OFFERED = 0
    WAITED = 1
    IN_TARGET = 2
    """Answered within 20 s."""
    WAITED_IN_TARGET = 3
    """Of these, who had to wait."""
    ANSWERED = 4
    ABANDONED = 5
    WAIT_S = 6
    """Sum of the waits of those answered."""
    WAITED_ANSWERED = 7
    WAITED_ABANDONED = 8


FIGURES: Final[Mapping[str, tuple[Column, Column]]] = {
    "service_level": (Column.IN_TARGET, Column.OFFERED),
    "service_level_queued": (Column.WAITED_IN_TARGET, Column.WAITED),
    "asa_s": (Column.WAIT_S, Column.ANSWERED),
    "abandon_share": (Column.ABANDONED, Column.OFFERED),
    "offered": (Column.OFFERED, Column.OFFERED),
}
"""Above and below; ``offered`` is a count and not divided."""


def figure(name: str, counts: Floats) -> Floats:
    """Return a figure from [..., column]; NaN where there is nothing to divide by."""
    above, below = FIGURES[name]
    if name == "offered":
        return np.asarray(counts[..., above], np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(counts[..., below] > 0, counts[..., above] / counts[..., below], np.nan), np.float64)


def recorded_counts(calls: Sequence[TraceCall]) -> Floats:
    """Return [half-hour, tier, column] of one day; calls without a tier count as ordinary ones."""
    counts = np.zeros((SLOTS, len(TIERS), len(Column)))
    for call in calls:
        row = counts[int(call.arrived_s // SLOT_S), TIERS.index(call.tier or UNKNOWN_TIER)]
        in_target = call.answered and call.wait_s <= TARGET_S
        row += (
            1.0, call.queued, in_target, in_target and call.queued, call.answered, not call.answered,
            call.wait_s if call.answered else 0.0, call.answered and call.queued, not call.answered and call.queued,
        )  # fmt: skip
    return counts


def simulated_counts(world: World, tally: Tally) -> Floats:
    """Return the same of one simulated day."""
    tiers = [world.tiers.index(tier) for tier in TIERS]
    of = tally.customers[:, :SLOTS].sum(axis=(0, 2))[:, tiers]
    at_once = of[..., Count.OFFERED] - of[..., Count.WAITED]
    return np.stack(
        [
            of[..., Count.OFFERED],
            of[..., Count.WAITED],
            of[..., Count.ANSWERED_IN_TARGET],
            of[..., Count.ANSWERED_IN_TARGET] - at_once,
            of[..., Count.ANSWERED],
            of[..., Count.ABANDONED],
            of[..., Count.WAIT_S],
            of[..., Count.ANSWERED] - at_once,
            of[..., Count.ABANDONED],
        ],
        axis=-1,
    )


@dataclass(frozen=True)
class Bank:
    """What is known before May (fitted), and what May was."""

    fitted: FittedTrace
    worlds: TraceWorlds
    may_worlds: TraceWorlds
    """With May's agents."""
    may_fitted: FittedTrace
    """To May itself: for its replay only."""
    days: tuple[dt.date, ...]
    """May's working days."""
    may: Mapping[dt.date, Sequence[TraceCall]]
    rosters: Mapping[dt.date, Sequence[AgentDay]]
    """Of every regular day of January and March, and of May's working days."""
    before: Mapping[dt.date, Sequence[TraceCall]]
    """January's and March's regular working days."""


@cache
def load_bank(folder: str) -> Bank:
    """Read three months and fit them; kept, as every process that simulates needs it once.

    Raises:
        OSError, TraceError: where a file cannot be read.
    """
    files = [Path(folder) / f"1999-{month}.csv.gz" for month in ("01", "03", "05")]
    fitted, calls = fit_files(files[:2])
    may_calls = read_bank(files[2]).calls
    may_fitted, _ = fit_files(files[2:])
    worlds, may_worlds = TraceWorlds.of(fitted, calls), TraceWorlds.of(fitted, may_calls)
    may = {day: of for day, of in group_by_day(may_calls).items() if day.weekday() in WORKING}
    regular = set(fitted.days)
    before = {day: of for day, of in group_by_day(calls).items() if day in regular and day.weekday() in WORKING}
    rosters = {day: infer_agents(of, worlds.skills) for day, of in before.items()}
    rosters |= {day: infer_agents(of, may_worlds.skills) for day, of in may.items()}
    return Bank(fitted, worlds, may_worlds, may_fitted, tuple(may), may, rosters, before)


def day_before(bank: Bank, day: dt.date, replication: int) -> dt.date:
    """Return a day of January or March on the same day of the week: each in turn."""
    alike = [other for other in bank.before if other.weekday() == day.weekday()]
    return alike[replication % len(alike)]


def predicted_world(folder: str, own_roster: bool, head_starts: bool, index: int) -> World:
    """Return the world of May's ``index % days`` th day in replication ``index // days``.

    Args:
        folder: where the record is.
        own_roster: whether May's own roster is known, and volumes are drawn; else a day of January or March lends its
            roster and its volumes, as busy days had more agents.
        head_starts: whether VIPs have their 90 s.
        index: which one; the same chance for all variants.
    """
    bank = load_bank(folder)
    day, replication = bank.days[index % len(bank.days)], index // len(bank.days)
    world = make_world(_scenario(folder, day.weekday(), own_roster, head_starts), index)
    if own_roster:
        return rostered(world, bank.rosters[day])
    lender = day_before(bank, day, replication)
    volumes = Counter(call.queue for call in bank.before[lender])
    expected = [float(bank.fitted.arrivals.queues[queue].expected(day.weekday()).sum()) for queue in bank.fitted.queues]
    sources = tuple(
        replace(source, rates_per_s=source.rates_per_s * (volumes[queue] / whole if whole else 0.0))
        for source, queue, whole in zip(world.sources, bank.fitted.queues, expected, strict=True)
    )
    return rostered(replace(world, sources=sources), bank.rosters[lender])


@cache
def _scenario(folder: str, weekday: int, own_roster: bool, head_starts: bool) -> Scenario:
    """Return a scenario of a day of the week; without factors of days where the volumes are a recorded day's."""
    bank = load_bank(folder)
    day = next(day for day in bank.days if day.weekday() == weekday)
    worlds = bank.may_worlds if own_roster else replace(bank.worlds, fitted=without_day_factors(bank.fitted))
    return worlds.scenario(day, SEED, demand=True, head_starts=head_starts)


def without_day_factors(fitted: FittedTrace) -> FittedTrace:
    """Return the same fit with days that differ by chance only."""
    queues = {queue: replace(one, day_sd=0.0) for queue, one in fitted.arrivals.queues.items()}
    return replace(fitted, arrivals=replace(fitted.arrivals, common_sd=0.0, queues=queues))


def replayed_world(folder: str, swaps: frozenset[str], head_starts: bool, index: int) -> World:
    """Return the world in which May's ``index % days`` th day is lived again.

    Args:
        folder: where the record is.
        swaps: parts that are not the day's own but drawn from what January and March tell: absences, patience, talks.
        head_starts: whether VIPs have their 90 s.
        index: which one.
    """
    bank = load_bank(folder)
    day, replication = bank.days[index % len(bank.days)], index // len(bank.days)
    world = replay_world(
        replace(bank.may_worlds, fitted=bank.may_fitted),
        _base(folder, head_starts),
        day,
        bank.may[day],
        SEED + replication,
    )
    trace = world.traces[0]
    drawn = np.full(trace.at_s.size, np.nan)
    if "patience" in swaps:
        trace = replace(trace, patience_s=drawn)
    if "talks" in swaps:
        trace = replace(trace, handle_s=drawn)
    if "absences" in swaps:
        world = rostered(replace(_base(folder, head_starts), seed=world.seed), bank.rosters[day])
    return replace(world, traces=(trace,))


@cache
def _base(folder: str, head_starts: bool) -> World:
    """Return a world of May's agents and of the laws of January and March, to which nobody comes."""
    bank = load_bank(folder)
    return base_world(bank.may_worlds, bank.days[0], SEED, head_starts=head_starts)


LADDER: Final[Mapping[str, frozenset[str]]] = {
    "replay": frozenset(),
    "absences": frozenset({"absences"}),
    "patience": frozenset({"absences", "patience"}),
    "talks": frozenset({"absences", "patience", "talks"}),
}
"""What of May is known less and less, until only its arrivals and its roster are left."""
REPLAY_WITHOUT: Final = "replay_without"
"""As ``replay``, without a head start."""
PREDICTED: Final = {"a": (False, True), "b": (True, True), "b_without": (True, False)}
"""Whether May's roster is known, and whether there is a head start."""


def world_of(folder: str, plan: tuple[tuple[str, int], ...], index: int) -> World:
    """Return one of all worlds: ``plan`` says of which kind how many come after each other."""
    for name, count in plan:
        if index < count:
            if name in PREDICTED:
                return predicted_world(folder, *PREDICTED[name], index)
            return replayed_world(folder, LADDER.get(name, frozenset()), name != REPLAY_WITHOUT, index)
        index -= count
    raise IndexError(index)


def simulated(folder: str, replications: Mapping[str, int], processes: int | None) -> dict[str, Floats]:
    """Return [replication, day, half-hour, tier, column] of May by every kind asked for, all in one run.

    Args:
        folder: where the record is.
        replications: how many of each of :data:`PREDICTED`, :data:`LADDER` and :data:`REPLAY_WITHOUT`.
        processes: how many at once; None: one for each processor.
    """
    bank = load_bank(folder)
    plan = tuple((name, count * len(bank.days)) for name, count in replications.items())
    tallies = run(partial(world_of, folder, plan), sum(count for _, count in plan), processes)
    world, at = world_of(folder, plan, 0), 0
    found = {}
    for name, count in plan:
        counts = np.asarray([simulated_counts(world, tally) for tally in tallies[at : at + count]])
        found[name] = counts.reshape(replications[name], len(bank.days), *counts.shape[1:])
        at += count
    return found


def recorded_may(folder: str) -> Floats:
    """Return [day, half-hour, tier, column] of May as recorded."""
    bank = load_bank(folder)
    return np.asarray([recorded_counts(bank.may[day]) for day in bank.days])


def recorded_before(folder: str) -> Floats:
    """Return [day, half-hour, tier, column] of the working days of January and March."""
    bank = load_bank(folder)
    return np.asarray([recorded_counts(calls) for _, calls in sorted(bank.before.items())])
