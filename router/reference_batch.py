"""Many commands at once in the reference: row by row what one command at a time would do."""

from __future__ import annotations

from abc import abstractmethod
from typing import Final

from . import batch
from .batch import ANSWER, COMMAND, EVENT, ITEM, Rows
from .records import Answer, Command, Event, Item

_COMMAND: Final = batch.packed(COMMAND)
_ITEM: Final = batch.packed(ITEM)
_ANSWER: Final = batch.packed(ANSWER)
_EVENT: Final = batch.packed(EVENT)


class Batches:
    """The batch face over :meth:`apply` and the events not yet drained."""

    _events: list[Event]

    @abstractmethod
    def apply(self, command: Command) -> Answer:
        """Apply one command."""

    def apply_batch(
        self, commands: Rows, answers: Rows, names: bytes = b"", items: Rows = b"", *, most_events: int = 0
    ) -> int:
        """Apply commands in order, as :meth:`apply` would one after the other; return how many.

        Args:
            commands: rows of :data:`~acdcore.router.batch.COMMAND`, each with its own ``now_ns``.
            answers: as many rows of :data:`~acdcore.router.batch.ANSWER`, or more; the answer to a row is in the same
                row. A refusal is an answer, and the next row follows.
            names: the names of all rows, one after the other.
            items: rows of :data:`~acdcore.router.batch.ITEM`, those of all rows one after the other.
            most_events: stop before a row once so many events wait to be drained (one command may still lead to
                more than that); 0: never.

        Raises BatchError for a row whose name or items are not there, after the rows before it were applied;
        ValueError or TypeError for arrays that do not fit, before anything was applied.
        """
        rows, room = batch.view_of("commands", commands), batch.view_of("answers", answers, writable=True)
        lines = batch.view_of("items", items)
        n, given = rows.nbytes // _COMMAND.size, lines.nbytes // _ITEM.size
        batch.check_room(room.nbytes // _ANSWER.size, n)
        batch.check_most_events(most_events)
        first_byte = first_item = 0
        for row in range(n):
            if most_events and len(self._events) >= most_events:
                return row
            now_ns, high, low, target, x, y, z, op, queue, tier, agent, priority, flags, length, count = (
                _COMMAND.unpack_from(rows, row * _COMMAND.size)
            )
            if not 0 <= length <= len(names) - first_byte:
                raise batch.BatchError(row, "name_length", length, f"0 to {len(names) - first_byte}, left in names")
            if not 0 <= count <= given - first_item:
                raise batch.BatchError(row, "items", count, f"0 to {given - first_item}, left in items")
            name = names[first_byte : first_byte + length]
            places = range(first_item, first_item + count)
            beside = tuple(Item(*_ITEM.unpack_from(lines, place * _ITEM.size)) for place in places)
            first_byte, first_item = first_byte + length, first_item + count
            command = Command(
                op, now_ns, target, queue, tier, agent, priority, flags, x, y, z, name, beside, high << 64 | low
            )
            answer = self.apply(command)
            _ANSWER.pack_into(room, row * _ANSWER.size, answer.value, answer.code, 0)
        return n

    def drain_into(self, events: Rows) -> int:
        """Move the oldest events into rows of :data:`~acdcore.router.batch.EVENT`; return how many.

        What has no room stays for the next call. Raises ValueError or TypeError for an array that does not fit.
        """
        room = batch.view_of("events", events, writable=True)
        moved = self._events[: room.nbytes // _EVENT.size]
        for row, one in enumerate(moved):
            _EVENT.pack_into(
                room, row * _EVENT.size, one.seq, one.now_ns, one.interaction, one.offer, one.assignment,
                one.x, one.y, one.type, one.cause, one.queue, one.tier, one.agent, 0,
            )  # fmt: skip
        del self._events[: len(moved)]
        return len(moved)

    def pending_events(self) -> int:
        """Return how many events wait to be drained."""
        return len(self._events)
