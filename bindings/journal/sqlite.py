"""The embedded journal: a SQLite database in a directory of its own.

Write-ahead log, ``synchronous=FULL``: a group is one row and one transaction, flushed before :meth:`append` returns.
The write-ahead log keeps its room for good, twice as much and more as it needs before it is moved into the database:
when the disk is full, that room is what cancellations and completions are still written to.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sqlite3
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple
from zlib import crc32

from . import wal
from .chain import NO_LINK, Chain, checksum_of, link_of
from .errors import Damaged, Fenced, Full, InUse, JournalError, Missing, Newer, StorageFailed
from .folder import Folder, Lock
from .interface import Row, SnapshotInfo
from .snapshots import SnapshotFiles
from .storage import NO_ROOM, Storage

FORMAT: Final = 1
"""Of the database: its tables and columns. Groups have a version of their own."""
APPLICATION: Final = 0x61636473
"""Marks the database as a journal (SQLite's application_id): "acds"."""
LOG_BYTES: Final = 4 << 20
"""From this size on the write-ahead log is moved into the database."""
SPARE_BYTES: Final = 11 << 20
"""What it has beyond that when the disk is full. Both together stay below 4,062 pages, from where on SQLite would need
more room for its index of them."""
PAGE_BYTES: Final = 4096
_READ_AT_ONCE: Final = 500
_TRIM_AT_ONCE: Final = 200
_SCHEMA: Final = f"""
BEGIN IMMEDIATE;
CREATE TABLE about (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    center TEXT NOT NULL, made_ns INTEGER NOT NULL, epoch INTEGER NOT NULL,
    trimmed INTEGER NOT NULL, link BLOB NOT NULL, checksum INTEGER NOT NULL);
CREATE TABLE journal (
    position INTEGER PRIMARY KEY,
    epoch INTEGER NOT NULL, link BLOB NOT NULL, body BLOB NOT NULL, checksum INTEGER NOT NULL);
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {FORMAT};
COMMIT;
"""
_APPEND: Final = (
    "INSERT INTO journal (position, epoch, link, body, checksum) SELECT ?, ?, ?, ?, ? "
    "WHERE (SELECT epoch FROM about) = ?"
)
_READ: Final = "SELECT position, epoch, link, body, checksum FROM journal WHERE position > ? ORDER BY position LIMIT ?"


class About(NamedTuple):
    """What the database says of itself."""

    center: str
    made_ns: int
    epoch: int
    trimmed: int
    link: bytes

    def checksum(self) -> int:
        """Return the CRC-32 of it all."""
        head = struct.pack("<qqq", self.made_ns, self.epoch, self.trimmed)
        return crc32(self.link, crc32(self.center.encode(), crc32(head)))


class SqliteJournal:
    """A journal in a directory.

    Args:
        path: the directory; it is made when it is not there.
        center: the center's name, noted in a new journal.
        storage: what touches files.
        readonly: to read beside a server that may be at work: nothing is locked, changed or made.
        log_bytes: size of the write-ahead log from which on it is moved into the database.
        spare_bytes: what more it has when the disk is full.

    Raises InUse, Damaged, Newer, StorageFailed, and Missing when there is nothing to read.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        center: str = "",
        *,
        storage: Storage | None = None,
        readonly: bool = False,
        log_bytes: int = LOG_BYTES,
        spare_bytes: int = SPARE_BYTES,
    ) -> None:
        self.folder = Folder(path)
        self._storage = storage or Storage()
        self._readonly = readonly
        self._log_bytes, self._spare_bytes = log_bytes, spare_bytes
        self.torn_frames = 0
        """Pages of a last write that a crash had torn, which were left out when this journal was opened."""
        self.is_low = False
        self._failed = False
        self._unmoved_bytes = 0
        self._link = NO_LINK
        self._end = 0
        self._lock: Lock | None = None
        self._files = SnapshotFiles(self.folder.snapshots, self._storage)
        if readonly:
            self.folder.check()
        else:
            self.folder.make(self._storage)
            self._lock = Lock(self.folder, self._storage)
        try:
            self._connection = self._opened(center)
        except BaseException:
            self._unlock()
            raise
        self._failed = not readonly  # until all of it is known to hold: closing would change what may be damaged
        try:
            self._about = self._read_about()
            self._end, self._link = self._about.trimmed, self._about.link
            if not readonly:
                for _ in self.read(self.start):  # read checks them
                    pass
                self._allocate()
            self._failed = False
        except BaseException:
            self.close()
            raise

    # ------------------------------------------------------------------ opening

    def _opened(self, center: str) -> sqlite3.Connection:
        place = self.folder.database
        with self._said(place):
            if place.exists():
                self._look_at_log()
            connection = self._storage.connect(place, readonly=self._readonly)
            try:
                self._prepare(connection, center)
            except BaseException:
                connection.close()
                raise
            return connection

    def _look_at_log(self) -> None:
        """Find out what SQLite is about to leave out of the write-ahead log, without changing anything."""
        log = wal.look(self.folder.wal)
        if not log.ours:
            return
        connection = self._storage.connect(self.folder.database, readonly=True)
        try:
            self._storage.execute(connection, "SELECT count(*) FROM sqlite_schema")
            with self.folder.shared.open("rb") as file:  # the number of frames taken, of SQLite's index of them
                taken = int(struct.unpack_from("=I", file.read(20), 16)[0])
        finally:
            connection.close()
        if not self._readonly:  # beside a server at work the log grows meanwhile
            self.torn_frames = wal.torn(self.folder.wal, log, taken)

    def _prepare(self, connection: sqlite3.Connection, center: str) -> None:
        run = self._storage.execute
        run(connection, "PRAGMA cell_size_check = ON")
        [(application,)] = run(connection, "PRAGMA application_id")
        [(form,)] = run(connection, "PRAGMA user_version")
        [(tables,)] = run(connection, "SELECT count(*) FROM sqlite_schema")
        place = str(self.folder.database)
        if application == APPLICATION and form > FORMAT:
            raise Newer(
                f"{place} has format {form}, this build of acdcore reads up to {FORMAT}: use the build that wrote it, "
                f"or a newer one"
            )
        is_new = tables == 0 and application == 0
        if is_new and self._readonly:
            raise Missing(f"{place}: nothing has been written to this journal")
        if not is_new and application != APPLICATION:
            raise Damaged(place, "this is no journal of acdcore")
        if not self._readonly:  # now that it is ours: the mode is kept in the file
            run(connection, "PRAGMA journal_mode = WAL")
            run(connection, "PRAGMA synchronous = FULL")
            run(connection, "PRAGMA wal_autocheckpoint = 0")
        if is_new:
            self._begin(connection, center)

    def _begin(self, connection: sqlite3.Connection, center: str) -> None:
        about = About(center, self._storage.now_ns(), 0, 0, NO_LINK)
        insert = "INSERT INTO about VALUES (1, ?, ?, ?, ?, ?, ?);"
        for statement in (_SCHEMA.replace("COMMIT;", "")).split(";\n"):
            if statement.strip():
                self._storage.execute(connection, statement)
        self._storage.execute(connection, insert, (*about, about.checksum()))
        self._storage.commit(connection, "COMMIT")
        self._storage.sync_folder(self.folder.path)

    def _read_about(self) -> About:
        place = f"{self.folder.database}, table about"
        with self._said(self.folder.database):
            rows = self._storage.execute(
                self._connection, "SELECT center, made_ns, epoch, trimmed, link, checksum FROM about"
            )
        if len(rows) != 1:
            raise Damaged(place, f"it has {len(rows)} rows, not one")
        try:
            about = About(*rows[0][:-1])
            holds = about.checksum() == rows[0][-1]
        except (TypeError, AttributeError, struct.error):
            holds = False
        if not holds:
            raise Damaged(place, "its checksum does not hold: its bytes are not those that were written")
        return about

    def _allocate(self) -> None:
        """Give the write-ahead log the room that it is to keep; without it, room is low from the start."""
        if not self.folder.wal.exists():
            return
        try:
            self._storage.allocate(self.folder.wal, self._log_bytes + self._spare_bytes)
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise StorageFailed(f"{self.folder.wal}: {error.strerror or error}") from error
            self.is_low = True

    @contextlib.contextmanager
    def _said(self, place: Path) -> Iterator[None]:
        """Turn what SQLite and the system raise into what it means."""
        try:
            yield
        except sqlite3.Error as error:
            raise meaning(error, place) from error
        except OSError as error:
            raise StorageFailed(f"{error.filename or place}: {error.strerror or error}") from error

    # ------------------------------------------------------------------ the journal

    @property
    def center(self) -> str:
        """The name of the center whose journal it is."""
        return self._about.center

    @property
    def end(self) -> int:
        """The position of the last group."""
        if self._readonly:
            with self._said(self.folder.database):
                [(last,)] = self._storage.execute(self._connection, "SELECT max(position) FROM journal")
            return max(self.start, last or 0)
        return self._end

    @property
    def start(self) -> int:
        """The position behind which groups are kept."""
        return self._about.trimmed

    @property
    def link(self) -> bytes:
        """The link of the last group that this writer knows: what the next one has to carry."""
        return self._link

    def _check_writable(self) -> None:
        if self._failed or self._readonly:
            raise StorageFailed(f"{self.folder.database}: a write has failed before, or this is for reading only")

    def take(self) -> int:
        """Become the writer; return the epoch to state from now on. Raises Full or StorageFailed."""
        self._check_writable()
        about = self._about._replace(epoch=self._about.epoch + 1)
        self._failed = True  # unless it comes through: closing would flush and move what may be torn
        with self._said(self.folder.database):
            self._storage.commit(
                self._connection, "UPDATE about SET epoch = ?, checksum = ?", (about.epoch, about.checksum())
            )
        self._failed = False
        self._about = about
        self._allocate()  # the log is there by now
        return about.epoch

    def append(self, after: int, epoch: int, body: bytes) -> int:
        """Make a group durable behind ``after``; return its position. Raises Full, Fenced or StorageFailed."""
        self._check_writable()
        if after != self._end:
            raise Fenced(f"{self.folder.database}: the end is {self._end}, not {after}: somebody else has written")
        position, link = after + 1, self._link
        row = Row(position, epoch, link, body, checksum_of(position, epoch, link, body))
        try:
            written = self._storage.commit(self._connection, _APPEND, (*row, epoch))
        except sqlite3.IntegrityError as error:
            self._failed = True
            raise Fenced(f"{self.folder.database}: position {position} is there: somebody else has written") from error
        except Exception as error:
            meant = meaning(error, self.folder.database)
            if isinstance(meant, Full):
                self.is_low = True
            else:
                self._failed = True
            raise meant from error
        if written != 1:
            self._failed = True
            raise Fenced(f"{self.folder.database}: epoch {epoch} is over: somebody else writes to this journal")
        self._end, self._link = position, link_of(position, epoch, link, body)
        self._unmoved_bytes += (2 + len(body) // (PAGE_BYTES - 100)) * PAGE_BYTES
        if self._unmoved_bytes >= self._log_bytes and not self.is_low:
            self.relieve()
        return position

    def relieve(self) -> bool:
        """Move the write-ahead log into the database, so that it begins anew; return whether room is low then."""
        try:
            frames, moved = self._storage.checkpoint(self._connection)
        except sqlite3.Error as error:
            meant = meaning(error, self.folder.database)
            if not isinstance(meant, Full):
                self._failed = True
                raise meant from error
            self.is_low = True
            return True
        if moved == frames:
            self._unmoved_bytes = 0
            self.is_low = False
            self._allocate()
        else:  # somebody reads; what is left is moved another time
            self._unmoved_bytes = max(0, frames - moved) * PAGE_BYTES
        return self.is_low

    def read(self, after: int = 0) -> Iterator[Row]:
        """Yield the rows behind a position in order, checked. A writer learns its end and link from it."""
        place = str(self.folder.database)
        chain = Chain(place, *self._link_at(after))
        while True:
            with self._said(self.folder.database):
                rows = self._storage.execute(self._connection, _READ, (chain.position, _READ_AT_ONCE))
            for values in rows:
                row = Row(*values)
                if row.position != chain.position + 1:
                    self._not_trimmed_meanwhile(chain.position)
                chain.follow(row)
                if chain.position > self._end:
                    self._end, self._link = chain.position, chain.link
                yield row
            if len(rows) < _READ_AT_ONCE:
                return

    def _link_at(self, after: int) -> tuple[int, bytes]:
        """Return a position and its row's link."""
        if after < self.start:
            raise Missing(f"{self.folder.database}: groups up to {self.start} have been trimmed")
        if after == self.start:
            return after, self._about.link
        with self._said(self.folder.database):
            rows = self._storage.execute(self._connection, _READ, (after - 1, 1))
        if not rows or rows[0][0] != after:
            raise Missing(f"{self.folder.database}: there is no position {after}")
        row = Row(*rows[0])
        if checksum_of(*row[:4]) != row.checksum:
            Chain(str(self.folder.database), after - 1, row.link).follow(row)  # says what is wrong
        return after, link_of(*row[:4])

    def _not_trimmed_meanwhile(self, position: int) -> None:
        self._about = self._read_about()
        if self.start > position:
            raise Missing(f"{self.folder.database}: groups up to {self.start} were trimmed meanwhile; try again")

    def trim(self, through: int) -> bool:
        """Let go of some of the groups up to a position; return whether any of them are left."""
        through = min(through, self._end)
        if through <= self.start:
            return False
        step = min(through, self.start + _TRIM_AT_ONCE)
        about = self._about._replace(trimmed=step, link=self._link_at(step)[1])
        update = "UPDATE about SET trimmed = ?, link = ?, checksum = ?"
        try:
            run = self._storage.execute
            run(self._connection, "BEGIN IMMEDIATE")
            run(self._connection, update, (about.trimmed, about.link, about.checksum()))
            run(self._connection, "DELETE FROM journal WHERE position <= ?", (step,))
            self._storage.commit(self._connection, "COMMIT")
        except Exception as error:
            meant = meaning(error, self.folder.database)
            if not isinstance(meant, Full):
                self._failed = True
                raise meant from error
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            self.is_low = True
            raise meant from error
        self._about = about
        self._unmoved_bytes += PAGE_BYTES * _TRIM_AT_ONCE // 4
        return step < through

    def size_bytes(self) -> int:
        """Return how much room the database takes, the write-ahead log aside."""
        try:
            return self.folder.database.stat().st_size
        except OSError:
            return 0

    def close(self) -> None:
        """Give the journal back. One whose write has failed is left as it is: nothing is flushed once more."""
        if self._failed:
            _never_close(self._connection)  # closing it would flush, and move the log into the database
        else:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.release()

    # ------------------------------------------------------------------ snapshots

    def snapshots(self) -> list[SnapshotInfo]:
        """Return the snapshots that are there, the oldest first."""
        return self._files.listed()

    def put_snapshot(self, position: int, data: bytes) -> None:
        """Keep a snapshot. Raises Full or StorageFailed; then nothing is left of it."""
        try:
            self._files.put(position, data)
        except OSError as error:
            raise meaning(error, self._files.path(position)) from error

    def get_snapshot(self, position: int) -> bytes:
        """Return a snapshot. Raises Missing or Damaged."""
        return self._files.get(position)

    def snapshot_path(self, position: int) -> Path:
        """Return the file of a snapshot."""
        return self._files.path(position)


def _never_close(connection: sqlite3.Connection) -> None:
    """Keep a connection from ever being closed, also when the interpreter ends: it would free whatever a list holds."""
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))


_CORRUPT: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_BUSY: Final = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def meaning(error: BaseException, place: Path) -> JournalError:
    """Return what an error of SQLite or of the system means for the journal."""
    if isinstance(error, JournalError):
        return error
    if isinstance(error, OSError):
        kind = Full if error.errno in NO_ROOM else StorageFailed
        return kind(f"{error.filename or place}: {error.strerror or error}")
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return Full(f"{place}: {error}")
    if code in _CORRUPT:
        return Damaged(str(place), str(error))
    if code in _BUSY:
        return InUse(f"{place}: {error}: another process holds it")
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    return StorageFailed(f"{place}: {error} ({name})")
