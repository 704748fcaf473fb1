"""How evenly work is shared out: occupancy agent by agent, and its spread in each type."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import pandas as pd

from .figures_define import READY, WORK
from .figures_estimate import Estimate, Floats, mean, over, ratio
from .world import Doing, Tally, World

FAIRNESS_LEVELS: Final = ("type",)


def estimate_agents(world: World, tallies: Sequence[Tally]) -> tuple[pd.Index, dict[str, Estimate]]:
    """Return the figures of each agent; samples are replications."""
    seconds = np.stack([tally.agents for tally in tallies])
    handled = np.stack([tally.handled for tally in tallies]).astype(np.float64)
    work, ready, staffed = _spent(seconds, WORK), _spent(seconds, READY), _spent(seconds, tuple(Doing))
    estimates = {
        "occupancy": ratio(work, ready),
        "utilization": ratio(work, staffed),
        "staffed_s": mean(staffed),
        "handled": mean(handled),
    }
    types = [world.types[kind].name for kind in world.type_of.tolist()]
    return pd.MultiIndex.from_arrays([types, list(world.agents)], names=["type", "agent"]), estimates


def estimate_fairness(
    world: World, tallies: Sequence[Tally], by: Sequence[str]
) -> tuple[pd.Index, dict[str, Estimate]]:
    """Return how occupancy and assignments spread over agents who were ready at all; samples are replications."""
    kinds = world.type_of if by else np.zeros_like(world.type_of)
    index = pd.Index([kind.name for kind in world.types], name="type") if by else pd.RangeIndex(1)
    members = [np.flatnonzero(kinds == kind) for kind in range(len(index))]
    rows = [_spread(tally, members) for tally in tallies]
    estimates = {name: mean(np.stack([row[name] for row in rows])) for name in rows[0]}
    return index, estimates


def _spread(tally: Tally, members: Sequence[np.ndarray[tuple[int], np.dtype[np.intp]]]) -> dict[str, Floats]:
    """Return one replication's spread in each group of agents."""
    work, ready = _spent(tally.agents, WORK), _spent(tally.agents, READY)
    occupancy, handled = over(work, ready), tally.handled.astype(np.float64)
    groups = [group[ready[group] > 0.0] for group in members]
    found: dict[str, Floats] = {"agents": np.array([float(group.size) for group in groups])}
    for values, prefix in ((occupancy, ""), (handled, "handled_")):
        for name, of in SPREADS.items():
            found["handled" if name == "mean" and prefix else f"{prefix}{name}"] = np.array(
                [of(values[group]) for group in groups]
            )
    return found


SPREADS: Final[dict[str, Callable[[Floats], float]]] = {
    "mean": lambda values: float(np.mean(values)) if values.size else np.nan,
    "sd": lambda values: float(np.std(values, ddof=1)) if values.size > 1 else np.nan,
    "least": lambda values: float(np.min(values)) if values.size else np.nan,
    "greatest": lambda values: float(np.max(values)) if values.size else np.nan,
}


def _spent(seconds: Floats, doings: Sequence[Doing]) -> Floats:
    return np.asarray(seconds[..., list(doings)].sum(axis=-1), dtype=np.float64)
