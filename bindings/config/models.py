"""A center's configuration as typed, frozen models: what the YAML may say, field by field.

The models know the form of a file; which numbers are allowed is the router's to say
(:mod:`acdcore.router.codes`), and what one part says about another is checked in ``references.py``.
Attributes carry their units (``target_ns``); in the file the same field is ``target: 20s``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final

from pydantic import Field, PrivateAttr

from ..router.codes import AgentField, ChannelField, Order, Setting, TierField
from .calendars import Calendar
from .queues import DEFAULT_CHANNEL, DEFAULT_SERVICE_LEVEL, Lender, Override, Queue, Queues, Reserve, Step, When
from .tree import Node
from .values import (
    EMPTY_IF_NULL,
    RULES,
    STRATEGIES,
    Count,
    Limit,
    Model,
    Name,
    NameList,
    Skills,
    allowed_durations,
    refused,
    ruled,
)

__all__ = [
    "DEFAULT_CHANNEL",
    "DEFAULT_SERVICE_LEVEL",
    "DEFAULT_TIER",
    "RULES",
    "STRATEGIES",
    "Agent",
    "AgentGroup",
    "Calendar",
    "Center",
    "Channel",
    "Lender",
    "Model",
    "Override",
    "Queue",
    "Reserve",
    "Settings",
    "Step",
    "Tier",
    "When",
    "allowed_durations",
    "refused",
]

DEFAULT_TIER: Final = "standard"
"""The tier that a center has when its file defines none."""


class Settings(Model):
    """``settings``: the center's limits and times. All are optional."""

    max_skills: int = ruled(Setting.MAX_SKILLS)
    max_reasons: int = ruled(Setting.MAX_REASONS)
    max_tiers: int = ruled(Setting.MAX_TIERS)
    max_queues: int = ruled(Setting.MAX_QUEUES)
    max_agents: int = ruled(Setting.MAX_AGENTS)
    max_skills_per_agent: int = ruled(Setting.MAX_SKILLS_PER_AGENT)
    max_skills_per_requirement: int = ruled(Setting.MAX_SKILLS_PER_REQUIREMENT)
    max_requirements: int = ruled(Setting.MAX_REQUIREMENTS)
    max_interactions: int = ruled(Setting.MAX_INTERACTIONS)
    max_cool_downs: int = ruled(Setting.MAX_COOL_DOWNS)
    remembered_interactions: int = ruled(Setting.REMEMBERED_INTERACTIONS)
    remembered_offers: int = ruled(Setting.REMEMBERED_OFFERS)
    remembered_answers: int = ruled(Setting.REMEMBERED_ANSWERS)
    occupancy_half_life_ns: int = ruled(Setting.HALF_LIFE_NS, "occupancy_half_life")
    lease_ns: int = ruled(Setting.LEASE_NS, "lease")
    lease_grace_ns: int = ruled(Setting.LEASE_GRACE_NS, "lease_grace")
    order: Order = ruled(Setting.ORDER)
    seed: int = ruled(Setting.SEED)
    max_channels: int = ruled(Setting.MAX_CHANNELS)
    max_steps: int = ruled(Setting.MAX_STEPS)
    remembered_customers: int = ruled(Setting.REMEMBERED_CUSTOMERS)


class Tier(Model):
    """``tiers.NAME``: the customer's value. ``target_factor`` 1.0 is 1,000,000 millionths (ppm)."""

    target_factor_ppm: int = ruled(TierField.TARGET_FACTOR_PPM, "target_factor")
    head_start_ns: int = ruled(TierField.HEAD_START_NS, "head_start")
    rank: int = ruled(TierField.RANK)


class Channel(Model):
    """``channels.NAME``: what one interaction takes of an agent's 100 units, and what it may interrupt."""

    cost: int = ruled(ChannelField.COST)
    most_at_once: int = ruled(ChannelField.MOST)
    exclusive_wrap_up: bool = ruled(ChannelField.EXCLUSIVE_WRAP_UP)
    interrupts: NameList = Field(default_factory=list)
    """Channels whose interactions are laid aside for one of this channel."""


