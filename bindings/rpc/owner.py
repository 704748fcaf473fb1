"""The one owner of a center's router: everything that touches it goes through this loop, in order.

    requests -> inbox -> [ build -> apply -> note what happened ] ... -> commit -> publish, answer

A group is whatever the inbox holds when the loop comes round. Nothing that a group caused leaves before
its commit has returned: no answer, no event, no read that was made after it. When a commit fails, the
router has gone where the log has not: the owner stops for good and refuses everything.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable, Sequence
from time import perf_counter_ns, time_ns
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from .. import commands
from ..commands import Core
from ..errors import AcdError, DoorReason, Internal, Unavailable
from ..logs import event as tell
from ..router.codes import SECOND_NS, EventType, Op, Result
from ..router.records import Answer, Command, Event
from .clock import Clock, Timer, elapsed_ns
from .floor import Floor
from .latency import LatencyHistogram

if TYPE_CHECKING:
    from ..tracing import Stages

log = logging.getLogger("acdcore.rpc")

T = TypeVar("T")
Build = Callable[[Core, int], Command | None]
"""Makes a command at a time, or raises AcdError, or returns None: nothing to do after all."""
Finish = Callable[[Core, int, int], T]
"""(router, value of the answer, now_ns) -> what the caller gets, as of right after the command."""
Group = Sequence[tuple[Command, Answer]]
INBOX_LIMIT: Final = 10_000
GROUP_LIMIT: Final = 256
GAP_NS: Final = 5 * SECOND_NS
"""Whoever has not been at work for longer than this, by a machine that slept or a disk that hung, resumes."""
TICK_S: Final = 1.0
FIRED_AT_ONCE: Final = 1_000
"""Timers that fire by themselves before others get their turn: after a gap thousands may be due."""


class Committer(Protocol):
    """Where commands become durable.

    One that is not always ready to take more also has ``refusal(op)``: it returns the error that a request is to be
    refused with now, None when it may come in; ``op`` is None before the request's operation is known.
    """

    async def commit(self, group: Group) -> None:
        """Return when the commands, in this order, can no longer be lost. Raise when that has failed."""


class NullCommitter:
    """Keeps nothing: what the process forgets is forgotten."""

    async def commit(self, group: Group) -> None:
        """Return at once."""


class Follower(Protocol):
    """Somebody who turns events into messages: prepared at once, published after the commit."""

    def prepare(self, core: Core, event: Event) -> None:
        """Note what an event means while the router still knows what it is about."""

    def publish(self) -> None:
        """Send what has been noted: it is committed."""

    def end(self, error: Callable[[], AcdError]) -> None:
        """Throw away what has been noted and end everybody with an error: the owner has stopped."""


class _Work:
    __slots__ = ("arrived_ns", "build", "finish", "future", "is_offered", "outcome", "stages")

    def __init__(
        self,
        build: Build,
        finish: Finish[Any],
        future: asyncio.Future[Any] | None,
        stages: Stages | None = None,
    ) -> None:
        self.build = build
        self.finish = finish
        self.future = future
        self.stages = stages
        self.outcome: Any = None
        self.arrived_ns = perf_counter_ns()
        self.is_offered = False
        """Whether it brought in an interaction that is offered to somebody at once."""


def _nothing(_core: Core, _value: int, _now_ns: int) -> None:
    return None


class Owner:
    """Owns a router inside one event loop.

    Args:
        core: the router; nobody else may call it from now on.
        clock: the service's time.
        committer: makes commands durable before anything they caused is seen.
        inbox_limit: requests that may wait; further ones are refused with UNAVAILABLE.
        group_limit: commands that share one commit, at most.
        elapsed_ns: how much time has passed, however the service's own runs; to notice that nobody was at work.
    """

    def __init__(
        self,
        core: Core,
        clock: Clock,
        committer: Committer | None = None,
        *,
        inbox_limit: int = INBOX_LIMIT,
        group_limit: int = GROUP_LIMIT,
        elapsed_ns: Callable[[], int] = elapsed_ns,
    ) -> None:
        self._core = core
        self.clock = clock
        self._committer: Committer = committer or NullCommitter()
        self._inbox: deque[_Work] = deque()
        self._inbox_limit = inbox_limit
        self._group_limit = group_limit
        self._idle: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._timer: Timer | None = None
        self._timer_ns = -1
        self._draining = False
        self._refusal: Callable[[int | None], AcdError | None] | None = getattr(committer, "refusal", None)
        self._elapsed_ns = elapsed_ns
        self._ticked_ns = elapsed_ns()
        self._ticker: asyncio.TimerHandle | None = None
        self._gap_ns = 0
        """For how long nobody was at work, until the router has been told; 0 when there is nothing to tell."""
        self._is_late = True
        """Whether much may be due at once: after a start, or when nobody was at work."""
        self._refusing: Callable[[], AcdError] | None = _starting
        """Makes the error that every request is refused with; None while serving."""
        self._last_ns = max(clock.now_ns(), core.center().now_ns)
        self.floor = Floor(core, self._last_ns)
        self.latency = LatencyHistogram()
        """Time within the router for one command."""
        self.enqueue_to_offer = LatencyHistogram()
        """From arrival in the inbox to the first offer's publication, where it was made by the same command."""
        self.answers: Counter[tuple[int, int]] = Counter()
        """Commands by (operation, result)."""
        self.followers: list[Follower] = []
        self.taps: list[Callable[[list[Event]], None]] = []
        """Called with the router's own events after each commit."""
        self.stages: Callable[[], Stages | None] | None = None
        """Makes what a traced call's work notes its times in; None while nothing is traced."""
        self.on_failure: Callable[[], None] = lambda: None

    # ------------------------------------------------------------------ life

    def start(self) -> None:
        """Begin to work in the running event loop."""
        self._core.drain()  # what happened before nobody could have watched
        self._refusing = None
        self._task = asyncio.get_running_loop().create_task(self._serve(), name="acdcore owner")
        self._ticked_ns = self._elapsed_ns()
        self._tick()
        self._set_timer()

    def drain(self) -> None:
        """Let no more timers fire, so that nothing begins by itself; requests are still answered."""
        self._draining = True
        self._cancel_timer()

    async def stop(self, limit_s: float | None = None) -> None:
        """Take nothing new, finish and answer what the inbox holds, and end; give up a commit that takes longer."""
        self.drain()
        if self._refusing is None:
            self._refusing = stopping
        self._stop_ticking()
        if self._task is not None:
            self._wake()
            _, unfinished = await asyncio.wait([self._task], timeout=limit_s)
            if unfinished:
                tell(log, logging.ERROR, "commit_overdue", limit_s=limit_s)
                self._task.cancel()
                await asyncio.wait([self._task])

    @property
    def inbox_size(self) -> int:
        """How many requests wait for the router."""
        return len(self._inbox)

    @property
    def inbox_limit(self) -> int:
        """How many requests may wait for the router."""
        return self._inbox_limit

    @property
    def failed(self) -> bool:
        """Whether a commit has failed and the owner has stopped for good."""
        return self._refusing is _not_durable

    # ------------------------------------------------------------------ the way in

    def submit(self, build: Build, finish: Finish[T], *, always: bool = False) -> asyncio.Future[T]:
        """Run a command; the future brings what ``finish`` makes of it, after the commit.

        Raises AcdError, at once or through the future. ``always``: however many wait already.
        """
        if self._refusing is not None:
            raise self._refusing()
        if not always and self._refusal is not None and (error := self._refusal(None)) is not None:
            raise error
        if not always and len(self._inbox) >= self._inbox_limit:
            raise Unavailable(
                f"{self._inbox_limit} requests wait already; try again a little later", reason=DoorReason.INBOX_FULL
            )
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._put(_Work(build, finish, future, None if self.stages is None else self.stages()))
        return future

    def read(self, look: Callable[[Core, int], T]) -> asyncio.Future[T]:
        """Look at the router; the future brings the result when all that was seen is committed."""
        return self.submit(_no_command, lambda core, _value, now_ns: look(core, now_ns))

    def look(self, look: Callable[[Core, int], T]) -> asyncio.Future[T]:
        """Look at the router as :meth:`read` does, however full the inbox is: for those who watch over it."""
        return self.submit(_no_command, lambda core, _value, now_ns: look(core, now_ns), always=True)

    def check_some(self, place: int, most: int) -> int:
        """Check a few of the router's entities from a place on, now; raise AssertionError with what is wrong.

        Between two commands, which is whenever the event loop comes round, the router is whole.
        """
        return self._core.check_some(place, most)

    def post(self, build: Build) -> None:
        """Run a command that nobody waits for; a refusal is nobody's business. Ignored when stopping."""
        if self._refusing is None:
            self._put(_Work(build, _nothing, None))

    def _put(self, work: _Work) -> None:
        self._inbox.append(work)
        if self._idle is not None:
            self._wake()

    def _wake(self) -> None:
        if self._idle is not None and not self._idle.done():
            self._idle.set_result(None)

    # ------------------------------------------------------------------ the loop

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            if not (self._inbox or self._gap_ns or self._is_late):
                if self._refusing is not None:
                    return
                self._idle = loop.create_future()
                await self._idle
                self._idle = None
                continue
            self._look_for_a_gap()
            work = [self._inbox.popleft() for _ in range(min(len(self._inbox), self._group_limit))]
            try:
                group, events = self._apply_all(work)
                commit_ns = 0 if self.stages is None else time_ns()
                if group:
                    began_ns = self._elapsed_ns()
                    await self._committer.commit(group)
                    took_ns = self._elapsed_ns() - began_ns
                    if took_ns > GAP_NS:
                        self._gap_ns = took_ns  # nobody could renew a lease meanwhile, or answer an offer
                if commit_ns:
                    _note_commit(work, commit_ns, len(group))
            except Exception as error:  # whatever it was, the log and the router have parted
                self._fail(work, error)
                return
            self._release(work, events)
            self._set_timer()
            if self._inbox or self._is_late:
                await asyncio.sleep(0)  # let the network have its turn between two groups

    def _apply_all(self, work: list[_Work]) -> tuple[list[tuple[Command, Answer]], list[Event]]:
        """Run a group; what comes of it stays inside until the commit."""
        core, now_ns = self._core, max(self._last_ns, self.clock.now_ns())
        self._last_ns = now_ns
        group: list[tuple[Command, Answer]] = []
        events: list[Event] = []
        traced: Stages | None = None
        if self._gap_ns:
            tell(log, logging.WARNING, "resumed", duration_s=round(self._gap_ns / SECOND_NS, 3))
            self._gap_ns = 0
            self._is_late = True
            self._apply(commands.resumption(core, now_ns), group, events)
        if self._is_late and not self._catch_up(now_ns, group, events):
            self._inbox.extendleft(reversed(work))
            work.clear()
        for one in work:
            if traced is not None:
                traced.applied_ns = time_ns()
            traced = one.stages
            if traced is not None:
                traced.begun_ns = time_ns()
            if one.future is not None and one.future.done():
                continue  # nobody waits any more: as if it had never arrived
            try:
                command = one.build(core, now_ns)
                if command is not None and self._refusal is not None:
                    one.outcome = self._refusal(command.op)
                    if one.outcome is not None:
                        continue
            except AcdError as refusal:
                one.outcome = refusal
                continue
            except Exception as error:
                tell(log, logging.ERROR, "failed", exc=error)
                one.outcome = unexpected()
                continue
            value = 0
            if command is not None:
                before = len(events)
                try:
                    answer = self._apply(command, group, events)
                except (OverflowError, TypeError) as error:  # it could not be read: the router has done nothing
                    tell(log, logging.ERROR, "failed", exc=error)
                    one.outcome = unexpected()
                    continue
                if traced is not None:
                    traced.op, traced.result = command.op, answer.code
                if answer.code != Result.OK:
                    one.outcome = commands.refused(core, command, answer)
                    continue
                value = answer.value
                if command.op == Op.ENQUEUE:
                    one.is_offered = _is_offered(value, events[before:])
            try:
                one.outcome = one.finish(core, value, now_ns)
            except AcdError as refusal:
                one.outcome = refusal
            except Exception as error:
                tell(log, logging.ERROR, "failed", exc=error)
                one.outcome = unexpected()
        if traced is not None:
            traced.applied_ns = time_ns()
        return group, events

    def _catch_up(self, now_ns: int, group: list[tuple[Command, Answer]], events: list[Event]) -> bool:
        """Fire some of what became due while nobody was at work; return whether that was all, so that others may go on.

        Any other command would fire all of it at once, however much.
        """
        self._is_late = False
        if not self._draining and 0 <= self._core.next_deadline_ns() <= now_ns:
            fired = self._apply(commands.advance(now_ns, most=FIRED_AT_ONCE), group, events).value
            self._is_late = fired >= FIRED_AT_ONCE
        return not self._is_late

    def _apply(self, command: Command, group: list[tuple[Command, Answer]], events: list[Event]) -> Answer:
        """Run a command and note what happened; one that was refused and fired nothing leaves no trace to commit."""
        core = self._core
        deadline_ns = core.next_deadline_ns()
        started = perf_counter_ns()
        answer = core.apply(command)
        self.latency.add(perf_counter_ns() - started)
        if answer.code == Result.OK or 0 <= deadline_ns <= command.now_ns:
            group.append((command, answer))
        self.answers[command.op, answer.code] += 1
        happened = core.drain()
        if happened:
            events += happened
            self._prepare(happened)
        return answer

    def _prepare(self, events: list[Event]) -> None:
        follow, core = self.floor.follow, self._core
        for event in events:
            follow(event)
            for follower in self.followers:
                follower.prepare(core, event)

    def _release(self, work: list[_Work], events: list[Event]) -> None:
        """The group is committed: let everything out."""
        if events:
            for tap in self.taps:
                tap(events)
            for follower in self.followers:
                follower.publish()
        self._time_offers(work)
        for one in work:
            future = one.future
            if future is None or future.done():
                continue
            if isinstance(one.outcome, AcdError):
                future.set_exception(one.outcome)
            else:
                future.set_result(one.outcome)

    def _time_offers(self, work: list[_Work]) -> None:
        offered = [one.arrived_ns for one in work if one.is_offered]
        if offered:
            now_ns = perf_counter_ns()
            for arrived_ns in offered:
                self.enqueue_to_offer.add(now_ns - arrived_ns)

    def _fail(self, work: list[_Work], cause: Exception) -> None:
        """Stop for good: the router may hold what the log does not."""
        tell(log, logging.CRITICAL, "commit_failed", exc=cause)
        self._refusing = _not_durable
        self._cancel_timer()
        self._stop_ticking()
        for one in [*work, *self._inbox]:
            if one.future is not None and not one.future.done():
                one.future.set_exception(_not_durable())
        self._inbox.clear()
        for follower in self.followers:
            follower.end(_not_durable)
        self.on_failure()

    # ------------------------------------------------------------------ deadlines

    def _set_timer(self) -> None:
        """See to it that ADVANCE is called in time. A timer that has become too early is left: it sets itself again."""
        deadline_ns = self._core.next_deadline_ns()
        if self._draining or deadline_ns < 0 or (0 <= self._timer_ns <= deadline_ns):
            return
        self._cancel_timer()
        self._timer_ns = deadline_ns
        self._timer = self.clock.call_at(deadline_ns, self._on_timer)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._timer_ns = None, -1

    def _on_timer(self) -> None:
        self._timer, self._timer_ns = None, -1
        self.post(_advance)

    # ------------------------------------------------------------------ gaps in time

    def _tick(self) -> None:
        """Note that the loop is at work."""
        self._look_for_a_gap()
        if self._gap_ns:
            self._wake()
        self._ticker = asyncio.get_running_loop().call_later(TICK_S, self._tick)

    def _stop_ticking(self) -> None:
        if self._ticker is not None:
            self._ticker.cancel()
            self._ticker = None

    def _look_for_a_gap(self) -> None:
        """See whether the loop stood still: a machine that slept, a process that was stopped."""
        now_ns = self._elapsed_ns()
        if now_ns - self._ticked_ns > GAP_NS:
            self._gap_ns = now_ns - self._ticked_ns
        self._ticked_ns = now_ns


