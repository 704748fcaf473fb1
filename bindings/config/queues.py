"""Queues in a center's YAML: who may serve and when that changes, what is promised, where the rest goes."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from itertools import pairwise
from typing import Annotated, Any, Final, Literal

from pydantic import Field, InstanceOf, field_validator, model_validator

from ..plans import Requirement
from ..router.codes import (
    BUILTIN_CHANNELS,
    OnExpiry,
    Overflow,
    QueueField,
    StepField,
    Strategy,
    TierField,
)
from .durations import format_duration
from .values import (
    EMPTY_IF_NULL,
    After,
    Destination,
    Model,
    Name,
    Share,
    Skills,
    SkillsOrList,
    Threshold,
    refused,
    ruled,
    several,
)

DEFAULT_SERVICE_LEVEL: Final = 0.8
DEFAULT_CHANNEL: Final = BUILTIN_CHANNELS[0].decode()
DESTINATIONS: Final = {
    QueueField.ON_MAX_WAIT: QueueField.MAX_WAIT_TO,
    QueueField.ON_FULL: QueueField.FULL_TO,
    QueueField.ON_UNSTAFFED: QueueField.UNSTAFFED_TO,
    QueueField.ON_CLOSED: QueueField.CLOSED_TO,
    QueueField.ON_HELD: QueueField.HELD_TO,
}
"""Which field says where a policy moves an interaction."""
_REQUIREMENT_KEYS: Final = ("requires", "any_of", "excludes", "prefers")
_LATER_KEYS: Final = {"after_ns": "after", "priority": "priority", "move_to": "move_to", "when": "when"}
"""What only a later step may say, and its name in the file."""

At = InstanceOf[Threshold]
Policy = InstanceOf[Destination]


class Lender(Model):
    """``plan[N].when.lender``: another queue, whose agents the step borrows only while it can spare them."""

    queue: Name
    waiting: At | None = ruled(StepField.LENDER_WAITING)
    longest_wait_ns: At | None = ruled(StepField.LENDER_WAIT_NS, "longest_wait")
    free: At | None = ruled(StepField.LENDER_FREE)

    @model_validator(mode="after")
    def _measures(self) -> Lender:
        if not self.router_fields():
            raise refused("measures nothing", "at least one of waiting, longest_wait and free")
        return self


class When(Model):
    """``plan[N].when``: the step holds while one of the queue's own measures asks for it and the lender's allow it."""

    waiting: At | None = ruled(StepField.WAITING)
    longest_wait_ns: At | None = ruled(StepField.WAIT_NS, "longest_wait")
    agents: At | None = ruled(StepField.AGENTS)
    lender: Lender | None = None

    @model_validator(mode="after")
    def _measures(self) -> When:
        if not self.router_fields() and self.lender is None:
            raise refused("measures nothing", "at least one of waiting, longest_wait, agents and lender")
        return self


class Step(Model):
    """``plan[N]``: who may serve from ``after`` on. Without a requirement what held before goes on to hold."""

    after_ns: After = Field(default=0, alias="after")
    requires: Skills = Field(default_factory=dict)
    any_of: list[Skills] = Field(default_factory=list)
    excludes: SkillsOrList = Field(default_factory=dict)
    prefers: SkillsOrList = Field(default_factory=dict)
    skip_when_hopeless: bool = ruled(StepField.SKIP)
    priority: int | None = ruled(StepField.PRIORITY)
    move_to: Name | None = None
    when: When | None = None

    @field_validator("any_of", mode="after")
    @classmethod
    def _some(cls, groups: list[dict[str, int]]) -> list[dict[str, int]]:
        if not all(groups):
            raise refused("has an empty group, which nobody satisfies", "groups of at least one skill")
        return groups

    @property
    def states_requirement(self) -> bool:
        """Whether the step says who may serve, be it that anybody may."""
        return not self.model_fields_set.isdisjoint(_REQUIREMENT_KEYS)

    @property
    def requirement(self) -> Requirement:
        """Return who may serve, as the step itself says."""
        return Requirement(self.requires, self.any_of, self.excludes, self.prefers)


class Override(Model):
    """``queues.NAME.tiers.TIER``: what a tier means in this queue, where that differs."""

    target_factor_ppm: int | None = ruled(TierField.TARGET_FACTOR_PPM, "target_factor", optional=True)
    head_start_ns: int | None = ruled(TierField.HEAD_START_NS, "head_start", optional=True)


class Reserve(Model):
    """``queues.NAME.reserve``: the last agents, kept free for customers of high rank."""

    agents: int = ruled(QueueField.RESERVE, required=True)
    rank: int = ruled(QueueField.RESERVE_RANK, required=True)
    opens_ns: int = ruled(QueueField.RESERVE_OPENS_NS, "opens")


class Queue(Model):
    """``queues.NAME``: a named line with its policy."""

    channel: Name = DEFAULT_CHANNEL
    target_ns: int = ruled(QueueField.TARGET_NS, "target")
    priority: int = ruled(QueueField.PRIORITY)
    tiers: Annotated[dict[Name, Override], EMPTY_IF_NULL] = Field(default_factory=dict)
    plan: list[Step]
    strategy: Strategy = ruled(QueueField.STRATEGY)
    prefer_last_agent_ns: int = ruled(QueueField.PREFER_LAST_NS, "prefer_last_agent")
    affinity: bool = ruled(QueueField.AFFINITY)
    claims: bool = ruled(QueueField.CLAIMS)
    reserve: Reserve | None = None
    offer_timeout_ns: int = ruled(QueueField.OFFER_NS, "offer_timeout")
    auto_accept: bool = ruled(QueueField.AUTO_ACCEPT)
    shared_offers: int = ruled(QueueField.SHARED)
    cool_down_ns: int = ruled(QueueField.COOL_DOWN_NS, "cool_down")
    on_expiry: OnExpiry = ruled(QueueField.ON_EXPIRY)
    max_offers: int = ruled(QueueField.MAX_OFFERS)
    on_held: Policy = ruled(QueueField.ON_HELD)
    held_for_ns: int = ruled(QueueField.HELD_NS, "held_for")
    wrap_up_ns: int = ruled(QueueField.WRAP_UP_NS, "wrap_up")
    max_handle_time_ns: int = ruled(QueueField.MAX_HANDLE_NS, "max_handle_time")
    max_waiting: int = ruled(QueueField.MAX_WAITING)
    on_full: Policy = ruled(QueueField.ON_FULL)
    max_wait_ns: int = ruled(QueueField.MAX_WAIT_NS, "max_wait")
    on_max_wait: Policy = ruled(QueueField.ON_MAX_WAIT)
    on_unstaffed: Policy = ruled(QueueField.ON_UNSTAFFED)
    calendar: Name | None = None
    """The calendar by which the queue opens and closes; without one it is always open."""
    at_closing: Literal["keep", "turn_away"] = "keep"
    """What becomes of those who wait when the calendar closes the queue: kept, or treated as who comes later."""
    on_closed: Policy = ruled(QueueField.ON_CLOSED)
    service_level: Share = DEFAULT_SERVICE_LEVEL
    """Share of interactions to be answered within the target: an aim for reports, the router ignores it."""

    @field_validator("plan", mode="after")
    @classmethod
    def _check_plan(cls, plan: list[Step]) -> list[Step]:
        if not plan:
            raise refused("has no step", "at least one step, such as [{requires: {sales: 5}}]")
        problems: list[tuple[tuple[str | int, ...], str]] = []
        first = plan[0]
        for attribute, key in _LATER_KEYS.items():
            if attribute in first.model_fields_set and (attribute != "after_ns" or first.after_ns):
                said = "holds from the beginning" if key == "after" else "is for later steps"
                problems.append(((0, key), f"{said}: the first step says no more than who may serve"))
        for index, (before, step) in enumerate(pairwise(plan), 1):
            if step.after_ns < before.after_ns:
                earliest = format_duration(before.after_ns)
                problems.append(((index, "after"), f"is before the step before it; allowed: {earliest} or later"))
            if step.move_to is not None and step.states_requirement:
                stated = next(key for key in _REQUIREMENT_KEYS if key in step.model_fields_set)
                message = "says who may serve in a step that moves; allowed: the other queue's plan says that"
                problems.append(((index, stated), message))
        if problems:
            raise several(problems)
        return plan

    @model_validator(mode="after")
    def _shared_or_automatic(self) -> Queue:
        if self.auto_accept and self.shared_offers > 1:
            message = "cannot be accepted at once by several agents; allowed: 1 with auto_accept"
            raise several([(("shared_offers",), message)])
        return self

    @property
    def requires(self) -> dict[str, int]:
        """Skill -> least level that the plan's first step requires."""
        return self.plan[0].requires

    def requirements(self) -> list[Requirement | None]:
        """Return who may serve as each step says, None where it moves or keeps what held before."""
        first, *later = self.plan
        return [first.requirement, *(step.requirement if step.states_requirement else None for step in later)]

    def destinations(self) -> Iterator[tuple[str, Destination]]:
        """Yield each policy of what a queue cannot take or keep: (its name, what becomes of it)."""
        for attribute, code in self.codes.items():
            if code in DESTINATIONS:
                yield attribute, getattr(self, attribute)

    def router_fields(self) -> list[tuple[IntEnum, int]]:
        """Return the fields that need no slot; a policy that moves counts as not stated."""
        fields = super().router_fields()
        fields += (self.reserve or Reserve(agents=0, rank=0)).router_fields()
        for attribute, policy in self.destinations():
            if policy.overflow != Overflow.MOVE:
                fields.append((self.codes[attribute], policy.overflow))
        return sorted(fields)

    def references(self) -> list[tuple[QueueField, str]]:
        """Return the policies that move: (which one, the name of the queue)."""
        return [
            (QueueField(self.codes[attribute]), policy.move_to)
            for attribute, policy in self.destinations()
            if policy.move_to is not None
        ]


Queues = Annotated[dict[Name, Queue], EMPTY_IF_NULL]


def queues_named_by(queue: Queue) -> set[str]:
    """Return the queues that a queue refers to: where it moves what, and whose agents it borrows."""
    named: set[Any] = {name for _, name in queue.references()}
    for step in queue.plan:
        named.add(step.move_to)
        named.add(step.when.lender.queue if step.when and step.when.lender else None)
    return named - {None}
