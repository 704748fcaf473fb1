"""Erlang's formulas: exact tables, chains solved by brute force, limits in which one formula becomes another."""

from __future__ import annotations

import json
import math
from dataclasses import FrozenInstanceError, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.linalg import expm

from acdcore.sim.erlang import (
    ErlangError,
    Limits,
    Steady,
    agents_needed,
    erlang_b,
    erlang_c,
    load_for_blocking,
    priority_waits,
    steady_state,
)

pytestmark = pytest.mark.plain

LEVELS = {
    "served_le_T_over_all": "offered",
    "served_le_T_over_served": "answered",
    "served_le_T_over_all_minus_short_abandons": "without_short_abandons",
    "wait_le_T_over_all": "waited_at_most",
    "abandoned_le_T_over_all": "abandoned_within",
}


def exactly(value: float) -> Any:
    return pytest.approx(value, rel=1e-11, abs=1e-300)


# ---------------------------------------------------------------------- tables of exact results


@pytest.fixture(scope="module")
def exact(shared_dir: Path) -> dict[str, Any]:
    path = shared_dir / "exams" / "erlang.json"
    if not path.is_file():
        pytest.skip(f"needs {path}")
    sets: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["sets"]
    return sets


def held(case: dict[str, Any], names: dict[str, str], found: object, *elsewhere: str) -> None:
    """Compare figures, and see that the case has none that is left out here and ``elsewhere``."""
    known = {"calls_per_hour", "mean_service_s", "mean_patience_s", "n", "K_total", "lam", "lams", "mu", "theta"}
    known |= {"sl", "sl_given_entry", "p_wait_given_entry", *names, *elsewhere}
    assert {key for key in case if key not in known and not key.startswith(("crosscheck", "conservation"))} == set()
    for name, field in names.items():
        assert getattr(found, field) == exactly(case[name]), name


def test_erlang_b_is_the_table_s(exact: dict[str, Any]) -> None:
    for name, case in exact["erlang_b"].items():
        assert erlang_b(case["a"], case["n"]) == exactly(case["p_block"]), name
        assert load_for_blocking(case["n"], case["p_block"]) == exactly(case["a"]), name


def test_erlang_c_is_the_table_s(exact: dict[str, Any]) -> None:
    names = {"offered_load": "offered_load", "occupancy": "occupancy", "p_wait": "p_wait", "asa": "asa_s"}
    names |= {"asa_given_wait": "mean_wait_if_waiting_s", "mean_queue": "mean_queue", "var_wait": "wait_variance_s2"}
    for case in exact["erlang_c"].values():
        state = steady_state(case["lam"], case["mean_service_s"], case["n"])
        held(case, names, state)
        assert erlang_c(case["offered_load"], case["n"]) == exactly(case["p_wait"])
        for target, share in case["sl"].items():
            level = state.service_level(float(target))
            for formula in ("offered", "answered", "without_short_abandons", "waited_at_most"):
                assert getattr(level, formula) == exactly(share)


def test_erlang_a_is_the_table_s(exact: dict[str, Any]) -> None:
    names = {name: name for name in ("offered_load", "occupancy", "p_wait", "p_abandon", "mean_queue")}
    names |= {"mean_wait_all": "mean_wait_s", "mean_wait_served": "asa_s"}
    names |= {"mean_wait_abandoned": "mean_wait_abandoned_s"}
    for case in exact["erlang_a"].values():
        for lines in (None, case["n"] + 3000):  # by the integral, and by the sum over who is found waiting
            patience_s = case["mean_patience_s"]
            state = steady_state(case["lam"], case["mean_service_s"], case["n"], patience_s=patience_s, lines=lines)
            held(case, names, state)
            for target, shares in case["sl"].items():
                level = state.service_level(float(target))
                for name, share in shares.items():
                    assert getattr(level, LEVELS[name]) == exactly(share), (name, target, lines)


def test_lines_are_the_table_s(exact: dict[str, Any]) -> None:
    names = {"offered_load": "offered_load", "occupancy": "occupancy", "p_block": "p_block"}
    names |= {"mean_queue": "mean_queue", "asa_given_entry": "asa_s"}
    for case in exact["mmck"].values():
        state = steady_state(case["lam"], case["mean_service_s"], case["n"], lines=case["K_total"])
        held(case, names, state)
        assert state.p_wait / (1.0 - state.p_block) == exactly(case["p_wait_given_entry"])
        for target, share in case["sl_given_entry"].items():
            assert state.service_level(float(target)).answered == exactly(share)


