"""What the reference router remembers: entities, timers, handles, figures, and how they are hashed.

The canonical tuple of every entity is written down here (:meth:`State.canonical_tuples`): names and
sequence numbers, never slots or positions. The state hash is the sum of their hashes mod 2**64.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field

from . import arithmetic
from .arithmetic import fold, name_hash
from .codes import (
    BUILTIN_REASONS,
    SETTING_RULES,
    VOICE_COST,
    WAIT_EDGES_NS,
    AgentState,
    AssignmentState,
    Cause,
    EventType,
    InteractionState,
    Kind,
    OfferState,
    Presence,
    Result,
    Setting,
    TimerKind,
)
from .records import Answer, Command, Event

OFFER_REFUSALS = {
    OfferState.ACCEPTED: Result.OFFER_ACCEPTED,
    OfferState.DECLINED: Result.OFFER_DECLINED,
    OfferState.EXPIRED: Result.OFFER_EXPIRED,
    OfferState.REVOKED: Result.OFFER_REVOKED,
}
"""What a late answer to an offer hears, by how the offer ended."""


@dataclass(eq=False)
class Tier:
    slot: int
    name: bytes
    target_factor_ppm: int
    head_start_ns: int
    rank: int


@dataclass(eq=False)
class Queue:
    slot: int
    name: bytes
    requirement: tuple[tuple[int, int], ...]
    target_ns: int
    priority: int
    strategy: int
    offer_ns: int
    wrap_up_ns: int
    cool_down_ns: int
    max_waiting: int
    max_handle_ns: int


@dataclass(eq=False)
class Pool:
    """The running sum of the occupancies of some ready agents; it obeys the equation they obey."""

    count: int = 0
    value: int = 0
    load: int = 0
    at_ns: int = 0

    def settle(self, at_ns: int, half_life_ns: int) -> None:
        self.value = arithmetic.evolve(self.value, self.load, at_ns - self.at_ns, half_life_ns)
        self.at_ns = at_ns

    def add(self, count: int, value: int, load: int) -> None:
        self.count += count
        self.value += value
        self.load += load

    def clear_if_empty(self) -> None:
        """Drop what rounding left behind when the last agent has gone."""
        if self.count == 0:
            self.value = self.load = 0

    def mean(self) -> int:
        return min(max(self.value, 0) // self.count, arithmetic.OCCUPANCY_ONE)


@dataclass(eq=False)
class Group:
    """Agents of equal skills and levels."""

    signature: tuple[tuple[int, int], ...]
    pool: Pool = field(default_factory=Pool)


@dataclass(eq=False)
class Agent:
    slot: int
    name: bytes
    skills: dict[int, int]
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
    offers: list[Offer] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)

    @property
    def assigned_units(self) -> int:
        return VOICE_COST * len(self.assignments)

    @property
    def units(self) -> int:
        return self.assigned_units + VOICE_COST * len(self.offers)

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
    since_ns: int
    due_ns: int
    state: InteractionState = InteractionState.WAITING
    misses: int = 0
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
    state: OfferState = OfferState.PENDING
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
    accepted_ns: int
    state: AssignmentState = AssignmentState.ACTIVE
    wrap_up_ns: int = 0


Owner = Offer | Interaction | Assignment | Agent


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

    def __init__(self) -> None:
        self.enqueued = self.answered = self.in_target = self.abandoned = self.abandoned_in_target = 0
        self.completed = self.offers_made = self.offers_declined = self.offers_expired = 0
        self.offers_revoked = self.returned = self.wait_ns = self.handle_ns = self.wrap_up_ns = 0
        self.wait_bins = [0] * (len(WAIT_EDGES_NS) + 1)

    def count_answer(self, wait_ns: int, target_ns: int) -> None:
        self.answered += 1
        self.in_target += wait_ns <= target_ns
        self.wait_ns += wait_ns
        self.wait_bins[bisect_left(WAIT_EDGES_NS, wait_ns)] += 1


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
        self.queues: list[Queue] = []
        self.agents: list[Agent] = []
        self.groups: dict[tuple[tuple[int, int], ...], Group] = {}
        self.pool = Pool()
        self.interactions: dict[int, Interaction] = {}
        self.offers: dict[int, Offer] = {}
        self.assignments: dict[int, Assignment] = {}
        self.names: dict[bytes, Interaction] = {}
        self.ended_interactions: list[Interaction] = []
        self.ended_offers: list[Offer] = []
        self.answers: dict[int, tuple[int, int, Answer]] = {}
        self.timers: list[Timer] = []
        self.interaction_slots, self.offer_slots, self.assignment_slots = Slots(), Slots(), Slots()
        self._figures: dict[tuple[int, int], Figure] = {}
        self._events: list[Event] = []

    # ------------------------------------------------------------------ coming and going

    def new_interaction(
        self, name: bytes, queue: Queue, tier: Tier, priority: int, since_ns: int, due_ns: int
    ) -> Interaction:
        self.interactions_seen += 1
        handle = self.interaction_slots.take()
        interaction = Interaction(handle, self.interactions_seen, name, queue, tier, priority, since_ns, due_ns)
        self.interactions[handle] = interaction
        if name:
            self.names[name] = interaction
        return interaction

    def new_offer(self, interaction: Interaction, agent: Agent) -> Offer:
        self.offers_seen += 1
        offer = Offer(self.offer_slots.take(), self.offers_seen, interaction, agent)
        self.offers[offer.handle] = offer
        interaction.offers.append(offer)
        agent.offers.append(offer)
        return offer

    def new_assignment(self, interaction: Interaction, agent: Agent) -> Assignment:
        self.assignments_seen += 1
        handle, seq = self.assignment_slots.take(), self.assignments_seen
        queue, tier = interaction.queue, interaction.tier
        assignment = Assignment(handle, seq, interaction, agent, queue, tier, self.at_ns)
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
        x: int = 0,
        y: int = 0,
    ) -> None:
        """Append an event; an offer or an assignment brings its interaction and its agent along."""
        self.event_seq += 1
        source = assignment or offer
        if source is not None:
            interaction, agent = source.interaction, source.agent
        self._events.append(
            Event(
                self.event_seq,
                self.at_ns,
                event,
                cause,
                interaction.handle if interaction else 0,
                offer.handle if offer else 0,
                assignment.handle if assignment else 0,
                interaction.queue.slot if interaction else -1,
                interaction.tier.slot if interaction else -1,
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
        return self._figures.setdefault((queue.slot, tier.slot), Figure())

    def figure(self, interaction: Interaction) -> Figure:
        return self.figures_of(interaction.queue, interaction.tier)

    def waiting(self) -> list[Interaction]:
        return [one for one in self.interactions.values() if one.state == InteractionState.WAITING]

    def queued(self, queue: Queue) -> int:
        """Return how many of the queue are WAITING or OFFERED."""
        states = (InteractionState.WAITING, InteractionState.OFFERED)
        return sum(one.queue is queue and one.state in states for one in self.interactions.values())

    @property
    def live(self) -> int:
        """How many interactions have not ended."""
        return len(self.interactions) - len(self.ended_interactions)

    # ------------------------------------------------------------------ the state hash

    def state_hash(self) -> int:
        """Return the sum mod 2**64 of the hashes of every entity's canonical tuple."""
        return sum(map(fold, self.canonical_tuples())) & arithmetic.MASK64

    def canonical_tuples(self) -> Iterator[tuple[int, ...]]:
        """Yield one tuple of integers for each entity: names (hashed) and sequence numbers, never slots."""
        yield (Kind.CENTER, *self._center_words())
        yield from ((Kind.SKILL, name_hash(name)) for name in self.skills)
        yield from ((Kind.REASON, name_hash(name)) for name in self.reasons)
        for tier in self.tiers:
            yield Kind.TIER, name_hash(tier.name), tier.target_factor_ppm, tier.head_start_ns, tier.rank
        for queue in self.queues:
            yield (Kind.QUEUE, name_hash(queue.name), *self._queue_words(queue))
        for agent in self.agents:
            yield (Kind.AGENT, name_hash(agent.name), *self._agent_words(agent))
        for group in self.groups.values():
            pool = group.pool
            yield Kind.GROUP, self.skills_hash(group.signature), pool.count, pool.value, pool.load, pool.at_ns
        for interaction in self.interactions.values():
            yield (Kind.INTERACTION, interaction.seq, *self._interaction_words(interaction))
        for offer in self.offers.values():
            of = (offer.seq, offer.interaction.seq, name_hash(offer.agent.name))
            end = (offer.state, offer.assignment_seq, offer.end_seq)
            yield (Kind.OFFER, *of, *end, *self.timer(offer, TimerKind.OFFER))
        for assignment in self.assignments.values():
            active = assignment.state == AssignmentState.ACTIVE
            timer = self.timer(assignment, TimerKind.HANDLE if active else TimerKind.WRAP_UP)
            of = (assignment.seq, assignment.interaction.seq, name_hash(assignment.agent.name))
            times = (assignment.accepted_ns, assignment.wrap_up_ns)
            yield (Kind.ASSIGNMENT, *of, assignment.state, *times, *timer)
        for request_id, (number, fingerprint, answer) in self.answers.items():
            yield Kind.ANSWER, number, request_id >> 64, request_id, fingerprint, answer.code

    def skills_hash(self, skills: tuple[tuple[int, int], ...]) -> int:
        """Return the hash of a set of (skill, level): a sum, so that the order of slots does not matter."""
        return sum(fold((name_hash(self.skills[skill]), level)) for skill, level in skills) & arithmetic.MASK64

    def _center_words(self) -> tuple[int, ...]:
        sequences = (self.event_seq, self.interactions_seen, self.offers_seen, self.assignments_seen)
        counters = (self.now_ns, *sequences, self.sign_ins, self.armings, self.ends, self.answers_seen)
        pool = (self.pool.count, self.pool.value, self.pool.load, self.pool.at_ns)
        return (*counters, *pool, *(self.settings[setting] for setting in Setting))

    def _queue_words(self, queue: Queue) -> tuple[int, ...]:
        times = (queue.offer_ns, queue.wrap_up_ns, queue.cool_down_ns, queue.max_waiting, queue.max_handle_ns)
        return (queue.target_ns, queue.priority, queue.strategy, *times, self.skills_hash(queue.requirement))

    def _agent_words(self, agent: Agent) -> tuple[int, ...]:
        presence = (agent.presence, name_hash(self.reasons[agent.reason]), agent.next_presence)
        idle = (agent.sign_in_seq, agent.idle_mark_ns)
        occupancy = (agent.ready, agent.load, agent.occupancy, agent.occupancy_ns, agent.has_record)
        timers = (*self.timer(agent, TimerKind.LEASE), *self.timer(agent, TimerKind.GRACE))
        skills = self.skills_hash(tuple(agent.skills.items()))
        return (agent.max_open_offers, *presence, *idle, *occupancy, *timers, skills)

    def _interaction_words(self, one: Interaction) -> tuple[int, ...]:
        place = (name_hash(one.name), name_hash(one.queue.name), name_hash(one.tier.name), one.priority)
        course = (one.since_ns, one.due_ns, one.state, one.misses, one.end_seq)
        assignment = one.assignment.seq if one.assignment else 0
        cool_downs = [word for agent, until_ns in one.cool_downs for word in (name_hash(agent.name), until_ns)]
        return (*place, *course, assignment, *self.timer(one, TimerKind.COOL_DOWN), fold(cool_downs))
