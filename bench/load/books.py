"""What the users of a load have found, kept so that several processes' books add up to one, and must balance.

Every process writes its own :class:`Books`; workers send what is new to the master, which adds it up. Callers
and agents may live in different processes: that each interaction was served once, by one agent, is seen from
marks that cancel out. An accept is +1, an assignment that came back is -1, a caller who was served is -1; at
the end nothing may be left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from ...model import QueueFigures

Key = tuple[str, str]
"""A queue and a tier."""
NAMED: Final = 3
"""So many interactions are named in a message, the others are counted."""


class Kind(StrEnum):
    """What is counted for each queue and tier."""

    ENQUEUED = "enqueued"
    ANSWERED = "answered"
    ANSWERED_IN_TARGET = "answered in target"
    SERVED = "served"
    LEFT = "hung up"
    LEFT_IN_TARGET = "hung up in target"
    RETURNED = "returned"
    EXPIRED = "expired"
    REJECTED = "rejected"


class Note(StrEnum):
    """What is counted for the load as a whole."""

    REFUSED = "turned away at the door"
    DECLINED = "offers declined"
    MISSED = "offers missed"
    LATE = "offers gone before they were accepted"
    INTERRUPTED = "calls interrupted by the outage"
    CLOCKS = "offers heard before they were sent, by the clocks"
    LOOKS = "looks at the figures"
    BAD_LOOKS = "looks that did not add up"


_COMPARED: Final[Mapping[Kind, str]] = {
    Kind.ENQUEUED: "enqueued",
    Kind.ANSWERED: "answered",
    Kind.ANSWERED_IN_TARGET: "answered_in_target",
    Kind.SERVED: "completed",
    Kind.LEFT: "abandoned",
    Kind.RETURNED: "returned",
    Kind.EXPIRED: "expired",
    Kind.REJECTED: "rejected",
}
"""What the server counts, too, and by which name. (When a caller left, only the server knows to the nanosecond.)"""


@dataclass
class ServiceLevel:
    """Of those who count, how many were answered in target.

    Service level = answered in target / (answered + hung up - hung up in target).
    """

    met: int
    eligible: int

    @property
    def level(self) -> float | None:
        """The service level, 0 to 1; None when nobody counts."""
        return self.met / self.eligible if self.eligible else None


@dataclass
class Books:
    """One process's books, or the sum of several."""

    counts: Counter[tuple[Kind, Key]] = field(default_factory=Counter)
    notes: Counter[Note] = field(default_factory=Counter)
    marks: Counter[str] = field(default_factory=Counter)
    open: set[str] = field(default_factory=set)
    """Interactions of this process's callers whose end is not known. In a sum: those that were named."""
    open_count: int = 0
    """In a sum: how many there are. Here ``open`` tells."""

    def count(self, kind: Kind, queue: str, tier: str) -> None:
        """Count one."""
        self.counts[kind, (queue, tier)] += 1

    def mark(self, interaction_id: str, by: int) -> None:
        """Add to the marks of an interaction, and forget it when they cancel out."""
        self.marks[interaction_id] += by
        if not self.marks[interaction_id]:
            del self.marks[interaction_id]

    def news(self) -> dict[str, Any]:
        """Return what has been counted since the last call, as plain values, and begin anew."""
        told = {
            "counts": [[kind.value, *key, number] for (kind, key), number in self.counts.items()],
            "notes": [[note.value, number] for note, number in self.notes.items()],
            "marks": list(self.marks.items()),
            "open": sorted(self.open)[:NAMED],
            "open_count": len(self.open),
        }
        self.counts, self.notes, self.marks = Counter(), Counter(), Counter()
        return told

    def add(self, told: Mapping[str, Any]) -> None:
        """Add what another process has told; what it has open is the caller's to add up (:meth:`still_open`)."""
        for kind, queue, tier, number in told["counts"]:
            self.counts[Kind(kind), (queue, tier)] += number
        for note, number in told["notes"]:
            self.notes[Note(note)] += number
        for name, by in told["marks"]:
            self.mark(name, by)

    def still_open(self, told: Iterable[Mapping[str, Any]]) -> None:
        """Take the latest of every other process for what is open."""
        latest = list(told)
        self.open = {name for one in latest for name in one["open"]}
        self.open_count = sum(one["open_count"] for one in latest)

    def total(self, kind: Kind, queue: str | None = None, tier: str | None = None) -> int:
        """Return a count, of one queue or tier or of all."""
        return sum(
            number
            for (what, (its_queue, its_tier)), number in self.counts.items()
            if what is kind and queue in (None, its_queue) and tier in (None, its_tier)
        )

    def service_level(self, queue: str | None = None, tier: str | None = None) -> ServiceLevel:
        """Return the service level as the users have seen it, of one queue or tier or of all."""
        answered = self.total(Kind.ANSWERED, queue, tier)
        late_leavers = self.total(Kind.LEFT, queue, tier) - self.total(Kind.LEFT_IN_TARGET, queue, tier)
        return ServiceLevel(self.total(Kind.ANSWERED_IN_TARGET, queue, tier), answered + late_leavers)

    def keys(self) -> list[Key]:
        """Return the queues and tiers that were used, in order."""
        return sorted({key for _, key in self.counts})

    def problems(self) -> list[str]:
        """Return what does not balance among the users themselves."""
        found = []
        lost = self.open_count or len(self.open)
        if lost:
            found.append(f"{lost:,} interactions were lost: {_some(self.open, lost)}")
        twice = [name for name, marks in self.marks.items() if marks > 0]
        if twice:
            found.append(f"{len(twice):,} interactions were assigned once too often: {_some(twice, len(twice))}")
        nobody = [name for name, marks in self.marks.items() if marks < 0]
        if nobody:
            found.append(f"{len(nobody):,} interactions were served by nobody: {_some(nobody, len(nobody))}")
        if self.notes[Note.BAD_LOOKS]:
            bad, looks = self.notes[Note.BAD_LOOKS], self.notes[Note.LOOKS]
            found.append(f"{bad:,} of {looks:,} looks at the figures did not add up")
        return found


