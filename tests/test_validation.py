"""Simulations held against theory: few figures of each kind here, all of them in docs/validation.md."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats
from typer.testing import CliRunner

from acdcore.cli.app import app
from acdcore.sim import validation_own
from acdcore.sim.validation import Look, Result, Summary, chosen_cases, look, scenario_text, validate
from acdcore.sim.validation_chain import solve
from acdcore.sim.validation_estimates import CONFIDENCE, Comparison, Figure, Sums, compare
from acdcore.sim.validation_models import RESERVED, Design, design, exponential, one_line
from acdcore.sim.validation_report import KINDS, Settings, case_lines, markdown
from acdcore.sim.validation_sets import (
    Case,
    SetError,
    cases_of,
    design_case,
    design_of,
    from_folder,
    own_cases,
    published_cases,
    relaxation_s,
)
from acdcore.sim.world import Count

pytestmark = pytest.mark.plain

SECONDS = 0.05
"""Of a case's length: a second or two of simulation each."""


@pytest.fixture(scope="module")
def exams(shared_dir: Path) -> Path:
    folder = shared_dir / "exams"
    if not folder.is_dir():
        pytest.skip(f"needs {folder}")
    return folder


def named(cases: list[Case], name: str) -> Case:
    [case] = [case for case in cases if case.name == name]
    return case


def held(case: Case, length: float = SECONDS) -> None:
    """Hold a case against theory, as the command does: one figure may be outside once, not twice."""
    [result] = validate([case], length=length, processes=1)
    assert len(result.first.comparisons) == len(case.figures) > 0
    assert not result.failed, case_lines(result)


# ---------------------------------------------------------------------- models


OWN = {case.name: case for case in cases_of(validation_own.erlang_sets(), "own")}


@pytest.mark.parametrize("name", ["own_n25_a22", "own_20_agents", "own_25_patient", "own_80_over", "own_30_and_12"])
def test_one_line_is_what_erlang_says(name: str) -> None:
    held(OWN[name])


def test_priorities_are_what_cobham_says() -> None:
    held(OWN["own_25_4_classes"], 0.1)


@pytest.mark.parametrize(
    ("a_agents", "b_first", "reserve", "means"),
    [(3, 1, 0, "gate"), (3, 2, 1, "gate"), (2, 1, 2, "gate"), (0, 2, 1, "gate"), (0, 1, 2, RESERVED)],
)
def test_designs_are_what_their_chain_says(a_agents: int, b_first: int, reserve: int, means: str) -> None:
    model = Design(a_agents, 4, (0.02, 0.012), 1 / 170, (1 / 200, 1 / 230), (1 / 220, 1 / 260), b_first, reserve)
    params = {
        "nA": a_agents,
        "nB": 4,
        "lam1": 0.02,
        "lam2": 0.012,
        "muA1": 1 / 170,
        "muB1": 1 / 200,
        "muB2": 1 / 230,
        "th1": 1 / 220,
        "th2": 1 / 260,
        "b_first": b_first,
        "reserve": reserve,
        "Q1": 40,
        "Q2": 40,
    }
    assert design_of(params) == model
    exact = solve(model, (40, 40))
    assert max(exact["truncated"]) < 1e-9
    held(design_case("small", {"params": params, "exact": exact}, "here", means))


@pytest.mark.parametrize("name", ["M/M+M", "M/D+E2", "M/M+LN(1,1)", "MMC", "MMCAb", "SimpleMSK"])
def test_published_simulations_are_met(name: str) -> None:
    held(named(published_cases(), name))


@pytest.mark.parametrize(
    "name", ["n10_a10", "C05_mmc_ssj", "A07_12_ssj", "A13_100impatient", "K01_12_5", "P05_10_3cls"]
)
def test_sets_of_files_are_met(exams: Path, name: str) -> None:
    case = named(from_folder(exams), name)
    assert case.left_out == ()
    held(case)


