"""Ours, many commands at once: arrays in, arrays out."""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from acdcore.router import EventType, Op
from acdcore.router.batch import ANSWER, EVENT

from ..job import EVENT_NS, Prepared
from ..reference_job import NOBODY, Job

ROWS: Final = 1_000
"""Commands at once: enough that a call costs little, few enough that their events stay in the inner caches."""
MOST_EVENTS: Final = 6 * ROWS
"""More than a thousand commands of the job ever lead to: an arrival to three events, a completion to four."""


class AcdcoreInBatches:
    """The router through ``apply_batch`` and ``drain_into``, a thousand commands at a time."""

    name: ClassVar[str] = "acdcore, batch"

    @classmethod
    def missing(cls) -> str | None:
        """Return None: it needs nothing else."""
        return None

    def load(self, job: Job, events: NDArray[np.void]) -> None:
        """Prepare the commands, and a router after the warm-up."""
        self._prepared: Prepared | None = Prepared(job, events)
        self._accepted: list[NDArray[np.void]] = []

    def run(self) -> None:
        """Apply the commands, and keep those of their events that say who got whom."""
        assert self._prepared
        core, commands = self._prepared.core, self._prepared.commands
        answers, events = np.zeros(ROWS, np.dtype(ANSWER)), np.zeros(MOST_EVENTS, np.dtype(EVENT))
        types, wanted = events["type"], EventType.OFFER_ACCEPTED.value
        for first in range(0, len(commands), ROWS):
            core.apply_batch(commands[first : first + ROWS], answers)
            n = core.drain_into(events)
            self._accepted.append(events.take(np.flatnonzero(types[:n] == wanted)))

    def results(self) -> NDArray[np.int32]:
        """Return the results: the time of an event says which command led to it."""
        assert self._prepared
        commands = self._prepared.commands
        found = np.full(len(commands), NOBODY, np.int64)
        arrived = commands["op"] == Op.ENQUEUE
        for accepted in self._accepted:
            which = (accepted["now_ns"] - self._prepared.first_ns) // EVENT_NS
            found[which] = np.where(arrived[which], accepted["agent"], accepted["interaction"])
        return self._prepared.decoded(arrived, found)

    def close(self) -> None:
        """Let go of the router and of the events."""
        self._prepared = None
        self._accepted = []
