"""What the reference router remembers: entities, timers, handles, figures, and how they are hashed.

The canonical tuple of every entity is written down here (:meth:`State.canonical_tuples`): names and
sequence numbers, never slots or positions. The state hash is the sum of their hashes mod 2**64.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from . import arithmetic
from .arithmetic import fold, name_hash
from .codes import (
    BUILTIN_CHANNELS,
    BUILTIN_REASONS,
    CHANNEL_RULES,
    ENDS,
    NONE,
    SETTING_RULES,
    WAIT_EDGES_NS,
    AgentState,
    AssignmentState,
    Cause,
    ChannelField,
    EventType,
    InteractionState,
    Kind,
    OfferState,
    Presence,
    QueueField,
    Result,
    Setting,
    StepField,
    TimerKind,
)
from .records import Answer, Command, Event

OFFER_REFUSALS = {
    OfferState.ACCEPTED: Result.OFFER_ACCEPTED,
    OfferState.DECLINED: Result.OFFER_DECLINED,
    OfferState.EXPIRED: Result.OFFER_EXPIRED,
    OfferState.REVOKED: Result.OFFER_REVOKED,
    OfferState.FAILED: Result.OFFER_FAILED,
}
"""What a late answer to an offer hears, by how the offer ended."""


QUEUE_REFERENCES = (
    QueueField.MAX_WAIT_TO,
    QueueField.FULL_TO,
    QueueField.UNSTAFFED_TO,
    QueueField.CLOSED_TO,
    QueueField.HELD_TO,
)
STEP_REFERENCES = (StepField.MOVE_TO, StepField.LENDER)
"""Fields that name a queue by its slot."""


@lru_cache(maxsize=2**15)
def tuple_hash(words: tuple[int, ...]) -> int:
    """Return the hash of a canonical tuple; most are as they were after the command before."""
    return fold(words)


@dataclass(eq=False)
class Tier:
    slot: int
    name: bytes
    target_factor_ppm: int
    head_start_ns: int
    rank: int


Levels = tuple[tuple[int, int], ...]
"""(skill slot, level) pairs, sorted."""


class Requirement(NamedTuple):
    """Who may serve: one member of every clause, nobody excluded; preferred skills only rank."""

    any_of: tuple[Levels, ...] = ()
    excluded: Levels = ()
    preferred: Levels = ()

    def allows(self, skills: dict[int, int]) -> bool:
        """Say whether somebody with these skills may serve."""
        return all(any(has(skills, one) for one in clause) for clause in self.any_of) and not any(
            has(skills, one) for one in self.excluded
        )


ANYBODY = Requirement()


def has(skills: dict[int, int], wanted: tuple[int, int]) -> bool:
    """Say whether a skill is there at the level wanted or better."""
    return skills.get(wanted[0], 0) >= wanted[1]


@dataclass(eq=False)
class Channel:
    slot: int
    name: bytes
    cost: int
    most: int
    exclusive_wrap_up: int
    interrupts: frozenset[int] = frozenset()


OWN_MEASURES = (StepField.WAITING, StepField.WAIT_NS, StepField.AGENTS)
LENDER_MEASURES = (StepField.LENDER_WAITING, StepField.LENDER_WAIT_NS, StepField.LENDER_FREE)


@dataclass(eq=False)
class Step:
    """A step of a queue's plan. One with a measure has a gate, and holds only while that is open."""

    queue: Queue
    number: int
    after_ns: int
    requirement: Requirement
    fields: dict[StepField, int]
    is_open: bool = True

    @property
    def has_gate(self) -> bool:
        return any(self.fields[measure] != NONE for measure in (*OWN_MEASURES, *LENDER_MEASURES))

    @property
    def moves(self) -> bool:
        return self.fields[StepField.MOVE_TO] != NONE

    @property
    def keeps(self) -> bool:
        """Whether the requirement of before goes on to hold."""
        return self.moves or bool(self.fields[StepField.KEEPS])


