"""What goes into a router and what comes out of it: commands, answers, events and views.

Plain tuples of numbers, shared by the reference and the compiled router. Inside, everything is a slot
or a handle; the face over the router turns strings into them.

*Slots* (int32) name what is defined once: skills, reasons, tiers, queues, agents. *Handles* name what
comes and goes: interactions, offers, assignments. A handle is ``generation << 32 | slot``; generations
start at 1, so 0 is never a handle, and a handle whose slot has been given to somebody else is unknown.
"""

from __future__ import annotations

from typing import NamedTuple

from .codes import PRIORITY_DEFAULT


class Item(NamedTuple):
    """One line of a definition: see :class:`~acdcore.router.codes.ItemKind`."""

    kind: int
    key: int
    value: int


class Command(NamedTuple):
    """One command. Fields that an operation does not use keep their defaults.

    ====================  ==========================================================================
    operation             uses
    ====================  ==========================================================================
    CONFIGURE             items: FIELD of Setting
    DEFINE_SKILL, _REASON name
    DEFINE_TIER           name, flags = REPLACE or 0, items: FIELD of TierField
    DEFINE_CHANNEL        name, flags = REPLACE or 0, items: FIELD of ChannelField, MAY_INTERRUPT
    DEFINE_QUEUE          name, flags = REPLACE or 0, items: FIELD of QueueField, TIER_FACTOR,
                          TIER_HEAD_START, and a plan: requirements, STEP, STEP_FIELD
    DEFINE_AGENT          name, flags = REPLACE or 0, items: FIELD of AgentField, HAS_SKILL,
                          CHANNEL_LIMIT
    ADVANCE               x = how many timers to fire at most (0: all that are due)
    ENQUEUE               queue, tier, priority, x = since_ns (-1: now), name (empty: none),
                          agent (-1: nobody's), y = how long it is that agent's (ns; 0 with DIRECT),
                          z = when it is to begin (ns; 0 or not later than now: now), flags = DIRECT
                          or 0, items: a requirement of its own, CUSTOMER
    CANCEL                target = interaction, x = Cause (CUSTOMER or SYSTEM)
    COMPLETE              target = interaction, x = Cause (AGENT, CUSTOMER or SYSTEM)
    MOVE                  target = interaction, queue, priority, agent, y, flags as in ENQUEUE
    SET_PRIORITY          target = interaction, priority
    HOLD                  target = interaction (WAITING, OFFERED or HELD), y = for how long (ns)
    RELEASE               target = interaction (HELD or SCHEDULED)
    END_WRAP_UP           target = assignment
    FAIL                  target = assignment (ACTIVE): its media could not be set up; flags = BY_INTERACTION
                          or 0: target = the interaction whose assignment it is
    SIGN_IN               agent, x = Presence (AVAILABLE or NOT_READY), y = reason
    SET_PRESENCE          agent, x = Presence, y = reason, z = Presence after DRAINING
                          (OFFLINE or NOT_READY), flags = FORCE or 0 (OFFLINE only)
    RENEW_LEASE           agent
    ACCEPT                target = offer, agent (-1: whoever it was made to)
    DECLINE               target = offer, agent, x = 0 or Cause.FAILED (it could not even ring),
                          y = the pair's cool-down (ns; 0: the queue's)
    SET_QUEUE             queue, x = 1 (open) or 0 (closed), flags = FORCE or 0 (closing only)
    RESUME                y = for how long from now on no lease lapses (ns)
    ====================  ==========================================================================

    A requirement is made of the items REQUIRE, ANY_OF, OR, EXCLUDE and PREFER.
    ``request_id`` (128 bits, 0: none) makes a repeat return the first answer. Times are nanoseconds.
    """

    op: int
    now_ns: int
    target: int = 0
    queue: int = -1
    tier: int = -1
    agent: int = -1
    priority: int = PRIORITY_DEFAULT
    flags: int = 0
    x: int = 0
    y: int = 0
    z: int = 0
    name: bytes = b""
    items: tuple[Item, ...] = ()
    request_id: int = 0


