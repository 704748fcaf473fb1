"""How commands, answers and events lie in arrays: for many at once, without a Python object for each.

``apply_batch`` and ``drain_into`` of both routers take any contiguous buffer of such rows, and so do ``cells_into``,
``doors_into`` and ``standings_into``, which copy counters and how things stand for whoever shows them. The layouts are
descriptions that ``numpy.dtype`` takes, so that a NumPy structured array is one; the router itself needs no
NumPy, and a ``bytearray`` of whole rows does as well::

    commands = numpy.zeros(1_000, numpy.dtype(COMMAND))
    answers = numpy.zeros(1_000, numpy.dtype(ANSWER))
    applied = core.apply_batch(commands, answers)

A row of zeros is no command: the defaults of :class:`~acdcore.router.records.Command` are in :data:`DEFAULTS`.
Names and items travel beside the rows, one after the other: row by row the next ``name_length`` bytes of ``names``
and the next ``items`` rows of ``items``.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, TypeAlias, cast

from .arithmetic import MASK64
from .codes import MAX_WAIT_EDGES, PRIORITY_DEFAULT
from .records import Command

if TYPE_CHECKING:
    from typing_extensions import Buffer

_CODES: Final = {"i8": "q", "u8": "Q", "i4": "i"}

Layout: TypeAlias = list[tuple[str, str]]
"""The fields of a row in order, each with its type: native byte order, nothing between them."""

UNUSED: Final = "unused"
"""A field that fills a row up to whole 8 bytes; it is written as 0."""
COMMAND: Final[Layout] = [
    ("now_ns", "i8"),
    ("request_high", "u8"),
    ("request_low", "u8"),
    ("target", "i8"),
    ("x", "i8"),
    ("y", "i8"),
    ("z", "i8"),
    ("op", "i4"),
    ("queue", "i4"),
    ("tier", "i4"),
    ("agent", "i4"),
    ("priority", "i4"),
    ("flags", "i4"),
    ("name_length", "i4"),
    ("items", "i4"),
]
"""A :class:`~acdcore.router.records.Command`; ``request_high`` and ``request_low`` are the halves of its request id."""
ITEM: Final[Layout] = [("kind", "i8"), ("key", "i8"), ("value", "i8")]
"""An :class:`~acdcore.router.records.Item`."""
ANSWER: Final[Layout] = [("value", "i8"), ("code", "i4"), (UNUSED, "i4")]
"""An :class:`~acdcore.router.records.Answer`."""
EVENT: Final[Layout] = [
    ("seq", "i8"),
    ("now_ns", "i8"),
    ("interaction", "i8"),
    ("offer", "i8"),
    ("assignment", "i8"),
    ("x", "i8"),
    ("y", "i8"),
    ("type", "i4"),
    ("cause", "i4"),
    ("queue", "i4"),
    ("tier", "i4"),
    ("agent", "i4"),
    (UNUSED, "i4"),
]
"""An :class:`~acdcore.router.records.Event`."""
CELL: Final[Layout] = [
    ("queue", "i4"),
    ("tier", "i4"),
    ("since_ns", "i8"),
    ("enqueued", "i8"),
    ("answered", "i8"),
    ("in_target", "i8"),
    ("abandoned", "i8"),
    ("abandoned_in_target", "i8"),
    ("completed", "i8"),
    ("offers_made", "i8"),
    ("offers_declined", "i8"),
    ("offers_expired", "i8"),
    ("offers_revoked", "i8"),
    ("offers_failed", "i8"),
    ("returned", "i8"),
    ("moved", "i8"),
    ("moved_in", "i8"),
    ("held", "i8"),
    ("expired", "i8"),
    ("rejected", "i8"),
    ("waiting", "i8"),
    ("offered", "i8"),
    ("active", "i8"),
    ("held_now", "i8"),
    ("scheduled", "i8"),
    ("wait_ns_low", "u8"),
    ("wait_ns_high", "u8"),
    ("handle_ns_low", "u8"),
    ("handle_ns_high", "u8"),
    ("wrap_up_ns_low", "u8"),
    ("wrap_up_ns_high", "u8"),
    *((f"waits_{place}", "i8") for place in range(MAX_WAIT_EDGES + 1)),
]
"""The :class:`~acdcore.router.records.Figures` of one (queue, tier), and ``waiting_since`` as ``since_ns``.

