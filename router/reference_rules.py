"""Who may serve whom now, and who ranks first: the part of the law that only looks.

Everything here is a question about the state. The answers are computed anew each time, from nothing but
the definitions and who holds what; the compiled router keeps indices that must say the same.
"""

from __future__ import annotations

from fractions import Fraction

from . import arithmetic
from .arithmetic import fold, name_hash
from .codes import (
    MAX_VISITS,
    NONE,
    PPM,
    UNITS,
    AssignmentState,
    InteractionState,
    Order,
    Overflow,
    Presence,
    QueueField,
    Result,
    Setting,
    StepField,
    Strategy,
)
from .reference_state import (
    ANYBODY,
    LENDER_MEASURES,
    OWN_MEASURES,
    Agent,
    Channel,
    Group,
    Interaction,
    Queue,
    Requirement,
    Step,
    Tier,
    has,
)
from .reference_views import Views

BY_OCCUPANCY = (Strategy.LEAST_OCCUPIED, Strategy.BEST_SKILLED, Strategy.FEWEST_SKILLS)


class Rules(Views):
    """The law's questions."""

    # ------------------------------------------------------------------ the promise and the plan

    def promise(self, queue: Queue, tier: Tier) -> tuple[int, int]:
        """Return the time in which a tier is promised an answer by this queue, and its head start, in ns."""
        own_factor, own_head_start = queue.overrides.get(tier.slot, (NONE, NONE))
        factor = tier.target_factor_ppm if own_factor == NONE else own_factor
        head_start_ns = tier.head_start_ns if own_head_start == NONE else own_head_start
        return queue[QueueField.TARGET_NS] * factor // PPM, head_start_ns

    def due(self, interaction: Interaction) -> int:
        """Return the moment by which the promise is to be kept."""
        promise_ns, head_start_ns = self.promise(interaction.queue, interaction.tier)
        return interaction.since_ns + promise_ns - head_start_ns

    @staticmethod
    def basis(queue: Queue, number: int) -> Requirement:
        """Return the requirement of a step, its gate aside; one that keeps it has that of the step before."""
        while queue.plan[number].keeps:
            number -= 1
        return queue.plan[number].requirement

    @staticmethod
    def holds(queue: Queue, number: int) -> Requirement:
        """Return the requirement that holds in a step: of the latest up to it that states one and is open."""
        steps = queue.plan[: number + 1]
        return next(step for step in reversed(steps) if step.is_open and not step.keeps).requirement

    def in_force(self, interaction: Interaction) -> Requirement:
        """Return the requirement that holds for an interaction now."""
        return self.holds(interaction.queue, interaction.step)

    # ------------------------------------------------------------------ agents and their capacity

    @staticmethod
    def limit(agent: Agent, channel: Channel) -> int:
        """Return how many at once the agent takes on the channel; 0: none ever."""
        return min(channel.most, agent.limits.get(channel.slot, channel.most))

    @staticmethod
    def in_the_way(agent: Agent, channel: Channel) -> list[int]:
        """Return the units of everything held that the channel may not interrupt."""
        return [units for held, units in agent.held if held.slot not in channel.interrupts]

    def has_room(self, agent: Agent, channel: Channel) -> bool:
        """Say whether the agent is AVAILABLE and not at the channel's most, units aside."""
        taken = sum(held is channel for held, _ in agent.held)
        return agent.presence == Presence.AVAILABLE and taken < self.limit(agent, channel)

    def has_units(self, agent: Agent, channel: Channel) -> bool:
        return sum(self.in_the_way(agent, channel)) + channel.cost <= UNITS

    def fits(self, agent: Agent, channel: Channel) -> bool:
        """Say whether the agent may be offered something on the channel, claims aside."""
        return (
            self.has_room(agent, channel)
            and self.has_units(agent, channel)
            and len(agent.offers) < agent.max_open_offers
            and not any(
                one.state == AssignmentState.WRAP_UP and one.channel.exclusive_wrap_up for one in agent.assignments
            )
        )

    # ------------------------------------------------------------------ who may serve whom

    def is_suited(self, agent: Agent, interaction: Interaction) -> bool:
        """Say whether this is the agent's kind of work: theirs by address, or by skills."""
        if interaction.addressed:
            return agent is interaction.addressed
        return self.in_force(interaction).allows(agent.skills) and interaction.extra.allows(agent.skills)

    @staticmethod
    def is_banned(agent: Agent, interaction: Interaction) -> bool:
        return any(banned is agent for banned, _ in interaction.cool_downs)

    def may_serve_but_for_reserves(self, agent: Agent, interaction: Interaction) -> bool:
        return (
            self.is_suited(agent, interaction)
            and self.fits(agent, self.channel_of(interaction))
            and agent.claim in (None, interaction)
            and not self.is_banned(agent, interaction)
        )

    def may_serve(self, agent: Agent, interaction: Interaction) -> bool:
        """Say whether the law allows this pair now."""
        if not self.may_serve_but_for_reserves(agent, interaction):
            return False
        if agent.claim is interaction or self.reserve_opens_ns(interaction) <= self.at_ns:
            return True
        free = sum(self.may_serve_but_for_reserves(other, interaction) for other in self.agents)
        return free > interaction.queue[QueueField.RESERVE]

    def reserve_opens_ns(self, interaction: Interaction) -> int:
        """Return from when on the queue's reserve does not keep agents from this interaction; NONE: always."""
        queue = interaction.queue
        if interaction.addressed or not queue[QueueField.RESERVE]:
            return NONE
        if interaction.tier.rank >= queue[QueueField.RESERVE_RANK]:
            return NONE
        return interaction.due_ns + queue[QueueField.RESERVE_OPENS_NS]

    # ------------------------------------------------------------------ who is there at all

    def could_serve(self, agent: Agent, requirement: Requirement, extra: Requirement, channel: Channel) -> bool:
        """Say whether the agent is signed in and has the skills and the channel, whatever they are doing."""
        skilled = requirement.allows(agent.skills) and extra.allows(agent.skills)
        return agent.presence != Presence.OFFLINE and skilled and self.limit(agent, channel) > 0

    def is_hopeless(self, queue: Queue, requirement: Requirement, extra: Requirement) -> bool:
        """Say whether nobody signed in could serve what a step of the queue requires."""
        channel = self.channels[queue[QueueField.CHANNEL]]
        return not any(self.could_serve(agent, requirement, extra, channel) for agent in self.agents)

    def may_skip(self, interaction: Interaction, may_leave: bool) -> bool:
        """Say whether its step is hopeless, may be skipped, and something later is better than to wait in it.

        What holds is judged, gates as they stand. Better is a step that is not hopeless, or with ``may_leave``
        one that moves it to a queue that takes it and where somebody could serve it.
        """
        queue, number, extra = interaction.queue, interaction.step, interaction.extra
        return (
            bool(queue.plan[number].fields[StepField.SKIP])
            and self.is_hopeless(queue, self.holds(queue, number), extra)
            and any(
                (may_leave and later.moves and self._leads_on(interaction, later))
                or not self.is_hopeless(queue, self.holds(queue, later.number), extra)
                for later in queue.plan[number + 1 :]
            )
        )

    def _leads_on(self, interaction: Interaction, step: Step) -> bool:
        """Say whether a step would move it now, to where somebody signed in could serve it."""
        queue = self.queues[step.fields[StepField.MOVE_TO]]
        return self.may_move(interaction, queue) and not self.is_unstaffed(queue, 0, interaction.extra)

    def is_unstaffed(self, queue: Queue, number: int, extra: Requirement) -> bool:
        """Say whether nobody signed in could serve now or in a later step, be its gate open or not.

        A queue whose plan moves on later is never called so: somebody may be there.
        """
        steps = range(number, len(queue.plan))
        requirements = [self.holds(queue, number), *(self.basis(queue, step) for step in steps)]
        return not any(step.moves for step in queue.plan[number + 1 :]) and all(
            self.is_hopeless(queue, requirement, extra) for requirement in requirements
        )

    # ------------------------------------------------------------------ doors

    def door(self, queue: Queue, extra: Requirement, is_addressed: bool) -> Result:
        """Return why a queue takes nobody in, or OK."""
        if not queue.is_open and queue[QueueField.ON_CLOSED] != Overflow.WAIT:
            return Result.QUEUE_CLOSED
        waits_unstaffed = is_addressed or queue[QueueField.ON_UNSTAFFED] == Overflow.WAIT
        if not waits_unstaffed and self.is_unstaffed(queue, 0, extra):
            return Result.QUEUE_UNSTAFFED
        if len(self.queued(queue)) >= queue[QueueField.MAX_WAITING]:
            return Result.QUEUE_FULL
        return Result.OK

    def may_move(self, interaction: Interaction, queue: Queue) -> bool:
        """Say whether overflow may take it there: once per queue, and through an open door."""
        if queue in interaction.visited or len(interaction.visited) >= MAX_VISITS:
            return False
        return self.door(queue, interaction.extra, interaction.addressed is not None) == Result.OK

    # ------------------------------------------------------------------ gates

    def oldest_entry_ns(self, queue: Queue) -> int:
        """Return when the one that has been in the queue longest entered it, or NONE."""
        return min((one.entered_ns for one in self.queued(queue)), default=NONE)

    def measure(self, step: Step, which: StepField) -> int:
        """Return what a gate's measure stands at.

        Claims are no part of it: a claim that shut the gate it came through would end, and be made again, for ever.
        """
        is_lender = which in LENDER_MEASURES
        queue = self.queues[step.fields[StepField.LENDER]] if is_lender else step.queue
        requirement, channel = queue.plan[0].requirement, self.channels[queue[QueueField.CHANNEL]]
        if which in (StepField.WAITING, StepField.LENDER_WAITING):
            return len(self.queued(queue))
        if which in (StepField.WAIT_NS, StepField.LENDER_WAIT_NS):
            oldest_ns = self.oldest_entry_ns(queue)
            return NONE if oldest_ns == NONE else self.at_ns - oldest_ns
        if which == StepField.LENDER_FREE:
            return sum(requirement.allows(one.skills) and self.fits(one, channel) for one in self.agents)
        return sum(
            one.presence == Presence.AVAILABLE and self.could_serve(one, requirement, ANYBODY, channel)
            for one in self.agents
        )

    @staticmethod
    def threshold(step: Step, which: StepField) -> int:
        """Return what a measure is compared with: once open, the value that closes, if there is one."""
        closes = step.fields[StepField(which + 1)]
        return closes if step.is_open and closes != NONE else step.fields[which]

    def wants_open(self, step: Step) -> bool:
        """Say whether the gate is to be open: its own queue asks for it, and the lender allows it."""
        own = [which for which in OWN_MEASURES if step.fields[which] != NONE]
        lenders = [which for which in LENDER_MEASURES if step.fields[which] != NONE]
        return (not own or any(self._passes(step, which) for which in own)) and all(
            self._passes(step, which) for which in lenders
        )

    def _passes(self, step: Step, which: StepField) -> bool:
        value, threshold = self.measure(step, which), self.threshold(step, which)
        if which in (StepField.WAITING, StepField.WAIT_NS, StepField.LENDER_FREE):
            return value >= threshold
        return value <= threshold

    def gate_deadline_ns(self, step: Step) -> int:
        """Return when time alone may turn the gate, or NONE."""
        if step.is_open:
            which, late = StepField.LENDER_WAIT_NS, 1
            queue = self.queues[step.fields[StepField.LENDER]] if step.fields[which] != NONE else step.queue
        else:
            which, late, queue = StepField.WAIT_NS, 0, step.queue
        if step.fields[which] == NONE:
            return NONE
        oldest_ns = self.oldest_entry_ns(queue)
        if oldest_ns == NONE:
            return NONE
        deadline_ns = oldest_ns + self.threshold(step, which) + late
        return deadline_ns if deadline_ns > self.at_ns else NONE

    # ------------------------------------------------------------------ claims

    def is_coarse(self, channel: Channel) -> bool:
        """Say whether some channel that this one may not interrupt costs less: then gaps may be refilled for ever."""
        return any(one.cost < channel.cost and one.slot not in channel.interrupts for one in self.channels)

    def may_claim(self, interaction: Interaction) -> bool:
        """Say whether it is past due and of the kind that claims agents."""
        return (
            interaction.claim is None
            and bool(interaction.queue[QueueField.CLAIMS])
            and interaction.due_ns <= self.at_ns
            and self.is_coarse(self.channel_of(interaction))
        )

    def may_be_claimed(self, agent: Agent, interaction: Interaction) -> bool:
        """Say whether the agent is the right one, had they the units."""
        return (
            self.is_suited(agent, interaction)
            and agent.claim in (None, interaction)
            and self.has_room(agent, self.channel_of(interaction))
            and not self.is_banned(agent, interaction)
        )

    def refills(self, agent: Agent, channel: Channel) -> bool:
        """Say whether what ends on the agent's hands may be made up for before the gap is wide enough.

        So it is while something small still fits in, and while the end of the smallest thing in the way
        would not free the units that are lacking.
        """
        in_the_way = self.in_the_way(agent, channel)
        cheapest = min(one.cost for one in self.channels if one.slot not in channel.interrupts)
        lacking = sum(in_the_way) + channel.cost - UNITS
        return bool(in_the_way) and (sum(in_the_way) + cheapest <= UNITS or min(in_the_way) < lacking)

    # ------------------------------------------------------------------ ranks

    def interaction_rank(self, interaction: Interaction) -> tuple[int | Fraction, ...]:
        """Return the key by which interactions rank, the first to be served being the smallest."""
        first = (interaction.addressed is None, -interaction.priority)
        last = (interaction.since_ns, interaction.seq)
        if self.settings[Setting.ORDER] == Order.DUE:
            return (*first, interaction.due_ns, *last)
        promise_ns, head_start_ns = self.promise(interaction.queue, interaction.tier)
        used = Fraction(self.at_ns - interaction.since_ns + head_start_ns, max(promise_ns, 1))
        return (*first, -used, *last)

    def agent_rank(self, agent: Agent, interaction: Interaction) -> tuple[int, ...]:
        """Return the key by which the queue's strategy ranks agents, the first to serve being the smallest."""
        strategy = interaction.queue[QueueField.STRATEGY]
        requirements = (self.in_force(interaction), interaction.extra)
        preferred = [skill for one in requirements for skill in one.preferred]
        first = -sum(has(agent.skills, skill) for skill in preferred)
        if strategy == Strategy.BEST_SKILLED:
            best = [
                max(agent.skills.get(skill, 0) for skill, _ in clause) for one in requirements for clause in one.any_of
            ]
            first = -sum(best) - sum(agent.skills.get(skill, 0) for skill, _ in preferred)
        second = len(agent.skills) if strategy == Strategy.FEWEST_SKILLS else 0
        return (first, second, *self._static_rank(agent, strategy), agent.idle_mark_ns, agent.sign_in_seq)

    def _static_rank(self, agent: Agent, strategy: int) -> tuple[int, ...]:
        """Return the part of the rank that stays as it is until the agent's load or offers change."""
        match strategy:
            case Strategy.FEWEST_HANDLED:
                return (agent.handled,)
            case Strategy.ROUND_ROBIN:
                return (agent.last_offer_seq,)
            case Strategy.RANDOM:
                return (fold((self.settings[Setting.SEED], name_hash(agent.name), agent.offers_received)),)
            case Strategy.LONGEST_IDLE:
                return ()
        half_life = self.settings[Setting.HALF_LIFE_NS]
        share = arithmetic.load_share(agent.load)
        key = arithmetic.occupancy_key(agent.occupancy, share, agent.occupancy_ns, half_life)
        return (agent.units, agent.load, *key)

    # ------------------------------------------------------------------ what holds between commands

    def ranked(self) -> list[Interaction]:
        """Return what is WAITING, the first to be served first."""
        return sorted(self.waiting(), key=self.interaction_rank)

    def check_pairing(self) -> None:
        """Assert work conservation, and that nobody waits in a step that may be skipped.

        After a RESUME that was refused, what has come due since the last trace still has to fire: say nothing then.
        """
        if self.now_ns < self.at_ns and any(timer.deadline_ns <= self.at_ns for timer in self.timers):
            return
        for interaction in self.waiting():
            for agent in self.agents:
                assert not self.may_serve(agent, interaction), (interaction.seq, agent.name)
            assert interaction.step < len(interaction.queue.plan)
            if not interaction.addressed:
                assert not self.may_skip(interaction, may_leave=False)
        for agent in self.agents:
            if agent.claim:
                assert agent.claim.claim is agent and agent.claim.state == InteractionState.WAITING
                assert self.may_be_claimed(agent, agent.claim)

    def check_gates(self) -> None:
        """Assert that every gate stands as it should."""
        for queue in self.queues:
            for step in queue.plan:
                if step.has_gate and self.now_ns == self.at_ns:
                    assert self.wants_open(step) == step.is_open, "a gate stands as it should not"

    def group_of(self, skills: dict[int, int], limits: dict[int, int]) -> Group:
        """Return the group of these skills and lacks, made at its first use."""
        lacks = tuple(sorted(channel for channel, most in limits.items() if most == 0))
        signature = (tuple(skills.items()), lacks)
        return self.groups.setdefault(signature, Group(signature))
