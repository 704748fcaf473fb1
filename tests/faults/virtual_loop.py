"""An event loop whose time is simulated: when nothing is left to do at a moment, it goes to the next one at once."""

from __future__ import annotations

import asyncio
import selectors
from typing import Any

from acdcore.router.codes import SECOND_NS
from acdcore.rpc.clock import Timer


class Standstill(RuntimeError):
    """Everybody waits, and for nothing that would ever happen."""


class _NoWaiting(selectors.SelectSelector):
    """Looks at no file: instead of waiting for one, time passes."""

    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise Standstill("nothing is scheduled and nothing is ready")
        if timeout > 0:
            self.loop.pass_time(timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Runs callbacks in the order of their times, without waiting; callbacks of one moment in the order of setting."""

    def __init__(self) -> None:
        selector = _NoWaiting()
        selector.loop = self
        self._now_s = 0.0
        super().__init__(selector)

    def time(self) -> float:
        """Return the simulated time in seconds since the loop was made."""
        return self._now_s

    def finish(self) -> None:
        """Cancel whatever is left, and close."""
        left = asyncio.all_tasks(self)
        for task in left:
            task.cancel()
        if left:
            self.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self.run_until_complete(self.shutdown_asyncgens())
        self.close()

    def pass_time(self, seconds: float) -> None:
        """Let time go on."""
        self._now_s += seconds


class VirtualClock:
    """The service's clock on a :class:`VirtualLoop`; somebody may set the wall clock, or put the machine to sleep.

    Like the service's own clock it is anchored to the wall clock once, when it is made, and then follows the
    loop's time, so that what is done to the wall clock is felt only by the next server.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, wall_ns: int, *, least_ns: int = 0) -> None:
        self._loop = loop
        now_ns = round(loop.time() * SECOND_NS)
        self._anchor_ns = max(wall_ns, least_ns - now_ns)

    def now_ns(self) -> int:
        """Return the time in nanoseconds since 1970."""
        return self._anchor_ns + round(self._loop.time() * SECOND_NS)

    def ahead_ns(self) -> int:
        """Return 0: nobody is there who would look at a wall clock."""
        return 0

    def call_at(self, at_ns: int, callback: Any) -> Timer:
        """Call back when the time has come."""
        delay_s = max(0.0, (at_ns - self.now_ns()) / SECOND_NS) + 1e-6
        return self._loop.call_later(delay_s, callback)