def test_priorities_are_the_table_s(exact: dict[str, Any]) -> None:
    names = {"occupancy": "occupancy", "p_wait": "p_wait", "mean_wait": "asa_s", "mean_queue": "mean_queue"}
    names |= {"mean_wait_fcfs": "asa_first_come_s", "mean_wait_given_wait": "mean_wait_if_waiting_s"}
    for case in exact["priority_nonpreemptive_common_mu"].values():
        found = priority_waits(case["lams"], case["mean_service_s"], case["n"])
        held(case, {}, found, *names)
        for name, field in names.items():
            assert getattr(found, field) == pytest.approx(case[name], rel=1e-11), name


def test_whitt_s_exact_row() -> None:
    # Whitt, "Engineering solution of a basic call-center model", 2005: M/M/100/200+M, lambda 102, mean patience 1
    state = steady_state(102.0, 1.0, 100, patience_s=1.0, lines=300)
    figures = [state.p_no_wait, state.p_abandon, state.asa_s, state.mean_wait_abandoned_s]
    assert [round(figure or 0.0, 4) for figure in figures] == [0.4083, 0.0499, 0.0490, 0.0666]
    assert round(state.mean_queue, 3) == 5.092
    assert [round(state.service_level(target).answered or 0.0, 4) for target in (0.1, 0.2)] == [0.7986, 0.9644]


# ---------------------------------------------------------------------- brute force


def brute(lam: float, handle_s: float, agents: int, theta: float, lines: int, target_s: float) -> dict[str, float]:
    """Solve the chain of how many are there, and, by matrix exponential, what becomes of who joins it."""
    mu = 1.0 / handle_s
    generator = np.zeros((lines + 1, lines + 1))
    for count in range(lines):
        generator[count, count + 1] = lam
        generator[count + 1, count] = min(count + 1, agents) * mu + max(0, count + 1 - agents) * theta
    generator -= np.diag(generator.sum(axis=1))
    balance = np.vstack([generator.T, np.ones(lines + 1)])
    chance = np.linalg.lstsq(balance, np.append(np.zeros(lines + 1), 1.0), rcond=None)[0]
    places = lines - agents
    found = chance[agents:lines]  # how many are waiting when one joins them
    life = np.zeros((places + 2, places + 2))  # places 0 ... : how many are ahead; then answered; then gave up
    for ahead in range(places):
        life[ahead, ahead - 1 if ahead else places] = agents * mu + ahead * theta
        life[ahead, places + 1] = theta
    life -= np.diag(life.sum(axis=1))
    after = np.append(found, [0.0, 0.0]) @ expm(life * target_s)
    ever = np.append(found, [0.0, 0.0]) @ expm(life * 1e5)
    inside = -np.linalg.inv(life[:places, :places]) if places else np.zeros((0, 0))
    at_once = float(chance[:agents].sum())
    waits = found @ inside  # time spent at each place
    return {
        "p_no_wait": at_once,
        "p_wait": float(found.sum()),
        "p_block": float(chance[lines]),
        "p_abandon": float(ever[places + 1]),
        "mean_queue": float(np.maximum(np.arange(lines + 1) - agents, 0) @ chance),
        "occupancy": float(np.minimum(np.arange(lines + 1), agents) @ chance) / agents,
        "mean_wait_s": float(waits.sum()) / (1.0 - float(chance[lines])),
        "square_s2": 2.0 * float((waits @ inside).sum()) / (1.0 - float(chance[lines])),
        "asa_s": float(waits @ inside @ life[:places, places]) / (at_once + float(ever[places])),
        "abandoned_wait_s": float(waits @ inside @ life[:places, places + 1]),
        "offered": at_once + float(after[places]),
        "abandoned_within": float(after[places + 1]),
        "still": float(after[:places].sum()),
    }


