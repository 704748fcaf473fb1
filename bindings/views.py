"""Looks at a router and says what is there in words: handles and slots in, values with string ids out."""

from __future__ import annotations

from . import model
from .commands import Core, handle_id
from .router.codes import (
    WAIT_EDGES_NS,
    AgentState,
    AssignmentState,
    Cause,
    EventType,
    InteractionState,
    Kind,
    OfferState,
    Presence,
)
from .router.records import AgentView, Event

OCCUPANCY_ONE = 2**40
"""The router's occupancy is in 2**-40."""


def name_of(core: Core, kind: Kind, slot_or_handle: int) -> str:
    """Return a name, empty when there is none (any more)."""
    return core.name(kind, slot_or_handle).decode()


def reason_of(core: Core, slot: int) -> str:
    """Return a reason's name; slot 0 is no reason."""
    return core.name(Kind.REASON, slot).decode() if slot else ""


def interaction(core: Core, handle: int) -> model.Interaction | None:
    """Return an interaction, live or remembered."""
    view = core.interaction(handle)
    if view is None:
        return None
    return model.Interaction(
        interaction_id=view.name.decode(),
        queue=name_of(core, Kind.QUEUE, view.queue),
        tier=name_of(core, Kind.TIER, view.tier),
        state=InteractionState(view.state),
        priority=view.priority,
        since_ns=view.since_ns,
        due_ns=view.due_ns,
        misses=view.misses,
        offer_ids=tuple(handle_id("o", offer) for offer in view.offers),
        assignment_id=handle_id("a", view.assignment) if view.assignment else "",
        agent=name_of(core, Kind.AGENT, view.agent) if view.agent >= 0 else "",
    )


def offer(core: Core, handle: int, now_ns: int) -> model.Offer | None:
    """Return an offer, pending or remembered, as seen at a time."""
    view = core.offer(handle)
    if view is None:
        return None
    about = core.interaction(view.interaction)
    pending = view.state == OfferState.PENDING
    return model.Offer(
        offer_id=handle_id("o", handle),
        interaction_id=about.name.decode() if about else "",
        queue=name_of(core, Kind.QUEUE, about.queue) if about else "",
        tier=name_of(core, Kind.TIER, about.tier) if about else "",
        agent=name_of(core, Kind.AGENT, view.agent),
        state=OfferState(view.state),
        waited_ns=max(0, now_ns - about.since_ns) if about else 0,
        deadline_ns=view.deadline_ns,
        time_to_answer_ns=max(0, view.deadline_ns - now_ns) if pending else 0,
    )


def assignment(core: Core, handle: int) -> model.Assignment | None:
    """Return an assignment that has not ended."""
    view = core.assignment(handle)
    if view is None:
        return None
    return model.Assignment(
        assignment_id=handle_id("a", handle),
        interaction_id=name_of(core, Kind.INTERACTION, view.interaction),
        queue=name_of(core, Kind.QUEUE, view.queue),
        agent=name_of(core, Kind.AGENT, view.agent),
        state=AssignmentState(view.state),
        accepted_ns=view.accepted_ns,
        deadline_ns=view.deadline_ns,
    )


def next_presence_of(view: AgentView) -> Presence | None:
    """Return what a draining agent will be, None for all others."""
    return Presence(view.next_presence) if view.presence == Presence.DRAINING else None


def agent(core: Core, slot: int, now_ns: int) -> model.Agent | None:
    """Return an agent, with offers as seen at a time."""
    view = core.agent(slot)
    if view is None:
        return None
    offers = (offer(core, handle, now_ns) for handle in view.offers)
    assignments = (assignment(core, handle) for handle in view.assignments)
    return model.Agent(
        agent=view.name.decode(),
        presence=Presence(view.presence),
        reason=reason_of(core, view.reason),
        next_presence=next_presence_of(view),
        state=AgentState(view.state),
        units=view.units,
        offers=tuple(one for one in offers if one is not None),
        assignments=tuple(one for one in assignments if one is not None),
        occupancy=view.occupancy / OCCUPANCY_ONE,
        occupancy_ns=view.occupancy_ns,
        lease_deadline_ns=max(0, view.lease_deadline_ns),
        skills={name_of(core, Kind.SKILL, skill): level for skill, level in view.skills},
    )


def queue_figures(core: Core, queue: int, tier: int, now_ns: int) -> model.QueueFigures:
    """Return the figures of one queue and tier, which must exist."""
    definition = core.queue(queue)
    if definition is None:
        raise LookupError(f"no queue has slot {queue}")
    figures = core.figures(queue, tier)
    since_ns = core.waiting_since(queue, tier)
    return model.QueueFigures(
        queue=definition.name.decode(),
        tier=name_of(core, Kind.TIER, tier),
        target_ns=definition.target_ns,
        enqueued=figures.enqueued,
        answered=figures.answered,
        answered_in_target=figures.in_target,
        abandoned=figures.abandoned,
        abandoned_in_target=figures.abandoned_in_target,
        completed=figures.completed,
        returned=figures.returned,
        offers_made=figures.offers_made,
        offers_accepted=figures.answered,
        offers_declined=figures.offers_declined,
        offers_expired=figures.offers_expired,
        offers_revoked=figures.offers_revoked,
        wait_ns=figures.wait_ns,
        handle_ns=figures.handle_ns,
        wrap_up_ns=figures.wrap_up_ns,
        waiting=figures.waiting,
        offered=figures.offered,
        active=figures.active,
        longest_wait_ns=max(0, now_ns - since_ns) if since_ns >= 0 else -1,
        wait_edges_ns=WAIT_EDGES_NS,
        wait_bins=tuple(figures.wait_bins),
    )


def used_tiers(core: Core, queue: int, tiers: int, default: int) -> list[int]:
    """Return the tiers that have been used in a queue, and the default one, in order."""
    return [tier for tier in range(tiers) if tier == default or core.figures(queue, tier).enqueued]


def event(core: Core, one: Event) -> model.RouterEvent:
    """Return an event in words. To be called before the interaction can have been forgotten."""
    return model.RouterEvent(
        seq=one.seq,
        now_ns=one.now_ns,
        type=EventType(one.type),
        cause=Cause(one.cause),
        interaction_id=name_of(core, Kind.INTERACTION, one.interaction) if one.interaction else "",
        offer_id=handle_id("o", one.offer) if one.offer else "",
        assignment_id=handle_id("a", one.assignment) if one.assignment else "",
        queue=name_of(core, Kind.QUEUE, one.queue) if one.queue >= 0 else "",
        tier=name_of(core, Kind.TIER, one.tier) if one.tier >= 0 else "",
        agent=name_of(core, Kind.AGENT, one.agent) if one.agent >= 0 else "",
        x=one.x,
        y=one.y,
    )


def ended_assignment(handle: int) -> model.Assignment:
    """Return what is still known of an assignment that has ended: its id."""
    return model.Assignment(
        assignment_id=handle_id("a", handle), interaction_id="", queue="", agent="", state=AssignmentState.ENDED
    )
