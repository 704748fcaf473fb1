"""What ``serve --verbose`` logs of a center's doors: queues that open and close, gates of plans that do."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from ..commands import Core
from ..errors import shown
from ..router.codes import EventType, Kind
from ..router.records import Event
from ..views import name_of

log = logging.getLogger("acdcore.rpc")

_DOORS: Final = {EventType.QUEUE_OPENED: "opened", EventType.QUEUE_CLOSED: "closed"}
_GATES: Final = {EventType.GATE_OPENED: "opened", EventType.GATE_CLOSED: "closed"}


def door_log(core: Core) -> Callable[[list[Event]], None]:
    """Return what logs the doors among committed events, for :attr:`Owner.taps`. It only reads names."""

    def tap(events: list[Event]) -> None:
        for event in events:
            kind = event.type
            if kind in _DOORS:
                log.info("queue %s %s", shown(name_of(core, Kind.QUEUE, event.queue)), _DOORS[EventType(kind)])
            elif kind in _GATES:
                queue = shown(name_of(core, Kind.QUEUE, event.queue))
                log.info("queue %s: the gate of step %d %s", queue, event.x + 1, _GATES[EventType(kind)])

    return tap
