"""The law's questions, answered once more from what an observer knows: who may serve whom, who is first.

Written from the law as it is told to people, not from the router: what the two have in common is the words.
"""

from __future__ import annotations

from fractions import Fraction

from acdcore.router import Cause, Presence, QueueField, Result, Setting, Strategy, TierField
from acdcore.router.arithmetic import fold, name_hash
from acdcore.router.codes import Order, Overflow, StepField
from observer_world import ALL_BY_OCCUPANCY, NONE, Line, Person, Seen, Stage, Wanted, World, measures

OCCUPANCY_TOLERANCE = 1e-6
"""The router counts time in ticks of 2**-30 half-lives and rounds down at every change of load."""


class Law(World):
    """The world, and what the law says about it."""

    # ------------------------------------------------------------------ who may serve whom

    @staticmethod
    def holds(line: Line, step: int) -> Wanted:
        """Return the requirement that holds in a step: of the latest up to it that states one and is open."""
        return [stage.wanted for stage in line.plan[: step + 1] if stage.is_open and not stage.keeps][-1]

    def in_force(self, seen: Seen) -> Wanted:
        """Return the requirement that holds for an interaction."""
        return self.holds(self.queues[seen.queue], seen.step)

    def medium(self, seen: Seen) -> int:
        """Return the channel of an interaction."""
        return self.queues[seen.queue][QueueField.CHANNEL]

    def most(self, agent: Person, channel: int) -> int:
        """Return how many at once the agent takes on a channel."""
        most = self.channels[channel].most
        return min(most, agent.limits.get(channel, most))

    def in_the_way(self, agent: Person, channel: int) -> list[int]:
        """Return the units of what the channel may not interrupt."""
        return [one.units for one in agent.holds.values() if one.channel not in self.channels[channel].interrupts]

    def has_room(self, agent: Person, channel: int) -> bool:
        """Say whether the agent is there, and not at the channel's most."""
        taken = sum(one.channel == channel for one in agent.holds.values())
        return agent.presence == Presence.AVAILABLE and taken < self.most(agent, channel)

    def has_units(self, agent: Person, channel: int) -> bool:
        """Say whether the units are there."""
        return sum(self.in_the_way(agent, channel)) + self.channels[channel].cost <= 100

    def fits(self, agent: Person, channel: int) -> bool:
        """Say whether the agent may be offered something on a channel now, claims aside."""
        offers = sum(one.phase == "offer" for one in agent.holds.values())
        blocked = any(
            one.phase == "wrap_up" and self.channels[one.channel].is_exclusive for one in agent.holds.values()
        )
        fits = self.has_room(agent, channel) and self.has_units(agent, channel)
        return fits and offers < agent.open_offers and not blocked

    def suits(self, agent: Person, seen: Seen) -> bool:
        """Say whether it is this agent's kind of work."""
        if seen.addressed != NONE:
            return self.agents[seen.addressed] is agent
        return self.in_force(seen).suits(agent.skills) and seen.wanted.suits(agent.skills)

    def banned(self, agent: Person, seen: Seen) -> bool:
        """Say whether the pair cools down."""
        return (seen.handle, self.agents.index(agent)) in self.bans

    def may_but_for_reserves(self, agent: Person, seen: Seen) -> bool:
        """Say whether the pair may be made, reserves aside."""
        free = agent.claim in (0, seen.handle) and not self.banned(agent, seen)
        return free and self.suits(agent, seen) and self.fits(agent, self.medium(seen))

    def is_reserved(self, seen: Seen) -> bool:
        """Say whether the queue's reserve keeps agents from this interaction now."""
        line = self.queues[seen.queue]
        if seen.addressed != NONE or self.tiers[seen.tier][TierField.RANK] >= line[QueueField.RESERVE_RANK]:
            return False
        return line[QueueField.RESERVE] > 0 and seen.due_ns + line[QueueField.RESERVE_OPENS_NS] > self.now_ns

    def may_serve(self, agent: Person, seen: Seen) -> bool:
        """Say whether the pair may be made."""
        if not self.may_but_for_reserves(agent, seen):
            return False
        if agent.claim == seen.handle or not self.is_reserved(seen):
            return True
        able = sum(self.may_but_for_reserves(one, seen) for one in self.agents)
        return able > self.queues[seen.queue][QueueField.RESERVE]

    # ------------------------------------------------------------------ who is first

    def rank(self, seen: Seen) -> tuple[object, ...]:
        """Return the key of interactions, the smallest first."""
        if self.settings[Setting.ORDER] == Order.PROPORTIONAL:
            promise_ns, head_ns = self.promise(seen)
            when = -Fraction(self.now_ns - seen.since_ns + head_ns, max(1, promise_ns))
        else:
            when = Fraction(seen.due_ns)
        return seen.addressed == NONE, -seen.priority, when, seen.since_ns, seen.seq

    def ranks_before(self, one: Person, other: Person, seen: Seen) -> bool:
        """Say whether the queue's strategy puts one clearly before the other."""
        strategy = self.queues[seen.queue][QueueField.STRATEGY]
        first, second = self._first_keys(one, seen, strategy), self._first_keys(other, seen, strategy)
        if first != second:
            return first < second
        if strategy in ALL_BY_OCCUPANCY:
            occupancies = self.occupancy(one), self.occupancy(other)
            if abs(occupancies[0] - occupancies[1]) > OCCUPANCY_TOLERANCE:
                return occupancies[0] < occupancies[1]
            if any(agent.has_worked for agent in self.agents):
                return False  # too close to tell, for somebody who counts in floating point
        return (one.idle_ns, one.sign_in) < (other.idle_ns, other.sign_in)

    def _first_keys(self, agent: Person, seen: Seen, strategy: int) -> tuple[int, ...]:
        wanted = (self.in_force(seen), seen.wanted)
        preferred = [skill for one in wanted for skill in one.preferred]
        level = agent.skills.get
        first = -sum(level(skill, 0) >= least for skill, least in preferred)
        if strategy == Strategy.BEST_SKILLED:
            clauses = [clause for one in wanted for clause in unique(one.clauses)]
            first = -sum(max(level(skill, 0) for skill, _ in clause) for clause in clauses)
            first -= sum(level(skill, 0) for skill, _ in preferred)
        match strategy:
            case Strategy.FEWEST_SKILLS:
                return first, len(agent.skills), agent.units, agent.load
            case Strategy.FEWEST_HANDLED:
                return first, agent.handled
            case Strategy.ROUND_ROBIN:
                return first, agent.last_offer
            case Strategy.RANDOM:
                return first, fold((self.settings[Setting.SEED], name_hash(agent.name), agent.offers_received))
            case Strategy.LONGEST_IDLE:
                return (first,)
        return first, agent.units, agent.load

    # ------------------------------------------------------------------ plans and doors

    def hopeless(self, line: Line, wanted: Wanted, extra: Wanted) -> bool:
        """Say whether nobody signed in could serve what a queue asks for."""
        return not any(self.could(agent, line, wanted, extra) for agent in self.agents)

    def could(self, agent: Person, line: Line, wanted: Wanted, extra: Wanted) -> bool:
        """Say whether an agent is signed in and has skills and channel."""
        signed_in = agent.presence != Presence.OFFLINE and self.most(agent, line[QueueField.CHANNEL]) > 0
        return signed_in and wanted.suits(agent.skills) and extra.suits(agent.skills)

    def may_skip(self, seen: Seen, may_leave: bool) -> bool:
        """Say whether the step an interaction is in may be skipped: for a better one, or for one that moves it now."""
        line, extra = self.queues[seen.queue], seen.wanted
        if not line.plan[seen.step].fields[StepField.SKIP] or not self.hopeless(line, self.in_force(seen), extra):
            return False
        later = range(seen.step + 1, len(line.plan))
        leads_on = may_leave and any(self._leads_on(seen, line.plan[one].fields[StepField.MOVE_TO]) for one in later)
        return leads_on or any(not self.hopeless(line, self.holds(line, one), extra) for one in later)

    def _leads_on(self, seen: Seen, queue: int) -> bool:
        return self.may_move(seen, queue) and not self.unstaffed(self.queues[queue], 0, seen.wanted)

    def may_move(self, seen: Seen, queue: int) -> bool:
        """Say whether overflow may take an interaction to a queue."""
        if queue == NONE or queue in seen.visited or len(seen.visited) >= 8:
            return False
        return self.door(queue, seen.wanted, seen.addressed != NONE) == Result.OK

    def unstaffed(self, line: Line, step: int, extra: Wanted) -> bool:
        """Say whether nobody signed in could serve now, nor later with all gates open, and no later step moves on."""
        if any(stage.moves for stage in line.plan[step + 1 :]):
            return False
        stated = [stage.wanted for stage in line.plan[: step + 1] if not stage.keeps][-1:]
        stated += [stage.wanted for stage in line.plan[step + 1 :] if not stage.keeps]
        return all(self.hopeless(line, wanted, extra) for wanted in [self.holds(line, step), *stated])

    def door(self, queue: int, extra: Wanted, is_addressed: bool) -> Result:
        """Say why a queue takes nobody in now, or OK."""
        line = self.queues[queue]
        if not line.is_open and line[QueueField.ON_CLOSED] != Overflow.WAIT:
            return Result.QUEUE_CLOSED
        if line[QueueField.ON_UNSTAFFED] != Overflow.WAIT and not is_addressed and self.unstaffed(line, 0, extra):
            return Result.QUEUE_UNSTAFFED
        return Result.QUEUE_FULL if len(self.queued(queue)) >= line[QueueField.MAX_WAITING] else Result.OK

    def ways_in(self, queue: int, extra: Wanted, is_addressed: bool) -> tuple[Result, list[tuple[int, int]]]:
        """Return what an ENQUEUE hears, with the queues it goes on to and why (or where it is refused)."""
        policies = {
            Result.QUEUE_CLOSED: (QueueField.ON_CLOSED, QueueField.CLOSED_TO, Cause.CLOSED),
            Result.QUEUE_UNSTAFFED: (QueueField.ON_UNSTAFFED, QueueField.UNSTAFFED_TO, Cause.UNSTAFFED),
            Result.QUEUE_FULL: (QueueField.ON_FULL, QueueField.FULL_TO, Cause.FULL),
        }
        hops: list[tuple[int, int]] = []
        been = [queue]
        while (answer := self.door(queue, extra, is_addressed)) != Result.OK:
            policy, to, cause = policies[answer]
            line = self.queues[queue]
            if line[policy] != Overflow.MOVE or line[to] in been or len(been) == 8:
                return answer, [(queue, cause)]
            queue = line[to]
            been.append(queue)
            hops.append((queue, cause))
        return Result.OK, hops

    # ------------------------------------------------------------------ gates

    def measure(self, queue: int, stage: Stage, which: StepField) -> int:
        """Return what a gate measures; NONE for the wait of nobody."""
        if which >= StepField.LENDER:
            queue = stage.fields[StepField.LENDER]
        line = self.queues[queue]
        if which in (StepField.WAITING, StepField.LENDER_WAITING):
            return len(self.queued(queue))
        if which in (StepField.WAIT_NS, StepField.LENDER_WAIT_NS):
            return max((self.now_ns - one.entered_ns for one in self.queued(queue)), default=NONE)
        wanted, channel = line.plan[0].wanted, line[QueueField.CHANNEL]
        if which == StepField.LENDER_FREE:
            return sum(wanted.suits(one.skills) and self.fits(one, channel) for one in self.agents)
        there = [one for one in self.agents if one.presence == Presence.AVAILABLE]
        return sum(self.could(one, line, wanted, Wanted()) for one in there)

    def gate_is_right(self, queue: int, stage: Stage) -> bool:
        """Say whether a gate stands as it should: asked for by its queue, allowed by the lender, with hysteresis."""
        asks: list[bool] = []
        allows: list[bool] = []
        for which in measures(stage):
            limit = stage.fields[which]
            closes = stage.fields[StepField(which + 1)]
            if stage.is_open and closes != NONE:
                limit = closes
            value = self.measure(queue, stage, which)
            rises = which in (StepField.WAITING, StepField.WAIT_NS, StepField.LENDER_FREE)
            (allows if which > StepField.LENDER else asks).append(value >= limit if rises else value <= limit)
        return stage.is_open == ((any(asks) or not asks) and all(allows))


def unique(clauses: list[list[tuple[int, int]]]) -> list[list[tuple[int, int]]]:
    """Return the clauses without repetitions: a requirement is a set of them."""
    return [list(clause) for clause in sorted({tuple(sorted(clause)) for clause in clauses})]