@pytest.mark.parametrize("name", ["N3_aband_B2first", "N5_aband_overload", "V4_vip_diff_mu_aband"])
def test_designs_of_files_are_met(exams: Path, name: str) -> None:
    case = named(from_folder(exams), name)
    assert case.left_out == ()
    held(case)


def test_every_set_of_the_files_is_a_case(exams: Path) -> None:
    cases = from_folder(exams)
    sets = json.loads((exams / "erlang.json").read_text(encoding="utf-8"))["sets"]
    designs = json.loads((exams / "skill_designs.json").read_text(encoding="utf-8"))["sets"]
    names = [name for by_name in sets.values() for name in by_name] + list(designs)
    assert [case.name for case in cases] == names
    assert all(case.figures for case in cases)
    assert [case.full_name for case in cases if case.left_out] == []


# ---------------------------------------------------------------------- a wrong model is caught


def wrong(case: Case, **scenario: Any) -> Case:
    return replace(case, scenario=case.scenario | scenario)


def test_service_that_is_three_percent_slow_is_caught() -> None:
    case = OWN["own_25_patient"]
    slow = wrong(case, handling=[{"talk": exponential(230.0 * 1.03)}])
    [result] = validate([slow], length=SECONDS, processes=1)
    failed = {case.figures[at].name for at in result.failed}
    assert {"p_wait", "occupancy", "mean_queue", "served_le_T_over_all T=20"} <= failed


def test_a_reserve_that_is_forgotten_is_caught() -> None:
    [(one, _)] = [found for name, found in validation_own.design_sets().items() if name == "own_N_reserve_1"]
    case = design_case("right", one, "own")
    careless = replace(case, scenario=design(replace(design_of(one["params"]), reserve=0)))
    [result] = validate([careless], length=SECONDS, processes=1)
    failed = {case.figures[at].name for at in result.failed}
    assert {"p_wait 1", "p_wait 2", "busy_B_class1"} <= failed


# ---------------------------------------------------------------------- the chain


def test_the_chain_is_that_of_the_files(exams: Path) -> None:
    sets = json.loads((exams / "skill_designs.json").read_text(encoding="utf-8"))["sets"]
    for name, one in sets.items():
        if not all(one["params"][key] for key in ("th1", "th2")):
            continue  # long queues: a large chain
        found = solve(design_of(one["params"]), (25, 25))
        for key, value in one["exact"].items():
            if key in ("states", "flow_balance_err") or key.startswith("trunc"):
                continue
            assert flat(found[key]) == pytest.approx(flat(value), rel=1e-6, abs=1e-9), (name, key)