@dataclass(eq=False)
class Queue:
    slot: int
    name: bytes
    fields: dict[QueueField, int] = field(default_factory=dict)
    overrides: dict[int, list[int]] = field(default_factory=dict)
    plan: list[Step] = field(default_factory=list)
    is_open: bool = True

    def __getitem__(self, which: QueueField) -> int:
        return self.fields[which]


@dataclass(eq=False)
class Pool:
    """The running sum of the occupancies of some ready agents; it obeys the equation they obey."""

    count: int = 0
    value: int = 0
    load: int = 0
    handled: int = 0
    at_ns: int = 0

    def settle(self, at_ns: int, half_life_ns: int) -> None:
        self.value = arithmetic.evolve(self.value, self.load, at_ns - self.at_ns, half_life_ns)
        self.at_ns = at_ns

    def add(self, sign: int, value: int, load: int, handled: int) -> None:
        """Take in (sign 1) or let go of (-1) an agent with this occupancy, load and count of handled work."""
        self.count += sign
        self.value += sign * value
        self.load += sign * load
        self.handled += sign * handled

    def clear_if_empty(self) -> None:
        """Drop what rounding left behind when the last agent has gone."""
        if self.count == 0:
            self.value = self.load = 0

    def mean(self) -> int:
        return min(max(self.value, 0) // self.count, arithmetic.OCCUPANCY_ONE)


@dataclass(eq=False)
class Group:
    """Agents of equal skills and levels, who lack the same channels."""

    signature: tuple[Levels, tuple[int, ...]]
    members: int = 0
    pool: Pool = field(default_factory=Pool)


@dataclass(eq=False)
class Agent:
    slot: int
    name: bytes
    skills: dict[int, int]
    limits: dict[int, int]
    group: Group
    max_open_offers: int
    presence: Presence = Presence.OFFLINE
    reason: int = 0
    next_presence: Presence = Presence.OFFLINE
    sign_in_seq: int = 0
    idle_mark_ns: int = 0
    ready: bool = False
    load: int = 0
    occupancy: int = 0
    occupancy_ns: int = 0
    has_record: bool = False
    handled: int = 0
    last_offer_seq: int = 0
    offers_received: int = 0
    claim: Interaction | None = None
    offers: list[Offer] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)

    @property
    def assigned_units(self) -> int:
        return sum(one.units for one in self.assignments)

    @property
    def units(self) -> int:
        return self.assigned_units + sum(one.units for one in self.offers)

    @property
    def held(self) -> list[tuple[Channel, int]]:
        """The channel and the units of everything held: offers, active work and wrap-up."""
        offers = [(one.channel, one.units) for one in self.offers]
        return offers + [(one.channel, one.units) for one in self.assignments]

    @property
    def state(self) -> AgentState:
        if any(assignment.state == AssignmentState.ACTIVE for assignment in self.assignments):
            return AgentState.BUSY
        if self.assignments:
            return AgentState.WRAP_UP
        return AgentState.OFFERED if self.offers else AgentState.IDLE


@dataclass(eq=False)
class Interaction:
    handle: int
    seq: int
    name: bytes
    queue: Queue
    tier: Tier
    priority: int
    has_own_priority: bool
    since_ns: int
    entered_ns: int
    due_ns: int = 0
    state: InteractionState = InteractionState.WAITING
    extra: Requirement = ANYBODY
    customer: int = 0
    step: int = 0
    visited: list[Queue] = field(default_factory=list)
    addressed: Agent | None = None
    addressed_until_ns: int = NONE
    waited_out: bool = False
    claim: Agent | None = None
    misses: int = 0
    blamed: int = 0
    round_missed: bool = False
    end_seq: int = 0
    cool_downs: list[tuple[Agent, int]] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    assignment: Assignment | None = None
    served_by: Agent | None = None


