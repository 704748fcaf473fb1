"""Equal agents share the work equally under ``least_occupied``, and nobody gains by bouncing presence.

A day on one floor, played on the compiled router: calls of very unequal length come at random times, agents take
breaks. Every draw is seeded, so that the same day is lived under every strategy, with bouncing and without.
"""

from __future__ import annotations

import heapq
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import fmean, pstdev
from typing import Final

import pytest

from acdcore.router import Command, Core, EventType, Item, ItemKind, Kind, Op, Presence, QueueField, Setting, Strategy
from acdcore.router.codes import HOUR_NS, SECOND_NS, SINCE_NOW
from acdcore.router.records import AgentView

GUIDE: Final = Path(__file__).parents[1] / "docs" / "routing.md"
AGENTS: Final = 20
DAY_NS: Final = 8 * HOUR_NS
ARRIVALS_A_S: Final = 0.7 * AGENTS / 246
"""Calls that take seven tenths of the agents' time: their mean length is 246 s, half of them are shorter than 134 s."""
SEEDS: Final = (1, 2, 3, 4)
BOUNCER: Final = 0


@dataclass
class Person:
    """What an agent did: calls as (begin, length), and the time away, in ns."""

    calls: list[tuple[int, int]] = field(default_factory=list)
    away_ns: int = 0

    @property
    def occupancy(self) -> float:
        """Share of the time present that was spent at work."""
        return sum(length_ns for _, length_ns in self.calls) / (DAY_NS - self.away_ns)


class Floor:
    """Twenty equal agents, one queue, and a heap of what happens next."""

    def __init__(self, strategy: Strategy, seed: int, *, breaks: bool = True) -> None:
        self.core = Core()
        self.people = [Person() for _ in range(AGENTS)]
        self.talking: dict[int, int] = {}  # interaction -> agent
        self.left_ns: dict[int, int] = {}  # agent who is away -> since when
        self.to_come: list[tuple[int, int, str, int]] = []
        self.numbers = count()
        self.lengths_ns: list[int] = []  # of the calls
        self.breaks: list[tuple[int, int]] = []  # agent, length
        self.do(0, Op.DEFINE_TIER, name=b"standard")
        items = (Item(ItemKind.FIELD, QueueField.STRATEGY, strategy),)
        self.do(0, Op.DEFINE_QUEUE, name=b"calls", items=items)
        for slot in range(AGENTS):
            self.do(0, Op.DEFINE_AGENT, name=b"agent %d" % slot)
            self.do(0, Op.SIGN_IN, agent=slot, x=Presence.AVAILABLE)
        draw = random.Random(seed)
        at_s = draw.expovariate(ARRIVALS_A_S)
        while at_s * SECOND_NS < DAY_NS:
            self.plan(int(at_s * SECOND_NS), "call", len(self.lengths_ns))
            self.lengths_ns.append(int(draw.lognormvariate(4.9, 1.1) * SECOND_NS))
            at_s += draw.expovariate(ARRIVALS_A_S)
        for slot in range(AGENTS if breaks else 0):
            for hour in range(8):
                self.plan(int((hour + draw.random()) * HOUR_NS), "leave", len(self.breaks))
                self.breaks.append((slot, int(draw.uniform(60, 600) * SECOND_NS)))

    def plan(self, at_ns: int, what: str, which: int) -> None:
        """Let something happen later."""
        heapq.heappush(self.to_come, (at_ns, next(self.numbers), what, which))

    def do(self, now_ns: int, op: Op, **fields: object) -> None:
        """Run a command and answer at once what is offered."""
        answer = self.core.apply(Command(op, now_ns, **fields))  # type: ignore[arg-type]
        assert answer.code == 0, answer
        for event in self.core.drain():
            if event.type == EventType.OFFER_MADE:
                self.core.apply(Command(Op.ACCEPT, now_ns, target=event.offer))
                number = int(self.core.name(Kind.INTERACTION, event.interaction))
                length_ns = min(self.lengths_ns[number], DAY_NS - now_ns)
                self.people[event.agent].calls.append((now_ns, length_ns))
                self.talking[event.interaction] = event.agent
                self.plan(now_ns + length_ns, "end", event.interaction)

    def agent(self, slot: int) -> AgentView:
        """Return how an agent stands."""
        view = self.core.agent(slot)
        assert view is not None
        return view

    def is_idle(self, slot: int) -> bool:
        """Whether an agent is there and has nothing at hand."""
        view = self.agent(slot)
        return view.presence == Presence.AVAILABLE and not view.units

    def leave(self, now_ns: int, slot: int, presence: Presence = Presence.NOT_READY) -> None:
        """An agent goes away, for whom nothing may be at hand."""
        self.left_ns[slot] = now_ns
        self.do(now_ns, Op.SET_PRESENCE, agent=slot, x=presence)

    def come_back(self, now_ns: int, slot: int) -> None:
        """An agent who is away comes back."""
        self.people[slot].away_ns += now_ns - self.left_ns.pop(slot)
        op = Op.SIGN_IN if self.agent(slot).presence == Presence.OFFLINE else Op.SET_PRESENCE
        self.do(now_ns, op, agent=slot, x=Presence.AVAILABLE)

    def live(self, before: Callable[[Floor, int], None] | None = None) -> list[Person]:
        """Live the day, with something done before everything that happens; return what everybody did."""
        while self.to_come and self.to_come[0][0] < DAY_NS:
            now_ns, _, what, which = heapq.heappop(self.to_come)
            if before is not None:
                before(self, now_ns)
            if what == "call":
                self.do(now_ns, Op.ENQUEUE, queue=0, tier=0, x=SINCE_NOW, name=b"%d" % which)
            elif what == "end":
                del self.talking[which]
                self.do(now_ns, Op.COMPLETE, target=which, x=1)
            elif what == "return":
                self.come_back(now_ns, which)
            elif self.is_idle(self.breaks[which][0]):
                slot, length_ns = self.breaks[which]
                self.leave(now_ns, slot)
                self.plan(now_ns + length_ns, "return", slot)
            else:  # after the talk at hand, or the break before
                self.plan(now_ns + 20 * SECOND_NS, what, which)
        for slot in list(self.left_ns):
            self.people[slot].away_ns += DAY_NS - self.left_ns.pop(slot)
        return self.people


