"""Fitting a record of calls: known parameters are found again, and what is written is a scenario."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from typer.testing import CliRunner

from acdcore.cli.app import app
from acdcore.config import lint
from acdcore.sim.build import make_world
from acdcore.sim.engine import simulate
from acdcore.sim.fit import Hazard, fit_hazard, fit_hazard_between, kaplan_meier
from acdcore.sim.fit_arrivals import SLOTS, fit_arrivals, odd_days
from acdcore.sim.fit_check import simulate_week
from acdcore.sim.fit_laws import FAMILIES, HANDLING, HAZARD, PATIENCE, Sample, fit_law, ranked
from acdcore.sim.fit_staff import whole_counts
from acdcore.sim.fit_trace import FittedTrace, fit_trace
from acdcore.sim.fit_write import flow, quoted, scenario_yaml, write
from acdcore.sim.scenario_load import load_scenario, parse_scenario
from acdcore.sim.staff import absence_bounds
from acdcore.sim.trace import TraceCall, group_by_day, write_trace
from acdcore.sim.world import Outcome

pytestmark = pytest.mark.plain

MONDAY = dt.date(2026, 1, 5)
WORLD = """
scenario: known
center:
  center: known
  skills: [a, b]
  tiers: {standard: {}, gold: {head_start: 30s, rank: 1}}
  queues:
    a: {target: 20s, plan: [{requires: {a: 1}}], auto_accept: true, wrap_up: 2m, strategy: longest_idle}
    b: {target: 20s, plan: [{requires: {b: 1}}], auto_accept: true, wrap_up: 2m, strategy: longest_idle}
  agent_groups:
    both: {count: 7, skills: {a: 5, b: 5}}
    only: {count: 3, skills: {a: 5}}
demand_factor: {gamma: {mean: 1, sd: 0.2}}
demand:
  - {queue: a, tiers: {gold: 0.3, standard: 0.7}, rates: {start: "08:00", interval: 4h, per_hour: [90, 110]}}
  - {queue: b, rates: {start: "08:00", interval: 4h, per_hour: [50, 35]}}
customers: [{patience: {weibull: {mean: 200s, shape: 0.8}}}, {tier: gold, patience: {exponential: 400s}}]
handling:
  - {talk: {lognormal: {mean: 180s, cv: 0.9}}, wrap_up: {exponential: 20s}}
  - {queue: b, talk: {gamma: {mean: 120s, sd: 60s}}}
workforce:
  staffing: {both: {start: "08:00", interval: 4h, count: [7, 6]}, only: {start: "08:00", interval: 8h, count: [3]}}
