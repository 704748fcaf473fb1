"""A server's directory: which file is what, and the lock that keeps a second process out."""

from __future__ import annotations

import contextlib
import os
from hashlib import blake2b
from pathlib import Path
from typing import Final
from urllib.parse import quote

from .errors import InUse, Missing, StorageFailed
from .storage import Storage

DATABASE: Final = "journal.db"
LOCK: Final = "lock"
SNAPSHOTS: Final = "snapshots"
MODE: Final = 0o700
"""Ids of customers may be in there: nobody else's business."""
_LONGEST: Final = 150
"""Characters of a center's name in a directory's, so that any file system takes it."""


def default_folder(center: str) -> Path:
    """Return where a center's journal is kept unless somebody says otherwise: ``~/.local/state/acdcore/CENTER``.

    ``XDG_STATE_HOME`` takes the place of ``~/.local/state``. Raises Missing when there is neither that nor a home.
    """
    state = os.environ.get("XDG_STATE_HOME", "")
    try:
        base = Path(state) if state.startswith("/") else Path.home() / ".local" / "state"
    except RuntimeError:
        raise Missing("there is no home directory to keep a journal in: say where with --data, or --volatile") from None
    name = quote(center, safe=" ")
    if not name or len(name) > _LONGEST or name.startswith("."):
        name = f"{name[:_LONGEST].lstrip('.')}-{blake2b(center.encode(), digest_size=8).hexdigest()}"
    return base / "acdcore" / name


class Folder:
    """A directory that holds one center's journal."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.database = self.path / DATABASE
        self.wal = self.path / f"{DATABASE}-wal"
        self.shared = self.path / f"{DATABASE}-shm"
        self.snapshots = self.path / SNAPSHOTS

    def make(self, storage: Storage) -> None:
        """See to it that it is there. Raises StorageFailed when it cannot be made."""
        try:
            if not self.snapshots.is_dir():
                self.path.mkdir(mode=MODE, parents=True, exist_ok=True)
                self.snapshots.mkdir(mode=MODE, exist_ok=True)
                storage.sync_folder(self.path)
        except OSError as error:
            raise StorageFailed(f"{self.path}: {error.strerror or error}") from error

    def check(self) -> None:
        """Raise Missing unless there is a journal."""
        if not self.database.is_file():
            raise Missing(f"{self.path}: there is no journal here ({DATABASE} is missing)")


class Lock:
    """Keeps every other process from writing to a directory, until it is given back or this process ends."""

    def __init__(self, folder: Folder, storage: Storage, name: str = LOCK) -> None:
        self._storage = storage
        path = folder.path / name
        try:
            self._handle: int | None = storage.lock(path)
        except BlockingIOError:
            raise InUse(f"{folder.path}: {_who(path)} writes to this directory; one process at a time may") from None
        except OSError as error:
            raise StorageFailed(f"{path}: {error.strerror or error}") from error
        with contextlib.suppress(OSError):  # only for people
            os.ftruncate(self._handle, 0)
            os.pwrite(self._handle, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Give it back; harmless when it was."""
        handle, self._handle = self._handle, None
        if handle is not None:
            self._storage.unlock(handle)


def _who(path: Path) -> str:
    with contextlib.suppress(OSError, ValueError):
        return f"process {int(path.read_text('ascii'))}"
    return "another process"