def flat(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [one for key in sorted(value) for one in flat(value[key])]
    if isinstance(value, list):
        return [one for part in value for one in flat(part)]
    return [value or 0.0]


def test_a_chain_without_distinctions_is_erlang_a() -> None:
    from acdcore.sim.erlang import steady_state

    one = 1 / 200
    found = solve(Design(0, 5, (0.012, 0.013), one, (one, one), (1 / 150, 1 / 150), 1, 0), (40, 40), (20.0, 9_000.0))
    state = steady_state(0.025, 200.0, 5, patience_s=150.0)
    assert found["p_wait"] == pytest.approx([state.p_wait] * 2, rel=1e-9)
    assert sum(found["mean_queue"]) == pytest.approx(state.mean_queue, rel=1e-9)
    assert found["util_B"] == pytest.approx(state.occupancy, rel=1e-9)
    # whoever waits long enough is served or has hung up
    for which, p_abandon in zip(("class1", "class2"), found["p_abandon"], strict=True):
        level = found["sl"]["9000.0"][which]
        assert level["wait_le_T_over_all"] == pytest.approx(1.0, rel=1e-9)
        assert level["abandoned_le_T_over_all"] == pytest.approx(p_abandon, rel=1e-9)
        assert found["sl"]["20.0"][which]["abandoned_le_T_over_all"] < p_abandon


# ---------------------------------------------------------------------- intervals


def sums(customers: np.ndarray[Any, np.dtype[np.float64]]) -> Sums:
    """Return sums of replications in which only counts matter: [R, counts]."""
    runs = len(customers)
    return Sums(
        runs=np.ones(runs),
        customers=customers[:, None, None, :],
        within=np.zeros((runs, 1, 1, 2, 1)),
        queue_s=np.zeros((runs, 1)),
        agent_s=np.zeros((runs, 1, 5)),
        overtime_s=np.zeros((runs, 1, 5)),
        handled=np.zeros((runs, 1)),
        counted_s=np.ones(runs),
    )


def counted(answered: Any, offered: Any) -> Sums:
    table = np.zeros((len(offered), len(Count)))
    table[:, Count.ANSWERED], table[:, Count.OFFERED] = answered, offered
    return sums(table)


def share(exact: float, **more: Any) -> Figure:
    return Figure(
        "share", exact, lambda s: s.count(Count.ANSWERED), lambda s: s.count(Count.OFFERED), share=True, **more
    )


def test_the_interval_of_a_mean_is_students() -> None:
    values = np.array([3.0, 5.0, 4.0, 8.0])
    figure = Figure("mean", 5.0, lambda s: s.count(Count.ANSWERED), lambda s: s.runs)
    found = compare(figure, counted(values, values))
    half = stats.t.ppf(0.995, 3) * values.std(ddof=1) / 2
    assert (found.estimate, found.low, found.high) == pytest.approx((5.0, 5.0 - half, 5.0 + half))
    assert found.z == 0.0
    assert found.inside


def test_intervals_hold_what_they_promise() -> None:
    random = np.random.default_rng(5)
    outside = 0
    for _ in range(2_000):
        offered = random.poisson(400, 40).astype(float)
        outside += not compare(share(0.3), counted(random.binomial(offered.astype(int), 0.3), offered)).inside
    # 99 % of 2,000, give or take what chance leaves in one of a million
    law = stats.binom(2_000, 1 - CONFIDENCE)
    assert law.ppf(5e-7) <= outside <= law.ppf(1 - 5e-7)


def test_a_share_seen_never_has_an_interval_all_the_same() -> None:
    never = compare(share(1e-6), counted(np.zeros(10), np.full(10, 1_000.0)))
    assert never.rare
    assert never.low == 0.0 < never.high < 0.01
    assert never.inside
    assert math.isnan(never.z)
    assert not compare(share(0.02), counted(np.zeros(10), np.full(10, 1_000.0))).inside
    always = compare(share(1 - 1e-12), counted(np.full(10, 1_000.0), np.full(10, 1_000.0)))
    assert always.inside


def test_events_that_come_together_count_as_few() -> None:
    offered = np.full(10, 1_000.0)
    together, apart = np.zeros(10), np.full(10, 6.0)
    together[3] = 60.0
    wide, narrow = compare(share(0.006), counted(together, offered)), compare(share(0.006), counted(apart, offered))
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)


def test_what_was_estimated_itself_widens_the_interval() -> None:
    some = counted([90.0, 110.0, 95.0, 105.0], np.full(4, 1_000.0))
    exact, estimated = compare(share(0.13), some), compare(share(0.13, margin=0.02), some)
    assert not exact.inside
    assert estimated.inside
    rounded = compare(share(0.13, rounding=0.005), some)
    assert (rounded.low, rounded.high) == pytest.approx((exact.low - 0.005, exact.high + 0.005))


def test_figures_from_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="share: from 1 replication; allowed: at least 2"):
        compare(share(0.5), counted([1.0], [2.0]))
    with pytest.raises(ValueError, match="share: nothing to divide by in 2 replications; allowed: longer ones"):
        compare(share(0.5), counted([0.0, 0.0], [0.0, 0.0]))
    with pytest.raises(ValueError, match="share: nan; allowed: a finite number"):
        share(math.nan)


# ---------------------------------------------------------------------- runs


