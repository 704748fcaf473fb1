"""Commands of the router from words: ids become slots and handles here, and nowhere further in.

Every builder is pure: it looks names up in the router, checks what it was given, and returns one
:class:`~acdcore.router.records.Command`. What cannot be right raises
:class:`~acdcore.errors.InvalidArgument`, a name that the router does not know
:class:`~acdcore.errors.NotFound`; both name the field. Times and durations are integers in nanoseconds
(``_ns``). The embedded router and the gRPC services fill their commands through these same functions.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from enum import IntEnum
from typing import Any, Final, Protocol
from uuid import UUID

from .errors import AcdError, InvalidArgument, NotFound, refusal, wrong_type
from .ids import ALLOWED, id_problem
from .router.codes import (
    AGENT_RULES,
    FORCE,
    MAX_LEVEL,
    MAX_NOW_NS,
    MAX_PRIORITY,
    MIN_LEVEL,
    MIN_PRIORITY,
    PRIORITY_DEFAULT,
    QUEUE_RULES,
    SETTING_RULES,
    SINCE_NOW,
    TIER_RULES,
    AgentField,
    Cause,
    ItemKind,
    Kind,
    Op,
    Presence,
    QueueField,
    Result,
    Rule,
    Setting,
    TierField,
)
from .router.records import (
    AgentView,
    Answer,
    AssignmentView,
    CenterView,
    Command,
    Event,
    Figures,
    InteractionView,
    Item,
    OfferView,
    QueueView,
)


class Core(Protocol):
    """What both routers are to everybody outside: the reference and the compiled one."""

    def apply(self, command: Command, /) -> Answer:
        """Run one command; the only way in."""

    def drain(self) -> list[Event]:
        """Return the events since the last drain, in order."""

    def next_deadline_ns(self) -> int:
        """Return when ADVANCE is next worth calling, -1: never."""

    def state_hash(self) -> int:
        """Return the hash of the state, 64 bits."""

    def check_invariants(self) -> None:
        """Raise AssertionError when the state contradicts itself."""

    def find(self, kind: Kind, name: bytes, /) -> int:
        """Return the slot or handle of a name, -1: unknown."""

    def name(self, kind: Kind, slot_or_handle: int, /) -> bytes:
        """Return a name, empty: unknown or none."""

    def interaction(self, handle: int, /) -> InteractionView | None:
        """Return an interaction, live or remembered."""

    def offer(self, handle: int, /) -> OfferView | None:
        """Return an offer, pending or remembered."""

    def assignment(self, handle: int, /) -> AssignmentView | None:
        """Return an assignment that has not ended."""

    def agent(self, slot: int, /) -> AgentView | None:
        """Return an agent."""

    def queue(self, slot: int, /) -> QueueView | None:
        """Return a queue."""

    def tier(self, slot: int, /) -> Any:
        """Return a tier as (name, target_factor_ppm, head_start_ns, rank), or None."""

    def figures(self, queue: int, tier: int, /) -> Figures:
        """Return the counters of one queue and tier."""

    def center(self) -> CenterView:
        """Return the center as a whole."""

    def setting(self, setting: Setting, /) -> int:
        """Return the value of a setting."""

    def waiting_since(self, queue: int, tier: int, /) -> int:
        """Return the earliest since_ns of those that wait, -1: none."""


MAX_HANDLE: Final = 2**63 - 1
PRIORITY_ALLOWED: Final = f"{MIN_PRIORITY} to {MAX_PRIORITY}"
MAX_COMPARED: Final = 100
"""Names that are compared with an unknown one, at most: a typing error must not hold up decisions. That many
take a few milliseconds at worst."""
REQUEST_ID_ALLOWED: Final = "a UUID other than nil, 36 characters or 32 hexadecimal digits"
_REQUEST_ID = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
_HANDLE = re.compile(r"[0-9a-f]{1,16}", re.ASCII)
_UNKNOWN: Final = {
    Kind.SKILL: Result.UNKNOWN_SKILL,
    Kind.REASON: Result.UNKNOWN_REASON,
    Kind.TIER: Result.UNKNOWN_TIER,
    Kind.QUEUE: Result.UNKNOWN_QUEUE,
    Kind.AGENT: Result.UNKNOWN_AGENT,
    Kind.INTERACTION: Result.UNKNOWN_INTERACTION,
}

# ---------------------------------------------------------------------- words to numbers


def checked_name(value: str, field: str) -> bytes:
    """Return an id as the router keeps it, UTF-8, or raise InvalidArgument with the field."""
    if not isinstance(value, str):
        raise wrong_type(field, value, "text")
    problem = id_problem(value)
    if problem is not None:
        raise InvalidArgument(
            f"{field} {problem}; allowed: {ALLOWED}",
            reason=Result.INVALID_NAME,
            field=field,
            value=value,
            allowed=ALLOWED,
        )
    return value.encode()


def resolved(core: Core, kind: Kind, name: str, field: str) -> int:
    """Return the slot or handle of a name, or raise NotFound (or InvalidArgument) with the field."""
    try:
        found = core.find(kind, name.encode())
    except UnicodeEncodeError:
        found = -1
    except AttributeError:
        raise wrong_type(field, name, "text") from None
    if found < 0:
        checked_name(name, field)
        word = kind.name.lower()
        message = f"{field}: no {word} is called {name!r}{_suggestion(core, kind, name)}"
        raise NotFound(message, reason=_UNKNOWN[kind], field=field, value=name)
    return found


def _suggestion(core: Core, kind: Kind, name: str) -> str:
    """Return a question after the one close name, empty when none is close or there are too many to compare."""
    center = core.center()
    counts = {
        Kind.SKILL: center.skills,
        Kind.REASON: center.reasons,
        Kind.TIER: center.tiers,
        Kind.QUEUE: center.queues,
        Kind.AGENT: center.agents,
    }
    count = counts.get(kind, 0)
    if not 0 < count <= MAX_COMPARED:
        return ""
    names = (core.name(kind, slot).decode() for slot in range(count))
    near = [one for one in names if abs(len(one) - len(name)) <= 3]
    close = get_close_matches(name, near, n=1, cutoff=0.75)
    return f"; did you mean {close[0]!r}?" if close else ""


def request_number(given: str | UUID) -> int:
    """Return a request id as 128 bits, 0 for the empty text."""
    if not given:
        return 0
    text = str(given) if isinstance(given, UUID) else given
    if not isinstance(text, str):
        raise wrong_type("request_id", text, "a UUID or its text")
    number = int(text.replace("-", ""), 16) if _REQUEST_ID.fullmatch(text) else 0
    if number == 0:
        raise InvalidArgument(reason=Result.INVALID_FIELD, field="request_id", value=text, allowed=REQUEST_ID_ALLOWED)
    return number


def handle_id(prefix: str, handle: int) -> str:
    """Return the id by which the outside knows a handle: ``o`` for offers, ``a`` for assignments."""
    return f"{prefix}-{handle:x}"


def parsed_handle(prefix: str, text: str, field: str) -> int:
    """Return the handle behind an offer's or an assignment's id."""
    if not isinstance(text, str):
        raise wrong_type(field, text, "text")
    digits = _HANDLE.fullmatch(text, 2) if text[:2] == f"{prefix}-" else None
    handle = int(digits[0], 16) if digits else 0
    if not 0 < handle <= MAX_HANDLE:
        raise InvalidArgument(
            reason=Result.INVALID_FIELD,
            field=field,
            value=text,
            allowed=f"an id that this service gave: {prefix!r}, a hyphen and hexadecimal digits",
        )
    return handle


def default_tier(core: Core) -> int:
    """Return the slot of the tier of the lowest rank (of several the first), 0 when there is none."""
    best, best_rank, slot = 0, None, 0
    while (tier := core.tier(slot)) is not None:
        if best_rank is None or tier[3] < best_rank:
            best, best_rank = slot, tier[3]
        slot += 1
    return best


def made_up_id(request_id: int) -> str:
    """Return an id for an interaction whose caller gave none: the same again for the same request id."""
    return f"i-{request_id or secrets.randbits(128):032x}"


def whole(value: int, field: str) -> int:
    """Return a whole number, or raise InvalidArgument with the field."""
    given: object = value
    if not isinstance(given, int) or isinstance(given, bool):
        raise wrong_type(field, given, "a whole number")
    return value


def _within(value: int, least: int, greatest: int, field: str, result: Result = Result.INVALID_FIELD) -> int:
    if not least <= whole(value, field) <= greatest:
        raise InvalidArgument(reason=result, field=field, value=value, allowed=f"{least} to {greatest}")
    return value


# ---------------------------------------------------------------------- definitions


def _ruled(value: int, rule: Rule, field: str) -> int:
    if not rule.allows(whole(value, field)):
        zero = "0 or " if rule.or_zero else ""
        unit = " ns" if field.endswith("_ns") else ""
        raise InvalidArgument(
            reason=Result.INVALID_FIELD,
            field=field,
            value=value,
            allowed=f"{zero}{rule.least} to {rule.greatest}{unit}",
        )
    return value


def _fields(given: Mapping[Any, int], rules: Mapping[Any, Rule]) -> list[Item]:
    return [Item(ItemKind.FIELD, key, _ruled(value, rules[key], key.name.lower())) for key, value in given.items()]


def _levels(core: Core, kind: ItemKind, skills: Mapping[str, int], field: str) -> list[Item]:
    if not isinstance(skills, Mapping):
        raise wrong_type(field, skills, "a mapping from skill to level")
    return [
        Item(
            kind,
            resolved(core, Kind.SKILL, skill, f"{field}.{skill}"),
            _within(level, MIN_LEVEL, MAX_LEVEL, f"{field}.{skill}", Result.INVALID_LEVEL),
        )
        for skill, level in skills.items()
    ]


def configure(now_ns: int, settings: Mapping[Setting, int]) -> Command:
    """Set some of the center's settings; the others stay as they are."""
    return Command(Op.CONFIGURE, now_ns, items=tuple(_fields(settings, SETTING_RULES)))


