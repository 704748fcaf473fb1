"""Worlds for tests: one queue or a few, everything else as the test says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from acdcore.router.codes import SECOND_NS, ChannelField, ItemKind, Op, QueueField, Strategy
from acdcore.router.records import Command, Item
from acdcore.sim.world import (
    ALWAYS,
    NONE,
    AgentType,
    Behavior,
    Choice,
    Count,
    Distribution,
    Duty,
    QueueWork,
    Roster,
    Shape,
    Source,
    Tally,
    Trace,
    World,
)

SECONDS = SECOND_NS
START_NS = SECOND_NS


def constant(value: float) -> Distribution:
    """What takes always as long."""
    return Distribution(Shape.CONSTANT, (value,))


def exponential(mean: float) -> Distribution:
    """What is as likely to end in any moment."""
    return Distribution(Shape.EXPONENTIAL, (mean,))


def fields(stated: Mapping[Any, int]) -> tuple[Item, ...]:
    """Return fields of a definition as items."""
    return tuple(Item(ItemKind.FIELD, key, value) for key, value in stated.items())


def define(op: Op, name: str, items: Sequence[Item] = ()) -> Command:
    """Return a definition at the beginning."""
    return Command(op, START_NS, name=name.encode(), items=tuple(items))


AUTOMATIC: dict[QueueField, int] = {
    QueueField.AUTO_ACCEPT: 1,
    QueueField.WRAP_UP_NS: 0,
    QueueField.STRATEGY: Strategy.LONGEST_IDLE,
    QueueField.TARGET_NS: 20 * SECOND_NS,
}


def center(
    n_agents: int,
    queues: Sequence[Mapping[QueueField, int]] = (AUTOMATIC,),
    tiers: int = 1,
    channels: Sequence[Mapping[ChannelField, int]] = (),
    interrupts: Mapping[int, int] | None = None,
) -> list[Command]:
    """Return definitions of a center whose agents all have the one skill that all queues want.

    ``channels`` follow the built-in one; ``interrupts``: channel slot -> the slot that it may interrupt.
    """
    skill = Item(ItemKind.REQUIRE, 0, 1)
    made = [define(Op.DEFINE_SKILL, "skill")]
    for slot, channel in enumerate(channels, 1):
        may = [Item(ItemKind.MAY_INTERRUPT, (interrupts or {})[slot], 1)] if slot in (interrupts or {}) else []
        made.append(define(Op.DEFINE_CHANNEL, f"channel{slot}", [*fields(channel), *may]))
    made += [define(Op.DEFINE_TIER, f"tier{tier}") for tier in range(tiers)]
    made += [define(Op.DEFINE_QUEUE, f"queue{i}", [*fields(queue), skill]) for i, queue in enumerate(queues)]
    has = [Item(ItemKind.HAS_SKILL, 0, 1)]
    return [*made, *(define(Op.DEFINE_AGENT, f"agent{i}", has) for i in range(n_agents))]


def always_there(n_agents: int) -> Roster:
    """Everybody signs in at the start and stays."""
    return roster([(0.0, agent, Duty.SIGN_IN, 0.0) for agent in range(n_agents)])


def roster(rows: Sequence[tuple[float, int, Duty, float]]) -> Roster:
    """Return rows of (at, agent, duty, length) in order."""
    at, agent, duty, length = zip(*rows, strict=True) if rows else ((), (), (), ())
    return Roster(
        np.array(at, np.float64), np.array(agent, np.int32), np.array(duty, np.int32), np.array(length, np.float64)
    )


def stream(rate_per_s: float, queue: int = 0, tier: int = 0, **more: Any) -> Source:
    """Return a Poisson stream of a constant rate."""
    return Source(np.array([0.0, ALWAYS]), np.array([rate_per_s]), (Choice(1.0, queue, tier),), **more)


def trace(*rows: tuple[float, float, float], queue: int = 0, tier: int = 0, since_s: Sequence[float] = ()) -> Trace:
    """Return customers as (arrival, patience, talk) in seconds."""
    at, patience, handle = (np.array(column, np.float64) for column in zip(*rows, strict=True))
    slots = np.full(len(rows), queue, np.int32), np.full(len(rows), tier, np.int32)
    return Trace(at, *slots, patience, handle, np.array(since_s, np.float64) if since_s else None)


def world(
    n_agents: int = 1,
    *,
    queues: Sequence[Mapping[QueueField, int]] = (AUTOMATIC,),
    tiers: int = 1,
    distributions: Sequence[Distribution] = (),
    talk: Distribution | None = None,
    behavior: Behavior | None = None,
    agents: AgentType | None = None,
    work: Sequence[QueueWork] = (),
    wrap_up: int = NONE,
    channels: Sequence[Mapping[ChannelField, int]] = (),
    interrupts: Mapping[int, int] | None = None,
    **more: Any,
) -> World:
    """Return a world. ``talk`` is distribution 0, ``distributions`` follow from 1; all queues and tiers are alike."""
    q = len(queues)
    given: dict[str, Any] = {
        "definitions": center(n_agents, queues, tiers, channels, interrupts),
        "openings": (),
        "queues": tuple(f"queue{i}" for i in range(q)),
        "tiers": tuple(f"tier{i}" for i in range(tiers)),
        "agents": tuple(f"agent{i}" for i in range(n_agents)),
        "distributions": (talk or exponential(1.0), *distributions),
        "sources": (),
        "traces": (),
        "behaviors": tuple(tuple((behavior or Behavior()) for _ in range(tiers)) for _ in range(q)),
        "work": tuple(work) or tuple(QueueWork() for _ in range(q)),
        "types": (agents or AgentType("all"),),
        "type_of": np.zeros(n_agents, np.int32),
        "handle": np.zeros((q, tiers, 1), np.int32),
        "wrap_up": np.full((q, 1), wrap_up, np.int32),
        "roster": always_there(n_agents),
        "target_ns": np.full((q, tiers), 20 * SECOND_NS, np.int64),
        "thresholds_ns": np.zeros(0, np.int64),
        "horizon_s": 1_000.0,
    }
    return World(**(given | more))


def total(tally: Tally, count: Count) -> float:
    """Return a count over everything."""
    return float(tally.customers[..., count].sum())
