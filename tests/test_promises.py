"""The promises of the law, each as a property of the compiled router seen from outside, over all features."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fuzz
from acdcore.router import Answer, Command, Core, Event, EventType, Item, ItemKind, Op, Presence, QueueField, Setting
from acdcore.router.codes import SINCE_NOW, ChannelField, OnExpiry, Overflow
from fuzz import SECOND
from fuzz_definitions import FEATURES
from observer import watched

seeds = st.integers(0, 2**32)
FIELD = ItemKind.FIELD


@settings(max_examples=150, deadline=None)
@given(seeds)
def test_what_an_observer_sees(seed: int) -> None:
    """Promises 1 to 4, from commands, answers and events alone.

    No pair is left that may be made, but for cool-downs, addresses, reserves, gates, claims and limits; nobody is
    overtaken at an agent by what ranks later; the agent who ranks first is chosen; everything is in one place; what
    is held fits; every step, gate, door, address and claim is as the law says; whatever does not wait for an agent
    has a deadline, and the router asks to be woken by then.
    """
    watched(seed, 250, Core())


@pytest.mark.parametrize("feature", FEATURES)
def test_what_an_observer_sees_of_one_feature(feature: str) -> None:
    """The same with one feature always on: none is passed over by chance."""
    seeds_of_it = [FEATURES.index(feature) + 100 * number for number in range(3)]  # some lets nobody in
    observers = [watched(one, 100, Core(), having=frozenset({feature}))[0] for one in seeds_of_it]
    assert sum(observer.interactions_seen for observer in observers) > 0


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_nothing_is_stuck(seed: int) -> None:
    """Promise 4: whatever has happened, agents who come, answer and finish bring everything to an end.

    Without excluded skills, slips among them: nobody can have every skill and lack one. Three come, as many as a
    reserve ever keeps and one more; all others are there too, for what is theirs alone.
    """
    core = Core()
    observer, stream = watched(seed, 200, core, without=frozenset({"exclude", "malformed"}))
    now_ns = max(stream.now_ns, core.center().now_ns)

    def do(op: Op, **fields: object) -> Answer:
        command = Command(op, now_ns, **fields)  # type: ignore[arg-type]
        answer, events = core.apply(command), core.drain()
        observer.see(core, command, answer, events)
        return answer

    limits = {Setting.MAX_AGENTS: 50, Setting.MAX_SKILLS_PER_AGENT: 1_000, Setting.LEASE_NS: 0}
    do(Op.CONFIGURE, items=tuple(Item(FIELD, *limit) for limit in limits.items()))
    everything = tuple(Item(ItemKind.HAS_SKILL, slot, 10) for slot in range(core.center().skills))
    for name in (b"savior 1", b"savior 2", b"savior 3"):
        do(Op.DEFINE_AGENT, name=name, items=everything)
    agents = range(core.center().agents)
    for _ in range(400):
        if not observer.live:
            break
        now_ns += 40 * SECOND
        for slot in agents:
            do(Op.SIGN_IN, agent=slot, x=Presence.AVAILABLE)
        for handle in list(observer.live):
            for offer in list(observer.live[handle].offers):
                do(Op.ACCEPT, target=offer)
            if observer.live[handle].assignment:
                do(Op.COMPLETE, target=handle, x=1)
        for agent in observer.agents:
            for held in [-handle for handle, held in agent.holds.items() if held.phase == "wrap_up"]:
                do(Op.END_WRAP_UP, target=held)
    assert not observer.live
    core.check_invariants()


@pytest.mark.plain
def test_determinism_in_another_process_under_another_hash_seed() -> None:
    """Promise 5: hash order, addresses and the process leave no mark."""
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); from observer import watched; from acdcore.router import Core\n"
        "for seed in range(3): core = Core(); watched(seed, 500, core); print(core.state_hash())"
    )
    here = str(Path(__file__).parent)
    printed = set()
    for hash_seed in ("0", "4242"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        done = subprocess.run(
            [sys.executable, "-c", script, here], capture_output=True, text=True, check=True, env=environment
        )
        printed.add(done.stdout)
    hashes = []
    for seed in range(3):
        core = Core()
        watched(seed, 500, core)
        hashes.append(f"{core.state_hash()}\n")
    assert printed == {"".join(hashes)}


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_boundedness(seed: int) -> None:
    """Promise 6: what is live and what is remembered stays within the limits."""
    core, stream = Core(), fuzz.Commands(seed)
    opening = stream.opening()
    greatest: dict[Setting, int] = {}  # a limit that is lowered later keeps nobody out who is in
    for number in range(170):
        command = opening[number] if number < len(opening) else stream.next()
        answer, events = core.apply(command), core.drain()
        center = core.center()
        stream.observe(command, answer, events, core)
        greatest |= {limit: max(greatest.get(limit, 0), core.setting(limit)) for limit in Setting}
        assert center.remembered_answers <= greatest[Setting.REMEMBERED_ANSWERS]
        if answer.code == 0 and command.op not in (Op.CONFIGURE, Op.ADVANCE) and not command.request_id:
            ended = sum(event.type in fuzz.ENDINGS for event in events)
            offers = sum(event.type in fuzz.OFFER_ENDINGS for event in events)
            assert center.remembered_interactions <= core.setting(Setting.REMEMBERED_INTERACTIONS) + ended
            assert center.remembered_offers <= core.setting(Setting.REMEMBERED_OFFERS) + offers
            assert center.remembered_customers <= core.setting(Setting.REMEMBERED_CUSTOMERS)
        assert center.skills <= greatest[Setting.MAX_SKILLS]
        assert center.reasons <= greatest[Setting.MAX_REASONS]
        assert center.tiers <= greatest[Setting.MAX_TIERS]
        assert center.agents <= greatest[Setting.MAX_AGENTS]
        assert center.queues <= greatest[Setting.MAX_QUEUES]
        assert center.channels <= greatest[Setting.MAX_CHANNELS]
        assert center.requirements <= greatest[Setting.MAX_REQUIREMENTS]
        assert center.interactions <= greatest[Setting.MAX_INTERACTIONS]
        gates = center.queues * greatest[Setting.MAX_STEPS]
        assert center.timers <= center.interactions * (2 + 16) + center.agents * (2 + 100) + gates


def test_numbers_never_repeat() -> None:
    """Events are numbered from 1 without a gap, across returns and forgetting; the rest as often as it happened."""
    core = Core()
    observer, _ = watched(5, 3_000, core)
    center = core.center()
    assert center.event_seq == observer.next_seq - 1
    assert (center.interaction_seq, center.offer_seq) == (observer.interactions_seen, observer.offers_seen)
    assert center.sign_in_seq == observer.sign_ins


# ---------------------------------------------------------------------- what managers fear


def floor_of(agents: int, fields: dict[QueueField, int]) -> Core:
    """Return a center with one queue and so many agents, all available."""
    core = Core()
    core.apply(Command(Op.DEFINE_TIER, 0, name=b"standard"))
    core.apply(Command(Op.DEFINE_QUEUE, 0, name=b"q", items=tuple(Item(FIELD, *one) for one in fields.items())))
    for number in range(agents):
        core.apply(Command(Op.DEFINE_AGENT, 0, name=b"a%d" % number))
        core.apply(Command(Op.SIGN_IN, 0, agent=number, x=1))
    return core


@pytest.mark.parametrize("shared", [1, 5, 16])
@pytest.mark.parametrize("on_held", [Overflow.WAIT, Overflow.REJECT])
def test_one_undeliverable_call_does_not_empty_the_floor(shared: int, on_held: Overflow) -> None:
    """Twenty agents, one call that rings at nobody's desk: two of them at most are taken for absent."""
    core = floor_of(
        20, {QueueField.SHARED: shared, QueueField.ON_HELD: on_held, QueueField.HELD_NS: 400 * 86_400 * SECOND}
    )
    ghost = core.apply(Command(Op.ENQUEUE, 0, queue=0, tier=0, x=SINCE_NOW)).value
    away = 0
    for second in range(0, 600, 10):
        now_ns = second * SECOND
        call = core.apply(Command(Op.ENQUEUE, now_ns, queue=0, tier=0, x=SINCE_NOW)).value
        for event in core.drain():
            away += event.type == EventType.PRESENCE_CHANGED and event.x == Presence.NOT_READY
            if event.type == EventType.OFFER_MADE and event.interaction != ghost:
                core.apply(Command(Op.ACCEPT, now_ns, target=event.offer))
        core.apply(Command(Op.COMPLETE, now_ns, target=call, x=1))
    assert away <= 2
    available = [slot for slot in range(20) if known_presence(core, slot) == Presence.AVAILABLE]
    assert len(available) == 20 - away >= 18
    assert core.figures(0, 0).completed >= 58, "the other calls went on"


