"""Streams of chance for what is drawn before a simulation begins: day factors, lateness, dates of a record.

Each purpose has streams of its own, by replication, so that two policies meet the same days. The engine's own
streams have other keys: theirs are below :data:`FIRST`.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import numpy as np

from .scenario import Scenario

FIRST: Final = 1_000


class Purpose(IntEnum):
    """What a stream is for. Numbers are part of the seed: never reuse one."""

    DEMAND_FACTOR = FIRST
    DAY_FACTOR = 1_001
    DATES = 1_002
    TRACE = 1_003
    BACKLOG = 1_004
    LATE = 1_005
    ABSENT = 1_006


def stream(scenario: Scenario, replication: int, purpose: Purpose, *which: int) -> np.random.Generator:
    """Return the stream of a purpose in one replication; ``which`` tells several of a purpose apart."""
    key = (replication, int(purpose), *which)
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(scenario.run.seed, spawn_key=key)))