def define_skill(now_ns: int, name: str) -> Command:
    """Define a skill."""
    return Command(Op.DEFINE_SKILL, now_ns, name=checked_name(name, "skill"))


def define_reason(now_ns: int, name: str) -> Command:
    """Define a reason for NOT_READY."""
    return Command(Op.DEFINE_REASON, now_ns, name=checked_name(name, "reason"))


def define_tier(now_ns: int, name: str, fields: Mapping[TierField, int] | None = None) -> Command:
    """Define a tier; fields left out have their defaults."""
    return Command(
        Op.DEFINE_TIER, now_ns, name=checked_name(name, "tier"), items=tuple(_fields(fields or {}, TIER_RULES))
    )


def define_queue(
    core: Core,
    now_ns: int,
    name: str,
    *,
    requires: Mapping[str, int] | None = None,
    fields: Mapping[QueueField, int] | None = None,
) -> Command:
    """Define a queue: skill -> least level that it requires, and its policy; what is left out has its default."""
    items = _fields(fields or {}, QUEUE_RULES)
    items += _levels(core, ItemKind.REQUIRE, requires or {}, "requires")
    return Command(Op.DEFINE_QUEUE, now_ns, name=checked_name(name, "queue"), items=tuple(items))


def define_agent(
    core: Core,
    now_ns: int,
    name: str,
    *,
    skills: Mapping[str, int] | None = None,
    fields: Mapping[AgentField, int] | None = None,
) -> Command:
    """Define an agent: skill -> level, and limits; what is left out has its default."""
    items = _fields(fields or {}, AGENT_RULES)
    items += _levels(core, ItemKind.HAS_SKILL, skills or {}, "skills")
    return Command(Op.DEFINE_AGENT, now_ns, name=checked_name(name, "agent"), items=tuple(items))


