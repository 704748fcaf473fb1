"""Where the service's time comes from. The router itself knows no clock: time is an argument of every command.

All clocks here never run backwards. They are anchored to the wall clock once, when they are made, and
then follow the time that passes: when somebody sets the wall clock, durations run on and nothing expires
in a crowd. Time passes while a machine sleeps, too, where the system tells of it.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from typing import Final, Protocol

from ..router.codes import SECOND_NS

SLACK_S: Final = 50e-6
"""Timers of the event loop are set this much late, so that they do not wake a moment too early."""
READ_TOGETHER_NS: Final = SECOND_NS // 1000
"""Within this much time two clocks have to be read to be compared."""
READ_TIMES: Final = 8
"""How often that is tried; then the best of them has to do."""
LONGEST_DELAY_S: Final = 3600.0
"""Event loops dislike timers that are years away; whoever is woken early sets the timer again."""


def elapsed_ns() -> int:
    """Return how much time has passed since the machine was started, in nanoseconds, sleep included on Linux."""
    boot_clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic_ns() if boot_clock is None else time.clock_gettime_ns(boot_clock)


def read_together() -> tuple[int, int]:
    """Return the wall clock and :func:`elapsed_ns` of one moment, in nanoseconds.

    A process may be stopped between two looks at clocks; that must not be taken for a difference between them.
    """
    best_ns, both = -1, (0, 0)
    for _ in range(READ_TIMES):
        before_ns, wall_ns, after_ns = elapsed_ns(), time.time_ns(), elapsed_ns()
        took_ns = after_ns - before_ns
        if best_ns < 0 or took_ns < best_ns:
            best_ns, both = took_ns, (wall_ns, before_ns)
        if best_ns <= READ_TOGETHER_NS:
            break
    return both


class Timer(Protocol):
    """A call that is to come and can be called off."""

    def cancel(self) -> None:
        """Call it off; harmless when it has happened."""


class Clock(Protocol):
    """What the service needs of time."""

    def now_ns(self) -> int:
        """Return the time in nanoseconds since 1970; never less than before."""

    def ahead_ns(self) -> int:
        """Return how far it is ahead of the machine's wall clock, below 0 when behind; 0 where it is not to follow."""

    def call_at(self, at_ns: int, callback: Callable[[], None]) -> Timer:
        """Call back in the running event loop when the time has come; may call a little early or late."""


class SystemClock:
    """Real time, or real time ``speed`` times as fast (the demo's day in a minute).

    ``least_ns``: where it begins at least, such as the last time in a journal: a wall clock that was set back
    meanwhile must not let time stand still until it has caught up.
    """

    def __init__(self, speed: float = 1.0, least_ns: int = 0) -> None:
        if not 0 < speed < 1e6:
            raise ValueError(f"speed: {speed!r} is not allowed (allowed: more than 0, less than 1000000)")
        self.speed = speed
        wall_ns, self._start_ns = read_together()
        self._wall_ns = max(wall_ns, least_ns)

    def now_ns(self) -> int:
        """Return the time in nanoseconds since 1970."""
        passed_ns = elapsed_ns() - self._start_ns
        return self._wall_ns + (passed_ns if self.speed == 1.0 else int(passed_ns * self.speed))

    def ahead_ns(self) -> int:
        """Return how far it is ahead of the wall clock, which somebody may have set since; 0 at another speed."""
        if self.speed != 1.0:
            return 0
        wall_ns, passed_ns = read_together()
        return self._wall_ns + passed_ns - self._start_ns - wall_ns

    def call_at(self, at_ns: int, callback: Callable[[], None]) -> Timer:
        """Call back in the running event loop when the time has come."""
        delay_s = max(0.0, (at_ns - self.now_ns()) / (SECOND_NS * self.speed)) + SLACK_S
        return asyncio.get_running_loop().call_later(min(delay_s, LONGEST_DELAY_S), callback)


class ScaledClock(SystemClock):
    """Time that runs ``speed`` times as fast as real time."""


class _ManualTimer:
    __slots__ = ("callback",)

    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        self.callback = None


class ManualClock:
    """Time that stands still until it is told to move. For tests."""

    def __init__(self, now_ns: int = 0) -> None:
        self._now_ns = now_ns
        self._order = itertools.count()
        self._timers: list[tuple[int, int, _ManualTimer]] = []

    def now_ns(self) -> int:
        """Return the time in nanoseconds."""
        return self._now_ns

    def ahead_ns(self) -> int:
        """Return 0: it has nothing to do with the wall clock."""
        return 0

    def call_at(self, at_ns: int, callback: Callable[[], None]) -> Timer:
        """Call back from within :meth:`move_to`, in order of time; when it is past, at the next move."""
        timer = _ManualTimer(callback)
        heapq.heappush(self._timers, (at_ns, next(self._order), timer))
        return timer

    def move_to(self, now_ns: int) -> None:
        """Go to a time, not before the present one, and call back whatever is due by then."""
        if now_ns < self._now_ns:
            raise ValueError(f"now_ns: {now_ns} is before {self._now_ns}; time never runs backwards")
        self._now_ns = now_ns
        due = []
        while self._timers and self._timers[0][0] <= now_ns:
            due.append(heapq.heappop(self._timers)[2])
        for timer in due:  # what these set again waits for the next move, so that time at a standstill ends
            if timer.callback is not None:
                timer.callback()

    def move(self, seconds: float) -> None:
        """Go on by some seconds."""
        self.move_to(self._now_ns + round(seconds * SECOND_NS))
