"""What a contender is: something that can do the reference job, for the side-by-side table."""

from __future__ import annotations

from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from ..reference_job import Job


class Contender(Protocol):
    """One way to decide who serves whom. Made without arguments; then ``load``, ``run``, ``results``, ``close``.

    After ``close`` it may be loaded again: every round of a measurement starts from the same standing.
    """

    name: ClassVar[str]
    """As the table shows it, such as "Python, heapq"; 24 characters at most."""

    @classmethod
    def missing(cls) -> str | None:
        """Return why it cannot run here and what to do about it, or None when it can."""

    def load(self, job: Job, events: NDArray[np.void]) -> None:
        """Bring it to the state after the warm-up and prepare the events, a prefix of ``job.timed``. Not timed."""

    def run(self) -> None:
        """Do every event, and nothing else. This is what is timed."""

    def results(self) -> NDArray[np.int32]:
        """Return the results of the events that were run, one int32 each. Not timed."""

    def close(self) -> None:
        """Let go of memory, connections and processes."""
