"""The promises of the law, each as a property of the compiled router seen from outside."""

from __future__ import annotations

import subprocess
import sys
from itertools import count
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fuzz
from acdcore.router import Command, Core, Item, ItemKind, Op, QueueField, Setting, TierField
from acdcore.router.codes import SINCE_NOW
from acdcore.router.reference import Reference
from observer import Observer, rank

SECOND = fuzz.SECOND
seeds = st.integers(0, 2**32)


T = TypeVar("T")


def known(one: T | None) -> T:
    """Return a view that must be there."""
    assert one is not None
    return one


def watched(seed: int, commands: int, router: Core | Reference) -> tuple[Observer, fuzz.Commands]:
    """Run random commands under an observer, in a center that forgets no cool-down."""
    observer, stream = Observer(), fuzz.Commands(seed)
    opening = stream.opening()
    kept = tuple(item._replace(value=64) if item.key == Setting.MAX_COOL_DOWNS else item for item in opening[0].items)
    opening[0] = opening[0]._replace(items=kept, request_id=0)
    for number in range(commands):
        command = opening[number] if number < len(opening) else stream.next()
        if command.op == Op.CONFIGURE and number:
            continue
        answer, events = router.apply(command), router.drain()
        observer.see(router, command, events)
        stream.observe(command, answer, events, router.center())
    return observer, stream


@settings(max_examples=150, deadline=None)
@given(seeds)
def test_no_overtaking_one_place_no_gap(seed: int) -> None:
    """Promises 2 and 3, from events alone."""
    watched(seed, 250, Core())


def test_the_observer_catches_a_router_that_overtakes() -> None:
    """The canary: newest first within a priority."""

    class NewestFirst(Reference):
        @staticmethod
        def interaction_rank(interaction):  # type: ignore[no-untyped-def]
            return (-interaction.priority, -interaction.seq)

    with pytest.raises(AssertionError, match="overtook"):
        for seed in range(300):
            watched(seed, 250, NewestFirst())


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_nothing_is_stuck(seed: int) -> None:
    """Promise 4: whatever has happened, agents who come and work bring everything to an end."""
    core = Core()
    observer, stream = watched(seed, 200, core)
    now_ns = min(max(stream.now_ns, core.center().now_ns), 2**61)
    if now_ns < core.center().now_ns:
        return  # a center at the end of time has no later moment to do anything in
    request = Command(Op.ADVANCE, now_ns)

    def do(command: Command) -> None:
        core.apply(command)
        observer.see(core, command, core.drain())

    do(request._replace(op=Op.CONFIGURE, items=(Item(ItemKind.FIELD, Setting.MAX_AGENTS, 50),)))
    everything = tuple(Item(ItemKind.HAS_SKILL, slot, 10) for slot in range(core.center().skills))
    limits = (Item(ItemKind.FIELD, Setting.MAX_SKILLS_PER_AGENT, 1_000), Item(ItemKind.FIELD, Setting.LEASE_NS, 0))
    do(request._replace(op=Op.CONFIGURE, items=limits))
    do(request._replace(op=Op.DEFINE_AGENT, name=b"saviour", items=everything))
    savior = core.center().agents - 1
    for _ in range(300):
        if not observer.live:
            break
        request = request._replace(now_ns=request.now_ns + SECOND)
        do(request._replace(op=Op.SIGN_IN, agent=savior, x=1))
        for handle, seen in list(observer.live.items()):
            if seen.place == "offered":
                do(request._replace(op=Op.ACCEPT, target=seen.offer))
            if handle in observer.live and observer.live[handle].place == "assigned":
                do(request._replace(op=Op.COMPLETE, target=handle, x=1))
        for assignment in [one for slot in range(savior + 1) for one in known(core.agent(slot)).assignments]:
            do(request._replace(op=Op.END_WRAP_UP, target=assignment))
    assert not observer.live
    core.check_invariants()


def test_determinism_in_another_process_under_another_hash_seed() -> None:
    """Promise 5: hash order, addresses and the process leave no mark."""
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); import test_promises as t; from acdcore.router import Core\n"
        "core = Core(); t.watched(77, 2_000, core); print(core.state_hash())"
    )
    here = str(Path(__file__).parent)
    printed = set()
    for hash_seed in ("0", "4242"):
        environment = {"PYTHONHASHSEED": hash_seed, "PATH": ""}
        done = subprocess.run(
            [sys.executable, "-c", script, here], capture_output=True, text=True, check=True, env=environment
        )
        printed.add(done.stdout.strip())
    core = Core()
    watched(77, 2_000, core)
    assert printed == {str(core.state_hash())}


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_boundedness(seed: int) -> None:
    """Promise 6: what is live and what is remembered stays within the limits."""
    core, stream = Core(), fuzz.Commands(seed)
    for command in [*stream.opening(), *(stream.next() for _ in range(150))]:
        answer, events = core.apply(command), core.drain()
        center = core.center()
        stream.observe(command, answer, events, center)
        assert center.remembered_answers <= core.setting(Setting.REMEMBERED_ANSWERS)
        grown = sum(event.type in (4, 5, 6) for event in events)
        if answer.code == 0 and command.op not in (Op.CONFIGURE, Op.ADVANCE):
            assert center.remembered_interactions <= core.setting(Setting.REMEMBERED_INTERACTIONS) + grown
        assert center.skills <= core.setting(Setting.MAX_SKILLS)
        assert center.agents <= core.setting(Setting.MAX_AGENTS)
        assert center.requirements <= core.setting(Setting.MAX_REQUIREMENTS)
        assert center.timers <= center.interactions * 3 + center.agents * 3


