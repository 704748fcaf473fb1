"""What is validated: cases, each a scenario, how long it is simulated, and the figures that it must reproduce.

Sets come from files (``erlang.json``, ``skill_designs.json``: results known exactly), from published simulations, and
from parameters of our own, whose exact results are computed: by Erlang's formulas or by solving the Markov chain.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from . import validation_own, validation_published
from .validation_estimates import Figure, Formula, Sums
from .validation_models import GATED, HOUR_S, Design, Tree, design, exponential, one_line, priorities
from .world import Count, Doing, Ending, Floats

ERLANG_FILE: Final = "erlang.json"
DESIGNS_FILE: Final = "skill_designs.json"
DESIGN: Final = "skill_design"

REPLICATIONS: Final = 40
LEAST_CUSTOMERS: Final = 4e6
MOST_CUSTOMERS: Final = 16e6
RELAXATIONS: Final = 5e4
"""A steady state is counted for so many relaxation times, but for at least LEAST_CUSTOMERS and at most MOST_CUSTOMERS
arrivals, over all replications together."""
WARM_UP: Final = 10.0
"""Relaxation times of each replication before anything is counted: e to the -10 of the empty start is left then."""
DAYS: Final = 4_000
"""Replications of a day that starts empty."""

_ABOUT: Final = ("crosscheck", "conservation", "flow_balance", "trunc", "states", "des_check")
"""Keys of a set that say nothing of a center's figures, by how they begin."""


class SetError(ValueError):
    """A set that cannot be simulated. The message names it, the field, the value and what is allowed."""


@dataclass(frozen=True)
class Case:
    """A scenario and the figures that it must reproduce."""

    kind: str
    name: str
    source: str
    scenario: Tree
    """Without ``run``."""
    figures: tuple[Figure, ...]
    warm_up_s: float
    counted_s: float
    """Of each replication."""
    replications: int
    ending: Ending = Ending.RUN_ON
    thresholds_s: tuple[float, ...] = ()
    left_out: tuple[str, ...] = ()
    """Figures of the set that nothing is known to be compared with."""

    @property
    def full_name(self) -> str:
        """What the case is called."""
        return f"{self.kind}/{self.name}"


def relaxation_s(
    arrivals_per_s: float, service_per_s: float, agents: int, patience_per_s: float, places: float
) -> float:
    """Return about how long the number in an M/M/n queue takes to forget where it was, in seconds.

    The mean service, and beside it the inverse of the spectral gap of the queue while all agents are busy:
    (sqrt(n mu) - sqrt(lambda))^2 of a birth and death process (Karlin and McGregor 1958), at least the patience's rate;
    pi^2 n mu / places^2 more if there are only so many places to wait in.
    """
    if places <= 0:
        return 1 / service_per_s
    most = agents * service_per_s
    gap = (math.sqrt(most) - math.sqrt(arrivals_per_s)) ** 2
    if patience_per_s:
        gap = max(patience_per_s, gap if arrivals_per_s < most else 0.0)
    gap += math.pi**2 * most / places**2
    return 1 / service_per_s + 1 / gap


def _steady(
    kind: str,
    name: str,
    source: str,
    scenario: Tree,
    figures: Iterable[Figure],
    relaxation: float,
    arrivals_per_s: float,
    thresholds_s: Sequence[float] = (),
    left_out: Iterable[str] = (),
) -> Case:
    customers = min(max(LEAST_CUSTOMERS, RELAXATIONS * relaxation * arrivals_per_s), MOST_CUSTOMERS)
    return Case(
        kind=kind,
        name=name,
        source=source,
        scenario=scenario,
        figures=tuple(figures),
        warm_up_s=float(math.ceil(WARM_UP * relaxation)),
        counted_s=float(math.ceil(customers / arrivals_per_s / REPLICATIONS)),
        replications=REPLICATIONS,
        thresholds_s=tuple(thresholds_s),
        left_out=tuple(left_out),
    )


# ---------------------------------------------------------------------- formulas


def _count(what: Count, queue: int | None = None) -> Formula:
    return lambda s: s.count(what, queue)


def _time(s: Sums) -> Floats:
    return s.counted_s


def _all_wait_s(queue: int | None = None) -> Formula:
    return lambda s: s.count(Count.WAIT_S, queue) + s.count(Count.ABANDONED_WAIT_S, queue)


