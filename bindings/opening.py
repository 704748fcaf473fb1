"""Queues of an embedded router that open and close by the calendar: which change is next, and what is due.

The router itself knows no calendar; what drives it tells it. A queue is told only when its hours change, so that
one which somebody opened or closed by hand stays so until they do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from .lookup import Core
from .router.codes import FORCE, Kind, Op
from .router.records import Command

if TYPE_CHECKING:
    from .config.hours import OpeningHours, QueueHours


class Opening:
    """When which queues open and close.

    Args:
        hours: the hours of every queue that has some, by the queue's name.
    """

    def __init__(self, hours: Mapping[str, QueueHours] | None = None) -> None:
        self._hours = dict(hours or {})
        self._calendars = {id(one.hours): one.hours for one in self._hours.values()}  # many queues may share one
        self._next: dict[int, int] = dict.fromkeys(self._calendars, -1)
        self.next_ns = -1
        """When the next queue opens or closes, in nanoseconds since 1970; -1: never."""

    def start(self, core: Core, now_ns: int) -> Iterator[Command]:
        """Yield what puts every queue as its hours say at a time; from there the changes are counted."""
        for name in self._hours:
            yield from self._told(core, name, now_ns, now_ns)
        for key, hours in self._calendars.items():
            self._next[key] = hours.next_change(now_ns)
        self._find_next()

    def changes(self, core: Core, at_ns: int) -> Iterator[Command]:
        """Yield what opens and closes at the next change, said at ``at_ns``, and go on to the one after it."""
        due_ns = self.next_ns
        for name, one in self._hours.items():
            if self._next[id(one.hours)] == due_ns:
                yield from self._told(core, name, due_ns, at_ns)
        for key, hours in self._calendars.items():
            if self._next[key] == due_ns:
                self._next[key] = hours.next_change(due_ns)
        self._find_next()

    def _find_next(self) -> None:
        self.next_ns = min((at_ns for at_ns in self._next.values() if at_ns >= 0), default=-1)

    def _told(self, core: Core, name: str, due_ns: int, at_ns: int) -> Iterator[Command]:
        hours: OpeningHours
        hours, turn_away = self._hours[name]
        is_open = hours.is_open(due_ns)
        slot = core.find(Kind.QUEUE, name.encode())
        queue = core.queue(slot)
        if queue is not None and queue.is_open != is_open:  # else it is so by hand already
            flags = FORCE if turn_away and not is_open else 0
            yield Command(Op.SET_QUEUE, at_ns, queue=slot, x=int(is_open), flags=flags)
