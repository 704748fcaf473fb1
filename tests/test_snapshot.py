"""Whole-state snapshots: restored, a router goes on exactly as the one that was saved, for ever."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any

import pytest

import fuzz
import tables
from acdcore.router import Cause, Command, Core, Event, EventType, Item, ItemKind, NewerSnapshotError, Op, Presence
from acdcore.router.reference import Reference
from fuzz_definitions import FEATURES, NO_FEATURES

HEADER_BYTES = DIGEST_BYTES = 32
SEED = 20_261_122


def checked(core: Core) -> Core:
    """Return the router restored from a snapshot of this one, sound in itself and saved as the same bytes."""
    data = core.snapshot()
    again = Core.restored(data)
    again.check_invariants()
    assert again.state_hash() == core.state_hash()
    assert again.snapshot() == data == core.snapshot()
    return again


def go_on(seed: int, commands: int, every: int, having: frozenset[str] = NO_FEATURES) -> fuzz.Seen:
    """Run random commands on the specification, the router, and one restored from it after every so many commands."""
    one, stream, seen = Core(), fuzz.Commands(seed, having), fuzz.Seen()
    routers: list[Any] = [Reference(), one]
    opening = stream.opening()
    for number in range(commands):
        command = opening[number] if number < len(opening) else stream.next()
        answer, events = fuzz.compare(routers, command)
        stream.observe(command, answer, events, one)
        seen.count(command, answer, events)
        if number % every == 0:
            for restored in routers[2:]:  # another history, the same state
                assert restored.snapshot() == one.snapshot()
            routers[2:] = [checked(one)]
            fuzz.compare_views([one, *routers[2:]], stream)
    return seen


def test_it_goes_on_as_the_one_saved() -> None:
    """In random runs with all features, and with some, saved after every command or after every so many."""
    seen = fuzz.Seen()
    for run in range(4):
        seen.add(go_on(SEED + run, 300, every=1 + 3 * run, having=frozenset(FEATURES)))
    for run in range(12):
        seen.add(go_on(SEED + 100 + run, 250, every=2 + 2 * run))
    missing = [op.name for op in Op if op >= Op.ADVANCE and not seen.operations[op]]
    assert missing == [], "an operation never succeeded: the run shows less than it seems to"


@pytest.mark.parametrize("path", sorted(tables.TABLES.glob("*.txt")), ids=lambda path: path.stem)
def test_every_table_goes_on(path: Path) -> None:
    """After every line; whatever the tables bring about is saved."""

    class Restored:
        """A router that is saved and restored before every command."""

        def __init__(self) -> None:
            self.core = Core()

        def apply(self, command: Command) -> object:
            self.core = checked(self.core)
            return self.core.apply(command)

        def __getattr__(self, name: str) -> object:
            return getattr(self.core, name)

    tables.run(path, Restored())


# ---------------------------------------------------------------------- a center that is not tiny


class Floor:
    """Random work for a few hundred agents: calls that many may serve, chats that fill gaps, no two runs alike."""

    QUEUES = (
        "shared=3 offer=20s step=60s requires=s3 wait=20s",
        "strategy=longest_idle max_wait=90s wrap_up=15s",
        "channel=chat reserve=2 reserve_rank=10 reserve_opens=30s",
        "strategy=random on_unstaffed=wait max_offers=2 held=40s prefer_last=30s",
    )

    def __init__(self, core: Core, seed: int, agents: int, order: str) -> None:
        self.random = random.Random(seed)
        self.now_ns = 10**9
        self.offers: list[int] = []
        self.talks: list[int] = []
        lines = [
            f"configure order={order} lease=300s",
            "tier gold rank=10",
            "tier standard",
            "channel chat cost=25 most=4",
        ]
        lines += [f"skill s{number}" for number in range(12)]
        lines += [f"queue q{number} {fields}" for number, fields in enumerate(self.QUEUES)]
        play = tables.Play(core)
        for line in lines:
            play(f"0s {line}")
        for slot in range(agents):
            skills = self.random.sample(range(12), 3)
            items = tuple(Item(ItemKind.HAS_SKILL, skill, self.random.randint(1, 10)) for skill in sorted(skills))
            core.apply(Command(Op.DEFINE_AGENT, 0, name=b"a%d" % slot, items=items))
        self.commands = [Command(Op.SIGN_IN, 0, agent=slot, x=Presence.AVAILABLE) for slot in range(agents)]

    def next(self) -> Command:
        """Return the next command."""
        if self.commands:
            return self.commands.pop()
        draw = self.random
        self.now_ns += int(draw.expovariate(20) * 10**9)
        roll = draw.random()
        if roll < 0.5 or not (self.offers or self.talks):
            customer = Item(ItemKind.CUSTOMER, 0, draw.randrange(1, 50))
            return Command(
                Op.ENQUEUE, self.now_ns, queue=draw.randrange(4), tier=draw.randrange(2), x=-1, items=(customer,)
            )
        if self.offers and roll < 0.8:
            op = Op.ACCEPT if roll < 0.75 else Op.DECLINE
            return Command(op, self.now_ns, target=self.offers.pop(draw.randrange(len(self.offers))))
        if self.talks and roll < 0.97:
            return Command(
                Op.COMPLETE, self.now_ns, target=self.talks.pop(draw.randrange(len(self.talks))), x=Cause.AGENT
            )
        return Command(Op.RESUME, self.now_ns, y=60 * 10**9)

    def observe(self, events: list[Event]) -> None:
        """Learn what rings and who talks."""
        for event in events:
            if event.type == EventType.OFFER_MADE:
                self.offers.append(event.offer)
            elif event.type == EventType.OFFER_ACCEPTED:
                self.talks.append(event.interaction)


@pytest.mark.parametrize("order", ["due", "proportional"])
def test_a_larger_center_goes_on(order: str) -> None:
    one = Core()
    floor = Floor(one, SEED, 150, order)
    one.drain()
    other = checked(one)
    for number in range(4_000):
        command = floor.next()
        answer, events = one.apply(command), one.drain()
        assert (answer, events) == (other.apply(command), other.drain()), number
        assert one.next_deadline_ns() == other.next_deadline_ns()
        floor.observe(events)
        if number % 400 == 399:
            assert other.snapshot() == one.snapshot()
            other = checked(one)
    assert one.center() == other.center() and one.center().interactions > 100


# ---------------------------------------------------------------------- the bytes


def resealed(data: bytes) -> bytes:
    """Return a snapshot that was tampered with, its digest right again."""
    return data[:-DIGEST_BYTES] + blake2b(data[:-DIGEST_BYTES], digest_size=DIGEST_BYTES).digest()


def snapshot_after(seed: int, commands: int) -> bytes:
    """Return the snapshot of a router after a random run with all features."""
    core, stream = Core(), fuzz.Commands(seed, frozenset(FEATURES))
    opening = stream.opening()
    for number in range(commands):
        command = opening[number] if number < len(opening) else stream.next()
        stream.observe(command, core.apply(command), core.drain(), core)
    return core.snapshot()


def test_damage_is_noticed() -> None:
    data = snapshot_after(SEED, 250)
    for place in range(0, len(data), len(data) // 500):
        spoiled = bytearray(data)
        spoiled[place] ^= 1 << place % 8
        with pytest.raises(ValueError, match="snapshot: "):
            Core.restored(bytes(spoiled))
    for length in (0, 7, 8, 31, 40, len(data) // 2, len(data) - 1):
        with pytest.raises(ValueError, match="snapshot: "):
            Core.restored(data[:length])
    assert Core.restored(data).snapshot() == data


@pytest.mark.parametrize("seed", range(6))
def test_no_bytes_lead_astray(seed: int) -> None:
    """Whatever else is written there under a right digest is refused, or is a state; never a crash.

    Under the sanitizers, too: no read or write goes beyond an array.
    """
    draw = random.Random(seed)
    data = snapshot_after(seed, 200)
    refused = 0
    for _ in range(400):
        spoiled = bytearray(data)
        for _ in range(draw.choice((1, 1, 2, 8))):
            place = draw.randrange(HEADER_BYTES, len(data) - DIGEST_BYTES)
            spoiled[place] = draw.choice((0, 1, 0x7F, 0x80, 0xFF, spoiled[place] ^ 1 << draw.randrange(8)))
        if draw.random() < 0.2:  # something is missing, or there is more
            place = draw.randrange(HEADER_BYTES, len(data) - DIGEST_BYTES)
            spoiled[place : place + draw.choice((0, 1, 4, 8, 50))] = bytes(draw.choice((0, 1, 4, 9)))
            spoiled[16:24] = len(spoiled).to_bytes(8, "little")
        try:
            core = Core.restored(resealed(bytes(spoiled)))
        except ValueError as error:
            assert str(error).startswith("snapshot: ")  # noqa: PT017
            refused += 1
        else:
            core.apply(Command(Op.ADVANCE, core.center().now_ns + 10**12))
            core.state_hash()
    assert refused > 200


def test_a_newer_format_is_refused() -> None:
    data = Core().snapshot()
    for version, which, error in ((2, "newer than", NewerSnapshotError), (0, "none of those that", ValueError)):
        other = resealed(data[:8] + version.to_bytes(4, "little") + data[12:])
        with pytest.raises(error, match=f"snapshot: format {version} is {which} this build reads; allowed: 1"):
            Core.restored(other)
    with pytest.raises(ValueError, match="snapshot: it begins with b'SQLite f'; allowed: b'acdstate'"):
        Core.restored(b"SQLite format 3")
    with pytest.raises(ValueError, match=r"snapshot: \d+ bytes; allowed: \d+, as it says: it is cut off, or damaged"):
        Core.restored(data + b"\0")


@pytest.mark.parametrize("none", [None, bytearray(b"acdstate"), "acdstate"])
def test_only_bytes_are_a_snapshot(none: Any) -> None:
    with pytest.raises(TypeError):
        Core.restored(none)


@pytest.mark.plain
def test_the_bytes_are_the_same_under_another_hash_seed() -> None:
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); from hashlib import sha256; from test_snapshot import *\n"
        "for seed in range(3): print(sha256(snapshot_after(seed, 200)).hexdigest())"
    )
    expected = "".join(f"{sha256(snapshot_after(seed, 200)).hexdigest()}\n" for seed in range(3))
    for hash_seed in ("0", "4242"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        here = str(Path(__file__).parent)
        done = subprocess.run(
            [sys.executable, "-c", script, here], capture_output=True, text=True, check=True, env=environment
        )
        assert done.stdout == expected


def test_what_is_no_part_of_it() -> None:
    """Events that wait to be drained, and what was refused later: they leave no mark."""
    core = Core()
    play = tables.Play(core, "0s tier t\n0s queue q\n0s agent anna\n1s sign_in anna\n2s enqueue i1 q t")
    data = core.snapshot()
    core.apply(Command(Op.COMPLETE, 3 * 10**9, target=99, x=Cause.AGENT))
    assert core.snapshot() == data
    core.apply(Command(Op.ENQUEUE, 3 * 10**9, queue=0, tier=0, x=-1))
    assert core.pending_events() == 1
    again = Core.restored(core.snapshot())
    assert again.pending_events() == 0 and again.center() == core.center()
    [event] = core.drain()
    again.apply(Command(Op.ENQUEUE, 3 * 10**9, queue=0, tier=0, x=-1))
    assert [one.seq for one in again.drain()] == [event.seq + 1]
    del play


def test_a_kind_of_its_own() -> None:
    class Own(Core):
        """A router of somebody's own."""

    assert type(Own.restored(Core().snapshot())) is Own
