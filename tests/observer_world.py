"""What an observer knows: the definitions, as the commands gave them, and who waits and works, as events tell.

Nothing here asks a router anything. Times are nanoseconds, slots and handles those of commands and events.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from acdcore.router import Command, Item, ItemKind, QueueField, Setting, Strategy, TierField
from acdcore.router.codes import (
    AGENT_RULES,
    CHANNEL_RULES,
    QUEUE_RULES,
    SETTING_RULES,
    STEP_RULES,
    TIER_RULES,
    AgentField,
    ChannelField,
    Presence,
    StepField,
)

NONE = -1
ONES_OF_REQUIREMENT = (ItemKind.REQUIRE, ItemKind.ANY_OF, ItemKind.OR, ItemKind.EXCLUDE, ItemKind.PREFER)


@dataclass
class Wanted:
    """A requirement: a member of every clause, none of the excluded, rather one who has the preferred."""

    clauses: list[list[tuple[int, int]]] = field(default_factory=list)
    excluded: list[tuple[int, int]] = field(default_factory=list)
    preferred: list[tuple[int, int]] = field(default_factory=list)

    def take(self, item: Item) -> None:
        """Read one item of a requirement."""
        skill = (item.key, item.value)
        if item.kind == ItemKind.OR:
            self.clauses[-1].append(skill)
        elif item.kind in (ItemKind.REQUIRE, ItemKind.ANY_OF):
            self.clauses.append([skill])
        else:
            (self.excluded if item.kind == ItemKind.EXCLUDE else self.preferred).append(skill)

    def suits(self, skills: dict[int, int]) -> bool:
        """Say whether somebody with these skills may serve."""
        has = [{skill for skill in clause if skills.get(skill[0], 0) >= skill[1]} for clause in self.clauses]
        return all(has) and not any(skills.get(skill, 0) >= level for skill, level in self.excluded)


@dataclass
class Stage:
    """A step of a plan."""

    after_ns: int = 0
    wanted: Wanted = field(default_factory=Wanted)
    fields: dict[int, int] = field(default_factory=lambda: {one: rule.default for one, rule in STEP_RULES.items()})
    is_open: bool = True

    @property
    def keeps(self) -> bool:
        """Whether it states no requirement of its own."""
        return self.moves or self.fields[StepField.KEEPS] == 1

    @property
    def moves(self) -> bool:
        """Whether it moves to another queue."""
        return self.fields[StepField.MOVE_TO] != NONE


@dataclass
class Line:
    """A queue."""

    fields: dict[int, int] = field(default_factory=lambda: {one: rule.default for one, rule in QUEUE_RULES.items()})
    factors: dict[int, int] = field(default_factory=dict)
    heads: dict[int, int] = field(default_factory=dict)
    plan: list[Stage] = field(default_factory=lambda: [Stage()])
    is_open: bool = True

    def __getitem__(self, which: QueueField) -> int:
        return self.fields[which]


@dataclass
class Medium:
    """A channel."""

    cost: int = CHANNEL_RULES[ChannelField.COST].default
    most: int = CHANNEL_RULES[ChannelField.MOST].default
    is_exclusive: int = CHANNEL_RULES[ChannelField.EXCLUSIVE_WRAP_UP].default
    interrupts: set[int] = field(default_factory=set)


@dataclass
class Held:
    """An offer or an assignment that somebody holds."""

    interaction: int
    channel: int
    units: int
    phase: str = "offer"
    deadline_ns: int = 0


@dataclass
class Person:
    """An agent. ``idle_ns`` is since when while AVAILABLE, otherwise how long; ``occupancy`` a plain float."""

    name: bytes
    skills: dict[int, int] = field(default_factory=dict)
    limits: dict[int, int] = field(default_factory=dict)
    open_offers: int = 1
    presence: int = Presence.OFFLINE
    holds: dict[int, Held] = field(default_factory=dict)  # offers by handle, assignments by the handle turned negative
    claim: int = 0
    sign_in: int = 0
    idle_ns: int = 0
    last_offer: int = 0
    offers_received: int = 0
    handled: int = 0
    has_record: bool = False
    has_worked: bool = False
    occupancy: float = 0
    occupancy_ns: int = 0

    @property
    def load(self) -> int:
        """Units of assignments."""
        return sum(one.units for one in self.holds.values() if one.phase != "offer")

    @property
    def units(self) -> int:
        """Units of everything held."""
        return sum(one.units for one in self.holds.values())

    @property
    def ready(self) -> bool:
        """Whether occupancy moves on."""
        return self.presence == Presence.AVAILABLE or bool(self.holds)

    @property
    def kin(self) -> tuple[object, ...]:
        """What equal agents have equal."""
        return tuple(sorted(self.skills.items())), tuple(sorted(slot for slot, most in self.limits.items() if not most))


@dataclass
class Seen:
    """An interaction that has not ended."""

    handle: int
    seq: int
    queue: int
    tier: int
    priority: int
    has_own: bool
    since_ns: int
    entered_ns: int
    due_ns: int = 0
    place: str = "waiting"
    wanted: Wanted = field(default_factory=Wanted)
    customer: int = 0
    step: int = 0
    visited: set[int] = field(default_factory=set)
    addressed: int = NONE
    addressed_until_ns: int = NONE
    waited_out: bool = False
    claim: int = NONE
    offers: dict[int, int] = field(default_factory=dict)  # offer -> agent
    assignment: int = 0
    until_ns: int = 0  # the end of HELD or SCHEDULED
    missed: bool = False
    misses: int = 0
    served_by: int = NONE  # who serves it, or did so last, and in which queue
    served_in: int = NONE


class World:
    """Definitions and lives, kept by hand from commands and events."""

    def __init__(self) -> None:
        self.settings = {int(setting): rule.default for setting, rule in SETTING_RULES.items()}
        self.tiers: list[dict[int, int]] = []
        self.channels = [Medium()]
        self.queues: list[Line] = []
        self.agents: list[Person] = []
        self.live: dict[int, Seen] = {}
        self.bans: dict[tuple[int, int], int] = {}
        self.customers: dict[int, int] = {}
        self.untold: dict[int, int] = {}  # interaction -> the priority it had before a change not yet told
        self.now_ns = 0

    # ------------------------------------------------------------------ definitions, from commands

    def configure(self, command: Command) -> None:
        """Take new settings."""
        self.settings |= {item.key: item.value for item in command.items}

    def define_tier(self, command: Command, slot: int) -> None:
        """Take a tier."""
        given = {item.key: item.value for item in command.items}
        tier = {int(one): given.get(one, rule.default) for one, rule in TIER_RULES.items()}
        self.tiers[slot : slot + 1] = [tier]

    def define_channel(self, command: Command, slot: int) -> None:
        """Take a channel."""
        given = {item.key: item.value for item in command.items if item.kind == ItemKind.FIELD}
        values = [given.get(one, rule.default) for one, rule in CHANNEL_RULES.items()]
        interrupts = {item.key for item in command.items if item.kind == ItemKind.MAY_INTERRUPT}
        self.channels[slot : slot + 1] = [Medium(values[0], values[1], values[2], interrupts)]

    def define_agent(self, command: Command, slot: int) -> None:
        """Take an agent; one defined anew goes on as before."""
        if slot == len(self.agents):
            self.agents.append(Person(command.name))
        agent = self.agents[slot]
        agent.skills = {item.key: item.value for item in command.items if item.kind == ItemKind.HAS_SKILL}
        agent.limits = {item.key: item.value for item in command.items if item.kind == ItemKind.CHANNEL_LIMIT}
        given = {item.key: item.value for item in command.items if item.kind == ItemKind.FIELD}
        agent.open_offers = given.get(AgentField.MAX_OPEN_OFFERS, AGENT_RULES[AgentField.MAX_OPEN_OFFERS].default)

    def define_queue(self, command: Command, slot: int) -> None:
        """Take a queue; its gates begin shut, its door stays as it was."""
        line = Line(is_open=self.queues[slot].is_open if slot < len(self.queues) else True)
        for item in command.items:
            if item.kind == ItemKind.FIELD:
                line.fields[item.key] = item.value
            elif item.kind == ItemKind.TIER_FACTOR:
                line.factors[item.key] = item.value
            elif item.kind == ItemKind.TIER_HEAD_START:
                line.heads[item.key] = item.value
            elif item.kind == ItemKind.STEP:
                line.plan.append(Stage(item.value))
            elif item.kind == ItemKind.STEP_FIELD:
                line.plan[-1].fields[item.key] = item.value
            else:
                line.plan[-1].wanted.take(item)
        for stage in line.plan:
            stage.is_open = not measures(stage)
        self.queues[slot : slot + 1] = [line]
        for seen in self.live.values():
            if seen.queue == slot:
                seen.step, seen.waited_out = 0, False

    # ------------------------------------------------------------------ the place in the line

    def promise(self, seen: Seen) -> tuple[int, int]:
        """Return in what time the tier is promised an answer in its queue, and the head start."""
        line, tier = self.queues[seen.queue], self.tiers[seen.tier]
        factor = line.factors.get(seen.tier, NONE)
        head_ns = line.heads.get(seen.tier, NONE)
        factor = tier[TierField.TARGET_FACTOR_PPM] if factor == NONE else factor
        head_ns = tier[TierField.HEAD_START_NS] if head_ns == NONE else head_ns
        return line[QueueField.TARGET_NS] * factor // 1_000_000, head_ns

    def place(self, seen: Seen) -> None:
        """Give it the due time and, unless it has its own, the priority of its queue."""
        promise_ns, head_ns = self.promise(seen)
        seen.due_ns = seen.since_ns + promise_ns - head_ns
        priority = self.queues[seen.queue][QueueField.PRIORITY]
        if not seen.has_own and seen.priority != priority:
            self.untold[seen.handle] = seen.priority
            seen.priority = priority

    def waiting(self) -> list[Seen]:
        """Return what waits."""
        return [seen for seen in self.live.values() if seen.place == "waiting"]

    def queued(self, queue: int) -> list[Seen]:
        """Return what waits or is offered in a queue."""
        return [one for one in self.live.values() if one.queue == queue and one.place in ("waiting", "offered")]

    # ------------------------------------------------------------------ occupancy, in floating point

    def settle(self, agent: Person, was_ready: bool, was_load: int) -> None:
        """Bring an agent's occupancy to now: it decays towards the load of before, while the agent was ready."""
        half_life = self.settings[Setting.HALF_LIFE_NS]
        if was_ready:
            share = min(was_load, 100) / 100
            left: float = 2.0 ** -((self.now_ns - agent.occupancy_ns) / half_life)
            agent.occupancy = share + (agent.occupancy - share) * left
        agent.occupancy_ns = self.now_ns

    def occupancy(self, agent: Person) -> float:
        """Return an agent's occupancy now."""
        if not agent.ready:
            return agent.occupancy
        share = min(agent.load, 100) / 100
        left: float = 2.0 ** -((self.now_ns - agent.occupancy_ns) / self.settings[Setting.HALF_LIFE_NS])
        return share + (agent.occupancy - share) * left

    def welcome(self, agent: Person) -> None:
        """A newcomer begins at the mean of the ready agents of equal skills, else of all, else at 0."""
        peers = [one for one in self.agents if one is not agent and one.ready and one.has_record]
        peers = [one for one in peers if one.kin == agent.kin] or peers
        agent.has_record = True
        if peers:
            agent.occupancy = sum(self.occupancy(one) for one in peers) / len(peers)
            agent.handled = sum(one.handled for one in peers) // len(peers)
        agent.occupancy_ns = self.now_ns


def measures(stage: Stage) -> list[StepField]:
    """Return the measures that a step's gate has; none: no gate."""
    which = (
        StepField.WAITING,
        StepField.WAIT_NS,
        StepField.AGENTS,
        StepField.LENDER_WAITING,
        StepField.LENDER_WAIT_NS,
        StepField.LENDER_FREE,
    )
    return [one for one in which if stage.fields[one] != NONE]


ALL_BY_OCCUPANCY = (Strategy.LEAST_OCCUPIED, Strategy.BEST_SKILLED, Strategy.FEWEST_SKILLS)
