"""The scenarios of the validation: models of queueing theory, said as anybody says a center and its customers.

Each function returns a scenario, without its ``run``, as the mapping that its YAML file would hold. The center is
routed by the production router: queues, priorities, plans and strategies are all that a model is made of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..durations import format_duration
from ..router.codes import SECOND_NS

HOUR_S: Final = 3_600.0
Tree = dict[str, Any]
Law = Tree | str
"""A distribution as a scenario says it."""


def lasting(seconds: float) -> str:
    """Return a duration as YAML says it, to the nanosecond."""
    return format_duration(round(seconds * SECOND_NS))


def exponential(mean_s: float) -> Law:
    """Return an exponential distribution."""
    return {"exponential": lasting(mean_s)}


def _center(skills: Sequence[str], queues: Tree, groups: Tree, tiers: Tree | None = None) -> Tree:
    for queue in queues.values():
        # an offer is an answer: nobody rings, nobody writes anything up
        queue |= {"auto_accept": True, "target": "20s"}
    return {
        "center": "validation",
        "skills": list(skills),
        **({"tiers": tiers} if tiers else {}),
        "queues": queues,
        "agent_groups": {name: group for name, group in groups.items() if group["count"]},
    }


def one_line(
    arrivals_per_s: float, talk: Law, agents: int, *, patience: Law | None = None, waiting_places: int | None = None
) -> Tree:
    """Return one queue and equal agents, first come, first served.

    A door with no place to wait at all would turn everybody away, as whoever comes in waits until an agent is found,
    be it for no time. So where there is no place, it is the customers who leave if there is nobody for them at once.
    """
    queue: Tree = {"plan": [{"requires": {"calls": 1}}], "strategy": "longest_idle"}
    behavior: Tree = {}
    if patience is not None:
        behavior["patience"] = patience
    if waiting_places:
        queue["max_waiting"] = waiting_places
    elif waiting_places == 0:
        behavior["balk"] = {"share": 1, "from": 0}
    return {
        "scenario": "one line",
        "center": _center(["calls"], {"calls": queue}, {"agents": {"skills": {"calls": 1}, "count": agents}}),
        "demand": [{"queue": "calls", "calls_per_hour": arrivals_per_s * HOUR_S}],
        "customers": [behavior] if behavior else [],
        "handling": [{"talk": talk}],
    }


def priorities(arrivals_per_s: Sequence[float], mean_service_s: float, agents: int) -> Tree:
    """Return a queue for each class, the first of the highest priority, and agents who serve them all."""
    names = [f"class_{number}" for number in range(1, len(arrivals_per_s) + 1)]
    queues = {
        name: {"plan": [{"requires": {"calls": 1}}], "priority": -number, "strategy": "longest_idle"}
        for number, name in enumerate(names)
    }
    return {
        "scenario": "priorities",
        "center": _center(["calls"], queues, {"agents": {"skills": {"calls": 1}, "count": agents}}),
        "demand": [
            {"queue": name, "calls_per_hour": rate * HOUR_S} for name, rate in zip(names, arrivals_per_s, strict=True)
        ],
        "handling": [{"talk": exponential(mean_service_s)}],
    }


@dataclass(frozen=True)
class Design:
    """An N-design (a V-design if ``a_agents`` is 0). Rates are per second; patience rates of 0: nobody hangs up.

    Agents A serve class 1, agents B both. Class 1 goes to an A if one is free, else to a B if more than
    ``reserve`` of them are free (the one who has just become free among them), else it waits; class 2 goes to a B. A
    freed B takes the first of class ``b_first``, else the first of the other one. Each class is first come, first
    served.
    """

    a_agents: int
    b_agents: int
    arrivals_per_s: tuple[float, float]
    a_service_per_s: float
    b_service_per_s: tuple[float, float]
    patience_per_s: tuple[float, float]
    b_first: int
    reserve: int

    def __post_init__(self) -> None:
        """Refuse what the model does not know."""
        if self.b_first not in (1, 2):
            raise ValueError(f"b_first: {self.b_first}; allowed: 1 or 2")
        if self.a_agents < 0 or self.b_agents < 1:
            raise ValueError(f"agents: {self.a_agents} A and {self.b_agents} B; allowed: 0 A or more, 1 B or more")
        if not 0 <= self.reserve < self.a_agents + self.b_agents:
            most = self.a_agents + self.b_agents - 1
            raise ValueError(f"reserve: {self.reserve}; allowed: 0 to {most}")


GATED: Final = "gate"
RESERVED: Final = "reserve"


def design(model: Design, means: str = GATED) -> Tree:
    """Return a design as a center.

    Class 1 prefers A as they have the fewest skills. A reserve is said by a step that borrows B agents from class 2
    while enough of them are free (``GATED``), or, where there are no A agents, by the queue's own reserve
    (``RESERVED``), which counts all agents who may serve.
    """
    first: Tree = {"plan": [{"requires": {"one": 1}}], "priority": int(model.b_first == 1)}
    if model.reserve and means == RESERVED:
        if model.a_agents:
            raise ValueError("a queue's own reserve counts A agents, too; allowed: a design without them")
        first["reserve"] = {"agents": model.reserve, "rank": 1, "opens": "400d"}
    elif model.reserve:
        enough = model.reserve + 1
        first["plan"] = [
            {"requires": {"one": 1}, "excludes": ["two"], "skip_when_hopeless": False},
            {"requires": {"one": 1}, "when": {"lender": {"queue": "two", "free": {"open": enough, "close": enough}}}},
        ]
    second: Tree = {"plan": [{"requires": {"two": 1}}], "priority": int(model.b_first == 2)}
    queues = {"one": first, "two": second}
    for queue in queues.values():
        queue["strategy"] = "fewest_skills"
    groups = {
        "a": {"skills": {"one": 1}, "count": model.a_agents},
        "b": {"skills": {"one": 1, "two": 1}, "count": model.b_agents},
    }
    names = list(queues)
    handling = [
        {"queue": name, "talk": exponential(1 / rate)} for name, rate in zip(names, model.b_service_per_s, strict=True)
    ]
    if model.a_agents:
        handling.append({"agents": "a", "talk": exponential(1 / model.a_service_per_s)})
    return {
        "scenario": "design",
        "center": _center(["one", "two"], queues, groups),
        "demand": [
            {"queue": name, "calls_per_hour": rate * HOUR_S}
            for name, rate in zip(names, model.arrivals_per_s, strict=True)
        ],
        "customers": [
            {"queue": name, "patience": exponential(1 / rate)}
            for name, rate in zip(names, model.patience_per_s, strict=True)
            if rate
        ],
        "handling": handling,
    }


def multi_skill_day() -> Tree:
    """Return the three types, two groups and three periods of ContactCenters' SimpleMSK.

    How long a call lasts and its caller is patient depends on the period of its arrival: that is its tier here. When
    a group shrinks, those of its agents who are idle go first there; here the ones who go are named, so they are
    given calls last (``stays`` and ``wide`` say who comes before whom) and are, if anybody is, the idle ones.
    """
    rates = {"type_0": (4.2, 5.3, 3.2), "type_1": (5.1, 4.3, 4.8), "type_2": (6.3, 5.2, 4.8)}
    service_per_min, patience_per_min = (0.5, 0.6, 0.4), (0.3, 0.4, 0.2)
    periods = ("period_0", "period_1", "period_2")
    # who comes first for a call: whoever has more of what it prefers
    queues: Tree = {
        "type_0": {"plan": [{"requires": {"zero": 1}, "prefers": ["stays"]}]},
        "type_1": {"plan": [{"requires": {}, "any_of": [{"zero": 1, "one": 1}], "prefers": ["zero", "stays", "wide"]}]},
        "type_2": {"plan": [{"requires": {"one": 1}, "prefers": ["wide"]}]},
    }
    zero, one = {"zero": 1, "wide": 1}, {"one": 1}
    groups = {
        "zero_stay": {"skills": zero | {"stays": 1}, "count": 9},
        "zero_first": {"skills": zero, "count": 3},
        "zero_second": {"skills": zero, "count": 6},
        "one_stay": {"skills": one | {"wide": 1}, "count": 11},
        "one_first": {"skills": one, "count": 4},
        "one_second": {"skills": one, "count": 5},
    }
    shifts = {"stay": "00:00-24:00", "first": "00:00-04:00", "second": "02:00-04:00"}
    return {
        "scenario": "multi-skill day",
        "center": _center(["zero", "one", "stays", "wide"], queues, groups, {name: {} for name in periods}),
        "demand_factor": {"gamma": {"mean": 1, "shape": 28.7}},
        "demand": [
            {
                "queue": queue,
                "tiers": {period: 1},
                "rates": {"per_hour": [rate * 60], "interval": "2h", "start": f"0{2 * number}:00"},
            }
            for queue, by_period in rates.items()
            for number, (period, rate) in enumerate(zip(periods, by_period, strict=True))
        ],
        "customers": [
            {"tier": period, "patience": exponential(60 / rate)}
            for period, rate in zip(periods, patience_per_min, strict=True)
        ],
        "handling": [
            {"tier": period, "talk": exponential(60 / rate)}
            for period, rate in zip(periods, service_per_min, strict=True)
        ],
        "workforce": {
            "shifts": [{"agents": name, "shift": shifts[name.partition("_")[2]]} for name in groups],
        },
    }
