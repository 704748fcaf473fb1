"""Commands of the router from words: ids become slots and handles here, and nowhere further in.

Every builder is pure: it looks names up in the router, checks what it was given, and returns one
:class:`~acdcore.router.records.Command`. What cannot be right raises
:class:`~acdcore.errors.InvalidArgument`, a name that the router does not know
:class:`~acdcore.errors.NotFound`; both name the field. Times and durations are integers in nanoseconds
(``_ns``). The embedded router and the gRPC services fill their commands through these same functions.

Here are the builders of work; those that define a center are in :mod:`acdcore.definitions`, what both look up
in :mod:`acdcore.lookup`, and what a refusal means in :mod:`acdcore.refusals`.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from .definitions import (
    configure,
    define_agent,
    define_channel,
    define_queue,
    define_reason,
    define_skill,
    define_tier,
    slots_of,
)
from .durations import format_duration
from .errors import InvalidArgument
from .lookup import (
    MAX_COMPARED,
    PRIORITY_ALLOWED,
    Core,
    checked_name,
    chosen,
    customer_item,
    default_tier,
    duration,
    given_tier,
    handle_id,
    made_up_id,
    parsed_handle,
    request_number,
    resolved,
    whole,
    within,
)
from .plans import Requirement, requirement_items
from .refusals import refused
from .router.codes import (
    BY_INTERACTION,
    DIRECT,
    FORCE,
    MAX_NOW_NS,
    MAX_PRIORITY,
    MIN_PRIORITY,
    PRIORITY_DEFAULT,
    SECOND_NS,
    SINCE_NOW,
    Cause,
    Kind,
    Op,
    Presence,
    Result,
    Setting,
)
from .router.records import Command, Item
from .times import moment_text

__all__ = [
    "LEAST_GRACE_NS",
    "MAX_COMPARED",
    "PRIORITY_ALLOWED",
    "Core",
    "accept",
    "advance",
    "cancel",
    "checked_name",
    "chosen",
    "close_queue",
    "complete",
    "configure",
    "decline",
    "default_tier",
    "define_agent",
    "define_channel",
    "define_queue",
    "define_reason",
    "define_skill",
    "define_tier",
    "end_wrap_up",
    "enqueue",
    "fail",
    "given_tier",
    "handle_id",
    "hold",
    "made_up_id",
    "move",
    "open_queue",
    "parsed_handle",
    "refused",
    "release",
    "renew",
    "request_number",
    "resolved",
    "resume",
    "resumption",
    "set_presence",
    "set_priority",
    "sign_in",
    "sign_out",
    "whole",
    "wrong_address",
]

LEAST_GRACE_NS: Final = 60 * SECOND_NS
"""For how long after a resumption no lease lapses, at least: clients have to find the server again."""
SINCE_ALLOWED: Final = "from 1970 to now"
AGENT_ALONE: Final = "give preferred_for or direct"
AGENT_TWICE: Final = "give preferred_for or direct, not both"
NO_AGENT: Final = "give agent too, or neither preferred_for nor direct"

# ---------------------------------------------------------------------- interactions


def _priority(priority: int | None) -> int:
    if priority is None:
        return PRIORITY_DEFAULT
    return within(priority, MIN_PRIORITY, MAX_PRIORITY, "priority", Result.INVALID_PRIORITY)


def _moment(at_ns: int, name: str, result: Result, allowed: str) -> int:
    if not 0 <= whole(at_ns, f"{name}_ns") <= MAX_NOW_NS:
        raise InvalidArgument(reason=result, field=f"{name}_time", value=moment_text(at_ns), allowed=allowed)
    return at_ns


def _address(core: Core, agent: str, preferred_for_ns: int | None, direct: bool) -> tuple[int, int, int]:
    """Return (agent, y, flags) of an ENQUEUE or a MOVE: whose it is, for how long, and whether by command."""
    if agent and direct and preferred_for_ns is None:
        return resolved(core, Kind.AGENT, agent, "agent"), 0, DIRECT
    if agent and not direct and preferred_for_ns is not None:
        return resolved(core, Kind.AGENT, agent, "agent"), duration(preferred_for_ns, "preferred_for"), 0
    if not agent and not direct and preferred_for_ns is None:
        return -1, 0, 0
    if agent:
        resolved(core, Kind.AGENT, agent, "agent")
    raise wrong_address(agent, None if preferred_for_ns is None else format_duration(preferred_for_ns))


def wrong_address(agent: str, preferred_for: str | None) -> InvalidArgument:
    """Return the exception for an agent who is neither preferred nor direct, or both, or nobody."""
    if not agent:
        return InvalidArgument(reason=Result.INVALID_FIELD, field="agent", allowed=NO_AGENT)
    advice = AGENT_ALONE if preferred_for is None else AGENT_TWICE
    return InvalidArgument(
        f"preferred_for: {advice}",
        reason=Result.INVALID_DURATION,
        field="preferred_for",
        value=preferred_for or "",
        allowed=advice,
    )


def enqueue(
    core: Core,
    now_ns: int,
    *,
    queue: str,
    interaction_id: str = "",
    tier: str | None = None,
    priority: int | None = None,
    since_ns: int | None = None,
    start_ns: int | None = None,
    agent: str = "",
    preferred_for_ns: int | None = None,
    direct: bool = False,
    requirement: Requirement | None = None,
    customer_id: str = "",
    request_id: int = 0,
) -> Command:
    """Put an interaction into a queue. Without an id one is made up, without a tier it is the default one.

    Args:
        core: the router that it is for.
        now_ns: when it is.
        queue: where it waits.
        interaction_id: what the outside calls it.
        tier: the customer's tier.
        priority: its own; None: the queue's.
        since_ns: when the customer began to wait; None: now, or at ``start_ns``.
        start_ns: when it begins to wait, such as a callback; None or not later than now: now.
        agent: for whom it is: rather than others for ``preferred_for_ns``, or ``direct``.
        preferred_for_ns: how long that agent is waited for.
        direct: for that agent without limit and whatever the skills.
        requirement: who may serve it, beside what the queue requires.
        customer_id: whose it is, so that the same agent may be found again.
        request_id: makes a repeat return the first answer.
    """
    queue_slot = resolved(core, Kind.QUEUE, queue, "queue")
    tier_slot = given_tier(core, tier)
    name = checked_name(interaction_id, "interaction_id") if interaction_id else made_up_id(request_id).encode()
    slot, y, flags = _address(core, agent, preferred_for_ns, direct)
    since_ns = SINCE_NOW if since_ns is None else _moment(since_ns, "since", Result.INVALID_SINCE, SINCE_ALLOWED)
    start_ns = 0 if start_ns is None else _moment(start_ns, "start", Result.INVALID_START, "from 1970 on")
    items: list[Item] = []
    if requirement is not None:
        items = requirement_items(slots_of(core), requirement, "requirement.")
    if customer_id:
        items.append(customer_item(customer_id))
    return Command(
        Op.ENQUEUE,
        now_ns,
        queue=queue_slot,
        tier=tier_slot,
        agent=slot,
        priority=_priority(priority),
        flags=flags,
        x=since_ns,
        y=y,
        z=start_ns,
        name=name,
        items=tuple(items),
        request_id=request_id,
    )


def move(
    core: Core,
    now_ns: int,
    *,
    interaction_id: str,
    queue: str,
    priority: int | None = None,
    agent: str = "",
    preferred_for_ns: int | None = None,
    direct: bool = False,
    request_id: int = 0,
) -> Command:
    """Move an interaction to another queue, the old wait kept; one that is served is transferred.

    ``priority`` None: its own if it has one, else the new queue's. The agent is given as in :func:`enqueue`.
    """
    target = _interaction(core, interaction_id)
    queue_slot = resolved(core, Kind.QUEUE, queue, "queue")
    slot, y, flags = _address(core, agent, preferred_for_ns, direct)
    return Command(
        Op.MOVE,
        now_ns,
        target=target,
        queue=queue_slot,
        agent=slot,
        priority=_priority(priority),
        flags=flags,
        y=y,
        request_id=request_id,
    )


def set_priority(core: Core, now_ns: int, *, interaction_id: str, priority: int | None, request_id: int = 0) -> Command:
    """Give an interaction a priority of its own; None: the queue's again."""
    target = _interaction(core, interaction_id)
    return Command(Op.SET_PRIORITY, now_ns, target=target, priority=_priority(priority), request_id=request_id)


