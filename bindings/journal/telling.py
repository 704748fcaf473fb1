"""Commands of a journal in words: names for slots and handles, results by name, one fact after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from ..commands import Core
from ..durations import format_duration
from ..lookup import handle_id
from ..router.codes import (
    BY_INTERACTION,
    DIRECT,
    FORCE,
    PRIORITY_DEFAULT,
    REPLACE,
    SINCE_NOW,
    Cause,
    Kind,
    Op,
    Presence,
    Result,
)
from ..router.records import Answer, Command
from ..times import moment_text
from ..translate import DEFINED, TARGETS


class Told(NamedTuple):
    """A command in words. ``about`` are names that a filter may ask for: interactions and agents."""

    position: int
    number: int
    now_ns: int
    operation: str
    result: str
    facts: dict[str, Any]
    interactions: frozenset[str]
    agents: frozenset[str]


class Teller:
    """Puts each command of a replay into words: looks before it is applied, and after."""

    def __init__(self) -> None:
        self._facts: dict[str, Any] = {}

    def before(self, core: Core, command: Command) -> None:
        """Look up names while they are known."""
        self._facts = dict(_facts(core, command))

    def after(self, core: Core, position: int, number: int, command: Command, answer: Answer) -> Told:
        """Return the command in words."""
        facts = dict(_facts(core, command)) | self._facts
        result = Result(answer.code).name
        if answer.code == Result.OK:
            if command.op == Op.ENQUEUE:
                view = core.interaction(answer.value)
                facts["interaction"] = view.name.decode() if view is not None else facts.get("interaction", "")
            elif command.op in (Op.ACCEPT, Op.COMPLETE) and answer.value:
                facts["assignment"] = handle_id("a", answer.value)
            elif command.op in (Op.ADVANCE, Op.RESUME):
                facts["fired" if command.op == Op.ADVANCE else "put_off"] = answer.value
        interactions = frozenset({facts["interaction"]} if facts.get("interaction") else ())
        agents = frozenset({facts["agent"]} if facts.get("agent") else ())
        operation = Op(command.op).name
        return Told(position, number, command.now_ns, operation, result, facts, interactions, agents)


def _facts(core: Core, command: Command) -> Iterator[tuple[str, Any]]:
    op = command.op
    yield from _target(core, command)
    if op in _NAMED and command.name:
        yield _NAMED[op].name.lower(), command.name.decode("utf-8", "replace")
    for field, kind in (("queue", Kind.QUEUE), ("tier", Kind.TIER), ("agent", Kind.AGENT)):
        slot = getattr(command, field)
        if slot >= 0:
            yield field, core.name(kind, slot).decode() or slot
    if op in (Op.ENQUEUE, Op.MOVE, Op.SET_PRIORITY) and command.priority != PRIORITY_DEFAULT:
        yield "priority", command.priority
    yield from _extras(core, command)
    if command.items:
        yield "items", len(command.items)
    for flag, word, ops in _FLAGS:
        if command.flags & flag and op in ops:
            yield word, True
    if command.request_id:
        yield "request_id", f"{command.request_id:032x}"


def _target(core: Core, command: Command) -> Iterator[tuple[str, Any]]:
    kind = TARGETS.get(command.op)
    if kind is None:
        return
    if command.op == Op.FAIL and command.flags & BY_INTERACTION:
        kind = Kind.INTERACTION
    handle = command.target
    if kind == Kind.OFFER:
        yield "offer", handle_id("o", handle)
        offer = core.offer(handle)
        if offer is not None:
            yield "interaction", core.name(Kind.INTERACTION, offer.interaction).decode()
            yield "agent", core.name(Kind.AGENT, offer.agent).decode()
    elif kind == Kind.ASSIGNMENT:
        yield "assignment", handle_id("a", handle)
        assignment = core.assignment(handle)
        if assignment is not None:
            yield "interaction", core.name(Kind.INTERACTION, assignment.interaction).decode()
            yield "agent", core.name(Kind.AGENT, assignment.agent).decode()
    else:
        yield "interaction", core.name(Kind.INTERACTION, handle).decode() or f"{handle:x}"
        view = core.interaction(handle)
        if view is not None and view.agent >= 0:
            yield "agent", core.name(Kind.AGENT, view.agent).decode()


def _extras(core: Core, command: Command) -> Iterator[tuple[str, Any]]:
    op = command.op
    if op in (Op.CANCEL, Op.COMPLETE):
        yield "cause", Cause(command.x).name.lower()
    elif op in (Op.SIGN_IN, Op.SET_PRESENCE):
        yield "presence", Presence(command.x).name
        if command.y:
            yield "reason", core.name(Kind.REASON, command.y).decode()
    elif op == Op.SET_QUEUE:
        yield "door", "open" if command.x else "closed"
    elif op == Op.ENQUEUE and command.x != SINCE_NOW:
        yield "since", moment_text(command.x)
    if op == Op.ENQUEUE and command.z:
        yield "start", moment_text(command.z)
    if command.y and op in _LENGTHS:
        yield _LENGTHS[Op(op)], format_duration(command.y)


_NAMED: Final = {**DEFINED, Op.ENQUEUE: Kind.INTERACTION}
"""Operations whose command has a name, and what it is the name of."""
_LENGTHS: Final = {
    Op.ENQUEUE: "preferred_for",
    Op.MOVE: "preferred_for",
    Op.HOLD: "hold_for",
    Op.DECLINE: "retry_after",
    Op.RESUME: "grace",
}
_FLAGS: Final = (
    (FORCE, "forced", (Op.SET_PRESENCE, Op.SET_QUEUE)),
    (DIRECT, "direct", (Op.ENQUEUE, Op.MOVE)),
    (REPLACE, "replace", (Op.DEFINE_TIER, Op.DEFINE_CHANNEL, Op.DEFINE_QUEUE, Op.DEFINE_AGENT)),
)
