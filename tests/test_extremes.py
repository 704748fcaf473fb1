"""What a random run of tiny centers does not reach: sums beyond 64 bits, unkind ids, memory that runs out."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid

import pytest

import fuzz
from acdcore.router import Answer, Command, Core, EventType, Item, ItemKind, Op, QueueField, Result, Setting, TierField
from acdcore.router.codes import (
    DIRECT,
    MAX_DURATION_NS,
    MAX_NOW_NS,
    PPM,
    REPLACE,
    SINCE_NOW,
    Order,
    Overflow,
    Presence,
    StepField,
)
from acdcore.router.reference import Reference

Router = Core | Reference


def with_one_agent(router: Router, now_ns: int) -> Router:
    router.apply(Command(Op.DEFINE_TIER, now_ns, name=b"t"))
    router.apply(Command(Op.DEFINE_QUEUE, now_ns, name=b"q"))
    router.apply(Command(Op.DEFINE_AGENT, now_ns, name=b"a"))
    router.apply(Command(Op.SIGN_IN, now_ns, agent=0, x=1))
    return router


@pytest.mark.parametrize("router", [Reference, Core])
def test_sums_of_times_do_not_overflow(router: type[Router]) -> None:
    """Waits of 146 years each, at the last moment that there is."""
    core = with_one_agent(router(), MAX_NOW_NS)
    for _ in range(5):
        handle = core.apply(Command(Op.ENQUEUE, MAX_NOW_NS, queue=0, tier=0, x=0)).value
        agent = core.agent(0)
        assert agent is not None
        core.apply(Command(Op.ACCEPT, MAX_NOW_NS, target=agent.offers[0]))
        core.apply(Command(Op.COMPLETE, MAX_NOW_NS, target=handle, x=1))
    assert core.figures(0, 0).wait_ns == 5 * MAX_NOW_NS > 2**64
    assert core.figures(0, 0).answered == 5


class Both:
    """The two routers, which must go on to say the same."""

    def __init__(self) -> None:
        self.one, self.two = Reference(), Core()

    def do(self, op: Op, now_ns: int, **fields: object) -> Answer:
        """Run a command on both."""
        command = Command(op, now_ns, **fields)  # type: ignore[arg-type]
        answer, self.events = fuzz.compare((self.one, self.two), command)
        self.one.check_invariants()
        self.two.check_invariants()
        return answer

    def good(self, op: Op, now_ns: int, **fields: object) -> int:
        """Run a command on both that must succeed."""
        answer = self.do(op, now_ns, **fields)
        assert answer.code == Result.OK, Result(answer.code).name
        return answer.value


def fields_of(fields: dict[QueueField, int]) -> tuple[Item, ...]:
    """Return FIELD items."""
    return tuple(Item(ItemKind.FIELD, *one) for one in fields.items())


@pytest.mark.parametrize("order", Order)
@pytest.mark.parametrize("now_ns", [0, MAX_NOW_NS])
def test_the_longest_promises_at_both_ends_of_time(order: Order, now_ns: int) -> None:
    """Promises of a hundred times 400 days, head starts of 400 days: dues before time began and after it ends."""
    both = Both()
    both.good(Op.CONFIGURE, now_ns, items=(Item(ItemKind.FIELD, Setting.ORDER, order),))
    late = ((TierField.TARGET_FACTOR_PPM, 100 * PPM), (TierField.HEAD_START_NS, 0))
    early = ((TierField.TARGET_FACTOR_PPM, 1_000), (TierField.HEAD_START_NS, MAX_DURATION_NS), (TierField.RANK, -1))
    for name, fields in ((b"late", late), (b"early", early)):
        both.good(Op.DEFINE_TIER, now_ns, name=name, items=tuple(Item(ItemKind.FIELD, *one) for one in fields))
    reserve = {QueueField.RESERVE: 1, QueueField.RESERVE_OPENS_NS: MAX_DURATION_NS}
    both.good(Op.DEFINE_QUEUE, now_ns, name=b"long", items=fields_of(reserve | {QueueField.TARGET_NS: MAX_DURATION_NS}))
    both.good(Op.DEFINE_QUEUE, now_ns, name=b"none", items=fields_of(reserve | {QueueField.TARGET_NS: 0}))
    for queue in (0, 1):
        for tier in (0, 1):
            for since_ns in (0, now_ns, now_ns // 2):
                both.good(Op.ENQUEUE, now_ns, queue=queue, tier=tier, x=since_ns)
    for slot in range(3):
        both.good(Op.DEFINE_AGENT, now_ns, name=b"a%d" % slot)
        both.good(Op.SIGN_IN, now_ns, agent=slot, x=Presence.AVAILABLE)
    served = 0
    while offers := [offer for slot in range(3) for offer in view_of(both.two, slot)]:
        served += 1
        assert both.good(Op.ACCEPT, now_ns, target=offers[0]) > 0
        both.good(Op.COMPLETE, now_ns, target=both.events[0].interaction, x=1)
    assert served >= 6


def view_of(core: Core, slot: int) -> tuple[int, ...]:
    """Return an agent's offers."""
    agent = core.agent(slot)
    assert agent is not None
    return agent.offers


