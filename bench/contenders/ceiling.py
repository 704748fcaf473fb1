"""The ceiling: what bare C++ needs for the assignment alone, with three structures; ``ceiling.cpp`` has them."""

from __future__ import annotations

import ctypes
from functools import cache
from pathlib import Path
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from .. import on_the_spot
from ..reference_job import NOBODY, Job

SOURCE: Final = Path(__file__).with_name("ceiling.cpp")
FLAGS: Final = ("-march=native",)


@cache
def compiled() -> tuple[ctypes.CDLL | None, str]:
    """Compile the source and load it; or return None and what the compiler said."""
    loaded, why = on_the_spot.load(SOURCE, FLAGS)
    if loaded is None:
        return None, why
    loaded.ceiling_new.restype = ctypes.c_void_p
    numbers, place = ctypes.c_int, ctypes.c_void_p
    loaded.ceiling_new.argtypes = [numbers, place, numbers, place, numbers, ctypes.c_int64]
    loaded.ceiling_rest.argtypes = [place, ctypes.c_int32]
    loaded.ceiling_give.argtypes = [place, ctypes.c_int32, ctypes.c_int32]
    loaded.ceiling_wait.argtypes = [place, ctypes.c_int32, numbers, numbers]
    loaded.ceiling_run.argtypes = [place, place, ctypes.c_int64, place]
    loaded.ceiling_free.argtypes = [place]
    return loaded, ""


def bits(skill_sets: list[tuple[int, ...]]) -> NDArray[np.uint64]:
    """Return sets of skills as integers with a bit for each."""
    return np.array([sum(1 << skill for skill in skills) for skills in skill_sets], np.uint64)


class Ceiling:
    """The reference job in bare C++; the structure of idle agents is what subclasses differ in."""

    name: ClassVar[str]
    structure: ClassVar[int]

    @classmethod
    def missing(cls) -> str | None:
        """Say whether there is a C++ compiler that can compile it; this compiles it."""
        loaded, why = compiled()
        return why if loaded is None else None

    def load(self, job: Job, events: NDArray[np.void]) -> None:
        """Restore the standing in C++."""
        loaded, why = compiled()
        if loaded is None:
            raise RuntimeError(why)
        agents, requirements = bits(job.skill_sets), bits(job.requirements)
        ids = [*job.standing.busy, *(entry[0] for entry in job.standing.waiting), int(events["interaction"].max())]
        self.library = loaded
        self.floor = loaded.ceiling_new(
            self.structure, agents.ctypes.data, len(agents), requirements.ctypes.data, len(requirements), max(ids) + 1
        )
        if not self.floor:
            raise ValueError(f"requirements: {len(set(job.requirements))} different ones are too many; allowed: 256")
        for agent in job.standing.idle:
            loaded.ceiling_rest(self.floor, agent)
        for interaction, agent in job.standing.busy.items():
            loaded.ceiling_give(self.floor, interaction, agent)
        for interaction, tier, requirement in job.standing.waiting:
            loaded.ceiling_wait(self.floor, interaction, tier, requirement)
        self.events = np.ascontiguousarray(events)
        self.answers = np.full(len(events), NOBODY, np.int32)  # written, so that no page is first touched in run()

    def run(self) -> None:
        """Do every event, in one call."""
        self.library.ceiling_run(self.floor, self.events.ctypes.data, len(self.events), self.answers.ctypes.data)

    def results(self) -> NDArray[np.int32]:
        """Return who got what."""
        return self.answers

    def close(self) -> None:
        """Free its memory."""
        self.library.ceiling_free(self.floor)
        self.floor = None


class Hybrid(Ceiling):
    """Idle agents in order; scarce requirements look at their candidates."""

    name: ClassVar[str] = "C++, hybrid"
    structure: ClassVar[int] = 0


class BitsetScan(Ceiling):
    """A bit for every agent."""

    name: ClassVar[str] = "C++, bitset scan"
    structure: ClassVar[int] = 1


class Groups(Ceiling):
    """A bit for every set of equal skills."""

    name: ClassVar[str] = "C++, groups"
    structure: ClassVar[int] = 2
