"""Centers that are not tiny: many wait for the same, and hundreds of things follow from one command.

The random runs of ``fuzz.py`` keep everything tiny, so that the router's ways of dealing with many at once
are hardly ever taken there. Here the two routers agree on crowds, too.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

import fuzz
from acdcore.router import Command, Core, Event, EventType, Item, ItemKind, Kind, Op, QueueField, Result, Setting
from acdcore.router.codes import DIRECT, FORCE, REPLACE, SINCE_NOW, ChannelField, Presence, StepField
from acdcore.router.reference import Reference
from fuzz_commands import Commands
from fuzz_definitions import SECOND

LIMITS = {
    Setting.MAX_QUEUES: 20,
    Setting.MAX_AGENTS: 60,
    Setting.MAX_INTERACTIONS: 300,
    Setting.MAX_REQUIREMENTS: 200,
    Setting.REMEMBERED_INTERACTIONS: 20,
    Setting.REMEMBERED_OFFERS: 20,
}


class Crowd(Commands):
    """A stream of commands for a center of some queues and agents, in which it is mostly busy."""

    def __init__(self, seed: int, agents: int, waiting: int) -> None:
        super().__init__(seed)
        self.agents, self.crowd = agents, waiting
        self.features -= {"leases", "malformed"}
        self.operations[self.enqueue] *= 3
        self.operations[self.cancel] *= 0.2
        for rare in (self.define_queue, self.define_channel, self.define_agent, self.define_tier):
            self.operations[rare] /= 3
        self.pace_ns //= 10

    def limits(self) -> Command:
        """Return the settings of a tiny center, but for how many there may be."""
        command = super().limits()
        items = tuple(item._replace(value=LIMITS.get(Setting(item.key), item.value)) for item in command.items)
        return command._replace(items=items)

    def opening(self) -> list[Command]:
        """Return the definitions of a tiny center, then more queues and agents, and a crowd of interactions."""
        commands = super().opening()
        for command in commands:
            for op, kind in ((Op.DEFINE_QUEUE, Kind.QUEUE), (Op.DEFINE_AGENT, Kind.AGENT), (Op.DEFINE_TIER, Kind.TIER)):
                if command.op == op and command.name not in self.names[kind]:
                    self.names[kind].append(command.name)
        before, self.features = self.features, self.features - {"replace", "requests"}
        for _ in range(self.agents // 4):
            commands.append(self.define_queue())
            self.names[Kind.QUEUE].append(commands[-1].name)
        for slot in range(5, self.agents):
            commands += [self.define_agent(), Command(Op.SIGN_IN, self.now_ns, agent=slot, x=1)]
        commands += [self.enqueue() for _ in range(self.crowd)]
        self.features = before
        self.names[Kind.QUEUE].clear()
        self.names[Kind.TIER].clear()
        return commands


def run(seed: int, commands: int, agents: int, waiting: int) -> fuzz.Seen:
    """Hold the two routers to each other in a center that is not so tiny."""
    stream, seen = Crowd(seed, agents, waiting), fuzz.Seen()
    routers = (Reference(), Core())
    opening = stream.opening()
    for number in range(len(opening) + commands):
        command = opening[number] if number < len(opening) else stream.next()
        answer, events = fuzz.compare(routers, command)
        if number % 50 == 0:
            routers[1].check_invariants()
            fuzz.compare_views(routers, stream)
        stream.observe(command, answer, events, routers[0])
        seen.count(command, answer, events)
    return seen


@pytest.mark.parametrize("seed", range(4))
def test_crowds(seed: int) -> None:
    seen = run(seed, 250, agents=16, waiting=80)
    assert seen.results[Result.OK] > 100


# ---------------------------------------------------------------------- many at once


class Both:
    """The two routers, held to each other at every command."""

    def __init__(self) -> None:
        self.routers = (Reference(), Core())
        self.now_ns = 0
        self.events: list[Event] = []

    def __call__(self, op: Op, wait_ns: int = 0, **fields: object) -> int:
        self.now_ns += wait_ns
        answer, self.events = fuzz.compare(self.routers, Command(op, self.now_ns, **fields))  # type: ignore[arg-type]
        assert answer.code == Result.OK, Result(answer.code).name
        return answer.value

    def count(self, event: EventType) -> int:
        """Count what the last command has brought about."""
        return sum(one.type == event for one in self.events)

    def enqueue(self, queue: int, *items: Item, **fields: int) -> int:
        return self(Op.ENQUEUE, queue=queue, tier=0, x=SINCE_NOW, items=items, **fields)

    def queue(self, name: bytes, *items: Item, replace: bool = False, **fields: int) -> int:
        stated = tuple(Item(ItemKind.FIELD, QueueField[field], value) for field, value in fields.items())
        return self(Op.DEFINE_QUEUE, name=name, items=stated + items, flags=REPLACE if replace else 0)

    def agents(self, count: int, *items: Item) -> list[int]:
        slots = []
        for _ in range(count):
            slots.append(self(Op.DEFINE_AGENT, name=b"a%d" % self.routers[1].center().agents, items=items))
            self(Op.SIGN_IN, agent=slots[-1], x=Presence.AVAILABLE)
        return slots

    def check(self) -> None:
        for router in self.routers:
            router.check_invariants()


@pytest.fixture
def both() -> Both:
    """A center with three skills and a tier."""
    both = Both()
    for name in (b"one", b"two", b"three"):
        both(Op.DEFINE_SKILL, name=name)
    both(Op.DEFINE_TIER, name=b"t")
    return both


ONE, TWO, THREE = (Item(ItemKind.REQUIRE, skill, 1) for skill in range(3))
HAS_ONE, HAS_TWO, HAS_THREE = (Item(ItemKind.HAS_SKILL, skill, 1) for skill in range(3))


def test_a_queue_that_many_wait_in_suits_others_from_now_on(both: Both) -> None:
    """Among them who cool down, are for one agent, and come from several lines: all at once find somebody."""
    queue = both.queue(b"q", ONE, COOL_DOWN_NS=600 * SECOND)
    both.agents(1, HAS_ONE, HAS_TWO)
    others = both.agents(12, HAS_TWO)
    for _ in range(6):
        both.enqueue(queue)
        both(Op.DECLINE, target=both.events[-1].offer)
    both(Op.SET_PRESENCE, agent=others[0], x=Presence.NOT_READY)
    for number in range(60):
        whose = {"agent": others[0], "flags": DIRECT} if number % 10 == 0 else {}
        both.enqueue(queue, *((TWO,) if number % 3 == 0 else ()), priority=number % 4, **whose)
    both.queue(b"q", TWO, replace=True)
    assert both.count(EventType.OFFER_MADE) == 11  # the first agent has an offer, one of the others is not ready
    both.check()


def closing(both: Both, queue: int) -> None:
    both(Op.SET_QUEUE, queue=queue, x=0, flags=FORCE)
    assert both.count(EventType.INTERACTION_REJECTED) == 200


def leaving(both: Both, queue: int) -> None:
    both(Op.SET_PRESENCE, agent=0, x=Presence.OFFLINE)
    assert both.count(EventType.STEP_BEGAN) == 200


def waiting_on(both: Both, queue: int) -> None:
    both(Op.ADVANCE, wait_ns=60 * SECOND)
    assert both.count(EventType.STEP_BEGAN) == 200


def beginning_anew(both: Both, queue: int) -> None:
    both.queue(b"q", THREE, Item(ItemKind.STEP, 0, 0), TWO, replace=True, PRIORITY=7)
    assert both.count(EventType.PRIORITY_CHANGED) == both.count(EventType.STEP_BEGAN) == 200


@pytest.mark.parametrize("what", [closing, leaving, waiting_on, beginning_anew])
def test_what_happens_to_hundreds_at_once(both: Both, what: Callable[[Both, int], None]) -> None:
    queue = both.queue(b"q", ONE, Item(ItemKind.STEP, 0, 60 * SECOND), TWO)
    for agent in both.agents(1, HAS_ONE) + both.agents(2, HAS_TWO):
        both(Op.SET_PRESENCE, agent=agent, x=Presence.NOT_READY)
    for _ in range(200):
        both.enqueue(queue)
    what(both, queue)
    both.check()


# ---------------------------------------------------------------------- claims of many


@pytest.fixture
def blended(both: Both) -> Both:
    """Calls (queue 0) and films (queue 2), both overdue at once, claim those who chat (queue 1)."""
    voice, film = ((Item(ItemKind.FIELD, ChannelField.COST, cost),) for cost in (60, 100))
    chat = tuple(Item(ItemKind.FIELD, field, value) for field, value in ((1, 20), (2, 5)))
    both(Op.DEFINE_CHANNEL, name=b"voice", items=voice, flags=REPLACE)
    both(Op.DEFINE_CHANNEL, name=b"chat", items=chat)
    both(Op.DEFINE_CHANNEL, name=b"film", items=film)
    both.queue(b"calls", ONE, TARGET_NS=0)
    both.queue(b"chats", CHANNEL=1, CLAIMS=0, AUTO_ACCEPT=1)
    both.queue(b"films", ONE, CHANNEL=2, TARGET_NS=0)
    return both


def test_of_many_who_ask_for_the_same_each_claims_one_while_there_are_any(blended: Both) -> None:
    blended.agents(4, HAS_ONE)
    blended.agents(4, HAS_TWO)
    chats = [blended.enqueue(1) for _ in range(8 * 5)]
    for number in range(40):
        blended.enqueue(0, *((THREE,) if number % 2 else ()))  # nobody has what every other one asks for
    assert sum(blended.routers[1].agent(slot).claim > 0 for slot in range(8)) == 4  # type: ignore[union-attr]
    for chat in chats:
        blended(Op.COMPLETE, wait_ns=SECOND, target=chat, x=1)
    blended.check()


def test_who_is_only_kept_from_a_call_keeps_it_from_claiming_until_claimed(blended: Both) -> None:
    """One agent has the units, but an offer already; a film claims them, and in that moment a call the other."""
    blended.queue(b"chats", CHANNEL=1, CLAIMS=0, replace=True)
    blended.agents(1, HAS_ONE)
    for _ in range(3):
        blended.enqueue(1)
        blended(Op.ACCEPT, target=blended.events[-1].offer)
    blended.agents(1, HAS_ONE)
    blended.enqueue(1)
    for _ in range(20):
        blended.enqueue(0)
        assert blended.count(EventType.CLAIM_MADE) == 0
    blended.enqueue(2, priority=5)
    assert blended.count(EventType.CLAIM_MADE) == 2
    blended.check()


@pytest.mark.parametrize("room", [8, 16, 32, 64, 128, 256])
def test_a_claim_ends_as_the_last_room_is_taken(blended: Both, room: int) -> None:
    """Whoever arrives opens a gate, what is asked for changes, and with it ends the claim; and memory moves."""
    blended.agents(1, HAS_ONE)
    blended.enqueue(1)
    blended.queue(
        b"films", ONE, Item(ItemKind.STEP, 0, 0), THREE, Item(ItemKind.STEP_FIELD, StepField.WAITING, room - 1),
        CHANNEL=2, TARGET_NS=0, replace=True,
    )  # fmt: skip
    claimant = blended.enqueue(2)
    assert blended.count(EventType.CLAIM_MADE) == 1
    for _ in range(room - 2):
        blended.enqueue(2)
    assert blended.count(EventType.CLAIM_ENDED) == 1
    assert [router.interaction(claimant).claim for router in blended.routers] == [-1, -1]  # type: ignore[union-attr]
    blended.check()
