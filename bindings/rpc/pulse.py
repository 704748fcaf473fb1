"""The event loop's own clockwork: how late it comes round, and a few invariants checked each time.

A beat is due every tenth of a second. Whoever sees from another thread how long ago the last one was knows that the
loop stands still while it does. Between two commands the router is whole, so each beat may look at a few of its
entities; in the end it has looked at all and begins anew. A server never stops for that. Each beat also compares the
center's time with the wall clock, which somebody may have set: nothing follows from it but that it is told.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from ..logs import event as tell
from ..router.codes import SECOND_NS
from .clock import elapsed_ns
from .latency import LatencyHistogram

log = logging.getLogger("acdcore.rpc")

PERIOD_S: Final = 0.1
CHECKED_A_BEAT: Final = 64
"""Entities that one beat looks at: some 20 µs."""
CLOCK_SET_NS: Final = SECOND_NS
"""By how much more than this the wall clock has to have moved against the center's time to be told of."""


class Invariants:
    """How often what must always hold was looked at, and how often it did not hold, by the kind of check."""

    def __init__(self, center: str) -> None:
        self.center = center
        self.checks: Counter[str] = Counter()
        self.violations: Counter[str] = Counter()

    def count(self, check: str, checks: int, wrong: list[str]) -> None:
        """Count checks made, and tell of each that failed; no line names anybody."""
        self.checks[check] += checks
        self.violations[check] += len(wrong)
        for line in wrong:
            tell(log, logging.CRITICAL, "invariant_violated", center=self.center, message=f"{check}: {line}")


class Pulse:
    """Beats in the running event loop from :meth:`start` to :meth:`stop`.

    Args:
        check: looks at some entities of the router from a place on and returns the next, 0 after the last; raises
            AssertionError.
        invariants: counts what was checked.
        ahead_ns: how far the center's time is ahead of the wall clock.
    """

    def __init__(
        self, check: Callable[[int, int], int], invariants: Invariants, ahead_ns: Callable[[], int] = lambda: 0
    ) -> None:
        self._check = check
        self._invariants = invariants
        self._ahead_ns = ahead_ns
        self._told_ns = 0
        self._place = 0
        self._due_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self.stalls = LatencyHistogram()
        """How late each beat came."""
        self._last_ns = 0

    def start(self) -> None:
        """Begin to beat."""
        self._last_ns = elapsed_ns()
        self._set()

    def stop(self) -> None:
        """Beat no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def age_s(self) -> float:
        """Return how long ago the last beat was, in seconds, or the start; 0 while it does not beat. Any thread may."""
        return 0.0 if self._timer is None else (elapsed_ns() - self._last_ns) / SECOND_NS

    def _set(self) -> None:
        self._due_s = time.monotonic() + PERIOD_S
        self._timer = asyncio.get_running_loop().call_later(PERIOD_S, self._beat)

    def _beat(self) -> None:
        self.stalls.add(max(0, int((time.monotonic() - self._due_s) * 1e9)))
        self._last_ns = elapsed_ns()
        self._compare_clocks()
        self.check_some(CHECKED_A_BEAT)
        self._set()

    def _compare_clocks(self) -> None:
        ahead_ns = self._ahead_ns()
        if abs(ahead_ns - self._told_ns) > CLOCK_SET_NS:
            self._told_ns = ahead_ns
            center = self._invariants.center
            tell(log, logging.WARNING, "clock_set", center=center, ahead_s=round(ahead_ns / SECOND_NS, 3))

    def check_some(self, most: int) -> None:
        """Look at a few entities; the next call goes on behind them."""
        wrong: list[str] = []
        try:
            self._place = self._check(self._place, most)
        except AssertionError as error:
            wrong.append(str(error))
            self._place += most  # not again in this round: the same fault would be told of many times
        except RuntimeError:  # out of memory within a command: every call says so already
            return
        self._invariants.count("entities", most, wrong)