@pytest.mark.parametrize(
    ("lam", "handle_s", "agents", "patience_s", "lines", "target_s"),
    [
        (0.5, 2.0, 1, math.inf, 4, 1.0),
        (3.0, 1.0, 2, math.inf, 9, 2.0),
        (2.0, 1.0, 3, 0.5, 3, 0.3),
        (2.0, 1.0, 3, 0.5, 4, 0.3),
        (2.0, 1.5, 3, 0.05, 20, 0.01),
        (2.0, 1.5, 3, 0.05, 20, 3.0),
        (5.0, 1.0, 4, 7.0, 30, 4.0),
        (0.2, 1.0, 5, 2.0, 8, 0.0),
        (1.7, 1.0, 2, 2.0, 60, 1.2),  # as good as endless: the integral must agree too
        (9.0, 0.7, 6, 1.0, 90, 0.5),
    ],
)
def test_a_chain_solved_by_brute_force_agrees(
    lam: float, handle_s: float, agents: int, patience_s: float, lines: int, target_s: float
) -> None:
    known = brute(lam, handle_s, agents, 1.0 / patience_s, lines, target_s)
    for room in (lines, None) if lines >= 60 else (lines,):
        state = steady_state(lam, handle_s, agents, patience_s=patience_s, lines=room)
        level = state.service_level(target_s)
        for name in ("p_no_wait", "p_wait", "p_abandon", "mean_queue", "occupancy", "mean_wait_s", "asa_s", "p_block"):
            assert getattr(state, name) == pytest.approx(known[name], rel=1e-9, abs=1e-12), name
        assert state.wait_variance_s2 + state.mean_wait_s**2 == pytest.approx(known["square_s2"], rel=1e-9)
        if state.mean_wait_abandoned_s is not None:
            given_up_s = state.mean_wait_abandoned_s * state.p_abandon
            assert given_up_s == pytest.approx(known["abandoned_wait_s"], rel=1e-9)
        entered = 1.0 - known["p_block"]
        answered = known["p_no_wait"] + known["p_wait"] - known["p_abandon"]
        assert level.offered == pytest.approx(known["offered"], rel=1e-9)
        assert level.answered == pytest.approx(known["offered"] / answered, rel=1e-9)
        left = 1.0 - known["abandoned_within"]
        assert level.without_short_abandons == pytest.approx(known["offered"] / left, rel=1e-9)
        assert level.waited_at_most == pytest.approx(1.0 - known["still"] / entered, rel=1e-9)
        assert level.abandoned_within == pytest.approx(known["abandoned_within"], rel=1e-9, abs=1e-14)


# ---------------------------------------------------------------------- one formula becomes another


def same(one: Steady, other: Steady, but: tuple[str, ...], rel: float) -> None:
    for field in fields(Steady):
        found, wanted = getattr(one, field.name), getattr(other, field.name)
        if field.name not in but and found is not None and wanted is not None:
            assert found == pytest.approx(wanted, rel=rel, abs=1e-12), field.name


def test_erlang_a_becomes_erlang_c_as_patience_grows() -> None:
    endless = steady_state(0.07, 120.0, 12)
    gaps = []
    for patience_s in (1e5, 1e7, 1e9):
        state = steady_state(0.07, 120.0, 12, patience_s=patience_s)
        gaps.append(abs(state.asa_s - endless.asa_s) / endless.asa_s)
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[-1] < 1e-6
    patient = steady_state(0.07, 120.0, 12, patience_s=1e20)
    same(patient, endless, ("patience_s",), 1e-11)
    assert patient.service_level(20.0).offered == exactly(endless.service_level(20.0).offered)


def test_erlang_a_becomes_erlang_b_as_patience_vanishes() -> None:
    loss = erlang_b(8.4, 12)
    gaps = [abs(steady_state(0.07, 120.0, 12, patience_s=patience).p_abandon - loss) for patience in (1.0, 1e-3, 1e-6)]
    assert gaps == sorted(gaps, reverse=True)
    state = steady_state(0.07, 120.0, 12, patience_s=1e-15)
    assert state.p_abandon == exactly(loss)
    assert state.p_wait == exactly(loss)  # they wait, for no time at all
    assert state.occupancy == exactly(steady_state(0.07, 120.0, 12, lines=12).occupancy)


def test_lines_become_erlang_b_and_c() -> None:
    assert steady_state(0.07, 120.0, 12, lines=12).p_block == exactly(erlang_b(8.4, 12))
    same(steady_state(0.07, 120.0, 12, lines=400), steady_state(0.07, 120.0, 12), ("lines",), 1e-11)


