"""Recorded days lived again on the engine, and the bank's May held against its record."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from acdcore.sim import bank_prediction
from acdcore.sim.bank_causes import others_waiting
from acdcore.sim.bank_days import TIERS, Column, figure, load_bank, recorded_counts, recorded_may, simulated
from acdcore.sim.bank_prediction import BEGIN, END, Prediction, band, errors, head_start, put_between, shown
from acdcore.sim.engine import simulate
from acdcore.sim.fit_laws import Sample, fit_law
from acdcore.sim.fit_trace import fit_trace
from acdcore.sim.replay_days import replay
from acdcore.sim.staff import infer_agents
from acdcore.sim.trace import TraceCall
from acdcore.sim.trace_world import TraceWorlds, base_world, draw_beyond, replay_world, rostered
from acdcore.sim.world import Count, Duty

pytestmark = pytest.mark.plain

DAY = dt.date(2026, 1, 5)


def some_calls(days: int = 3) -> list[TraceCall]:
    """Two agents who answer in turn, 50 calls an hour, every tenth hangs up after half a minute."""
    random = np.random.default_rng(23)
    calls = []
    for day in range(days):
        free = {"ann": 32_400.0, "bob": 32_400.0}
        at = 32_400.0
        for number in range(300):
            at += float(random.exponential(72.0))
            agent = min(free, key=lambda name: free[name])
            wait = max(0.0, free[agent] - at)
            talk = float(random.lognormal(4.4, 0.6))
            answered = not (wait > 30.0 and number % 10 == 0)
            if answered:
                free[agent] = at + wait + talk + 5.0
            calls.append(
                TraceCall(
                    str(number), DAY + dt.timedelta(days=day), at, "q", ("gold", "plain")[number % 2],
                    wait if answered else 30.0, answered, talk if answered else 0.0, agent if answered else "",
                )
            )  # fmt: skip
    return calls


# ------------------------------------------------------------------ replay


def test_patience_is_drawn_given_what_was_waited() -> None:
    random = np.random.default_rng(1)
    law = fit_law(Sample.of(random.exponential(100.0, 5_000)), "exponential")
    beyond = np.repeat([0.0, 50.0, 400.0], 4_000)
    drawn = draw_beyond(law, beyond, random.random(beyond.size))
    assert np.all(drawn >= beyond)
    for waited in (0.0, 50.0, 400.0):  # an exponential law forgets
        assert float(np.mean(drawn[beyond == waited] - waited)) == pytest.approx(law.mean_s, rel=0.08)


def test_a_day_lived_again_has_its_own_customers_and_agents() -> None:
    calls = some_calls()
    fitted = fit_trace(calls)
    worlds = TraceWorlds.of(fitted, calls)
    today = [call for call in calls if call.day == DAY]
    world = replay_world(worlds, base_world(worlds, DAY, 1), DAY, today, 7)
    [trace] = world.traces
    assert trace.at_s.tolist() == [call.arrived_s for call in today]
    hung_up = np.asarray([not call.answered for call in today])
    assert np.all(trace.patience_s[hung_up] == 30.0)
    assert np.all(trace.patience_s[~hung_up] >= np.asarray([call.wait_s for call in today])[~hung_up])
    assert np.array_equal(np.isnan(trace.handle_s), hung_up)
    assert [world.tiers[tier] for tier in trace.tier[:2]] == ["gold", "plain"]
    assert world.agents == ("ann", "bob")
    signs = world.roster.at_s[world.roster.duty == Duty.SIGN_IN]
    assert signs.tolist() == sorted(agent.from_s for agent in infer_agents(today, worlds.skills))
    counts = simulate(world).customers.sum(axis=(0, 1, 2, 3))
    assert counts[Count.OFFERED] == len(today)
    assert counts[Count.TALK_S] == pytest.approx(sum(call.handle_s for call in today), rel=0.1)
    again = replay_world(worlds, base_world(worlds, DAY, 1), DAY, today, 7)
    assert simulate(again).digest == simulate(world).digest


def test_a_replay_comes_close_to_a_record_whose_rule_it_knows() -> None:
    calls = some_calls()
    days = replay(fit_trace(calls), calls, seeds=(1, 2))
    assert [day.calls for day in days] == [300] * 3
    for day in days:
        assert abs(day.error("service_level")) < 0.12
        assert abs(day.error("abandon_share")) < 0.05
        assert day.replayed["asa_s"].shape == (2,)
    with pytest.raises(ValueError, match="no call on 2025-01-01; the record has 2026-01-05 to 2026-01-07, 3 days"):
        replay(fit_trace(calls), calls, days=[dt.date(2025, 1, 1)])
    nameless = [replace(call, agent="") for call in calls]
    with pytest.raises(ValueError, match="no call names the agent"):
        replay(fit_trace(nameless), nameless)


def test_a_roster_keeps_long_absences_only() -> None:
    calls = some_calls(1)
    late = [call for call in calls if not 40_000.0 < call.arrived_s < 44_000.0]
    fitted = fit_trace(calls)
    worlds = TraceWorlds.of(fitted, calls)
    world = rostered(base_world(worlds, DAY, 1), infer_agents(late, worlds.skills))
    breaks = world.roster.length_s[world.roster.duty == Duty.BREAK]
    assert breaks.size == 2 and np.all(breaks > 3_000.0)
    assert np.all(np.diff(world.roster.at_s) >= 0.0)


# ------------------------------------------------------------------ figures of a prediction


def made_up(recorded_wait: float, simulated_wait: float, replications: int = 30) -> Prediction:
    """Five days with ten customers a half-hour; simulated waits scatter by a tenth."""
    random = np.random.default_rng(5)
    row = np.zeros((5, 48, 2, len(Column)))
    row[..., Column.OFFERED] = row[..., Column.ANSWERED] = 10.0
    row[..., Column.WAITED] = row[..., Column.WAITED_ANSWERED] = 10.0
    row[..., Column.IN_TARGET] = row[..., Column.WAITED_IN_TARGET] = 5.0
    recorded, many = row.copy(), np.repeat(row[np.newaxis], replications, axis=0)
    recorded[..., Column.WAIT_S] = 10.0 * recorded_wait
    many[..., Column.WAIT_S] = 10.0 * simulated_wait * random.normal(1.0, 0.1, (replications, 5, 48, 2))
    without = many.copy()
    without[..., 0, Column.WAIT_S] += 200.0
    without[..., 1, Column.WAIT_S] -= 100.0
    days = tuple(DAY + dt.timedelta(days=day) for day in range(5))
    return Prediction(days, recorded, row, {"a": many, "b": many, "b_without": without})


def test_errors_are_what_they_are_called() -> None:
    exact, off = made_up(50.0, 50.0), made_up(50.0, 70.0)
    good, bad = errors(exact, "a", "asa_s"), errors(off, "a", "asa_s")
    assert good.recorded == bad.recorded == 50.0
    assert good.mean_absolute < 1.0 and abs(good.bias) < 0.5
    assert bad.bias == pytest.approx(20.0, abs=0.5) and bad.mean_absolute == pytest.approx(bad.bias)
    assert bad.worst >= bad.mean_absolute
    assert good.covered_cells == 1.0  # the record does not scatter here
    assert bad.covered_half_hours == bad.covered_days == bad.covered_cells == 0.0
    assert np.isnan(errors(exact, "before", "asa_s").covered_days)
    usual = off.on([True, False, True, True, False])
    assert [day.day for day in usual.days] == [5, 7, 8]
    assert usual.of("a").shape == (30, 3, 34, len(Column))


def test_a_band_holds_nine_in_ten() -> None:
    low, high = band(np.arange(101.0)[:, np.newaxis])
    assert [low[0], high[0]] == pytest.approx([5.0, 95.0])
    assert figure("asa_s", np.zeros((1, len(Column)))).tolist() == pytest.approx([np.nan], nan_ok=True)


def test_the_head_start_is_compared_over_the_same_customers() -> None:
    one = made_up(50.0, 60.0)
    vip, others = head_start(one, "b", 0, "asa_s"), head_start(one, "b", 1, "asa_s")
    assert vip.difference == pytest.approx(-20.0)
    assert others.difference == pytest.approx(10.0)
    assert max(vip.half_width, others.half_width) < 1e-9  # the chance is the same, and only it differs by day
    assert vip.with_it + 20.0 == pytest.approx(vip.without)
    assert shown("asa_s", vip.difference, signed=True) == "-20.0 s"
    assert shown("abandon_share", 0.1234) == "12.3 %"


def test_a_page_keeps_what_is_not_between_its_markers() -> None:
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    assert put_between(page, "new") == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"
    with pytest.raises(ValueError, match="the page has no"):
        put_between("nothing", "new")


def test_calls_are_counted_by_half_hour_and_tier() -> None:
    def call(arrived: float, wait: float, answered: bool, tier: str) -> TraceCall:
        return TraceCall("1", DAY, arrived, "q", tier, wait, answered, 60.0 if answered else 0.0, "")

    counts = recorded_counts(
        [call(3_599.0, 0.0, True, ""), call(3_600.0, 20.0, True, "vip"), call(5_000.0, 25.0, False, "vip")]
    )
    assert counts[1, TIERS.index("standard")].tolist() == [1, 0, 1, 0, 1, 0, 0, 0, 0]
    assert counts[2, TIERS.index("vip")].tolist() == [2, 2, 1, 1, 1, 1, 20, 1, 1]
    assert counts[..., Column.OFFERED].sum() == 3


# ------------------------------------------------------------------ the bank


@pytest.fixture(scope="module")
def folder(shared_dir: Path) -> str:
    path = shared_dir / "data" / "anonymous-bank"
    if not all((path / f"1999-{month}.csv.gz").is_file() for month in ("01", "03", "05")):
        pytest.skip(f"needs the bank's record in {path}")
    return str(path)


@pytest.mark.slow
def test_may_is_predicted_as_the_page_says(folder: str, root: Path) -> None:
    bank = load_bank(folder)
    assert max(bank.fitted.days) < min(bank.days)  # nothing of May is in the fit
    assert len(bank.days) == 22 and {day.weekday() for day in bank.days} == {6, 0, 1, 2, 3}
    # nine: every day of January and March lends its roster once at least
    counts = simulated(folder, {"a": 9, "b": 3, "replay": 1, "replay_without": 1}, 1)
    recorded = recorded_may(folder)
    prediction = Prediction(bank.days, recorded, recorded, counts)
    level = {name: errors(prediction, name, "service_level") for name in ("a", "b", "replay")}
    assert level["a"].recorded == pytest.approx(0.374, abs=0.001)
    assert level["replay"].mean_absolute < 0.04 and abs(level["replay"].bias) < 0.03
    assert level["a"].mean_absolute < 0.13 and abs(level["a"].bias) < 0.10
    assert errors(prediction, "a", "abandon_share").mean_absolute < 0.10
    vip, others = (head_start(prediction, "replay", tier, "asa_s") for tier in (0, 1))
    assert vip.difference < -10.0 < 10.0 < others.difference
    page = (root / "docs" / "bank.md").read_text("utf-8")
    assert f"| the record of May | {shown('service_level', level['a'].recorded)} |" in page
    assert set(bank_prediction.ODD) < set(bank.days)
    for name in ("half-hours", "days", "head-start"):
        assert f"bank-{name}.svg" in page and (root / "docs" / f"bank-{name}.svg").is_file()


def test_the_command_says_what_it_cannot_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bank_prediction.main(["--data", str(tmp_path)]) == 1
    assert "1999-01.csv.gz" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        bank_prediction.main(["--data", str(tmp_path), "--replications", "1"])
    assert "--replications: 1; allowed: 2 or more" in capsys.readouterr().err


def test_who_waits_is_counted_when_a_call_comes() -> None:
    def call(arrived: float, wait: float) -> TraceCall:
        return TraceCall("1", DAY, arrived, "q", "vip", wait, True, 60.0, "")

    calls = [call(100.0, 50.0), call(110.0, 0.0), call(120.0, 10.0), call(130.0, 5.0), call(150.0, 5.0)]
    assert others_waiting(calls) == [0, 1, 1, 2, 1]
