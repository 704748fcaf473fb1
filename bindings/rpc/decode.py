"""Messages from the wire as the plain values of :mod:`acdcore.model`: the client's half of the codec."""

from __future__ import annotations

from dataclasses import dataclass

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from .. import model
from ..router.codes import SECOND_NS, AssignmentState, Cause, InteractionState, OfferState, Presence
from ..v1 import agent_service_pb2 as agents
from ..v1 import figure_service_pb2 as figures
from ..v1 import work_pb2 as work
from . import codec


@dataclass(frozen=True, slots=True)
class OfferEnded:
    """An offer that ended otherwise than by being accepted: DECLINED, EXPIRED or REVOKED, and why."""

    offer_id: str
    interaction_id: str
    state: OfferState
    cause: Cause


@dataclass(frozen=True, slots=True)
class AssignmentEnded:
    """An assignment that is over, and who or what ended it."""

    assignment_id: str
    interaction_id: str
    cause: Cause


@dataclass(frozen=True, slots=True)
class PresenceChanged:
    """A change of presence, and what brought it about."""

    presence: Presence
    reason: str
    cause: Cause


@dataclass(frozen=True, slots=True)
class Update:
    """Something that happened to a watched agent.

    ``what`` is an Agent (the snapshot that every stream begins with), an Offer that rings, an OfferEnded, an
    Assignment (ACTIVE: it has begun; WRAP_UP: its wrap-up has begun), an AssignmentEnded or a PresenceChanged;
    None for a kind that this client does not know.
    """

    event_seq: int
    event_ns: int
    what: model.Agent | model.Offer | OfferEnded | model.Assignment | AssignmentEnded | PresenceChanged | None


def at_ns(value: Timestamp) -> int:
    """Return a Timestamp in nanoseconds since 1970."""
    return value.seconds * SECOND_NS + value.nanos


def length_ns(value: Duration) -> int:
    """Return a Duration in nanoseconds."""
    return value.seconds * SECOND_NS + value.nanos


def interaction(message: work.Interaction) -> model.Interaction:
    """Return an interaction."""
    return model.Interaction(
        interaction_id=message.interaction_id,
        queue=message.queue,
        tier=message.tier,
        state=InteractionState(message.state) if message.state else InteractionState.COMPLETED,
        priority=message.priority,
        since_ns=at_ns(message.since_time),
        due_ns=at_ns(message.due_time),
        misses=message.misses,
        offer_ids=tuple(message.offer_ids),
        assignment_id=message.assignment_id,
        agent=message.agent,
    )


def offer(message: work.Offer) -> model.Offer:
    """Return an offer."""
    return model.Offer(
        offer_id=message.offer_id,
        interaction_id=message.interaction_id,
        queue=message.queue,
        tier=message.tier,
        agent=message.agent,
        state=OfferState(message.state),
        waited_ns=length_ns(message.waited),
        deadline_ns=at_ns(message.deadline),
        time_to_answer_ns=length_ns(message.time_to_answer),
    )


def assignment(message: work.Assignment) -> model.Assignment:
    """Return an assignment."""
    return model.Assignment(
        assignment_id=message.assignment_id,
        interaction_id=message.interaction_id,
        queue=message.queue,
        agent=message.agent,
        state=AssignmentState(message.state),
        accepted_ns=at_ns(message.accept_time),
        deadline_ns=at_ns(message.deadline),
    )


def agent(message: agents.Agent) -> model.Agent:
    """Return an agent."""
    return model.Agent(
        agent=message.agent,
        presence=codec.PRESENCES_IN[message.presence],
        reason=message.reason,
        next_presence=codec.PRESENCES_IN.get(message.next_presence),
        state=codec.AGENT_STATES_IN[message.state],
        units=message.units,
        offers=tuple(offer(one) for one in message.offers),
        assignments=tuple(assignment(one) for one in message.assignments),
        occupancy=message.occupancy,
        occupancy_ns=at_ns(message.occupancy_time),
        lease_deadline_ns=at_ns(message.lease_deadline),
        skills={one.skill: one.level for one in message.skills},
    )


def update(message: agents.WatchOffersResponse) -> Update:
    """Return what a stream of WatchOffers says."""
    what: model.Agent | model.Offer | OfferEnded | model.Assignment | AssignmentEnded | PresenceChanged | None = None
    match message.WhichOneof("update"):
        case "snapshot":
            what = agent(message.snapshot)
        case "offer_made":
            what = offer(message.offer_made)
        case "offer_ended":
            ended = message.offer_ended
            what = OfferEnded(ended.offer_id, ended.interaction_id, OfferState(ended.state), Cause(ended.cause))
        case "assignment_started":
            what = assignment(message.assignment_started)
        case "wrap_up_started":
            what = assignment(message.wrap_up_started)
        case "assignment_ended":
            over = message.assignment_ended
            what = AssignmentEnded(over.assignment_id, over.interaction_id, Cause(over.cause))
        case "presence_changed":
            changed = message.presence_changed
            what = PresenceChanged(codec.PRESENCES_IN[changed.presence], changed.reason, Cause(changed.cause))
    return Update(message.event_seq, at_ns(message.event_time), what)


def queue_figures(row: figures.QueueFigures) -> model.QueueFigures:
    """Return one queue's and tier's figures."""
    return model.QueueFigures(
        queue=row.queue,
        tier=row.tier,
        target_ns=length_ns(row.target),
        enqueued=row.enqueued,
        answered=row.answered,
        answered_in_target=row.answered_in_target,
        abandoned=row.abandoned,
        abandoned_in_target=row.abandoned_in_target,
        completed=row.completed,
        returned=row.returned,
        offers_made=row.offers.made,
        offers_accepted=row.offers.accepted,
        offers_declined=row.offers.declined,
        offers_expired=row.offers.expired,
        offers_revoked=row.offers.revoked,
        wait_ns=length_ns(row.wait_sum),
        handle_ns=length_ns(row.handle_sum),
        wrap_up_ns=length_ns(row.wrap_up_sum),
        waiting=row.waiting,
        offered=row.offered,
        active=row.active,
        longest_wait_ns=length_ns(row.longest_wait) if row.HasField("longest_wait") else -1,
        wait_edges_ns=tuple(length_ns(one.upper_edge) for one in row.wait_histogram if one.HasField("upper_edge")),
        wait_bins=tuple(one.count for one in row.wait_histogram),
    )


def center_figures(message: figures.GetCenterFiguresResponse) -> model.CenterFigures:
    """Return the center as a whole."""
    latency = message.decision_latency
    return model.CenterFigures(
        center=message.center,
        figure_ns=at_ns(message.figure_time),
        start_ns=at_ns(message.start_time),
        commands=message.commands,
        refusals=message.refusals,
        decisions=message.decisions,
        event_seq=message.event_seq,
        decision_latency=model.Latency(
            count=latency.count,
            p50_ns=length_ns(latency.p50),
            p99_ns=length_ns(latency.p99),
            p999_ns=length_ns(latency.p999),
            longest_ns=length_ns(latency.longest),
        ),
        interactions=message.interactions,
        agents_offline=message.agents.offline,
        agents_available=message.agents.available,
        agents_offered=message.agents.offered,
        agents_busy=message.agents.busy,
        agents_wrap_up=message.agents.wrap_up,
        agents_not_ready=message.agents.not_ready,
        occupancy=message.occupancy if message.HasField("occupancy") else None,
        inbox=message.inbox,
        watchers=message.watchers,
        state_hash=message.state_hash,
    )