def test_overflow_goes_through_eight_queues_at_most() -> None:
    """Ten queues in a ring, all of them full: the eighth refuses; and a wait that is too long moves seven times."""
    both = Both()
    both.good(Op.DEFINE_TIER, 0, name=b"t")
    for number in range(10):
        both.good(Op.DEFINE_QUEUE, 0, name=b"q%d" % number)
    for number in range(10):
        to = {QueueField.FULL_TO: (number + 1) % 10, QueueField.MAX_WAIT_TO: (number + 1) % 10}
        moves = {QueueField.ON_FULL: Overflow.MOVE, QueueField.ON_MAX_WAIT: Overflow.MOVE}
        limits = {QueueField.MAX_WAITING: 1, QueueField.MAX_WAIT_NS: fuzz.SECOND}
        items = fields_of(to | moves | limits)
        both.good(Op.DEFINE_QUEUE, 0, name=b"q%d" % number, items=items, flags=REPLACE)
    first = both.good(Op.ENQUEUE, 0, queue=0, tier=0, x=SINCE_NOW)
    for second in range(1, 12):
        both.good(Op.ADVANCE, second * fuzz.SECOND)
        moved = [event for event in both.events if event.type == EventType.INTERACTION_MOVED]
        assert len(moved) == (second <= 7)
    now_ns = 12 * fuzz.SECOND
    both.good(Op.CANCEL, now_ns, target=first, x=2)
    for number in range(8):
        both.good(Op.ENQUEUE, now_ns, queue=number, tier=0, x=SINCE_NOW)
    assert both.do(Op.ENQUEUE, now_ns, queue=0, tier=0, x=SINCE_NOW) == (Result.QUEUE_FULL, 7)
    assert both.do(Op.ENQUEUE, now_ns, queue=1, tier=0, x=SINCE_NOW).code == Result.OK


def test_the_longest_plan_and_the_most_cool_downs() -> None:
    """32 steps that begin in the same moment, each for another agent; 64 agents who decline, and the next."""
    both = Both()
    both.good(Op.CONFIGURE, 0, items=tuple(Item(ItemKind.FIELD, *one) for one in LARGEST.items()))
    both.good(Op.DEFINE_TIER, 0, name=b"t")
    plan = [Item(ItemKind.REQUIRE, 0, 10)]
    for number in range(32):
        both.good(Op.DEFINE_SKILL, 0, name=b"s%d" % number)
    for number in range(1, 32):
        plan += [Item(ItemKind.STEP, 0, fuzz.SECOND), Item(ItemKind.STEP_FIELD, StepField.SKIP, 0)]
        plan += [Item(ItemKind.STEP_FIELD, StepField.PRIORITY, number), Item(ItemKind.REQUIRE, number, 1)]
    both.good(Op.DEFINE_QUEUE, 0, name=b"q", items=tuple(plan))
    one = both.good(Op.ENQUEUE, 0, queue=0, tier=0, x=SINCE_NOW)
    both.good(Op.ADVANCE, fuzz.SECOND)
    began = [event.x for event in both.events if event.type == EventType.STEP_BEGAN]
    assert began == list(range(1, 32))
    many = fields_of({QueueField.MAX_OFFERS: 1_000, QueueField.COOL_DOWN_NS: MAX_DURATION_NS})
    both.good(Op.DEFINE_QUEUE, fuzz.SECOND, name=b"q", items=many, flags=REPLACE)
    for slot in range(66):
        both.good(Op.DEFINE_AGENT, fuzz.SECOND, name=b"a%d" % slot)
        both.good(Op.SIGN_IN, fuzz.SECOND, agent=slot, x=Presence.AVAILABLE)
        offers = [event.offer for event in both.events if event.type == EventType.OFFER_MADE]
        assert len(offers) == 1, "the one whose cool-down was forgotten for want of room is not asked before"
        both.good(Op.DECLINE, fuzz.SECOND, target=offers[0])
        again = [event for event in both.events if event.type == EventType.OFFER_MADE]
        assert len(again) == (slot >= 64)
        if again:
            both.good(Op.DECLINE, fuzz.SECOND, target=again[0].offer)
            break
    both.good(Op.CANCEL, fuzz.SECOND, target=one, x=2)


LARGEST = {Setting.MAX_STEPS: 32, Setting.MAX_COOL_DOWNS: 64}


