"""Centers in which nearly everybody is different: the order of groups, and many demands under one skill.

The structure is held to a sorted list, the router to its reference. There are more than enough agents here for the
router to keep the order (ACD_ORDER_BEGINS in available.pyx) and grades (ACD_MANY_GROUPS in grades.pyx), to add scores
up (ACD_MANY_SCORES in scores.pyx), and to stop keeping the order again.
"""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fuzz
from acdcore.router import Command, Core, EventType, Item, ItemKind, Op, QueueField, Strategy
from acdcore.router.codes import REPLACE, SINCE_NOW, Presence
from acdcore.router.order import OrderProbe
from acdcore.router.reference import Reference
from fuzz_definitions import MS, SECOND

# ---------------------------------------------------------------------- the structure


@given(
    st.lists(st.tuples(st.integers(0, 39), st.integers(-1, 1), st.integers(-(2**63), 2**63 - 1)), max_size=150),
    st.sets(st.integers(0, 39)),
)
def test_order_is_a_sorted_list(steps: list[tuple[int, int, int]], wanted: set[int]) -> None:
    """Putting in whoever is out and taking out whoever is in, with many equal words; then a walk."""
    order, keys = OrderProbe(40), dict[int, tuple[int, int, int]]()
    for group, word, rest in steps:
        if group in keys:
            order.drop(group)
            del keys[group]
        else:
            order.add(group, word, rest)
            keys[group] = (word, rest, group)
        assert order.is_sound()
    assert order.walk(wanted, 1000) == (sorted(wanted & keys.keys(), key=keys.__getitem__), True)