run: {start: 2026-01-05, horizon: 28d, ending: doors_shut, seed: 11}
"""


@pytest.fixture(scope="module")
def known() -> list[TraceCall]:
    """Four weeks of a center of which everything is known."""
    world = make_world(parse_scenario(WORLD), 0, records=True)
    calls = []
    for number, row in enumerate(simulate(world).records):
        day, second = divmod(float(row["arrival_s"]), 86_400.0)
        answered = int(row["outcome"]) == Outcome.ANSWERED
        calls.append(
            TraceCall(
                str(number),
                MONDAY + dt.timedelta(days=int(day)),
                second,
                world.queues[row["queue"]],
                world.tiers[row["tier"]],
                float(row["wait_s"]),
                answered,
                float(row["talk_s"]) if answered else 0.0,
                world.agents[row["agent"]] if answered else "",
            )
        )
    assert len(calls) > 25_000
    return sorted(calls, key=lambda call: (call.day, call.arrived_s))


@pytest.fixture(scope="module")
def fitted(known: list[TraceCall]) -> FittedTrace:
    return fit_trace(known, ["known.csv"], head_starts_s={"gold": 30.0})


# ------------------------------------------------------------------ laws


def drawn(family: str, count: int, random: np.random.Generator) -> np.ndarray:
    times = {
        "exponential": random.exponential(150.0, count),
        "gamma": random.gamma(2.5, 60.0, count),
        "weibull": 200.0 * random.weibull(0.7, count),
        "lognormal": random.lognormal(5.0, 0.9, count),
        "short and lognormal": np.where(
            random.random(count) < 0.06, random.exponential(4.0, count), random.lognormal(5.0, 0.8, count)
        ),
    }
    return times[family]


TRUTH = {
    "exponential": {"mean_s": 150.0},
    "gamma": {"mean_s": 150.0, "shape": 2.5},
    "weibull": {"shape": 0.7, "scale_s": 200.0},
    "lognormal": {"log_mean": 5.0, "log_sd": 0.9},
    "short and lognormal": {"short_share": 0.06, "short_mean_s": 4.0, "log_mean": 5.0, "log_sd": 0.8},
}


@pytest.mark.parametrize("censored", [False, True])
@pytest.mark.parametrize("family", list(FAMILIES))
def test_a_law_is_found_again_and_chosen(family: str, censored: bool) -> None:
    random = np.random.default_rng(20260105)
    count = 40_000
    lasting = drawn(family, count, random)
    limit = random.exponential(250.0, count) if censored else np.full(count, np.inf)
    sample = Sample.of(np.minimum(lasting, limit), lasting <= limit)
    law = fit_law(sample, family)
    for name, wanted in TRUTH[family].items():
        # ten standard errors of the worst of them, the mean of short ones
        assert law.parameters[name] == pytest.approx(wanted, rel=0.12 if name.startswith("short") else 0.03), name
    assert law.distance < 0.02
    best = ranked(sample, HANDLING)[0]
    # a law that contains the true one may come out a hair better
    assert best.aic <= law.aic <= best.aic + 4.0


def test_leaving_out_who_was_answered_would_make_people_look_impatient() -> None:
    random = np.random.default_rng(3)
    patience, limit = random.exponential(300.0, 20_000), random.exponential(100.0, 20_000)
    ended = patience <= limit
    honest = fit_law(Sample.of(np.minimum(patience, limit), ended), "exponential")
    naive = fit_law(Sample.of(patience[ended]), "exponential")
    assert honest.mean_s == pytest.approx(300.0, rel=4.0 / np.sqrt(ended.sum()))
    assert naive.mean_s < 100.0


def test_a_hazard_is_chosen_where_no_smooth_law_fits() -> None:
    truth = Hazard((0.0, 10.0, 20.0, 60.0), (0.001, 0.02, 0.002, 0.006))
    random = np.random.default_rng(5)
    patience = truth.draw(random, np.zeros(30_000), np.ones(30_000))
    limit = random.exponential(120.0, 30_000)
    sample = Sample.of(np.minimum(patience, limit), patience <= limit)
    best = ranked(sample, PATIENCE)[0]
    assert best.family == HAZARD
    grid = np.asarray([5.0, 10.0, 20.0, 60.0, 200.0])
    assert best.survival(grid) == pytest.approx(np.exp(-truth.cumulated(grid)), abs=0.015)


def test_kaplan_meier_is_what_scipy_says() -> None:
    random = np.random.default_rng(8)
    times = np.ceil(random.exponential(50.0, 500))  # many equal ones
    ended = random.random(500) < 0.6
    ours = kaplan_meier(times, ended)
    theirs = stats.ecdf(stats.CensoredData.right_censored(times, ~ended)).sf
    assert ours.time_s == pytest.approx(theirs.quantiles)
    assert ours.share == pytest.approx(theirs.probabilities)


def test_ends_between_two_times_are_fitted() -> None:
    truth = Hazard((0.0, 10.0, 60.0), (0.05, 0.01, 0.002))
    random = np.random.default_rng(13)
    lasting = truth.draw(random, np.zeros(30_000), np.ones(30_000))
    # looked at every so often: the end is known to lie between two looks; for some it was seen
    every = random.uniform(5.0, 200.0, 30_000)
    low = np.floor(lasting / every) * every
    seen = random.random(30_000) < 0.3
    found = fit_hazard_between(np.where(seen, lasting, low), np.where(seen, lasting, low + every), truth.from_s)
    assert found.per_s == pytest.approx(truth.per_s, rel=0.06)
    everything_seen = fit_hazard_between(lasting, lasting, truth.from_s)
    assert everything_seen.per_s == pytest.approx(fit_hazard(lasting, lasting >= 0.0, truth.from_s).per_s)
    with pytest.raises(ValueError, match="nothing ended beyond 60"):
        fit_hazard_between(np.asarray([1.0]), np.asarray([20.0]), truth.from_s)


@pytest.mark.parametrize(
    ("times", "family", "message"),
    [
        ([], "gamma", "no times"),
        ([-1.0], "gamma", "must be finite and not negative"),
        ([np.inf], "gamma", "must be finite and not negative"),
        ([5.0], "gama", "family: 'gama'; allowed are exponential, gamma"),
    ],
)
def test_what_cannot_be_fitted_is_refused(times: list[float], family: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit_law(Sample.of(np.asarray(times)), family)
    with pytest.raises(ValueError, match="none of 1 times was seen to end"):
        fit_law(Sample.of(np.asarray([3.0]), np.asarray([False])), "gamma")


# ------------------------------------------------------------------ arrivals


def days_of(weeks: int) -> list[dt.date]:
    return [MONDAY + dt.timedelta(days=number) for number in range(7 * weeks)]


def test_day_factors_are_told_apart_into_common_and_own() -> None:
    random = np.random.default_rng(17)
    days = days_of(150)
    common = random.gamma(1 / 0.2**2, 0.2**2, len(days))
    own = random.gamma(1 / 0.3**2, 0.3**2, len(days))
    shape = np.zeros(SLOTS)
    shape[16:32] = np.linspace(1.0, 2.0, 16)
    shape /= shape.sum()
    rates = np.stack([common * 400.0, common * own * 100.0], axis=1)
    arrivals = fit_arrivals(days, random.poisson(rates[:, :, np.newaxis] * shape).astype(float), ["a", "b"])
    assert arrivals.common_sd == pytest.approx(0.2, rel=0.15)
    assert arrivals.queues["b"].day_sd == pytest.approx(0.3, rel=0.15)
    assert arrivals.queues["a"].day_sd < 0.1
    total = np.sqrt(1.04 * 1.09 - 1.0)
    assert arrivals.correlation[0, 1] == pytest.approx(0.2 / total, abs=0.1)
    assert arrivals.queues["a"].scatter == pytest.approx(1.0, abs=0.05)


def test_days_of_the_week_share_a_profile_only_if_they_are_alike() -> None:
    random = np.random.default_rng(19)
    days = days_of(10)
    early, late = np.zeros(SLOTS), np.zeros(SLOTS)
    early[16:24], late[24:40] = 40.0, 20.0
    counts = [random.poisson((late if day.weekday() >= 5 else early) * (1.0 + 0.1 * day.weekday())) for day in days]
    arrivals = fit_arrivals(days, np.asarray(counts, float)[:, np.newaxis], ["a"])
    groups = [set(profile.levels) for profile in arrivals.queues["a"].profiles]
    assert len(groups) <= 4  # AIC may take chance for a difference now and then
    assert not any(group & {5, 6} and group - {5, 6} for group in groups)
    assert arrivals.queues["a"].day_sd < 0.05
    assert arrivals.expected(6).sum() == pytest.approx(320.0 * 1.6, rel=0.05)


def test_days_unlike_others_are_named() -> None:
    def some(day: dt.date, count: int) -> list[TraceCall]:
        return [TraceCall(str(n), day, 40_000.0, "a", "", 0.0, True, 10.0, "ann") for n in range(count)]  # fmt: skip

    mondays = [MONDAY + dt.timedelta(days=7 * number) for number in range(4)]
    by_day = {day: some(day, count) for day, count in zip(mondays, (100, 110, 40, 95), strict=True)}
    assert odd_days(by_day) == {mondays[2]: "40 arrivals, where 98 is the median of 4 Mondays"}
    assert odd_days({day: by_day[day] for day in mondays[1:3]}) == {}  # of two nobody knows which is odd


# ------------------------------------------------------------------ staff


def test_rounding_keeps_the_hours() -> None:
    duty = np.asarray([[0.4] * 10 + [0.0] * 2, [1.3] * 12])
    counts = whole_counts(duty, np.zeros(12))
    assert counts.sum() == pytest.approx(duty.sum(), abs=0.5)
    assert counts.sum(axis=1) == pytest.approx(duty.sum(axis=1), abs=2.0)
    assert np.all(np.abs(counts.sum(axis=0) - duty.sum(axis=0)) <= 1.0)
    assert not counts[0, 10:].any()  # nobody of a group that is not there
    assert whole_counts(np.asarray([[0.1] * 4]), np.full(4, 5.0)).tolist() == [[1, 1, 1, 1]]


def test_an_absence_lasts_as_long_as_somebody_waits_in_vain() -> None:
    def call(number: int, arrived: float, wait: float, talk: float | None) -> TraceCall:
        answered = talk is not None
        return TraceCall(str(number), MONDAY, arrived, "a", "", wait, answered, talk or 0.0, "ann" if answered else "")

    calls = [
        call(1, 100, 0, 50),  # until 150
        call(2, 140, 40, 20),  # answered at 180 after a wait: away for exactly 30 s; until 200
        call(3, 190, 110, None),  # in vain until 300: away for 100 s at least, 700 s at most
        call(4, 900, 0, 100),
        call(5, 9_000, 0, 10),  # 8,000 s later: time off duty
    ]
    assert absence_bounds(calls, {"ann": ["a"]}) == [(30, 30), (100, 700)]
    assert absence_bounds(calls, {"ann": ["b"]}) == [(0, 30), (0, 700)]  # nobody waited for these skills


# ------------------------------------------------------------------ round trip


def test_a_simulated_center_is_found_again(fitted: FittedTrace) -> None:
    a, b = (fitted.arrivals.queues[queue] for queue in ("a", "b"))
    per_day = {queue: np.mean([one.expected(day).sum() for day in range(7)]) for queue, one in (("a", a), ("b", b))}
    # 28 days with a factor of 20 %: four standard errors are 15 %
    assert per_day["a"] == pytest.approx(800.0, rel=0.15)
    assert per_day["b"] == pytest.approx(340.0, rel=0.15)
    assert per_day["a"] / per_day["b"] == pytest.approx(800 / 340, rel=0.05)  # the factor is common
    assert fitted.arrivals.common_sd == pytest.approx(0.2, abs=0.08)
    assert fitted.tier_shares["a"]["gold"] == pytest.approx(0.3, abs=0.02)
    assert set(fitted.tier_shares["b"]) == {"standard"}
    talk_a, talk_b = fitted.handling["a"].chosen, fitted.handling["b"].chosen
    assert talk_a.mean_s == pytest.approx(180.0, rel=0.03)
    assert talk_a.family in ("lognormal", "short and lognormal")
    assert talk_b.family == "gamma"
    assert talk_b.parameters["shape"] == pytest.approx(4.0, rel=0.08)
    grid = np.asarray([10.0, 30.0, 100.0, 250.0])
    standard, gold = (fitted.patience["", tier].chosen for tier in ("standard", "gold"))
    truth = np.exp(-((grid / (200.0 / 1.1330)) ** 0.8))
    assert standard.survival(grid) == pytest.approx(truth, abs=0.03)
    assert gold.survival(grid[:3]) == pytest.approx(np.exp(-grid[:3] / 400.0), abs=0.03)  # later few are left
    assert {group.queues for group in fitted.staff.groups} == {("a", "b"), ("a",)}
    assert fitted.staff.away is not None
    assert fitted.staff.away.mean_s() == pytest.approx(20.0, rel=0.25)
    duty = np.mean([duty.sum(axis=0) for duty in fitted.staff.duty.values()], axis=0)
    assert duty[18:23] == pytest.approx(np.full(5, 10.0), rel=0.06)
    assert duty[26:30] == pytest.approx(np.full(4, 9.0), rel=0.06)


def test_what_is_written_is_a_scenario_that_behaves_alike(
    fitted: FittedTrace, known: list[TraceCall], tmp_path: Path
) -> None:
    paths = write(fitted, tmp_path / "again.yaml")
    assert [path.name for path in paths] == ["again.yaml", "again-center.yaml"]
    assert max(map(len, paths[0].read_text("utf-8").splitlines())) <= 190
    scenario = load_scenario(paths[0])
    assert lint(scenario.center) == []
    assert scenario.center.tiers["gold"].head_start_ns == 30_000_000_000
    whole = simulate_week(fitted, known, paths[0], 40, processes=1)[""]
    assert whole["offered"].simulated == pytest.approx(whole["offered"].recorded, rel=0.1)
    assert whole["service_level"].simulated == pytest.approx(whole["service_level"].recorded, abs=0.1)
    assert whole["abandon_share"].simulated == pytest.approx(whole["abandon_share"].recorded, abs=0.06)
    assert whole["talk_s"].simulated == pytest.approx(whole["talk_s"].recorded, rel=0.05)
    assert whole["offered"].low < whole["offered"].simulated < whole["offered"].high


def test_the_same_record_gives_the_same_bytes(fitted: FittedTrace, known: list[TraceCall]) -> None:
    again = fit_trace(known, ["known.csv"], head_starts_s={"gold": 30.0})
    assert scenario_yaml(again, "x", "x-center.yaml") == scenario_yaml(fitted, "x", "x-center.yaml")


def test_names_that_yaml_would_misread_are_quoted() -> None:
    assert [quoted(name) for name in ("regular", "on", "a: b", "1", 'say "hi"')] == [
        "regular", '"on"', '"a: b"', '"1"', '"say \\"hi\\""',
    ]  # fmt: skip
    assert flow({"no": [1.5, "20s", True, {"x": 3}]}) == '{"no": [1.5, 20s, true, {x: 3}]}'


def test_a_record_without_tiers_agents_or_anybody_who_hung_up(known: list[TraceCall], tmp_path: Path) -> None:
    bare = [
        TraceCall(call.call_id, call.day, call.arrived_s, "no: 1", "", 0.0, True, call.handle_s or 60.0, "")
        for call in known
        if call.day < MONDAY + dt.timedelta(days=7)
    ]
    fitted = fit_trace(bare)
    assert not fitted.tiers and not fitted.patience and not fitted.staff.inferred
    write(fitted, tmp_path / "bare.yaml")
    scenario = load_scenario(tmp_path / "bare.yaml")
    assert list(scenario.center.queues) == ["no: 1"]
    assert simulate(make_world(scenario, 0)).arrivals > 1_000


def test_talks_may_be_drawn_from_the_record(known: list[TraceCall], tmp_path: Path) -> None:
    week = [call for call in known if call.day < MONDAY + dt.timedelta(days=7)]
    fitted = fit_trace(week, handling="empirical", patience="exponential")
    assert {times.chosen.family for times in fitted.patience.values()} == {"exponential"}
    paths = write(fitted, tmp_path / "again.yaml")
    assert [path.name for path in paths[2:]] == ["again-talk-a.csv", "again-talk-b.csv"]
    scenario = load_scenario(paths[0])
    talks = [call.handle_s for call in week if call.queue == "b" and call.answered]
    assert scenario.handling[1].talk is not None
    assert scenario.handling[1].talk.mean() == pytest.approx(np.mean(talks), rel=1e-4)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"handling": "best"}, "handling: 'best'; allowed are aic, empirical"),
        ({"patience": "gamma"}, "patience: 'gamma'; allowed are aic, exponential"),
        ({"head_starts_s": {"silver": 9.0}}, "head start: 'silver' is no tier of the trace; allowed are"),
    ],
)
def test_what_is_not_allowed_is_refused(known: list[TraceCall], said: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        fit_trace(known[:2_000], **said)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no call was answered"):
        fit_trace([call for call in known[:2_000] if not call.answered])


# ------------------------------------------------------------------ the command


@pytest.fixture
def trace(known: list[TraceCall], tmp_path: Path) -> Path:
    path = tmp_path / "trace.csv.gz"
    days = group_by_day(known)
    write_trace(path, [call for day in list(days)[:14] for call in days[day]])
    return path


def test_the_command_writes_a_scenario_and_shows_the_fit(trace: Path, tmp_path: Path) -> None:
    target, picture = tmp_path / "out.yaml", tmp_path / "fit.html"
    options = ["--out", str(target), "--plot", str(picture), "--head-start", "gold=30s", "--replications", "3"]
    done = CliRunner(env={"COLUMNS": "80"}).invoke(app, ["sim", "fit", str(trace), *options])
    assert done.exit_code == 0, done.output
    tables = done.output[: done.output.index("written:")]
    assert max(map(len, tables.splitlines())) <= 80
    for words in ("2026-01-05 to 2026-01-18, 14 days", "Patience", "away after a call", "A week: simulated"):
        assert words in tables
    assert load_scenario(target).center.tiers["gold"].head_start_ns == 30_000_000_000
    page = picture.read_text("utf-8")
    assert "<svg" in page and "Kaplan" in page
    assert "src=" not in page  # nothing to be loaded


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--plot", "fit.bmp"], 2, "allowed: names that end in .svg, .png, .pdf, .html"),
        (["--out", "fit.json"], 2, "allowed: names that end in .yaml or .yml"),
        (["--handling", "best"], 2, "allowed: aic, empirical"),
        (["--target", "0s"], 2, "allowed: a number and a unit"),
        (["--head-start", "gold"], 2, "allowed: TIER=DURATION"),
        (["--head-start", "silver=5s"], 1, "silver"),
    ],
)
def test_the_command_refuses_what_is_wrong(trace: Path, options: list[str], code: int, message: str) -> None:
    done = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["sim", "fit", str(trace), *options])
    assert done.exit_code == code, done.output
    assert message in " ".join(re.sub("[│╭╮╰╯─]", " ", done.output).split())  # however wide the terminal is


def test_a_file_that_is_no_trace_is_refused(tmp_path: Path, trace: Path) -> None:
    path = tmp_path / "broken.csv"
    path.write_text("day,calls\n2026-01-05,3\n", encoding="utf-8")
    runner = CliRunner(env={"COLUMNS": "200"})
    done = runner.invoke(app, ["sim", "fit", str(path), "--out", str(tmp_path / "x.yaml")])
    assert done.exit_code == 1
    assert "a column of a trace" in done.output
    again = tmp_path / "again.csv.gz"
    again.write_bytes(trace.read_bytes())
    done = runner.invoke(app, ["sim", "fit", str(trace), str(again), "--out", str(tmp_path / "x.yaml")])
    assert done.exit_code == 1
    assert "each day in one file" in done.output


def test_the_command_lives_days_again(trace: Path, tmp_path: Path) -> None:
    runner, target = CliRunner(env={"COLUMNS": "80"}), tmp_path / "days.csv"
    done = runner.invoke(app, ["sim", "replay", str(trace), "--seeds", "2", "--out", str(target)])
    assert done.exit_code == 0, done.output
    assert max(map(len, done.output[: done.output.index("written:")].splitlines())) <= 80
    assert "2026-01-18" in done.output and "mean error of a day: in target" in done.output
    lines = target.read_text("utf-8").splitlines()
    assert lines[0].startswith("day,calls,service_level_recorded,service_level_replayed,asa_s_recorded")
    figures = np.asarray([[float(cell) for cell in row.split(",")[2:]] for row in lines[1:]])
    assert figures.shape == (14, 6)
    assert np.abs(figures[:, 0] - figures[:, 1]).mean() < 0.05  # this record's rules are known
    assert np.abs(figures[:, 4] - figures[:, 5]).mean() < 0.03
    one = runner.invoke(app, ["sim", "replay", str(trace), "--day", "2026-01-06"])
    assert one.exit_code == 0 and "2026-01-07" not in one.output
    wrong = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["sim", "replay", str(trace), "--day", "2025-01-06"])
    assert wrong.exit_code == 1 and "no call on 2025-01-06" in wrong.output