@dataclass(eq=False)
class Offer:
    handle: int
    seq: int
    interaction: Interaction
    agent: Agent
    channel: Channel
    units: int
    state: OfferState = OfferState.PENDING
    taken: bool = False
    deadline_ns: int = 0
    assignment_handle: int = 0
    assignment_seq: int = 0
    end_seq: int = 0


@dataclass(eq=False)
class Assignment:
    handle: int
    seq: int
    interaction: Interaction
    agent: Agent
    queue: Queue
    tier: Tier
    offer: Offer
    channel: Channel
    units: int
    accepted_ns: int
    state: AssignmentState = AssignmentState.ACTIVE
    wrap_up_ns: int = 0


Owner = Offer | Interaction | Assignment | Agent | Step


@dataclass(eq=False)
class Timer:
    owner: Owner
    kind: TimerKind
    deadline_ns: int
    arming_seq: int


class Slots:
    """Handles: the slot freed last is given out first, under a new generation."""

    def __init__(self) -> None:
        self.generations: list[int] = []
        self.free: list[int] = []

    def take(self) -> int:
        if self.free:
            slot = self.free.pop()
        else:
            slot = len(self.generations)
            self.generations.append(1)
        return self.generations[slot] << 32 | slot

    def give_back(self, handle: int) -> None:
        slot, generation = handle & 0xFFFFFFFF, handle >> 32
        self.generations[slot] = 1 if generation == 2**31 - 1 else generation + 1
        self.free.append(slot)


class Figure:
    """The counters of one (queue, tier), as in :class:`~acdcore.router.records.Figures`."""

    def __init__(self, wait_edges_ns: list[int]) -> None:
        self.enqueued = self.answered = self.in_target = self.abandoned = self.abandoned_in_target = 0
        self.completed = self.offers_made = self.offers_declined = self.offers_expired = 0
        self.offers_revoked = self.offers_failed = self.returned = self.moved = self.moved_in = 0
        self.held = self.expired = self.rejected = self.wait_ns = self.handle_ns = self.wrap_up_ns = 0
        self.wait_edges_ns = wait_edges_ns  # all figures share them
        self.wait_bins = [0] * (len(wait_edges_ns) + 1)

    def count_answer(self, wait_ns: int, target_ns: int) -> None:
        self.answered += 1
        self.in_target += wait_ns <= target_ns
        self.wait_ns += wait_ns
        self.wait_bins[bisect_left(self.wait_edges_ns, wait_ns)] += 1