Sums of times have 128 bits, in halves. ``waits_0`` and so on are the wait bins, of which the first
``len(wait_edges()) + 1`` are in use.
"""
DOOR: Final[Layout] = [("target_ns", "i8"), ("queued", "i4"), ("is_open", "i4"), ("is_staffed", "i4"), (UNUSED, "i4")]
"""How a queue stands: ``is_staffed`` says whether anybody signed in could serve some step of its plan."""
STANDING: Final[Layout] = [("signature", "u8"), ("presence", "i4"), ("state", "i4")]
"""How an agent stands; ``signature`` is a hash of skills and channels, equal for agents of one group."""
DEFAULTS: Final = {"queue": -1, "tier": -1, "agent": -1, "priority": PRIORITY_DEFAULT}
"""What a field of :data:`COMMAND` is where an operation does not use it; all others: 0."""


class Array(Protocol):
    """A NumPy array. It is a buffer, but type checkers for Python 3.11 do not know that."""

    @property
    def __array_interface__(self) -> dict[str, Any]:
        """Where it lies and what it holds."""


Rows: TypeAlias = "Buffer | Array"


class BatchError(ValueError):
    """A row that cannot be read. The ``applied`` rows before it were applied, and their answers are there."""

    def __init__(self, row: int, field: str, value: int, allowed: str) -> None:
        super().__init__(f"commands[{row}].{field}: {value} is none; allowed: {allowed}; {row} rows were applied")
        self.applied = row


def packed(layout: Layout) -> struct.Struct:
    """Return what reads and writes one row, fields in order."""
    return struct.Struct("@" + "".join(_CODES[kind] for _, kind in layout))


def row_bytes(layout: Layout) -> int:
    """Return how many bytes a row has."""
    return packed(layout).size


def _described(layout: Layout) -> str:
    """Return how a buffer describes its rows (PEP 3118), reduced to what :func:`_reduced` leaves."""
    return "T{" + "".join(f"{_CODES[kind]}:{name}:" for name, kind in layout) + "}"


@lru_cache(maxsize=64)
def _reduced(described: str) -> str:
    """Return a buffer's description without what only says that it is as on this machine.

    An int64 is a ``long`` where that has as many bits.
    """
    if struct.calcsize("l") == struct.calcsize("q"):
        described = described.replace("l:", "q:").replace("L:", "Q:")
    native = "<" if struct.pack("=h", 1) == struct.pack("<h", 1) else ">"
    for mark in ("@", "=", "^", native):
        described = described.replace(mark, "")
    return described


_LAYOUTS: Final = {
    "commands": ("COMMAND", row_bytes(COMMAND), _described(COMMAND)),
    "items": ("ITEM", row_bytes(ITEM), _described(ITEM)),
    "answers": ("ANSWER", row_bytes(ANSWER), _described(ANSWER)),
    "events": ("EVENT", row_bytes(EVENT), _described(EVENT)),
    "cells": ("CELL", row_bytes(CELL), _described(CELL)),
    "doors": ("DOOR", row_bytes(DOOR), _described(DOOR)),
    "standings": ("STANDING", row_bytes(STANDING), _described(STANDING)),
}
"""Argument -> the name of its layout here, the bytes of a row, and how a buffer describes it."""


def view_of(argument: str, rows: Rows, *, writable: bool = False) -> memoryview:
    """Return the memory of the rows given as an argument; as long as the view is there, they stay where they are.

    Raises TypeError for what is no buffer, ValueError for one whose rows are laid out otherwise, that is not
    contiguous, or that may not be written to but must be.
    """
    name, size, described = _LAYOUTS[argument]
    view = memoryview(cast("Buffer", rows))
    is_bytes = view.itemsize == 1 and view.ndim == 1 and view.nbytes % size == 0
    is_rows = view.itemsize == size and view.ndim == 1 and _reduced(view.format) == described
    if not (is_bytes or is_rows) or not view.c_contiguous:
        raise ValueError(
            f"{argument}: {view.ndim} dimension(s), {view.nbytes} bytes, {view.itemsize} each, {view.format!r}"
            f"{'' if view.c_contiguous else ', not contiguous'} does not fit; allowed: a contiguous array of "
            f"numpy.dtype(acdcore.router.batch.{name}), or bytes in rows of {size}"
        )
    if writable and view.readonly:
        raise ValueError(f"{argument}: it is read-only; allowed: an array that may be written to")
    return view


def check_room(answers: int, commands: int) -> None:
    """Raise ValueError unless there is a row for every answer."""
    if answers < commands:
        raise ValueError(f"answers: {answers} rows are too few; allowed: {commands} or more, one for each command")


def check_first(first: int) -> None:
    """Raise ValueError for a row that copying cannot begin with."""
    if first < 0:
        raise ValueError(f"first: {first} is no row; allowed: 0 or more")


def check_part(place: int, most: int) -> None:
    """Raise ValueError for a place or a number that no part of a whole can have."""
    if place < 0 or not 1 <= most <= 2**32:
        raise ValueError(f"place, most: {place}, {most} is no part; allowed: 0 or more, 1 to {2**32}")


def check_progress(begin: int, end: int, queues: int, tiers: int) -> None:
    """Raise ValueError when not even one queue of those that are left could be copied."""
    if begin == end < queues:
        raise ValueError(f"cells: too few rows for a queue's tiers; allowed: {tiers} or more, one for each tier")


def check_most_events(most_events: int) -> None:
    """Raise ValueError for a number of events that cannot be waited for."""
    if most_events < 0:
        raise ValueError(f"most_events: {most_events} is too few; allowed: 0 (any number) or more")


class Packed(NamedTuple):
    """Commands as ``apply_batch`` takes them: rows of :data:`COMMAND`, and what travels beside them."""

    commands: bytearray
    names: bytes
    items: bytes


def pack(commands: Iterable[Command]) -> Packed:
    """Return commands in rows: definitions, or others that have names or items, are easily made this way.

    Raises OverflowError for a value that does not fit its field.
    """
    row, item = packed(COMMAND), packed(ITEM)
    rows, names, items = bytearray(), bytearray(), bytearray()
    for number, one in enumerate(commands):
        try:
            rows += row.pack(
                one.now_ns, one.request_id >> 64, one.request_id & MASK64, one.target, one.x, one.y, one.z,
                one.op, one.queue, one.tier, one.agent, one.priority, one.flags, len(one.name), len(one.items),
            )  # fmt: skip
            for line in one.items:
                items += item.pack(*line)
        except struct.error as error:
            raise OverflowError(f"commands[{number}]: {error}: {one}") from None
        names += one.name
    return Packed(rows, bytes(names), bytes(items))
