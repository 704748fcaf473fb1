"""A router that follows a journal: the same commands, the same answers, the same state, or it says where not."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from ..commands import Core
from ..defining import new_core
from ..router.codes import Op
from ..router.records import Answer, Command, Event
from ..router.snapshots import NewerSnapshotError
from .chain import NO_LINK, link_of
from .encoding import ANSWER, DEFINES, Encoded, decode, operations, take_apart
from .errors import Damaged, Diverged, Newer
from .interface import Row
from .ledger import WATCHED, Ledger
from .snapshots import Snapshot

Hear: TypeAlias = Callable[[Core, Sequence[Event]], None]
"""Told of what a group led to."""
Watch: TypeAlias = Callable[[Core, int, int, Command, Answer | None], None]
"""Told of every command, before (no answer yet) and after: (router, position, number from 0, command, answer)."""
_EVENTS_AT_ONCE: Final = 1_000
_EVENT_BYTES: Final = 80


class Replica:
    """A router and what it has been told of a journal.

    Args:
        core: an empty router; a compiled one by default.
        hear: told of the events of each group; without it they are dropped.
        watch: told of every command.
        strict: raise Diverged at the first difference; else count them in ``diverged``.
    """

    def __init__(
        self, core: Core | None = None, hear: Hear | None = None, *, strict: bool = True, watch: Watch | None = None
    ) -> None:
        self.core: Any = new_core() if core is None else core
        self.ledger = Ledger()
        self.position = 0
        self.link = NO_LINK
        self.commands = 0
        self.digests = 0
        """State hashes that were compared."""
        self.diverged: list[Diverged] = []
        self._hear = hear
        self._watch = watch
        self._strict = strict
        self._whole = sys.byteorder == "little" and hasattr(self.core, "apply_batch")
        self._room = bytearray(_EVENT_BYTES * _EVENTS_AT_ONCE)

    def apply(self, row: Row) -> None:
        """Apply the next group. Raises Diverged, Newer or Damaged."""
        place = f"position {row.position}"
        if row.position != self.position + 1:
            raise Damaged(place, f"it does not follow {self.position}")
        group = take_apart(row.body, place)
        if self._whole and self._watch is None and WATCHED.isdisjoint(operations(group.commands)):
            self._apply_whole(row, group)
        else:
            self._apply_each(row, group)
        self.commands += group.length
        self._let_go_of_events()
        self.position, self.link = row.position, link_of(*row[:4])
        if group.digest is not None:
            self.digests += 1
            found = self.core.state_hash()
            if found != group.digest:
                self._differs(
                    f"{place}: the state's hash is {found:016x}, the server had {group.digest:016x}", row.position
                )

    def _apply_whole(self, row: Row, group: Encoded) -> None:
        answers = bytearray(group.length * ANSWER.size)
        self.core.apply_batch(bytes(group.commands), answers, bytes(group.names), bytes(group.items))
        if answers == group.answers:
            return
        for number, (command, expected) in enumerate(decode(group)):
            value, code, _ = ANSWER.unpack_from(answers, number * ANSWER.size)
            self._compare(row, number, command, expected, Answer(code, value))

    def _apply_each(self, row: Row, group: Encoded) -> None:
        for number, (command, expected) in enumerate(decode(group)):
            if self._watch is not None:
                self._watch(self.core, row.position, number, command, None)
            answer = self.core.apply(command)
            if self._watch is not None:
                self._watch(self.core, row.position, number, command, answer)
            self._compare(row, number, command, expected, answer)
            self.ledger.note(self.core, command, answer, by_file=bool(group.flags & DEFINES))

    def _compare(self, row: Row, number: int, command: Command, expected: Answer, found: Answer) -> None:
        if found != expected:
            self._differs(
                f"position {row.position}, command {number + 1} ({Op(command.op).name}): the answer is {tuple(found)}, "
                f"the server gave {tuple(expected)}",
                row.position,
                number,
            )

    def _differs(self, message: str, position: int, number: int = -1) -> None:
        found = Diverged(message, position, number)
        if self._strict:
            raise found
        self.diverged.append(found)

    def _let_go_of_events(self) -> None:
        if self._hear is not None:
            self._hear(self.core, self.core.drain())
        elif self._whole:
            while self.core.drain_into(self._room) == _EVENTS_AT_ONCE:
                pass
        else:
            self.core.drain()

    # ------------------------------------------------------------------ snapshots

    def snapshot(self, made_ns: int) -> Snapshot:
        """Return the state as of this position."""
        core = self.core
        return Snapshot(self.position, self.link, core.state_hash(), made_ns, core.snapshot(), self.ledger.packed())

    def restore(self, snapshot: Snapshot, place: str) -> None:
        """Take a snapshot's state. Raises Damaged when it is not what it says, Newer when a newer build made it."""
        try:
            core = type(self.core).restored(snapshot.state)
            ledger = Ledger.unpacked(snapshot.ledger)
        except NewerSnapshotError as error:
            what = str(error).removeprefix("snapshot: ")
            raise Newer(f"{place}: {what}; use the build that wrote it, or a newer one") from error
        except (ValueError, KeyError) as error:
            raise Damaged(place, str(error)) from error
        if core.state_hash() != snapshot.digest:
            raise Damaged(place, f"its state has the hash {core.state_hash():016x}, not {snapshot.digest:016x}")
        self.core, self.ledger = core, ledger
        self.position, self.link = snapshot.position, snapshot.link


def has_snapshots(core: object) -> bool:
    """Whether a router can write its whole state down."""
    return hasattr(core, "snapshot") and hasattr(type(core), "restored")
