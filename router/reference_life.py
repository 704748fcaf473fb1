"""The lives of interactions, offers and assignments: every transition, with its events in their order."""

from __future__ import annotations

from .codes import (
    MAX_VISITS,
    PRIORITY_DEFAULT,
    AssignmentState,
    Cause,
    EventType,
    InteractionState,
    OfferState,
    OnExpiry,
    Overflow,
    Presence,
    QueueField,
    Setting,
    TimerKind,
)
from .reference_staff import Staff
from .reference_state import Agent, Assignment, Interaction, Offer, Queue

NO_ANSWER = 1  # slot of the builtin reason
MISSES_BEFORE_AGENT_IS_BLAMELESS = 2


class Life(Staff):
    """The state with everything that happens to work."""

    # ------------------------------------------------------------------ interactions

    def begin_waiting(self, interaction: Interaction) -> None:
        """It waits, and what its plan says about that is seen to before the next pair is made."""
        interaction.state = InteractionState.WAITING
        self.unsettle(interaction)

    def unsettle(self, interaction: Interaction) -> None:
        if interaction not in self.unsettled:
            self.unsettled.append(interaction)

    def place(self, interaction: Interaction, priority: int = PRIORITY_DEFAULT) -> None:
        """Give it the place that its queue and tier promise; a priority of its own stays as it is."""
        if priority != PRIORITY_DEFAULT:
            interaction.priority, interaction.has_own_priority = priority, True
        elif not interaction.has_own_priority:
            interaction.priority = interaction.queue[QueueField.PRIORITY]
        interaction.due_ns = self.due(interaction)

    def set_priority(self, interaction: Interaction, priority: int, has_own: bool, cause: Cause) -> None:
        old, interaction.priority, interaction.has_own_priority = interaction.priority, priority, has_own
        self.tell_priority(interaction, old, cause)

    def tell_priority(self, interaction: Interaction, old: int, cause: Cause) -> None:
        if old != interaction.priority:
            self.emit(EventType.PRIORITY_CHANGED, cause, interaction=interaction, x=interaction.priority, y=old)

    def return_interaction(self, interaction: Interaction, cause: Cause) -> None:
        """Put it back at its old place: since, due and sequence number have never changed."""
        self.begin_waiting(interaction)
        since_ns, due_ns = interaction.since_ns, interaction.due_ns
        self.emit(EventType.INTERACTION_RETURNED, cause, interaction=interaction, x=since_ns, y=due_ns)

    def hold(self, interaction: Interaction, until_ns: int, cause: Cause) -> None:
        """Take it out of the line until then."""
        interaction.state = InteractionState.HELD
        self.disarm(interaction, TimerKind.PLAN)
        self.disarm(interaction, TimerKind.HOLD)
        self.arm(interaction, TimerKind.HOLD, until_ns)
        self.figure(interaction).held += 1
        self.emit(EventType.INTERACTION_HELD, cause, interaction=interaction, y=until_ns)

    def release(self, interaction: Interaction, cause: Cause) -> None:
        """HELD or SCHEDULED is over: it waits, at its old place; misses count from nothing again."""
        self.disarm(interaction, TimerKind.HOLD)
        if interaction.state == InteractionState.SCHEDULED:
            interaction.entered_ns = self.at_ns
            interaction.since_ns = min(interaction.since_ns, self.at_ns)
            interaction.due_ns = self.due(interaction)
            self.prefer_last_agent(interaction)
        interaction.misses = interaction.blamed = 0
        self.begin_waiting(interaction)
        since_ns, due_ns = interaction.since_ns, interaction.due_ns
        self.emit(EventType.INTERACTION_RELEASED, cause, interaction=interaction, x=since_ns, y=due_ns)

    def prefer_last_agent(self, interaction: Interaction) -> None:
        """Whoever served the customer last may be waited for, if the queue says so and it is nobody's yet."""
        _, agent = self.customers.get(interaction.customer, (0, None))
        limit_ns = interaction.queue[QueueField.PREFER_LAST_NS]
        if agent and limit_ns and not interaction.addressed:
            interaction.addressed, interaction.addressed_until_ns = agent, self.at_ns + limit_ns

    def give_up(self, interaction: Interaction) -> None:
        """It has missed too often: nobody answers it, so it must not empty the floor."""
        queue = interaction.queue
        policy, to = queue[QueueField.ON_HELD], queue[QueueField.HELD_TO]
        if policy == Overflow.REJECT:
            self.reject(interaction, Cause.MISSES)
        elif policy == Overflow.MOVE and self.may_move(interaction, self.queues[to]):
            interaction.misses = interaction.blamed = 0
            self.begin_waiting(interaction)
            self.move(interaction, self.queues[to], Cause.MISSES)
        else:
            self.hold(interaction, self.at_ns + queue[QueueField.HELD_NS], Cause.MISSES)

    def overflow(self, interaction: Interaction, to: int, cause: Cause) -> bool:
        """Move it to another queue if that may be; say whether it was."""
        if not self.may_move(interaction, self.queues[to]):
            return False
        self.move(interaction, self.queues[to], cause)
        return True

    def move(self, interaction: Interaction, queue: Queue, cause: Cause, priority: int = PRIORITY_DEFAULT) -> None:
        """Go to another queue, with the old wait: since stays, the entry clock and the plan begin anew."""
        left, old = interaction.queue, interaction.priority
        self.figure(interaction).moved += 1
        self.disarm(interaction, TimerKind.PLAN)
        interaction.queue = queue
        if queue not in interaction.visited and len(interaction.visited) < MAX_VISITS:
            interaction.visited.append(queue)
        interaction.step, interaction.entered_ns, interaction.waited_out = 0, self.at_ns, False
        self.place(interaction, priority)
        self.figure(interaction).moved_in += 1
        self.emit(EventType.INTERACTION_MOVED, cause, interaction=interaction, x=left.slot, y=interaction.due_ns)
        self.tell_priority(interaction, old, cause)
        if interaction.state == InteractionState.WAITING:
            self.unsettle(interaction)

    def reject(self, interaction: Interaction, cause: Cause) -> None:
        self.figure(interaction).rejected += 1
        wait_ns = self.at_ns - interaction.since_ns
        self.emit(EventType.INTERACTION_REJECTED, cause, interaction=interaction, x=wait_ns)
        self.end_interaction(interaction, InteractionState.REJECTED)

    def abandon(self, interaction: Interaction, cause: Cause) -> None:
        """The customer hangs up before anybody has answered, or the system gives the interaction up."""
        self.withdraw_offers(interaction, cause)
        wait_ns = max(0, self.at_ns - interaction.since_ns)
        figure = self.figure(interaction)
        figure.abandoned += 1
        figure.abandoned_in_target += wait_ns <= interaction.queue[QueueField.TARGET_NS]
        self.emit(EventType.INTERACTION_ABANDONED, cause, interaction=interaction, x=wait_ns)
        self.end_interaction(interaction, InteractionState.ABANDONED)

    def end_interaction(self, interaction: Interaction, state: InteractionState) -> None:
        interaction.state = state
        interaction.cool_downs.clear()
        for kind in (TimerKind.COOL_DOWN, TimerKind.PLAN, TimerKind.HOLD):
            self.disarm(interaction, kind)
        self.remember_interaction(interaction)

    # ------------------------------------------------------------------ offers

    def offer_to(self, interaction: Interaction, agents: list[Agent]) -> None:
        """Offer it to these agents at once; an AUTO_ACCEPT queue takes the first one's word for granted."""
        queue = interaction.queue
        interaction.state = InteractionState.OFFERED
        self.disarm(interaction, TimerKind.PLAN)
        for agent in agents:
            deadline_ns = self.at_ns + queue[QueueField.OFFER_NS]
            offer = self.new_offer(interaction, agent)
            self.arm(offer, TimerKind.OFFER, deadline_ns)
            self.load_changed(agent)
            self.figure(interaction).offers_made += 1
            self.emit(EventType.OFFER_MADE, offer=offer, x=self.at_ns - interaction.since_ns, y=deadline_ns)
        if queue[QueueField.AUTO_ACCEPT]:
            self.accept_offer(interaction.offers[0], Cause.AUTOMATIC)

    def end_offer(self, offer: Offer, state: OfferState) -> None:
        """Take a pending offer from both sides; it is remembered so that late answers can be told."""
        offer.state = state
        self.disarm(offer, TimerKind.OFFER)
        offer.interaction.offers.remove(offer)
        offer.agent.offers.remove(offer)
        self.remember_offer(offer)
        if state != OfferState.ACCEPTED:
            self.load_changed(offer.agent)

    def accept_offer(self, offer: Offer, cause: Cause) -> Assignment:
        """The first accept wins: the offer becomes an assignment, the others of a shared one are revoked."""
        interaction, agent, queue = offer.interaction, offer.agent, offer.interaction.queue
        self.end_offer(offer, OfferState.ACCEPTED)
        interaction.state = InteractionState.ASSIGNED
        interaction.round_missed = False
        interaction.cool_downs.clear()
        self.disarm(interaction, TimerKind.COOL_DOWN)
        assignment = self.new_assignment(offer)
        offer.assignment_handle, offer.assignment_seq = assignment.handle, assignment.seq
        deadline_ns = self.at_ns + queue[QueueField.MAX_HANDLE_NS]
        self.arm(assignment, TimerKind.HANDLE, deadline_ns)
        self.load_changed(agent)
        self.restart_idle(agent)
        self.count_handled(agent)
        if interaction.customer:
            self.remember_customer(interaction.customer, assignment.seq, agent)
        wait_ns = self.at_ns - interaction.since_ns
        self.figure(interaction).count_answer(wait_ns, queue[QueueField.TARGET_NS])
        self.emit(EventType.OFFER_ACCEPTED, cause, offer=offer, assignment=assignment, x=wait_ns, y=deadline_ns)
        self.withdraw_offers(interaction, Cause.TAKEN)
        return assignment

    def withdraw_offers(self, interaction: Interaction, cause: Cause) -> None:
        """Revoke an interaction's pending offers, without a return: it goes elsewhere."""
        for offer in list(interaction.offers):
            self.emit(EventType.OFFER_REVOKED, cause, offer=offer)
            self.figure(interaction).offers_revoked += 1
            offer.taken = cause == Cause.TAKEN
            self.end_offer(offer, OfferState.REVOKED)
        interaction.round_missed = False

    def miss(self, offer: Offer, state: OfferState, event: EventType, cause: Cause, cool_down_ns: int = 0) -> None:
        """A declined, expired or failed offer: the pair cools down; the interaction returns after the last one."""
        interaction = offer.interaction
        until_ns = self.at_ns + (cool_down_ns or interaction.queue[QueueField.COOL_DOWN_NS])
        self.emit(event, offer=offer, y=until_ns)
        self.end_offer(offer, state)
        self.count_miss(interaction)
        self.add_cool_down(interaction, offer.agent, until_ns)
        self.end_round(interaction, cause)

    @staticmethod
    def count_miss(interaction: Interaction) -> None:
        """A round of offers counts one miss, to however many agents it went."""
        interaction.misses += not interaction.round_missed
        interaction.round_missed = True

    def end_round(self, interaction: Interaction, cause: Cause) -> None:
        """When no offer of the round is left, the interaction returns, or is given up after too many misses."""
        if interaction.offers:
            return
        missed, interaction.round_missed = interaction.round_missed, False
        if missed and interaction.misses >= interaction.queue[QueueField.MAX_OFFERS]:
            self.give_up(interaction)
        else:
            self.return_interaction(interaction, cause)

    def offer_expires(self, offer: Offer) -> None:
        """Nobody answered: the agent is probably away, unless this interaction is hard to deliver."""
        interaction, agent = offer.interaction, offer.agent
        blames = interaction.queue[QueueField.ON_EXPIRY] == OnExpiry.NOT_READY
        blames = blames and interaction.misses - interaction.round_missed < MISSES_BEFORE_AGENT_IS_BLAMELESS
        blames = blames and interaction.blamed < MISSES_BEFORE_AGENT_IS_BLAMELESS  # a shared offer expires many times
        self.figure(interaction).offers_expired += 1
        self.miss(offer, OfferState.EXPIRED, EventType.OFFER_EXPIRED, Cause.EXPIRED)
        if blames and agent.presence == Presence.AVAILABLE:
            interaction.blamed += 1
            self.change_presence(agent, Presence.NOT_READY, NO_ANSWER, Cause.NO_ANSWER)
            self.revoke_offers(agent, Cause.NO_ANSWER)

    def revoke_offers(self, agent: Agent, cause: Cause) -> None:
        """End an agent's pending offers without a cool-down; their interactions return."""
        for offer in list(agent.offers):
            self.emit(EventType.OFFER_REVOKED, cause, offer=offer)
            self.figure(offer.interaction).offers_revoked += 1
            self.end_offer(offer, OfferState.REVOKED)
            self.end_round(offer.interaction, Cause.REVOKED)

    def add_cool_down(self, interaction: Interaction, agent: Agent, until_ns: int) -> None:
        if len(interaction.cool_downs) >= self.settings[Setting.MAX_COOL_DOWNS]:
            interaction.cool_downs.remove(min(interaction.cool_downs, key=lambda entry: entry[1]))
        interaction.cool_downs.append((agent, until_ns))
        self.arm_cool_down(interaction)

    def arm_cool_down(self, interaction: Interaction) -> None:
        """Keep the interaction's one cool-down timer at the earliest end; leave it if that is unmoved."""
        first_ns = min((until_ns for _, until_ns in interaction.cool_downs), default=-1)
        self.rearm(interaction, TimerKind.COOL_DOWN, first_ns)

    def cool_downs_end(self, interaction: Interaction) -> None:
        left = [(agent, until_ns) for agent, until_ns in interaction.cool_downs if until_ns > self.at_ns]
        ended = len(interaction.cool_downs) - len(left)
        interaction.cool_downs[:] = left
        self.arm_cool_down(interaction)
        self.emit(EventType.COOL_DOWN_ENDED, interaction=interaction, x=ended)

    # ------------------------------------------------------------------ assignments

    def end_talk(self, assignment: Assignment, cause: Cause) -> None:
        """ACTIVE ends: the interaction is COMPLETED, or transferred; the agent wraps up or is free."""
        interaction = assignment.interaction
        handle_ns = self.at_ns - assignment.accepted_ns
        figure = self.figures_of(assignment.queue, assignment.tier)
        figure.handle_ns += handle_ns
        if cause != Cause.TRANSFER:
            figure.completed += 1
            self.emit(EventType.INTERACTION_COMPLETED, cause, assignment=assignment, x=handle_ns)
            self.end_interaction(interaction, InteractionState.COMPLETED)
        interaction.assignment = None
        self.disarm(assignment, TimerKind.HANDLE)
        wrap_up_ns = assignment.queue[QueueField.WRAP_UP_NS]
        if wrap_up_ns == 0:
            self.end_assignment(assignment, cause)
            return
        assignment.state = AssignmentState.WRAP_UP
        assignment.wrap_up_ns = self.at_ns
        self.arm(assignment, TimerKind.WRAP_UP, self.at_ns + wrap_up_ns)
        self.emit(EventType.WRAP_UP_STARTED, cause, assignment=assignment, y=self.at_ns + wrap_up_ns)

    def end_assignment(self, assignment: Assignment, cause: Cause) -> None:
        """The assignment is over and its units are free."""
        agent = assignment.agent
        wrap_up_ns = 0
        if assignment.state == AssignmentState.WRAP_UP:
            wrap_up_ns = self.at_ns - assignment.wrap_up_ns
            self.figures_of(assignment.queue, assignment.tier).wrap_up_ns += wrap_up_ns
        else:
            assignment.interaction.assignment = None
        self.emit(EventType.ASSIGNMENT_ENDED, cause, assignment=assignment, x=wrap_up_ns)
        self.disarm(assignment, TimerKind.HANDLE)
        self.disarm(assignment, TimerKind.WRAP_UP)
        assignment.state = AssignmentState.ENDED
        self.forget_assignment(assignment)
        self.restart_idle(agent)
        self.load_changed(agent)

    def return_work(self, agent: Agent, cause: Cause) -> None:
        """The agent is gone: talks go back to their old places, wrap-ups end."""
        for assignment in list(agent.assignments):
            interaction = assignment.interaction
            active = assignment.state == AssignmentState.ACTIVE
            self.end_assignment(assignment, cause)
            if active:
                self.figure(interaction).returned += 1
                self.return_interaction(interaction, cause)

    def media_failed(self, assignment: Assignment) -> None:
        """Accepted, but the two were never connected: a miss after all, and the old place."""
        interaction, offer = assignment.interaction, assignment.offer
        until_ns = self.at_ns + interaction.queue[QueueField.COOL_DOWN_NS]
        self.end_assignment(assignment, Cause.FAILED)
        if self.offers.get(offer.handle) is offer:
            offer.state, offer.assignment_handle, offer.assignment_seq = OfferState.FAILED, 0, 0
            self.emit(EventType.OFFER_FAILED, offer=offer, y=until_ns)
        else:
            self.emit(EventType.OFFER_FAILED, interaction=interaction, agent=assignment.agent, y=until_ns)
        figure = self.figure(interaction)
        figure.offers_failed += 1
        figure.returned += 1
        self.count_miss(interaction)
        self.add_cool_down(interaction, assignment.agent, until_ns)
        self.end_round(interaction, Cause.FAILED)