def hold(core: Core, now_ns: int, *, interaction_id: str, hold_for_ns: int, request_id: int = 0) -> Command:
    """Take an interaction out of the line for a time; it comes back to its old place."""
    target = _interaction(core, interaction_id)
    return Command(Op.HOLD, now_ns, target=target, y=duration(hold_for_ns, "hold_for"), request_id=request_id)


def release(core: Core, now_ns: int, *, interaction_id: str, request_id: int = 0) -> Command:
    """Let an interaction that is held or scheduled wait from now on."""
    return Command(Op.RELEASE, now_ns, target=_interaction(core, interaction_id), request_id=request_id)


def _interaction(core: Core, interaction_id: str) -> int:
    return resolved(core, Kind.INTERACTION, interaction_id, "interaction_id")


def _ended_by(cause: int | str, allowed: Collection[Cause]) -> int:
    return chosen(Cause, cause, "cause", allowed, Result.INVALID_FIELD)


def cancel(
    core: Core, now_ns: int, *, interaction_id: str, cause: int | str = Cause.CUSTOMER, request_id: int = 0
) -> Command:
    """End an interaction from outside: the customer is gone, or a program withdraws it."""
    target = _interaction(core, interaction_id)
    cause = _ended_by(cause, (Cause.CUSTOMER, Cause.SYSTEM))
    return Command(Op.CANCEL, now_ns, target=target, x=cause, request_id=request_id)


