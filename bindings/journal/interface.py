"""What a journal is to the server: an ordered log of groups of commands, and snapshots of what they led to.

Positions count groups from 1; 0 is before the first. Only one writer may append at a time: it takes the
journal over with :meth:`Journal.take`, gets an *epoch*, larger than any before, and states it with every
append. An append also states after which position it is to come. So a log that is replicated can stand
behind the same calls: whoever has lost the journal to another node is told :class:`~acdcore.journal.errors.Fenced`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol


class Row(NamedTuple):
    """One group as it is kept.

    Attributes:
        position: its place, counted from 1.
        epoch: of the writer that appended it.
        link: the link of the row before it: a hash over that row and its own link, and so over all rows before.
        body: the group: see :mod:`acdcore.journal.encoding`.
        checksum: CRC-32 of all of these.
    """

    position: int
    epoch: int
    link: bytes
    body: bytes
    checksum: int


class SnapshotInfo(NamedTuple):
    """A snapshot that is there: it holds what the groups up to ``position`` led to."""

    position: int
    size_bytes: int
    made_ns: int


class Journal(Protocol):
    """Where groups of commands become durable. One thread at a time may call it."""

    @property
    def end(self) -> int:
        """The position of the last group, 0 when there has been none."""

    @property
    def start(self) -> int:
        """The position behind which groups are kept: those up to it have been trimmed."""

    @property
    def is_low(self) -> bool:
        """Whether room is so short that nothing new should begin; what has begun may go on for a while."""

    def take(self) -> int:
        """Become the writer; return the epoch to state from now on."""

    def append(self, after: int, epoch: int, body: bytes) -> int:
        """Make a group durable behind position ``after``, which has to be the end; return its position.

        Raises Full when there is no room and nothing was written, Fenced when the epoch or the end are not what
        they were, and StorageFailed when it is not known what was written.
        """

    def read(self, after: int = 0) -> Iterator[Row]:
        """Yield the rows behind a position in order, each checked against its checksum and the row before.

        Raises Damaged at a row that is not as it was written or is missing.
        """

    def snapshots(self) -> list[SnapshotInfo]:
        """Return the snapshots that are there, the oldest first."""

    def put_snapshot(self, position: int, data: bytes) -> None:
        """Keep a snapshot, whole or not at all."""

    def get_snapshot(self, position: int) -> bytes:
        """Return a snapshot. Raises Missing, Damaged or Newer."""

    def trim(self, through: int) -> bool:
        """Let go of some of the groups up to a position; return whether any of them are left. Takes no long time."""

    def relieve(self) -> bool:
        """Try to have room again, or to have more of it; return :attr:`is_low` as it is then."""

    def size_bytes(self) -> int:
        """Return how much room the groups take."""

    def close(self) -> None:
        """Give the journal back, everything in its place."""
