"""What is logged of a center's doors: queues that open and close, gates of plans that do."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from ..commands import Core
from ..logs import event
from ..router.codes import EventType, Kind
from ..router.records import Event
from ..views import name_of

log = logging.getLogger("acdcore.rpc")

_DOORS: Final = {EventType.QUEUE_OPENED: "queue_opened", EventType.QUEUE_CLOSED: "queue_closed"}
_GATES: Final = {EventType.GATE_OPENED: "gate_opened", EventType.GATE_CLOSED: "gate_closed"}


def door_log(core: Core, center: str) -> Callable[[list[Event]], None]:
    """Return what logs the doors among committed events, for :attr:`Owner.taps`. It only reads names."""

    def tap(events: list[Event]) -> None:
        for one in events:
            kind = one.type
            if kind in _DOORS:
                queue = name_of(core, Kind.QUEUE, one.queue)
                event(log, logging.INFO, _DOORS[EventType(kind)], center=center, queue=queue)
            elif kind in _GATES:
                queue = name_of(core, Kind.QUEUE, one.queue)
                event(log, logging.INFO, _GATES[EventType(kind)], center=center, queue=queue, step=one.x + 1)

    return tap