def complete(
    core: Core, now_ns: int, *, interaction_id: str, cause: int | str = Cause.AGENT, request_id: int = 0
) -> Command:
    """End the talk of an assigned interaction."""
    target = _interaction(core, interaction_id)
    cause = _ended_by(cause, (Cause.AGENT, Cause.CUSTOMER, Cause.SYSTEM))
    return Command(Op.COMPLETE, now_ns, target=target, x=cause, request_id=request_id)


# ---------------------------------------------------------------------- agents


def _reason(core: Core, reason: str) -> int:
    return resolved(core, Kind.REASON, reason, "reason") if reason else 0


def _presence(presence: int | str, allowed: Collection[Presence], field: str = "presence") -> int:
    return chosen(Presence, presence, field, allowed, Result.INVALID_PRESENCE)


def sign_in(
    core: Core,
    now_ns: int,
    *,
    agent: str,
    presence: int | str = Presence.AVAILABLE,
    reason: str = "",
    request_id: int = 0,
) -> Command:
    """Begin to work. A reason is for NOT_READY only."""
    slot = resolved(core, Kind.AGENT, agent, "agent")
    presence = _presence(presence, (Presence.AVAILABLE, Presence.NOT_READY))
    _reason_only_with(reason, presence == Presence.NOT_READY)
    return Command(Op.SIGN_IN, now_ns, agent=slot, x=presence, y=_reason(core, reason), request_id=request_id)


def _reason_only_with(reason: str, fits: bool) -> None:
    if reason and not fits:
        raise InvalidArgument(
            reason=Result.INVALID_FIELD,
            field="reason",
            value=reason,
            allowed="empty unless the agent becomes NOT_READY",
        )


def set_presence(
    core: Core,
    now_ns: int,
    *,
    agent: str,
    presence: int | str,
    reason: str = "",
    next_presence: int | str | None = None,
    force: bool = False,
    request_id: int = 0,
) -> Command:
    """Choose a presence. OFFLINE with work at hand drains first unless forced; a reason is for NOT_READY."""
    slot = resolved(core, Kind.AGENT, agent, "agent")
    presence = _presence(presence, tuple(Presence))
    after = 0
    if presence == Presence.DRAINING:
        wanted = Presence.NOT_READY if next_presence is None else next_presence
        after = _presence(wanted, (Presence.NOT_READY, Presence.OFFLINE), "next_presence")
    elif next_presence is not None:
        raise InvalidArgument(
            reason=Result.INVALID_PRESENCE,
            field="next_presence",
            value=next((one.name for one in Presence if one == next_presence), next_presence),
            allowed="unset unless the presence is DRAINING",
        )
    _reason_only_with(reason, Presence.NOT_READY in (presence, after))
    return Command(
        Op.SET_PRESENCE,
        now_ns,
        agent=slot,
        x=presence,
        y=_reason(core, reason),
        z=after,
        flags=FORCE if force else 0,
        request_id=request_id,
    )


def sign_out(core: Core, now_ns: int, *, agent: str, force: bool = False, request_id: int = 0) -> Command:
    """Go home: after the work at hand, or at once by force."""
    return set_presence(core, now_ns, agent=agent, presence=Presence.OFFLINE, force=force, request_id=request_id)


