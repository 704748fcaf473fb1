"""Who may serve and how that changes with time, in words: requirements, the steps of a plan, their gates.

The embedded router takes these values and returns them; a center's YAML and the gRPC services come down to
them too, so that there is one place that turns them into what a command says (:func:`requirement_items`,
:func:`plan_items`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import IntEnum
from typing import Final

from .durations import format_duration
from .errors import InvalidArgument, wrong_type
from .lookup import nanoseconds, whole, within
from .router.codes import (
    MAX_LEVEL,
    MIN_LEVEL,
    NO_PRIORITY,
    NONE,
    STEP_RULES,
    ItemKind,
    Kind,
    Result,
    Rule,
    StepField,
)
from .router.records import Item, RequirementView, StepView
from .times import span
from .words import field_allowed, field_text

SlotOf = Callable[[Kind, str, str], int]
"""Finds the slot of a name: called with its kind, the name, and the field that says it."""
NameOf = Callable[[Kind, int], str]
"""Finds the name of a slot."""

Skills = Mapping[str, int] | Sequence[str]
"""Skill -> level, or skills alone, which means level 1."""
Threshold = int | tuple[int, int]
"""What opens a gate, or (what opens it, what closes it again)."""
TimeThreshold = timedelta | tuple[timedelta, timedelta]


@dataclass(frozen=True, slots=True)
class Requirement:
    """Who may serve. A skill's level is the least (1 to 10) that counts.

    Attributes:
        requires: an agent must have all of these.
        any_of: of each of these groups, an agent must have at least one.
        excludes: an agent must have none of these (at this level or better).
        prefers: agents who have these go first; nobody is kept out.
    """

    requires: Mapping[str, int] = field(default_factory=dict)
    any_of: Sequence[Mapping[str, int]] = ()
    excludes: Skills = field(default_factory=dict)
    prefers: Skills = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """When a step holds: at least one of the queue's own measures asks for it, and the lender's all allow it.

    Each measure is one value, or a pair (opens, closes) so that the gate does not flutter.

    Attributes:
        waiting: at least so many are queued.
        longest_wait: the oldest entry has waited at least so long.
        agents: at most so many agents who could serve the plan's first step are available.
        lender: another queue, whose agents the step borrows.
        lender_waiting: at most so many are queued there.
        lender_longest_wait: the oldest entry there has waited at most so long.
        lender_free: at least so many agents are free for that queue's first step.
    """

    waiting: Threshold | None = None
    longest_wait: TimeThreshold | None = None
    agents: Threshold | None = None
    lender: str = ""
    lender_waiting: Threshold | None = None
    lender_longest_wait: TimeThreshold | None = None
    lender_free: Threshold | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a queue's plan. The first one holds from the beginning and states no more than who may serve.

    Attributes:
        requirement: who may serve from now on, in short ``{"stocks": 3}``. None: in the first step anybody; in a
            later one what held before goes on to hold, its gate included.
        after: when it begins, counted from the entry into the queue; never earlier than the step before.
        skip_when_hopeless: whether the next step begins at once while nobody signed in could serve in this one
            and somebody could in a later one.
        priority: raises the interaction to it.
        move_to: the queue that the interaction moves to.
        when: the step holds only while this gate is open.
    """

    requirement: Requirement | Mapping[str, int] | None = None
    after: timedelta = timedelta(0)
    skip_when_hopeless: bool = True
    priority: int | None = None
    move_to: str = ""
    when: Gate | None = None


GATE_FIELDS: Final = {
    "waiting": (StepField.WAITING, StepField.WAITING_CLOSE),
    "longest_wait": (StepField.WAIT_NS, StepField.WAIT_CLOSE_NS),
    "agents": (StepField.AGENTS, StepField.AGENTS_CLOSE),
    "lender_waiting": (StepField.LENDER_WAITING, StepField.LENDER_WAITING_CLOSE),
    "lender_longest_wait": (StepField.LENDER_WAIT_NS, StepField.LENDER_WAIT_CLOSE_NS),
    "lender_free": (StepField.LENDER_FREE, StepField.LENDER_FREE_CLOSE),
}
"""A gate's measures: what opens it and what closes it, by the words of :class:`Gate`."""
CLOSES_AT_MOST: Final = frozenset({"waiting", "longest_wait", "lender_free"})
"""Measures that open a gate by growing: they close it at the same value or a smaller one, all others at a
greater one."""


