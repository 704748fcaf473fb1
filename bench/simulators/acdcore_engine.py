"""acdcore's own simulator: the engine in virtual time, and the router that production runs."""

from __future__ import annotations

from importlib.util import find_spec
from typing import ClassVar, Final

import numpy as np

from acdcore.router.codes import SECOND_NS, ItemKind, Op, QueueField, Strategy
from acdcore.router.records import Command, Item
from acdcore.sim.world import (
    ALWAYS,
    AgentType,
    Behavior,
    Choice,
    Count,
    Distribution,
    Doing,
    Duty,
    Ending,
    QueueWork,
    Roster,
    Shape,
    Source,
    Tally,
    World,
)

from .base import ABANDONED, ANSWERED, BATCHES, OFFERED, WAITED, WITHIN, Empty, Outcome
from .models import Model

START_NS: Final = SECOND_NS
COLUMNS: Final = {
    OFFERED: Count.OFFERED,
    ANSWERED: Count.ANSWERED,
    ABANDONED: Count.ABANDONED,
    WAITED: Count.WAITED,
    WITHIN: Count.ANSWERED_IN_TARGET,
}
"""What a count is called in a tally."""


class Engine:
    """A class is a queue, of a priority by its rank; a group's agents have the skills that its queues require."""

    name: ClassVar[str] = "acdcore"

    @classmethod
    def missing(cls) -> str | None:
        """Say whether the engine was compiled."""
        return None if find_spec("acdcore.sim.engine") else "its engine is not compiled: pip install -e ."

    @classmethod
    def cannot(cls, model: Model) -> str | None:  # noqa: ARG003
        """Say nothing: it can express everything."""
        return None

    def prepare(self, model: Model) -> None:
        """Prepare nothing."""

    def run(self, model: Model, customers: int, seed: int) -> Outcome:
        """Define the center and simulate it until nobody is left."""
        from acdcore.sim.engine import simulate

        return outcome_of(simulate(world_of(model, model.horizon_s(customers), seed)), model)


def definitions(model: Model) -> list[Command]:
    """Return the commands that make the center: a skill for all classes that the same groups serve."""
    skills = list(dict.fromkeys(model.served_by))
    made = [_define(Op.DEFINE_SKILL, f"skill {skill}") for skill in range(len(skills))]
    made.append(_define(Op.DEFINE_TIER, "everybody"))
    for kind, served_by in enumerate(model.served_by):
        policy = {
            QueueField.PRIORITY: -model.rank[kind],
            QueueField.TARGET_NS: round(model.target_s * SECOND_NS),
            QueueField.STRATEGY: Strategy.LONGEST_IDLE,
            QueueField.AUTO_ACCEPT: 1,
            QueueField.WRAP_UP_NS: 0,
        }
        items = [Item(ItemKind.FIELD, key, value) for key, value in policy.items()]
        made.append(
            _define(Op.DEFINE_QUEUE, f"class {kind}", *items, Item(ItemKind.REQUIRE, skills.index(served_by), 1))
        )
    for group, agents in enumerate(model.agents):
        has = [Item(ItemKind.HAS_SKILL, skill, 1) for skill, groups in enumerate(skills) if group in groups]
        made += [_define(Op.DEFINE_AGENT, f"{group}-{number}", *has) for number in range(agents)]
    return made


def _define(op: Op, name: str, *items: Item) -> Command:
    return Command(op, START_NS, name=name.encode(), items=items)


def world_of(model: Model, horizon_s: float, seed: int) -> World:
    """Return a model as the engine takes it, with the warm-up and the batches of all contenders."""
    classes, groups, agents = len(model.arrivals_per_s), len(model.agents), sum(model.agents)
    patience = [Distribution(Shape.EXPONENTIAL, (mean,)) for mean in model.patience_s]
    service = [Distribution(Shape.EXPONENTIAL, (mean or 1.0,)) for means in model.service_s for mean in means]
    shares = [rate / model.rate_per_s for rate in model.arrivals_per_s]
    choices = tuple(Choice(share, kind, 0) for kind, share in enumerate(shares))
    everybody = np.arange(agents, dtype=np.int32)
    return World(
        definitions=definitions(model),
        openings=(),
        queues=tuple(f"class {kind}" for kind in range(classes)),
        tiers=("everybody",),
        agents=tuple(f"{group}-{number}" for group, size in enumerate(model.agents) for number in range(size)),
        distributions=(*patience, *service),
        sources=(Source(np.array([0.0, ALWAYS]), np.array([model.rate_per_s]), choices),),
        traces=(),
        behaviors=tuple((Behavior(patience=kind),) for kind in range(classes)),
        work=tuple(QueueWork() for _ in range(classes)),
        types=tuple(AgentType(f"group {group}") for group in range(groups)),
        type_of=np.repeat(np.arange(groups, dtype=np.int32), model.agents),
        handle=classes + np.arange(classes * groups, dtype=np.int32).reshape(classes, 1, groups),
        wrap_up=np.full((classes, groups), -1, np.int32),
        roster=Roster(np.zeros(agents), everybody, np.full(agents, Duty.SIGN_IN, np.int32), np.zeros(agents)),
        target_ns=np.full((classes, 1), round(model.target_s * SECOND_NS), np.int64),
        thresholds_ns=np.zeros(0, np.int64),
        horizon_s=horizon_s,
        warm_up_s=horizon_s / BATCHES,
        batches=BATCHES - 1,
        ending=Ending.DOORS_SHUT,
        seed=seed,
        start_ns=START_NS,
    )


def outcome_of(tally: Tally, model: Model) -> Outcome:
    """Return what the engine counted; of the warm-up it counts nothing."""
    found = Empty(model)
    counted = tally.customers.sum(axis=(1, 3))  # over intervals and tiers
    for column, count in COLUMNS.items():
        found.counts[1:, :, column] = counted[:, :, count]
    found.wait_s[1:] = counted[:, :, Count.WAIT_S] + counted[:, :, Count.ABANDONED_WAIT_S]
    found.work_s[1:] = tally.agent_s[:, :-1, :, Doing.BUSY].sum(1)  # without the time after the horizon
    return Outcome(tally.arrivals, found.counts, found.wait_s, found.work_s)
