"""Everything about a journal that can be checked: rows, chain, snapshots, and that it replays to the same states."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

from .encoding import COMMAND, take_apart
from .errors import Damaged, Diverged
from .interface import SnapshotInfo
from .recovery import restore
from .replica import Hear, Replica, Watch
from .snapshots import Snapshot
from .sqlite import SqliteJournal

Progress = Callable[[float], None]


class Verified(NamedTuple):
    """What a journal holds.

    Attributes:
        start, end: it has the groups behind the one and up to the other position.
        commands: in these groups.
        first_ns, last_ns: their times, -1 where there are none.
        snapshots: those that hold.
        digests: state hashes that a replay came to as well; snapshots' among them.
        state_hash: of the state at the end, None when nothing was replayed.
        duration_s: how long it took.
    """

    center: str
    start: int
    end: int
    commands: int
    first_ns: int
    last_ns: int
    size_bytes: int
    snapshots: list[SnapshotInfo]
    digests: int
    state_hash: int | None
    duration_s: float


def verify(journal: SqliteJournal, *, replay: bool = True, progress: Progress | None = None) -> Verified:
    """Check all of a journal. Raises Damaged, Newer or Diverged, with the place, at the first thing that is wrong."""
    began_s = time.perf_counter()
    commands, first_ns, last_ns = _check_rows(journal)
    held = _snapshots(journal)
    digests, state_hash = _replay(journal, held, progress) if replay else (0, None)
    return Verified(
        journal.center,
        journal.start,
        journal.end,
        commands,
        first_ns,
        last_ns,
        journal.size_bytes(),
        [info for info, _ in held],
        digests,
        state_hash,
        time.perf_counter() - began_s,
    )


def _check_rows(journal: SqliteJournal) -> tuple[int, int, int]:
    commands, first_ns, last_ns = 0, -1, -1
    for row in journal.read(journal.start):
        place = f"position {row.position}"
        group = take_apart(row.body, place)
        commands += group.length
        for number in range(group.length):
            at_ns = int(COMMAND.unpack_from(group.commands, number * COMMAND.size)[0])
            if at_ns < last_ns:
                raise Damaged(f"{place}, command {number + 1}", "its time is before that of the command before it")
            last_ns = at_ns
            first_ns = at_ns if first_ns < 0 else first_ns
    return commands, first_ns, last_ns


def _snapshots(journal: SqliteJournal) -> list[tuple[SnapshotInfo, Snapshot]]:
    held = []
    for info in journal.snapshots():
        place = str(journal.snapshot_path(info.position))
        held.append((info, Snapshot.unpacked(journal.get_snapshot(info.position), place)))
    return held


def _replay(
    journal: SqliteJournal, held: list[tuple[SnapshotInfo, Snapshot]], progress: Progress | None
) -> tuple[int, int]:
    """Replay from as early as can be, and compare with every snapshot on the way."""
    hashes = {one.position: one.digest for _, one in held}
    replica, compared = begin(journal, first=True), 0
    start, end = replica.position, max(1, journal.end - replica.position)
    compared += _compare(replica, hashes)
    for row in journal.read(replica.position):
        replica.apply(row)
        compared += _compare(replica, hashes)
        if progress is not None and row.position % 500 == 0:
            progress((row.position - start) / end)
    return compared + replica.digests, replica.core.state_hash()


def _compare(replica: Replica, hashes: dict[int, int]) -> int:
    wanted = hashes.get(replica.position)
    if wanted is None:
        return 0
    found = replica.core.state_hash()
    if found != wanted:
        raise Diverged(
            f"position {replica.position}: the state's hash is {found:016x}, its snapshot has {wanted:016x}",
            replica.position,
        )
    return 1


def begin(
    journal: SqliteJournal,
    *,
    first: bool = False,
    position: int = 0,
    hear: Hear | None = None,
    watch: Watch | None = None,
    strict: bool = True,
) -> Replica:
    """Return a replica to replay from: the newest snapshot before ``position``, or the earliest state."""
    replica = Replica(None, hear, strict=strict, watch=watch)
    if first and journal.start == 0:
        return replica
    through: Any = journal.start if first else max(position - 1, 0)
    if first or through < journal.start:
        infos = [info.position for info in journal.snapshots() if info.position >= journal.start]
        through = min(infos, default=0)
    restore(journal, replica, through)
    return replica