class Answer(NamedTuple):
    """A result code and one value.

    Value of an OK: the slot defined (DEFINE_*), the interaction's handle (ENQUEUE), the assignment's
    handle (ACCEPT, COMPLETE, FAIL, and MOVE of one that was served), the number of timers fired (ADVANCE) or put off
    (RESUME), else 0. Value of a refusal:
    the index of the offending item for INVALID_FIELD, INVALID_LEVEL, DUPLICATE_ITEM, UNKNOWN_SKILL, and in a
    definition UNKNOWN_TIER, UNKNOWN_QUEUE and UNKNOWN_CHANNEL; the :class:`~acdcore.router.codes.Setting` for
    LIMIT_REACHED; the slot that has the name for ALREADY_EXISTS (a handle, for an interaction); the slot of the
    queue that refuses for QUEUE_FULL, QUEUE_UNSTAFFED and QUEUE_CLOSED; the assignment's handle for
    OFFER_ACCEPTED; else 0.
    """

    code: int
    value: int = 0


class Event(NamedTuple):
    """One event. ``seq`` is gap-free from 1 in each center; ``now_ns`` is the command's.

    ``interaction``, ``offer`` and ``assignment`` are handles (0: none); ``queue``, ``tier`` and
    ``agent`` slots (-1: none). ``x`` and ``y``:

    ======================  ========================================================================
    CONFIGURED              x = number of settings given
    DEFINED, REDEFINED      x = Kind, y = slot
    INTERACTION_ENQUEUED    x = since_ns, y = due_ns
    INTERACTION_SCHEDULED   x = since_ns, y = when it is to begin
    INTERACTION_RETURNED    x = since_ns, y = due_ns (the old ones)
    INTERACTION_RELEASED    x = since_ns, y = due_ns; from HELD or SCHEDULED to WAITING
    INTERACTION_HELD        y = until when
    INTERACTION_MOVED       queue = the new one, x = the queue it left, y = the new due_ns
    INTERACTION_COMPLETED   x = time from accept to completion in ns
    INTERACTION_ABANDONED   x = wait in ns, from since_ns
    INTERACTION_EXPIRED     x = wait in ns
    INTERACTION_REJECTED    x = wait in ns
    STEP_BEGAN              x = the step, counted from 0
    PRIORITY_CHANGED        x = the new priority, y = the old one
    ADDRESS_ENDED           agent = whose it was; it is everybody's now
    CLAIM_MADE, _ENDED      agent
    OFFER_MADE              x = wait so far in ns, y = deadline
    OFFER_ACCEPTED          x = wait in ns, from since_ns, y = deadline of the assignment
    OFFER_DECLINED          y = end of the pair's cool-down
    OFFER_EXPIRED           y = end of the pair's cool-down
    OFFER_FAILED            y = end of the pair's cool-down
    OFFER_REVOKED           (the cause says why)
    WRAP_UP_STARTED         x = 0, y = deadline
    ASSIGNMENT_ENDED        x = time in wrap-up in ns
    PRESENCE_CHANGED        x = Presence, y = reason slot
    COOL_DOWN_ENDED         x = number of cool-downs that ended
    GATE_OPENED, _CLOSED    queue, x = the step whose gate it is
    QUEUE_OPENED, _CLOSED   queue
    RESUMED                 x = number of deadlines put off, y = until when no lease lapses
    OFFER_EXTENDED          x = wait so far in ns, y = the new deadline
    ======================  ========================================================================
    """

    seq: int
    now_ns: int
    type: int
    cause: int = 0
    interaction: int = 0
    offer: int = 0
    assignment: int = 0
    queue: int = -1
    tier: int = -1
    agent: int = -1
    x: int = 0
    y: int = 0


class InteractionView(NamedTuple):
    """An interaction as it stands, live or remembered.

    ``agent`` is who it is offered to, who serves it, or (COMPLETED) who served it; else -1. ``step`` is the
    plan's step that has begun, ``entered_ns`` when the interaction entered its queue. ``addressed`` is the
    agent whose it is (-1: everybody's) until ``addressed_until_ns`` (-1: without limit), ``claim`` the agent
    who is kept free for it (-1: nobody). ``clock_ns`` is when the router next looks at it: the plan's next
    moment while WAITING, the end of HELD or SCHEDULED; -1: never.
    """

    handle: int
    seq: int
    name: bytes
    state: int
    queue: int
    tier: int
    priority: int
    since_ns: int
    due_ns: int
    misses: int
    offers: tuple[int, ...]
    assignment: int
    agent: int
    step: int
    entered_ns: int
    addressed: int
    addressed_until_ns: int
    claim: int
    clock_ns: int


class OfferView(NamedTuple):
    """An offer as it stands, pending or remembered. ``assignment`` is 0 unless it was accepted."""

    handle: int
    seq: int
    state: int
    interaction: int
    agent: int
    deadline_ns: int
    assignment: int