@dataclass(frozen=True)
class Comparison:
    """One count as the users and as the server have it."""

    kind: Kind
    users: int
    server: int


def compare(books: Books, before: Iterable[QueueFigures], after: Iterable[QueueFigures]) -> tuple[
    list[Comparison], list[str]
]:  # fmt: skip
    """Hold the books to the server's own figures, which were read before and after the load.

    Returns:
        The totals side by side, and what differs in any queue and tier, in words.
    """
    first = {(row.queue, row.tier): row for row in before}
    last = {(row.queue, row.tier): row for row in after}
    problems = []
    totals: Counter[Kind] = Counter()
    for key, row in last.items():
        start = first.get(key)
        for kind, name in _COMPARED.items():
            grown = int(getattr(row, name)) - (int(getattr(start, name)) if start else 0)
            totals[kind] += grown
            counted = books.counts[kind, key]
            if counted != grown:
                problems.append(f"{key[0]}, {key[1]}: the users count {counted:,} {kind}, the server {grown:,}")
        live = _live(row) - (_live(start) if start else 0)
        if live > 0:
            problems.append(f"{key[0]}, {key[1]}: {live:,} interactions still live")
    return [Comparison(kind, books.total(kind), totals[kind]) for kind in _COMPARED], problems


def adds_up(rows: Iterable[QueueFigures]) -> bool:
    """Say whether figures of one moment add up: whoever came is somewhere, or has ended."""
    balance = 0
    for row in rows:
        balance += row.enqueued - row.completed - row.abandoned - row.expired - row.rejected - _live(row)
    return balance == 0


def _live(row: QueueFigures) -> int:
    return row.waiting + row.offered + row.active + row.held_now + row.scheduled


def _some(names: Iterable[str], count: int) -> str:
    listed = sorted(names)[:NAMED]
    return ", ".join(listed) + (", ..." if count > len(listed) else "")
