"""Looking at the reference router without changing it: views, figures and the invariants of the law."""

from __future__ import annotations

from abc import abstractmethod

from . import batch
from .arithmetic import OCCUPANCY_ONE
from .codes import (
    ENDS,
    MAX_VISITS,
    NONE,
    UNITS,
    AssignmentState,
    InteractionState,
    Kind,
    OfferState,
    Presence,
    Setting,
    TimerKind,
)
from .records import (
    AgentView,
    AssignmentView,
    CenterView,
    ChannelView,
    Figures,
    InteractionView,
    OfferView,
    QueueView,
    RequirementView,
    StepView,
)
from .reference_state import ANYBODY, Agent, Interaction, Offer, State, Timer


class Views(State):
    """The state with its outside: what both routers answer when asked."""

    @abstractmethod
    def check_pairing(self) -> None:
        """Assert that no pair is left that may be made."""

    @abstractmethod
    def check_gates(self) -> None:
        """Assert that every gate stands as it should."""

    # ------------------------------------------------------------------ names

    def find(self, kind: Kind, name: bytes) -> int:
        """Return the slot (or, for an interaction, the handle) that has a name; -1 when none has."""
        if kind == Kind.INTERACTION:
            return self.names[name].handle if name in self.names else -1
        names = self._names(kind)
        return names.index(name) if name in names else -1

    def name(self, kind: Kind, which: int) -> bytes:
        """Return the name of a slot (or an interaction's handle); empty when there is none."""
        if kind == Kind.INTERACTION:
            return self.interactions[which].name if which in self.interactions else b""
        names = self._names(kind)
        return names[which] if 0 <= which < len(names) else b""

    def _names(self, kind: Kind) -> list[bytes]:
        match kind:
            case Kind.SKILL:
                return self.skills
            case Kind.REASON:
                return self.reasons
            case Kind.TIER:
                return [tier.name for tier in self.tiers]
            case Kind.CHANNEL:
                return [channel.name for channel in self.channels]
            case Kind.QUEUE:
                return [queue.name for queue in self.queues]
            case Kind.AGENT:
                return [agent.name for agent in self.agents]
        raise ValueError(
            f"kind: {kind!r} has no names; allowed: SKILL, REASON, TIER, CHANNEL, QUEUE, AGENT, INTERACTION"
        )

    # ------------------------------------------------------------------ views

    def setting(self, setting: Setting) -> int:
        """Return the value of one of the center's settings."""
        return self.settings[Setting(setting)]

    def tier(self, slot: int) -> tuple[bytes, int, int, int] | None:
        """Return (name, target factor in millionths, head start in ns, rank), or None."""
        if not 0 <= slot < len(self.tiers):
            return None
        tier = self.tiers[slot]
        return tier.name, tier.target_factor_ppm, tier.head_start_ns, tier.rank

    def queue(self, slot: int) -> QueueView | None:
        """Return a queue's definition, or None."""
        if not 0 <= slot < len(self.queues):
            return None
        queue = self.queues[slot]
        plan = [
            StepView(step.after_ns, RequirementView(*step.requirement), tuple(step.fields.values()), step.is_open)
            for step in queue.plan
        ]
        fields = tuple(queue.fields.values())
        target_ns, priority, strategy, offer_ns, wrap_up_ns, cool_down_ns, most, max_handle_ns, *_ = fields
        overrides = sorted((tier, factor, head_start) for tier, (factor, head_start) in queue.overrides.items())
        queued = len(self.queued(queue))
        return QueueView(
            slot,
            queue.name,
            target_ns,
            priority,
            strategy,
            offer_ns,
            wrap_up_ns,
            cool_down_ns,
            most,
            max_handle_ns,
            fields,
            tuple(plan),
            tuple(overrides),
            queue.is_open,
            queued,
        )

    def channel(self, slot: int) -> ChannelView | None:
        """Return a channel's definition, or None."""
        if not 0 <= slot < len(self.channels):
            return None
        one = self.channels[slot]
        return ChannelView(slot, one.name, one.cost, one.most, one.exclusive_wrap_up, tuple(sorted(one.interrupts)))

    def agent(self, slot: int) -> AgentView | None:
        """Return an agent as it stands, or None."""
        if not 0 <= slot < len(self.agents):
            return None
        agent = self.agents[slot]
        return AgentView(
            slot,
            agent.name,
            agent.presence,
            agent.reason,
            agent.next_presence,
            agent.state,
            agent.units,
            agent.load,
            tuple(offer.handle for offer in agent.offers),
            tuple(assignment.handle for assignment in agent.assignments),
            agent.occupancy,
            agent.occupancy_ns,
            agent.sign_in_seq,
            self.deadline(agent, TimerKind.LEASE),
            tuple(agent.skills.items()),
            agent.claim.handle if agent.claim else 0,
            agent.handled,
            tuple(sum(held is channel for held, _ in agent.held) for channel in self.channels),
            tuple(min(one.most, agent.limits.get(one.slot, one.most)) for one in self.channels),
        )

    def interaction(self, handle: int) -> InteractionView | None:
        """Return an interaction, live or remembered, or None."""
        one = self.interactions.get(handle)
        if one is None:
            return None
        agents = [offer.agent.slot for offer in one.offers]
        if one.served_by and one.state in (InteractionState.ASSIGNED, InteractionState.COMPLETED):
            agents = [one.served_by.slot]
        return InteractionView(
            handle,
            one.seq,
            one.name,
            one.state,
            one.queue.slot,
            one.tier.slot,
            one.priority,
            one.since_ns,
            one.due_ns,
            one.misses,
            tuple(offer.handle for offer in one.offers),
            one.assignment.handle if one.assignment else 0,
            agents[0] if agents else -1,
            one.step,
            one.entered_ns,
            one.addressed.slot if one.addressed else -1,
            one.addressed_until_ns,
            one.claim.slot if one.claim else -1,
            max(self.deadline(one, TimerKind.PLAN), self.deadline(one, TimerKind.HOLD)),
        )

    def offer(self, handle: int) -> OfferView | None:
        """Return an offer, pending or remembered, or None."""
        one = self.offers.get(handle)
        if one is None:
            return None
        return OfferView(
            handle, one.seq, one.state, one.interaction.handle, one.agent.slot, one.deadline_ns, one.assignment_handle
        )

    def assignment(self, handle: int) -> AssignmentView | None:
        """Return an assignment that has not ended, or None."""
        one = self.assignments.get(handle)
        if one is None:
            return None
        kind = TimerKind.HANDLE if one.state == AssignmentState.ACTIVE else TimerKind.WRAP_UP
        return AssignmentView(
            handle,
            one.seq,
            one.state,
            one.interaction.handle,
            one.agent.slot,
            one.queue.slot,
            one.accepted_ns,
            self.deadline(one, kind),
        )

    def figures(self, queue: int, tier: int) -> Figures:
        """Return the counters of a (queue, tier); raise IndexError when there is no such queue or tier."""
        if queue < 0 or tier < 0:
            raise IndexError(f"no queue {queue} or no tier {tier}")
        which, of = self.queues[queue], self.tiers[tier]
        counted = self.figures_of(which, of)
        states = [one.state for one in self.interactions.values() if one.queue is which and one.tier is of]
        return Figures(
            counted.enqueued,
            counted.answered,
            counted.in_target,
            counted.abandoned,
            counted.abandoned_in_target,
            counted.completed,
            counted.offers_made,
            counted.offers_declined,
            counted.offers_expired,
            counted.offers_revoked,
            counted.offers_failed,
            counted.returned,
            counted.moved,
            counted.moved_in,
            counted.held,
            counted.expired,
            counted.rejected,
            counted.wait_ns,
            counted.handle_ns,
            counted.wrap_up_ns,
            states.count(InteractionState.WAITING),
            states.count(InteractionState.OFFERED),
            states.count(InteractionState.ASSIGNED),
            states.count(InteractionState.HELD),
            states.count(InteractionState.SCHEDULED),
            tuple(counted.wait_bins),
        )

    def wait_edges(self) -> tuple[int, ...]:
        """Return the upper edges of the wait histograms in ns, each inclusive, in order."""
        return tuple(self.wait_edges_ns)

    def waiting_since(self, queue: int, tier: int) -> int:
        """Return the earliest ``since_ns`` of what is WAITING in a (queue, tier), or -1."""
        waiting = [one for one in self.waiting() if (one.queue.slot, one.tier.slot) == (queue, tier)]
        return min((one.since_ns for one in waiting), default=-1)

    def center(self) -> CenterView:
        """Return the center's clock, sequences and sizes."""
        return CenterView(
            self.now_ns,
            self.event_seq,
            self.interactions_seen,
            self.offers_seen,
            self.assignments_seen,
            self.sign_ins,
            self.armings,
            len(self.skills),
            len(self.reasons),
            len(self.tiers),
            len(self.queues),
            len(self.agents),
            len(self.live_requirements()),
            self.live,
            len(self.ended_interactions),
            len(self.ended_offers),
            len(self.answers),
            len(self.customers),
            len(self.channels),
            len(self.timers),
        )

    # ------------------------------------------------------------------ invariants

    def check_some(self, place: int, most: int) -> int:
        """Check everything: the reference is small. Returns 0: a round is over."""
        batch.check_part(place, most)
        self.check_invariants()
        return 0

    def check_invariants(self) -> None:
        """Assert the promises of the law that can be seen in one state; raise AssertionError otherwise."""
        for interaction in self.interactions.values():
            self._check_interaction(interaction)
        for offer in self.offers.values():
            self._check_offer(offer)
        for agent in self.agents:
            self._check_agent(agent)
        for assignment in self.assignments.values():
            kind = TimerKind.HANDLE if assignment.state == AssignmentState.ACTIVE else TimerKind.WRAP_UP
            assert self.deadline(assignment, kind) >= 0, "an assignment has no deadline"
            assert assignment in assignment.agent.assignments
        for timer in self.timers:
            self._check_timer(timer)
        for pool in [*(group.pool for group in self.groups.values()), self.pool]:
            members = [one for one in self.agents if one.ready and pool in (one.group.pool, self.pool)]
            assert pool.count == len(members), "a pool counts others than its ready members"
            if not members:
                assert pool.value == pool.load == 0
        for queue in self.queues:
            for step in queue.plan:
                assert step.is_open or step.has_gate, "a step without a gate is closed"
        for group in self.groups.values():
            members = [one for one in self.agents if one.group is group]
            assert members and group.members == len(members), "a group miscounts, or has no members"
        assert not self.unsettled, "somebody's plan has not been seen to"
        self.check_pairing()
        self.check_gates()

    def _check_interaction(self, one: Interaction) -> None:
        pending, assigned = bool(one.offers), one.assignment is not None
        held = one.state in (InteractionState.HELD, InteractionState.SCHEDULED)
        assert pending == (one.state == InteractionState.OFFERED)
        assert assigned == (one.state == InteractionState.ASSIGNED)
        assert held == (self.deadline(one, TimerKind.HOLD) >= 0), "held for ever, or by nobody"
        assert one.state == InteractionState.WAITING or self.deadline(one, TimerKind.PLAN) < 0
        if one.state in ENDS:
            assert not one.cool_downs and one in self.ended_interactions
        assert len(one.offers) <= 16 and len({offer.agent for offer in one.offers}) == len(one.offers)
        assert one.claim is None or (one.claim.claim is one and one.state == InteractionState.WAITING)
        assert one.addressed or one.addressed_until_ns == NONE
        assert len(one.visited) >= 1 and (len(one.visited) <= MAX_VISITS or one.state in ENDS)
        assert one.round_missed <= pending
        assert len(one.cool_downs) <= 64
        ends = [until_ns for _, until_ns in one.cool_downs]
        assert self.deadline(one, TimerKind.COOL_DOWN) == min(ends, default=-1)
        assert not one.name or self.names[one.name] is one
        assert one.since_ns <= self.now_ns or one.state in (InteractionState.SCHEDULED, InteractionState.ABANDONED)

    def _check_offer(self, offer: Offer) -> None:
        if offer.state == OfferState.PENDING:
            assert offer in offer.interaction.offers and offer in offer.agent.offers
            assert self.deadline(offer, TimerKind.OFFER) == offer.deadline_ns
        else:
            assert offer in self.ended_offers and offer not in offer.agent.offers
            assert (offer.state == OfferState.ACCEPTED) == bool(offer.assignment_handle)

    def _check_agent(self, agent: Agent) -> None:
        held = {channel for channel, _ in agent.held}
        shielded = {slot for channel in held for slot in channel.interrupts}
        burden = sum(units for channel, units in agent.held if channel.slot not in shielded)
        assert 0 <= burden <= UNITS, "an agent holds more than it has"
        assert agent.claim is None or agent.claim.claim is agent
        assert agent.load == agent.assigned_units
        assert agent.ready == (agent.presence == Presence.AVAILABLE or agent.units > 0)
        assert 0 <= agent.occupancy <= OCCUPANCY_ONE
        if agent.presence in (Presence.OFFLINE, Presence.NOT_READY):
            assert not agent.offers, "an agent who is not there has an offer"
        if agent.presence == Presence.DRAINING:
            assert agent.units > 0, "a drain without work has not ended"
        if agent.presence == Presence.OFFLINE:
            armed = self.deadline(agent, TimerKind.GRACE) >= 0
            assert armed == bool(agent.assignments), "work is held for an agent who is gone, for ever"

    def _check_timer(self, timer: Timer) -> None:
        steps = [step for queue in self.queues for step in queue.plan]
        owners = [*steps, *self.offers.values(), *self.interactions.values(), *self.assignments.values(), *self.agents]
        assert timer.owner in owners, "a timer outlives its owner"
        assert timer.arming_seq <= self.armings

    def live_requirements(self) -> set[object]:
        """Return the different requirements that are in use: by plans, and by what has not ended."""
        live: set[object] = {step.requirement for queue in self.queues for step in queue.plan}
        return live | {one.extra for one in self.unended() if one.extra != ANYBODY}
