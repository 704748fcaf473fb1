"""What makes damage show: every row has a checksum of itself and a hash of the row before it.

The checksum finds flipped bits in a row, the last one too; the chain finds rows that are missing, of another
journal, or were put right with a new checksum.
"""

from __future__ import annotations

import struct
from hashlib import blake2b
from typing import Final
from zlib import crc32

from .errors import Damaged
from .interface import Row

LINK_BYTES: Final = 16
NO_LINK: Final = bytes(LINK_BYTES)
"""What stands for the link before the first row."""
_HEAD: Final = struct.Struct("<qq")


def checksum_of(position: int, epoch: int, link: bytes, body: bytes) -> int:
    """Return the CRC-32 of a row."""
    return crc32(body, crc32(link, crc32(_HEAD.pack(position, epoch))))


def link_of(position: int, epoch: int, link: bytes, body: bytes) -> bytes:
    """Return a row's own link: what the next row has to carry."""
    hashed = blake2b(_HEAD.pack(position, epoch), digest_size=LINK_BYTES)
    hashed.update(link)
    hashed.update(body)
    return hashed.digest()


class Chain:
    """Where a chain of rows has come to."""

    def __init__(self, place: str, position: int = 0, link: bytes = NO_LINK) -> None:
        self._place = place
        self.position = position
        self.link = link

    def follow(self, row: Row) -> None:
        """Go on to the next row. Raises Damaged, with the position, when it is none that was written there."""
        expected = self.position + 1
        if row.position != expected:
            missing = f"{expected}" if row.position == expected + 1 else f"{expected} to {row.position - 1}"
            raise Damaged(f"{self._place}, position {expected}", f"missing: {missing}; the next row is {row.position}")
        where = f"{self._place}, position {row.position}"
        types = (row.epoch, int), (row.link, bytes), (row.body, bytes), (row.checksum, int)
        if not all(isinstance(value, kind) for value, kind in types):
            raise Damaged(where, "a column of this row is of another type than it was written")
        if checksum_of(*row[:4]) != row.checksum:
            raise Damaged(where, "the checksum of this row does not hold: its bytes are not those that were written")
        if row.link != self.link:
            raise Damaged(where, "this row does not belong behind the one before it: the chain of hashes is broken")
        self.position = row.position
        self.link = link_of(*row[:4])