class AssignmentView(NamedTuple):
    """An assignment that is ACTIVE or in WRAP_UP. ``deadline_ns`` is when the router ends that state."""

    handle: int
    seq: int
    state: int
    interaction: int
    agent: int
    queue: int
    accepted_ns: int
    deadline_ns: int


class AgentView(NamedTuple):
    """An agent as it stands. ``units`` counts offers, active work and wrap-up, of 100.

    ``occupancy`` is in 2**-40, as of the last change of load or readiness (``occupancy_ns``). ``claim`` is the
    handle of the interaction that the agent is kept free for (0: none). ``held`` counts what is held on each
    channel, ``limits`` is the most at once there; ``handled`` counts accepted offers, from the mean of the
    peers on.
    """

    slot: int
    name: bytes
    presence: int
    reason: int
    next_presence: int
    state: int
    units: int
    load: int
    offers: tuple[int, ...]
    assignments: tuple[int, ...]
    occupancy: int
    occupancy_ns: int
    signed_in_seq: int
    lease_deadline_ns: int
    skills: tuple[tuple[int, int], ...]
    claim: int
    handled: int
    held: tuple[int, ...]
    limits: tuple[int, ...]


class ChannelView(NamedTuple):
    """A channel's definition: ``interrupts`` are the slots of the channels that it may interrupt."""

    slot: int
    name: bytes
    cost: int
    most: int
    exclusive_wrap_up: int
    interrupts: tuple[int, ...]


class RequirementView(NamedTuple):
    """Who may serve: (skill, level) pairs, sorted. An any-of clause of one member is a required skill."""

    any_of: tuple[tuple[tuple[int, int], ...], ...]
    excluded: tuple[tuple[int, int], ...]
    preferred: tuple[tuple[int, int], ...]


class StepView(NamedTuple):
    """A step of a plan: ``fields`` by :class:`~acdcore.router.codes.StepField` less one; ``is_open``: its gate."""

    after_ns: int
    requirement: RequirementView
    fields: tuple[int, ...]
    is_open: bool


class QueueView(NamedTuple):
    """A queue's definition and how it stands: ``fields`` by :class:`~acdcore.router.codes.QueueField` less one.

    ``overrides`` are (tier, target factor in millionths, head start in ns), -1 where the tier's own holds.
    ``queued`` counts what is WAITING or OFFERED.
    """

    slot: int
    name: bytes
    target_ns: int
    priority: int
    strategy: int
    offer_ns: int
    wrap_up_ns: int
    cool_down_ns: int
    max_waiting: int
    max_handle_ns: int
    fields: tuple[int, ...]
    plan: tuple[StepView, ...]
    overrides: tuple[tuple[int, int, int], ...]
    is_open: bool
    queued: int


class Figures(NamedTuple):
    """Counters of one (queue, tier); they only grow, except the five gauges ``waiting`` to ``scheduled``.

    ``answered`` counts accepted offers, ``in_target`` those whose wait from ``since`` was at most the
    queue's target; ``wait_ns`` sums those waits and ``wait_bins`` counts them by the router's ``wait_edges()``, one
    bin more than there are edges. ``abandoned_in_target`` counts abandons within the
    target, which some formulas leave out. ``returned`` counts accepted work that came back, ``moved`` what left
    for another queue (it is not ``enqueued`` there; ``moved_in`` counts it), ``held`` how often misses or a HOLD
    took something out of the line.
    """

    enqueued: int
    answered: int
    in_target: int
    abandoned: int
    abandoned_in_target: int
    completed: int
    offers_made: int
    offers_declined: int
    offers_expired: int
    offers_revoked: int
    offers_failed: int
    returned: int
    moved: int
    moved_in: int
    held: int
    expired: int
    rejected: int
    wait_ns: int
    handle_ns: int
    wrap_up_ns: int
    waiting: int
    offered: int
    active: int
    held_now: int
    scheduled: int
    wait_bins: tuple[int, ...]


class CenterView(NamedTuple):
    """The center as a whole. ``now_ns`` is the latest time that left a trace."""

    now_ns: int
    event_seq: int
    interaction_seq: int
    offer_seq: int
    assignment_seq: int
    sign_in_seq: int
    arming_seq: int
    skills: int
    reasons: int
    tiers: int
    queues: int
    agents: int
    requirements: int
    interactions: int
    remembered_interactions: int
    remembered_offers: int
    remembered_answers: int
    remembered_customers: int
    channels: int
    timers: int
