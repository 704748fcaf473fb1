"""Definitions: what a center's words, channels, tiers, queues and agents may be, checked item by item."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TypeVar

from .codes import (
    AGENT_RULES,
    CHANNEL_RULES,
    MAX_DURATION_NS,
    MAX_LEVEL,
    MAX_NAME_BYTES,
    MAX_WAIT_EDGES,
    MIN_LEVEL,
    MOVES_TO,
    NONE,
    QUEUE_RULES,
    REPLACE,
    SETTING_RULES,
    STEP_RULES,
    TIER_RULES,
    AgentField,
    ChannelField,
    EventType,
    ItemKind,
    Kind,
    Overflow,
    QueueField,
    Result,
    Rule,
    Setting,
    StepField,
    TierField,
    TimerKind,
)
from .records import Answer, Command, Item
from .reference_plans import Plans
from .reference_state import (
    LENDER_MEASURES,
    QUEUE_REFERENCES,
    STEP_REFERENCES,
    Agent,
    Channel,
    Levels,
    Queue,
    Requirement,
    Step,
    Tier,
)

F = TypeVar("F", bound=IntEnum)

OF_REQUIREMENTS = (ItemKind.REQUIRE, ItemKind.ANY_OF, ItemKind.OR, ItemKind.EXCLUDE, ItemKind.PREFER)
REFERENCES: dict[type[IntEnum], tuple[IntEnum, ...]] = {QueueField: QUEUE_REFERENCES, StepField: STEP_REFERENCES}
"""Fields whose values are slots of queues."""
CLOSE_AT_MOST = {StepField.WAITING_CLOSE, StepField.WAIT_CLOSE_NS, StepField.LENDER_FREE_CLOSE}
CLOSE_AT_LEAST = {StepField.AGENTS_CLOSE, StepField.LENDER_WAITING_CLOSE, StepField.LENDER_WAIT_CLOSE_NS}
"""On which side of the value that opens a gate the one that closes it may be."""


class Refused(Exception):
    """A command that the law refuses; nothing has been changed by it."""

    def __init__(self, code: Result, value: int = 0) -> None:
        super().__init__(code.name)
        self.answer = Answer(code, value)


@dataclass
class Draft:
    """A step, or an interaction's own requirement, while its items are read."""

    after_ns: int = 0
    required: dict[int, int] = field(default_factory=dict)
    any_of: list[dict[int, int]] = field(default_factory=list)
    excluded: dict[int, int] = field(default_factory=dict)
    preferred: dict[int, int] = field(default_factory=dict)
    fields: dict[StepField, int] = field(default_factory=dict)

    def requirement(self) -> Requirement:
        clauses: set[Levels] = {(skill,) for skill in self.required.items()}
        clauses |= {tuple(sorted(clause.items())) for clause in self.any_of}
        excluded, preferred = sorted(self.excluded.items()), sorted(self.preferred.items())
        return Requirement(tuple(sorted(clauses)), tuple(excluded), tuple(preferred))