@settings(max_examples=100, deadline=None)
@given(
    promises=st.lists(st.tuples(st.integers(0, 100), st.integers(1, 300), st.integers(0, 200)), min_size=1, max_size=3),
    arrivals=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 2)), min_size=2, max_size=25),
)
def test_the_bound_on_overtaking(promises: list[tuple[int, int, int]], arrivals: list[tuple[int, int]]) -> None:
    """Among equals in priority, a later arrival passes only those within the spread of promises before it."""
    core = Core()
    spans = []
    for number, (target, factor, head) in enumerate(promises):
        tier_items = (
            Item(ItemKind.FIELD, TierField.TARGET_FACTOR_PPM, factor * 10_000),
            Item(ItemKind.FIELD, TierField.HEAD_START_NS, head * SECOND),
        )
        core.apply(Command(Op.DEFINE_TIER, 0, name=b"t%d" % number, items=tier_items))
        queue_items = (Item(ItemKind.FIELD, QueueField.TARGET_NS, target * SECOND),)
        core.apply(Command(Op.DEFINE_QUEUE, 0, name=b"q%d" % number, items=queue_items))
        spans.append(target * SECOND * factor * 10_000 // 10**6 - head * SECOND)
    bound_ns = max(spans) - min(spans)
    core.apply(Command(Op.DEFINE_AGENT, 0, name=b"a"))
    now_ns, arrived = 200 * SECOND, {}
    for gap, which in arrivals:
        now_ns += gap * SECOND
        slot = which % len(promises)
        handle = core.apply(Command(Op.ENQUEUE, now_ns, queue=slot, tier=slot, x=SINCE_NOW)).value
        arrived[handle] = now_ns
    core.apply(Command(Op.SIGN_IN, now_ns, agent=0, x=1))
    served = []
    for _ in arrived:
        offer = known(core.agent(0)).offers[0]
        interaction = known(core.offer(offer)).interaction
        core.apply(Command(Op.ACCEPT, now_ns, target=offer))
        core.apply(Command(Op.COMPLETE, now_ns, target=interaction, x=1))
        served.append(interaction)
    for place, later in enumerate(served):
        for earlier in served[:place]:
            assert arrived[earlier] - arrived[later] <= bound_ns, "overtaken beyond the bound"
    assert served == sorted(served, key=lambda handle: rank(known(core.interaction(handle))))


@pytest.mark.parametrize("strategy", [1, 2])
def test_equal_agents_share_the_work(strategy: int) -> None:
    """Ten equal agents, calls of very unequal lengths: occupancies stay together under least_occupied."""
    core = Core()
    core.apply(Command(Op.DEFINE_TIER, 0, name=b"t"))
    items = (Item(ItemKind.FIELD, QueueField.STRATEGY, strategy),)
    core.apply(Command(Op.DEFINE_QUEUE, 0, name=b"q", items=items))
    for slot in range(10):
        core.apply(Command(Op.DEFINE_AGENT, 0, name=b"a%d" % slot))
        core.apply(Command(Op.SIGN_IN, 0, agent=slot, x=1))
    busy_ns = [0] * 10
    ends: dict[int, tuple[int, int]] = {}
    lengths = [30, 30, 30, 600, 30, 30, 45, 900, 20, 20, 300]  # seconds, around and around
    for number in range(2_000):
        now_ns = number * 12 * SECOND
        for handle, (end_ns, _) in sorted(ends.items(), key=lambda entry: entry[1]):
            if end_ns <= now_ns:
                core.apply(Command(Op.COMPLETE, end_ns, target=handle, x=1))
                del ends[handle]
        handle = core.apply(Command(Op.ENQUEUE, now_ns, queue=0, tier=0, x=SINCE_NOW)).value
        offer = known(core.interaction(handle)).offers
        if not offer:
            core.apply(Command(Op.CANCEL, now_ns, target=handle, x=2))
            continue
        agent = known(core.offer(offer[0])).agent
        core.apply(Command(Op.ACCEPT, now_ns, target=offer[0]))
        length_ns = lengths[number % len(lengths)] * SECOND
        busy_ns[agent] += length_ns
        ends[handle] = (now_ns + length_ns, agent)
    spread = (max(busy_ns) - min(busy_ns)) / (sum(busy_ns) / 10)
    assert spread < (0.10 if strategy == 1 else 1.0), busy_ns


def test_sequence_numbers_never_repeat() -> None:
    """Offers, interactions and events are numbered from 1 without a gap, across returns and forgetting."""
    core = Core()
    observer, _ = watched(5, 3_000, core)
    numbers = zip(count(1), range(1, observer.next_seq), strict=False)
    assert all(one == two for one, two in numbers)
    assert core.center().event_seq == observer.next_seq - 1
