"""What the outside sees of a center: plain frozen values with string ids.

The embedded router and the client return the same ones. Times are integers in nanoseconds since 1970
(``_ns``), exact; beside them stand properties as ``datetime`` (UTC) and ``timedelta``, rounded to the
microseconds that these types can hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from .plans import Step
from .router.codes import (
    AgentState,
    AssignmentState,
    Cause,
    EventType,
    InteractionState,
    OfferState,
    Presence,
)
from .times import EPOCH, moment, moment_ns, span, span_ns

__all__ = [
    "EPOCH",
    "AboutInteraction",
    "Agent",
    "Assignment",
    "CenterFigures",
    "ChannelUse",
    "Interaction",
    "Latency",
    "MoveTo",
    "Offer",
    "Queue",
    "QueueDefinition",
    "QueueFigures",
    "RouterEvent",
    "TierOverride",
    "interaction_name",
    "moment",
    "moment_ns",
    "ratio",
    "span",
    "span_ns",
]


class AboutInteraction(Protocol):
    """Whatever says which interaction it is about: an Interaction, an Offer, an Assignment."""

    @property
    def interaction_id(self) -> str:
        """The interaction's id."""


def interaction_name(given: str | AboutInteraction) -> str:
    """Return an interaction's id from itself or from what has one; anything else as it is, to be refused later."""
    if isinstance(given, str):
        return given
    name: str = getattr(given, "interaction_id", given)  # type: ignore[arg-type]  # whatever it was
    return name


@dataclass(frozen=True, slots=True)
class Interaction:
    """Somebody who waits, rings or is served; for a while also after the end.

    ``misses`` counts offers declined or not answered in time. ``assignment_id`` is empty unless it is ASSIGNED.
    ``agent`` is at whom it rings (OFFERED; of several the first), who serves it (ASSIGNED) or served it
    (COMPLETED); else empty.

    ``step`` is the plan's step that has begun, counted from 0, ``entered_ns`` when it entered its queue (0: not
    yet). ``addressed_agent`` is whose it is (empty: everybody's) until ``addressed_until_ns`` (-1: without limit),
    ``claimed_agent`` who is kept free for it (empty: nobody). ``until_ns`` is when it begins to wait (SCHEDULED) or
    waits again (HELD); -1 in every other state.
    """

    interaction_id: str
    queue: str
    tier: str
    state: InteractionState
    priority: int
    since_ns: int
    due_ns: int
    misses: int = 0
    offer_ids: tuple[str, ...] = ()
    assignment_id: str = ""
    agent: str = ""
    step: int = 0
    entered_ns: int = 0
    addressed_agent: str = ""
    addressed_until_ns: int = -1
    claimed_agent: str = ""
    until_ns: int = -1

    @property
    def entered(self) -> datetime | None:
        """When it entered its queue, from where the plan's clocks run; None: not yet."""
        return moment(self.entered_ns) if self.entered_ns else None

    @property
    def addressed_until(self) -> datetime | None:
        """Until when it is kept for its agent; None: without limit, or everybody's."""
        return moment(self.addressed_until_ns) if self.addressed_until_ns >= 0 else None

    @property
    def until(self) -> datetime | None:
        """When it begins to wait (SCHEDULED) or waits again (HELD); None in every other state."""
        return moment(self.until_ns) if self.until_ns >= 0 else None

    @property
    def since(self) -> datetime:
        """When the customer began to wait."""
        return moment(self.since_ns)

    @property
    def due(self) -> datetime:
        """By when the promise is to be kept."""
        return moment(self.due_ns)


@dataclass(frozen=True, slots=True)
class Offer:
    """One interaction rings at one agent."""

    offer_id: str
    interaction_id: str
    queue: str
    tier: str
    agent: str
    state: OfferState
    waited_ns: int
    deadline_ns: int
    time_to_answer_ns: int
    channel: str = ""

    @property
    def waited(self) -> timedelta:
        """How long the customer had waited when this value was made."""
        return span(self.waited_ns)

    @property
    def deadline(self) -> datetime:
        """When the offer expires, by the service's clock."""
        return moment(self.deadline_ns)

    @property
    def time_to_answer(self) -> timedelta:
        """How long the agent had to answer when this value was made."""
        return span(self.time_to_answer_ns)