def test_without_impatience_a_wait_and_a_talk_as_long_make_a_poisson_number_there() -> None:
    # where patience is as long as a talk, everybody leaves at the same rate: M/M/inf
    state = steady_state(110.0, 1.0, 100, patience_s=1.0)
    chance = [math.exp(-110.0 + k * math.log(110.0) - math.lgamma(k + 1.0)) for k in range(400)]
    assert state.p_wait == pytest.approx(math.fsum(chance[100:]), rel=1e-11)
    assert state.mean_queue == pytest.approx(math.fsum((k - 100) * chance[k] for k in range(100, 400)), rel=1e-11)


def test_priorities_of_one_class_are_erlang_c_and_an_order_moves_no_work() -> None:
    alone = priority_waits([0.07], 120.0, 12)
    assert alone.asa_s[0] == exactly(steady_state(0.07, 120.0, 12).asa_s)
    three = priority_waits([0.01, 0.02, 0.04], 120.0, 12)
    assert list(three.asa_s) == sorted(three.asa_s)
    assert sum(three.mean_queue) == exactly(0.07 * three.asa_first_come_s)
    assert three.asa_first_come_s == exactly(alone.asa_s[0])


# ---------------------------------------------------------------------- extremes


@pytest.mark.parametrize("load", [1e-20, 1.0, 5_000.0, 9_999.999, 10_000.0, 10_500.0, 1e8, 1e25])
@pytest.mark.parametrize("patience_s", [1e-20, 1e-3, 1.0, 1e4, 1e15])
def test_ten_thousand_agents_at_any_load(load: float, patience_s: float) -> None:
    state = steady_state(load, 1.0, 10_000, patience_s=patience_s)
    assert state.p_no_wait + state.p_wait == exactly(1.0)
    # whoever comes in goes out: answered or not
    assert load * (1.0 - state.p_abandon) == pytest.approx(10_000 * state.occupancy, rel=1e-9, abs=1e-14 * load)
    # each who waits gives up at the rate 1 / patience
    assert state.p_abandon * load * patience_s == pytest.approx(state.mean_queue, rel=1e-9, abs=1e-300)
    answered = [state.service_level(target).offered for target in (0.0, 1e-3, 1.0, 1e3, 1e25)]
    assert answered == sorted(answered)
    assert answered[0] == exactly(state.p_no_wait)
    assert answered[-1] == pytest.approx(1.0 - state.p_abandon, rel=1e-9, abs=1e-14)


@pytest.mark.parametrize("target_s", [0.0, 1e-4, 1e-3, 0.1, 3.0])
@pytest.mark.parametrize(("load", "patience_s"), [(2.0, 1e-3), (4.0, 0.05), (60.0, 0.3), (3.0, 50.0)])
def test_the_integral_and_the_sum_agree_long_before_and_long_after_patience(
    load: float, patience_s: float, target_s: float
) -> None:
    one = steady_state(load, 1.0, 4, patience_s=patience_s).service_level(target_s)
    other = steady_state(load, 1.0, 4, patience_s=patience_s, lines=1_000).service_level(target_s)
    for name in LEVELS.values():
        assert getattr(one, name) == exactly(getattr(other, name)), name


def test_agents_are_all_busy_under_a_load_of_a_hundred_million() -> None:
    # the density of the offered wait is all but flat for long, then rises from nothing to its peak within a patience
    state = steady_state(1.3e8, 1.0, 31, patience_s=8.8e-6)
    assert state.occupancy == exactly(1.0)
    assert (1.0 - state.p_abandon) * 1.3e8 == pytest.approx(31.0, rel=1e-7)


def test_known_values_at_ten_thousand_agents() -> None:
    # B and C as sums of exact fractions' logarithms, in the other direction than the recurrence's
    load, agents = 9_900.0, 10_000
    terms = [0.0]
    for count in range(agents, 0, -1):
        terms.append(terms[-1] + math.log(count / load))
    blocked = 1.0 / math.fsum(math.exp(term) for term in terms)
    assert erlang_b(load, agents) == pytest.approx(blocked, rel=1e-10)
    assert erlang_c(load, agents) == pytest.approx(blocked / (1.0 - 0.99 * (1.0 - blocked)), rel=1e-10)
    assert steady_state(9e9, 1.0, agents, patience_s=10.0).p_abandon == exactly(1.0 - agents / 9e9)


def test_a_million_lines_are_no_trouble() -> None:
    state = steady_state(2.0, 1.0, 1, lines=1_000_000)
    assert (state.p_block, state.p_wait, state.mean_queue) == (exactly(0.5), exactly(0.5), exactly(999_998.0))
    assert state.service_level(20.0).offered == 0.0


