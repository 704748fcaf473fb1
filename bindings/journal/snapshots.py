"""Snapshots as files: written whole or not at all, checked when they are read, the newest two kept.

A file is ``HEAD``, the center's state as the router gives it, then what is known beside it (a ledger), JSON::

    magic       8 bytes   "acdsnap" and a line feed
    version     u32       1
    checksum    u32       CRC-32 of everything behind this field
    position    u64       of the last group that it holds
    link        16 bytes  that group's link, so that the next group can be checked
    digest      u64       the state hash
    made        i64       wall clock, ns since 1970
    state       u64       bytes of the state
    ledger      u64       bytes of the ledger

All numbers are little-endian. The state has a version and a digest of its own.
"""

from __future__ import annotations

import contextlib
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple
from zlib import crc32

from .errors import Damaged, Missing, Newer
from .interface import SnapshotInfo
from .storage import Storage

VERSION: Final = 1
KEPT: Final = 2
MAGIC: Final = b"acdsnap\n"
_HEAD: Final = struct.Struct("<8sIIQ16sQqQQ")
_CHECKED_FROM: Final = 16
_NAME: Final = re.compile(r"(\d{20})\.snapshot")


class Snapshot(NamedTuple):
    """What a snapshot holds."""

    position: int
    link: bytes
    digest: int
    made_ns: int
    state: bytes
    ledger: bytes

    def packed(self) -> bytes:
        """Return it as the bytes of a file."""
        position, link, digest, made_ns, state, ledger = self
        head = _HEAD.pack(MAGIC, VERSION, 0, position, link, digest, made_ns, len(state), len(ledger))
        checksum = crc32(ledger, crc32(state, crc32(head[_CHECKED_FROM:])))
        head = _HEAD.pack(MAGIC, VERSION, checksum, position, link, digest, made_ns, len(state), len(ledger))
        return b"".join((head, state, ledger))

    @classmethod
    def unpacked(cls, data: bytes, place: str) -> Snapshot:
        """Return what the bytes of a file hold. Raises Damaged, or Newer for a version that this build cannot read."""
        if data[:8] != MAGIC or len(data) < _HEAD.size:
            raise Damaged(place, "it is no snapshot, or a part of one")
        _magic, version, checksum, position, link, digest, made_ns, state, ledger = _HEAD.unpack_from(data)
        if version > VERSION:
            raise Newer(
                f"{place} has version {version}, this build of acdcore reads up to {VERSION}: use the build that wrote "
                f"it, or a newer one"
            )
        if len(data) != _HEAD.size + state + ledger or crc32(data[_CHECKED_FROM:]) != checksum:
            raise Damaged(place, "its checksum does not hold: its bytes are not those that were written")
        middle = _HEAD.size + state
        return cls(position, link, digest, made_ns, data[_HEAD.size : middle], data[middle:])


class SnapshotFiles:
    """The snapshots in a directory."""

    def __init__(self, folder: Path, storage: Storage) -> None:
        self._folder = folder
        self._storage = storage

    def path(self, position: int) -> Path:
        """Return where the snapshot of a position is, or would be."""
        return self._folder / f"{position:020}.snapshot"

    def _found(self) -> Iterator[tuple[int, Path]]:
        if self._folder.is_dir():
            for path in self._folder.iterdir():
                name = _NAME.fullmatch(path.name)
                if name:
                    yield int(name[1]), path

    def listed(self) -> list[SnapshotInfo]:
        """Return the snapshots that are there, the oldest first."""
        infos = []
        for position, path in sorted(self._found()):
            with contextlib.suppress(FileNotFoundError):  # another process has let go of it
                about = path.stat()
                infos.append(SnapshotInfo(position, about.st_size, about.st_mtime_ns))
        return infos

    def put(self, position: int, data: bytes) -> None:
        """Keep a snapshot; OSError when there is no room, and nothing is left of it."""
        self._storage.write_whole(self.path(position), [data])

    def get(self, position: int) -> bytes:
        """Return a snapshot's bytes. Raises Missing."""
        try:
            return self.path(position).read_bytes()
        except FileNotFoundError:
            raise Missing(f"{self.path(position)}: there is no such snapshot") from None
        except OSError as error:
            raise Damaged(str(self.path(position)), str(error.strerror or error)) from error

    def keep_newest(self, count: int = KEPT) -> None:
        """Let go of all but the newest, and of what interrupted writers have left."""
        for info in self.listed()[:-count]:
            self.path(info.position).unlink(missing_ok=True)
        for path in self._folder.glob(".*.snapshot.*"):
            path.unlink(missing_ok=True)