def spread(strategy: Strategy) -> float:
    """Return the standard deviation of the agents' occupancies after a day, the mean of some days."""
    return fmean(pstdev(person.occupancy for person in Floor(strategy, seed).live()) for seed in SEEDS)


@pytest.mark.plain
def test_occupancies_of_equal_agents_stay_together() -> None:
    """After a day they differ by a small part of what they differ by under other strategies, as the guide says."""
    least, idle, lot = map(spread, (Strategy.LEAST_OCCUPIED, Strategy.LONGEST_IDLE, Strategy.RANDOM))
    told = re.search(
        r"spread by ([\d.]+) .*?, by ([\d.]+) with .*? by ([\d.]+) with", GUIDE.read_text("utf-8"), re.DOTALL
    )
    assert told is not None
    assert [f"{100 * one:.1f}" for one in (least, idle, lot)] == list(told.groups())
    assert least < 0.02
    assert least < 0.6 * idle
    assert least < 0.4 * lot


class Bouncing:
    """Goes away and comes back in the same moment, whenever something is about to happen and nothing is at hand."""

    def __init__(self, presence: Presence) -> None:
        self.presence, self.bounces = presence, 0

    def __call__(self, floor: Floor, now_ns: int) -> None:
        if now_ns > HOUR_NS and floor.is_idle(BOUNCER):  # at first all are equal, and the earlier sign-in decides
            floor.leave(now_ns, BOUNCER, self.presence)
            floor.come_back(now_ns, BOUNCER)
            self.bounces += 1