def renew(core: Core, now_ns: int, *, agent: str) -> Command:
    """Extend an agent's lease."""
    return Command(Op.RENEW_LEASE, now_ns, agent=resolved(core, Kind.AGENT, agent, "agent"))


def _answer_offer(core: Core, op: Op, now_ns: int, *, offer_id: str, agent: str, request_id: int) -> Command:
    slot = resolved(core, Kind.AGENT, agent, "agent") if agent else -1
    return Command(op, now_ns, target=parsed_handle("o", offer_id, "offer_id"), agent=slot, request_id=request_id)


def accept(core: Core, now_ns: int, *, offer_id: str, agent: str = "", request_id: int = 0) -> Command:
    """Take an offer; with an agent's name only if it was made to that agent."""
    return _answer_offer(core, Op.ACCEPT, now_ns, offer_id=offer_id, agent=agent, request_id=request_id)


def decline(
    core: Core,
    now_ns: int,
    *,
    offer_id: str,
    agent: str = "",
    retry_after_ns: int | None = None,
    failed: bool = False,
    request_id: int = 0,
) -> Command:
    """Do not take an offer; with an agent's name only if it was made to that agent.

    ``retry_after_ns`` says how long this agent is spared this interaction (None: the queue's cool-down),
    ``failed`` that it could not even ring.
    """
    command = _answer_offer(core, Op.DECLINE, now_ns, offer_id=offer_id, agent=agent, request_id=request_id)
    y = 0 if retry_after_ns is None else duration(retry_after_ns, "retry_after")
    return command._replace(x=Cause.FAILED if failed else 0, y=y)


def fail(
    core: Core, now_ns: int, *, assignment_id: str = "", interaction_id: str | None = None, request_id: int = 0
) -> Command:
    """Say that the media of an accepted interaction could not be set up: it is back at its old place.

    One of the two ids says which: the assignment's, or that of the interaction whose assignment it is.
    """
    if interaction_id is not None:
        target = _interaction(core, interaction_id)
        return Command(Op.FAIL, now_ns, target=target, flags=BY_INTERACTION, request_id=request_id)
    target = parsed_handle("a", assignment_id, "assignment_id")
    return Command(Op.FAIL, now_ns, target=target, request_id=request_id)


def end_wrap_up(core: Core, now_ns: int, *, assignment_id: str, request_id: int = 0) -> Command:
    """End wrap-up before its time."""
    del core  # every builder of work has the same shape
    target = parsed_handle("a", assignment_id, "assignment_id")
    return Command(Op.END_WRAP_UP, now_ns, target=target, request_id=request_id)


# ---------------------------------------------------------------------- queues and time


def open_queue(core: Core, now_ns: int, *, queue: str, request_id: int = 0) -> Command:
    """Open a queue's door."""
    slot = resolved(core, Kind.QUEUE, queue, "queue")
    return Command(Op.SET_QUEUE, now_ns, queue=slot, x=1, request_id=request_id)


def close_queue(core: Core, now_ns: int, *, queue: str, turn_away: bool = False, request_id: int = 0) -> Command:
    """Close a queue's door. Those inside are served, or turned away as the queue's ``on_closed`` says."""
    slot = resolved(core, Kind.QUEUE, queue, "queue")
    return Command(Op.SET_QUEUE, now_ns, queue=slot, x=0, flags=FORCE if turn_away else 0, request_id=request_id)


def advance(now_ns: int, *, most: int = 0) -> Command:
    """Fire whatever is due, or the first ``most`` timers: what is left fires with the next command."""
    return Command(Op.ADVANCE, now_ns, x=within(most, 0, MAX_NOW_NS, "most"))


def resume(now_ns: int, *, grace_ns: int) -> Command:
    """Go on after a restart or a gap in time: no lease lapses before ``grace_ns`` from now, what rings rings anew."""
    return Command(Op.RESUME, now_ns, y=duration(grace_ns, "grace"))


def resumption(core: Core, now_ns: int) -> Command:
    """Go on as a server does: with a grace of a whole lease, or of :data:`LEAST_GRACE_NS` where a lease is shorter."""
    return resume(now_ns, grace_ns=max(LEAST_GRACE_NS, core.setting(Setting.LEASE_NS)))
