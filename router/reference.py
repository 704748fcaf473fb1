"""The specification: the whole law in plain Python, readable first and fast never.

Whoever wants to know what the router does reads this file; the compiled router must give the same
answers, the same events and the same state hash after every command, and a differential test holds it
to that. Lists are sorted where the compiled router keeps heaps, and everything that can be recomputed
is recomputed. ``reference_state.py`` holds what is remembered, ``reference_views.py`` the ways to look
at it, and this file what happens.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TypeVar

from . import arithmetic
from .codes import (
    AGENT_RULES,
    FORCE,
    MAX_LEVEL,
    MAX_NAME_BYTES,
    MAX_NOW_NS,
    MAX_PRIORITY,
    MIN_LEVEL,
    MIN_PRIORITY,
    PPM,
    PRIORITY_DEFAULT,
    QUEUE_RULES,
    SETTING_RULES,
    SINCE_NOW,
    TIER_RULES,
    UNITS,
    VOICE_COST,
    AgentField,
    AssignmentState,
    Cause,
    EventType,
    InteractionState,
    ItemKind,
    Kind,
    OfferState,
    Op,
    Presence,
    QueueField,
    Result,
    Rule,
    Setting,
    Strategy,
    TierField,
    TimerKind,
)
from .records import Answer, Command
from .reference_state import OFFER_REFUSALS, Agent, Assignment, Group, Interaction, Offer, Queue, Tier, Timer
from .reference_views import Views

F = TypeVar("F", bound=IntEnum)

NO_ANSWER, LEASE_LAPSED = 1, 2  # slots of the builtin reasons
MISSES_BEFORE_AGENT_IS_BLAMELESS = 2


class Refused(Exception):
    """A command that the law refuses; nothing has been changed by it."""

    def __init__(self, code: Result, value: int = 0) -> None:
        super().__init__(code.name)
        self.answer = Answer(code, value)


class Reference(Views):
    """A center's router: one :meth:`apply` for everything, the rest only looks."""

    # ------------------------------------------------------------------ the only way in

    def apply(self, command: Command) -> Answer:
        """Fire what is due, run the command, pair until nothing more may be paired, and answer.

        A command that left a trace (something fired, or it succeeded) moves the center's clock and
        lets go of the oldest remembered ends beyond the limits. A refused command of which nothing
        fired, and an ADVANCE that fired nothing, leave no trace at all. The repeat of a request that
        succeeded is answered first of all, and does nothing else; refusals are not remembered.
        """
        if command.op not in Op._value2member_map_:
            return Answer(Result.MALFORMED)
        if not 0 <= command.now_ns <= MAX_NOW_NS:
            return Answer(Result.TIME_ABSURD)
        if command.now_ns < self.now_ns:
            return Answer(Result.TIME_BACKWARDS)
        fingerprint = 0
        remembers = command.request_id != 0 and command.op != Op.ADVANCE
        if remembers:
            fingerprint = self.fingerprint(command)
            if command.request_id in self.answers:
                _, seen, first = self.answers[command.request_id]
                return first if seen == fingerprint else Answer(Result.REQUEST_MISMATCH)
        self.at_ns = command.now_ns
        self.ends_before = self.ends
        fired = self._fire_due()
        try:
            value = fired if command.op == Op.ADVANCE else self._run(command)
            answer = Answer(Result.OK, value)
            self._pair()
        except Refused as refusal:
            answer = refusal.answer
        succeeded = answer.code == Result.OK and command.op != Op.ADVANCE
        if succeeded and remembers:
            self.remember_answer(command.request_id, fingerprint, answer)
        if succeeded or fired:
            self.now_ns = command.now_ns
            self.forget_oldest()
        return answer

    def next_deadline_ns(self) -> int:
        """Return when :attr:`Op.ADVANCE` is next worth calling, or -1."""
        return min((timer.deadline_ns for timer in self.timers), default=-1)

    def _run(self, command: Command) -> int:
        match Op(command.op):
            case Op.CONFIGURE:
                return self._configure(command)
            case Op.DEFINE_SKILL:
                return self._define_word(command, Kind.SKILL, self.skills, Setting.MAX_SKILLS)
            case Op.DEFINE_REASON:
                return self._define_word(command, Kind.REASON, self.reasons, Setting.MAX_REASONS)
            case Op.DEFINE_TIER:
                return self._define_tier(command)
            case Op.DEFINE_QUEUE:
                return self._define_queue(command)
            case Op.DEFINE_AGENT:
                return self._define_agent(command)
            case Op.ENQUEUE:
                return self._enqueue(command)
            case Op.CANCEL:
                return self._cancel(command)
            case Op.COMPLETE:
                return self._complete(command)
            case Op.END_WRAP_UP:
                return self._end_wrap_up(command)
            case Op.SIGN_IN:
                return self._sign_in(command)
            case Op.SET_PRESENCE:
                return self._set_presence(command)
            case Op.RENEW_LEASE:
                return self._renew_lease(command)
            case Op.ACCEPT:
                return self._accept(command)
            case _:
                return self._decline(command)

    # ------------------------------------------------------------------ who may serve whom

    def may_serve(self, agent: Agent, interaction: Interaction) -> bool:
        """Say whether the law allows this pair now."""
        return (
            self.is_available(agent)
            and all(agent.skills.get(skill, 0) >= level for skill, level in interaction.queue.requirement)
            and all(banned is not agent for banned, _ in interaction.cool_downs)
        )

    def is_available(self, agent: Agent) -> bool:
        """Say whether the agent may be offered anything on the channel ``voice``."""
        return (
            agent.presence == Presence.AVAILABLE
            and len(agent.offers) < agent.max_open_offers
            and agent.units + VOICE_COST <= UNITS
        )

    @staticmethod
    def interaction_rank(interaction: Interaction) -> tuple[int, int, int, int]:
        """Return the key by which interactions rank, the first to be served being the smallest."""
        return (-interaction.priority, interaction.due_ns, interaction.since_ns, interaction.seq)

    def agent_rank(self, agent: Agent, strategy: int) -> tuple[int, ...]:
        """Return the key by which a queue's strategy ranks agents, the first to serve the smallest."""
        ties = (agent.idle_mark_ns, agent.sign_in_seq)
        if strategy == Strategy.LONGEST_IDLE:
            return ties
        half_life = self.settings[Setting.HALF_LIFE_NS]
        share = arithmetic.load_share(agent.load)
        key = arithmetic.occupancy_key(agent.occupancy, share, agent.occupancy_ns, half_life)
        return (agent.units, agent.load, *key, *ties)

    def _pair(self) -> None:
        """Make pairs until none is left: always the first of the waiting, with the first agent for it."""
        while True:
            for interaction in sorted(self.waiting(), key=self.interaction_rank):
                agents = [agent for agent in self.agents if self.may_serve(agent, interaction)]
                if agents:
                    strategy = interaction.queue.strategy
                    self._offer(interaction, min(agents, key=lambda agent: self.agent_rank(agent, strategy)))
                    break
            else:
                return

    def check_pairing(self) -> None:
        """Assert work conservation: no pair is left that may be made."""
        for interaction in self.waiting():
            for agent in self.agents:
                assert not self.may_serve(agent, interaction), (interaction.seq, agent.name)

    # ------------------------------------------------------------------ deadlines

    def _fire_due(self) -> int:
        """Fire whatever is due, in (deadline, order of arming), pairing after each; return how many."""
        fired = 0
        while self.timers:
            timer = min(self.timers, key=lambda timer: (timer.deadline_ns, timer.arming_seq))
            if timer.deadline_ns > self.at_ns:
                break
            self.timers.remove(timer)
            self._fire(timer)
            self._pair()
            fired += 1
        return fired

    def _fire(self, timer: Timer) -> None:
        owner = timer.owner
        if isinstance(owner, Offer):
            self._offer_expires(owner)
        elif isinstance(owner, Interaction):
            self._cool_downs_end(owner)
        elif isinstance(owner, Assignment):
            if timer.kind == TimerKind.HANDLE:
                self._end_talk(owner, Cause.DEADLINE)
            else:
                self._end_assignment(owner, Cause.DEADLINE)
        elif timer.kind == TimerKind.LEASE:
            self._change_presence(owner, Presence.OFFLINE, LEASE_LAPSED, Cause.LEASE_LAPSED)
            self._revoke_offers(owner.offers, Cause.LEASE_LAPSED)
            if owner.assignments:
                self.arm(owner, TimerKind.GRACE, self.at_ns + self.settings[Setting.LEASE_GRACE_NS])
        else:
            self._return_work(owner, Cause.LEASE_LAPSED)

    # ------------------------------------------------------------------ definitions

    def _configure(self, command: Command) -> int:
        given = self._fields(command, Setting, SETTING_RULES)
        half_life = given.get(Setting.HALF_LIFE_NS, self.settings[Setting.HALF_LIFE_NS])
        if self.agents and half_life != self.settings[Setting.HALF_LIFE_NS]:
            raise Refused(Result.IN_USE)  # the static keys of agents are built on it
        self.settings.update(given)
        if Setting.LEASE_NS in given:  # those who are signed in are held to the new lease from now on
            for agent in self.agents:
                self._arm_lease(agent)
        self.emit(EventType.CONFIGURED, x=len(command.items))
        return 0

    def _fields(
        self, command: Command, fields: type[F], rules: dict[F, Rule], with_skills: ItemKind | None = None
    ) -> dict[F, int]:
        """Return the FIELD items of a definition, having checked every item in its order."""
        given: dict[F, int] = {}
        seen = set()
        for index, item in enumerate(command.items):
            if item.kind != ItemKind.FIELD and item.kind != with_skills:
                raise Refused(Result.INVALID_FIELD, index)
            if (item.kind, item.key) in seen:
                raise Refused(Result.DUPLICATE_ITEM, index)
            seen.add((item.kind, item.key))
            if item.kind == with_skills:
                if not 0 <= item.key < len(self.skills):
                    raise Refused(Result.UNKNOWN_SKILL, index)
                if not MIN_LEVEL <= item.value <= MAX_LEVEL:
                    raise Refused(Result.INVALID_LEVEL, index)
            elif item.key in fields._value2member_map_ and rules[fields(item.key)].allows(item.value):
                given[fields(item.key)] = item.value
            else:
                raise Refused(Result.INVALID_FIELD, index)
        return given

    def _new_name(self, name: bytes, kind: Kind) -> bytes:
        if not 1 <= len(name) <= MAX_NAME_BYTES:
            raise Refused(Result.INVALID_NAME)
        slot = self.find(kind, name)
        if slot >= 0:
            raise Refused(Result.ALREADY_EXISTS, slot)
        return name

    def _limit_items(self, command: Command, kind: ItemKind, limit: Setting) -> None:
        self._limit(sum(item.kind == kind for item in command.items), limit)

    def _limit(self, count: int, limit: Setting) -> None:
        if count > self.settings[limit]:
            raise Refused(Result.LIMIT_REACHED, limit)

    def _defined(self, kind: Kind, slot: int) -> int:
        self.emit(EventType.DEFINED, x=kind, y=slot)
        return slot

    def _define_word(self, command: Command, kind: Kind, words: list[bytes], limit: Setting) -> int:
        name = self._new_name(command.name, kind)
        self._limit(len(words) + 1, limit)
        words.append(name)
        return self._defined(kind, len(words) - 1)

    def _define_tier(self, command: Command) -> int:
        name = self._new_name(command.name, Kind.TIER)
        given = self._fields(command, TierField, TIER_RULES)
        self._limit(len(self.tiers) + 1, Setting.MAX_TIERS)
        values = [given.get(field, TIER_RULES[field].default) for field in TierField]
        self.tiers.append(Tier(len(self.tiers), name, *values))
        return self._defined(Kind.TIER, len(self.tiers) - 1)

    def _define_queue(self, command: Command) -> int:
        name = self._new_name(command.name, Kind.QUEUE)
        self._limit_items(command, ItemKind.REQUIRE, Setting.MAX_SKILLS_PER_REQUIREMENT)
        given = self._fields(command, QueueField, QUEUE_RULES, ItemKind.REQUIRE)
        requirement = tuple(sorted((item.key, item.value) for item in command.items if item.kind == ItemKind.REQUIRE))
        self._limit(len(self.queues) + 1, Setting.MAX_QUEUES)
        self._limit(len({queue.requirement for queue in self.queues} | {requirement}), Setting.MAX_REQUIREMENTS)
        values = [given.get(field, QUEUE_RULES[field].default) for field in QueueField]
        self.queues.append(Queue(len(self.queues), name, requirement, *values))
        return self._defined(Kind.QUEUE, len(self.queues) - 1)

    def _define_agent(self, command: Command) -> int:
        name = self._new_name(command.name, Kind.AGENT)
        self._limit_items(command, ItemKind.HAS_SKILL, Setting.MAX_SKILLS_PER_AGENT)
        given = self._fields(command, AgentField, AGENT_RULES, ItemKind.HAS_SKILL)
        skills = dict(sorted((item.key, item.value) for item in command.items if item.kind == ItemKind.HAS_SKILL))
        self._limit(len(self.agents) + 1, Setting.MAX_AGENTS)
        signature = tuple(skills.items())
        group = self.groups.setdefault(signature, Group(signature))
        most = given.get(AgentField.MAX_OPEN_OFFERS, AGENT_RULES[AgentField.MAX_OPEN_OFFERS].default)
        self.agents.append(Agent(len(self.agents), name, skills, group, most))
        return self._defined(Kind.AGENT, len(self.agents) - 1)

    # ------------------------------------------------------------------ interactions

    def _enqueue(self, command: Command) -> int:
        if not 0 <= command.queue < len(self.queues):
            raise Refused(Result.UNKNOWN_QUEUE)
        if not 0 <= command.tier < len(self.tiers):
            raise Refused(Result.UNKNOWN_TIER)
        queue, tier = self.queues[command.queue], self.tiers[command.tier]
        priority = queue.priority if command.priority == PRIORITY_DEFAULT else command.priority
        if not MIN_PRIORITY <= priority <= MAX_PRIORITY:
            raise Refused(Result.INVALID_PRIORITY)
        since_ns = self.at_ns if command.x == SINCE_NOW else command.x
        if not 0 <= since_ns <= self.at_ns:
            raise Refused(Result.INVALID_SINCE)
        if command.name:
            self._new_name(command.name, Kind.INTERACTION)
        if self.queued(queue) >= queue.max_waiting:
            raise Refused(Result.QUEUE_FULL)
        self._limit(self.live + 1, Setting.MAX_INTERACTIONS)
        due_ns = since_ns + queue.target_ns * tier.target_factor_ppm // PPM - tier.head_start_ns
        interaction = self.new_interaction(command.name, queue, tier, priority, since_ns, due_ns)
        self.figure(interaction).enqueued += 1
        self.emit(EventType.INTERACTION_ENQUEUED, interaction=interaction, x=since_ns, y=due_ns)
        return interaction.handle

    def _live_interaction(self, handle: int) -> Interaction:
        interaction = self.interactions.get(handle)
        if interaction is None:
            raise Refused(Result.UNKNOWN_INTERACTION)
        if interaction.state in (InteractionState.COMPLETED, InteractionState.ABANDONED):
            raise Refused(Result.ALREADY_ENDED)
        return interaction

    @staticmethod
    def _cause(command: Command, *allowed: Cause) -> Cause:
        if command.x not in allowed:
            raise Refused(Result.INVALID_FIELD)
        return Cause(command.x)

    def _cancel(self, command: Command) -> int:
        """The customer hangs up, or the system gives the interaction up."""
        cause = self._cause(command, Cause.CUSTOMER, Cause.SYSTEM)
        interaction = self._live_interaction(command.target)
        if interaction.assignment:
            self._end_talk(interaction.assignment, cause)
            return 0
        for offer in list(interaction.offers):
            self.emit(EventType.OFFER_REVOKED, cause, offer=offer)
            self.figure(interaction).offers_revoked += 1
            self._end_offer(offer, OfferState.REVOKED)
        wait_ns = self.at_ns - interaction.since_ns
        figure = self.figure(interaction)
        figure.abandoned += 1
        figure.abandoned_in_target += wait_ns <= interaction.queue.target_ns
        self.emit(EventType.INTERACTION_ABANDONED, cause, interaction=interaction, x=wait_ns)
        self._end_interaction(interaction, InteractionState.ABANDONED)
        return 0

    def _end_interaction(self, interaction: Interaction, state: InteractionState) -> None:
        interaction.state = state
        interaction.cool_downs.clear()
        self.disarm(interaction, TimerKind.COOL_DOWN)
        self.remember_interaction(interaction)

    def _return_interaction(self, interaction: Interaction, cause: Cause) -> None:
        """Put it back at its old place: since, due and sequence number have never changed."""
        interaction.state = InteractionState.WAITING
        since_ns, due_ns = interaction.since_ns, interaction.due_ns
        self.emit(EventType.INTERACTION_RETURNED, cause, interaction=interaction, x=since_ns, y=due_ns)

    # ------------------------------------------------------------------ offers

    def _offer(self, interaction: Interaction, agent: Agent) -> None:
        deadline_ns = self.at_ns + interaction.queue.offer_ns
        interaction.state = InteractionState.OFFERED
        offer = self.new_offer(interaction, agent)
        self.arm(offer, TimerKind.OFFER, deadline_ns)
        self._load_changed(agent)
        self.figure(interaction).offers_made += 1
        self.emit(EventType.OFFER_MADE, offer=offer, x=self.at_ns - interaction.since_ns, y=deadline_ns)

    def _end_offer(self, offer: Offer, state: OfferState) -> None:
        """Take a pending offer from both sides; it is remembered so that late answers can be told."""
        offer.state = state
        self.disarm(offer, TimerKind.OFFER)
        offer.interaction.offers.remove(offer)
        offer.agent.offers.remove(offer)
        self.remember_offer(offer)
        if state != OfferState.ACCEPTED:
            self._load_changed(offer.agent)

    def _pending_offer(self, command: Command, idempotent: OfferState) -> Offer:
        """Return the offer if it is pending, or has already been ended in the way asked for."""
        offer = self.offers.get(command.target)
        if offer is None:
            raise Refused(Result.UNKNOWN_OFFER)
        if command.agent != -1:
            if not 0 <= command.agent < len(self.agents):
                raise Refused(Result.UNKNOWN_AGENT)
            if command.agent != offer.agent.slot:
                raise Refused(Result.WRONG_AGENT)
        if offer.state in (OfferState.PENDING, idempotent):
            return offer
        raise Refused(OFFER_REFUSALS[offer.state], offer.assignment_handle)

    def _accept(self, command: Command) -> int:
        """Compare-and-set on the offer: only a pending one turns into an assignment, and only once."""
        offer = self._pending_offer(command, OfferState.ACCEPTED)
        if offer.state == OfferState.ACCEPTED:
            return offer.assignment_handle
        interaction, agent, queue = offer.interaction, offer.agent, offer.interaction.queue
        self._end_offer(offer, OfferState.ACCEPTED)
        interaction.state = InteractionState.ASSIGNED
        interaction.cool_downs.clear()
        self.disarm(interaction, TimerKind.COOL_DOWN)
        assignment = self.new_assignment(interaction, agent)
        offer.assignment_handle, offer.assignment_seq = assignment.handle, assignment.seq
        deadline_ns = self.at_ns + queue.max_handle_ns
        self.arm(assignment, TimerKind.HANDLE, deadline_ns)
        self._load_changed(agent)
        self._restart_idle(agent)
        wait_ns = self.at_ns - interaction.since_ns
        self.figure(interaction).count_answer(wait_ns, queue.target_ns)
        self.emit(EventType.OFFER_ACCEPTED, offer=offer, assignment=assignment, x=wait_ns, y=deadline_ns)
        return assignment.handle

    def _decline(self, command: Command) -> int:
        offer = self._pending_offer(command, OfferState.DECLINED)
        if offer.state == OfferState.DECLINED:
            return 0
        self._miss(offer, OfferState.DECLINED, EventType.OFFER_DECLINED, Cause.DECLINED)
        self.figure(offer.interaction).offers_declined += 1
        return 0

    def _miss(self, offer: Offer, state: OfferState, event: EventType, cause: Cause) -> None:
        """A declined or expired offer: the pair cools down, the interaction returns."""
        interaction = offer.interaction
        until_ns = self.at_ns + interaction.queue.cool_down_ns
        self.emit(event, offer=offer, y=until_ns)
        self._end_offer(offer, state)
        interaction.misses += 1
        if len(interaction.cool_downs) >= self.settings[Setting.MAX_COOL_DOWNS]:
            interaction.cool_downs.remove(min(interaction.cool_downs, key=lambda entry: entry[1]))
        interaction.cool_downs.append((offer.agent, until_ns))
        self._arm_cool_down(interaction)
        self._return_interaction(interaction, cause)

    def _offer_expires(self, offer: Offer) -> None:
        """Nobody answered: the agent is probably away, unless this interaction is hard to deliver."""
        agent_to_blame = offer.interaction.misses < MISSES_BEFORE_AGENT_IS_BLAMELESS
        self._miss(offer, OfferState.EXPIRED, EventType.OFFER_EXPIRED, Cause.EXPIRED)
        self.figure(offer.interaction).offers_expired += 1
        if agent_to_blame and offer.agent.presence == Presence.AVAILABLE:
            self._change_presence(offer.agent, Presence.NOT_READY, NO_ANSWER, Cause.NO_ANSWER)
            self._revoke_offers(offer.agent.offers, Cause.NO_ANSWER)

    def _revoke_offers(self, offers: list[Offer], cause: Cause) -> None:
        """End an agent's pending offers without a cool-down; their interactions return."""
        for offer in list(offers):
            self.emit(EventType.OFFER_REVOKED, cause, offer=offer)
            self.figure(offer.interaction).offers_revoked += 1
            self._end_offer(offer, OfferState.REVOKED)
            self._return_interaction(offer.interaction, Cause.REVOKED)

    def _arm_cool_down(self, interaction: Interaction) -> None:
        """Keep the interaction's one cool-down timer at the earliest end; leave it if that is unmoved."""
        first_ns = min((until_ns for _, until_ns in interaction.cool_downs), default=-1)
        if first_ns == self.deadline(interaction, TimerKind.COOL_DOWN):
            return
        self.disarm(interaction, TimerKind.COOL_DOWN)
        if first_ns >= 0:
            self.arm(interaction, TimerKind.COOL_DOWN, first_ns)

    def _cool_downs_end(self, interaction: Interaction) -> None:
        left = [(agent, until_ns) for agent, until_ns in interaction.cool_downs if until_ns > self.at_ns]
        ended = len(interaction.cool_downs) - len(left)
        interaction.cool_downs[:] = left
        self._arm_cool_down(interaction)
        self.emit(EventType.COOL_DOWN_ENDED, interaction=interaction, x=ended)

    # ------------------------------------------------------------------ assignments

    def _complete(self, command: Command) -> int:
        cause = self._cause(command, Cause.AGENT, Cause.CUSTOMER, Cause.SYSTEM)
        interaction = self._live_interaction(command.target)
        if interaction.assignment is None:
            raise Refused(Result.NOT_ASSIGNED)
        handle = interaction.assignment.handle
        self._end_talk(interaction.assignment, cause)
        return handle

    def _end_talk(self, assignment: Assignment, cause: Cause) -> None:
        """ACTIVE ends: the interaction is COMPLETED, the agent wraps up or is free."""
        interaction = assignment.interaction
        handle_ns = self.at_ns - assignment.accepted_ns
        figure = self.figure(interaction)
        figure.completed += 1
        figure.handle_ns += handle_ns
        self.emit(EventType.INTERACTION_COMPLETED, cause, assignment=assignment, x=handle_ns)
        self._end_interaction(interaction, InteractionState.COMPLETED)
        interaction.assignment = None
        self.disarm(assignment, TimerKind.HANDLE)
        if assignment.queue.wrap_up_ns == 0:
            self._end_assignment(assignment, cause)
            return
        deadline_ns = self.at_ns + assignment.queue.wrap_up_ns
        assignment.state = AssignmentState.WRAP_UP
        assignment.wrap_up_ns = self.at_ns
        self.arm(assignment, TimerKind.WRAP_UP, deadline_ns)
        self.emit(EventType.WRAP_UP_STARTED, cause, assignment=assignment, y=deadline_ns)

    def _end_wrap_up(self, command: Command) -> int:
        assignment = self.assignments.get(command.target)
        if assignment is None:
            raise Refused(Result.UNKNOWN_ASSIGNMENT)
        if assignment.state != AssignmentState.WRAP_UP:
            raise Refused(Result.NOT_IN_WRAP_UP)
        self._end_assignment(assignment, Cause.AGENT)
        return 0

    def _end_assignment(self, assignment: Assignment, cause: Cause) -> None:
        """The assignment is over and its units are free."""
        agent = assignment.agent
        wrap_up_ns = 0
        if assignment.state == AssignmentState.WRAP_UP:
            wrap_up_ns = self.at_ns - assignment.wrap_up_ns
            self.figures_of(assignment.queue, assignment.tier).wrap_up_ns += wrap_up_ns
        self.emit(EventType.ASSIGNMENT_ENDED, cause, assignment=assignment, x=wrap_up_ns)
        self.disarm(assignment, TimerKind.HANDLE)
        self.disarm(assignment, TimerKind.WRAP_UP)
        assignment.interaction.assignment = None
        assignment.state = AssignmentState.ENDED
        self.forget_assignment(assignment)
        self._restart_idle(agent)
        self._load_changed(agent)

    def _return_work(self, agent: Agent, cause: Cause) -> None:
        """The agent is gone: talks go back to their old places, wrap-ups end."""
        for assignment in list(agent.assignments):
            interaction = assignment.interaction
            active = assignment.state == AssignmentState.ACTIVE
            self._end_assignment(assignment, cause)
            if active:
                self.figure(interaction).returned += 1
                self._return_interaction(interaction, cause)

    # ------------------------------------------------------------------ agents

    def _agent_and_reason(self, command: Command) -> Agent:
        if not 0 <= command.agent < len(self.agents):
            raise Refused(Result.UNKNOWN_AGENT)
        if not 0 <= command.y < len(self.reasons):
            raise Refused(Result.UNKNOWN_REASON)
        return self.agents[command.agent]

    def _sign_in(self, command: Command) -> int:
        agent = self._agent_and_reason(command)
        if command.x not in (Presence.AVAILABLE, Presence.NOT_READY):
            raise Refused(Result.INVALID_PRESENCE)
        if agent.presence == Presence.OFFLINE:
            self.sign_ins += 1
            agent.sign_in_seq = self.sign_ins
            self.disarm(agent, TimerKind.GRACE)
        self._choose_presence(agent, Presence(command.x), command.y)
        return 0

    def _set_presence(self, command: Command) -> int:
        agent = self._agent_and_reason(command)
        if command.x not in Presence._value2member_map_:
            raise Refused(Result.INVALID_PRESENCE)
        presence = Presence(command.x)
        if presence == Presence.DRAINING and command.z not in (Presence.OFFLINE, Presence.NOT_READY):
            raise Refused(Result.INVALID_PRESENCE)
        if command.flags not in (0, FORCE) or (command.flags and presence != Presence.OFFLINE):
            raise Refused(Result.INVALID_FIELD)
        if agent.presence == Presence.OFFLINE and not (command.flags and agent.assignments):
            raise Refused(Result.NOT_SIGNED_IN)
        if presence == Presence.DRAINING:
            after = Presence(command.z)
            self._drain(agent, after, command.y) if agent.units else self._choose_presence(agent, after, command.y)
        elif presence == Presence.OFFLINE and command.flags:
            self._change_presence(agent, Presence.OFFLINE, command.y, Cause.FORCED)
            self._revoke_offers(agent.offers, Cause.FORCED)
            self._return_work(agent, Cause.FORCED)
        elif presence == Presence.OFFLINE and agent.assignments:
            self._drain(agent, Presence.OFFLINE, command.y)
            self._revoke_offers(agent.offers, Cause.AGENT)
        else:
            self._choose_presence(agent, presence, command.y)
        return 0

    def _choose_presence(self, agent: Agent, presence: Presence, reason: int) -> None:
        """AVAILABLE, NOT_READY, or OFFLINE without work; all but AVAILABLE revoke pending offers."""
        self._change_presence(agent, presence, reason, Cause.AGENT)
        if presence != Presence.AVAILABLE:
            self._revoke_offers(agent.offers, Cause.AGENT)
        self._arm_lease(agent)

    def _drain(self, agent: Agent, after: Presence, reason: int) -> None:
        """Take nothing new, keep what is there; go to ``after`` when the last unit is free."""
        self._change_presence(agent, Presence.DRAINING, reason, Cause.AGENT, after)
        self._arm_lease(agent)

    def _change_presence(
        self, agent: Agent, presence: Presence, reason: int, cause: Cause, after: Presence = Presence.OFFLINE
    ) -> None:
        if agent.presence != Presence.AVAILABLE and presence == Presence.AVAILABLE:
            agent.idle_mark_ns = self.at_ns - agent.idle_mark_ns  # from a length to a moment
        elif agent.presence == Presence.AVAILABLE and presence != Presence.AVAILABLE:
            agent.idle_mark_ns = self.at_ns - agent.idle_mark_ns  # and back
        agent.presence, agent.reason, agent.next_presence = presence, reason, after
        if presence == Presence.OFFLINE:
            self.disarm(agent, TimerKind.LEASE)
        self.emit(EventType.PRESENCE_CHANGED, cause, agent=agent, x=presence, y=reason)
        self._load_changed(agent)

    def _renew_lease(self, command: Command) -> int:
        if not 0 <= command.agent < len(self.agents):
            raise Refused(Result.UNKNOWN_AGENT)
        agent = self.agents[command.agent]
        if agent.presence == Presence.OFFLINE:
            raise Refused(Result.NOT_SIGNED_IN)
        self._arm_lease(agent)
        return 0

    def _arm_lease(self, agent: Agent) -> None:
        lease_ns = self.settings[Setting.LEASE_NS]
        self.disarm(agent, TimerKind.LEASE)
        if lease_ns and agent.presence != Presence.OFFLINE:
            self.arm(agent, TimerKind.LEASE, self.at_ns + lease_ns)

    def _restart_idle(self, agent: Agent) -> None:
        """Idle time counts from now; while not AVAILABLE ``idle_mark_ns`` is a length, not a moment."""
        agent.idle_mark_ns = self.at_ns if agent.presence == Presence.AVAILABLE else 0

    def _load_changed(self, agent: Agent) -> None:
        """Settle occupancy if load or readiness differ from what they were; end a drain at load 0."""
        if agent.presence == Presence.DRAINING and agent.units == 0:
            self._change_presence(agent, agent.next_presence, agent.reason, Cause.DRAINED)
            return
        if agent.units == 0:
            self.disarm(agent, TimerKind.GRACE)
        ready = agent.presence == Presence.AVAILABLE or agent.units > 0
        load = agent.assigned_units
        if (ready, load) != (agent.ready, agent.load):
            self._settle(agent, ready, load)

    def _settle(self, agent: Agent, ready: bool, load: int) -> None:
        """Bring occupancy to now under the old load, then go on under the new one.

        Occupancy stands still while the agent is not ready: neither AVAILABLE nor holding anything.
        A newcomer begins at the mean of the ready agents of equal skills, else of all, else at 0.
        """
        half_life = self.settings[Setting.HALF_LIFE_NS]
        pools = (agent.group.pool, self.pool)
        for pool in pools:
            pool.settle(self.at_ns, half_life)
        old_share, new_share = arithmetic.load_share(agent.load), arithmetic.load_share(load)
        if agent.ready:
            elapsed_ns = self.at_ns - agent.occupancy_ns
            agent.occupancy = arithmetic.evolve(agent.occupancy, old_share, elapsed_ns, half_life)
        elif not agent.has_record:
            agent.occupancy = next((pool.mean() for pool in pools if pool.count), 0)
            agent.has_record = True
        for pool in pools:
            if agent.ready:
                pool.add(-1, -agent.occupancy, -old_share)
            if ready:
                pool.add(1, agent.occupancy, new_share)
            pool.clear_if_empty()
        agent.occupancy_ns = self.at_ns
        agent.ready, agent.load = ready, load
