"""From a refused command to the exception that tells the outside what is wrong with which field."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any, Final

from .durations import format_duration
from .errors import AcdError, refusal
from .ids import ALLOWED
from .lookup import DURATION_ALLOWED, PRIORITY_ALLOWED, Core, handle_id
from .router.codes import (
    AGENT_RULES,
    CHANNEL_RULES,
    MAX_LEVEL,
    MAX_NOW_NS,
    MIN_LEVEL,
    QUEUE_RULES,
    SETTING_RULES,
    STEP_RULES,
    TIER_RULES,
    AgentField,
    ChannelField,
    ItemKind,
    Kind,
    Op,
    QueueField,
    Result,
    Rule,
    Setting,
    StepField,
    TierField,
)
from .router.records import Answer, Command, Item
from .times import moment, moment_text
from .translate import DEFINED, ITEM_KEYS
from .words import field_allowed, field_name, field_text

_FIELDS: Final[dict[Result, tuple[str, str]]] = {
    Result.TIME_ABSURD: ("now_ns", f"1970-01-01 to {moment(MAX_NOW_NS).date()}"),
    Result.TIME_BACKWARDS: ("now_ns", "the time of the command before, or later"),
    Result.REQUEST_MISMATCH: ("request_id", "a repeat of the same content, or a fresh UUID"),
    Result.INVALID_PRIORITY: ("priority", PRIORITY_ALLOWED),
    Result.INVALID_SINCE: ("since_time", "from 1970 to now"),
    Result.INVALID_START: ("start_time", "a time at which the customer waits already, at most 400 days ahead"),
    Result.INVALID_PRESENCE: ("presence", ""),
    Result.UNKNOWN_REASON: ("reason", ""),
    Result.UNKNOWN_TIER: ("tier", ""),
    Result.UNKNOWN_CHANNEL: ("channel", ""),
    Result.UNKNOWN_QUEUE: ("queue", ""),
    Result.UNKNOWN_AGENT: ("agent", ""),
    Result.UNKNOWN_INTERACTION: ("interaction_id", ""),
    Result.UNKNOWN_OFFER: ("offer_id", ""),
    Result.UNKNOWN_ASSIGNMENT: ("assignment_id", ""),
    Result.QUEUE_FULL: ("queue", ""),
    Result.QUEUE_UNSTAFFED: ("queue", "a queue in which somebody who is signed in could serve"),
    Result.QUEUE_CLOSED: ("queue", "a queue that is open"),
    Result.ALREADY_ENDED: ("interaction_id", ""),
    Result.NOT_ASSIGNED: ("interaction_id", ""),
    Result.NOT_HELD: ("interaction_id", "an interaction that is HELD or SCHEDULED"),
    Result.NOT_WAITING: ("interaction_id", "an interaction that is WAITING, OFFERED or HELD"),
    Result.NOT_IN_WRAP_UP: ("assignment_id", ""),
    Result.NOT_SIGNED_IN: ("agent", ""),
    Result.WRONG_AGENT: ("agent", "the agent to whom the offer was made"),
    Result.OFFER_ACCEPTED: ("offer_id", ""),
    Result.OFFER_DECLINED: ("offer_id", ""),
    Result.OFFER_EXPIRED: ("offer_id", ""),
    Result.OFFER_REVOKED: ("offer_id", ""),
    Result.OFFER_FAILED: ("offer_id", ""),
    Result.ALREADY_TAKEN: ("offer_id", ""),
}
_NAMED: Final = {op: kind.name.lower() for op, kind in DEFINED.items()} | {Op.ENQUEUE: "interaction_id"}
"""Operations whose command has a name, and the field of that name."""
_DURATIONS: Final = {Op.HOLD: "hold_for", Op.DECLINE: "retry_after", Op.RESUME: "grace"}
"""What a duration is called, by the operation; in all others it says how long an agent is preferred."""
_DOORS: Final = (Result.QUEUE_FULL, Result.QUEUE_UNSTAFFED, Result.QUEUE_CLOSED)
_ABOUT_AN_ITEM: Final = frozenset(
    {
        Result.INVALID_FIELD,
        Result.INVALID_LEVEL,
        Result.DUPLICATE_ITEM,
        Result.UNKNOWN_SKILL,
        Result.UNKNOWN_TIER,
        Result.UNKNOWN_QUEUE,
        Result.UNKNOWN_CHANNEL,
    }
)
"""Results whose value, in a command that has items, is an item's index."""
_NAMES_ITS_OWN: Final = frozenset({Result.UNKNOWN_TIER, Result.UNKNOWN_QUEUE})
"""Those that may also be about the command itself, unless it defines something."""
_FIELD_KINDS: Final[dict[Op, tuple[type[IntEnum], Mapping[Any, Rule]]]] = {
    Op.CONFIGURE: (Setting, SETTING_RULES),
    Op.DEFINE_TIER: (TierField, TIER_RULES),
    Op.DEFINE_CHANNEL: (ChannelField, CHANNEL_RULES),
    Op.DEFINE_QUEUE: (QueueField, QUEUE_RULES),
    Op.DEFINE_AGENT: (AgentField, AGENT_RULES),
}
_STEP_FIELDS: Final[tuple[type[IntEnum], Mapping[Any, Rule]]] = (StepField, STEP_RULES)
_ITEM_FIELDS: Final[dict[int, str]] = {
    ItemKind.REQUIRE: "requires",
    ItemKind.HAS_SKILL: "skills",
    ItemKind.ANY_OF: "any_of",
    ItemKind.OR: "any_of",
    ItemKind.EXCLUDE: "excludes",
    ItemKind.PREFER: "prefers",
    ItemKind.TIER_FACTOR: "tiers",
    ItemKind.TIER_HEAD_START: "tiers",
    ItemKind.MAY_INTERRUPT: "interrupts",
    ItemKind.CHANNEL_LIMIT: "channels",
}
"""The fields in which items say something of what has a name."""


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
            return moment_text(command.x)
        case "start_time":
            return moment_text(command.z)
        case "preferred_for" | "hold_for" | "retry_after" | "grace":
            return format_duration(command.y)
        case "now_ns":
            return moment_text(command.now_ns)
        case "priority":
            return command.priority
        case _:
            return command.name.decode("utf-8", "replace")