def _note_commit(work: list[_Work], commit_ns: int, commands: int) -> None:
    """Note in what is traced of a group when its commit began, and that it has just ended; none was needed for 0."""
    if commands:
        now_ns = time_ns()
        for one in work:
            if one.stages is not None:
                one.stages.commit_ns, one.stages.committed_ns, one.stages.group = commit_ns, now_ns, commands


def _advance(core: Core, now_ns: int) -> Command | None:
    """Fire what is due; when the loop was woken too early there is nothing to do but to set the timer again."""
    deadline_ns = core.next_deadline_ns()
    return commands.advance(now_ns, most=FIRED_AT_ONCE) if 0 <= deadline_ns <= now_ns else None


def _is_offered(interaction: int, events: list[Event]) -> bool:
    """Say whether these events offer an interaction to somebody."""
    return any(event.type == EventType.OFFER_MADE and event.interaction == interaction for event in events)


def _no_command(_core: Core, _now_ns: int) -> None:
    return None


def _starting() -> AcdError:
    return Unavailable("the server is starting", reason=DoorReason.NOT_SERVING)


def stopping() -> AcdError:
    """Return what a stopping server says."""
    return Unavailable("the server is stopping", reason=DoorReason.NOT_SERVING)


def _not_durable() -> AcdError:
    return Unavailable("the server could not make its work durable and is stopping", reason=DoorReason.COMMIT_FAILED)


def unexpected() -> Internal:
    """Return what a caller hears when something happened that should not."""
    return Internal("the server met something it should not have; its log says what", reason=DoorReason.INTERNAL)
