"""Storage that fails: crashes between any two writes, torn writes, a disk that is slow, full, or broken.

The journal's own code runs on real files, on the fastest disk there is; what it asks of the system goes through
:class:`FaultyStorage`. A crash leaves what a power cut would: the files as they were, copied aside, the end of the
write-ahead log cut off anywhere behind what was flushed.
"""

from __future__ import annotations

import asyncio
import errno
import random
import shutil
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from acdcore.journal.storage import Storage

T = TypeVar("T")
LOG_HEAD: Final = 32
"""Bytes of the head of SQLite's write-ahead log."""
SECTOR: Final = 512
"""What a disk writes whole or not at all."""


class Crash(BaseException):
    """The process ends in the middle of a write."""


@dataclass(slots=True)
class Disk:
    """How bad the disk is: chances for each write, and lengths of time in seconds."""

    flush_s: float = 0.002
    slow: float = 0.0
    """Chance that a flush takes a thousand times as long."""
    broken: float = 0.0
    """Chance that a write fails for good: the server has to stop."""
    crash: float = 0.0
    """Chance that the process dies within a write to a file of a snapshot, or in moving the log."""
    torn: float = 0.0
    """Chance that the machine dies within a commit."""
    is_full: bool = False


class FaultyStorage(Storage):
    """Does what it is asked, or fails as the disk says."""

    def __init__(self, rng: random.Random, disk: Disk) -> None:
        self._rng = rng
        self.disk = disk
        self.writes = 0
        self.connections: list[sqlite3.Connection] = []
        self.handles: list[int] = []
        self._image: Path | None = None

    def now_ns(self) -> int:
        """Return the same always: the bytes of a run depend on its seed alone."""
        return 0

    def _write(self) -> None:
        self.writes += 1
        if self._rng.random() < self.disk.crash:
            raise Crash
        if self._rng.random() < self.disk.broken:
            raise OSError(errno.EIO, "the disk is broken")

    def connect(self, path: Path, *, readonly: bool) -> sqlite3.Connection:
        """Open, and do not flush: a crash of the machine is simulated by what is cut off the log."""
        connection = super().connect(path, readonly=readonly)
        self.connections.append(connection)
        return connection

    def execute(self, connection: sqlite3.Connection, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        """Run a statement; without real flushes, which only take time here."""
        if statement == "PRAGMA synchronous = FULL":
            statement = "PRAGMA synchronous = OFF"
        return super().execute(connection, statement, values)

    def commit(self, connection: sqlite3.Connection, statement: str, values: Sequence[Any] = ()) -> int:
        """Commit, unless the disk is full or broken."""
        self.writes += 1
        if self._rng.random() < self.disk.broken:
            raise sqlite3.OperationalError("disk I/O error")
        if self.disk.is_full and "INSERT INTO journal" in statement:
            full = sqlite3.OperationalError("database or disk is full")
            full.sqlite_errorcode = sqlite3.SQLITE_FULL
            full.sqlite_errorname = "SQLITE_FULL"
            raise full
        if self._rng.random() < self.disk.torn:
            self._tear(connection, statement, values)
        return super().commit(connection, statement, values)

    def checkpoint(self, connection: sqlite3.Connection) -> tuple[int, int]:
        """Move the log, or die before or after."""
        self._write()
        if self.disk.is_full:
            full = sqlite3.OperationalError("database or disk is full")
            full.sqlite_errorcode = sqlite3.SQLITE_FULL
            full.sqlite_errorname = "SQLITE_FULL"
            raise full
        moved = super().checkpoint(connection)
        self._write()
        return moved

    def allocate(self, path: Path, size_bytes: int) -> None:
        """Ask for room."""
        if self.disk.is_full:
            raise OSError(errno.ENOSPC, "no room", str(path))
        super().allocate(path, size_bytes)

    def write_whole(self, path: Path, parts: Sequence[bytes]) -> None:
        """Write a file whole, or die with a part of it beside its place."""
        self.writes += 1
        if self._rng.random() < self.disk.crash:
            data = b"".join(parts)
            beside = path.with_name(f".{path.name}.1")
            beside.write_bytes(data[: self._rng.randrange(len(data) + 1)])
            raise Crash
        if self.disk.is_full:
            raise OSError(errno.ENOSPC, "no room", str(path))
        super().write_whole(path, parts)

    def sync_folder(self, folder: Path) -> None:
        """Nothing to flush: see connect."""

    def lock(self, path: Path) -> int:
        """Lock, and remember it, to give it up in a crash."""
        handle = super().lock(path)
        self.handles.append(handle)
        return handle

    def unlock(self, handle: int) -> None:
        """Give a lock back."""
        if handle in self.handles:
            self.handles.remove(handle)
            super().unlock(handle)

    def let_go(self) -> None:
        """Close whatever a process that has died held open."""
        for connection in self.connections:
            connection.close()
        self.connections.clear()
        for handle in list(self.handles):
            self.unlock(handle)

    def power_cut(self, folder: Path) -> None:
        """Leave the folder as it was when the machine died: nothing that closing files would do is done to it."""
        image, self._image = self._image or self._imaged(folder), None
        self.let_go()
        shutil.rmtree(folder)
        image.rename(folder)
        (folder / "journal.db-shm").unlink(missing_ok=True)  # memory, not disk

    def _tear(self, connection: sqlite3.Connection, statement: str, values: Sequence[Any]) -> None:
        """Commit, and die in the middle of it: of the log's changed sectors some are written, others are not."""
        [(_, _, database)] = connection.execute("PRAGMA database_list").fetchall()
        log = Path(f"{database}-wal")
        before = log.read_bytes() if log.exists() else b""
        super().commit(connection, statement, values)
        after = log.read_bytes() if log.exists() else b""
        if len(before) == len(after):  # else it has grown: that is more than this write
            mixed = bytearray(after)
            for at in range(0, len(after), SECTOR):
                if self._rng.random() < 0.5:
                    mixed[at : at + SECTOR] = before[at : at + SECTOR]
            mixed[:LOG_HEAD] = after[:LOG_HEAD]  # flushed alone before any frame is written behind it
            with log.open("r+b") as file:
                file.write(mixed)
        self._image = self._imaged(log.parent)  # whatever a dying server still did is not on this disk
        raise Crash

    def _imaged(self, folder: Path) -> Path:
        return Path(shutil.copytree(folder, folder.with_name(f"{folder.name}.image")))


class SimulatedRunner:
    """Runs the journal's calls one after the other in simulated time."""

    def __init__(self, rng: random.Random, storage: FaultyStorage) -> None:
        self._rng = rng
        self._storage = storage
        self._last: asyncio.Task[Any] | None = None
        self.on_crash: Callable[[], None] = lambda: None

    def call(self, work: Callable[[], T]) -> Awaitable[T]:
        """Run one when those before it are done; it takes as long as the disk does."""
        self._last = task = asyncio.get_running_loop().create_task(self._run(work, self._last))
        return task

    async def _run(self, work: Callable[[], T], before: asyncio.Task[Any] | None) -> T:
        if before is not None and not before.done():
            await asyncio.wait([before])
        disk = self._storage.disk
        length_s = disk.flush_s * (1000.0 if self._rng.random() < disk.slow else 1.0)
        share = self._rng.random()
        await asyncio.sleep(self._rng.expovariate(1.0 / length_s) * share)
        try:
            result = work()
        except Crash:
            self.on_crash()
            raise asyncio.CancelledError from None
        await asyncio.sleep(self._rng.expovariate(1.0 / length_s) * (1.0 - share))  # done, and nobody knows it yet
        return result

    def close(self, limit_s: float, last: Callable[[], None]) -> None:
        """Nothing runs by itself here."""
        last()