def ruled(value: int, rule: Rule, code: IntEnum, name: str) -> int:
    """Return a field's value if its rule allows it, or raise InvalidArgument with the field."""
    if not rule.allows(whole(value, name)):
        raise InvalidArgument(
            reason=Result.INVALID_FIELD, field=name, value=field_text(code, value), allowed=field_allowed(code, rule)
        )
    return value


# ---------------------------------------------------------------------- words to items


def _levels(skills: Skills, name: str) -> Mapping[str, int]:
    if isinstance(skills, Mapping):
        return skills
    given: object = skills
    if isinstance(given, Sequence) and not isinstance(given, str | bytes):
        return dict.fromkeys(given, MIN_LEVEL)
    raise wrong_type(name, given, "a mapping from skill to level or a list of skills")


def skill_items(slot_of: SlotOf, kind: ItemKind, skills: Mapping[str, int], name: str) -> list[Item]:
    """Return an item for each skill and its level."""
    given: object = skills
    if not isinstance(given, Mapping):
        raise wrong_type(name, given, "a mapping from skill to level")
    return [
        Item(
            kind,
            slot_of(Kind.SKILL, skill, f"{name}.{skill}"),
            within(level, MIN_LEVEL, MAX_LEVEL, f"{name}.{skill}", Result.INVALID_LEVEL),
        )
        for skill, level in skills.items()
    ]


def requirement_items(slot_of: SlotOf, requirement: Requirement | Mapping[str, int], prefix: str = "") -> list[Item]:
    """Return the items of a requirement; ``prefix`` comes before the names of its fields in errors."""
    if isinstance(requirement, Mapping):
        requirement = Requirement(requirement)
    if not isinstance(requirement, Requirement):
        raise wrong_type(prefix.rstrip(".") or "requirement", requirement, "a Requirement or a mapping")
    items = skill_items(slot_of, ItemKind.REQUIRE, requirement.requires, f"{prefix}requires")
    for index, group in enumerate(requirement.any_of):
        name = f"{prefix}any_of[{index}]"
        members = skill_items(slot_of, ItemKind.OR, group, name)
        if not members:
            raise InvalidArgument(
                reason=Result.INVALID_FIELD, field=name, value="", allowed="at least one skill: nobody has one of none"
            )
        items += [members[0]._replace(kind=ItemKind.ANY_OF), *members[1:]]
    excludes, prefers = f"{prefix}excludes", f"{prefix}prefers"
    items += skill_items(slot_of, ItemKind.EXCLUDE, _levels(requirement.excludes, excludes), excludes)
    items += skill_items(slot_of, ItemKind.PREFER, _levels(requirement.prefers, prefers), prefers)
    return items


def _gate_fields(gate: Gate, slot_of: SlotOf, prefix: str) -> Iterator[tuple[StepField, int]]:
    if not isinstance(gate, Gate):
        raise wrong_type(prefix, gate, "a Gate")
    if gate.lender:
        yield StepField.LENDER, slot_of(Kind.QUEUE, gate.lender, f"{prefix}.lender")
    for measure, codes in GATE_FIELDS.items():
        given = getattr(gate, measure)
        if given is None:
            continue
        name = f"{prefix}.{measure}"
        if measure.startswith("lender_") and not gate.lender:
            raise InvalidArgument(
                reason=Result.INVALID_FIELD, field=name, value=given, allowed="nothing unless there is a lender"
            )
        pair = given if isinstance(given, tuple) else (given,)
        if len(pair) not in (1, 2):
            raise wrong_type(name, given, "one value or a pair (opens, closes)")
        is_time = codes[0].name.endswith("_NS")
        values = [nanoseconds(one, name) if is_time else whole(one, name) for one in pair]
        for code, value in zip(codes, values, strict=False):
            yield code, ruled(value, STEP_RULES[code], code, name)
        if len(values) == 2 and values[0] != values[1] and (values[1] < values[0]) != (measure in CLOSES_AT_MOST):
            side = "most" if measure in CLOSES_AT_MOST else "least"
            opens, closes = (field_text(codes[0], value) for value in values)
            raise InvalidArgument(
                reason=Result.INVALID_FIELD, field=name, value=closes, allowed=f"to close at {side} at {opens}"
            )


