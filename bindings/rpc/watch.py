"""Streams of what happens to agents: one watcher for each agent, each with a bounded buffer."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from ..commands import Core, handle_id
from ..errors import Aborted, AcdError, DoorReason, ResourceExhausted
from ..router.codes import EventType, Kind, OfferState, Presence
from ..router.records import Event
from ..v1.agent_service_pb2 import AssignmentEnded, OfferEnded, PresenceChanged, WatchOffersResponse
from ..v1.common_pb2 import OFFER_STATE_ACCEPTED, OFFER_STATE_PENDING
from ..views import name_of, reason_of
from . import codec

BUFFER_LIMIT: Final = 1_000
"""Updates that may wait for one slow client."""

_OFFER_ENDS: Final = {
    EventType.OFFER_DECLINED: OfferState.DECLINED,
    EventType.OFFER_EXPIRED: OfferState.EXPIRED,
    EventType.OFFER_REVOKED: OfferState.REVOKED,
    EventType.OFFER_FAILED: OfferState.FAILED,
}


def update(core: Core, event: Event) -> WatchOffersResponse | None:
    """Return what a router's event means to the agent it is about, None when nothing."""
    kind = event.type
    message = WatchOffersResponse(event_seq=event.seq, event_time=codec.timestamp(event.now_ns))
    if kind in (EventType.OFFER_MADE, EventType.OFFER_EXTENDED):
        ringing = codec.offer(core, event.offer, event.now_ns)
        if ringing is None or ringing.state == OFFER_STATE_ACCEPTED:
            return None  # over within the same command: forgotten, or accepted for the agent; it rings no more
        ringing.state = OFFER_STATE_PENDING  # what the same command did to it since comes as an update of its own
        ringing.time_to_answer.CopyFrom(codec.duration(max(0, event.y - event.now_ns)))
        (message.offer_made if kind == EventType.OFFER_MADE else message.offer_extended).CopyFrom(ringing)
    elif kind == EventType.OFFER_ACCEPTED:
        message.assignment_started.CopyFrom(codec.assignment(core, event.assignment))
    elif kind in _OFFER_ENDS:
        if not event.offer:
            return None  # it had been accepted, and is forgotten: the end of the assignment says all
        message.offer_ended.CopyFrom(
            OfferEnded(
                offer_id=handle_id("o", event.offer),
                interaction_id=name_of(core, Kind.INTERACTION, event.interaction),
                state=_OFFER_ENDS[EventType(kind)],  # type: ignore[arg-type]  # the same numbers
                cause=event.cause,  # type: ignore[arg-type]
            )
        )
    elif kind == EventType.WRAP_UP_STARTED:
        message.wrap_up_started.CopyFrom(codec.assignment(core, event.assignment))
    elif kind == EventType.ASSIGNMENT_ENDED:
        message.assignment_ended.CopyFrom(
            AssignmentEnded(
                assignment_id=handle_id("a", event.assignment),
                interaction_id=name_of(core, Kind.INTERACTION, event.interaction),
                cause=event.cause,  # type: ignore[arg-type]
            )
        )
    elif kind == EventType.PRESENCE_CHANGED:
        message.presence_changed.CopyFrom(
            PresenceChanged(
                presence=codec.PRESENCES_OUT[Presence(event.x)],
                reason=reason_of(core, event.y),
                cause=event.cause,  # type: ignore[arg-type]
            )
        )
    else:
        return None
    return message


class Watcher:
    """One agent's stream: updates go in from the owner's loop and out as fast as the client reads."""

    def __init__(self, slot: int, limit: int = BUFFER_LIMIT) -> None:
        self.slot = slot
        self._limit = limit
        self._buffer: deque[WatchOffersResponse] = deque()
        self._waiting: asyncio.Future[None] | None = None
        self._error: Callable[[], AcdError] | None = None

    def push(self, message: WatchOffersResponse) -> None:
        """Add an update; a client that has left no room is ended."""
        if self._error is not None:
            return
        if len(self._buffer) >= self._limit:
            self.end(_too_slow)
            return
        self._buffer.append(message)
        self._wake()

    def end(self, error: Callable[[], AcdError]) -> None:
        """End the stream with an error; what has not been sent is dropped."""
        if self._error is None:
            self._error = error
            self._buffer.clear()
            self._wake()

    @property
    def ended(self) -> bool:
        """Whether the stream has been ended; its client may not have heard of it yet."""
        return self._error is not None

    @property
    def waiting(self) -> int:
        """How many updates wait for the client."""
        return len(self._buffer)

    async def next(self) -> WatchOffersResponse:
        """Return the next update, or raise the error that ended the stream."""
        while not self._buffer:
            if self._error is not None:
                raise self._error()
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        return self._buffer.popleft()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


class Switchboard:
    """Knows who watches whom; turns events into updates at once and sends them after the commit."""

    def __init__(self, buffer_limit: int = BUFFER_LIMIT) -> None:
        self._limit = buffer_limit
        self._watchers: dict[int, Watcher] = {}
        self._prepared: list[tuple[Watcher, WatchOffersResponse]] = []
        self._ended: Callable[[], AcdError] | None = None
        self.dropped = 0
        """Streams that were ended as they were read too slowly."""

    @property
    def limit(self) -> int:
        """How many updates may wait for one stream."""
        return self._limit

    def lag(self) -> int:
        """Return how many updates wait for the slowest stream. For any thread."""
        return max((watcher.waiting for watcher in list(self._watchers.values())), default=0)

    def __len__(self) -> int:
        """How many streams are open."""
        return len(self._watchers)

    def open(self, slot: int) -> Watcher:
        """Begin to watch an agent; the newest watcher wins, an older one is ended."""
        older = self._watchers.get(slot)
        if older is not None:
            older.end(_replaced)
        watcher = self._watchers[slot] = Watcher(slot, self._limit)
        if self._ended is not None:
            watcher.end(self._ended)
        return watcher

    def close(self, watcher: Watcher) -> None:
        """Stop watching; harmless when somebody newer watches already."""
        if self._watchers.get(watcher.slot) is watcher:
            del self._watchers[watcher.slot]

    def is_open(self, watcher: Watcher) -> bool:
        """Whether this watcher is still its agent's."""
        return self._watchers.get(watcher.slot) is watcher

    def prepare(self, core: Core, event: Event) -> None:
        """Note what an event means to whoever watches its agent."""
        watcher = self._watchers.get(event.agent)
        if watcher is not None:
            message = update(core, event)
            if message is not None:
                self._prepared.append((watcher, message))

    def publish(self) -> None:
        """Send what has been noted."""
        for watcher, message in self._prepared:
            watcher.push(message)
            if watcher.ended:  # too slow; a client that reads nothing at all must not hold a place, or a lease
                self.close(watcher)
                self.dropped += 1
        self._prepared.clear()

    def end(self, error: Callable[[], AcdError]) -> None:
        """End every stream, those too that are opened from now on."""
        self._ended = error
        self._prepared.clear()
        for watcher in list(self._watchers.values()):
            watcher.end(error)


def _too_slow() -> AcdError:
    return ResourceExhausted(
        "this client reads its updates too slowly; open the stream again, it begins with a snapshot",
        reason=DoorReason.WATCH_TOO_SLOW,
    )


def _replaced() -> AcdError:
    return Aborted("a newer stream watches this agent", reason=DoorReason.WATCH_REPLACED)