def known_presence(core: Core, slot: int) -> int:
    """Return the presence of an agent who is there."""
    agent = core.agent(slot)
    assert agent is not None
    return agent.presence


def test_the_floor_would_be_empty_otherwise() -> None:
    """The canary: an agent's own misses count, whoever lets five different calls ring is away."""
    core = floor_of(3, {QueueField.ON_EXPIRY: OnExpiry.NOT_READY})
    for _ in range(3):
        core.apply(Command(Op.ENQUEUE, 0, queue=0, tier=0, x=SINCE_NOW))
    core.apply(Command(Op.ADVANCE, 20 * SECOND))
    assert [known_presence(core, slot) for slot in range(3)] == [Presence.NOT_READY] * 3


def longest_wait_of_a_call(claims: int) -> int:
    """Return how long a call waits, in seconds, for five agents under a flood of chats that refills every gap.

    A chat costs 34 units and lasts five minutes; two are always waiting. A call needs all 100, and is past due at once.
    """
    core = Core()
    core.apply(Command(Op.DEFINE_TIER, 0, name=b"standard"))
    chat = {ChannelField.COST: 34, ChannelField.MOST: 2}
    core.apply(Command(Op.DEFINE_CHANNEL, 0, name=b"chat", items=tuple(Item(FIELD, *one) for one in chat.items())))
    calls = {QueueField.TARGET_NS: 0, QueueField.CLAIMS: claims}
    chats = {QueueField.CHANNEL: 1, QueueField.TARGET_NS: 0, QueueField.PRIORITY: 0}
    for name, fields in ((b"calls", calls), (b"chats", chats)):
        core.apply(Command(Op.DEFINE_QUEUE, 0, name=name, items=tuple(Item(FIELD, *one) for one in fields.items())))
    for number in range(5):
        core.apply(Command(Op.DEFINE_AGENT, 0, name=b"a%d" % number))
        core.apply(Command(Op.SIGN_IN, 0, agent=number, x=1))
    ends: dict[int, int] = {}
    call = begun = 0
    for second in range(4 * 3_600):
        now_ns = second * SECOND
        for handle in [handle for handle, end in ends.items() if end <= second]:
            core.apply(Command(Op.COMPLETE, now_ns, target=handle, x=1))
            del ends[handle]
        if second == 600:
            begun, call = second, core.apply(Command(Op.ENQUEUE, now_ns, queue=0, tier=0, x=SINCE_NOW)).value
        while core.figures(1, 0).waiting < 2:
            core.apply(Command(Op.ENQUEUE, now_ns, queue=1, tier=0, x=SINCE_NOW))
            answer_all(core, now_ns, ends, second)
        answer_all(core, now_ns, ends, second)
        seen = core.interaction(call)
        if call and seen is not None and seen.assignment:
            return second - begun
    return 4 * 3_600


