"""Between a router's owner and its journal: commands become rows, in a thread of their own.

    owner's loop:    apply a group -> encode it -> .................. -> let its effects out, apply the next
    journal thread:                              append, flush to disk

One flush is in flight, and the next group gathers meanwhile. When the journal is full, the group that is in hand is
tried again until there is room, and the door is told what it may still take. Any other failure ends the server.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from bisect import bisect_left
from collections.abc import Awaitable, Callable
from queue import SimpleQueue
from typing import Any, Final, Protocol, TypeVar

from ..commands import Core
from ..errors import AcdError, DoorReason, ResourceExhausted, Unavailable
from ..logs import event as tell
from ..metrics.catalogue import COMMIT_EDGES_NS
from ..router.codes import Op
from .encoding import Group, encode
from .errors import Full
from .interface import Journal

log = logging.getLogger("acdcore.journal")

T = TypeVar("T")
DIGEST_EVERY: Final = 1_000
"""After so many commands the state's hash is noted with the group."""
SLOW_S: Final = 2.0
"""A flush that takes longer than this: nothing new is taken until it has returned."""
RETRY_S: Final = 0.25
"""How long to wait for room before a group is tried again."""
RELIEVE_S: Final = 1.0
BEGINS: Final = frozenset(
    {
        Op.ENQUEUE,
        Op.SIGN_IN,
        Op.CONFIGURE,
        Op.DEFINE_SKILL,
        Op.DEFINE_REASON,
        Op.DEFINE_TIER,
        Op.DEFINE_QUEUE,
        Op.DEFINE_AGENT,
        Op.DEFINE_CHANNEL,
    }
)
"""What begins something: refused while room is low. Whatever goes on with work, or ends it, is taken."""
GROUP_EDGES: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500)


class Runner(Protocol):
    """Runs the journal's calls one after the other, off the loop; a simulator runs them in its own time."""

    def call(self, work: Callable[[], T]) -> Awaitable[T]:
        """Run one; the result, or what it raised, comes when awaited."""

    def close(self, limit_s: float, last: Callable[[], None]) -> None:
        """Run one last call behind all others, and nothing more; wait so long for it, no longer."""


