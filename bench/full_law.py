"""The second job, *the full law*: all that the router has to look at, in an overloaded center.

A floor of agents with eight skills of fifty each serves sixty queues on three channels: voice takes all of an
agent, up to three chats go on at once, e-mail is laid aside for both. Every queue widens its circle after 10 and
20 seconds. Agents are chosen by their occupancy; an offer is accepted after some seconds, or declined, or it rings
out; a talk is followed by wrap-up, which the agent ends or the queue's limit does. People take breaks, renew their
leases, are away when it rings; customers give up. Whoever leaves is replaced, so that the given number waits.

An interaction takes about seven commands. A rehearsal draws them (in Python, some 10 µs each), then another router
gets the same ones from C, and only that is timed: its acceptances and its state must be those of the rehearsal.
"""

from __future__ import annotations

import gc
import heapq
import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from statistics import median
from time import perf_counter_ns
from typing import Final

import numpy as np
from numpy.typing import NDArray

from acdcore.router import (
    Cause,
    Command,
    Core,
    Event,
    EventType,
    Item,
    ItemKind,
    Op,
    Presence,
    QueueField,
    Setting,
    TierField,
)
from acdcore.router.batch import COMMAND
from acdcore.router.codes import REPLACE, SINCE_NOW, ChannelField
from acdcore.router.reference import Reference

from . import replay

SECOND_NS: Final = 10**9
STANDARD: Final = (
    *((agents, 300) for agents in (100, 1_000, 10_000)),
    *((1_000, waiting) for waiting in (10_000, 100_000, 1_000_000)),
)
"""How many agents there are and how many wait."""
USUAL: Final = (1_000, 300)
"""What is not said of a size of which the other is."""
SKILLS: Final = 50
SKILLS_EACH: Final = 8
QUEUES: Final = ((0, 36), (1, 16), (2, 8))
"""How many queues there are of each channel: voice, chat, e-mail."""
TIERS: Final = ((1_000_000, 0), (1_000_000, 30), (500_000, 90))
"""Of each tier the target factor in millionths and the head start in seconds."""
OFFER_S: Final = 15
LEASE_S: Final = 600
RENEWED_AFTER_S: Final = 200.0
WRAP_UP_S: Final = (20, 10, 5)
"""By channel: when the router ends a wrap-up."""
TALK_S: Final = (180.0, 300.0, 240.0)
"""By channel: the mean."""
RING_S: Final = 4.0
"""The mean of an accepted offer."""
ACCEPTED: Final = 0.90
DECLINED: Final = 0.95
"""Of all offers this share is accepted or declined; the others ring out."""
WRAPPED: Final = 0.6
"""The share of wrap-ups that the agent ends before the router does."""
BREAKS: Final = 0.02
"""How many assignments end with a break."""
BREAK_S: Final = 300.0
AWAY_S: Final = 30.0
"""How long whoever missed an offer is away."""
GIVE_UP: Final = 0.06
"""How many of those waiting give up for each who comes."""
SETTLING: Final = 40
"""Commands for each agent until the floor's pattern no longer depends on the start."""


Progress = Callable[[str], None]
"""Is told what is about to be done."""


@dataclass(frozen=True)
class Plan:
    """What is to be measured.

    Attributes:
        sizes: how many agents, how many waiting.
        events: commands in a round.
        rounds: how many are timed, one after the other.
        seed: of everything that is drawn.
        claims: whether calls past due claim agents whose chats leave them no room.
    """

    sizes: tuple[tuple[int, int], ...] = STANDARD
    events: int = 100_000
    rounds: int = 5
    seed: int = 1
    claims: bool = False


