"""What a journal does to the world: files, flushes, locks. One class, so that tests can make any of it fail."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

try:
    import fcntl
except ImportError:  # Windows: SQLite's own locks are all there is
    fcntl = None  # type: ignore[assignment]

BUSY_S: Final = 10.0
"""How long SQLite waits for a reader that holds a lock."""
NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT)


class Storage:
    """The real thing. Tests and simulators put another in its place: each method is one thing that may fail."""

    def now_ns(self) -> int:
        """Return the wall clock; only for notes to people."""
        return time.time_ns()

    def connect(self, path: Path, *, readonly: bool) -> sqlite3.Connection:
        """Open a SQLite database, for any one thread at a time."""
        mode = "ro" if readonly else "rwc"
        uri = f"{path.absolute().as_uri()}?mode={mode}"
        return sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=False)

    def execute(self, connection: sqlite3.Connection, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        """Run a statement that reads or is not a commit, and return its rows."""
        return connection.execute(statement, values).fetchall()

    def commit(self, connection: sqlite3.Connection, statement: str, values: Sequence[Any] = ()) -> int:
        """Run a statement that is a transaction of its own, flushed when this returns; return how many rows changed."""
        return connection.execute(statement, values).rowcount

    def checkpoint(self, connection: sqlite3.Connection) -> tuple[int, int]:
        """Move the write-ahead log into the database; return (frames in the log, of these moved)."""
        [(_busy, frames, moved)] = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        return int(frames), int(moved)

    def allocate(self, path: Path, size_bytes: int) -> None:
        """See to it that a file has room for so many bytes; raises OSError when there is none."""
        if not hasattr(os, "posix_fallocate"):
            return
        handle = os.open(path, os.O_RDWR)
        try:
            os.posix_fallocate(handle, 0, size_bytes)
            os.fsync(handle)
        finally:
            os.close(handle)

    def write_whole(self, path: Path, parts: Sequence[bytes]) -> None:
        """Put a file in its place, whole or not at all, flushed when this returns."""
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with beside.open("wb") as file:
                for part in parts:
                    file.write(part)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                beside.unlink()
            raise
        self.sync_folder(path.parent)

    def sync_folder(self, folder: Path) -> None:
        """Flush the names in a folder."""
        if os.name == "nt":
            return
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def lock(self, path: Path) -> int:
        """Lock a file for this process alone; return its handle. Raises BlockingIOError when another has it."""
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            if fcntl is not None:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BaseException:
            os.close(handle)
            raise
        return handle

    def unlock(self, handle: int) -> None:
        """Give a lock back."""
        os.close(handle)