def answer_all(core: Core, now_ns: int, ends: dict[int, int], second: int) -> None:
    """Accept every offer; chats end after 250 to 350 seconds, no two of an agent together."""
    pending = [event for event in core.drain() if event.type == EventType.OFFER_MADE]
    while pending:
        for event in pending:
            core.apply(Command(Op.ACCEPT, now_ns, target=event.offer))
            ends[event.interaction] = second + 250 + 37 * len(ends) % 100
        pending = [event for event in core.drain() if event.type == EventType.OFFER_MADE]


def test_a_call_is_not_kept_out_for_hours_by_chats() -> None:
    """Five blended agents under a flood of chats: with a claim the call waits for the chats of one agent to end."""
    assert longest_wait_of_a_call(claims=1) <= 350
    assert longest_wait_of_a_call(claims=0) > 2 * 3_600, "the canary: without claims the gaps are refilled"


def test_an_observer_sees_everything() -> None:
    """What no run shows, no property holds: every type of event occurs in a few runs with all features."""
    seen: set[int] = set()

    class Counting(Core):
        def drain(self) -> list[Event]:
            events = super().drain()
            seen.update(event.type for event in events)
            return events

    for seed in range(24):
        watched(seed, 300, Counting(), having=frozenset(FEATURES))
    assert [event.name for event in EventType if event not in seen] == []