@pytest.mark.parametrize("halves", [(0, 1), (-1, -1), (2**63 - 1, -(2**63)), (-(2**63), 0)])
def test_customers_of_any_number_are_known_again(halves: tuple[int, int]) -> None:
    """A customer is 128 bits: the last agent is preferred for exactly the same ones."""
    both = Both()
    both.good(Op.DEFINE_TIER, 0, name=b"t")
    both.good(Op.DEFINE_QUEUE, 0, name=b"q", items=fields_of({QueueField.PREFER_LAST_NS: fuzz.SECOND}))
    for slot in range(2):
        both.good(Op.DEFINE_AGENT, 0, name=b"a%d" % slot)
        both.good(Op.SIGN_IN, 0, agent=slot, x=Presence.AVAILABLE)
    who = (Item(ItemKind.CUSTOMER, *halves),)
    call = both.good(Op.ENQUEUE, 0, queue=0, tier=0, agent=1, flags=DIRECT, x=SINCE_NOW, items=who)
    both.good(Op.ACCEPT, 0, target=both.events[-1].offer)
    both.good(Op.COMPLETE, 0, target=call, x=1)
    other = (Item(ItemKind.CUSTOMER, halves[1], halves[0] ^ 1),)
    both.good(Op.ENQUEUE, 0, queue=0, tier=0, x=SINCE_NOW, items=other)
    assert both.events[-1].agent == 0
    both.good(Op.DECLINE, 0, target=both.events[-1].offer)
    both.good(Op.DECLINE, 0, target=both.events[-1].offer)
    both.good(Op.ENQUEUE, 0, queue=0, tier=0, x=SINCE_NOW, items=who)
    assert both.events[-1].agent == 1


@pytest.mark.parametrize("router", [Reference, Core])
def test_the_hash_sees_which_answer_will_be_forgotten_first(router: type[Router]) -> None:
    hashes = set()
    for order in ((1, 2), (2, 1)):
        core = with_one_agent(router(), 0)
        for request_id in order:
            core.apply(Command(Op.RENEW_LEASE, 0, agent=0, request_id=request_id))
        hashes.add(core.state_hash())
    assert len(hashes) == 2


def test_request_ids_that_share_their_low_half_are_told_apart() -> None:
    """Time-based UUIDs of one client differ in their high half alone."""
    core = with_one_agent(Core(), 0)
    ids = [uuid.UUID(int=(number << 64) | 0x8000_1234_5678_9ABC).int for number in range(1, 2_000)]
    for request_id in ids:
        core.apply(Command(Op.RENEW_LEASE, 0, agent=0, request_id=request_id))
    again = Command(Op.RENEW_LEASE, 0, agent=0)
    assert all(core.apply(again._replace(request_id=one)).code == Result.OK for one in ids)
    assert core.apply(again._replace(request_id=ids[0], agent=7)).code == Result.REQUEST_MISMATCH
    core.check_invariants()


@pytest.mark.parametrize("router", [Reference, Core])
def test_too_many_skills_are_refused_before_they_are_compared(router: type[Router]) -> None:
    core = router()
    core.apply(Command(Op.DEFINE_SKILL, 0, name=b"s"))
    items = tuple(Item(ItemKind.HAS_SKILL, 0, 1) for _ in range(200))
    answer = core.apply(Command(Op.DEFINE_AGENT, 0, name=b"a", items=items))
    assert answer == (Result.LIMIT_REACHED, Setting.MAX_SKILLS_PER_AGENT)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits the address space as Linux does")
@pytest.mark.skipif("ACDCORE_TEST_BUILD" in os.environ, reason="the address sanitizer reserves more than any limit")
def test_memory_that_runs_out_stops_the_router_for_good() -> None:
    """A MemoryError, then RuntimeError for whatever follows: never a write where there is no room."""
    script = """if True:
        import resource
        from acdcore.router import Command, Core, Op
        core = Core()
        core.apply(Command(Op.DEFINE_TIER, 0, name=b"t"))
        core.apply(Command(Op.DEFINE_QUEUE, 0, name=b"q"))
        enqueue = Command(Op.ENQUEUE, 0, queue=0, tier=0, x=-1)
        with open("/proc/self/statm") as statm:
            pages = int(statm.read().split()[0])
        limit = pages * resource.getpagesize() + (64 << 20)
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        try:
            for number in range(2_000_000):
                core.apply(enqueue)
            print("never ran out")
        except MemoryError:
            print("MemoryError")
        for _ in range(3):
            try:
                core.apply(enqueue)
            except RuntimeError as error:
                print(error)
    """
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "MemoryError"
    assert len(lines) == 4
    assert all("ran out of memory" in line for line in lines[1:])