class Agent(Model):
    """``agents.NAME``: skill -> level, and limits."""

    skills: Skills = Field(default_factory=dict)
    channels: Annotated[dict[Name, Limit], EMPTY_IF_NULL] = Field(default_factory=dict)
    """Channel -> most at once, 0: not at all; on the others as many as the channel itself allows."""
    max_open_offers: int = ruled(AgentField.MAX_OPEN_OFFERS)


class AgentGroup(Agent):
    """``agent_groups.NAME``: ``count`` equal agents, named ``prefix``-1, ``prefix``-2, and so on."""

    count: Count
    prefix: Name | None = None
    """What the agents' names begin with; the group's own name when it is not given."""

    def names(self, group: str) -> list[str]:
        """Return the names of this group's agents; ``group`` is its own."""
        return list(self.each_name(group))

    def each_name(self, group: str) -> Iterator[str]:
        """Yield what :meth:`names` returns, one by one."""
        return (f"{self.prefix or group}-{number}" for number in range(1, self.count + 1))


Tiers = Annotated[dict[Name, Annotated[Tier, EMPTY_IF_NULL]], EMPTY_IF_NULL]
Channels = Annotated[dict[Name, Annotated[Channel, EMPTY_IF_NULL]], EMPTY_IF_NULL]
Agents = Annotated[dict[Name, Annotated[Agent, EMPTY_IF_NULL]], EMPTY_IF_NULL]
Calendars = Annotated[dict[Name, Calendar], EMPTY_IF_NULL]
AgentGroups = Annotated[dict[Name, AgentGroup], EMPTY_IF_NULL]


class Center(Model):
    """A whole center, valid in itself: what :func:`acdcore.config.load_center` returns."""

    center: Name
    """The center's own name."""
    settings: Annotated[Settings, EMPTY_IF_NULL] = Field(default_factory=Settings)
    skills: NameList = Field(default_factory=list)
    reasons: NameList = Field(default_factory=list)
    """Reasons for NOT_READY, beside those built in."""
    channels: Channels = Field(default_factory=dict)
    """Channels; ``voice`` is there without being written, and may be."""
    tiers: Tiers = Field(default_factory=dict)
    calendars: Calendars = Field(default_factory=dict)
    queues: Queues = Field(default_factory=dict)
    agents: Agents = Field(default_factory=dict)
    agent_groups: AgentGroups = Field(default_factory=dict)

    _tree: Node | None = PrivateAttr(default=None)

    def __eq__(self, other: object) -> bool:
        """Two centers are equal when they say the same, on whatever lines."""
        return isinstance(other, Center) and self.__dict__ == other.__dict__

    __hash__ = None  # type: ignore[assignment]

    def all_tiers(self) -> dict[str, Tier]:
        """Return the tiers that the center has: those of the file, or the one that every center needs."""
        return self.tiers or {DEFAULT_TIER: Tier()}

    def all_channels(self) -> dict[str, Channel]:
        """Return the channels that the center has: the built-in one first, as the file has it or as it is."""
        return {DEFAULT_CHANNEL: Channel()} | self.channels

    def default_tier(self) -> str:
        """Return the tier of customers who come without one: of the lowest rank, of several the first."""
        tiers = self.all_tiers()
        return min(tiers, key=lambda name: tiers[name].rank)

    def all_agents(self) -> dict[str, Agent]:
        """Return every agent by name, in the order of definition: ``agents`` first, then each group's."""
        everyone = dict(self.agents)
        for name, group in self.agent_groups.items():
            everyone.update(dict.fromkeys(group.names(name), group))
        return everyone

    def groups(self) -> dict[str, str]:
        """Return agent -> group, for the agents who are in one."""
        return {agent: name for name, group in self.agent_groups.items() for agent in group.each_name(name)}

    def line_of(self, *path: str | int) -> int:
        """Return the line of the file on which a path is said, 0 when the center came from no file."""
        return self._tree.line_of(path) if self._tree else 0