@pytest.mark.parametrize("seed", range(3))
def test_order_of_thousands(seed: int) -> None:
    """In order of time mostly, as those come who begin to idle; out from the front mostly; room for all at once."""
    draw, n = random.Random(seed), 3_000
    order, keys = OrderProbe(n), dict[int, tuple[int, int, int]]()
    for step in range(12_000):
        more = len(keys) < n and draw.random() < (0.8 if step // 3_000 % 2 == 0 else 0.3)
        if more or not keys:
            group = draw.choice([one for one in (draw.randrange(n) for _ in range(50)) if one not in keys] or [-1])
            if group < 0:
                continue
            keys[group] = (step if draw.random() < 0.7 else draw.randrange(step + 1), draw.randrange(2), group)
            order.add(group, *keys[group][:2])
        else:
            group = min(keys, key=keys.__getitem__) if draw.random() < 0.5 else draw.choice(list(keys))
            order.drop(group)
            del keys[group]
        if step % 500 == 0:
            assert order.is_sound()
            assert order.walk(range(n), n) == (sorted(keys, key=keys.__getitem__), True)
    order.clear()
    assert order.is_sound() and order.walk(range(n), n) == ([], True)


def test_a_walk_ends_when_it_takes_too_many_steps() -> None:
    order = OrderProbe(1_000)
    for group in range(1_000):
        order.add(group, group, 0)
    assert order.walk([999], 100) == ([], False)
    assert order.walk([999], 1_000) == ([999], True)
    assert order.walk([0, 999], 100) == ([0], False)


# ---------------------------------------------------------------------- the router

SKILLS = 12
AGENTS = 90
STRATEGIES = tuple(Strategy)


class Motley:
    """A center where nearly every agent has skills of their own, and a queue for each strategy, on both routers."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.routers = (Reference(), Core())
        self.now_ns = 0
        self.offers: list[int] = []
        self.active: list[int] = []
        self.waiting: list[int] = []
        self.seen = fuzz.Seen()
        for skill in range(SKILLS):
            self.do(Op.DEFINE_SKILL, name=b"s%d" % skill)
        for tier in range(2):
            self.do(Op.DEFINE_TIER, name=b"t%d" % tier)
        for strategy in STRATEGIES:
            self.define_queue(strategy)
        for agent in range(AGENTS):
            self.define_agent(agent)

    def define_queue(self, strategy: Strategy, flags: int = 0) -> None:
        """Define the queue of a strategy, with some requirement."""
        fields = {QueueField.STRATEGY: strategy, QueueField.WRAP_UP_NS: 0, QueueField.COOL_DOWN_NS: 5 * SECOND}
        fields[QueueField.SHARED] = self.draw.choice((1, 1, 3))
        items = [Item(ItemKind.FIELD, field, value) for field, value in fields.items()]
        items += self.wanted(self.draw.choice((0, 1, 1, 2)))
        self.do(Op.DEFINE_QUEUE, name=b"q%d" % strategy, items=tuple(items), flags=flags)

    def define_agent(self, agent: int, flags: int = 0) -> None:
        """Define an agent, with some skills."""
        has = self.draw.sample(range(SKILLS), 4)
        items = [Item(ItemKind.HAS_SKILL, skill, self.draw.choice((1, 2, 3, 5, 10))) for skill in has]
        self.do(Op.DEFINE_AGENT, name=b"a%d" % agent, items=tuple(items), flags=flags)

    def wanted(self, n: int) -> list[Item]:
        """Return a requirement of ``n`` clauses, now and then with skills that are preferred or excluded."""
        skills = self.draw.sample(range(SKILLS), n + 4)
        items = []
        for skill in skills[4:]:
            clause = [skill, *skills[: self.draw.choice((0, 0, 1, 2))]]
            kinds = (ItemKind.REQUIRE,) if len(clause) == 1 else (ItemKind.ANY_OF, ItemKind.OR, ItemKind.OR)
            items += [Item(kind, one, self.draw.choice((1, 1, 2, 5))) for kind, one in zip(kinds, clause, strict=False)]
        for kind, skill in ((ItemKind.PREFER, skills[2]), (ItemKind.EXCLUDE, skills[3])):
            items += [Item(kind, skill, self.draw.randint(1, 8))] * (self.draw.random() < 0.1)
        return items

    def do(self, op: Op, **fields: object) -> None:
        """Apply a command to both routers, and note what follows from it."""
        command = Command(op, self.now_ns, **fields)  # type: ignore[arg-type]
        answer, events = fuzz.compare(self.routers, command)
        for event in events:
            if event.type == EventType.OFFER_MADE:
                self.offers.append(event.offer)
            elif event.type == EventType.OFFER_ACCEPTED:
                self.active.append(event.interaction)
            elif event.type == EventType.INTERACTION_ENQUEUED:
                self.waiting.append(event.interaction)
        self.seen.count(command, answer, events)

    def taken(self, handles: list[int]) -> int:
        """Take a handle out of a list."""
        place = self.draw.randrange(len(handles))
        handles[place], handles[-1] = handles[-1], handles[place]
        return handles.pop()

    def step(self, arrivals: float) -> None:
        """Do one thing, an arrival with that probability."""
        self.now_ns += self.draw.choice((0, 0, MS, 100 * MS))
        if self.draw.random() < 0.03:
            self.define_agent(self.draw.randrange(AGENTS), REPLACE)
        elif self.draw.random() < 0.01:
            self.define_queue(self.draw.choice(STRATEGIES), REPLACE)
        elif self.draw.random() < arrivals:
            own = self.wanted(self.draw.choice((1, 2))) if self.draw.random() < 0.5 else []
            queue, tier = self.draw.randrange(len(STRATEGIES)), self.draw.randrange(2)
            priority = self.draw.choice((0, 0, 1))
            self.do(Op.ENQUEUE, queue=queue, tier=tier, priority=priority, x=SINCE_NOW, items=tuple(own))
        elif self.offers and self.draw.random() < 0.6:
            op = Op.ACCEPT if self.draw.random() < 0.9 else Op.DECLINE
            self.do(op, target=self.taken(self.offers))
        elif self.active and self.draw.random() < 0.9:
            self.do(Op.COMPLETE, target=self.taken(self.active), x=1)
        elif self.waiting:
            self.do(Op.CANCEL, target=self.taken(self.waiting), x=2)


@pytest.mark.parametrize("seed", range(3))
def test_everybody_is_different(seed: int) -> None:
    """All sign in at once; then arrivals outnumber agents until many wait, then all of it ends again.

    Now and then somebody learns and forgets, or a queue asks for something else.
    """
    center = Motley(seed)
    for agent in range(AGENTS):
        center.do(Op.SIGN_IN, agent=agent, x=Presence.AVAILABLE)
    center.routers[1].check_invariants()
    for arrivals in (0.7, 0.5, 0.05):
        for _ in range(100):
            center.step(arrivals)
        center.routers[1].check_invariants()
    for agent in range(AGENTS, 2 * AGENTS):  # more groups than there was room for
        center.define_agent(agent)
        center.do(Op.SIGN_IN, agent=agent, x=Presence.AVAILABLE)
    center.routers[1].check_invariants()
    for _ in range(50):
        center.step(0.8)
    for agent in range(0, AGENTS, 2):
        center.do(Op.SET_PRESENCE, agent=agent, x=Presence.NOT_READY)
    center.routers[1].check_invariants()
    assert center.seen.events[EventType.OFFER_ACCEPTED] > 30
