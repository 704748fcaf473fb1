"""The specification: the whole law in plain Python, readable first and fast never.

Whoever wants to know what the router does reads these files; the compiled router must give the same
answers, the same events and the same state hash after every command, and a differential test holds it
to that. Lists are sorted where the compiled router keeps heaps, and everything that can be recomputed
is recomputed. In the order in which to read them:

``reference_state.py``   what is remembered, and how it is hashed
``reference_views.py``   the ways to look at it, and its invariants
``reference_rules.py``   who may serve whom, and who ranks first
``reference_staff.py``   what happens to agents
``reference_life.py``    what happens to interactions, offers and assignments
``reference_plans.py``   what happens by itself: steps, gates, limits, claims
``reference_define.py``  definitions
``reference_batch.py``   many commands at once
``reference_copies.py``  many figures at once
``reference.py``         the commands, the deadlines and the pairs: this file
"""

from __future__ import annotations

from .arithmetic import MASK64
from .codes import (
    BY_INTERACTION,
    DIRECT,
    ENDS,
    FORCE,
    MAX_DURATION_NS,
    MAX_NOW_NS,
    MAX_PRIORITY,
    MAX_VISITS,
    MIN_DURATION_NS,
    MIN_PRIORITY,
    NONE,
    PRIORITY_DEFAULT,
    SINCE_NOW,
    AssignmentState,
    Cause,
    EventType,
    InteractionState,
    ItemKind,
    Kind,
    OfferState,
    Op,
    Overflow,
    Presence,
    QueueField,
    Result,
    Setting,
    TimerKind,
)
from .records import Answer, Command
from .reference_batch import Batches
from .reference_copies import Copies
from .reference_define import OF_REQUIREMENTS, Definitions, Draft, Refused
from .reference_state import ANYBODY, OFFER_REFUSALS, Agent, Assignment, Interaction, Offer, Queue, Requirement, Timer

LEASE_LAPSED = 2  # slot of the builtin reason
DOORS = {
    Result.QUEUE_CLOSED: (QueueField.ON_CLOSED, QueueField.CLOSED_TO, Cause.CLOSED),
    Result.QUEUE_UNSTAFFED: (QueueField.ON_UNSTAFFED, QueueField.UNSTAFFED_TO, Cause.UNSTAFFED),
    Result.QUEUE_FULL: (QueueField.ON_FULL, QueueField.FULL_TO, Cause.FULL),
}
"""A door's answer -> the policy for it, where its MOVE leads, and the cause that the move states."""


