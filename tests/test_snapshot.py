"""Whole-state snapshots: restored, a router goes on exactly as the one that was saved, for ever."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path

import pytest

import fuzz
import tables
from acdcore.router import Command, Core, Op
from acdcore.router.reference import Reference
from fuzz_definitions import FEATURES, NO_FEATURES

DIGEST_BYTES = 32
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
    routers: list[fuzz.Router] = [Reference(), one]
    opening = stream.opening()
    for number in range(commands):
        command = opening[number] if number < len(opening) else stream.next()
        answer, events = fuzz.compare(routers, command)
        stream.observe(command, answer, events, one)
        seen.count(command, answer, events)
        if number % every == 0:
            routers = [*routers[:2], checked(one)]
            fuzz.compare_views(routers[1:], stream)
    return seen


def test_it_goes_on_as_the_one_saved() -> None:
    """In random runs with all features, and with some, saved after every command or after every so many."""
    seen = fuzz.Seen()
    for run in range(6):
        seen.add(go_on(SEED + run, 400, every=1 + 3 * run, having=frozenset(FEATURES)))
    for run in range(20):
        seen.add(go_on(SEED + 100 + run, 250, every=1 + 2 * run))
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


def resealed(data: bytes) -> bytes:
    """Return a snapshot that was tampered with, its digest right again."""
    return data[:-DIGEST_BYTES] + blake2b(data[:-DIGEST_BYTES], digest_size=DIGEST_BYTES).digest()


def some_snapshot() -> bytes:
    core = Core()
    fuzz.history(SEED, 200, core)
    return core.snapshot()


def test_damage_is_noticed() -> None:
    data = some_snapshot()
    for place in range(0, len(data), max(1, len(data) // 500)):
        spoiled = bytearray(data)
        spoiled[place] ^= 1 << place % 8
        with pytest.raises(ValueError, match="snapshot: "):
            Core.restored(bytes(spoiled))
    for length in (0, 7, 8, 31, 40, len(data) // 2, len(data) - 1):
        with pytest.raises(ValueError, match="snapshot: "):
            Core.restored(data[:length])


def test_a_newer_format_is_refused() -> None:
    data = some_snapshot()
    newer = resealed(data[:8] + (2).to_bytes(4, "little") + data[12:])
    with pytest.raises(ValueError, match="snapshot: format 2 is newer than this build reads; allowed: 1"):
        Core.restored(newer)