@pytest.mark.parametrize("presence", [Presence.NOT_READY, Presence.OFFLINE])
@pytest.mark.parametrize("strategy", Strategy)
def test_bouncing_presence_changes_nothing(strategy: Strategy, presence: Presence) -> None:
    """Hundreds of breaks or sign-outs of no length: every call of the day goes to whom it goes to without them."""
    bouncing = Bouncing(presence)
    assert Floor(strategy, SEEDS[0]).live(bouncing) == Floor(strategy, SEEDS[0]).live()
    assert bouncing.bounces > 200


@pytest.mark.parametrize("half_life_s", [1_800, 4 * 3_600])
def test_bouncing_many_times_a_second_does_not_stop_the_clock(half_life_s: int) -> None:
    """Whoever bounces every 2 ms has the same occupancy as who does nothing, and so has a newcomer."""
    core = Core()
    bouncing, quiet, newcomer = range(3)

    def do(now_ns: int, op: Op, **fields: object) -> int:
        answer = core.apply(Command(op, now_ns, **fields))  # type: ignore[arg-type]
        assert answer.code == 0, answer
        return answer.value

    do(0, Op.CONFIGURE, items=(Item(ItemKind.FIELD, Setting.HALF_LIFE_NS, half_life_s * SECOND_NS),))
    do(0, Op.DEFINE_TIER, name=b"standard")
    fields = {QueueField.AUTO_ACCEPT: 1, QueueField.MAX_HANDLE_NS: 400 * 24 * HOUR_NS}
    do(0, Op.DEFINE_QUEUE, name=b"calls", items=tuple(Item(ItemKind.FIELD, *one) for one in fields.items()))
    for slot in range(3):
        do(0, Op.DEFINE_AGENT, name=b"agent %d" % slot)
    for slot in (bouncing, quiet):
        do(0, Op.SIGN_IN, agent=slot, x=Presence.AVAILABLE)
    calls = [do(0, Op.ENQUEUE, queue=0, tier=0, x=SINCE_NOW) for _ in range(2)]
    now_ns = half_life_s * SECOND_NS
    for call in calls:
        do(now_ns, Op.COMPLETE, target=call, x=1)
    for _ in range(10_000):
        now_ns += 2_000_000
        do(now_ns, Op.SET_PRESENCE, agent=bouncing, x=Presence.NOT_READY)
        do(now_ns, Op.SET_PRESENCE, agent=bouncing, x=Presence.AVAILABLE)
    do(now_ns, Op.SIGN_IN, agent=newcomer, x=Presence.AVAILABLE)
    do(now_ns, Op.SET_PRESENCE, agent=quiet, x=Presence.NOT_READY)  # settled, to be looked at
    one, other, new = (view.occupancy for view in map(core.agent, range(3)) if view is not None)
    fallen = 2**39 - other
    assert fallen > 0
    assert abs(one - other) < fallen / 100
    assert abs(new - other) < fallen / 100


@pytest.mark.parametrize("presence", [Presence.NOT_READY, Presence.OFFLINE])
@pytest.mark.parametrize("away_s", [20, 60, 300])
@pytest.mark.plain
def test_who_slips_away_after_every_call_has_no_less_to_do_when_there(away_s: int, presence: Presence) -> None:
    """Neither a holiday nor a flood: while present as much work as the others have while present."""
    for seed in SEEDS:
        slipped = 0

        def slip(floor: Floor, now_ns: int) -> None:
            nonlocal slipped
            calls = len(floor.people[BOUNCER].calls)
            if calls > slipped and floor.is_idle(BOUNCER):
                slipped = calls
                floor.leave(now_ns, BOUNCER, presence)
                floor.plan(now_ns + away_s * SECOND_NS, "return", BOUNCER)

        bouncer, *others = Floor(Strategy.LEAST_OCCUPIED, seed, breaks=False).live(slip)
        mean = fmean(person.occupancy for person in others)
        assert slipped > 30
        assert mean - 0.02 < bouncer.occupancy < mean + 0.1
