"""C++ written for the three models: a plain program and a tuned one; ``contest.cpp`` has them."""

from __future__ import annotations

import ctypes
from functools import cache
from pathlib import Path
from typing import ClassVar, Final

import numpy as np

from .. import on_the_spot
from .base import Empty, Outcome
from .models import MODELS, Model

SOURCE: Final = Path(__file__).with_name("contest.cpp")


@cache
def compiled() -> tuple[ctypes.CDLL | None, str]:
    """Compile the source, as portably as acdcore itself is, and load it; or return None and what the compiler said."""
    loaded, why = on_the_spot.load(SOURCE)
    if loaded is None:
        return None, why
    place, whole, seconds = ctypes.c_void_p, ctypes.c_int, ctypes.c_double
    loaded.contest_run.argtypes = [whole, whole, whole, place, seconds, ctypes.c_uint64, place, place, place]
    return loaded, ""


def numbers(model: Model) -> list[float]:
    """Return a model in the order in which C++ reads it."""
    service_s = [mean for means in model.service_s for mean in means]
    return [*model.arrivals_per_s, *model.patience_s, *model.rank, *model.agents, *service_s, model.target_s]


class Program:
    """What both programs share."""

    tuned: ClassVar[int]

    @classmethod
    def missing(cls) -> str | None:
        """Say whether there is a C++ compiler that can compile it; this compiles it."""
        loaded, why = compiled()
        return why if loaded is None else None

    @classmethod
    def cannot(cls, model: Model) -> str | None:
        """Say whether there is a program for so many classes and groups."""
        sizes = {(len(known.arrivals_per_s), len(known.agents)) for known in MODELS}
        if (len(model.arrivals_per_s), len(model.agents)) in sizes:
            return None
        return f"it is written for other numbers of classes and groups: {sorted(sizes)}"

    def prepare(self, model: Model) -> None:  # noqa: ARG002
        """Compile, if nobody has yet."""
        compiled()

    def run(self, model: Model, customers: int, seed: int) -> Outcome:
        """Simulate in one call."""
        loaded, why = compiled()
        if loaded is None:
            raise RuntimeError(why)
        told = np.array(numbers(model))
        found = Empty(model)
        arrays = (found.counts.ctypes.data, found.wait_s.ctypes.data, found.work_s.ctypes.data)
        sizes = (len(model.arrivals_per_s), len(model.agents))
        if not loaded.contest_run(*sizes, self.tuned, told.ctypes.data, model.horizon_s(customers), seed, *arrays):
            raise ValueError(f"{model.name}: {self.cannot(model)}")
        return found.outcome()


class Plain(Program):
    """With the standard library, every event in one calendar."""

    name: ClassVar[str] = "C++, plain"
    tuned: ClassVar[int] = 0


class Tuned(Program):
    """With structures and random numbers of its own."""

    name: ClassVar[str] = "C++, tuned"
    tuned: ClassVar[int] = 1
