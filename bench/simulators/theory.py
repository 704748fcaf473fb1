"""What theory knows exactly: one line whose customers give up, Erlang A."""

from __future__ import annotations

from acdcore.sim.erlang import steady_state

from .check import GAVE_UP, HAD_TO_WAIT, IN_QUEUE, MEAN_WAIT_S, WITHIN_TARGET
from .models import Model


def exact(model: Model) -> dict[str, float]:
    """Return the figures of a model of one line in equilibrium; none for the others."""
    if not model.one_line:
        return {}
    [[service_s]], [patience_s], [agents] = model.service_s, model.patience_s, model.agents
    steady = steady_state(model.rate_per_s, service_s, agents, patience_s=patience_s)
    return {
        GAVE_UP: steady.p_abandon,
        HAD_TO_WAIT: steady.p_wait,
        MEAN_WAIT_S: steady.mean_wait_s,
        WITHIN_TARGET: steady.service_level(model.target_s).offered,
        IN_QUEUE: steady.mean_queue,
        "occupancy of group 0": steady.occupancy,
    }