def _queue_s(queue: int | None = None) -> Formula:
    return lambda s: s.queue_s.sum(axis=1) if queue is None else s.queue_s[:, queue]


def _busy_s(kind: int) -> Formula:
    return lambda s: s.doing_s([kind], Doing.BUSY)


def _staffed_s(kind: int) -> Formula:
    return lambda s: s.doing_s([kind], Doing.IDLE, Doing.BUSY)


def _turned_away(s: Sums) -> Floats:
    return s.count(Count.REJECTED) + s.count(Count.BALKED)


def _entered(s: Sums) -> Floats:
    return s.count(Count.OFFERED) - _turned_away(s)


def _waited(s: Sums) -> Floats:
    return s.count(Count.WAITED) - s.count(Count.BALKED)


def _wait_variance(s: Sums) -> Floats:
    answered = s.count(Count.ANSWERED)
    return s.count(Count.WAIT_SQUARED_S2) - s.count(Count.WAIT_S) ** 2 / answered


def _answered_within(threshold: int, queue: int | None = None) -> Formula:
    return lambda s: s.waits(threshold, queue)


def _abandoned_within(threshold: int, queue: int | None = None) -> Formula:
    return lambda s: s.waits(threshold, queue, abandoned=True)


def _over_within(threshold: int, queue: int | None = None) -> Formula:
    return lambda s: s.waits(threshold, queue) + s.waits(threshold, queue, abandoned=True)


OFFERED: Final = _count(Count.OFFERED)
ANSWERED: Final = _count(Count.ANSWERED)
_LINE: Final[Mapping[str, tuple[Formula, Formula, bool]]] = {
    "occupancy": (_busy_s(0), _staffed_s(0), False),
    "p_wait": (_count(Count.WAITED), OFFERED, True),
    "p_abandon": (_count(Count.ABANDONED), OFFERED, True),
    "p_block": (_turned_away, OFFERED, True),
    "asa": (_count(Count.WAIT_S), ANSWERED, False),
    "asa_given_wait": (_count(Count.WAIT_S), _count(Count.WAITED), False),
    "mean_queue": (_queue_s(), _time, False),
    "var_wait": (_wait_variance, ANSWERED, False),
    "mean_wait_all": (_all_wait_s(), OFFERED, False),
    "mean_wait_served": (_count(Count.WAIT_S), ANSWERED, False),
    "mean_wait_abandoned": (_count(Count.ABANDONED_WAIT_S), _count(Count.ABANDONED), False),
    "p_wait_given_entry": (_waited, _entered, True),
    "asa_given_entry": (_count(Count.WAIT_S), _entered, False),
    "mean_wait_fcfs": (_count(Count.WAIT_S), ANSWERED, False),
}
"""Figures of one line, over all customers."""


def _minus_short(threshold: int) -> Formula:
    return lambda s: s.count(Count.OFFERED) - s.waits(threshold, abandoned=True)


_LEVELS: Final[Mapping[str, Callable[[int], tuple[Formula, Formula]]]] = {
    "served_le_T_over_all": lambda at: (_answered_within(at), OFFERED),
    "wait_le_T_over_all": lambda at: (_over_within(at), OFFERED),
    "served_le_T_over_served": lambda at: (_answered_within(at), ANSWERED),
    "abandoned_le_T_over_all": lambda at: (_abandoned_within(at), OFFERED),
    "served_le_T_over_all_minus_short_abandons": lambda at: (_answered_within(at), _minus_short(at)),
}


def _ordered(levels: Mapping[str, Any]) -> list[tuple[int, float, Any]]:
    """Return (threshold's number, its seconds, what is said of it), ascending."""
    pairs = sorted((float(time), said) for time, said in levels.items())
    return [(at, time, said) for at, (time, said) in enumerate(pairs)]