@dataclass(frozen=True)
class FullLaw:
    """What a run of the full law has shown.

    Attributes:
        agents: how many.
        waiting: how many interactions wait.
        commands: how many were timed, in all rounds.
        rounds_ns: ns a command in each round.
        commands_an_interaction: how many commands it took to bring one to its end.
        at_work: the share of the agents signed in who had work in hand at the end.
        mix: how often each operation was timed, by name.
        events: how often each event occurred, by name.
        checksum: of all timed acceptances, who got what, in order.
        state_hash: of the router at the end.
    """

    agents: int
    waiting: int
    commands: int
    rounds_ns: tuple[float, ...]
    commands_an_interaction: float
    at_work: float
    mix: dict[str, int]
    events: dict[str, int]
    checksum: str
    state_hash: str

    @property
    def ns(self) -> float:
        """The median of the rounds, in ns a command."""
        return median(self.rounds_ns)


def define(core: Core | Reference, agents: int, seed: int, *, claims: bool = False) -> None:
    """Define the center, nobody signed in; deterministic in the seed."""
    draw = random.Random(f"{seed} definitions")

    def give(op: Op, name: bytes, items: Iterable[tuple[int, int, int]] = (), flags: int = 0) -> None:
        answer = core.apply(Command(op, 0, name=name, items=tuple(Item(*item) for item in items), flags=flags))
        if answer.code:
            raise RuntimeError(f"{op.name} {name!r}: {answer}")

    def fields(**values: int) -> list[tuple[int, int, int]]:
        return [(ItemKind.FIELD, QueueField[name], value) for name, value in values.items()]

    lease = (ItemKind.FIELD, Setting.LEASE_NS, LEASE_S * SECOND_NS)
    give(Op.CONFIGURE, b"", [lease, (ItemKind.FIELD, Setting.MAX_INTERACTIONS, 10_000_000)])
    for skill in range(SKILLS):
        give(Op.DEFINE_SKILL, b"skill %d" % skill)
    for tier, (factor, ahead_s) in enumerate(TIERS):
        promise = {TierField.TARGET_FACTOR_PPM: factor, TierField.HEAD_START_NS: ahead_s * SECOND_NS}
        give(Op.DEFINE_TIER, b"tier %d" % tier, [(ItemKind.FIELD, *one) for one in promise.items()])
    chat = [(ItemKind.FIELD, ChannelField.COST, 33), (ItemKind.FIELD, ChannelField.MOST, 3)]
    give(Op.DEFINE_CHANNEL, b"chat", chat)
    give(Op.DEFINE_CHANNEL, b"e-mail")
    give(Op.DEFINE_CHANNEL, b"chat", [*chat, (ItemKind.MAY_INTERRUPT, 2, 1)], REPLACE)
    give(Op.DEFINE_CHANNEL, b"voice", [(ItemKind.MAY_INTERRUPT, 2, 1)], REPLACE)
    skilled = [
        [(skill, draw.randint(1, 10)) for skill in draw.sample(range(SKILLS), SKILLS_EACH)] for _ in range(agents)
    ]
    for channel, count in QUEUES:
        for number in range(count):
            policy = fields(
                CHANNEL=channel,
                TARGET_NS=(20, 30, 120)[channel] * SECOND_NS,
                OFFER_NS=OFFER_S * SECOND_NS,
                WRAP_UP_NS=WRAP_UP_S[channel] * SECOND_NS,
                CLAIMS=int(claims),
            )
            (first, level), (second, _) = draw.sample(draw.choice(skilled), 2)
            plan = [
                (ItemKind.REQUIRE, first, level),
                (ItemKind.REQUIRE, second, 1),
                (ItemKind.STEP, 0, 10 * SECOND_NS),
                (ItemKind.REQUIRE, first, 1),
                (ItemKind.PREFER, second, 1),
                (ItemKind.STEP, 0, 20 * SECOND_NS),
                (ItemKind.ANY_OF, first, 1),
                (ItemKind.OR, second, 1),
            ]
            give(Op.DEFINE_QUEUE, b"queue %d of %d" % (number, channel), [*policy, *plan])
    for agent, mine in enumerate(skilled):
        give(Op.DEFINE_AGENT, b"agent %d" % agent, [(ItemKind.HAS_SKILL, skill, level) for skill, level in mine])
    core.drain()