def test_errors_are_as_large_as_their_intervals_say() -> None:
    case = OWN["own_2_agents"]
    looks = [look(case, seed, 0.01, processes=1) for seed in range(60)]
    # of sums that are nearly normal: of means of waits that is so in long runs only
    names = ("occupancy", "p_wait", "sl T=20")
    z = np.array([[one.z for one in found.comparisons if one.figure in names] for found in looks])
    assert z.shape == (60, 3)
    # of 60 such numbers (Student's) the mean is within 0.52 of 0 and the mean square between 0.45 and 1.95, but for
    # one time in ten thousand each
    assert np.all(np.abs(z.mean(axis=0)) < 0.52)
    assert np.all((z**2).mean(axis=0) > 0.45)
    assert np.all((z**2).mean(axis=0) < 1.95)


def test_the_result_does_not_depend_on_the_number_of_processes() -> None:
    case = OWN["own_3_agents"]
    assert look(case, 1, 0.001, processes=1) == look(case, 1, 0.001, processes=2)
    assert look(case, 1, 0.001, processes=1).digest != look(case, 2, 0.001, processes=1).digest


def test_cases_have_chance_of_their_own() -> None:
    seeds = {json.loads(scenario_text(case, 1))["run"]["seed"] for case in OWN.values()}
    assert len(seeds) == len(OWN)


def test_relaxation_is_that_of_the_slower_part() -> None:
    # nobody waits: calls end; nobody gives up: the queue of one agent (Cohen, "The Single Server Queue", II.2.1)
    assert relaxation_s(5.0, 0.5, 3, 0.0, 0) == 2.0
    assert relaxation_s(0.25, 1.0, 1, 0.0, math.inf) == pytest.approx(1.0 + 1 / (1.0 - 0.5) ** 2)
    assert relaxation_s(9.0, 1.0, 3, 0.1, math.inf) == pytest.approx(1.0 + 1 / 0.1)
    assert relaxation_s(3.0, 1.0, 3, 0.0, 10) == pytest.approx(1.0 + 100 / (3 * math.pi**2))


def comparison(inside: bool) -> Comparison:
    return Comparison("p_wait", 0.5 if inside else 0.9, 0.5, 0.4, 0.6, 0.0 if inside else -9.0, False)


def test_a_figure_fails_when_it_is_outside_twice() -> None:
    case = OWN["own_n3_a2"]

    def seen(*inside: bool) -> Look:
        return Look(1, 40, 100.0, 1_000, tuple(comparison(one) for one in inside), 7)

    once = Result(case, seen(True, False, False), seen(False, True, False))
    assert (once.outside, once.failed) == ([1, 2], [2])
    summary = Summary.of([once, Result(case, seen(True), None)])
    assert (summary.cases, summary.cases_outside) == (2, 1)
    assert (summary.figures, summary.outside, summary.failed) == (4, 2, 1)
    assert summary.expected == pytest.approx(0.04)
    assert summary.chance == pytest.approx(1 - stats.binom.cdf(1, 4, 0.01))
    page = markdown([once], Settings(3, 1.0, False))
    assert "3 figures of 1 cases; 2 of them, in 1 cases, are outside" in page
    assert "| Erlang B: nobody can wait | 1 | 3 | 2 | 1 | 1 |" in page
    assert "second look OUTSIDE" in page
    assert "`acdcore sim validate --seed 3 --markdown docs/validation.md`" in page


# ---------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"b_first": 3}, "b_first: 3; allowed: 1 or 2"),
        ({"reserve": -1}, "reserve: -1; allowed: 0 to 6"),
        ({"nB": 0}, "agents: 3 A and 0 B"),
        ({"priority": 1}, "priority: not known; allowed: nA, nB"),
    ],
)
def test_designs_that_are_not_known_are_refused(change: dict[str, Any], message: str) -> None:
    params = {"nA": 3, "nB": 4, "lam1": 0.01, "lam2": 0.01, "muA1": 0.005, "muB1": 0.005, "muB2": 0.005}
    params |= {"th1": 0.01, "th2": 0.01, "b_first": 1, "reserve": 0} | change
    with pytest.raises(SetError, match=message):
        design_of(params)
    del params["th1"]
    with pytest.raises(SetError, match="allowed: nA, nB, lam1"):
        design_of({key: value for key, value in params.items() if key not in change})