@dataclass(frozen=True, slots=True)
class Assignment:
    """One interaction in the hands of one agent. Both times are 0 once it has ENDED."""

    assignment_id: str
    interaction_id: str
    queue: str
    agent: str
    state: AssignmentState
    accepted_ns: int = 0
    deadline_ns: int = 0
    channel: str = ""

    @property
    def accepted(self) -> datetime | None:
        """When the agent accepted; None once it has ended."""
        return moment(self.accepted_ns) if self.state != AssignmentState.ENDED else None

    @property
    def deadline(self) -> datetime | None:
        """When the router ends this state by itself; None once it has ended."""
        return moment(self.deadline_ns) if self.state != AssignmentState.ENDED else None


@dataclass(frozen=True, slots=True)
class ChannelUse:
    """An agent's room on one channel: what is ``held``, offers and wrap-up included, and the most at once."""

    held: int
    limit: int


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent as he or she stands. ``occupancy`` is 0 to 1 as of ``occupancy_ns``; a lease of 0 is none.

    ``channels`` has every channel of the center by name, ``claim_interaction_id`` is what the agent is kept free
    for (empty: nothing), ``handled`` counts accepted offers, from the mean of the peers on.
    """

    agent: str
    presence: Presence
    reason: str
    next_presence: Presence | None
    state: AgentState
    units: int
    offers: tuple[Offer, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    occupancy: float = 0.0
    occupancy_ns: int = 0
    lease_deadline_ns: int = 0
    skills: dict[str, int] = field(default_factory=dict)
    channels: dict[str, ChannelUse] = field(default_factory=dict)
    claim_interaction_id: str = ""
    handled: int = 0

    @property
    def lease_deadline(self) -> datetime | None:
        """When the lease ends unless renewed; None: there is none."""
        return moment(self.lease_deadline_ns) if self.lease_deadline_ns else None


@dataclass(frozen=True, slots=True)
class RouterEvent:
    """Something that happened; ``seq`` has no gaps. ``x`` and ``y`` as in ``acdcore.router.records.Event``.

    ``from_queue`` is the queue that an interaction left (INTERACTION_MOVED), ``defined`` what got a name or was
    defined anew (DEFINED, REDEFINED); both are empty otherwise.
    """

    seq: int
    now_ns: int
    type: EventType
    cause: Cause
    interaction_id: str
    offer_id: str
    assignment_id: str
    queue: str
    tier: str
    agent: str
    x: int
    y: int
    from_queue: str = ""
    defined: str = ""

    @property
    def time(self) -> datetime:
        """When it happened."""
        return moment(self.now_ns)


@dataclass(frozen=True, slots=True)
class MoveTo:
    """What becomes of an interaction that a queue cannot take or keep: it moves to another queue."""

    queue: str


@dataclass(frozen=True, slots=True)
class TierOverride:
    """What a tier means in one queue, where that differs; None: as everywhere."""

    target_factor: float | None = None
    head_start: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueDefinition:
    """What a queue's configuration says, defaults included; names and words are those of a center's YAML.

    A policy (``on_full`` and the like) is a word such as ``reject``, or a :class:`MoveTo`.
    Lengths of time are rounded down to microseconds; ``timedelta(0)`` is none where the YAML says ``0s``.
    """

    channel: str
    target: timedelta
    priority: int
    strategy: str
    offer_timeout: timedelta
    wrap_up: timedelta
    cool_down: timedelta
    max_waiting: int
    max_handle_time: timedelta
    max_wait: timedelta
    on_max_wait: str | MoveTo
    on_full: str | MoveTo
    on_unstaffed: str | MoveTo
    on_closed: str | MoveTo
    max_offers: int
    on_held: str | MoveTo
    held_for: timedelta
    on_expiry: str
    auto_accept: bool
    shared_offers: int
    reserve_agents: int
    reserve_rank: int
    reserve_opens: timedelta
    prefer_last_agent: timedelta
    affinity: bool
    claims: bool
    tiers: Mapping[str, TierOverride]
    plan: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue as it stands. ``queued`` counts what waits or rings.

    ``gates_open`` says of each step of the plan whether its gate is open; a step without one is always open.
    """

    queue: str
    is_open: bool
    queued: int
    gates_open: tuple[bool, ...]
    definition: QueueDefinition


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """Counters and gauges of one queue and tier. ``wait_bins`` counts waits of those answered, bin by bin.

    ``moved`` counts what left for another queue, ``moved_in`` what came from one, ``held`` how often something was
    taken out of the line, ``expired`` and ``rejected`` ends by the longest wait and by refusal; ``held_now`` and
    ``scheduled`` are gauges beside ``waiting``, ``offered`` and ``active``.

    ``wait_edges_ns`` are the bins' upper edges, inclusive; the last bin has none. ``longest_wait_ns`` is -1
    when nobody waits.
    """

    queue: str
    tier: str
    target_ns: int
    enqueued: int
    answered: int
    answered_in_target: int
    abandoned: int
    abandoned_in_target: int
    completed: int
    returned: int
    offers_made: int
    offers_accepted: int
    offers_declined: int
    offers_expired: int
    offers_revoked: int
    wait_ns: int
    handle_ns: int
    wrap_up_ns: int
    waiting: int
    offered: int
    active: int
    longest_wait_ns: int
    wait_edges_ns: tuple[int, ...]
    wait_bins: tuple[int, ...]
    offers_failed: int = 0
    moved: int = 0
    moved_in: int = 0
    held: int = 0
    expired: int = 0
    rejected: int = 0
    held_now: int = 0
    scheduled: int = 0

    @property
    def service_level(self) -> float | None:
        """Answered in target / (answered + abandoned - abandoned in target); None when nothing counts yet."""
        return ratio(self.answered_in_target, self.answered + self.abandoned - self.abandoned_in_target)

    @property
    def service_level_all(self) -> float | None:
        """Answered in target / (answered + abandoned): whoever left is a promise not kept."""
        return ratio(self.answered_in_target, self.answered + self.abandoned)

    @property
    def average_speed_of_answer(self) -> timedelta | None:
        """ASA: the mean wait of those answered, from since to accept."""
        return span(self.wait_ns // self.answered) if self.answered else None

    @property
    def average_handle_time(self) -> timedelta | None:
        """AHT: mean talk and wrap-up of those completed."""
        return span((self.handle_ns + self.wrap_up_ns) // self.completed) if self.completed else None


def ratio(part: int, whole: int) -> float | None:
    """Return part / whole, None when the whole is nothing."""
    return part / whole if whole > 0 else None


@dataclass(frozen=True, slots=True)
class Latency:
    """How long something took, in nanoseconds; the quantiles are exact to 1/16 of their value."""

    count: int
    p50_ns: int
    p99_ns: int
    p999_ns: int
    longest_ns: int
    sum_ns: int = 0

    @property
    def mean_ns(self) -> float | None:
        """The mean; None when there were none."""
        return self.sum_ns / self.count if self.count else None


@dataclass(frozen=True, slots=True)
class CenterFigures:
    """A center as a whole. Agents are counted by what they do, each exactly once."""

    center: str
    figure_ns: int
    start_ns: int
    commands: int
    refusals: int
    decisions: int
    event_seq: int
    decision_latency: Latency
    interactions: int
    agents_offline: int
    agents_available: int
    agents_offered: int
    agents_busy: int
    agents_wrap_up: int
    agents_not_ready: int
    occupancy: float | None
    inbox: int
    watchers: int
    state_hash: int
    version: str = ""

    @property
    def uptime(self) -> timedelta:
        """How long the service has counted."""
        return span(self.figure_ns - self.start_ns)
