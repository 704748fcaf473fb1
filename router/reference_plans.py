"""What follows from time and state alone: steps of plans, gates, longest waits, addresses, claims.

:meth:`Plans.settle` is called after every fired timer, after every command and before every pair, and
goes on until nothing follows any more.
"""

from __future__ import annotations

from .codes import (
    ENDS,
    NO_PRIORITY,
    NONE,
    Cause,
    EventType,
    InteractionState,
    Overflow,
    Presence,
    QueueField,
    StepField,
    TimerKind,
)
from .reference_life import Life
from .reference_state import Agent, Interaction, Queue, Step


class Plans(Life):
    """The state with everything that happens by itself."""

    def settle(self) -> None:
        """Turn gates, bring plans up to date, skip and release, end claims; again until nothing changes."""
        while sum((self._turn_gates(), self._see_to_unsettled(), self._see_to_conditions(), self._end_claims())):
            pass

    # ------------------------------------------------------------------ gates

    def _turn_gates(self) -> int:
        """Turn every gate that is not as it should be; one that opens acts on those it kept waiting."""
        turned = 0
        for queue in self.queues:
            for step in queue.plan:
                if not step.has_gate:
                    continue
                if self.wants_open(step) != step.is_open:
                    turned += 1
                    step.is_open = not step.is_open
                    event = EventType.GATE_OPENED if step.is_open else EventType.GATE_CLOSED
                    self.emit(event, queue=queue, x=step.number)
                    if step.is_open:
                        self._act_on_all(step)
                self.rearm(step, TimerKind.GATE, self.gate_deadline_ns(step))
        return turned

    def _act_on_all(self, step: Step) -> None:
        for interaction in self.waiting():
            if interaction.queue is step.queue and interaction.step >= step.number:
                self._act(interaction, step)

    # ------------------------------------------------------------------ plans

    def _see_to_unsettled(self) -> int:
        """Bring up to date, in the order in which they came, those who began to wait or whose time came."""
        seen = len(self.unsettled)
        while self.unsettled:
            interaction = self.unsettled.pop(0)
            if interaction.state == InteractionState.WAITING:
                self._catch_up(interaction)
                self.fresh.append(interaction)
        return seen

    def _catch_up(self, interaction: Interaction) -> None:
        """Do what is overdue, then set the clock to what is next."""
        queue = interaction.queue
        waited_ns = self.at_ns - interaction.entered_ns
        max_wait_ns = queue[QueueField.MAX_WAIT_NS]
        if max_wait_ns and waited_ns >= max_wait_ns and not interaction.waited_out:
            if queue[QueueField.ON_MAX_WAIT] != Overflow.MOVE:
                self._expire(interaction)
                return
            if self.overflow(interaction, queue[QueueField.MAX_WAIT_TO], Cause.MAX_WAIT):
                return
            interaction.waited_out = True
        while self._next_step(interaction) and self._next_step(interaction)[0].after_ns <= waited_ns:
            self._begin_step(interaction, Cause.PLAN)
            if interaction.queue is not queue:
                return
        until_ns = interaction.addressed_until_ns
        if interaction.addressed and until_ns != NONE and until_ns <= self.at_ns:
            self._end_address(interaction, Cause.LIMIT)
        self._set_clock(interaction)

    def _expire(self, interaction: Interaction) -> None:
        self.figure(interaction).expired += 1
        wait_ns = self.at_ns - interaction.since_ns
        self.emit(EventType.INTERACTION_EXPIRED, Cause.MAX_WAIT, interaction=interaction, x=wait_ns)
        self.end_interaction(interaction, InteractionState.EXPIRED)

    @staticmethod
    def _next_step(interaction: Interaction) -> list[Step]:
        return interaction.queue.plan[interaction.step + 1 : interaction.step + 2]

    def _begin_step(self, interaction: Interaction, cause: Cause) -> None:
        interaction.step += 1
        self.emit(EventType.STEP_BEGAN, cause, interaction=interaction, x=interaction.step)
        step = interaction.queue.plan[interaction.step]
        if step.is_open:
            self._act(interaction, step)

    def _act(self, interaction: Interaction, step: Step) -> None:
        """Escalate: a step raises the priority, never lowers it, and may move to another queue."""
        priority, to = step.fields[StepField.PRIORITY], step.fields[StepField.MOVE_TO]
        if priority != NO_PRIORITY and priority > interaction.priority:
            self.set_priority(interaction, priority, True, Cause.PLAN)
        if to != NONE:
            self.overflow(interaction, to, Cause.PLAN)

    def _set_clock(self, interaction: Interaction) -> None:
        """Arm the PLAN timer for the first moment at which time alone changes something for it."""
        queue, entered_ns = interaction.queue, interaction.entered_ns
        moments = [entered_ns + step.after_ns for step in self._next_step(interaction)]
        if queue[QueueField.MAX_WAIT_NS] and not interaction.waited_out:
            moments.append(entered_ns + queue[QueueField.MAX_WAIT_NS])
        if interaction.addressed and interaction.addressed_until_ns != NONE:
            moments.append(interaction.addressed_until_ns)
        if queue[QueueField.CLAIMS] and self.is_coarse(self.channel_of(interaction)):
            moments.append(interaction.due_ns)
        moments.append(self.reserve_opens_ns(interaction))
        self.rearm(interaction, TimerKind.PLAN, min((one for one in moments if one > self.at_ns), default=NONE))

    def _change_clock(self, interaction: Interaction) -> None:
        """Set the clock anew, unless its moment has come already: then it is about to fire, and must."""
        if not NONE < self.deadline(interaction, TimerKind.PLAN) <= self.at_ns:
            self._set_clock(interaction)

    # ------------------------------------------------------------------ conditions

    def _see_to_conditions(self) -> int:
        """End addresses that lead nowhere, skip hopeless steps, move on from queues that nobody serves.

        Whether a move may be made is looked at when the plan has just been brought up to date, when the
        address ends, and when the last of a group leaves; a move that may not be made then is not made later.
        """
        changed = 0
        fresh, left, self.fresh, self.staff_left = self.fresh, self.staff_left, [], False
        for interaction in self.waiting():
            queue = interaction.queue
            may_leave = left or interaction in fresh
            cause = self._why_address_ends(interaction)
            if cause != Cause.NONE:
                self._end_address(interaction, cause)
                self._change_clock(interaction)
                may_leave = True
                changed += 1
            if interaction.addressed:
                continue
            before = interaction.step
            while interaction.queue is queue and self.may_skip(interaction, may_leave):
                self._begin_step(interaction, Cause.HOPELESS)
                changed += 1
            if interaction.queue is queue and interaction.step != before:
                self._change_clock(interaction)
            if may_leave and interaction.queue is queue and queue[QueueField.ON_UNSTAFFED] == Overflow.MOVE:
                changed += self._leave_unstaffed(interaction, queue)
        return changed

    def _leave_unstaffed(self, interaction: Interaction, queue: Queue) -> bool:
        return self.is_unstaffed(queue, interaction.step, interaction.extra) and self.overflow(
            interaction, queue[QueueField.UNSTAFFED_TO], Cause.UNSTAFFED
        )

    def _why_address_ends(self, interaction: Interaction) -> Cause:
        """Say why it is no longer worth while to wait for its agent: NONE if it is."""
        agent = interaction.addressed
        if agent is None:
            return Cause.NONE
        is_direct = interaction.addressed_until_ns == NONE
        if agent.presence == Presence.OFFLINE or (agent.presence != Presence.AVAILABLE and not is_direct):
            return Cause.ABSENT
        requirements = (self.in_force(interaction), interaction.extra)
        is_skilled = is_direct or all(one.allows(agent.skills) for one in requirements)
        if not is_skilled or self.limit(agent, self.channel_of(interaction)) == 0:
            return Cause.UNFIT
        return Cause.DECLINED if self.is_banned(agent, interaction) and not is_direct else Cause.NONE

    def _end_address(self, interaction: Interaction, cause: Cause) -> None:
        """From now on it is everybody's, for good."""
        agent, interaction.addressed, interaction.addressed_until_ns = interaction.addressed, None, NONE
        self.emit(EventType.ADDRESS_ENDED, cause, interaction=interaction, agent=agent)

    # ------------------------------------------------------------------ claims

    def _end_claims(self) -> int:
        """End the claims of what waits no more, and on agents who are not the right ones any more."""
        ended = 0
        for interaction in sorted(self.interactions.values(), key=lambda one: one.seq):
            agent = interaction.claim
            if agent is None:
                continue
            waits = interaction.state == InteractionState.WAITING and interaction.queue[QueueField.CLAIMS]
            if not waits or not self.may_be_claimed(agent, interaction):
                interaction.claim = agent.claim = None
                self.emit(EventType.CLAIM_ENDED, interaction=interaction, agent=agent)
                ended += 1
        return ended

    def make_claims(self) -> int:
        """When no pair is left: each overdue interaction claims the agent with the least in the way; return how many.

        Only where nobody suited has the units, and only of those whose gap would be refilled before it
        is wide enough. The agent takes nothing else from now on.
        """
        made = 0
        for interaction in self.ranked():
            if not self.may_claim(interaction):
                continue
            channel = self.channel_of(interaction)
            suited = [agent for agent in self.agents if self.may_be_claimed(agent, interaction)]
            if any(self.has_units(agent, channel) for agent in suited):
                continue
            claimable = [agent for agent in suited if self.refills(agent, channel)]
            if claimable:
                self._claim(interaction, min(claimable, key=lambda agent: self._claim_rank(agent, interaction)))
                made += 1
        return made

    def _claim_rank(self, agent: Agent, interaction: Interaction) -> tuple[int, int, int]:
        in_the_way = sum(self.in_the_way(agent, self.channel_of(interaction)))
        return (in_the_way, agent.idle_mark_ns, agent.sign_in_seq)

    def _claim(self, interaction: Interaction, agent: Agent) -> None:
        interaction.claim, agent.claim = agent, interaction
        self.emit(EventType.CLAIM_MADE, interaction=interaction, agent=agent)

    # ------------------------------------------------------------------ new plans for those who wait

    def replan(self, interactions: list[Interaction], begins_anew: bool) -> None:
        """After a change of definitions: what has not ended gets its place anew, and perhaps its plan."""
        for interaction in interactions:
            if interaction.state in ENDS:
                continue
            old = interaction.priority
            self.place(interaction)
            self.tell_priority(interaction, old, Cause.REPLACED)
            if begins_anew:
                interaction.step, interaction.waited_out = 0, False
            if interaction.state == InteractionState.WAITING:
                self.unsettle(interaction)
