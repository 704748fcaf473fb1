"""The journal: every command is made durable before anything that it caused leaves the server.

``interface`` says what a journal is, ``encoding`` how groups of commands lie in it, ``sqlite`` is the embedded one,
``committer`` stands between a server and its journal, and ``recovery`` brings a center back. docs/journal.md has the
format, what is guaranteed, and what happens when a disk fails or is full.
"""

from __future__ import annotations

from .errors import (
    Damaged,
    Diverged,
    Fenced,
    Full,
    InUse,
    JournalError,
    Missing,
    Newer,
    StorageFailed,
    WrongCenter,
)
from .interface import Journal, Row, SnapshotInfo
from .sqlite import SqliteJournal
from .storage import Storage

__all__ = [
    "Damaged",
    "Diverged",
    "Fenced",
    "Full",
    "InUse",
    "Journal",
    "JournalError",
    "Missing",
    "Newer",
    "Row",
    "SnapshotInfo",
    "SqliteJournal",
    "Storage",
    "StorageFailed",
    "WrongCenter",
]
