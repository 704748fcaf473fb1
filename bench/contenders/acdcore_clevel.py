"""Ours, from C: one call of ``apply`` a command, as a simulator makes it."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ..job import Prepared
from ..reference_job import Job


class AcdcoreFromC:
    """The router through its C-level interface; see bench/job.pyx."""

    name: ClassVar[str] = "acdcore, C level"

    @classmethod
    def missing(cls) -> str | None:
        """Return None: it needs nothing else."""
        return None

    def load(self, job: Job, events: NDArray[np.void]) -> None:
        """Prepare the commands, and a router after the warm-up."""
        self._prepared: Prepared | None = Prepared(job, events)

    def run(self) -> None:
        """Apply every command in a loop in C, and look at its events."""
        assert self._prepared
        self._prepared.run()

    def results(self) -> NDArray[np.int32]:
        """Return the results."""
        assert self._prepared
        return self._prepared.results()

    def close(self) -> None:
        """Let go of the router."""
        self._prepared = None