class Crowd:
    """A set of handles of which one may be drawn."""

    def __init__(self) -> None:
        self.handles: list[int] = []
        self.places: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self.handles)

    def add(self, handle: int) -> None:
        """Add one who is not in it."""
        self.places[handle] = len(self.handles)
        self.handles.append(handle)

    def discard(self, handle: int) -> None:
        """Remove one, if in it."""
        place = self.places.pop(handle, -1)
        if place >= 0:
            last = self.handles.pop()
            if last != handle:
                self.handles[place] = last
                self.places[last] = place

    def drawn(self, draw: random.Random) -> int:
        """Return one of them."""
        return self.handles[int(draw.random() * len(self.handles))]


class Rehearsal:
    """The floor and its customers: draws what happens, has a router do it, and keeps the commands."""

    def __init__(self, agents: int, waiting: int, seed: int, *, claims: bool = False) -> None:
        self.draw = random.Random(f"{seed} floor")
        self.core = Core()
        self.now_ns = 0
        self.most = waiting
        self.rows: list[tuple[int, ...]] = []
        self.future: list[tuple[int, int, Callable[[int], None], int]] = []
        self.planned = 0
        self.waiting, self.pending = Crowd(), set[int]()
        self.channel_of = [channel for channel, count in QUEUES for _ in range(count)]
        self.seen: Counter[int] = Counter()
        self.checksum = 0
        define(self.core, agents, seed, claims=claims)
        self._fill(waiting)
        for agent in range(agents):
            self.now_ns += 1_000_000
            self.send(Op.SIGN_IN, agent=agent, x=Presence.AVAILABLE)
            self.plan(self.draw.random() * RENEWED_AFTER_S, self._renew, agent)

    def _fill(self, waiting: int) -> None:
        """Let everybody come while nobody is there yet, and wait until all have reached their last step."""
        for _ in range(waiting):
            self.now_ns += 20_000
            self._arrive()
        for _ in range(2_500):
            self.now_ns += SECOND_NS // 100
            self.send(Op.ADVANCE)

    # ------------------------------------------------------------------ what happens

    def run(self, commands: int) -> NDArray[np.void]:
        """Go on for so many commands; return all since the last call."""
        until = len(self.rows) + commands
        while len(self.rows) < until:
            if len(self.waiting) < self.most:
                self.now_ns += int(self.draw.expovariate(1 / 50_000))
                if self.draw.random() < GIVE_UP and self.waiting:
                    self.send(Op.CANCEL, target=self.waiting.drawn(self.draw), x=Cause.CUSTOMER)
                self._arrive()
            else:
                self._next()
        rows = np.array(self.rows, np.dtype(COMMAND))
        self.rows.clear()
        return rows

    def _next(self) -> None:
        """Do what is planned next, or tell the router the time when something is due before that."""
        due_ns = self.core.next_deadline_ns()
        if self.future and (due_ns < 0 or self.future[0][0] < due_ns):
            at_ns, _, act, what = heapq.heappop(self.future)
            self.now_ns = max(self.now_ns, at_ns)
            act(what)
        else:
            self.now_ns = max(self.now_ns, due_ns)
            self.send(Op.ADVANCE)

    def plan(self, after_s: float, act: Callable[[int], None], what: int) -> None:
        """Plan what is done with something, some seconds from now."""
        self.planned += 1
        heapq.heappush(self.future, (self.now_ns + int(after_s * SECOND_NS), self.planned, act, what))

    def send(self, op: Op, *, target: int = 0, queue: int = -1, tier: int = -1, agent: int = -1, x: int = 0) -> None:
        """Have the router run a command that it must accept, keep it, and see what comes of it.

        Reactions only plan: a command from one of them would come before the events that follow.
        """
        command = Command(op, self.now_ns, target, queue, tier, agent, x=x)
        answer = self.core.apply(command)
        if answer.code:
            raise RuntimeError(f"the full law: {command}: {answer}")
        self.rows.append(
            (self.now_ns, 0, 0, target, x, 0, 0, op, queue, tier, agent, command.priority, command.flags, 0, 0)
        )
        for event in self.core.drain():
            self.seen[event.type] += 1
            if event.type in REACTIONS:
                REACTIONS[event.type](self, event)

    # ------------------------------------------------------------------ customers

    def _arrive(self) -> None:
        queue = int(self.draw.random() ** 2 * len(self.channel_of))  # some are far busier than others
        queue = queue * 7 % len(self.channel_of)
        tier = self.draw.choices((0, 1, 2), (80, 15, 5))[0]
        self.send(Op.ENQUEUE, queue=queue, tier=tier, x=SINCE_NOW)

    def waits(self, event: Event) -> None:
        """Somebody waits, or waits again."""
        self.waiting.add(event.interaction)

    def waits_no_more(self, event: Event) -> None:
        """Somebody has left, or is set aside."""
        self.waiting.discard(event.interaction)

    # ------------------------------------------------------------------ agents

    def rings(self, event: Event) -> None:
        """Some accept, some decline, some are away."""
        self.waiting.discard(event.interaction)
        self.pending.add(event.offer)
        lot = self.draw.random()
        if lot < DECLINED:
            act = self._accept if lot < ACCEPTED else self._decline
            self.plan(min(self.draw.expovariate(1 / RING_S), OFFER_S - 1.0), act, event.offer)

    def rings_no_more(self, event: Event) -> None:
        """An offer has come to its end."""
        self.pending.discard(event.offer)

    def talks(self, event: Event) -> None:
        """An offer was accepted: the two talk for a while."""
        self.pending.discard(event.offer)
        self.checksum = replay.accepted(self.checksum, event.interaction, event.agent)
        mean_s = TALK_S[self.channel_of[event.queue]]
        self.plan(1.0 + self.draw.expovariate(1 / mean_s), self._complete, event.interaction)

    def wraps_up(self, event: Event) -> None:
        """Some are ready before the queue's limit."""
        if self.draw.random() < WRAPPED:
            limit_s = WRAP_UP_S[self.channel_of[event.queue]]
            self.plan(limit_s * (0.1 + 0.8 * self.draw.random()), self._end_wrap_up, event.assignment)

    def is_free(self, event: Event) -> None:
        """An assignment has ended: now and then the agent takes a break."""
        if self.draw.random() < BREAKS:
            self.plan(0.0, self._take_break, event.agent)

    def is_away(self, event: Event) -> None:
        """Whoever missed an offer comes back after a while."""
        if event.x == Presence.NOT_READY and event.cause == Cause.NO_ANSWER:
            self.plan(AWAY_S, self._come_back, event.agent)

    def _accept(self, offer: int) -> None:
        if offer in self.pending:
            self.send(Op.ACCEPT, target=offer)

    def _decline(self, offer: int) -> None:
        if offer in self.pending:
            self.send(Op.DECLINE, target=offer)

    def _complete(self, interaction: int) -> None:
        self.send(Op.COMPLETE, target=interaction, x=Cause.AGENT)

    def _end_wrap_up(self, assignment: int) -> None:
        self.send(Op.END_WRAP_UP, target=assignment)

    def _take_break(self, agent: int) -> None:
        self.send(Op.SET_PRESENCE, agent=agent, x=Presence.NOT_READY)
        self.plan(self.draw.expovariate(1 / BREAK_S), self._come_back, agent)

    def _come_back(self, agent: int) -> None:
        self.send(Op.SET_PRESENCE, agent=agent, x=Presence.AVAILABLE)

    def _renew(self, agent: int) -> None:
        self.send(Op.RENEW_LEASE, agent=agent)
        self.plan(RENEWED_AFTER_S, self._renew, agent)

    def at_work(self, agents: int) -> float:
        """Return the share of agents who have work in hand, of those who are not away."""
        found = [agent for agent in map(self.core.agent, range(agents)) if agent is not None]
        there = [agent for agent in found if agent.presence == Presence.AVAILABLE]
        return sum(bool(agent.assignments) for agent in there) / max(1, len(there))