class Reference(Definitions, Copies, Batches):
    """A center's router: one :meth:`apply` for everything, the rest only looks."""

    # ------------------------------------------------------------------ the only way in

    def apply(self, command: Command) -> Answer:
        """Fire what is due, run the command, pair until nothing more may be paired, and answer.

        RESUME alone fires nothing first. A command that left a trace (something fired, or it succeeded) moves the
        center's clock and lets go of the oldest remembered ends beyond the limits. A refused command of which
        nothing fired, and an ADVANCE that fired nothing, leave no trace at all. The repeat of a request that
        succeeded is answered first of all, and does nothing else; refusals are not remembered.
        """
        if command.op not in Op._value2member_map_ or (command.op == Op.ADVANCE and command.x < 0):
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
        fired = 0 if command.op == Op.RESUME else self._fire_due(command.x if command.op == Op.ADVANCE else 0)
        try:
            value = fired if command.op == Op.ADVANCE else self._run(command)
            answer = Answer(Result.OK, value)
            if command.op != Op.ADVANCE:
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
        words = {
            Op.DEFINE_SKILL: (Kind.SKILL, self.skills, Setting.MAX_SKILLS),
            Op.DEFINE_REASON: (Kind.REASON, self.reasons, Setting.MAX_REASONS),
        }
        if command.op in words:
            return self.define_word(command, *words[Op(command.op)])
        return {
            Op.CONFIGURE: self.configure,
            Op.DEFINE_TIER: self.define_tier,
            Op.DEFINE_CHANNEL: self.define_channel,
            Op.DEFINE_QUEUE: self.define_queue,
            Op.DEFINE_AGENT: self.define_agent,
            Op.ENQUEUE: self._enqueue,
            Op.CANCEL: self._cancel,
            Op.COMPLETE: self._complete,
            Op.END_WRAP_UP: self._end_wrap_up,
            Op.SIGN_IN: self._sign_in,
            Op.SET_PRESENCE: self._set_presence,
            Op.RENEW_LEASE: self._renew_lease,
            Op.ACCEPT: self._accept,
            Op.DECLINE: self._decline,
            Op.MOVE: self._move,
            Op.SET_PRIORITY: self._set_priority,
            Op.HOLD: self._hold,
            Op.RELEASE: self._release,
            Op.FAIL: self._fail,
            Op.SET_QUEUE: self._set_queue,
            Op.RESUME: self._resume,
        }[Op(command.op)](command)

    # ------------------------------------------------------------------ the rule

    def _pair(self) -> None:
        """As long as a pair may be made, whichever interaction ranks first gets whichever agent ranks first for it.

        What follows from the state alone is brought up to date before each pair; when no pair is left,
        overdue interactions claim agents, until none claims one: a claim may take the agent whom another waited for.
        """
        self.settle()
        while self._make_first_pair():
            self.settle()
        while self.make_claims():
            pass

    def _make_first_pair(self) -> bool:
        for interaction in self.ranked():
            agents = [agent for agent in self.agents if self.may_serve(agent, interaction)]
            if agents:
                agents.sort(key=lambda agent, one=interaction: self.agent_rank(agent, one))  # type: ignore[misc]
                self.offer_to(interaction, agents[: self._shared(interaction, len(agents))])
                return True
        return False

    def _shared(self, interaction: Interaction, free: int) -> int:
        """Return to how many of the free agents it is offered at once: never to those that are reserved."""
        queue = interaction.queue
        if queue[QueueField.AUTO_ACCEPT]:
            return 1
        if self.reserve_opens_ns(interaction) <= self.at_ns:
            return queue[QueueField.SHARED]
        return max(1, min(queue[QueueField.SHARED], free - queue[QueueField.RESERVE]))

    # ------------------------------------------------------------------ deadlines

    def _fire_due(self, most: int) -> int:
        """Fire whatever is due, in (deadline, order of arming), pairing after each; return how many.

        No more than ``most``, if that is not 0: what is left stays due, as after a RESUME.
        """
        fired = 0
        while self.timers and (most == 0 or fired < most):
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
            self.offer_expires(owner)
        elif isinstance(owner, Interaction):
            self._interaction_timer(owner, timer.kind)
        elif isinstance(owner, Assignment):
            if timer.kind == TimerKind.HANDLE:
                self.end_talk(owner, Cause.DEADLINE)
            else:
                self.end_assignment(owner, Cause.DEADLINE)
        elif isinstance(owner, Agent):
            self._agent_timer(owner, timer.kind)
        # a GATE only wakes the router: settle() looks at every gate

    def _interaction_timer(self, interaction: Interaction, kind: TimerKind) -> None:
        if kind == TimerKind.COOL_DOWN:
            self.cool_downs_end(interaction)
        elif kind == TimerKind.HOLD:
            scheduled = interaction.state == InteractionState.SCHEDULED
            self.release(interaction, Cause.SCHEDULE if scheduled else Cause.DEADLINE)
        else:
            self.unsettle(interaction)

    def _agent_timer(self, agent: Agent, kind: TimerKind) -> None:
        if kind == TimerKind.GRACE:
            self.return_work(agent, Cause.LEASE_LAPSED)
            return
        self.change_presence(agent, Presence.OFFLINE, LEASE_LAPSED, Cause.LEASE_LAPSED)
        self.revoke_offers(agent, Cause.LEASE_LAPSED)
        if agent.assignments:
            self.arm(agent, TimerKind.GRACE, self.at_ns + self.settings[Setting.LEASE_GRACE_NS])

    def _resume(self, command: Command) -> int:
        """After a restart, or a gap in time: put off what somebody had to do meanwhile, and could not.

        No lease, nor the grace after one, lapses before ``y`` from now, and every pending offer has at least the
        time of its queue again, counted from now. No deadline becomes earlier, so that to resume twice does no
        harm. They are armed anew in the order in which they would have fired.

        Everything else stays: what is due by now (talks, wrap-ups, holds, cool-downs, plans) has run by the
        center's clock all the time. It fires with the next command, in its order; until then only what follows
        from the time and the state without a timer holds already: gates, reserves, claims, and the pairs.
        """
        self._check_duration(command.y)
        until_ns = self.at_ns + command.y
        late: list[tuple[Timer, int]] = []
        for timer in sorted(self.timers, key=lambda timer: (timer.deadline_ns, timer.arming_seq)):
            deadline_ns = until_ns if timer.kind in (TimerKind.LEASE, TimerKind.GRACE) else NONE
            if isinstance(timer.owner, Offer):
                deadline_ns = self.at_ns + timer.owner.interaction.queue[QueueField.OFFER_NS]
            if timer.deadline_ns < deadline_ns:
                late.append((timer, deadline_ns))
        self.emit(EventType.RESUMED, x=len(late), y=until_ns)
        for timer, deadline_ns in late:
            self.rearm(timer.owner, timer.kind, deadline_ns)
            if isinstance(timer.owner, Offer):
                wait_ns = self.at_ns - timer.owner.interaction.since_ns
                self.emit(EventType.OFFER_EXTENDED, offer=timer.owner, x=wait_ns, y=deadline_ns)
        return len(late)

    # ------------------------------------------------------------------ checks of commands

    @staticmethod
    def _cause(command: Command, *allowed: Cause) -> Cause:
        if command.x not in allowed:
            raise Refused(Result.INVALID_FIELD)
        return Cause(command.x)

    def _queue(self, command: Command) -> Queue:
        if not 0 <= command.queue < len(self.queues):
            raise Refused(Result.UNKNOWN_QUEUE)
        return self.queues[command.queue]

    def _agent(self, command: Command) -> Agent:
        if not 0 <= command.agent < len(self.agents):
            raise Refused(Result.UNKNOWN_AGENT)
        return self.agents[command.agent]

    @staticmethod
    def _check_priority(command: Command) -> None:
        if command.priority != PRIORITY_DEFAULT and not MIN_PRIORITY <= command.priority <= MAX_PRIORITY:
            raise Refused(Result.INVALID_PRIORITY)

    @staticmethod
    def _check_duration(duration_ns: int, or_zero: bool = False) -> None:
        if not (MIN_DURATION_NS <= duration_ns <= MAX_DURATION_NS or (or_zero and duration_ns == 0)):
            raise Refused(Result.INVALID_DURATION)

    def _live_interaction(self, handle: int) -> Interaction:
        interaction = self.interactions.get(handle)
        if interaction is None:
            raise Refused(Result.UNKNOWN_INTERACTION)
        if interaction.state in ENDS:
            raise Refused(Result.ALREADY_ENDED)
        return interaction

    def _addressee(self, command: Command) -> Agent | None:
        """Return whose interaction it is to be, having checked for how long."""
        if command.flags not in (0, DIRECT) or (command.flags and command.agent == -1):
            raise Refused(Result.INVALID_FIELD)
        if command.agent != -1:
            self._agent(command)
        if command.agent == -1 or command.flags == DIRECT:
            if command.y != 0:
                raise Refused(Result.INVALID_DURATION)
            return self.agents[command.agent] if command.flags else None
        self._check_duration(command.y)
        return self.agents[command.agent]

    @staticmethod
    def _address(interaction: Interaction, agent: Agent | None, command: Command, from_ns: int) -> None:
        interaction.addressed, interaction.addressed_until_ns = agent, NONE
        if agent and command.flags != DIRECT:
            interaction.addressed_until_ns = from_ns + command.y

    # ------------------------------------------------------------------ interactions

    def _enqueue(self, command: Command) -> int:
        queue = self._queue(command)
        if not 0 <= command.tier < len(self.tiers):
            raise Refused(Result.UNKNOWN_TIER)
        self._check_priority(command)
        since_ns, start_ns = self._times(command)
        agent = self._addressee(command)
        extra, customer = self._own_items(command)
        if command.name:
            self.new_name(command.name, Kind.INTERACTION)
        is_scheduled = start_ns > self.at_ns
        ways = [] if is_scheduled else self._ways_in(queue, extra, agent is not None)
        self.check_limit(self.live + 1, Setting.MAX_INTERACTIONS)
        if extra != ANYBODY:
            self.limit_requirements([extra])
        tier = self.tiers[command.tier]
        has_own = command.priority != PRIORITY_DEFAULT
        one = self.new_interaction(command.name, queue, tier, command.priority, has_own, since_ns)
        one.extra, one.customer = extra, customer
        one.visited.append(queue)
        self._address(one, agent, command, max(start_ns, self.at_ns))
        self.place(one)
        self.figure(one).enqueued += 1
        if is_scheduled:
            one.state = InteractionState.SCHEDULED
            self.arm(one, TimerKind.HOLD, start_ns)
            self.emit(EventType.INTERACTION_SCHEDULED, interaction=one, x=since_ns, y=start_ns)
            return one.handle
        self.begin_waiting(one)
        self.emit(EventType.INTERACTION_ENQUEUED, interaction=one, x=since_ns, y=one.due_ns)
        for to, cause in ways:
            self.move(one, to, cause)
        if customer and agent is None:
            self._follow_customer(one)
        return one.handle

    def _times(self, command: Command) -> tuple[int, int]:
        """Return since when the customer waits and when the interaction is to begin, 0 being now."""
        start_ns = command.z
        if not 0 <= start_ns <= min(self.at_ns + MAX_DURATION_NS, MAX_NOW_NS):
            raise Refused(Result.INVALID_START)
        if command.x == SINCE_NOW:
            return max(self.at_ns, start_ns), start_ns
        if not 0 <= command.x <= self.at_ns:
            raise Refused(Result.INVALID_SINCE)
        return command.x, start_ns

    def _own_items(self, command: Command) -> tuple[Requirement, int]:
        """Return an interaction's own requirement and its customer, 0 being nobody known."""
        self.limit_requirement(sum(item.kind in OF_REQUIREMENTS for item in command.items))
        draft, customer, before = Draft(), 0, None
        for index, item in enumerate(command.items):
            if item.kind in OF_REQUIREMENTS:
                self.read_requirement(draft, item, index, before)
            elif item.kind != ItemKind.CUSTOMER or not (item.key or item.value):
                raise Refused(Result.INVALID_FIELD, index)
            elif customer:
                raise Refused(Result.DUPLICATE_ITEM, index)
            else:
                customer = (item.key & MASK64) << 64 | (item.value & MASK64)
            before = item
        return draft.requirement(), customer

    def _ways_in(self, queue: Queue, extra: Requirement, is_addressed: bool) -> list[tuple[Queue, Cause]]:
        """Return the queues that lead on from a door that does not open, or refuse as the last one does."""
        ways: list[tuple[Queue, Cause]] = []
        visited = [queue]
        while (answer := self.door(queue, extra, is_addressed)) != Result.OK:
            policy, to, cause = DOORS[answer]
            target = self.queues[queue[to]] if queue[policy] == Overflow.MOVE else None
            if target is None or target in visited or len(visited) >= MAX_VISITS:
                raise Refused(answer, queue.slot)
            ways.append((target, cause))
            visited.append(target)
            queue = target
        return ways

    def _follow_customer(self, interaction: Interaction) -> None:
        """Who serves this customer on another channel may have it at once; who served last may be waited for."""
        self.settle()
        _, agent = self.customers.get(interaction.customer, (0, None))
        if agent is None or interaction.state != InteractionState.WAITING:
            return
        queue = interaction.queue
        serves = any(
            one.state == AssignmentState.ACTIVE and one.interaction.customer == interaction.customer
            for one in agent.assignments
        )
        if queue[QueueField.AFFINITY] and serves and self.may_serve(agent, interaction):
            self.offer_to(interaction, [agent])
        else:
            self.prefer_last_agent(interaction)
            self.unsettle(interaction)

    def _cancel(self, command: Command) -> int:
        cause = self._cause(command, Cause.CUSTOMER, Cause.SYSTEM)
        interaction = self._live_interaction(command.target)
        if interaction.assignment:
            self.end_talk(interaction.assignment, cause)
        else:
            self.abandon(interaction, cause)
        return 0

    def _move(self, command: Command) -> int:
        """By somebody's choice: to any queue that lets it in, and to whom it is said to be."""
        interaction = self._live_interaction(command.target)
        queue = self._queue(command)
        self._check_priority(command)
        agent = self._addressee(command)
        answer = self.door(queue, interaction.extra, agent is not None)
        if answer != Result.OK and queue is not interaction.queue:
            raise Refused(answer, queue.slot)
        from_ns = max(self.at_ns, self.deadline(interaction, TimerKind.HOLD))
        left_behind = interaction.assignment.handle if interaction.assignment else 0
        if interaction.assignment:
            self._transfer(interaction, interaction.assignment)
        elif interaction.offers:
            self.withdraw_offers(interaction, Cause.TRANSFER)
            self.begin_waiting(interaction)
        if agent:  # said is said: what cooled down between these two does so no more
            interaction.cool_downs[:] = [entry for entry in interaction.cool_downs if entry[0] is not agent]
            self.arm_cool_down(interaction)
        self._address(interaction, agent, command, from_ns)
        self.move(interaction, queue, Cause.TRANSFER, command.priority)
        return left_behind

    def _transfer(self, interaction: Interaction, assignment: Assignment) -> None:
        """The talk ends, the interaction waits again; it does not come straight back."""
        self.end_talk(assignment, Cause.TRANSFER)
        self.begin_waiting(interaction)
        cool_down_ns = assignment.queue[QueueField.COOL_DOWN_NS]
        self.add_cool_down(interaction, assignment.agent, self.at_ns + cool_down_ns)

    def _set_priority(self, command: Command) -> int:
        interaction = self._live_interaction(command.target)
        self._check_priority(command)
        has_own = command.priority != PRIORITY_DEFAULT
        priority = command.priority if has_own else interaction.queue[QueueField.PRIORITY]
        self.set_priority(interaction, priority, has_own, Cause.SYSTEM)
        return 0

    def _hold(self, command: Command) -> int:
        interaction = self._live_interaction(command.target)
        self._check_duration(command.y)
        if interaction.state in (InteractionState.ASSIGNED, InteractionState.SCHEDULED):
            raise Refused(Result.NOT_WAITING)
        self.withdraw_offers(interaction, Cause.SYSTEM)
        self.hold(interaction, self.at_ns + command.y, Cause.SYSTEM)
        return 0

    def _release(self, command: Command) -> int:
        interaction = self._live_interaction(command.target)
        if interaction.state not in (InteractionState.HELD, InteractionState.SCHEDULED):
            raise Refused(Result.NOT_HELD)
        self.release(interaction, Cause.SYSTEM)
        return 0

    def _set_queue(self, command: Command) -> int:
        """Opening hours arrive as commands; closing with FORCE turns those away who wait."""
        queue = self._queue(command)
        if command.x not in (0, 1) or command.flags not in (0, FORCE) or (command.flags and command.x):
            raise Refused(Result.INVALID_FIELD)
        if queue.is_open != bool(command.x):
            queue.is_open = bool(command.x)
            self.emit(EventType.QUEUE_OPENED if command.x else EventType.QUEUE_CLOSED, queue=queue)
        if command.flags:
            for interaction in [one for one in self.waiting() if one.queue is queue]:
                if queue[QueueField.ON_CLOSED] != Overflow.MOVE:
                    self.reject(interaction, Cause.CLOSED)
                else:
                    self.overflow(interaction, queue[QueueField.CLOSED_TO], Cause.CLOSED)
        return 0

    # ------------------------------------------------------------------ offers

    def _pending_offer(self, command: Command, idempotent: OfferState) -> Offer:
        """Return the offer if it is pending, or has already been ended in the way asked for."""
        offer = self.offers.get(command.target)
        if offer is None:
            raise Refused(Result.UNKNOWN_OFFER)
        if command.agent != -1 and self._agent(command) is not offer.agent:
            raise Refused(Result.WRONG_AGENT)
        if offer.state in (OfferState.PENDING, idempotent):
            return offer
        if offer.taken:
            raise Refused(Result.ALREADY_TAKEN)
        raise Refused(OFFER_REFUSALS[offer.state], offer.assignment_handle)

    def _accept(self, command: Command) -> int:
        """Compare-and-set on the offer: only a pending one turns into an assignment, and only once."""
        offer = self._pending_offer(command, OfferState.ACCEPTED)
        if offer.state == OfferState.ACCEPTED:
            return offer.assignment_handle
        return self.accept_offer(offer, Cause.NONE).handle

    def _decline(self, command: Command) -> int:
        failed = self._cause(command, Cause.NONE, Cause.FAILED) == Cause.FAILED
        self._check_duration(command.y, or_zero=True)
        offer = self._pending_offer(command, OfferState.FAILED if failed else OfferState.DECLINED)
        if offer.state != OfferState.PENDING:
            return 0
        figure = self.figure(offer.interaction)
        if failed:
            figure.offers_failed += 1
            self.miss(offer, OfferState.FAILED, EventType.OFFER_FAILED, Cause.FAILED, command.y)
        else:
            figure.offers_declined += 1
            self.miss(offer, OfferState.DECLINED, EventType.OFFER_DECLINED, Cause.DECLINED, command.y)
        return 0

    # ------------------------------------------------------------------ assignments

    def _complete(self, command: Command) -> int:
        cause = self._cause(command, Cause.AGENT, Cause.CUSTOMER, Cause.SYSTEM)
        interaction = self._live_interaction(command.target)
        if interaction.assignment is None:
            raise Refused(Result.NOT_ASSIGNED)
        handle = interaction.assignment.handle
        self.end_talk(interaction.assignment, cause)
        return handle

    def _assignment(self, command: Command) -> Assignment:
        if command.target not in self.assignments:
            raise Refused(Result.UNKNOWN_ASSIGNMENT)
        return self.assignments[command.target]

    def _end_wrap_up(self, command: Command) -> int:
        assignment = self._assignment(command)
        if assignment.state != AssignmentState.WRAP_UP:
            raise Refused(Result.NOT_IN_WRAP_UP)
        self.end_assignment(assignment, Cause.AGENT)
        return 0

    def _fail(self, command: Command) -> int:
        if command.flags not in (0, BY_INTERACTION):
            raise Refused(Result.INVALID_FIELD)
        if command.flags == BY_INTERACTION:
            assignment = self._live_interaction(command.target).assignment
        else:
            assignment = self._assignment(command)
        if assignment is None or assignment.state != AssignmentState.ACTIVE:
            raise Refused(Result.NOT_ASSIGNED)
        handle = assignment.handle
        self.media_failed(assignment)
        return handle

    # ------------------------------------------------------------------ agents

    def _agent_and_reason(self, command: Command) -> Agent:
        agent = self._agent(command)
        if not 0 <= command.y < len(self.reasons):
            raise Refused(Result.UNKNOWN_REASON)
        return agent

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
            self.change_presence(agent, Presence.OFFLINE, command.y, Cause.FORCED)
            self.revoke_offers(agent, Cause.FORCED)
            self.return_work(agent, Cause.FORCED)
        elif presence == Presence.OFFLINE and agent.assignments:
            self._drain(agent, Presence.OFFLINE, command.y)
            self.revoke_offers(agent, Cause.AGENT)
        else:
            self._choose_presence(agent, presence, command.y)
        return 0

    def _choose_presence(self, agent: Agent, presence: Presence, reason: int) -> None:
        """AVAILABLE, NOT_READY, or OFFLINE without work; all but AVAILABLE revoke pending offers."""
        self.change_presence(agent, presence, reason, Cause.AGENT)
        if presence != Presence.AVAILABLE:
            self.revoke_offers(agent, Cause.AGENT)
        self.arm_lease(agent)

    def _drain(self, agent: Agent, after: Presence, reason: int) -> None:
        """Take nothing new, keep what is there; go to ``after`` when the last unit is free."""
        self.change_presence(agent, Presence.DRAINING, reason, Cause.AGENT, after)
        self.arm_lease(agent)

    def _renew_lease(self, command: Command) -> int:
        agent = self._agent(command)
        if agent.presence == Presence.OFFLINE:
            raise Refused(Result.NOT_SIGNED_IN)
        self.arm_lease(agent)
        return 0
