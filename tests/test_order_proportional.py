"""Under ``order: proportional`` waits stay proportional to the promises when there is more to do than can be done."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from acdcore.router import Command, Core, EventType, Item, ItemKind, Op, QueueField, Setting, TierField
from acdcore.router.codes import PPM, SECOND_NS, SINCE_NOW, Order

FIELD = ItemKind.FIELD
TALK_S = 60


class Kind(NamedTuple):
    """A kind of customers: their queue's target, their tier's factor (in hundredths), one of them every ``gap_s``."""

    target_s: int
    factor: int
    gap_s: int

    @property
    def promise_s(self) -> Fraction:
        """In what time an answer is promised."""
        return Fraction(self.target_s * self.factor, 100)


class Served(NamedTuple):
    """Somebody served: of which kind, after how long, and whether both kinds had others waiting."""

    kind: int
    wait_s: int
    are_others: bool


def overload(order: Order, kinds: list[Kind], served: int) -> list[Served]:
    """Serve so many customers with one agent, one a minute, while more of them come; everybody comes on time."""
    core = Core()
    core.apply(Command(Op.CONFIGURE, 0, items=(Item(FIELD, Setting.ORDER, order),)))
    for number, kind in enumerate(kinds):
        factor = Item(FIELD, TierField.TARGET_FACTOR_PPM, kind.factor * PPM // 100)
        target = Item(FIELD, QueueField.TARGET_NS, kind.target_s * SECOND_NS)
        core.apply(Command(Op.DEFINE_TIER, 0, name=b"t%d" % number, items=(factor,)))
        core.apply(Command(Op.DEFINE_QUEUE, 0, name=b"q%d" % number, items=(target,)))
    core.apply(Command(Op.DEFINE_AGENT, 0, name=b"a"))
    comes = sorted((at_s, which) for which, kind in enumerate(kinds) for at_s in range(0, served * TALK_S, kind.gap_s))
    done: list[Served] = []
    talking = place = 0
    for now_s in range(TALK_S, served * TALK_S, TALK_S):
        while place < len(comes) and comes[place][0] <= now_s:
            at_s, which = comes[place]
            core.apply(Command(Op.ENQUEUE, at_s * SECOND_NS, queue=which, tier=which, x=SINCE_NOW))
            place += 1
        now_ns = now_s * SECOND_NS
        if talking:
            core.apply(Command(Op.COMPLETE, now_ns, target=talking, x=1))
        else:
            core.apply(Command(Op.SIGN_IN, now_ns, agent=0, x=1))
        (offer,) = [event for event in core.drain() if event.type == EventType.OFFER_MADE]
        core.apply(Command(Op.ACCEPT, now_ns, target=offer.offer))
        talking = offer.interaction
        are_others = all(core.figures(which, which).waiting for which in range(len(kinds)))
        done.append(Served(offer.queue, offer.x // SECOND_NS, are_others))
    return done


def unproportional(kinds: list[Kind], done: list[Served]) -> int:
    """Count the services of two kinds, one after the other, whose shares of the promise used up do not agree.

    When one of kind A is served and then one of kind B, the first had used up at least as large a share as the
    second had then, and the second at least as large a one as A's next. So the second's is not above the first's by
    more than a talk adds to it, nor below by more than the gap to A's next takes off.
    """
    count = 0
    for first, second in pairwise(done):
        if first.kind == second.kind or not first.are_others:
            continue
        one, two = kinds[first.kind], kinds[second.kind]
        difference = second.wait_s / two.promise_s - first.wait_s / one.promise_s
        count += not -one.gap_s / one.promise_s <= difference <= TALK_S / two.promise_s
    return count


some_kind = st.builds(Kind, st.integers(5, 3_600), st.integers(10, 300), st.integers(20, 200))


@settings(max_examples=60, deadline=None)
@given(some_kind, some_kind)
def test_waits_stay_proportional_in_overload(one: Kind, two: Kind) -> None:
    """Whatever is promised to the two kinds, and however many of each come."""
    kinds = [one, two]
    assume(sum(Fraction(TALK_S, kind.gap_s) for kind in kinds) > 1)
    assert unproportional(kinds, overload(Order.PROPORTIONAL, kinds, 120)) == 0


def test_a_promise_of_four_times_as_long_waits_four_times_as_long() -> None:
    kinds = [Kind(20, 100, 80), Kind(80, 100, 80)]
    last = overload(Order.PROPORTIONAL, kinds, 600)[-20:]
    waits_s = [max(one.wait_s for one in last if one.kind == kind) for kind in (0, 1)]
    assert waits_s[0] > 10 * 20, "an overload"
    assert 3.8 < waits_s[1] / waits_s[0] < 4.2


def test_the_other_order_keeps_the_difference_instead() -> None:
    """The canary: by due time, the second kind waits a minute longer, whatever the first one waits."""
    kinds = [Kind(20, 100, 80), Kind(80, 100, 80)]
    done = overload(Order.DUE, kinds, 600)
    assert unproportional(kinds, done) > 100
    waits_s = [max(one.wait_s for one in done[-20:] if one.kind == kind) for kind in (0, 1)]
    assert 0 <= waits_s[1] - waits_s[0] <= 60 + 2 * 80