class State:
    """Everything a center remembers between commands, and the ways to look at it."""

    def __init__(self) -> None:
        self.settings = {setting: SETTING_RULES[setting].default for setting in Setting}
        self.now_ns = 0
        self.at_ns = 0  # the time of the command under way
        self.ends = 0  # interactions and offers that have ended
        self.ends_before = 0  # as the command under way began
        self.event_seq = self.interactions_seen = self.offers_seen = self.assignments_seen = 0
        self.sign_ins = self.armings = self.answers_seen = 0
        self.skills: list[bytes] = []
        self.reasons: list[bytes] = list(BUILTIN_REASONS)
        self.tiers: list[Tier] = []
        cost, most, exclusive = (CHANNEL_RULES[field].default for field in ChannelField)
        self.channels = [Channel(slot, name, cost, most, exclusive) for slot, name in enumerate(BUILTIN_CHANNELS)]
        self.queues: list[Queue] = []
        self.agents: list[Agent] = []
        self.groups: dict[tuple[Levels, tuple[int, ...]], Group] = {}
        self.pool = Pool()
        self.interactions: dict[int, Interaction] = {}
        self.offers: dict[int, Offer] = {}
        self.assignments: dict[int, Assignment] = {}
        self.names: dict[bytes, Interaction] = {}
        self.ended_interactions: list[Interaction] = []
        self.ended_offers: list[Offer] = []
        self.answers: dict[int, tuple[int, int, Answer]] = {}
        self.customers: dict[int, tuple[int, Agent]] = {}
        self.unsettled: list[Interaction] = []
        self.fresh: list[Interaction] = []
        self.staff_left = False
        self.timers: list[Timer] = []
        self.interaction_slots, self.offer_slots, self.assignment_slots = Slots(), Slots(), Slots()
        self.all_figures: dict[tuple[int, int], Figure] = {}
        self.wait_edges_ns = list(WAIT_EDGES_NS)
        self._events: list[Event] = []

    # ------------------------------------------------------------------ coming and going

    def new_interaction(
        self, name: bytes, queue: Queue, tier: Tier, priority: int, has_own: bool, since_ns: int
    ) -> Interaction:
        self.interactions_seen += 1
        handle, seq = self.interaction_slots.take(), self.interactions_seen
        interaction = Interaction(handle, seq, name, queue, tier, priority, has_own, since_ns, self.at_ns)
        self.interactions[handle] = interaction
        if name:
            self.names[name] = interaction
        return interaction

    def new_offer(self, interaction: Interaction, agent: Agent) -> Offer:
        self.offers_seen += 1
        handle, channel = self.offer_slots.take(), self.channel_of(interaction)
        offer = Offer(handle, self.offers_seen, interaction, agent, channel, channel.cost)
        self.offers[offer.handle] = offer
        interaction.offers.append(offer)
        agent.offers.append(offer)
        agent.last_offer_seq = offer.seq
        agent.offers_received += 1
        return offer

    def new_assignment(self, offer: Offer) -> Assignment:
        self.assignments_seen += 1
        interaction, agent = offer.interaction, offer.agent
        handle, seq = self.assignment_slots.take(), self.assignments_seen
        of = (interaction, agent, interaction.queue, interaction.tier, offer, offer.channel, offer.units)
        assignment = Assignment(handle, seq, *of, self.at_ns)
        self.assignments[handle] = assignment
        interaction.assignment, interaction.served_by = assignment, agent
        agent.assignments.append(assignment)
        return assignment

    def forget_assignment(self, assignment: Assignment) -> None:
        """An assignment that has ended is forgotten at once."""
        assignment.agent.assignments.remove(assignment)
        del self.assignments[assignment.handle]
        self.assignment_slots.give_back(assignment.handle)

    def remember_interaction(self, interaction: Interaction) -> None:
        self.ends += 1
        interaction.end_seq = self.ends
        self.ended_interactions.append(interaction)

    def remember_offer(self, offer: Offer) -> None:
        self.ends += 1
        offer.end_seq = self.ends
        self.ended_offers.append(offer)

    def remember_answer(self, request_id: int, fingerprint: int, answer: Answer) -> None:
        self.answers_seen += 1
        self.answers[request_id] = (self.answers_seen, fingerprint, answer)

    def remember_customer(self, customer: int, number: int, agent: Agent) -> None:
        """Remember who served a customer last; ``number`` tells the order."""
        self.customers.pop(customer, None)
        self.customers[customer] = (number, agent)

    def forget_oldest(self) -> None:
        """Forget the oldest ends beyond the limits, but none of the command just run: its events name them."""
        ended, limit = self.ended_interactions, self.settings[Setting.REMEMBERED_INTERACTIONS]
        while len(ended) > limit and ended[0].end_seq <= self.ends_before:
            interaction = ended.pop(0)
            self.names.pop(interaction.name, None)
            del self.interactions[interaction.handle]
            self.interaction_slots.give_back(interaction.handle)
        offers, limit = self.ended_offers, self.settings[Setting.REMEMBERED_OFFERS]
        while len(offers) > limit and offers[0].end_seq <= self.ends_before:
            offer = offers.pop(0)
            del self.offers[offer.handle]
            self.offer_slots.give_back(offer.handle)
        while len(self.answers) > self.settings[Setting.REMEMBERED_ANSWERS]:
            del self.answers[next(iter(self.answers))]
        while len(self.customers) > self.settings[Setting.REMEMBERED_CUSTOMERS]:
            del self.customers[next(iter(self.customers))]

    @staticmethod
    def fingerprint(command: Command) -> int:
        """Return the hash of a command's content: everything but its time and its request id."""
        items = [word for item in command.items for word in item]
        slots = (command.queue, command.tier, command.agent, command.priority, command.flags)
        values = (command.x, command.y, command.z, name_hash(command.name))
        return fold((command.op, command.target, *slots, *values, *items))

    # ------------------------------------------------------------------ timers and events

    def arm(self, owner: Owner, kind: TimerKind, deadline_ns: int) -> None:
        """Arm an owner's one timer of this kind."""
        self.armings += 1
        self.timers.append(Timer(owner, kind, deadline_ns, self.armings))
        if isinstance(owner, Offer):
            owner.deadline_ns = deadline_ns

    def disarm(self, owner: Owner, kind: TimerKind) -> None:
        self.timers = [timer for timer in self.timers if timer.owner is not owner or timer.kind != kind]

    def rearm(self, owner: Owner, kind: TimerKind, deadline_ns: int) -> None:
        """Keep an owner's timer at this deadline (NONE: not armed); leave it alone if it is there already."""
        if deadline_ns != self.deadline(owner, kind):
            self.disarm(owner, kind)
            if deadline_ns != NONE:
                self.arm(owner, kind, deadline_ns)

    def timer(self, owner: Owner, kind: TimerKind) -> tuple[int, int]:
        """Return the deadline and the arming sequence number of a timer; (-1, 0) when it is not armed."""
        for timer in self.timers:
            if timer.owner is owner and timer.kind == kind:
                return timer.deadline_ns, timer.arming_seq
        return -1, 0

    def deadline(self, owner: Owner, kind: TimerKind) -> int:
        return self.timer(owner, kind)[0]

    def emit(
        self,
        event: EventType,
        cause: Cause = Cause.NONE,
        *,
        interaction: Interaction | None = None,
        offer: Offer | None = None,
        assignment: Assignment | None = None,
        agent: Agent | None = None,
        queue: Queue | None = None,
        x: int = 0,
        y: int = 0,
    ) -> None:
        """Append an event; an offer or an assignment brings its interaction and its agent along."""
        self.event_seq += 1
        source = assignment or offer
        if source is not None:
            interaction, agent = source.interaction, source.agent
        tier = interaction.tier if interaction else None
        if assignment is not None:  # in wrap-up its interaction may already be elsewhere
            queue, tier = assignment.queue, assignment.tier
        elif interaction is not None:
            queue = interaction.queue
        self._events.append(
            Event(
                self.event_seq,
                self.at_ns,
                event,
                cause,
                interaction.handle if interaction else 0,
                offer.handle if offer else 0,
                assignment.handle if assignment else 0,
                queue.slot if queue else -1,
                tier.slot if tier else -1,
                agent.slot if agent else -1,
                x,
                y,
            )
        )

    def drain(self) -> list[Event]:
        """Return the events since the last call, and let go of them."""
        events, self._events = self._events, []
        return events

    # ------------------------------------------------------------------ figures

    def figures_of(self, queue: Queue, tier: Tier) -> Figure:
        return self.all_figures.setdefault((queue.slot, tier.slot), Figure(self.wait_edges_ns))

    def figure(self, interaction: Interaction) -> Figure:
        return self.figures_of(interaction.queue, interaction.tier)

    def waiting(self) -> list[Interaction]:
        """Return what is WAITING, in the order of sequence numbers."""
        waiting = [one for one in self.interactions.values() if one.state == InteractionState.WAITING]
        return sorted(waiting, key=lambda one: one.seq)

    def unended(self) -> list[Interaction]:
        """Return what has not ended, in the order of sequence numbers."""
        return sorted((one for one in self.interactions.values() if one.state not in ENDS), key=lambda one: one.seq)

    def channel_of(self, interaction: Interaction) -> Channel:
        return self.channels[interaction.queue[QueueField.CHANNEL]]

    def queued(self, queue: Queue) -> list[Interaction]:
        """Return what is WAITING or OFFERED in the queue."""
        states = (InteractionState.WAITING, InteractionState.OFFERED)
        return [one for one in self.interactions.values() if one.queue is queue and one.state in states]

    @property
    def live(self) -> int:
        """How many interactions have not ended."""
        return len(self.interactions) - len(self.ended_interactions)

    # ------------------------------------------------------------------ the state hash

    def state_hash(self) -> int:
        """Return the sum mod 2**64 of the hashes of every entity's canonical tuple."""
        return sum(map(tuple_hash, self.canonical_tuples())) & arithmetic.MASK64

    def canonical_tuples(self) -> Iterator[tuple[int, ...]]:
        """Yield one tuple of integers for each entity: names (hashed) and sequence numbers, never slots."""
        yield (Kind.CENTER, *self._center_words())
        yield from ((Kind.SKILL, name_hash(name)) for name in self.skills)
        yield from ((Kind.REASON, name_hash(name)) for name in self.reasons)
        for tier in self.tiers:
            yield Kind.TIER, name_hash(tier.name), tier.target_factor_ppm, tier.head_start_ns, tier.rank
        for channel in self.channels:
            interrupts = sum(name_hash(self.channels[slot].name) for slot in channel.interrupts)
            how = (channel.cost, channel.most, channel.exclusive_wrap_up, interrupts)
            yield Kind.CHANNEL, name_hash(channel.name), *how
        for queue in self.queues:
            yield (Kind.QUEUE, name_hash(queue.name), *self._queue_words(queue))
        for agent in self.agents:
            yield (Kind.AGENT, name_hash(agent.name), *self._agent_words(agent))
        for group in self.groups.values():
            yield Kind.GROUP, self.group_hash(group), *self._pool_words(group.pool)
        for interaction in self.interactions.values():
            yield (Kind.INTERACTION, interaction.seq, *self._interaction_words(interaction))
        for offer in self.offers.values():
            of = (offer.seq, offer.interaction.seq, name_hash(offer.agent.name), offer.units)
            end = (offer.state, offer.taken, offer.assignment_seq, offer.end_seq)
            yield (Kind.OFFER, *of, *end, *self.timer(offer, TimerKind.OFFER))
        for assignment in self.assignments.values():
            active = assignment.state == AssignmentState.ACTIVE
            timer = self.timer(assignment, TimerKind.HANDLE if active else TimerKind.WRAP_UP)
            of = (assignment.seq, assignment.interaction.seq, name_hash(assignment.agent.name), assignment.units)
            where = (name_hash(assignment.queue.name), name_hash(assignment.channel.name))
            times = (assignment.accepted_ns, assignment.wrap_up_ns)
            yield (Kind.ASSIGNMENT, *of, *where, assignment.state, *times, *timer)
        for request_id, (number, fingerprint, answer) in self.answers.items():
            yield Kind.ANSWER, number, request_id >> 64, request_id, fingerprint, answer.code
        for customer, (number, agent) in self.customers.items():
            yield Kind.CUSTOMER, number, customer >> 64, customer, name_hash(agent.name)

    def skills_hash(self, skills: Levels) -> int:
        """Return the hash of a set of (skill, level): a sum, so that the order of slots does not matter."""
        return sum(tuple_hash((name_hash(self.skills[skill]), level)) for skill, level in skills) & arithmetic.MASK64

    def requirement_hash(self, one: Requirement) -> int:
        """Return the hash of a requirement: a sum over its clauses, and 0 if it asks for nothing."""
        value = sum(fold((1, self.skills_hash(clause))) for clause in one.any_of)
        value += sum(fold((2, self.skills_hash((skill,)))) for skill in one.excluded)
        value += sum(fold((3, self.skills_hash((skill,)))) for skill in one.preferred)
        return value & arithmetic.MASK64

    def group_hash(self, group: Group) -> int:
        skills, lacks = group.signature
        lacking = sum(fold((4, name_hash(self.channels[slot].name))) for slot in lacks)
        return (self.skills_hash(skills) + lacking) & arithmetic.MASK64

    @staticmethod
    def _pool_words(pool: Pool) -> tuple[int, ...]:
        return pool.count, pool.value, pool.load, pool.handled, pool.at_ns

    def _center_words(self) -> tuple[int, ...]:
        sequences = (self.event_seq, self.interactions_seen, self.offers_seen, self.assignments_seen)
        counters = (self.now_ns, *sequences, self.sign_ins, self.armings, self.ends, self.answers_seen)
        return (*counters, *self._pool_words(self.pool), *self.settings.values())

    def _queue_name(self, slot: int) -> int:
        return 0 if slot == NONE else name_hash(self.queues[slot].name)

    def _queue_words(self, queue: Queue) -> tuple[int, ...]:
        fields = dict(queue.fields)
        for which in QUEUE_REFERENCES:
            fields[which] = self._queue_name(fields[which])
        fields[QueueField.CHANNEL] = name_hash(self.channels[queue[QueueField.CHANNEL]].name)
        overrides = sum(fold((name_hash(self.tiers[tier].name), *given)) for tier, given in queue.overrides.items())
        steps = [tuple_hash(self._step_words(step)) for step in queue.plan]
        return (*fields.values(), queue.is_open, overrides, *steps)

    def _step_words(self, step: Step) -> tuple[int, ...]:
        fields = dict(step.fields)
        for which in STEP_REFERENCES:
            fields[which] = self._queue_name(fields[which])
        how = (step.after_ns, self.requirement_hash(step.requirement), step.is_open)
        return (*how, *self.timer(step, TimerKind.GATE), *fields.values())

    def _agent_words(self, agent: Agent) -> tuple[int, ...]:
        presence = (agent.presence, name_hash(self.reasons[agent.reason]), agent.next_presence)
        idle = (agent.sign_in_seq, agent.idle_mark_ns)
        occupancy = (agent.ready, agent.load, agent.occupancy, agent.occupancy_ns, agent.has_record)
        history = (agent.handled, agent.last_offer_seq, agent.offers_received, agent.claim.seq if agent.claim else 0)
        timers = (*self.timer(agent, TimerKind.LEASE), *self.timer(agent, TimerKind.GRACE))
        limits = sum(fold((name_hash(self.channels[slot].name), most)) for slot, most in agent.limits.items())
        skills = (self.group_hash(agent.group), limits)
        return (agent.max_open_offers, *presence, *idle, *occupancy, *history, *timers, *skills)

    def _interaction_words(self, one: Interaction) -> tuple[int, ...]:
        place = (name_hash(one.name), name_hash(one.queue.name), name_hash(one.tier.name), one.priority)
        own = (one.has_own_priority, self.requirement_hash(one.extra), one.customer >> 64, one.customer)
        plan = (one.step, one.entered_ns, fold(name_hash(queue.name) for queue in one.visited), one.waited_out)
        agents = (one.addressed, one.claim)
        whose = (*(name_hash(agent.name) if agent else 0 for agent in agents), one.addressed_until_ns)
        course = (one.since_ns, one.due_ns, one.state, one.misses, one.blamed, one.round_missed, one.end_seq)
        assignment = one.assignment.seq if one.assignment else 0
        cool_downs = [word for agent, until_ns in one.cool_downs for word in (name_hash(agent.name), until_ns)]
        kinds = (TimerKind.COOL_DOWN, TimerKind.PLAN, TimerKind.HOLD)
        timers = [word for kind in kinds for word in self.timer(one, kind)]
        return (*place, *own, *plan, *whose, *course, assignment, *timers, fold(cool_downs))