def _line_figures(one: Mapping[str, Any], inputs: Sequence[str]) -> tuple[list[Figure], list[float], list[str]]:
    """Return the figures of a set of one line, their thresholds, and the keys that are no figure known here."""
    figures, thresholds, left_out = [], [], []
    for key, value in one.items():
        if key in inputs or key.startswith(_ABOUT):
            continue
        if key in ("sl", "sl_given_entry"):
            for at, time, said in _ordered(value):
                thresholds.append(time)
                if isinstance(said, Mapping):
                    for name, exact in said.items():
                        if name in _LEVELS:
                            above, below = _LEVELS[name](at)
                            figures.append(Figure(f"{name} T={time:g}", exact, above, below, share=True))
                        else:
                            left_out.append(name)
                else:
                    below = _entered if key == "sl_given_entry" else OFFERED
                    figures.append(Figure(f"{key} T={time:g}", said, _answered_within(at), below, share=True))
        elif key in _LINE and not isinstance(value, list):
            above, below, share = _LINE[key]
            figures.append(Figure(key, value, above, below, share))
        else:
            left_out.append(key)
    return figures, thresholds, left_out


# ---------------------------------------------------------------------- kinds of sets

_INPUTS: Final = ("calls_per_hour", "mean_service_s", "mean_patience_s", "n", "K_total", "a")
_RATES: Final = ("lam", "lams", "mu", "theta", "offered_load")
_TALK_S: Final = 180.0
"""Mean service of a set that states the load only: the figures do not depend on it."""


def _erlang_b(name: str, one: Mapping[str, Any], source: str) -> Case:
    scenario = one_line(one["a"] / _TALK_S, exponential(_TALK_S), one["n"], waiting_places=0)
    figures, thresholds, left_out = _line_figures(one, (*_INPUTS, *_RATES))
    return _steady("erlang_b", name, source, scenario, figures, _TALK_S, one["a"] / _TALK_S, thresholds, left_out)


def _one_line(kind: str) -> Callable[[str, Mapping[str, Any], str], Case]:
    def case(name: str, one: Mapping[str, Any], source: str) -> Case:
        arrivals, agents = one.get("lam", one["calls_per_hour"] / HOUR_S), one["n"]
        service, patience_s = one["mean_service_s"], one.get("mean_patience_s")
        places = one["K_total"] - agents if "K_total" in one else None
        patience = None if patience_s is None else exponential(patience_s)
        if patience is None and places is None and arrivals * service >= agents:
            raise SetError(f"{kind}/{name}: n: {agents}; allowed: more than the offered load, {arrivals * service:g}")
        scenario = one_line(arrivals, exponential(service), agents, patience=patience, waiting_places=places)
        figures, thresholds, left_out = _line_figures(one, (*_INPUTS, *_RATES))
        relaxation = relaxation_s(
            arrivals, 1 / service, agents, 1 / patience_s if patience_s else 0.0, math.inf if places is None else places
        )
        return _steady(kind, name, source, scenario, figures, relaxation, arrivals, thresholds, left_out)

    return case


def _priority(name: str, one: Mapping[str, Any], source: str) -> Case:
    rates = one.get("lams", [calls / HOUR_S for calls in one["calls_per_hour"]])
    service, agents = one["mean_service_s"], one["n"]
    if sum(rates) * service >= agents:
        load = sum(rates) * service
        raise SetError(f"priority/{name}: n: {agents}; allowed: more than the offered load, {load:g}")
    figures, _, left_out = _line_figures(one, (*_INPUTS, *_RATES))
    by_class: Mapping[str, Callable[[int], tuple[Formula, Formula]]] = {
        "mean_wait": lambda q: (_count(Count.WAIT_S, q), _count(Count.ANSWERED, q)),
        "mean_queue": lambda q: (_queue_s(q), _time),
        "mean_wait_given_wait": lambda q: (_count(Count.WAIT_S, q), _count(Count.WAITED, q)),
    }
    for key, formula in by_class.items():
        for queue, exact in enumerate(one.get(key, ())):
            figures.append(Figure(f"{key} {queue + 1}", exact, *formula(queue)))
    if "p_wait" in one:
        # the same for every class, as it does not depend on who is served first
        figures += [
            Figure(f"p_wait {q + 1}", one["p_wait"], _count(Count.WAITED, q), _count(Count.OFFERED, q), share=True)
            for q in range(len(rates))
        ]
    scenario = priorities(rates, service, agents)
    relaxation = relaxation_s(sum(rates), 1 / service, agents, 0.0, math.inf)
    left_out = [key for key in left_out if key not in by_class]
    return _steady(
        "priority_nonpreemptive_common_mu", name, source, scenario, figures, relaxation, sum(rates), (), left_out
    )