def _step_items(step: Step, slot_of: SlotOf, prefix: str, *, is_first: bool) -> Iterator[Item]:
    def field_item(code: StepField, value: int) -> Item:
        return Item(ItemKind.STEP_FIELD, code, value)

    if step.requirement is not None:
        if step.move_to:
            allowed = "none in a step that moves: the other queue's plan says who may serve"
            raise InvalidArgument(reason=Result.INVALID_FIELD, field=f"{prefix}requirement", value="", allowed=allowed)
        yield from requirement_items(slot_of, step.requirement, prefix)
    elif not is_first and not step.move_to:
        yield field_item(StepField.KEEPS, 1)
    if not step.skip_when_hopeless:
        yield field_item(StepField.SKIP, 0)
    if step.priority is not None:
        rule = STEP_RULES[StepField.PRIORITY]
        priority = within(step.priority, rule.least, rule.greatest, f"{prefix}priority", Result.INVALID_PRIORITY)
        yield field_item(StepField.PRIORITY, priority)
    if step.move_to:
        yield field_item(StepField.MOVE_TO, slot_of(Kind.QUEUE, step.move_to, f"{prefix}move_to"))
    if step.when is not None:
        for code, value in _gate_fields(step.when, slot_of, f"{prefix}when"):
            yield field_item(code, value)


def plan_items(slot_of: SlotOf, plan: Sequence[Step], name: str = "plan") -> list[Item]:
    """Return the items of a whole plan; a later step without a requirement keeps the one in force."""
    items: list[Item] = []
    after_ns = 0
    for index, step in enumerate(plan):
        where = f"{name}[{index}]"
        if not isinstance(step, Step):
            raise wrong_type(where, step, "a Step")
        began_ns, after_ns = after_ns, nanoseconds(step.after, f"{where}.after")
        if index == 0 and (after_ns, step.priority, step.move_to, step.when) != (0, None, "", None):
            allowed = "no more than a requirement and skip_when_hopeless: it holds from the beginning"
            raise InvalidArgument(reason=Result.INVALID_FIELD, field=where, value="", allowed=allowed)
        if after_ns < began_ns:
            allowed = f"{format_duration(began_ns)}, when the step before it begins, or later"
            raise InvalidArgument(
                reason=Result.INVALID_DURATION, field=f"{where}.after", value=format_duration(after_ns), allowed=allowed
            )
        if index:
            items.append(Item(ItemKind.STEP, 0, after_ns))
        items += _step_items(step, slot_of, f"{where}.", is_first=index == 0)
    return items


# ---------------------------------------------------------------------- views to words


def requirement_of(view: RequirementView, name_of: NameOf) -> Requirement:
    """Return a requirement in words; a clause of one skill is a required one."""

    def words(pairs: Sequence[tuple[int, int]]) -> dict[str, int]:
        return {name_of(Kind.SKILL, skill): level for skill, level in pairs}

    requires: dict[str, int] = {}
    for clause in view.any_of:
        if len(clause) == 1:
            for skill, level in words(clause).items():
                requires[skill] = max(level, requires.get(skill, level))
    any_of = tuple(words(clause) for clause in view.any_of if len(clause) != 1)
    return Requirement(requires, any_of, words(view.excluded), words(view.preferred))


def _gate_of(fields: Sequence[int], name_of: NameOf) -> Gate | None:
    given: dict[str, Threshold | TimeThreshold | str] = {}
    if (lender := fields[StepField.LENDER - 1]) != NONE:
        given["lender"] = name_of(Kind.QUEUE, lender)
    for measure, (opens, closes) in GATE_FIELDS.items():
        at, back = fields[opens - 1], fields[closes - 1]
        if at == NONE:
            continue
        if opens.name.endswith("_NS"):
            given[measure] = span(at) if back in (NONE, at) else (span(at), span(back))
        else:
            given[measure] = at if back in (NONE, at) else (at, back)
    return Gate(**given) if given else None  # type: ignore[arg-type]  # each measure has its own kind of value


def step_of(view: StepView, name_of: NameOf) -> Step:
    """Return a step in words; one that keeps the requirement of before states none."""
    fields = view.fields
    move_to = fields[StepField.MOVE_TO - 1]
    priority = fields[StepField.PRIORITY - 1]
    keeps = move_to != NONE or fields[StepField.KEEPS - 1]
    return Step(
        requirement=None if keeps else requirement_of(view.requirement, name_of),
        after=span(view.after_ns),
        skip_when_hopeless=bool(fields[StepField.SKIP - 1]),
        priority=None if priority == NO_PRIORITY else priority,
        move_to=name_of(Kind.QUEUE, move_to) if move_to != NONE else "",
        when=_gate_of(fields, name_of),
    )
