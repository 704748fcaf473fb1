"""Sets with parameters of our own, in the form of the files, their exact figures computed.

One line by Erlang's formulas (``erlang.py``), designs by their Markov chains (``validation_chain.py``). Every parameter
that the files' forms have is used: a reserve of B agents, either class first, no A agents.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any, Final

from .erlang import Steady, erlang_b, priority_waits, steady_state
from .validation_chain import solve
from .validation_models import GATED, RESERVED, Design

HOUR_S: Final = 3_600.0
WITHIN_S: Final = (10.0, 20.0, 60.0)

_B: Final = {"own_n3_a2": (3, 2.0), "own_n25_a22": (25, 22.0), "own_n200_a205": (200, 205.0)}
_C: Final = {
    "own_2_agents": (24.0, 200.0, 2),
    "own_20_agents": (330.0, 190.0, 20),
    "own_60_agents": (640.0, 320.0, 60),
}
_A: Final = {
    "own_3_agents": (70.0, 150.0, 90.0, 3),
    "own_25_patient": (380.0, 230.0, 900.0, 25),
    "own_80_over": (1_500.0, 240.0, 100.0, 80),
}
_K: Final = {"own_4_and_6": (60.0, 230.0, 4, 10), "own_30_and_12": (540.0, 210.0, 30, 42)}
_P: Final = {
    "own_3_agents": ([12.0, 25.0], 230.0, 3),
    "own_25_4_classes": ([60.0, 90.0, 120.0, 180.0], 190.0, 25),
}


def _of_waits(state: Steady, share: str) -> dict[str, float]:
    return {str(time_s): getattr(state.service_level(time_s), share) for time_s in WITHIN_S}


def _levels(state: Steady) -> dict[str, dict[str, float | None]]:
    levels = {time_s: state.service_level(time_s) for time_s in WITHIN_S}
    return {
        str(time_s): {
            "served_le_T_over_all": level.offered,
            "wait_le_T_over_all": level.waited_at_most,
            "served_le_T_over_served": level.answered,
            "abandoned_le_T_over_all": level.abandoned_within,
            "served_le_T_over_all_minus_short_abandons": level.without_short_abandons,
        }
        for time_s, level in levels.items()
    }


def _erlang_c(calls_per_hour: float, service_s: float, agents: int) -> dict[str, Any]:
    state = steady_state(calls_per_hour / HOUR_S, service_s, agents)
    return {
        "calls_per_hour": calls_per_hour,
        "mean_service_s": service_s,
        "n": agents,
        "occupancy": state.occupancy,
        "p_wait": state.p_wait,
        "asa": state.asa_s,
        "asa_given_wait": state.mean_wait_if_waiting_s,
        "mean_queue": state.mean_queue,
        "var_wait": state.wait_variance_s2,
        "sl": _of_waits(state, "offered"),
    }


def _erlang_a(calls_per_hour: float, service_s: float, patience_s: float, agents: int) -> dict[str, Any]:
    state = steady_state(calls_per_hour / HOUR_S, service_s, agents, patience_s=patience_s)
    return {
        "calls_per_hour": calls_per_hour,
        "mean_service_s": service_s,
        "mean_patience_s": patience_s,
        "n": agents,
        "p_wait": state.p_wait,
        "p_abandon": state.p_abandon,
        "mean_wait_all": state.mean_wait_s,
        "mean_wait_served": state.asa_s,
        "mean_wait_abandoned": state.mean_wait_abandoned_s,
        "mean_queue": state.mean_queue,
        "occupancy": state.occupancy,
        "sl": _levels(state),
    }


def _limited(calls_per_hour: float, service_s: float, agents: int, lines: int) -> dict[str, Any]:
    state = steady_state(calls_per_hour / HOUR_S, service_s, agents, lines=lines)
    return {
        "calls_per_hour": calls_per_hour,
        "mean_service_s": service_s,
        "n": agents,
        "K_total": lines,
        "p_block": state.p_block,
        "p_wait_given_entry": state.p_wait / (1 - state.p_block),
        "asa_given_entry": state.asa_s,
        "mean_queue": state.mean_queue,
        "occupancy": state.occupancy,
        "sl_given_entry": _of_waits(state, "answered"),
    }


def _priority(calls_per_hour: list[float], service_s: float, agents: int) -> dict[str, Any]:
    waits = priority_waits([calls / HOUR_S for calls in calls_per_hour], service_s, agents)
    return {
        "calls_per_hour": calls_per_hour,
        "mean_service_s": service_s,
        "n": agents,
        "occupancy": waits.occupancy,
        "p_wait": waits.p_wait,
        "mean_wait": list(waits.asa_s),
        "mean_queue": list(waits.mean_queue),
        "mean_wait_given_wait": list(waits.mean_wait_if_waiting_s),
        "mean_wait_fcfs": waits.asa_first_come_s,
    }


def erlang_sets() -> dict[str, dict[str, dict[str, Any]]]:
    """Return sets by kind and name, as ``erlang.json`` holds them."""
    return {
        "erlang_b": {name: {"n": n, "a": a, "p_block": erlang_b(a, n)} for name, (n, a) in _B.items()},
        "erlang_c": {name: _erlang_c(*said) for name, said in _C.items()},
        "erlang_a": {name: _erlang_a(*said) for name, said in _A.items()},
        "mmck": {name: _limited(*said) for name, said in _K.items()},
        "priority_nonpreemptive_common_mu": {name: _priority(*said) for name, said in _P.items()},
    }


PLACES: Final = 40
PATIENT_PLACES: Final = 120
"""Of a class in the chains, and of one that never gives up: with these parameters its last place is taken less often
than 1e-18 of the time."""


def _params(a: int, b: int, rates: tuple[float, ...], b_first: int, reserve: int) -> dict[str, Any]:
    """Return parameters from means: calls an hour of both classes, talk (A, B 1, B 2) and patience in seconds."""
    calls_1, calls_2, talk_a, talk_b1, talk_b2, patience_1, patience_2 = rates
    return {
        "nA": a,
        "nB": b,
        "lam1": calls_1 / HOUR_S,
        "lam2": calls_2 / HOUR_S,
        "muA1": 1 / talk_a,
        "muB1": 1 / talk_b1,
        "muB2": 1 / talk_b2,
        "th1": 0.0 if math.isinf(patience_1) else 1 / patience_1,
        "th2": 0.0 if math.isinf(patience_2) else 1 / patience_2,
        "b_first": b_first,
        "reserve": reserve,
    }


_DESIGNS: Final = {
    "own_N_first_1": (_params(3, 3, (80.0, 40.0, 180.0, 210.0, 240.0, 250.0, 300.0), 1, 0), GATED),
    "own_N_patient_1": (_params(4, 2, (62.0, 28.0, 190.0, 200.0, 170.0, math.inf, 280.0), 2, 0), GATED),
    "own_N_reserve_1": (_params(4, 3, (90.0, 40.0, 170.0, 200.0, 220.0, 220.0, 260.0), 2, 1), GATED),
    "own_N_reserve_2_first_1": (_params(3, 5, (100.0, 50.0, 180.0, 220.0, 200.0, 240.0, 200.0), 1, 2), GATED),
    "own_V_reserve_1": (_params(0, 5, (40.0, 50.0, 180.0, 190.0, 210.0, 200.0, 240.0), 1, 1), GATED),
    "own_V_reserve_2": (_params(0, 6, (45.0, 50.0, 180.0, 220.0, 180.0, 260.0, 220.0), 2, 2), GATED),
    "own_V_reserve_2_of_queue": (_params(0, 6, (45.0, 50.0, 180.0, 220.0, 180.0, 260.0, 220.0), 2, 2), RESERVED),
}


@cache
def design_sets() -> dict[str, tuple[dict[str, Any], str]]:
    """Return sets as ``skill_designs.json`` holds them, each with the means by which its reserve is said."""
    found = {}
    for name, (params, means) in _DESIGNS.items():
        model = Design(
            params["nA"],
            params["nB"],
            (params["lam1"], params["lam2"]),
            params["muA1"],
            (params["muB1"], params["muB2"]),
            (params["th1"], params["th2"]),
            params["b_first"],
            params["reserve"],
        )
        one, two = (PLACES if rate else PATIENT_PLACES for rate in model.patience_per_s)
        found[name] = ({"params": params, "exact": solve(model, (one, two))}, means)
    return found
