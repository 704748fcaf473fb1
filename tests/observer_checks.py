"""The promises of the law as checks: of every offer, of every claim, and of how things stand after a command."""

from __future__ import annotations

from acdcore.router import Cause, Command, Presence, QueueField
from acdcore.router.codes import Op, Overflow
from observer_law import Law
from observer_world import NONE, Person, Seen, measures


class Checks(Law):
    """What is asserted while an observer watches."""

    def __init__(self) -> None:
        super().__init__()
        self.command = Command(Op.ADVANCE, 0)
        self.round: tuple[Seen, Person | None] | None = None

    # ------------------------------------------------------------------ offers

    def check_offer(self, seen: Seen, agent: Person) -> None:
        """The pair may be made, nobody who ranks before could have had the agent, nobody suits better."""
        is_next = self.round is not None and self.round[0] is seen  # a further agent of a shared offer
        if is_next:
            assert self.may_but_for_reserves(agent, seen), "shared with somebody who may not serve"
            left = [
                one for slot, one in enumerate(self.agents) if one is not agent and slot not in seen.offers.values()
            ]
            others = [one for one in left if self.may_but_for_reserves(one, seen)]
        else:
            assert seen.place == "waiting", "offered without waiting"
            assert self.may_serve(agent, seen), self._why_not(agent, seen)
            mine = self.rank(seen)
            for other in self.waiting():
                overtaken = other is not seen and self.rank(other) < mine and self.may_serve(agent, other)
                assert not overtaken, f"{seen.seq} overtook {other.seq} at agent {self.agents.index(agent)}"
            others = [one for one in self.agents if one is not agent and self.may_serve(one, seen)]
        for one in others:
            assert not self.ranks_before(one, agent, seen), (
                f"agent {self.agents.index(agent)} was offered {seen.seq}, but {self.agents.index(one)} ranks first"
            )

    def _why_not(self, agent: Person, seen: Seen) -> str:
        reasons = {
            "is not available": agent.presence != Presence.AVAILABLE,
            "lacks a skill, or is not the one addressed": not self.suits(agent, seen),
            "has no room": not self.fits(agent, self.medium(seen)),
            "cools down": self.banned(agent, seen),
            "is claimed by another": agent.claim not in (0, seen.handle),
        }
        why = [reason for reason, holds in reasons.items() if holds] or ["is reserved"]
        return f"{seen.seq} was offered to agent {self.agents.index(agent)}, who {' and '.join(why)}"

    def end_round(self) -> None:
        """A shared offer went to as many as the queue asks for, if there were so many."""
        if self.round is None:
            return
        (seen, last), self.round = self.round, None
        line = self.queues[seen.queue]
        most = 1 if line[QueueField.AUTO_ACCEPT] else line[QueueField.SHARED]
        assert len(seen.offers) <= most, "offered to more agents than the queue asks for"
        others = [one for slot, one in enumerate(self.agents) if slot not in seen.offers.values()]
        left = sum(self.may_but_for_reserves(one, seen) for one in others)
        if last is not None and len(seen.offers) < most:
            kept = line[QueueField.RESERVE] if self.is_reserved(seen) else 0
            assert left <= kept, "a shared offer left somebody out"
        if last is not None and len(seen.offers) > 1 and self.is_reserved(seen):
            assert left >= line[QueueField.RESERVE], "a shared offer took those who are reserved"

    def has_affinity(self, seen: Seen) -> bool:
        """Say whether the agent who serves this customer on another channel may have this interaction at once."""
        slot = self.customers.get(seen.customer, NONE)
        if slot == NONE or seen.place != "waiting" or not self.queues[seen.queue][QueueField.AFFINITY]:
            return False
        talks = [one for one in self.live.values() if one.place == "assigned" and one.customer == seen.customer]
        serves = any(-one.assignment in self.agents[slot].holds for one in talks)
        return serves and self.may_serve(self.agents[slot], seen)

    # ------------------------------------------------------------------ addresses and claims

    def why_address_ends(self, seen: Seen) -> Cause | None:
        """Return why it is no longer worth while to wait for the agent, or None."""
        agent, direct = self.agents[seen.addressed], seen.addressed_until_ns == NONE
        if not direct and seen.addressed_until_ns <= self.now_ns:
            return Cause.LIMIT
        if agent.presence == Presence.OFFLINE or not (direct or agent.presence == Presence.AVAILABLE):
            return Cause.ABSENT
        skilled = self.in_force(seen).suits(agent.skills) and seen.wanted.suits(agent.skills)
        if not (direct or skilled) or self.most(agent, self.medium(seen)) == 0:
            return Cause.UNFIT
        return Cause.DECLINED if self.banned(agent, seen) and not direct else None

    def claimable(self, seen: Seen) -> list[Person]:
        """Return the agents whom an interaction may claim now; nobody unless it is overdue and nobody has the units."""
        channel = self.medium(seen)
        cost, interrupts = self.channels[channel].cost, self.channels[channel].interrupts
        coarse = any(one.cost < cost and slot not in interrupts for slot, one in enumerate(self.channels))
        line = self.queues[seen.queue]
        if not (line[QueueField.CLAIMS] and coarse and seen.due_ns <= self.now_ns and seen.claim == NONE):
            return []
        suited = [one for one in self.agents if self.may_be_claimed(one, seen)]
        if any(self.has_units(one, channel) for one in suited):
            return []
        cheapest = min(one.cost for slot, one in enumerate(self.channels) if slot not in interrupts)
        found = []
        for agent in suited:  # whose gap would be refilled: something small still fits, or one end is not enough
            in_the_way = self.in_the_way(agent, channel)
            if sum(in_the_way) + cheapest <= 100 or sum(in_the_way) - min(in_the_way) + cost > 100:
                found.append(agent)
        return found

    def may_be_claimed(self, agent: Person, seen: Seen) -> bool:
        """Say whether the agent could serve, had they the units."""
        free = agent.claim in (0, seen.handle) and not self.banned(agent, seen)
        return free and self.suits(agent, seen) and self.has_room(agent, self.medium(seen))

    def check_claim(self, seen: Seen, agent: Person) -> None:
        """An overdue interaction claims, of those it may, the one with the least in the way."""
        assert seen.place == "waiting" and not agent.claim
        found = self.claimable(seen)
        assert agent in found, "claimed without need"
        load = {id(one): sum(self.in_the_way(one, self.medium(seen))) for one in found}
        first = min(found, key=lambda one: (load[id(one)], one.idle_ns, one.sign_in))
        assert first is agent, "claimed another than the one with the least in the way"

    # ------------------------------------------------------------------ how things stand

    @property
    def may_be_due(self) -> bool:
        """Whether the command may have left something that is due for the next one."""
        return self.command.op == Op.RESUME or (self.command.op == Op.ADVANCE and self.command.x > 0)

    def check_all(self, next_deadline_ns: int) -> None:
        """Check what holds after every command."""
        may_be_due = self.may_be_due
        deadlines = list(self.bans.values())
        for seen in self.live.values():
            deadlines += self._check_place(seen)
        for agent in self.agents:
            self._check_agent(agent)
            deadlines += [held.deadline_ns for held in agent.holds.values()]
        assert may_be_due or all(deadline_ns > self.now_ns for deadline_ns in deadlines), "something is overdue"
        if deadlines:
            woken = 0 <= next_deadline_ns <= min(deadlines) and (may_be_due or self.now_ns < next_deadline_ns)
            assert woken, "a deadline that nobody will wake the router for"
        for number, line in enumerate(self.queues):
            for stage in line.plan:
                right = not measures(stage) or self.gate_is_right(number, stage)
                assert right, f"a gate of queue {number} stands as it should not"
        self._check_work_conservation()

    def _check_place(self, seen: Seen) -> list[int]:
        """One place at a time; return the deadlines by which something becomes of it."""
        assert seen.place in ("waiting", "offered", "assigned", "held", "scheduled"), seen.place
        assert bool(seen.offers) == (seen.place == "offered")
        assert bool(seen.assignment) == (seen.place == "assigned")
        line = self.queues[seen.queue]
        for offer, slot in seen.offers.items():
            assert self.agents[slot].holds[offer].interaction == seen.handle
        if seen.place in ("held", "scheduled"):
            return [seen.until_ns]
        if seen.place != "waiting":
            return []
        assert seen.has_own or seen.priority == line[QueueField.PRIORITY]
        deadlines = [seen.entered_ns + one.after_ns for one in line.plan[seen.step + 1 : seen.step + 2]]
        if line[QueueField.MAX_WAIT_NS]:
            end_ns = seen.entered_ns + line[QueueField.MAX_WAIT_NS]
            if end_ns > self.now_ns:
                deadlines.append(end_ns)
            elif not self.may_be_due:
                assert line[QueueField.ON_MAX_WAIT] == Overflow.MOVE, "it waits longer than the longest wait"
        if seen.addressed != NONE:
            is_due = self.may_be_due and 0 <= seen.addressed_until_ns <= self.now_ns
            assert is_due or self.why_address_ends(seen) is None, "it waits for an agent in vain"
            if seen.addressed_until_ns != NONE:
                deadlines.append(seen.addressed_until_ns)
            return deadlines
        assert not self.may_skip(seen, may_leave=False), "it waits in a hopeless step"
        return deadlines

    def _check_agent(self, agent: Person) -> None:
        """What is held, less what another held thing may interrupt, is at most all there is."""
        channels = {held.channel for held in agent.holds.values()}
        shielded = {slot for channel in channels for slot in self.channels[channel].interrupts}
        burden = sum(held.units for held in agent.holds.values() if held.channel not in shielded)
        assert burden <= 100, "an agent holds more than it has"
        offers = [held for held in agent.holds.values() if held.phase == "offer"]
        assert not offers or agent.presence in (Presence.AVAILABLE, Presence.DRAINING), "an offer to nobody"
        for handle, held in agent.holds.items():
            if held.phase == "offer":
                assert handle in self.live[held.interaction].offers
        assert agent.presence != Presence.DRAINING or agent.holds, "a drain without work has not ended"

    def _check_work_conservation(self) -> None:
        """No pair is left that may be made, and no claim."""
        for seen in self.waiting():
            for slot, agent in enumerate(self.agents):
                assert not self.may_serve(agent, seen), f"{seen.seq} waits although agent {slot} may serve it"
            assert not self.claimable(seen), f"{seen.seq} is overdue and claims nobody"
