"""Commands that define a center: settings, skills, reasons, channels, tiers, queues with their plans, agents.

Every builder is pure and returns one command. With ``replace`` it defines anew what has the name already:
every field is then stated anew, what is left out has its default again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from .errors import InvalidArgument
from .lookup import Core, checked_name, resolved, within
from .plans import Requirement, SlotOf, Step, plan_items, requirement_items, ruled, skill_items
from .router.codes import (
    AGENT_RULES,
    CHANNEL_RULES,
    NONE,
    QUEUE_RULES,
    REPLACE,
    SETTING_RULES,
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
    TierField,
)
from .router.records import Command, Item
from .translate import QUEUE_REFERENCES
from .words import field_name

MOST_LIMIT: Final = CHANNEL_RULES[ChannelField.MOST].greatest
"""Most interactions at once that an agent's own limit may state."""


def slots_of(core: Core) -> SlotOf:
    """Return what finds slots in a router."""
    return lambda kind, name, field: resolved(core, kind, name, field)


def _fields(given: Mapping[Any, int], rules: Mapping[Any, Rule]) -> list[Item]:
    return [Item(ItemKind.FIELD, key, ruled(value, rules[key], key, field_name(key))) for key, value in given.items()]


def _flags(replace: bool) -> int:
    return REPLACE if replace else 0


def configure(now_ns: int, settings: Mapping[Setting, int]) -> Command:
    """Set some of the center's settings; the others stay as they are."""
    return Command(Op.CONFIGURE, now_ns, items=tuple(_fields(settings, SETTING_RULES)))


def define_skill(now_ns: int, name: str) -> Command:
    """Define a skill."""
    return Command(Op.DEFINE_SKILL, now_ns, name=checked_name(name, "skill"))


def define_reason(now_ns: int, name: str) -> Command:
    """Define a reason for NOT_READY."""
    return Command(Op.DEFINE_REASON, now_ns, name=checked_name(name, "reason"))


def define_tier(
    now_ns: int, name: str, fields: Mapping[TierField, int] | None = None, *, replace: bool = False
) -> Command:
    """Define a tier; fields left out have their defaults."""
    items = tuple(_fields(fields or {}, TIER_RULES))
    return Command(Op.DEFINE_TIER, now_ns, name=checked_name(name, "tier"), items=items, flags=_flags(replace))


def define_channel(
    core: Core,
    now_ns: int,
    name: str,
    *,
    interrupts: Collection[str] = (),
    fields: Mapping[ChannelField, int] | None = None,
    replace: bool = False,
) -> Command:
    """Define a channel: its cost and limits, and the channels that it may interrupt."""
    items = _fields(fields or {}, CHANNEL_RULES)
    items += [
        Item(ItemKind.MAY_INTERRUPT, resolved(core, Kind.CHANNEL, other, f"interrupts[{index}]"), 1)
        for index, other in enumerate(interrupts)
    ]
    return Command(
        Op.DEFINE_CHANNEL, now_ns, name=checked_name(name, "channel"), items=tuple(items), flags=_flags(replace)
    )


def define_queue(
    core: Core,
    now_ns: int,
    name: str,
    *,
    requires: Requirement | Mapping[str, int] | None = None,
    plan: Sequence[Step] | None = None,
    fields: Mapping[QueueField, int | str] | None = None,
    tiers: Mapping[str, Mapping[TierField, int]] | None = None,
    replace: bool = False,
) -> Command:
    """Define a queue: who may serve (``requires``, or a ``plan`` of steps) and its policy.

    Fields that name a channel or a queue are given by name. ``tiers`` are the queue's own target factors and
    head starts, by the tier's name. What is left out has its default; without a requirement anybody may serve.
    """
    if requires is not None and plan is not None:
        raise InvalidArgument(
            reason=Result.INVALID_FIELD, field="requires", value=requires, allowed="nothing beside a plan"
        )
    slot_of = slots_of(core)
    plain: dict[QueueField, int] = {}
    for code, value in (fields or {}).items():
        kind = QUEUE_REFERENCES.get(code)
        plain[code] = slot_of(kind, value, field_name(code)) if kind and value != NONE else value  # type: ignore[arg-type,assignment]  # names here, numbers there; both are checked
    items = _fields(plain, QUEUE_RULES)
    for tier, own in (tiers or {}).items():
        items += override_items(slot_of(Kind.TIER, tier, f"tiers.{tier}"), own, f"tiers.{tier}")
    items += requirement_items(slot_of, requires or {}) if plan is None else plan_items(slot_of, plan)
    return Command(Op.DEFINE_QUEUE, now_ns, name=checked_name(name, "queue"), items=tuple(items), flags=_flags(replace))


OVERRIDES: Final = {
    TierField.TARGET_FACTOR_PPM: ItemKind.TIER_FACTOR,
    TierField.HEAD_START_NS: ItemKind.TIER_HEAD_START,
}
"""What a queue may say of a tier for itself."""


def override_items(tier: int, own: Mapping[TierField, int], name: str) -> list[Item]:
    """Return the items of a queue's own values for one tier."""
    items = []
    for field, value in own.items():
        if field not in OVERRIDES:
            allowed = " or ".join(map(field_name, OVERRIDES))
            raise InvalidArgument(reason=Result.INVALID_FIELD, field=name, value=field_name(field), allowed=allowed)
        path = f"{name}.{field_name(field)}"
        items.append(Item(OVERRIDES[field], tier, ruled(value, TIER_RULES[field], field, path)))
    return items


def define_agent(
    core: Core,
    now_ns: int,
    name: str,
    *,
    skills: Mapping[str, int] | None = None,
    channels: Mapping[str, int] | None = None,
    fields: Mapping[AgentField, int] | None = None,
    replace: bool = False,
) -> Command:
    """Define an agent: skill -> level, channel -> most at once (0: not at all), and limits.

    What is left out has its default: no skills, every channel as far as the channel itself allows.
    """
    slot_of = slots_of(core)
    items = _fields(fields or {}, AGENT_RULES)
    items += skill_items(slot_of, ItemKind.HAS_SKILL, skills or {}, "skills")
    for channel, most in (channels or {}).items():
        path = f"channels.{channel}"
        limit = within(most, 0, MOST_LIMIT, path)
        items.append(Item(ItemKind.CHANNEL_LIMIT, slot_of(Kind.CHANNEL, channel, path), limit))
    return Command(Op.DEFINE_AGENT, now_ns, name=checked_name(name, "agent"), items=tuple(items), flags=_flags(replace))
