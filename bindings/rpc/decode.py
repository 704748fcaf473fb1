"""Messages from the wire as the plain values of :mod:`acdcore.model`: the client's half of the codec."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from .. import model
from ..plans import Gate, Requirement, Step
from ..router.codes import (
    SECOND_NS,
    AssignmentState,
    Cause,
    InteractionState,
    OfferState,
    OnExpiry,
    Overflow,
    Presence,
    QueueField,
    Strategy,
)
from ..v1 import agent_service_pb2 as agents
from ..v1 import figure_service_pb2 as figures
from ..v1 import queue_service_pb2 as queues
from ..v1 import work_pb2 as work
from ..words import overflow_word, word
from . import codec


@dataclass(frozen=True, slots=True)
class OfferExtended:
    """An offer that rings on with a later deadline, as it stands now: the server stood still for a while."""

    offer: model.Offer


@dataclass(frozen=True, slots=True)
class OfferEnded:
    """An offer that ended otherwise than by being accepted: DECLINED, EXPIRED, REVOKED or FAILED, and why.

    Cause.TAKEN: another agent was faster, and what rings has to stop.
    """

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


What: TypeAlias = (
    model.Agent | model.Offer | OfferExtended | OfferEnded | model.Assignment | AssignmentEnded | PresenceChanged | None
)
"""What may happen to a watched agent."""


@dataclass(frozen=True, slots=True)
class Update:
    """Something that happened to a watched agent.

    ``what`` is an Agent (the snapshot that every stream begins with), an Offer that rings, an OfferExtended, an
    OfferEnded, an Assignment (ACTIVE: it has begun; WRAP_UP: its wrap-up has begun), an AssignmentEnded or a
    PresenceChanged; None for a kind that this client does not know.
    """

    event_seq: int
    event_ns: int
    what: What


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
        step=message.step,
        entered_ns=at_ns(message.enter_time),
        addressed_agent=message.addressed_agent,
        addressed_until_ns=at_ns(message.addressed_until_time) if message.HasField("addressed_until_time") else -1,
        claimed_agent=message.claimed_agent,
        until_ns=at_ns(message.until_time) if message.HasField("until_time") else -1,
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
        channel=message.channel,
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
        channel=message.channel,
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
        channels={one.channel: model.ChannelUse(one.held, one.limit) for one in message.channels},
        claim_interaction_id=message.claim_interaction_id,
        handled=message.handled,
    )


def update(message: agents.WatchOffersResponse) -> Update:
    """Return what a stream of WatchOffers says."""
    what: What = None
    match message.WhichOneof("update"):
        case "snapshot":
            what = agent(message.snapshot)
        case "offer_made":
            what = offer(message.offer_made)
        case "offer_extended":
            what = OfferExtended(offer(message.offer_extended))
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


def _span(value: Duration) -> timedelta:
    return model.span(length_ns(value))


def _levels(skills: Iterable[work.SkillLevel]) -> dict[str, int]:
    return {one.skill: one.level for one in skills}


def _policy(case: QueueField, rule: queues.OverflowRule) -> str | model.MoveTo:
    action = Overflow(rule.action)
    return model.MoveTo(rule.move_to) if action == Overflow.MOVE else overflow_word(case, action)


def _gate(message: queues.Gate) -> Gate:
    """Return a step's gate: each measure one value, or a pair (opens, closes)."""

    def measure(opens: str) -> Any:
        if not message.HasField(opens):
            return None
        found = [getattr(message, opens)]
        closes = f"{opens}_close"
        if message.HasField(closes) and getattr(message, closes) != found[0]:
            found.append(getattr(message, closes))
        values = [_span(one) if isinstance(one, Duration) else one for one in found]
        return values[0] if len(values) == 1 else tuple(values)

    return Gate(
        waiting=measure("waiting"),
        longest_wait=measure("longest_wait"),
        agents=measure("agents"),
        lender=message.lender,
        lender_waiting=measure("lender_waiting"),
        lender_longest_wait=measure("lender_longest_wait"),
        lender_free=measure("lender_free"),
    )


def _step(message: queues.PlanStep) -> Step:
    wanted = message.requirement
    return Step(
        requirement=Requirement(
            _levels(wanted.requires),
            tuple(_levels(group.any_of) for group in wanted.any_of),
            _levels(wanted.excludes),
            _levels(wanted.prefers),
        )
        if message.HasField("requirement")
        else None,
        after=_span(message.after),
        skip_when_hopeless=message.skip_when_hopeless,
        priority=message.priority if message.HasField("priority") else None,
        move_to=message.move_to,
        when=_gate(message.when) if message.HasField("when") else None,
    )


def queue(message: queues.Queue) -> model.Queue:
    """Return a queue: its definition, and how it stands."""
    said = message.definition
    definition = model.QueueDefinition(
        channel=said.channel,
        target=_span(said.target),
        priority=said.priority,
        strategy=word(Strategy(said.strategy)),
        offer_timeout=_span(said.offer_timeout),
        wrap_up=_span(said.wrap_up),
        cool_down=_span(said.cool_down),
        max_waiting=said.max_waiting,
        max_handle_time=_span(said.max_handle_time),
        max_wait=_span(said.max_wait),
        on_max_wait=_policy(QueueField.ON_MAX_WAIT, said.on_max_wait),
        on_full=_policy(QueueField.ON_FULL, said.on_full),
        on_unstaffed=_policy(QueueField.ON_UNSTAFFED, said.on_unstaffed),
        on_closed=_policy(QueueField.ON_CLOSED, said.on_closed),
        max_offers=said.max_offers,
        on_held=_policy(QueueField.ON_HELD, said.on_held),
        held_for=_span(said.held_for),
        on_expiry=word(OnExpiry(said.on_expiry)),
        auto_accept=said.auto_accept,
        shared_offers=said.shared_offers,
        reserve_agents=said.reserve_agents,
        reserve_rank=said.reserve_rank,
        reserve_opens=_span(said.reserve_opens),
        prefer_last_agent=_span(said.prefer_last_agent),
        affinity=said.affinity,
        claims=said.claims,
        tiers={
            one.tier: model.TierOverride(
                one.target_factor if one.HasField("target_factor") else None,
                _span(one.head_start) if one.HasField("head_start") else None,
            )
            for one in said.tiers
        },
        plan=tuple(_step(step) for step in said.plan),
    )
    return model.Queue(
        queue=message.queue,
        is_open=message.open,
        queued=message.queued,
        gates_open=tuple(message.gates_open),
        definition=definition,
    )


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
        offers_failed=row.offers.failed,
        moved=row.moved,
        moved_in=row.moved_in,
        held=row.held,
        expired=row.expired,
        rejected=row.rejected,
        held_now=row.held_now,
        scheduled=row.scheduled,
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
            sum_ns=length_ns(latency.sum),
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
        version=message.version,
    )
