"""A look at SQLite's write-ahead log before SQLite opens it: is its end torn, or is older data damaged?

SQLite itself takes what comes before the first frame that does not add up, and says nothing of the rest. That is
right for a write that a crash has torn: it is the last one, as each is flushed before the next begins, and nobody
was told that it holds. It would be wrong for a flipped bit in the middle: whatever was committed behind it would
be gone without a word. Frames of one generation carry the same two salts, so what lies behind the end tells which.

The format is SQLite's, https://www.sqlite.org/fileformat2.html#the_write_ahead_log.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from .errors import Damaged

_HEADER: Final = struct.Struct(">8I")
_FRAME: Final = struct.Struct(">6I")
_MAGIC: Final = (0x377F0682, 0x377F0683)
_WORD: Final = 0xFFFFFFFF


class Wal(NamedTuple):
    """A write-ahead log as it lies there: where frames of the present generation are, and which of them commit."""

    frames: int
    """Frames up to the last one of this generation."""
    ours: tuple[int, ...]
    """Their numbers, from 1."""
    commits: frozenset[int]
    """Those that end a transaction."""


def _checksum(data: bytes, little: bool) -> tuple[int, int]:
    words = struct.unpack(f"{'<' if little else '>'}{len(data) // 4}I", data)
    one = two = 0
    for at in range(0, len(words), 2):
        one = (one + words[at] + two) & _WORD
        two = (two + words[at + 1] + one) & _WORD
    return one, two


def look(path: Path) -> Wal:
    """Read the heads of all frames. Raises Damaged when the file's own head is, as then SQLite would drop it all."""
    if not path.exists():
        return Wal(0, (), frozenset())
    with path.open("rb") as file:
        head = file.read(_HEADER.size)
        if len(head) < _HEADER.size:
            return Wal(0, (), frozenset())  # torn as it was begun: it never held anything
        magic, _version, page_bytes, _sequence, salt_1, salt_2, sum_1, sum_2 = _HEADER.unpack(head)
        if magic not in _MAGIC or _checksum(head[:24], magic == _MAGIC[0]) != (sum_1, sum_2):
            if not head.strip(b"\0") and not file.read(_FRAME.size).strip(b"\0"):
                return Wal(0, (), frozenset())
            raise Damaged(f"{path}, byte 0", "the head of the write-ahead log is not what SQLite wrote")
        ours, commits = [], set()
        for number, (first, second, pages) in enumerate(_frames(file, page_bytes), 1):
            if (first, second) == (salt_1, salt_2):
                ours.append(number)
                if pages:
                    commits.add(number)
    return Wal(ours[-1] if ours else 0, tuple(ours), frozenset(commits))


def _frames(file: object, page_bytes: int) -> Iterator[tuple[int, int, int]]:
    """Yield (salt, salt, pages after the commit) of every frame whose head is there."""
    at = _HEADER.size
    while True:
        file.seek(at)  # type: ignore[attr-defined]
        head = file.read(_FRAME.size)  # type: ignore[attr-defined]
        if len(head) < _FRAME.size:
            return
        _page, pages, first, second, _sum_1, _sum_2 = _FRAME.unpack(head)
        yield first, second, pages
        at += _FRAME.size + page_bytes


def torn(path: Path, wal: Wal, taken: int) -> int:
    """Return how many frames were left out as torn, given how many SQLite has taken.

    Raises Damaged when what was left out is more than one transaction: then it was no torn write.
    """
    left = [number for number in wal.ours if number > taken]
    if not left:
        return 0
    ends = [number for number in left if number in wal.commits]
    if ends and left[-1] > ends[0]:
        raise Damaged(
            f"{path}, frame {taken + 1}",
            f"this frame does not add up, but {left[-1] - taken} were written from there on: committed data is damaged",
        )
    return len(left)
