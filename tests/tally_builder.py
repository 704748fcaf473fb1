"""Worlds and tallies made by hand: lists of customers, counted the slow and plain way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from acdcore.router.codes import SECOND_NS, ItemKind, Op, QueueField
from acdcore.router.records import Command, Item
from acdcore.sim.runs import Progress
from acdcore.sim.world import (
    N_COUNTS,
    N_DOINGS,
    NONE,
    WAIT_BINS,
    AgentType,
    Behavior,
    Count,
    Outcome,
    QueueWork,
    Roster,
    Tally,
    World,
    wait_bin_edges_s,
)

QUEUES = ("sales", "service", "mail")
CHANNELS = ("voice", "voice", "email")
TIERS = ("standard", "vip")
TYPES = ("junior", "senior")
AGENTS = ("ann", "bob", "cat")
TARGETS_S = ((20.0, 10.0), (30.0, 30.0), (3_600.0, 1_800.0))
"""By queue, by tier."""
THRESHOLDS_S = (10.0, 60.0)
SHORT_S = 5.0
EDGES_S = wait_bin_edges_s()


@dataclass(frozen=True)
class Customer:
    """One attempt, and what became of it."""

    arrival_s: float
    queue: int
    tier: int
    outcome: Outcome
    wait_s: float = 0.0
    talk_s: float = 0.0
    wrap_up_s: float = 0.0


def definitions() -> tuple[Command, ...]:
    """Define the channels and queues as a scenario does: the channel of a queue stands nowhere else."""
    mail = (Item(ItemKind.FIELD, QueueField.CHANNEL, 1),)
    return (
        Command(Op.DEFINE_CHANNEL, SECOND_NS, name=b"email"),
        *(
            Command(Op.DEFINE_QUEUE, SECOND_NS, name=name.encode(), items=mail if channel == "email" else ())
            for name, channel in zip(QUEUES, CHANNELS, strict=True)
        ),
    )


def make_world(replication: int = 0, **changes: object) -> World:
    """Return a world of two hours in intervals of half an hour, with three queues on two channels."""
    none = np.full(0, 0.0)
    world = World(
        definitions=definitions(),
        openings=(),
        queues=QUEUES,
        tiers=TIERS,
        agents=AGENTS,
        distributions=(),
        sources=(),
        traces=(),
        behaviors=((Behavior(),) * len(TIERS),) * len(QUEUES),
        work=(QueueWork(short_s=SHORT_S),) * len(QUEUES),
        types=tuple(AgentType(name) for name in TYPES),
        type_of=np.array([0, 1, 1], dtype=np.int32),
        handle=np.full((len(QUEUES), len(TIERS), len(TYPES)), NONE, dtype=np.int32),
        wrap_up=np.full((len(QUEUES), len(TYPES)), NONE, dtype=np.int32),
        roster=Roster(none, np.zeros(0, np.int32), np.zeros(0, np.int32), none),
        target_ns=(np.array(TARGETS_S) * SECOND_NS).astype(np.int64),
        thresholds_ns=(np.array(THRESHOLDS_S) * SECOND_NS).astype(np.int64),
        horizon_s=7_200.0,
        interval_s=1_800.0,
        seed=42,
        replication=replication,
    )
    return replace(world, **changes)  # type: ignore[arg-type]


def empty_tally(world: World, seconds: float | None = None) -> Tally:
    """Return a tally of nobody; every interval was counted as long as it is, or ``seconds`` in all batches."""
    batches, intervals = world.batches, world.n_intervals() + 1
    shape = (batches, intervals, len(world.queues), len(world.tiers))
    counted = np.zeros((batches, intervals))
    counted[:, :-1] = (min(world.interval_s, world.horizon_s) if seconds is None else seconds) / batches
    return Tally(
        customers=np.zeros((*shape, N_COUNTS)),
        queue_s=np.zeros(shape),
        agent_s=np.zeros((batches, intervals, len(world.types), N_DOINGS)),
        agents=np.zeros((len(world.agents), N_DOINGS)),
        handled=np.zeros(len(world.agents), dtype=np.int64),
        waits=np.zeros((len(world.queues), len(world.tiers), 2, WAIT_BINS), dtype=np.int64),
        within=np.zeros((*shape, 2, len(world.thresholds_ns))),
        counted_s=counted,
        ended_s=world.horizon_s,
        commands=0,
        arrivals=0,
        digest=0,
    )


def tally_of(world: World, customers: Sequence[Customer]) -> Tally:
    """Count customers; those of the interval i are in the batch i modulo the number of batches."""
    tally = empty_tally(world)
    for customer in customers:
        interval = min(int(customer.arrival_s // world.interval_s), world.n_intervals())
        place = (interval % world.batches, interval, customer.queue, customer.tier)
        _count(world, tally, place, customer)
        tally.queue_s[place] += customer.wait_s
    return tally


def _count(world: World, tally: Tally, place: tuple[int, int, int, int], customer: Customer) -> None:
    row = tally.customers[place]
    wait_s, outcome = customer.wait_s, customer.outcome
    in_target = wait_s * SECOND_NS <= world.target_ns[customer.queue, customer.tier]
    if outcome == Outcome.SELF_SERVED:
        row[Count.SELF_SERVED] += 1
        return
    row[Count.OFFERED] += 1
    row[Count.WAITED] += wait_s > 0
    column = {
        Outcome.ANSWERED: Count.ANSWERED,
        Outcome.REJECTED: Count.REJECTED,
        Outcome.EXPIRED: Count.EXPIRED,
        Outcome.UNFINISHED: Count.UNFINISHED,
    }.get(outcome, Count.ABANDONED)
    row[column] += 1
    if column == Count.ANSWERED:
        row[Count.ANSWERED_IN_TARGET] += in_target
        row[Count.WAIT_S] += wait_s
        row[Count.WAIT_SQUARED_S2] += wait_s**2
        row[[Count.HANDLED, Count.TALK_S, Count.WRAP_UP_S]] += (1, customer.talk_s, customer.wrap_up_s)
    elif column == Count.ABANDONED:
        row[Count.BALKED] += outcome == Outcome.BALKED
        row[Count.ABANDONED_IN_TARGET] += in_target
        row[Count.ABANDONED_SHORT] += wait_s < SHORT_S
        row[Count.ABANDONED_WAIT_S] += wait_s
    if column in (Count.ANSWERED, Count.ABANDONED):
        end = int(column == Count.ABANDONED)
        row[Count.LONGEST_WAIT_S] = max(row[Count.LONGEST_WAIT_S], wait_s)
        tally.waits[customer.queue, customer.tier, end, bin_of(wait_s)] += 1
        tally.within[(*place, end)] += wait_s * SECOND_NS <= world.thresholds_ns


def bin_of(wait_s: float) -> int:
    """Return the bin of a wait: the first whose upper edge is not below it."""
    return int(np.searchsorted(EDGES_S, np.ceil(wait_s * 1_000.0 - 1e-9) / 1_000.0 - 1e-9))


def noise(world: World, *, effect: float = 0.0) -> list[Customer]:
    """Return customers drawn from the world's seed and replication; ``effect`` shortens the waits of vips."""
    draw = np.random.default_rng([world.seed, world.replication])
    customers = []
    for arrival_s in np.sort(draw.uniform(0.0, world.horizon_s, draw.poisson(60))):
        queue, tier = int(draw.integers(len(world.queues))), int(draw.integers(len(world.tiers)))
        wait_s, talk_s = float(draw.exponential(15.0)), float(draw.exponential(180.0))
        outcome = Outcome.ABANDONED if draw.random() < 0.1 else Outcome.ANSWERED
        shorter = 1.0 - effect if tier == 1 else 1.0
        customers.append(Customer(float(arrival_s), queue, tier, outcome, wait_s * shorter, talk_s, 20.0))
    return customers


def fake_engine(world: World, progress: Progress, *, effect: float = 0.0) -> Tally:
    """Stand in for the engine: counts noise that depends on seed and replication only."""
    progress(0.0)
    tally = tally_of(world, noise(world, effect=effect))
    progress(1.0)
    return tally


def better_engine() -> partial[Tally]:
    """Return an engine whose vips wait half as long."""
    return partial(fake_engine, effect=0.5)