KINDS: Final[Mapping[str, Callable[[str, Mapping[str, Any], str], Case]]] = {
    "erlang_b": _erlang_b,
    "erlang_c": _one_line("erlang_c"),
    "erlang_a": _one_line("erlang_a"),
    "mmck": _one_line("mmck"),
    "priority_nonpreemptive_common_mu": _priority,
}


def design_of(params: Mapping[str, Any]) -> Design:
    """Return the design that a set's parameters state; Q1 and Q2, where its chain was cut off, are of no matter.

    Raises:
        SetError: for a parameter that is not known, missing or out of its range.
    """
    known = ("nA", "nB", "lam1", "lam2", "muA1", "muB1", "muB2", "th1", "th2", "b_first", "reserve")
    unknown = [key for key in params if key not in (*known, "Q1", "Q2")]
    missing = [key for key in known if key not in params]
    if unknown or missing:
        wrong = f"{unknown[0]}: not known" if unknown else f"{missing[0]}: missing"
        raise SetError(f"{wrong}; allowed: {', '.join(known)}, Q1 and Q2")
    try:
        return Design(
            a_agents=params["nA"],
            b_agents=params["nB"],
            arrivals_per_s=(params["lam1"], params["lam2"]),
            a_service_per_s=params["muA1"],
            b_service_per_s=(params["muB1"], params["muB2"]),
            patience_per_s=(params["th1"], params["th2"]),
            b_first=params["b_first"],
            reserve=params["reserve"],
        )
    except ValueError as error:
        raise SetError(str(error)) from error


def _design_relaxation_s(model: Design) -> float:
    """Return about how long a design takes to forget where it was, on the safe side.

    Patience ends a wait; a class that has none is as slow as all agents together at all customers, or as B at class 2
    alone, four times over as neither is quite what the class has.
    """
    rates = [*model.b_service_per_s, *([model.a_service_per_s] if model.a_agents else [])]
    gaps = [rate for rate in model.patience_per_s if rate]
    if not all(model.patience_per_s):
        b_most = model.b_agents * min(model.b_service_per_s)
        loads = [(model.a_agents * model.a_service_per_s + b_most, sum(model.arrivals_per_s))]
        loads.append((b_most, model.arrivals_per_s[1]))
        gaps += [(math.sqrt(most) - math.sqrt(load)) ** 2 / 4 for most, load in loads if most > load]
    return 1 / min(rates) + 1 / min(gaps)


def _by_class(key: str, queue: int) -> tuple[Formula, Formula, bool]:
    everybody = _count(Count.OFFERED, queue)
    return {
        "p_wait": (_count(Count.WAITED, queue), everybody, True),
        "mean_queue": (_queue_s(queue), _time, False),
        "mean_wait_all": (_all_wait_s(queue), everybody, False),
        "p_abandon": (_count(Count.ABANDONED, queue), everybody, True),
    }[key]


def _class_2_talk_s(s: Sums) -> Floats:
    """How long B agents talk with class 2: by Little's law, how many they serve times how long that takes."""
    return s.count(Count.ANSWERED, 1) * s.count(Count.TALK_S, 1) / s.count(Count.HANDLED, 1)


def _design_figures(exact: Mapping[str, Any], a_agents: int) -> tuple[list[Figure], list[float], list[str]]:
    b = 1 if a_agents else 0
    alone: dict[str, tuple[Formula, Formula, bool]] = {
        "busy_B_class1": (lambda s: s.doing_s([b], Doing.BUSY) - _class_2_talk_s(s), _time, False),
        "busy_B_class2": (_class_2_talk_s, _time, False),
        "util_B": (_busy_s(b), _staffed_s(b), False),
    }
    if a_agents:
        alone["busy_A"] = (_busy_s(0), _time, False)
        alone["util_A"] = (_busy_s(0), _staffed_s(0), False)
        alone["frac_class1_served_by_A"] = (lambda s: s.handled[:, 0], _count(Count.ANSWERED, 0), False)
    figures, thresholds, left_out = [], [], []
    for key, value in exact.items():
        if key == "sl":
            for at, time, said in _ordered(value):
                thresholds.append(time)
                for queue in (0, 1):
                    for name, share in said[f"class{queue + 1}"].items():
                        formulas = {
                            "served_le_T_over_all": _answered_within,
                            "abandoned_le_T_over_all": _abandoned_within,
                            "wait_le_T_over_all": _over_within,
                        }
                        above, label = formulas[name](at, queue), f"{name} {queue + 1} T={time:g}"
                        figures.append(Figure(label, share, above, _count(Count.OFFERED, queue), share=True))
        elif isinstance(value, list) and key in ("p_wait", "mean_queue", "mean_wait_all", "p_abandon"):
            figures += [Figure(f"{key} {q + 1}", value[q], *_by_class(key, q)) for q in (0, 1)]
        elif key in alone:
            figures.append(Figure(key, value, *alone[key]))
        elif not key.startswith(_ABOUT) and not (key in ("busy_A", "util_A", "frac_class1_served_by_A") and not value):
            left_out.append(key)
    return figures, thresholds, left_out


