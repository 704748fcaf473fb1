"""How a group of commands lies in a row of the journal: version 1.

All numbers are little-endian. A group is ``HEAD``, then its parts without anything between them::

    version     u8    1
    kind        u8    1: commands
    flags       u16   1: ``digest`` holds; 2: it brings the definitions in line with the center's file
    commands    u32   how many
    items       u32   how many
    names       u32   how many bytes
    digest      u64   the state hash after the last command, where the flag is set
    wall        i64   the wall clock when it was written, ns since 1970; nothing depends on it
    commands    88 bytes each   now_ns i64, request_high u64, request_low u64, target i64, x i64, y i64, z i64,
                                op i32, queue i32, tier i32, agent i32, priority i32, flags i32, name_length i32,
                                items i32
    answers     16 bytes each   value i64, code i32, 0 i32
    items       24 bytes each   kind i64, key i64, value i64
    names       the names of all commands, one after the other

Commands, answers and items lie as in :mod:`acdcore.router.batch`, so that a router replays a whole group in one
call without a Python object for each. Answers are kept so that a replay that differs is seen at the very command.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, TypeAlias

from ..router.arithmetic import MASK64
from ..router.codes import Op
from ..router.records import Answer, Command, Item
from .errors import Damaged, Newer

VERSION: Final = 1
COMMANDS: Final = 1
"""The kind of a group of commands."""
HAS_DIGEST: Final = 1
DEFINES: Final = 2
"""In ``flags``: the group brings the definitions in line with the center's file."""
HEAD: Final = struct.Struct("<BBHIIIQq")
COMMAND: Final = struct.Struct("<qQQqqqqiiiiiiii")
ANSWER: Final = struct.Struct("<qii")
ITEM: Final = struct.Struct("<qqq")
OP_OFFSET: Final = 56
"""Where a command's operation is in its row."""

Group: TypeAlias = Sequence[tuple[Command, Answer]]
"""Commands as they were applied, each with its answer."""


class Encoded(NamedTuple):
    """A group taken apart, nothing copied. ``digest`` is None where none was noted."""

    flags: int
    digest: int | None
    wall_ns: int
    length: int
    commands: memoryview
    answers: memoryview
    items: memoryview
    names: memoryview


def encode(group: Group, digest: int | None = None, wall_ns: int = 0, flags: int = 0) -> bytes:
    """Return a group as bytes."""
    pack_command, pack_answer, pack_item = COMMAND.pack, ANSWER.pack, ITEM.pack
    commands, answers, items, names = [], [], [], []
    for one, answer in group:
        op, now_ns, target, queue, tier, agent, priority, marks, x, y, z, name, own, request_id = one
        commands.append(
            pack_command(
                now_ns, request_id >> 64, request_id & MASK64, target, x, y, z,
                op, queue, tier, agent, priority, marks, len(name), len(own),
            )
        )  # fmt: skip
        answers.append(pack_answer(answer[1], answer[0], 0))
        if own:
            items += [pack_item(*line) for line in own]
        if name:
            names.append(name)
    name_bytes = b"".join(names)
    flags |= 0 if digest is None else HAS_DIGEST
    head = HEAD.pack(VERSION, COMMANDS, flags, len(commands), len(items), len(name_bytes), digest or 0, wall_ns)
    return b"".join((head, *commands, *answers, *items, name_bytes))


def take_apart(body: bytes, place: str = "a group") -> Encoded:
    """Return the parts of a group; ``place`` is what errors call it.

    Raises Newer for a version, a kind or an operation that this build does not know, Damaged for one that is
    not of one piece.
    """
    if not body:
        raise Damaged(place, "it is empty")
    if body[0] > VERSION:
        raise Newer(
            f"{place} has version {body[0]}, this build of acdcore reads up to {VERSION}: use the build that wrote it, "
            f"or a newer one"
        )
    if len(body) < HEAD.size:
        raise Damaged(place, f"it has {len(body)} bytes, less than its head")
    version, kind, flags, count, items, names, digest, wall_ns = HEAD.unpack_from(body)
    if version < 1:
        raise Damaged(place, f"it has version {version}")
    if kind != COMMANDS or flags & ~(HAS_DIGEST | DEFINES):
        raise Newer(f"{place} is of kind {kind} with flags {flags}, which this build of acdcore does not know")
    sizes = (count * COMMAND.size, count * ANSWER.size, items * ITEM.size, names)
    if HEAD.size + sum(sizes) != len(body):
        raise Damaged(place, f"it has {len(body)} bytes, its head says {HEAD.size + sum(sizes)}")
    parts, begin, view = [], HEAD.size, memoryview(body)
    for size in sizes:
        parts.append(view[begin : begin + size])
        begin += size
    for op in set(operations(parts[0])):
        if op not in _KNOWN:
            raise Newer(f"{place} has operation {op}, which this build of acdcore does not know")
    return Encoded(flags, digest if flags & HAS_DIGEST else None, wall_ns, count, *parts)


_KNOWN: Final = frozenset(int(op) for op in Op)


def operations(commands: memoryview) -> list[int]:
    """Return the operations of encoded commands."""
    return [int.from_bytes(commands[at : at + 4], "little") for at in range(OP_OFFSET, len(commands), COMMAND.size)]


def decode(group: Encoded) -> Iterator[tuple[Command, Answer]]:
    """Yield a group's commands and answers as they were given to :func:`encode`."""
    item_at = name_at = 0
    for number in range(group.length):
        row = COMMAND.unpack_from(group.commands, number * COMMAND.size)
        now_ns, high, low, target, x, y, z, op, queue, tier, agent, priority, flags, length, own = row
        items = tuple(Item(*ITEM.unpack_from(group.items, (item_at + i) * ITEM.size)) for i in range(own))
        name = bytes(group.names[name_at : name_at + length])
        item_at, name_at = item_at + own, name_at + length
        value, code, _ = ANSWER.unpack_from(group.answers, number * ANSWER.size)
        yield (
            Command(
                op, now_ns, target, queue, tier, agent, priority, flags, x, y, z, name, items, high << 64 | low
            ),
            Answer(code, value),
        )  # fmt: skip