class Thread:
    """A runner: one daemon thread, so that a disk that hangs cannot keep the process."""

    def __init__(self) -> None:
        self._calls: SimpleQueue[tuple[Callable[[], Any], asyncio.Future[Any]] | None] = SimpleQueue()
        self._last: Callable[[], None] = lambda: None
        self._thread = threading.Thread(target=self._run, name="acdcore journal", daemon=True)
        self._thread.start()

    def call(self, work: Callable[[], T]) -> asyncio.Future[T]:
        """Run one in the thread."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._calls.put((work, future))
        return future

    def _run(self) -> None:
        while (one := self._calls.get()) is not None:
            work, future = one
            result: Any = None
            error: BaseException | None = None
            try:
                result = work()
            except BaseException as raised:  # whatever it was, whoever waits has to hear of it
                error = raised
            with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits
                future.get_loop().call_soon_threadsafe(_settle, future, result, error)
        self._last()

    def close(self, limit_s: float, last: Callable[[], None]) -> None:
        """End the thread when it has done what it was given, and this; a call that hangs is not waited for longer."""
        self._last = last
        self._calls.put(None)
        self._thread.join(limit_s)


def _settle(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)


class Bins:
    """A histogram: counts by upper edges, and a sum."""

    def __init__(self, edges: tuple[int, ...]) -> None:
        self.edges = edges
        self.counts = [0] * (len(edges) + 1)
        self.sum = 0

    def add(self, value: int) -> None:
        """Count a value."""
        self.counts[bisect_left(self.edges, value)] += 1
        self.sum += value

    @property
    def count(self) -> int:
        """How many values there were."""
        return sum(self.counts)


class JournalCommitter:
    """Makes groups durable: what :class:`acdcore.rpc.owner.Committer` asks for.

    Args:
        journal: where to; nobody else may call it from now on.
        epoch: what :meth:`Journal.take` gave.
        core: the router, asked for its state's hash right after a group was applied.
        digest_every: commands after which that is noted.
        runner: runs the journal's calls.
        sleep: waits for room.
        now_ns: a monotonic clock, to time commits with.
    """

    def __init__(
        self,
        journal: Journal,
        epoch: int,
        core: Core,
        *,
        digest_every: int = DIGEST_EVERY,
        slow_s: float = SLOW_S,
        runner: Runner | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self.journal = journal
        self._epoch = epoch
        self._core: Any = core
        self._digest_every = digest_every
        self._slow_ns = int(slow_s * 1e9)
        self._runner: Runner = runner or Thread()
        self._sleep = sleep
        self._now_ns = now_ns
        self._undigested = 0
        self._began_ns = -1
        self._relieving: asyncio.Task[None] | None = None
        self.position = journal.end
        self.is_full = False
        """A group waits for room: nothing at all is taken."""
        self.commits = Bins(COMMIT_EDGES_NS)
        self.groups = Bins(GROUP_EDGES)
        self.failures = 0
        self.times_full = 0
        self.body_bytes = 0
        self.after_commit: list[Callable[[int], None]] = []
        """Told of the number of commands of each group that was committed."""

    @property
    def under_way_ns(self) -> int:
        """How long the flush that is under way has taken by now, 0: none is."""
        began_ns = self._began_ns
        return max(0, self._now_ns() - began_ns) if began_ns >= 0 else 0

    @property
    def is_low(self) -> bool:
        """Whether room is short, so that nothing new may begin."""
        return self.is_full or self.journal.is_low

    async def commit(self, group: Group) -> None:
        """Return when the group is on disk. Raises what the journal raises, after which nothing may be tried again."""
        digest = None
        self._undigested += len(group)
        if self._undigested >= self._digest_every:
            self._undigested = 0
            digest = self._core.state_hash()
        body = encode(group, digest, time.time_ns())
        self._began_ns = self._now_ns()
        try:
            await self._append(body)
        except BaseException:
            self.failures += 1
            raise
        self.commits.add(self._now_ns() - self._began_ns)
        self._began_ns = -1
        self.groups.add(len(group))
        self.body_bytes += len(body)
        if self.journal.is_low:
            self._relieve_soon()
        for told in self.after_commit:
            told(len(group))

    async def _append(self, body: bytes) -> None:
        journal, after, epoch = self.journal, self.position, self._epoch
        while True:
            try:
                self.position = await self._runner.call(lambda: journal.append(after, epoch, body))
            except Full:
                if not self.is_full:
                    self.is_full = True
                    self.times_full += 1
                    tell(log, logging.ERROR, "journal_full", position=after)
            else:
                self.is_full = False
                return
            await self._sleep(RETRY_S)
            await self._runner.call(journal.relieve)

    def refusal(self, op: int | None = None) -> AcdError | None:
        """Return why a request (of an operation, if that is known) cannot be taken now, None when it can."""
        if self.is_full:
            return _no_room()
        if op is None:
            if self.under_way_ns > self._slow_ns:
                return Unavailable(
                    "the server's disk is slow and what came before is not on it yet; try again a little later",
                    reason=DoorReason.COMMIT_SLOW,
                )
            return None
        return _no_room() if op in BEGINS and self.journal.is_low else None

    # ------------------------------------------------------------------ what is done beside commits

    def run(self, work: Callable[[], T]) -> Awaitable[T]:
        """Do something else with the journal, between two commits."""
        return self._runner.call(work)

    def _relieve_soon(self) -> None:
        if self._relieving is None or self._relieving.done():
            tell(log, logging.ERROR, "journal_low", position=self.position)
            self._relieving = asyncio.get_running_loop().create_task(self._relieve(), name="acdcore journal room")

    async def _relieve(self) -> None:
        while self.journal.is_low:
            await self._sleep(RELIEVE_S)
            try:
                await self._runner.call(self.journal.relieve)
            except Exception:  # the next commit fails, too, and says so
                return
        tell(log, logging.WARNING, "journal_has_room", position=self.position)

    def close(self, limit_s: float = 10.0) -> None:
        """Finish what is under way and give the journal back.

        On a disk that hangs, the journal is left as it is after so long: it goes back when the process ends.
        """
        if self._relieving is not None:
            self._relieving.cancel()
        self._runner.close(limit_s, self.journal.close)


def _no_room() -> AcdError:
    return ResourceExhausted(
        "the disk of the server's journal is full: nothing new is taken until there is room",
        reason=DoorReason.DISK_FULL,
    )
