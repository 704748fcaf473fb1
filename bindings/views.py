"""Looks at a router and says what is there in words: handles and slots in, values with string ids out."""

from __future__ import annotations

from datetime import timedelta

from . import model
from .lookup import Core, handle_id
from .plans import step_of
from .router.codes import (
    NONE,
    PPM,
    AgentState,
    AssignmentState,
    Cause,
    EventType,
    InteractionState,
    Kind,
    OfferState,
    OnExpiry,
    Overflow,
    Presence,
    QueueField,
    Strategy,
)
from .router.records import AgentView, Event, Figures, InteractionView
from .times import span
from .words import overflow_word, word

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
    is_timed = view.state in (InteractionState.HELD, InteractionState.SCHEDULED)
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
        agent=agent_name(core, view.agent),
        step=view.step,
        entered_ns=view.entered_ns if view.state != InteractionState.SCHEDULED else 0,
        addressed_agent=agent_name(core, view.addressed),
        addressed_until_ns=view.addressed_until_ns,
        claimed_agent=agent_name(core, view.claim),
        until_ns=view.clock_ns if is_timed else -1,
    )


def agent_name(core: Core, slot: int) -> str:
    """Return an agent's name, empty for nobody's slot."""
    return name_of(core, Kind.AGENT, slot) if slot >= 0 else ""


def channel_name(core: Core, queue: int) -> str:
    """Return the name of a queue's channel."""
    view = core.queue(queue)
    return name_of(core, Kind.CHANNEL, view.fields[QueueField.CHANNEL - 1]) if view else ""


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
        channel=channel_name(core, about.queue) if about else "",
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
        channel=channel_name(core, view.queue),
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
        channels={
            name_of(core, Kind.CHANNEL, slot): model.ChannelUse(held, limit)
            for slot, (held, limit) in enumerate(zip(view.held, view.limits, strict=True))
        },
        claim_interaction_id=name_of(core, Kind.INTERACTION, view.claim) if view.claim else "",
        handled=view.handled,
    )


def queue(core: Core, slot: int) -> model.Queue | None:
    """Return a queue's definition and how it stands."""
    view = core.queue(slot)
    if view is None:
        return None

    def name(kind: Kind, which: int) -> str:
        return name_of(core, kind, which)

    def field(which: QueueField) -> int:
        return view.fields[which - 1]

    def length(which: QueueField) -> timedelta:
        return span(field(which))

    def policy(which: QueueField, to: QueueField) -> str | model.MoveTo:
        overflow = Overflow(field(which))
        moves = overflow == Overflow.MOVE
        return model.MoveTo(name(Kind.QUEUE, field(to))) if moves else overflow_word(which, overflow)

    definition = model.QueueDefinition(
        channel=name(Kind.CHANNEL, field(QueueField.CHANNEL)),
        target=length(QueueField.TARGET_NS),
        priority=field(QueueField.PRIORITY),
        strategy=word(Strategy(field(QueueField.STRATEGY))),
        offer_timeout=length(QueueField.OFFER_NS),
        wrap_up=length(QueueField.WRAP_UP_NS),
        cool_down=length(QueueField.COOL_DOWN_NS),
        max_waiting=field(QueueField.MAX_WAITING),
        max_handle_time=length(QueueField.MAX_HANDLE_NS),
        max_wait=length(QueueField.MAX_WAIT_NS),
        on_max_wait=policy(QueueField.ON_MAX_WAIT, QueueField.MAX_WAIT_TO),
        on_full=policy(QueueField.ON_FULL, QueueField.FULL_TO),
        on_unstaffed=policy(QueueField.ON_UNSTAFFED, QueueField.UNSTAFFED_TO),
        on_closed=policy(QueueField.ON_CLOSED, QueueField.CLOSED_TO),
        max_offers=field(QueueField.MAX_OFFERS),
        on_held=policy(QueueField.ON_HELD, QueueField.HELD_TO),
        held_for=length(QueueField.HELD_NS),
        on_expiry=word(OnExpiry(field(QueueField.ON_EXPIRY))),
        auto_accept=bool(field(QueueField.AUTO_ACCEPT)),
        shared_offers=field(QueueField.SHARED),
        reserve_agents=field(QueueField.RESERVE),
        reserve_rank=field(QueueField.RESERVE_RANK),
        reserve_opens=length(QueueField.RESERVE_OPENS_NS),
        prefer_last_agent=length(QueueField.PREFER_LAST_NS),
        affinity=bool(field(QueueField.AFFINITY)),
        claims=bool(field(QueueField.CLAIMS)),
        tiers={
            name(Kind.TIER, tier): model.TierOverride(
                None if factor == NONE else factor / PPM, None if head_start == NONE else span(head_start)
            )
            for tier, factor, head_start in view.overrides
        },
        plan=tuple(step_of(step, name) for step in view.plan),
    )
    return model.Queue(
        queue=view.name.decode(),
        is_open=view.is_open,
        queued=view.queued,
        gates_open=tuple(step.is_open for step in view.plan),
        definition=definition,
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
        wait_edges_ns=core.wait_edges(),
        wait_bins=tuple(figures.wait_bins),
        offers_failed=figures.offers_failed,
        moved=figures.moved,
        moved_in=figures.moved_in,
        held=figures.held,
        expired=figures.expired,
        rejected=figures.rejected,
        held_now=figures.held_now,
        scheduled=figures.scheduled,
    )


def used_tiers(core: Core, queue: int, tiers: int, default: int) -> list[int]:
    """Return the tiers that have been used in a queue, and the default one, in order."""
    return [tier for tier in range(tiers) if tier == default or _is_used(core.figures(queue, tier))]


def _is_used(figures: Figures) -> bool:
    return bool(figures.enqueued or figures.moved_in)


_DEFINITIONS = (EventType.DEFINED, EventType.REDEFINED)


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
        agent=agent_name(core, one.agent),
        x=one.x,
        y=one.y,
        from_queue=name_of(core, Kind.QUEUE, one.x) if one.type == EventType.INTERACTION_MOVED else "",
        defined=name_of(core, Kind(one.x), one.y) if one.type in _DEFINITIONS else "",
    )


def ended_assignment(core: Core, handle: int, about: InteractionView | None) -> model.Assignment:
    """Return an assignment that the router has let go of: ENDED, with what is known of its interaction, no times."""
    return model.Assignment(
        assignment_id=handle_id("a", handle),
        interaction_id=about.name.decode() if about else "",
        queue=name_of(core, Kind.QUEUE, about.queue) if about else "",
        agent=agent_name(core, about.agent) if about else "",
        state=AssignmentState.ENDED,
        channel=channel_name(core, about.queue) if about else "",
    )