class Definitions(Plans):
    """The state with everything that defines it."""

    # ------------------------------------------------------------------ items

    def _check_skill(self, item: Item, index: int) -> None:
        if not 0 <= item.key < len(self.skills):
            raise Refused(Result.UNKNOWN_SKILL, index)
        if not MIN_LEVEL <= item.value <= MAX_LEVEL:
            raise Refused(Result.INVALID_LEVEL, index)

    def _check_value(self, item: Item, index: int, fields: type[F], rules: dict[F, Rule]) -> F:
        """Return the field of an item that names one, its value allowed and what it refers to there."""
        if item.key not in fields._value2member_map_ or not rules[fields(item.key)].allows(item.value):
            raise Refused(Result.INVALID_FIELD, index)
        which = fields(item.key)
        if item.key in REFERENCES.get(fields, ()) and item.value >= len(self.queues):
            raise Refused(Result.UNKNOWN_QUEUE, index)
        if fields is QueueField and item.key == QueueField.CHANNEL and item.value >= len(self.channels):
            raise Refused(Result.UNKNOWN_CHANNEL, index)
        return which

    def _fields(
        self, command: Command, fields: type[F], rules: dict[F, Rule], others: tuple[ItemKind, ...] = ()
    ) -> dict[F, int]:
        """Return the FIELD items of a definition, having checked every item in its order."""
        given: dict[F, int] = {}
        seen = set()
        for index, item in enumerate(command.items):
            if item.kind != ItemKind.FIELD and item.kind not in others:
                raise Refused(Result.INVALID_FIELD, index)
            if (item.kind, item.key) in seen:
                raise Refused(Result.DUPLICATE_ITEM, index)
            seen.add((item.kind, item.key))
            if item.kind == ItemKind.HAS_SKILL:
                self._check_skill(item, index)
            elif item.kind in (ItemKind.MAY_INTERRUPT, ItemKind.CHANNEL_LIMIT):
                if not 0 <= item.key < len(self.channels):
                    raise Refused(Result.UNKNOWN_CHANNEL, index)
                least, greatest = (1, 1) if item.kind == ItemKind.MAY_INTERRUPT else (0, 100)
                if not least <= item.value <= greatest:
                    raise Refused(Result.INVALID_FIELD, index)
            else:
                given[self._check_value(item, index, fields, rules)] = item.value
        return given

    def read_requirement(self, draft: Draft, item: Item, index: int, before: Item | None) -> None:
        """Take an item of a requirement into a draft; ``before`` is the item before it."""
        kind = ItemKind(item.kind)
        if kind == ItemKind.OR and (before is None or before.kind not in (ItemKind.ANY_OF, ItemKind.OR)):
            raise Refused(Result.INVALID_FIELD, index)
        if kind == ItemKind.ANY_OF:
            draft.any_of.append({})
        plain = {
            ItemKind.REQUIRE: draft.required,
            ItemKind.EXCLUDE: draft.excluded,
            ItemKind.PREFER: draft.preferred,
        }
        into = plain[kind] if kind in plain else draft.any_of[-1]
        if item.key in into:
            raise Refused(Result.DUPLICATE_ITEM, index)
        self._check_skill(item, index)
        into[item.key] = item.value

    def limit_requirement(self, count: int) -> None:
        self.check_limit(count, Setting.MAX_SKILLS_PER_REQUIREMENT)

    def check_limit(self, count: int, limit: Setting) -> None:
        if count > self.settings[limit]:
            raise Refused(Result.LIMIT_REACHED, limit)

    def limit_requirements(self, new: Iterable[Requirement]) -> None:
        """Refuse what would make more different requirements than may live at once, those to be replaced counted."""
        self.check_limit(len(self.live_requirements() | set(new)), Setting.MAX_REQUIREMENTS)

    # ------------------------------------------------------------------ names

    def new_name(self, name: bytes, kind: Kind) -> bytes:
        if not 1 <= len(name) <= MAX_NAME_BYTES:
            raise Refused(Result.INVALID_NAME)
        slot = self.find(kind, name)
        if slot >= 0:
            raise Refused(Result.ALREADY_EXISTS, slot)
        return name

    def _slot(self, command: Command, kind: Kind) -> int:
        """Return the slot of what is replaced, or -1 for a new name."""
        if command.flags not in (0, REPLACE):
            raise Refused(Result.INVALID_FIELD)
        if not command.flags:
            self.new_name(command.name, kind)
            return NONE
        slot = self.find(kind, command.name)
        if slot < 0:
            raise Refused(Result.UNKNOWN_NAME)
        return slot

    def _defined(self, kind: Kind, slot: int, is_new: bool) -> int:
        self.emit(EventType.DEFINED if is_new else EventType.REDEFINED, x=kind, y=slot)
        return slot

    # ------------------------------------------------------------------ one of each

    def configure(self, command: Command) -> int:
        given = self._fields(command, Setting, SETTING_RULES)
        half_life = given.get(Setting.HALF_LIFE_NS, self.settings[Setting.HALF_LIFE_NS])
        if self.agents and half_life != self.settings[Setting.HALF_LIFE_NS]:
            raise Refused(Result.IN_USE)  # the static keys of agents are built on it
        self.settings.update(given)
        if Setting.LEASE_NS in given:  # those who are signed in are held to the new lease from now on
            for agent in self.agents:
                self.arm_lease(agent)
        self.emit(EventType.CONFIGURED, x=len(command.items))
        return 0

    def define_word(self, command: Command, kind: Kind, words: list[bytes], limit: Setting) -> int:
        name = self.new_name(command.name, kind)
        self.check_limit(len(words) + 1, limit)
        words.append(name)
        return self._defined(kind, len(words) - 1, True)

    def define_tier(self, command: Command) -> int:
        slot = self._slot(command, Kind.TIER)
        given = self._fields(command, TierField, TIER_RULES)
        values = [given.get(field, TIER_RULES[field].default) for field in TierField]
        if slot != NONE:
            tier = self.tiers[slot]
            tier.target_factor_ppm, tier.head_start_ns, tier.rank = values
            self._defined(Kind.TIER, slot, False)
            self.replan([one for one in self.unended() if one.tier is tier], begins_anew=False)
            return slot
        self.check_limit(len(self.tiers) + 1, Setting.MAX_TIERS)
        self.tiers.append(Tier(len(self.tiers), command.name, *values))
        return self._defined(Kind.TIER, len(self.tiers) - 1, True)

    def define_channel(self, command: Command) -> int:
        slot = self._slot(command, Kind.CHANNEL)
        given = self._fields(command, ChannelField, CHANNEL_RULES, (ItemKind.MAY_INTERRUPT,))
        interrupts = frozenset(item.key for item in command.items if item.kind == ItemKind.MAY_INTERRUPT)
        is_new = slot == NONE
        if is_new:
            slot = len(self.channels)
            self.check_limit(slot + 1, Setting.MAX_CHANNELS)
            self.channels.append(Channel(slot, command.name, 0, 0, 0))
        elif any(channel.slot == slot for agent in self.agents for channel, _ in agent.held):
            raise Refused(Result.IN_USE)
        channel = self.channels[slot]
        values = [given.get(field, CHANNEL_RULES[field].default) for field in ChannelField]
        channel.cost, channel.most, channel.exclusive_wrap_up = values
        channel.interrupts = interrupts
        self._defined(Kind.CHANNEL, slot, is_new)
        self.replan(self.waiting(), begins_anew=False)
        return slot

    def define_agent(self, command: Command) -> int:
        slot = self._slot(command, Kind.AGENT)
        count = sum(item.kind == ItemKind.HAS_SKILL for item in command.items)
        self.check_limit(count, Setting.MAX_SKILLS_PER_AGENT)
        given = self._fields(command, AgentField, AGENT_RULES, (ItemKind.HAS_SKILL, ItemKind.CHANNEL_LIMIT))
        skills = dict(sorted((item.key, item.value) for item in command.items if item.kind == ItemKind.HAS_SKILL))
        limits = {item.key: item.value for item in command.items if item.kind == ItemKind.CHANNEL_LIMIT}
        most = given.get(AgentField.MAX_OPEN_OFFERS, AGENT_RULES[AgentField.MAX_OPEN_OFFERS].default)
        if slot != NONE:
            agent = self.agents[slot]
            self.change_group(agent, self.group_of(skills, limits))
            agent.skills, agent.limits, agent.max_open_offers = skills, limits, most
            return self._defined(Kind.AGENT, slot, False)
        self.check_limit(len(self.agents) + 1, Setting.MAX_AGENTS)
        group = self.group_of(skills, limits)
        group.members += 1
        self.agents.append(Agent(len(self.agents), command.name, skills, limits, group, most))
        return self._defined(Kind.AGENT, len(self.agents) - 1, True)

    # ------------------------------------------------------------------ queues

    def define_queue(self, command: Command) -> int:
        slot = self._slot(command, Kind.QUEUE)
        self._limit_plan(command)
        given, overrides, drafts = self._read_queue(command)
        fields = {which: given.get(which, QUEUE_RULES[which].default) for which in QueueField}
        self._check_together(command, fields, drafts)
        is_new = slot == NONE
        if is_new:
            slot = len(self.queues)
            self.check_limit(slot + 1, Setting.MAX_QUEUES)
        self.limit_requirements(draft.requirement() for draft in drafts)
        if is_new:
            self.queues.append(Queue(slot, command.name))
        queue = self.queues[slot]
        for step in queue.plan:
            self.disarm(step, TimerKind.GATE)
        queue.fields, queue.overrides = fields, overrides
        self._add_wait_edge(fields[QueueField.TARGET_NS])
        queue.plan = [self._step(queue, number, draft) for number, draft in enumerate(drafts)]
        self._defined(Kind.QUEUE, slot, is_new)
        self.replan([one for one in self.unended() if one.queue is queue], begins_anew=True)
        return slot

    def _add_wait_edge(self, edge_ns: int) -> None:
        """Let a target be an edge of the wait histograms, unless it is one or there is no room for it.

        Waits counted before stay above it: nobody knows any more which of them were shorter.
        """
        if edge_ns not in self.wait_edges_ns and len(self.wait_edges_ns) < MAX_WAIT_EDGES:
            place = bisect_left(self.wait_edges_ns, edge_ns)
            self.wait_edges_ns.insert(place, edge_ns)
            for figure in self.all_figures.values():
                figure.wait_bins.insert(place, 0)

    def _limit_plan(self, command: Command) -> None:
        steps = [0]
        for item in command.items:
            if item.kind == ItemKind.STEP:
                steps.append(0)
            steps[-1] += item.kind in OF_REQUIREMENTS
        self.check_limit(len(steps), Setting.MAX_STEPS)
        self.limit_requirement(max(steps))

    def _read_queue(self, command: Command) -> tuple[dict[QueueField, int], dict[int, list[int]], list[Draft]]:
        """Return fields, tiers' overrides and steps, having checked every item in its order."""
        given: dict[QueueField, int] = {}
        overrides: dict[int, list[int]] = {}
        drafts = [Draft()]
        before = None
        for index, item in enumerate(command.items):
            if item.kind in OF_REQUIREMENTS:
                self.read_requirement(drafts[-1], item, index, before)
            elif item.kind == ItemKind.FIELD:
                if item.key in given:
                    raise Refused(Result.DUPLICATE_ITEM, index)
                given[self._check_value(item, index, QueueField, QUEUE_RULES)] = item.value
            elif item.kind == ItemKind.STEP:
                if item.key != 0 or not drafts[-1].after_ns <= item.value <= MAX_DURATION_NS:
                    raise Refused(Result.INVALID_FIELD, index)
                drafts.append(Draft(item.value))
            elif item.kind == ItemKind.STEP_FIELD:
                if item.key in drafts[-1].fields:
                    raise Refused(Result.DUPLICATE_ITEM, index)
                which = self._check_value(item, index, StepField, STEP_RULES)
                if len(drafts) == 1 and which != StepField.SKIP:
                    raise Refused(Result.INVALID_FIELD, index)
                drafts[-1].fields[which] = item.value
            else:
                self._read_override(overrides, item, index)
            before = item
        return given, overrides, drafts

    def _read_override(self, overrides: dict[int, list[int]], item: Item, index: int) -> None:
        if item.kind not in (ItemKind.TIER_FACTOR, ItemKind.TIER_HEAD_START):
            raise Refused(Result.INVALID_FIELD, index)
        if not 0 <= item.key < len(self.tiers):
            raise Refused(Result.UNKNOWN_TIER, index)
        which = TierField.TARGET_FACTOR_PPM if item.kind == ItemKind.TIER_FACTOR else TierField.HEAD_START_NS
        place = item.kind - ItemKind.TIER_FACTOR
        own = overrides.setdefault(item.key, [NONE, NONE])
        if own[place] != NONE:
            raise Refused(Result.DUPLICATE_ITEM, index)
        if not TIER_RULES[which].allows(item.value):
            raise Refused(Result.INVALID_FIELD, index)
        own[place] = item.value

    @staticmethod
    def _check_together(command: Command, fields: dict[QueueField, int], drafts: list[Draft]) -> None:
        """Check what only makes sense together, in the order of the items."""
        number = 0
        for index, item in enumerate(command.items):
            number += item.kind == ItemKind.STEP
            moves = item.kind == ItemKind.FIELD and item.key in MOVES_TO and item.value == Overflow.MOVE
            if moves and fields[MOVES_TO[QueueField(item.key)]] == NONE:
                raise Refused(Result.INVALID_FIELD, index)
            if item.kind != ItemKind.STEP_FIELD or item.value == NONE:
                continue
            which, own = StepField(item.key), drafts[number].fields
            if which in LENDER_MEASURES and own.get(StepField.LENDER, NONE) == NONE:
                raise Refused(Result.INVALID_FIELD, index)
            if which in CLOSE_AT_MOST or which in CLOSE_AT_LEAST:
                opens = own.get(StepField(which - 1), NONE)
                is_beyond = item.value > opens if which in CLOSE_AT_MOST else item.value < opens
                if opens == NONE or is_beyond:
                    raise Refused(Result.INVALID_FIELD, index)

    @staticmethod
    def _step(queue: Queue, number: int, draft: Draft) -> Step:
        fields = {which: draft.fields.get(which, STEP_RULES[which].default) for which in StepField}
        step = Step(queue, number, draft.after_ns, draft.requirement(), fields)
        step.is_open = not step.has_gate
        return step
