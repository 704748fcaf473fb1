"""Ours, one Python call a command."""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from acdcore.router import Command, Core, EventType, Op

from ..job import Prepared
from ..reference_job import NOBODY, Job

FIELDS: Final = ("op", "now_ns", "target", "queue", "tier", "agent", "priority", "x")
"""What the job's commands use."""


class AcdcoreFromPython:
    """The router through ``apply`` and ``drain``, once each for every event."""

    name: ClassVar[str] = "acdcore, a Python call"

    @classmethod
    def missing(cls) -> str | None:
        """Return None: it needs nothing else."""
        return None

    def load(self, job: Job, events: NDArray[np.void]) -> None:
        """Prepare the commands, and a router after the warm-up."""
        self._prepared: Prepared | None = Prepared(job, events)
        rows = self._prepared.commands[list(FIELDS)].tolist()
        self.commands = [Command(**dict(zip(FIELDS, row, strict=True))) for row in rows]
        self._found: list[int] = []

    @property
    def core(self) -> Core:
        """The router that ``load`` has prepared."""
        assert self._prepared
        return self._prepared.core

    def run(self) -> None:
        """Apply every command, and look at its events."""
        assert self._prepared
        apply, drain, found = self._prepared.core.apply, self._prepared.core.drain, self._found
        enqueue, accepted = Op.ENQUEUE.value, EventType.OFFER_ACCEPTED.value
        for command in self.commands:
            apply(command)
            who = NOBODY
            for event in drain():
                if event.type == accepted:
                    who = event.agent if command.op == enqueue else event.interaction
            found.append(who)

    def results(self) -> NDArray[np.int32]:
        """Return the results."""
        assert self._prepared
        return self._prepared.decoded(self._prepared.commands["op"] == Op.ENQUEUE, np.array(self._found, np.int64))

    def close(self) -> None:
        """Let go of the router and of the commands."""
        self._prepared = None
        self.commands = []
