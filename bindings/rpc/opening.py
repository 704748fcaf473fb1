"""Queues that open and close by the calendar: the hours are read outside the router and told it as commands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from ..commands import Core
from ..router.codes import FORCE, SECOND_NS, Kind, Op
from ..router.records import Command
from .clock import Timer
from .owner import Build, Owner

if TYPE_CHECKING:
    from ..config.hours import QueueHours

LOOK_EVERY_NS: Final = 60 * SECOND_NS
"""How long to sleep at most: whatever happens to the clock, a queue is wrong for no longer than this."""


class Opening:
    """Opens and closes queues, within the running event loop.

    At the start every queue is put as its hours say; after that a queue is told only when its hours change,
    so that one which somebody closed by hand stays closed until they do.

    Args:
        owner: the router's owner.
        hours: the hours of every queue that has some, by the queue's name.
        look_every_ns: how long to sleep at most, in nanoseconds of the owner's clock.
    """

    def __init__(
        self, owner: Owner, hours: Mapping[str, QueueHours] | None = None, *, look_every_ns: int = LOOK_EVERY_NS
    ) -> None:
        self._owner = owner
        self._hours = dict(hours or {})
        self._look_every_ns = look_every_ns
        self._told: dict[str, bool] = {}
        self._next_ns = -1
        self._timer: Timer | None = None

    def start(self) -> None:
        """Tell the router what is open now, and go on from there. The owner has to be at work already."""
        if self._hours:
            self._look()

    def stop(self) -> None:
        """Open and close nothing any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        now_ns = self._owner.clock.now_ns()
        calendars = {id(one.hours): one.hours for one in self._hours.values()}  # thousands of queues may share one
        states = {key: hours.is_open(now_ns) for key, hours in calendars.items()}
        for name, (hours, turn_away) in self._hours.items():
            is_open = states[id(hours)]
            if self._told.get(name) != is_open:
                self._told[name] = is_open
                self._owner.post(_set_queue(name, is_open=is_open, turn_away=turn_away))
        latest = now_ns + self._look_every_ns
        changes = (hours.next_change(now_ns, latest) for hours in calendars.values())
        wake_ns = min((change for change in changes if change >= 0), default=latest)
        self._timer = self._owner.clock.call_at(min(wake_ns, latest), self._look)


def _set_queue(name: str, *, is_open: bool, turn_away: bool) -> Build:
    def build(core: Core, now_ns: int) -> Command | None:
        slot = core.find(Kind.QUEUE, name.encode())
        queue = core.queue(slot)
        if queue is None or queue.is_open == is_open:
            return None  # as it was left by the log, or by hand
        flags = FORCE if turn_away and not is_open else 0
        return Command(Op.SET_QUEUE, now_ns, queue=slot, x=int(is_open), flags=flags)

    return build