def test_sets_that_cannot_be_simulated_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SetError, match="erlang_x: is no kind of set; allowed: erlang_b, erlang_c"):
        cases_of({"erlang_x": {}}, "here")
    with pytest.raises(SetError, match="erlang_c/full: n: 2; allowed: more than the offered load, 2"):
        cases_of({"erlang_c": {"full": {"calls_per_hour": 36, "mean_service_s": 200, "n": 2}}}, "here")
    with pytest.raises(SetError, match="erlang_a/short: n: missing"):
        cases_of({"erlang_a": {"short": {"calls_per_hour": 36, "mean_service_s": 200}}}, "here")
    with pytest.raises(SetError, match=r"has no sets; allowed: a folder with erlang\.json or skill_designs\.json"):
        from_folder(tmp_path)
    (tmp_path / "erlang.json").write_text("[]", encoding="utf-8")
    with pytest.raises(SetError, match="not JSON with an object of sets"):
        from_folder(tmp_path)
    with pytest.raises(SetError, match="nothing/like_it: matches no case; allowed: patterns of whitt/"):
        chosen_cases(None, ["nothing/like_it"])


def test_figures_that_nothing_is_compared_with_are_named() -> None:
    [case] = cases_of({"erlang_b": {"odd": {"n": 3, "a": 2, "p_block": 0.2, "mood": 1.0, "crosscheck": 0}}}, "here")
    assert case.left_out == ("mood",)
    found = Result(case, look(case, 1, 0.001, 1), None)
    assert "    not compared: mood" in case_lines(found)


# ---------------------------------------------------------------------- the command and its page


def test_the_command_prints_a_line_a_case_and_writes_the_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    arguments = ["sim", "validate", "--case", "*/own_n3_a2", "--length", "0.01", "--processes", "1"]
    done = CliRunner().invoke(app, [*arguments, "--markdown", str(page)])
    assert done.exit_code == 0, done.output
    assert "erlang_b/own_n3_a2 (own): 1 figures" in done.output
    assert "1 figures of 1 cases; 0 of them" in done.output
    first = page.read_text(encoding="utf-8")
    assert "## Erlang B" in first
    again = CliRunner().invoke(app, [*arguments, "--markdown", str(page)])
    assert again.exit_code == 0
    assert page.read_text(encoding="utf-8") == first


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["sim", "validate", "--exams", str(tmp_path)])
    assert done.exit_code == 1
    assert "has no sets; allowed" in done.output


def test_the_command_takes_sets_from_files(tmp_path: Path) -> None:
    exact = {"n": 4, "a": 3.0, "p_block": 0.5}  # it is 0.206
    document = {"sets": {"erlang_b": {"wrong": exact}}}
    (tmp_path / "erlang.json").write_text(json.dumps(document), encoding="utf-8")
    arguments = ["--exams", str(tmp_path), "--case", "*/wrong", "--length", "0.01", "--processes", "1"]
    done = CliRunner().invoke(app, ["sim", "validate", *arguments])
    assert done.exit_code == 4
    assert "p_block: exact 0.5, estimate 0.2" in done.output


def test_the_page_is_of_these_cases(root: Path) -> None:
    page = (root / "docs" / "validation.md").read_text(encoding="utf-8")
    names = [f"| `{case.name}` | {case.source} |" for case in [*own_cases(), *published_cases()]]
    assert [name for name in names if name not in page] == []
    assert all(f"## {words}" in page for words in KINDS.values())
    assert " 0 are outside at the second look, too." in page
    assert "second look OUTSIDE" not in page


def test_a_line_without_waiting_places_turns_nobody_away_who_finds_an_agent() -> None:
    assert one_line(0.01, exponential(60.0), 2, waiting_places=0)["customers"] == [{"balk": {"share": 1, "from": 0}}]