# ---------------------------------------------------------------------- interactions


def enqueue(
    core: Core,
    now_ns: int,
    *,
    queue: str,
    interaction_id: str = "",
    tier: str | None = None,
    priority: int | None = None,
    since_ns: int | None = None,
    request_id: int = 0,
) -> Command:
    """Put an interaction into a queue. Without an id one is made up, without a tier it is the default one."""
    queue_slot = resolved(core, Kind.QUEUE, queue, "queue")
    tier_slot = resolved(core, Kind.TIER, tier, "tier") if tier else default_tier(core)
    name = checked_name(interaction_id, "interaction_id") if interaction_id else made_up_id(request_id).encode()
    if priority is None:
        priority = PRIORITY_DEFAULT
    else:
        _within(priority, MIN_PRIORITY, MAX_PRIORITY, "priority", Result.INVALID_PRIORITY)
    if since_ns is None:
        since_ns = SINCE_NOW
    elif not 0 <= whole(since_ns, "since_ns") <= MAX_NOW_NS:
        raise InvalidArgument(
            reason=Result.INVALID_SINCE,
            field="since_time",
            value=f"{since_ns} ns since 1970",
            allowed=_FIELDS[Result.INVALID_SINCE][1],
        )
    return Command(
        Op.ENQUEUE,
        now_ns,
        queue=queue_slot,
        tier=tier_slot,
        priority=priority,
        x=since_ns,
        name=name,
        request_id=request_id,
    )


