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
    DEFINE_TIER           name, items: FIELD of TierField
    DEFINE_QUEUE          name, items: FIELD of QueueField, REQUIRE
    DEFINE_AGENT          name, items: FIELD of AgentField, HAS_SKILL
    ADVANCE               nothing
    ENQUEUE               queue, tier, priority, x = since_ns (-1: now), name (empty: none)
    CANCEL                target = interaction, x = Cause (CUSTOMER or SYSTEM)
    COMPLETE              target = interaction, x = Cause (AGENT, CUSTOMER or SYSTEM)
    END_WRAP_UP           target = assignment
    SIGN_IN               agent, x = Presence (AVAILABLE or NOT_READY), y = reason
    SET_PRESENCE          agent, x = Presence, y = reason, z = Presence after DRAINING
                          (OFFLINE or NOT_READY), flags = FORCE or 0 (OFFLINE only)
    RENEW_LEASE           agent
    ACCEPT, DECLINE       target = offer, agent (-1: whoever it was made to)
    ====================  ==========================================================================

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
    handle (ACCEPT, COMPLETE), the number of timers fired (ADVANCE), else 0. Value of a refusal:
    the index of the offending item for INVALID_FIELD, INVALID_LEVEL, DUPLICATE_ITEM and UNKNOWN_SKILL,
    the :class:`~acdcore.router.codes.Setting` for LIMIT_REACHED, the slot that has the name for
    ALREADY_EXISTS (a handle, for an interaction), the assignment's handle for OFFER_ACCEPTED, else 0.
    """

    code: int
    value: int = 0


class Event(NamedTuple):
    """One event. ``seq`` is gap-free from 1 in each center; ``now_ns`` is the command's.

    ``interaction``, ``offer`` and ``assignment`` are handles (0: none); ``queue``, ``tier`` and
    ``agent`` slots (-1: none). ``x`` and ``y``:

    ======================  ========================================================================
    CONFIGURED              x = number of settings given
    DEFINED                 x = Kind, y = slot
    INTERACTION_ENQUEUED    x = since_ns, y = due_ns
    INTERACTION_RETURNED    x = since_ns, y = due_ns (the old ones)
    INTERACTION_COMPLETED   x = time from accept to completion in ns
    INTERACTION_ABANDONED   x = wait in ns, from since_ns
    OFFER_MADE              x = wait so far in ns, y = deadline
    OFFER_ACCEPTED          x = wait in ns, from since_ns, y = deadline of the assignment
    OFFER_DECLINED          y = end of the pair's cool-down
    OFFER_EXPIRED           y = end of the pair's cool-down
    OFFER_REVOKED           (the cause says why)
    WRAP_UP_STARTED         x = 0, y = deadline
    ASSIGNMENT_ENDED        x = time in wrap-up in ns
    PRESENCE_CHANGED        x = Presence, y = reason slot
    COOL_DOWN_ENDED         x = number of cool-downs that ended
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

    ``agent`` is who it is offered to, who serves it, or (COMPLETED) who served it; else -1.
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

    ``occupancy`` is in 2**-40, as of the last change of load or readiness (``occupancy_ns``).
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


class QueueView(NamedTuple):
    """A queue's definition."""

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
    requirement: tuple[tuple[int, int], ...]


class Figures(NamedTuple):
    """Counters of one (queue, tier); they only grow, except the three gauges at the end.

    ``answered`` counts accepted offers, ``in_target`` those whose wait from ``since`` was at most the
    queue's target; ``wait_ns`` sums those waits and ``wait_bins`` counts them by
    :data:`~acdcore.router.codes.WAIT_EDGES_NS`. ``abandoned_in_target`` counts abandons within the
    target, which some formulas leave out. ``returned`` counts accepted work that came back.
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
    returned: int
    wait_ns: int
    handle_ns: int
    wrap_up_ns: int
    waiting: int
    offered: int
    active: int
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
    timers: int
