"""What the outside sees of a center: plain frozen values with string ids.

The embedded router and the client return the same ones. Times are integers in nanoseconds since 1970
(``_ns``), exact; beside them stand properties as ``datetime`` (UTC) and ``timedelta``, rounded to the
microseconds that these types can hold.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from .router.codes import (
    AgentState,
    AssignmentState,
    Cause,
    EventType,
    InteractionState,
    OfferState,
    Presence,
)

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def moment(at_ns: int) -> datetime:
    """Return a time as a datetime in UTC, rounded down to a microsecond."""
    return EPOCH + timedelta(microseconds=at_ns // 1000)


def span(length_ns: int) -> timedelta:
    """Return a length of time as a timedelta, rounded down to a microsecond."""
    return timedelta(microseconds=length_ns // 1000)


def moment_ns(at: datetime) -> int:
    """Return an aware datetime as nanoseconds since 1970; ValueError when it has no time zone."""
    if at.tzinfo is None:
        raise ValueError(f"a time zone is needed: {at!r} has none (datetime.now(timezone.utc) does)")
    return span_ns(at - EPOCH)


def span_ns(length: timedelta) -> int:
    """Return a timedelta in nanoseconds, exactly."""
    return ((length.days * 86_400 + length.seconds) * 1_000_000 + length.microseconds) * 1000


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
    ``agent`` is at whom it rings (OFFERED), who serves it (ASSIGNED) or served it (COMPLETED); else empty.
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

    @property
    def accepted(self) -> datetime | None:
        """When the agent accepted; None once it has ended."""
        return moment(self.accepted_ns) if self.state != AssignmentState.ENDED else None

    @property
    def deadline(self) -> datetime | None:
        """When the router ends this state by itself; None once it has ended."""
        return moment(self.deadline_ns) if self.state != AssignmentState.ENDED else None


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent as he or she stands. ``occupancy`` is 0 to 1 as of ``occupancy_ns``; a lease of 0 is none."""

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

    @property
    def lease_deadline(self) -> datetime | None:
        """When the lease ends unless renewed; None: there is none."""
        return moment(self.lease_deadline_ns) if self.lease_deadline_ns else None


@dataclass(frozen=True, slots=True)
class RouterEvent:
    """Something that happened; ``seq`` has no gaps. ``x`` and ``y`` as in ``acdcore.router.records.Event``."""

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

    @property
    def time(self) -> datetime:
        """When it happened."""
        return moment(self.now_ns)


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """Counters and gauges of one queue and tier. ``wait_bins`` counts waits of those answered, bin by bin.

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

    @property
    def uptime(self) -> timedelta:
        """How long the service has counted."""
        return span(self.figure_ns - self.start_ns)
