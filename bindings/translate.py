"""A command said to another router: the same names, other slots and handles.

Slots are given in the order in which things are defined, so two routers with the same names need not agree on
them. What a command refers to is known from its operation and the kinds of its items.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from .router.codes import BY_INTERACTION, ItemKind, Kind, Op, QueueField, StepField
from .router.records import Command, Item

Convert: TypeAlias = Callable[[Kind, int], int]
"""(kind, slot or handle) -> the other router's."""

ITEM_KEYS: Final[Mapping[int, Kind]] = {
    ItemKind.REQUIRE: Kind.SKILL,
    ItemKind.HAS_SKILL: Kind.SKILL,
    ItemKind.ANY_OF: Kind.SKILL,
    ItemKind.OR: Kind.SKILL,
    ItemKind.EXCLUDE: Kind.SKILL,
    ItemKind.PREFER: Kind.SKILL,
    ItemKind.TIER_FACTOR: Kind.TIER,
    ItemKind.TIER_HEAD_START: Kind.TIER,
    ItemKind.MAY_INTERRUPT: Kind.CHANNEL,
    ItemKind.CHANNEL_LIMIT: Kind.CHANNEL,
}
"""Items whose key is a slot, and of what."""
QUEUE_REFERENCES: Final[Mapping[int, Kind]] = {
    QueueField.CHANNEL: Kind.CHANNEL,
    QueueField.MAX_WAIT_TO: Kind.QUEUE,
    QueueField.FULL_TO: Kind.QUEUE,
    QueueField.UNSTAFFED_TO: Kind.QUEUE,
    QueueField.CLOSED_TO: Kind.QUEUE,
    QueueField.HELD_TO: Kind.QUEUE,
}
_STEP_REFERENCES: Final[Mapping[int, Kind]] = {StepField.MOVE_TO: Kind.QUEUE, StepField.LENDER: Kind.QUEUE}
"""Fields whose value is a slot."""
DEFINED: Final[Mapping[int, Kind]] = {
    Op.DEFINE_SKILL: Kind.SKILL,
    Op.DEFINE_REASON: Kind.REASON,
    Op.DEFINE_TIER: Kind.TIER,
    Op.DEFINE_CHANNEL: Kind.CHANNEL,
    Op.DEFINE_QUEUE: Kind.QUEUE,
    Op.DEFINE_AGENT: Kind.AGENT,
}
"""What kind of thing an operation defines, by the command's name."""
TARGETS: Final[Mapping[int, Kind]] = {
    Op.CANCEL: Kind.INTERACTION,
    Op.COMPLETE: Kind.INTERACTION,
    Op.MOVE: Kind.INTERACTION,
    Op.SET_PRIORITY: Kind.INTERACTION,
    Op.HOLD: Kind.INTERACTION,
    Op.RELEASE: Kind.INTERACTION,
    Op.END_WRAP_UP: Kind.ASSIGNMENT,
    Op.FAIL: Kind.ASSIGNMENT,
    Op.ACCEPT: Kind.OFFER,
    Op.DECLINE: Kind.OFFER,
}
"""What an operation's target is; that of a FAIL may also be an interaction."""
_REASONED: Final = (Op.SIGN_IN, Op.SET_PRESENCE)


def _item(item: Item, op: int, convert: Convert) -> Item:
    kind, key, value = item
    named = ITEM_KEYS.get(kind)
    if named is not None:
        return Item(kind, convert(named, key), value)
    fields = _STEP_REFERENCES if kind == ItemKind.STEP_FIELD else QUEUE_REFERENCES
    if value >= 0 and (kind == ItemKind.STEP_FIELD or (kind == ItemKind.FIELD and op == Op.DEFINE_QUEUE)):
        named = fields.get(key)
        if named is not None:
            return Item(kind, key, convert(named, value))
    return item


def translated(command: Command, convert: Convert) -> Command:
    """Return a command with every slot and handle in it converted."""
    op = command.op
    changes: dict[str, Any] = {}
    for field, kind in (("queue", Kind.QUEUE), ("tier", Kind.TIER), ("agent", Kind.AGENT)):
        slot = getattr(command, field)
        if slot >= 0:
            changes[field] = convert(kind, slot)
    if op in TARGETS:
        by_interaction = op == Op.FAIL and command.flags & BY_INTERACTION
        changes["target"] = convert(Kind.INTERACTION if by_interaction else TARGETS[op], command.target)
    if op in _REASONED:
        changes["y"] = convert(Kind.REASON, command.y)
    items = tuple(_item(one, op, convert) for one in command.items)
    return command._replace(items=items, **changes)
