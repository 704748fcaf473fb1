"""The bound on overtaking: within a priority, who comes much later ranks later, however the center is defined.

What is added to the moment since which a customer waits is the promise: target times factor less head start, where
a queue may have its own factor and head start for a tier. Somebody who began to wait later goes before another only
if the difference is at most that of the two promises, and so never more than the largest less the smallest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acdcore.router import Command, Core, EventType, Item, ItemKind, Op, QueueField, Setting, TierField
from acdcore.router.codes import PPM, SECOND_NS, Order
from acdcore.router.reference import Reference


class Worth(NamedTuple):
    """A tier as such, or what it is in one queue."""

    factor_ppm: int
    head_start_ns: int


class Arrival(NamedTuple):
    """Somebody who comes so many seconds after the one before, has waited elsewhere, into a queue with a tier."""

    gap_s: int
    waited_s: int
    place: tuple[int, int]
    declined: bool


TIERS = QUEUES = 3
START_S = 10_000
factors = st.integers(1_000, 3 * PPM)
heads = st.integers(0, 200).map(lambda seconds: seconds * SECOND_NS)
worths = st.builds(Worth, factors, heads)
overrides = st.tuples(st.none() | factors, st.none() | heads)
places = st.tuples(st.integers(0, QUEUES - 1), st.integers(0, TIERS - 1))
arrivals = st.builds(Arrival, st.integers(0, 60), st.integers(0, 300), places, st.booleans())


class World:
    """A center with one agent, and what the promises in it are."""

    def __init__(
        self,
        core: Any,
        tiers: list[Worth],
        targets_s: list[int],
        own: list[list[tuple[int | None, int | None]]],
        order: Order,
    ) -> None:
        self.core = core
        self.promises_ns: list[list[int]] = []
        self.waiting: dict[int, tuple[int, int]] = {}  # interaction -> since, promise
        self.do(0, Op.CONFIGURE, (Item(ItemKind.FIELD, Setting.ORDER, order),))
        for number, tier in enumerate(tiers):
            worth = (TierField.TARGET_FACTOR_PPM, tier.factor_ppm), (TierField.HEAD_START_NS, tier.head_start_ns)
            self.do(0, Op.DEFINE_TIER, tuple(Item(ItemKind.FIELD, *one) for one in worth), name=b"t%d" % number)
        for number, target_s in enumerate(targets_s):
            fields = (QueueField.TARGET_NS, target_s * SECOND_NS), (QueueField.MAX_OFFERS, 1_000)
            items = [Item(ItemKind.FIELD, *one) for one in fields]
            self.promises_ns.append([])
            for slot, (factor_ppm, head_ns) in enumerate(own[number]):
                if factor_ppm is not None:
                    items.append(Item(ItemKind.TIER_FACTOR, slot, factor_ppm))
                if head_ns is not None:
                    items.append(Item(ItemKind.TIER_HEAD_START, slot, head_ns))
                factor = tiers[slot].factor_ppm if factor_ppm is None else factor_ppm
                head = tiers[slot].head_start_ns if head_ns is None else head_ns
                self.promises_ns[-1].append(target_s * SECOND_NS * factor // PPM - head)
            self.do(0, Op.DEFINE_QUEUE, tuple(items), name=b"q%d" % number)
        self.do(0, Op.DEFINE_AGENT, name=b"a")

    def do(self, now_ns: int, op: Op, items: tuple[Item, ...] = (), **fields: Any) -> int:
        """Run a command that must succeed; return its value."""
        answer = self.core.apply(Command(op, now_ns, items=items, **fields))
        assert answer.code == 0, answer
        return int(answer.value)

    def come(self, coming: list[Arrival]) -> int:
        """Let everybody come; return when the last one did. Who is declined meanwhile keeps the place."""
        now_ns = START_S * SECOND_NS
        for one in coming:
            now_ns += one.gap_s * SECOND_NS
            since_ns = now_ns - one.waited_s * SECOND_NS
            queue, tier = one.place
            handle = self.do(now_ns, Op.ENQUEUE, queue=queue, tier=tier, x=since_ns)
            self.waiting[handle] = since_ns, self.promises_ns[queue][tier]
            if one.declined:
                self.do(now_ns, Op.SIGN_IN, agent=0, x=1)
                for offer in self.core.agent(0).offers:
                    self.do(now_ns, Op.DECLINE, target=offer, y=SECOND_NS // 1000)
                self.do(now_ns, Op.SET_PRESENCE, agent=0, x=2)
        return now_ns + SECOND_NS

    def serve(self, now_ns: int) -> list[int]:
        """Let the agent serve everybody, one after the other; return whom, in that order."""
        served: list[int] = []
        self.core.drain()
        self.do(now_ns, Op.SIGN_IN, agent=0, x=1)
        while True:
            made = [event for event in self.core.drain() if event.type == EventType.OFFER_MADE]
            if not made:
                return served
            [offer] = made
            served.append(offer.interaction)
            self.do(now_ns, Op.ACCEPT, target=offer.offer)
            self.do(now_ns, Op.COMPLETE, target=offer.interaction, x=1)


def worlds(test: Callable[..., None]) -> Callable[..., None]:
    """Give a test random tiers, targets, overrides and arrivals."""
    return given(
        st.lists(worths, min_size=TIERS, max_size=TIERS),
        st.lists(st.integers(0, 300), min_size=QUEUES, max_size=QUEUES),
        st.lists(st.lists(overrides, min_size=TIERS, max_size=TIERS), min_size=QUEUES, max_size=QUEUES),
        st.lists(arrivals, min_size=2, max_size=20),
    )(test)


def beyond(served: list[int], waiting: dict[int, tuple[int, int]]) -> list[tuple[int, int]]:
    """Return pairs of whom the first went before the second although it came later by more than the bound allows."""
    return [
        (first, second)
        for place, second in enumerate(served)
        for first in served[:place]
        if waiting[first][0] - waiting[second][0] > waiting[second][1] - waiting[first][1]
    ]


@pytest.mark.parametrize("router", [Reference, Core])
@settings(max_examples=100, deadline=None)
@worlds
def test_nobody_is_overtaken_by_who_comes_later_than_the_bound(
    router: Callable[[], Any],
    tiers: list[Worth],
    targets_s: list[int],
    own: list[list[tuple[int | None, int | None]]],
    coming: list[Arrival],
) -> None:
    """For each two of them, and so for all: by no more than the largest promise less the smallest."""
    world = World(router(), tiers, targets_s, own, Order.DUE)
    served = world.serve(world.come(coming))
    assert len(served) == len(coming)
    assert beyond(served, world.waiting) == []
    promises = [promise_ns for queue in world.promises_ns for promise_ns in queue]
    for place, second in enumerate(served):
        for first in served[:place]:
            assert world.waiting[first][0] - world.waiting[second][0] <= max(promises) - min(promises)


def test_the_bound_is_reached_and_not_passed() -> None:
    """Who comes later by exactly the difference of the promises is due at the same moment: the earlier goes first."""
    for later_s, first in ((89, 1), (90, 0), (91, 0)):
        world = World(Core(), [Worth(PPM, 0), Worth(PPM, 90 * SECOND_NS)], [20], [[(None, None)] * 2], Order.DUE)
        served = world.serve(world.come([Arrival(0, 0, (0, 0), False), Arrival(later_s, 0, (0, 1), False)]))
        assert served.index(list(world.waiting)[first]) == 0


def test_the_other_order_has_no_such_bound() -> None:
    """The canary: by the share of the promise used up somebody is overtaken beyond it, and that is seen."""
    world = World(Core(), [Worth(PPM, 0)], [20, 200], [[(None, None)]] * 2, Order.PROPORTIONAL)
    gaps_and_queues = (0, 1), (185, 0), (60, 0)
    served = world.serve(world.come([Arrival(gap_s, 0, (queue, 0), False) for gap_s, queue in gaps_and_queues]))
    long, short, _ = world.waiting
    assert beyond(served, world.waiting) == [(short, long)]
