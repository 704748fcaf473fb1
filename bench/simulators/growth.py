"""How much more memory a run needs that is ten times as long.

Measured in a process of its own, as the growth of its peak: what is resident at most, as Linux counts it, after a short
run and after a long one. What does not grow with the horizon grows by a few pages at most.
"""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import Final, cast

from ..tails.run import own_process
from .base import Contender
from .models import Model

TIMES: Final = 10
"""How much longer the long run is."""
_STATE: Final = Path("/proc/self/status")


def peak_bytes() -> int | None:
    """Return the peak of resident memory of this process, or None where the system does not say."""
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", _STATE.read_text(encoding="ascii"))
    except OSError:
        return None
    return int(found[1]) * 1_024 if found else None


def grown(module: str, name: str, model: Model, customers: int) -> int | None:
    """Run a contender twice, in this process; return by how many bytes its peak grew."""
    contender = cast("type[Contender]", getattr(import_module(module), name))()
    contender.prepare(model)
    contender.run(model, customers, model.seed)
    before = peak_bytes()
    contender.run(model, TIMES * customers, model.seed)
    after = peak_bytes()
    return None if before is None or after is None else after - before


def growth_of(who: type[Contender], model: Model, customers: int) -> int | None:
    """Return by how many bytes one grows from a run of so many customers to one of ten times as many.

    Raises whatever it raises, and BrokenProcessPool when its process is killed.
    """
    with own_process() as pool:
        return pool.submit(grown, who.__module__, who.__name__, model, customers).result()