def design_case(name: str, one: Mapping[str, Any], source: str, means: str = GATED) -> Case:
    """Return the case of a set of ``skill_designs.json``."""
    try:
        model = design_of(one["params"])
        scenario = design(model, means)
    except ValueError as error:
        raise SetError(f"{DESIGN}/{name}: {error}") from error
    figures, thresholds, left_out = _design_figures(one["exact"], model.a_agents)
    relaxation = _design_relaxation_s(model)
    return _steady(DESIGN, name, source, scenario, figures, relaxation, sum(model.arrivals_per_s), thresholds, left_out)


# ---------------------------------------------------------------------- where sets come from


def cases_of(sets: Mapping[str, Mapping[str, Any]], source: str) -> list[Case]:
    """Return the cases of sets by kind and name, as ``erlang.json`` holds them.

    Raises:
        SetError: for a kind that is not known, or a set that lacks a parameter.
    """
    cases = []
    for kind, by_name in sets.items():
        if kind not in KINDS:
            raise SetError(f"{kind}: is no kind of set; allowed: {', '.join(KINDS)}")
        for name, one in by_name.items():
            try:
                cases.append(KINDS[kind](name, one, source))
            except KeyError as error:
                raise SetError(f"{kind}/{name}: {error.args[0]}: missing") from error
    return cases


def from_folder(folder: Path) -> list[Case]:
    """Return the cases of a folder's ``erlang.json`` and ``skill_designs.json``, whichever are there.

    Raises:
        SetError: if neither is there, or one of them does not hold what it should.
        OSError: if one cannot be read.
    """
    cases: list[Case] = []
    for file in (ERLANG_FILE, DESIGNS_FILE):
        path = folder / file
        if not path.is_file():
            continue
        try:
            sets = json.loads(path.read_text(encoding="utf-8"))["sets"]
        except (ValueError, KeyError, TypeError) as error:
            raise SetError(f"{path}: not JSON with an object of sets ({error})") from error
        if file == ERLANG_FILE:
            cases += cases_of(sets, file)
        else:
            cases += [design_case(name, one, file) for name, one in sets.items()]
    if not cases:
        raise SetError(f"{folder}: has no sets; allowed: a folder with {ERLANG_FILE} or {DESIGNS_FILE}")
    return cases


OWN: Final = "own"


def own_cases() -> list[Case]:
    """Return the cases with parameters of our own, their exact figures computed."""
    cases = cases_of(validation_own.erlang_sets(), OWN)
    cases += [design_case(name, one, OWN, means) for name, (one, means) in validation_own.design_sets().items()]
    return cases


def published_cases() -> list[Case]:
    """Return the cases of published simulations."""
    unit = validation_published.UNIT_S
    whitt = [
        _steady(
            "whitt",
            model.name,
            validation_published.WHITT_SOURCE,
            validation_published.whitt_scenario(model),
            validation_published.whitt_figures(model),
            # patience and service are of mean 1; of general distributions, no formula says more
            4 * unit,
            validation_published.WHITT_ARRIVALS / unit,
            validation_published.WHITT_WITHIN_S,
        )
        for model in validation_published.WHITT_MODELS
    ]
    days = [
        Case(
            kind="contact_centers",
            name=name,
            source=validation_published.CONTACT_CENTERS,
            scenario=scenario,
            figures=figures,
            warm_up_s=0.0,
            counted_s=open_s,
            replications=DAYS,
            ending=Ending.DOORS_SHUT,
            thresholds_s=(validation_published.TARGET_S,),
        )
        for name, scenario, open_s, figures in validation_published.contact_centers()
    ]
    return whitt + days