def _item_at_fault(core: Core, command: Command, index: int) -> tuple[str, object, str]:
    """Return (field, value, allowed) of an item, by its place in the command where it has no name of its own."""
    item: Item = command.items[index]
    step = sum(one.kind == ItemKind.STEP for one in command.items[: index + 1])
    where = f"plan[{step}]." if step else ""
    if item.kind in (ItemKind.FIELD, ItemKind.STEP_FIELD):
        is_step = item.kind == ItemKind.STEP_FIELD
        kind, rules = _STEP_FIELDS if is_step else _FIELD_KINDS.get(Op(command.op), _STEP_FIELDS)
        rule = rules.get(item.key)
        if rule is not None:
            code = kind(item.key)
            path = f"{where if is_step else ''}{field_name(code)}"
            return path, field_text(code, item.value), field_allowed(code, rule)
    if item.kind == ItemKind.STEP:
        return f"{where}after", format_duration(item.value), "not before the step before it"
    if item.kind == ItemKind.CUSTOMER:
        return "customer_id", "", "once"
    named = ITEM_KEYS.get(item.kind)
    if named is not None and (found := core.name(named, item.key)):
        allowed = f"once, at level {MIN_LEVEL} to {MAX_LEVEL}" if named == Kind.SKILL else ""
        return f"{where}{_ITEM_FIELDS[item.kind]}.{found.decode()}", item.value, allowed
    return f"items[{index}]", item.key, ""


def _is_about_an_item(code: Result, command: Command) -> bool:
    return code in _ABOUT_AN_ITEM and (command.op in _FIELD_KINDS or code not in _NAMES_ITS_OWN)


def refused(core: Core, command: Command, answer: Answer) -> AcdError:
    """Return the exception for a refused command, with the field that is at fault and its value."""
    code = Result(answer.code)
    if code == Result.LIMIT_REACHED:
        setting = Setting(answer.value)
        limit = setting.name.lower()
        return refusal(code, field=limit, value=core.setting(setting), allowed=f"at most that many ({limit})")
    if code in _DOORS:
        field, allowed = _FIELDS[code]
        return refusal(code, field=field, value=core.name(Kind.QUEUE, answer.value).decode(), allowed=allowed)
    if code == Result.ALREADY_EXISTS or code in (Result.INVALID_NAME, Result.UNKNOWN_NAME):
        words = {Result.INVALID_NAME: ALLOWED, Result.UNKNOWN_NAME: "a name that is defined already"}
        field, allowed = _NAMED.get(command.op, "name"), words.get(code, "an unused id")
        return refusal(code, field=field, value=command.name.decode("utf-8", "replace"), allowed=allowed)
    if _is_about_an_item(code, command) and 0 <= answer.value < len(command.items):
        field, value, allowed = _item_at_fault(core, command, answer.value)
        return refusal(code, field=field, value=value, allowed=allowed)
    if code == Result.NOT_ASSIGNED and command.op == Op.FAIL and not command.flags:
        field, allowed = "assignment_id", "an assignment that is ACTIVE"
    elif code == Result.INVALID_DURATION:
        field, allowed = _DURATIONS.get(Op(command.op), "preferred_for"), DURATION_ALLOWED
    elif code in (Result.INVALID_FIELD, Result.INVALID_LEVEL, Result.DUPLICATE_ITEM, Result.UNKNOWN_SKILL):
        field, allowed = f"items[{answer.value}]", ""
    else:
        field, allowed = _FIELDS.get(code, ("", ""))
    return refusal(code, field=field, value=_offending_value(core, command, field), allowed=allowed)