# ---------------------------------------------------------------------- properties

loads = st.floats(0.05, 400.0)
counts = st.integers(1, 300)
patiences = st.one_of(st.floats(0.01, 1e4), st.just(math.inf))


@given(
    load=loads, agents=counts, patience_s=patiences, room=st.one_of(st.none(), st.integers(0, 200)), at=st.floats(0, 50)
)
def test_shares_are_shares_and_add_up(load: float, agents: int, patience_s: float, room: int | None, at: float) -> None:
    assume(room is not None or patience_s < math.inf or load < agents)
    lines = None if room is None else agents + room
    state = steady_state(load, 1.0, agents, patience_s=patience_s, lines=lines)
    level = state.service_level(at)
    assert state.p_no_wait + state.p_wait + state.p_block == pytest.approx(1.0, rel=1e-12)
    assert 0.0 <= state.p_abandon <= state.p_wait * (1.0 + 1e-12)
    assert 0.0 <= state.occupancy <= 1.0
    answered = 1.0 - state.p_block - state.p_abandon
    assert state.occupancy * agents == pytest.approx(load * answered, rel=1e-9, abs=1e-12 * load)
    assert state.mean_queue == pytest.approx(load * (1.0 - state.p_block) * state.mean_wait_s, rel=1e-9, abs=1e-12)
    assert state.p_no_wait * (1.0 - 1e-12) <= level.offered <= answered + 1e-12
    assert level.answered is not None and level.without_short_abandons is not None
    assert level.offered <= level.without_short_abandons * (1.0 + 1e-12)
    assert level.offered <= level.answered * (1.0 + 1e-12)
    assert level.offered <= level.waited_at_most * (1.0 + 1e-12)
    assert state.wait_variance_s2 >= -1e-9 * state.mean_wait_s**2


@given(load=loads, agents=counts, patience_s=st.floats(0.01, 1e4))
def test_one_more_agent_is_never_worse(load: float, agents: int, patience_s: float) -> None:
    one = steady_state(load, 1.0, agents, patience_s=patience_s)
    more = steady_state(load, 1.0, agents + 1, patience_s=patience_s)
    for name in ("p_wait", "p_abandon", "asa_s", "occupancy", "mean_queue"):
        assert getattr(more, name) <= getattr(one, name) * (1.0 + 1e-12), name
    for formula in ("offered", "answered", "without_short_abandons", "waited_at_most"):
        less = getattr(one.service_level(0.2), formula)
        assert getattr(more.service_level(0.2), formula) >= less * (1.0 - 1e-12), formula


# ---------------------------------------------------------------------- inverses

some_limits = st.builds(
    Limits,
    service_level=st.one_of(st.none(), st.floats(0.05, 0.99)),
    target_s=st.floats(0.0, 2.0),
    formula=st.sampled_from(["offered", "answered", "without_short_abandons"]),
    asa_s=st.one_of(st.none(), st.floats(0.001, 5.0)),
    p_abandon=st.floats(0.001, 0.5),
    occupancy=st.one_of(st.none(), st.floats(0.2, 0.99)),
)


@given(load=loads, limits=some_limits, patience_s=patiences, waiting_places=st.one_of(st.none(), st.integers(0, 40)))
def test_one_agent_less_than_needed_breaks_a_limit(
    load: float, limits: Limits, patience_s: float, waiting_places: int | None
) -> None:
    limits = replace(limits, p_block=None if waiting_places is None else 0.02)
    found = agents_needed(load, 1.0, limits, patience_s=patience_s, waiting_places=waiting_places)
    assert limits.kept_by(found)
    if found.agents > 1 and (waiting_places is not None or patience_s < math.inf or load < found.agents - 1):
        lines = None if waiting_places is None else found.agents - 1 + waiting_places
        less = steady_state(load, 1.0, found.agents - 1, patience_s=patience_s, lines=lines)
        assert not limits.kept_by(less)