def chosen(kind: type[IntEnum], value: int | str, field: str, allowed: Collection[IntEnum], result: Result) -> int:
    """Return a member's number, given as the member, its number or its name, or raise InvalidArgument."""
    number = getattr(kind.__members__.get(value), "value", value) if isinstance(value, str) else value
    is_number = isinstance(number, int) and not isinstance(number, bool)
    if is_number and number in allowed:
        return int(number)
    raise InvalidArgument(
        reason=result,
        field=field,
        value=next((one.name for one in kind if is_number and one == number), value),
        allowed=", ".join(one.name for one in allowed),
    )


def _ended_by(cause: int | str, allowed: Collection[Cause]) -> int:
    return chosen(Cause, cause, "cause", allowed, Result.INVALID_FIELD)


def cancel(
    core: Core, now_ns: int, *, interaction_id: str, cause: int | str = Cause.CUSTOMER, request_id: int = 0
) -> Command:
    """End an interaction from outside: the customer is gone, or a program withdraws it."""
    target = resolved(core, Kind.INTERACTION, interaction_id, "interaction_id")
    cause = _ended_by(cause, (Cause.CUSTOMER, Cause.SYSTEM))
    return Command(Op.CANCEL, now_ns, target=target, x=cause, request_id=request_id)


def complete(
    core: Core, now_ns: int, *, interaction_id: str, cause: int | str = Cause.AGENT, request_id: int = 0
) -> Command:
    """End the talk of an assigned interaction."""
    target = resolved(core, Kind.INTERACTION, interaction_id, "interaction_id")
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


def decline(core: Core, now_ns: int, *, offer_id: str, agent: str = "", request_id: int = 0) -> Command:
    """Do not take an offer; with an agent's name only if it was made to that agent."""
    return _answer_offer(core, Op.DECLINE, now_ns, offer_id=offer_id, agent=agent, request_id=request_id)


def end_wrap_up(core: Core, now_ns: int, *, assignment_id: str, request_id: int = 0) -> Command:
    """End wrap-up before its time."""
    del core  # every builder of work has the same shape
    target = parsed_handle("a", assignment_id, "assignment_id")
    return Command(Op.END_WRAP_UP, now_ns, target=target, request_id=request_id)


def advance(now_ns: int) -> Command:
    """Fire whatever is due."""
    return Command(Op.ADVANCE, now_ns)