REACTIONS: Final[dict[int, Callable[[Rehearsal, Event], None]]] = {
    EventType.INTERACTION_ENQUEUED: Rehearsal.waits,
    EventType.INTERACTION_RETURNED: Rehearsal.waits,
    EventType.INTERACTION_RELEASED: Rehearsal.waits,
    EventType.INTERACTION_ABANDONED: Rehearsal.waits_no_more,
    EventType.INTERACTION_HELD: Rehearsal.waits_no_more,
    EventType.OFFER_MADE: Rehearsal.rings,
    EventType.OFFER_ACCEPTED: Rehearsal.talks,
    EventType.OFFER_DECLINED: Rehearsal.rings_no_more,
    EventType.OFFER_EXPIRED: Rehearsal.rings_no_more,
    EventType.OFFER_REVOKED: Rehearsal.rings_no_more,
    EventType.OFFER_FAILED: Rehearsal.rings_no_more,
    EventType.WRAP_UP_STARTED: Rehearsal.wraps_up,
    EventType.ASSIGNMENT_ENDED: Rehearsal.is_free,
    EventType.PRESENCE_CHANGED: Rehearsal.is_away,
}


def planned(
    agents: Sequence[int] = (),
    waiting: Sequence[int] = (),
    *,
    events: int | None = None,
    rounds: int | None = None,
    seed: int = 1,
    claims: bool = False,
) -> Plan:
    """Return what to measure: all combinations of some sizes, or without any the standard ones.

    Raises ValueError when nobody is to be there, or nobody to wait.
    """
    sizes = tuple(product(agents or USUAL[:1], waiting or USUAL[1:])) if agents or waiting else STANDARD
    for count, line in sizes:
        if count < 1 or line < 1:
            raise ValueError(f"agents, waiting: {count}, {line} is too few; allowed: 1 or more of each")
    return Plan(sizes, events or Plan.events, rounds or Plan.rounds, seed, claims)


