"""What a contender is, and what it hands back."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import ClassVar, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from .models import Model

BATCHES: Final = 21
"""Equal parts of the time until the horizon. The first is the warm-up, the others are batches for batch means."""

OFFERED: Final = 0
ANSWERED: Final = 1
ABANDONED: Final = 2
WAITED: Final = 3
"""Were not answered at the moment of their arrival."""
WITHIN: Final = 4
"""Were answered within the target."""
COUNTS: Final = 5

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Outcome:
    """What became of everybody. Whoever arrives in a batch is counted there, whenever they are served or give up.

    Attributes:
        customers: how many arrived, the warm-up's included.
        counts: [BATCHES, classes, COUNTS].
        wait_s: [BATCHES, classes], the sum of all waits, of those answered and of those who gave up.
        work_s: [BATCHES, groups], the sum of the times of service. (What is known by time, not by customer, may be
            counted in the batch in which it was worked.)
    """

    customers: int
    counts: Ints
    wait_s: Floats
    work_s: Floats

    @property
    def checksum(self) -> str:
        """Return a hash of all of it: 16 hexadecimal digits."""
        told = hashlib.sha256(f"{self.customers}\n".encode())
        for array in (self.counts, self.wait_s, self.work_s):
            told.update(np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).tobytes())
        return told.hexdigest()[:16]


class Empty:
    """Arrays to count in, as :class:`Outcome` has them."""

    def __init__(self, model: Model) -> None:
        classes, groups = len(model.arrivals_per_s), len(model.agents)
        self.counts = np.zeros((BATCHES, classes, COUNTS), np.int64)
        self.wait_s = np.zeros((BATCHES, classes))
        self.work_s = np.zeros((BATCHES, groups))

    def outcome(self) -> Outcome:
        """Return what was counted."""
        return Outcome(int(self.counts[:, :, OFFERED].sum()), self.counts, self.wait_s, self.work_s)


class Contender(Protocol):
    """One way to simulate a call center."""

    name: ClassVar[str]
    """As the table shows it, such as "Python, heapq"; 16 characters at most."""

    @classmethod
    def missing(cls) -> str | None:
        """Return why it cannot run here and what to do about it, or None when it can."""

    @classmethod
    def cannot(cls, model: Model) -> str | None:
        """Return why it cannot express a model, or None when it can."""

    def prepare(self, model: Model) -> None:
        """Do once what does not depend on the length of a run, such as to compile. Not timed."""

    def run(self, model: Model, customers: int, seed: int) -> Outcome:
        """Simulate until so many customers have arrived on average. This is what is timed: all of it.

        The same seed gives the same outcome, bit by bit.
        """