# ---------------------------------------------------------------------- refusals

_FIELDS: Final[dict[Result, tuple[str, str]]] = {
    Result.TIME_ABSURD: ("now_ns", "0 to 2**62 - 1 ns"),
    Result.TIME_BACKWARDS: ("now_ns", "the time of the command before, or later"),
    Result.REQUEST_MISMATCH: ("request_id", "a repeat of the same content, or a fresh UUID"),
    Result.INVALID_PRIORITY: ("priority", PRIORITY_ALLOWED),
    Result.INVALID_SINCE: ("since_time", "from 1970 to now"),
    Result.INVALID_PRESENCE: ("presence", ""),
    Result.UNKNOWN_REASON: ("reason", ""),
    Result.UNKNOWN_TIER: ("tier", ""),
    Result.UNKNOWN_QUEUE: ("queue", ""),
    Result.UNKNOWN_AGENT: ("agent", ""),
    Result.UNKNOWN_INTERACTION: ("interaction_id", ""),
    Result.UNKNOWN_OFFER: ("offer_id", ""),
    Result.UNKNOWN_ASSIGNMENT: ("assignment_id", ""),
    Result.QUEUE_FULL: ("queue", ""),
    Result.ALREADY_ENDED: ("interaction_id", ""),
    Result.NOT_ASSIGNED: ("interaction_id", ""),
    Result.NOT_IN_WRAP_UP: ("assignment_id", ""),
    Result.NOT_SIGNED_IN: ("agent", ""),
    Result.WRONG_AGENT: ("agent", "the agent to whom the offer was made"),
    Result.OFFER_ACCEPTED: ("offer_id", ""),
    Result.OFFER_DECLINED: ("offer_id", ""),
    Result.OFFER_EXPIRED: ("offer_id", ""),
    Result.OFFER_REVOKED: ("offer_id", ""),
}
_NAMED: Final = {
    Op.DEFINE_SKILL: "skill",
    Op.DEFINE_REASON: "reason",
    Op.DEFINE_TIER: "tier",
    Op.DEFINE_QUEUE: "queue",
    Op.DEFINE_AGENT: "agent",
    Op.ENQUEUE: "interaction_id",
}


def _offending_value(core: Core, command: Command, field: str) -> object:
    match field:
        case "queue":
            return core.name(Kind.QUEUE, command.queue).decode()
        case "agent":
            return core.name(Kind.AGENT, command.agent).decode() if command.agent >= 0 else ""
        case "interaction_id":
            return (command.name or core.name(Kind.INTERACTION, command.target)).decode()
        case "offer_id":
            return handle_id("o", command.target)
        case "assignment_id":
            return handle_id("a", command.target)
        case "request_id":
            return f"{command.request_id:032x}"
        case "since_time":
            return f"{command.x} ns since 1970"
        case "now_ns":
            return command.now_ns
        case "priority":
            return command.priority
        case _:
            return command.name.decode("utf-8", "replace")


def refused(core: Core, command: Command, answer: Answer) -> AcdError:
    """Return the exception for a refused command, with the field that is at fault and its value."""
    code = Result(answer.code)
    if code == Result.LIMIT_REACHED:
        setting = Setting(answer.value)
        limit = setting.name.lower()
        return refusal(code, field=limit, value=core.setting(setting), allowed=f"at most that many ({limit})")
    if code in (Result.ALREADY_EXISTS, Result.INVALID_NAME):
        field, allowed = _NAMED.get(Op(command.op), "name"), ALLOWED if code == Result.INVALID_NAME else "an unused id"
    elif code in (Result.INVALID_FIELD, Result.INVALID_LEVEL, Result.DUPLICATE_ITEM, Result.UNKNOWN_SKILL):
        field, allowed = f"items[{answer.value}]", ""
    else:
        field, allowed = _FIELDS.get(code, ("", ""))
    return refusal(code, field=field, value=_offending_value(core, command, field), allowed=allowed)
