"""Making a snapshot: a process of its own replays what the server has committed, and writes down what it came to.

So the server never stands still for it, and every snapshot proves that the journal replays to the same state.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from typing import Final, NamedTuple

from ..commands import Core
from .errors import InUse, JournalError
from .folder import Folder, Lock
from .recovery import Progress, recover
from .replica import has_snapshots
from .snapshots import KEPT, Snapshot, SnapshotFiles
from .sqlite import SqliteJournal
from .storage import Storage

LOCK: Final = "snapshot.lock"
NICE: Final = 10


class Made(NamedTuple):
    """What came of it.

    Attributes:
        position: up to where the snapshot goes; that of the newest one, if nothing came behind it.
        size_bytes: of its file, 0 when none was written.
        digest: the state's hash there.
        commands: replayed for it.
        digests: state hashes that were compared on the way.
        trim: the journal may let go of groups up to here: an older snapshot that holds covers them.
        duration_s: how long it took.
    """

    position: int
    size_bytes: int
    digest: int
    commands: int
    digests: int
    trim: int
    duration_s: float


def make_snapshot(
    path: str | os.PathLike[str],
    *,
    core: Core | None = None,
    storage: Storage | None = None,
    progress: Progress | None = None,
    now_ns: Callable[[], int] = time.time_ns,
) -> Made:
    """Make a snapshot of what is committed by now, beside a server or without one.

    Raises InUse while another one is being made, Damaged, Newer, Diverged, Full or StorageFailed.
    """
    began_s = time.perf_counter()
    storage = storage or Storage()
    folder = Folder(path)
    folder.check()
    lock = Lock(folder, storage, LOCK)
    try:
        journal = SqliteJournal(path, storage=storage, readonly=True)
        try:
            return _make(journal, core, storage, progress, now_ns, began_s)
        finally:
            journal.close()
    finally:
        lock.release()


def _make(
    journal: SqliteJournal,
    core: Core | None,
    storage: Storage,
    progress: Progress | None,
    now_ns: Callable[[], int],
    began_s: float,
) -> Made:
    replica, recovery = recover(journal, core, progress=progress)
    if not has_snapshots(replica.core):
        raise JournalError("this build's router cannot write its state down")
    files = SnapshotFiles(journal.folder.snapshots, storage)
    _set_aside(journal, files, recovery.snapshot)
    size = 0
    digest = replica.core.state_hash()
    if replica.position > recovery.snapshot:
        snapshot = replica.snapshot(now_ns())
        restored = type(replica.core).restored(snapshot.state)
        if restored.state_hash() != digest:
            raise JournalError(f"the snapshot of position {replica.position} does not restore to the same state")
        data = snapshot.packed()
        size = len(data)
        journal.put_snapshot(replica.position, data)
    files.keep_newest()
    kept = files.listed()
    trim = kept[0].position if len(kept) == KEPT else 0
    took_s = time.perf_counter() - began_s
    return Made(replica.position, size, digest, replica.commands, recovery.digests, trim, took_s)


def _set_aside(journal: SqliteJournal, files: SnapshotFiles, good: int) -> None:
    """Rename snapshots that do not hold, so that none of them counts as one of the two that are kept."""
    for info in journal.snapshots():
        place = files.path(info.position)
        try:
            Snapshot.unpacked(journal.get_snapshot(info.position), str(place))
            holds = info.position <= good
        except JournalError:
            holds = False
        if not holds:
            with contextlib.suppress(OSError):
                place.rename(place.with_suffix(".damaged"))


def trim_unless_served(path: str | os.PathLike[str], through: int) -> bool:
    """Let go of the groups up to a position, unless a server is at work, which does so itself; return whether."""
    try:
        journal = SqliteJournal(path)
    except InUse:
        return False
    try:
        while journal.trim(through):
            pass
    finally:
        journal.close()
    return True


def be_nice() -> None:
    """Let servers go first on this machine."""
    with contextlib.suppress(OSError, AttributeError):
        os.nice(NICE)


__all__ = ["Made", "be_nice", "make_snapshot", "trim_unless_served"]