@pytest.mark.parametrize(
    ("limits", "more", "agents"),
    [
        (Limits(service_level=0.8, target_s=20.0), {}, 12),
        (Limits(p_block=0.01), {"waiting_places": 0}, 16),
        (Limits(p_block=0.01), {"lines": 17}, 12),
        (Limits(p_abandon=0.03), {"patience_s": 60.0}, 12),
        (Limits(asa_s=1.0), {}, 15),
        (Limits(occupancy=0.5), {}, 17),
    ],
)
def test_agents_needed_for_252_calls_an_hour_of_two_minutes(limits: Limits, more: dict[str, Any], agents: int) -> None:
    by_trial = next(
        count
        for count in range(1, 100)
        if (count > 8.4 or more)
        and count <= more.get("lines", 100)
        and limits.kept_by(
            steady_state(
                0.07,
                120.0,
                count,
                patience_s=more.get("patience_s", math.inf),
                lines=count if more.get("waiting_places") == 0 else more.get("lines"),
            )
        )
    )
    assert agents_needed(0.07, 120.0, limits, **more).agents == by_trial == agents


@given(agents=counts, p_block=st.floats(1e-9, 0.999))
def test_the_load_for_a_blocking_is_blocked_so(agents: int, p_block: float) -> None:
    load = load_for_blocking(agents, p_block)
    assert erlang_b(load, agents) == pytest.approx(p_block, rel=1e-9)


# ---------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: steady_state(0.0, 1.0, 1), "arrival_per_s: 0.0; allowed: numbers from 1e-30 to 1e+30"),
        (lambda: steady_state(math.nan, 1.0, 1), "arrival_per_s: nan; allowed: numbers from"),
        (lambda: steady_state(1.0, -1.0, 1), "handle_s: -1.0; allowed: numbers from"),
        (
            lambda: steady_state(1e20, 1e20, 1),
            "handle_s: 1e+20; allowed: what makes an offered load from 1e-30 to 1e+30",
        ),
        (lambda: steady_state(1.0, 1.0, 0), "agents: 0; allowed: whole numbers from 1 to 1000000"),
        (lambda: steady_state(1.0, 1.0, True), "agents: True; allowed: whole numbers from 1"),
        (
            lambda: steady_state(1.0, 1.0, 2, patience_s=0.0),
            "patience_s: 0.0; allowed: numbers from 1e-30 to 1e+30; inf",
        ),
        (lambda: steady_state(1.0, 1.0, 2, lines=1), "lines: 1; allowed: whole numbers from 2 to 2000000"),
        (lambda: steady_state(2.0, 1.0, 2), "agents: 2; allowed: more than the offered load, 2, where nobody gives up"),
        (lambda: steady_state(1.0, 1.0, 2).service_level(-1.0), "target_s: -1.0; allowed: 0 and numbers above"),
        (lambda: erlang_b(-1.0, 2), "offered_load: -1.0; allowed: numbers from"),
        (lambda: load_for_blocking(2, 1.0), "p_block: 1.0; allowed: shares above 0 and below 1"),
        (lambda: priority_waits([], 1.0, 2), "arrivals_per_s: none; allowed: a rate for each class"),
        (lambda: priority_waits([1.0, 0.0], 1.0, 2), r"arrivals_per_s\[1\]: 0.0; allowed: numbers from"),
        (lambda: Limits(service_level=80.0), "service_level: 80.0; allowed: shares above 0 and below 1"),
        (lambda: Limits(asa_s=0.0), "asa_s: 0.0; allowed: numbers from"),
        (Limits, "limits: none; allowed: one or more of service_level, p_abandon, p_block, occupancy, asa_s"),
        (lambda: Limits(asa_s=1.0, formula="best"), "formula: best; allowed: offered or answered or without_short"),  # type: ignore[arg-type]
        (
            lambda: agents_needed(9.0, 1.0, Limits(p_block=0.01), lines=12),
            "limits: .*; allowed: what 12 agents can keep",
        ),
        (
            lambda: agents_needed(9.0, 1.0, Limits(p_block=0.01), lines=12, waiting_places=2),
            "waiting_places: 2; allowed: only without lines",
        ),
    ],
)
def test_errors_name_the_argument_its_value_and_what_is_allowed(call: Any, words: str) -> None:
    with pytest.raises(ErlangError, match=words.replace("+", r"\+")) as caught:
        call()
    assert str(caught.value) == f"{caught.value.field}: {caught.value.why}"


def test_results_do_not_change() -> None:
    state = steady_state(1.0, 1.0, 2)
    with pytest.raises(FrozenInstanceError):
        state.p_wait = 0.0  # type: ignore[misc]
