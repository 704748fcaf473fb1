"""What may be wrong with a journal, each with what is to be done about it in its words."""

# ruff: noqa: N818  each is named for what is the case

from __future__ import annotations


class JournalError(Exception):
    """Something about a journal that whoever runs the server has to know."""

    for_the_log = True
    """Its text names files and what the system said, no customer: the log may have it."""


class InUse(JournalError):
    """Another process writes to this directory."""


class Damaged(JournalError):
    """What was committed is not there any more as it was written. Nothing has been changed.

    Attributes:
        place: where: a file, a position, a byte.
    """

    def __init__(self, place: str, message: str) -> None:
        super().__init__(f"{place}: {message}")
        self.place = place

    def __reduce__(self) -> tuple[object, ...]:
        return Damaged, (self.place, str(self).removeprefix(f"{self.place}: "))


class Newer(JournalError):
    """A newer version wrote it; this one cannot know what it means."""


class Full(JournalError):
    """There is no room. Nothing was written, and the same may be tried again."""


class StorageFailed(JournalError):
    """A write or a flush failed. Whether the last group is there is not known; it must not be tried again."""


class Fenced(JournalError):
    """Somebody else has taken the journal over, or has written to it: this writer must stop."""


class Missing(JournalError):
    """There is no journal, or no such snapshot."""


class WrongCenter(JournalError):
    """The journal is another center's, or the center's file does not fit what is in it."""


class Diverged(JournalError):
    """A replay came to something else than the server did: another build, or damage that no checksum shows.

    Attributes:
        position: the group.
        number: the command in it, from 0; -1: only the state's hash differs.
    """

    def __init__(self, message: str, position: int, number: int = -1) -> None:
        super().__init__(message)
        self.position = position
        self.number = number

    def __reduce__(self) -> tuple[object, ...]:
        return Diverged, (str(self), self.position, self.number)