def run_full_law(plan: Plan, progress: Progress | None = None) -> list[FullLaw]:
    """Run the full law for every size; ``progress`` is told what is about to be done."""
    return [one_full_law(agents, waiting, plan, progress) for agents, waiting in plan.sizes]


def one_full_law(agents: int, waiting: int, plan: Plan, progress: Progress | None = None) -> FullLaw:
    """Rehearse one size of center, then time the same commands on another router.

    Raises RuntimeError when the two routers disagree.
    """
    if progress:
        progress(f"{agents:,} agents, {waiting:,} waiting: rehearsal")
    rehearsal = Rehearsal(agents, waiting, plan.seed, claims=plan.claims)
    warm = rehearsal.run(SETTLING * agents)
    rehearsal.seen.clear()
    rehearsal.checksum = 0
    timed = [rehearsal.run(plan.events) for _ in range(plan.rounds)]
    seen, expected = rehearsal.seen, (rehearsal.checksum, rehearsal.core.state_hash())
    at_work = rehearsal.at_work(agents)
    del rehearsal
    gc.collect()
    if progress:
        progress(f"{agents:,} agents, {waiting:,} waiting: measurement")
    core = Core()
    define(core, agents, plan.seed, claims=plan.claims)
    replay.apply_all(core, warm.view(np.uint8))
    checksum, rounds_ns = 0, []
    for rows in timed:
        flat = rows.view(np.uint8)
        started = perf_counter_ns()
        checksum = replay.run(core, flat, checksum)
        rounds_ns.append((perf_counter_ns() - started) / len(rows))
    if (checksum, core.state_hash()) != expected:
        raise RuntimeError(
            f"{agents} agents, {waiting} waiting: the router did not do what it had done in the rehearsal"
        )
    ended = seen[EventType.INTERACTION_COMPLETED] + seen[EventType.INTERACTION_ABANDONED]
    operations = Counter(int(op) for rows in timed for op in rows["op"])
    commands = operations.total()
    return FullLaw(
        agents=agents,
        waiting=waiting,
        commands=commands,
        rounds_ns=tuple(rounds_ns),
        commands_an_interaction=commands / max(1, ended),
        at_work=at_work,
        mix={Op(op).name: count for op, count in operations.most_common()},
        events={EventType(event).name: count for event, count in seen.most_common()},
        checksum=f"{checksum:016x}",
        state_hash=f"{core.state_hash():016x}",
    )
