"""Scenarios compared replication by replication."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from acdcore.sim.compare import MINUS, compare, compare_many, holm, sentences
from acdcore.sim.figures import Figures
from acdcore.sim.figures_cells import FiguresError
from acdcore.sim.runs import run
from acdcore.sim.world import Outcome, World
from tally_builder import Customer, better_engine, fake_engine, make_world, tally_of

pytestmark = pytest.mark.plain

N = 8


def other_seed(replication: int) -> World:
    return make_world(replication, seed=43)


@pytest.fixture(scope="module")
def before() -> Figures:
    return Figures.of(make_world(), run(make_world, N, 1, engine=fake_engine))


@pytest.fixture(scope="module")
def after() -> Figures:
    return Figures.of(make_world(), run(make_world, N, 1, engine=better_engine()))


@pytest.fixture(scope="module")
def strangers() -> Figures:
    return Figures.of(other_seed(0), run(other_seed, 5, 1, engine=fake_engine))


def alone(figures: Figures, name: str, tier: str) -> list[float]:
    """Return a figure of each replication for itself."""
    frames = [Figures.of(figures.world, [tally]).frame(["tier"]) for tally in figures.tallies]
    return [float(frame[name][tier]) for frame in frames]


def test_a_count_is_compared_as_students_paired_test_does(before: Figures, after: Figures) -> None:
    row: Any = compare(before, after, ["longest_wait_s"], ["tier"]).loc["vip"]
    old, new = alone(before, "longest_wait_s", "vip"), alone(after, "longest_wait_s", "vip")
    wanted = stats.ttest_rel(new, old)
    interval = wanted.confidence_interval(0.95)
    assert row["longest_wait_s_a"] == pytest.approx(np.mean(old))
    assert row["longest_wait_s_b"] == pytest.approx(np.mean(new))
    assert row["longest_wait_s_diff"] == pytest.approx(np.mean(new) - np.mean(old))
    assert (row["longest_wait_s_low"], row["longest_wait_s_high"]) == pytest.approx((interval.low, interval.high))
    assert row["longest_wait_s_p"] == pytest.approx(wanted.pvalue)


def test_what_the_same_customers_have_in_common_cancels_out(before: Figures, after: Figures) -> None:
    frame: Any = compare(before, after, ["service_level", "asa_s", "offered"], ["tier"])
    same, better = frame.loc["standard"], frame.loc["vip"]
    for name in ("service_level", "asa_s", "offered"):
        assert same[[f"{name}_diff", f"{name}_low", f"{name}_high"]].tolist() == [0.0, 0.0, 0.0]
        assert same[f"{name}_p"] == 1.0
    assert better["asa_s_b"] == pytest.approx(better["asa_s_a"] / 2)
    assert better["asa_s_high"] < 0.0
    apart = compare(before, after, ["asa_s"], ["tier"], paired=False).loc["vip"]
    assert apart["asa_s_diff"] == pytest.approx(better["asa_s_diff"])
    assert apart["asa_s_high"] - apart["asa_s_low"] > 1.2 * (better["asa_s_high"] - better["asa_s_low"])


def test_a_difference_turned_round_is_its_opposite(before: Figures, after: Figures) -> None:
    there, back = compare(before, after, by=["queue"]), compare(after, before, by=["queue"])
    for name in ("answered", "service_level", "asa_s", "within_10_s", "queue_length"):
        np.testing.assert_allclose(there[f"{name}_diff"], -back[f"{name}_diff"])
        np.testing.assert_allclose(there[f"{name}_low"], -back[f"{name}_high"])
        np.testing.assert_allclose(there[f"{name}_p"], back[f"{name}_p"])


def test_unpaired_is_welchs_test(before: Figures, strangers: Figures) -> None:
    row: Any = compare(before, strangers, ["longest_wait_s"], ["tier"], paired=False).loc["vip"]
    wanted = stats.ttest_ind(
        alone(strangers, "longest_wait_s", "vip"), alone(before, "longest_wait_s", "vip"), equal_var=False
    )
    interval = wanted.confidence_interval(0.95)
    assert (row["longest_wait_s_low"], row["longest_wait_s_high"]) == pytest.approx((interval.low, interval.high))
    assert row["longest_wait_s_p"] == pytest.approx(wanted.pvalue)


def test_every_frame_can_be_compared(before: Figures, after: Figures) -> None:
    assert compare(before, after, of="waits", by=["tier"])["answered_p50_s_high"]["vip"] < 0.0
    assert compare(before, after, of="agents", by=["type"])["staffed_diff"].tolist() == [0.0, 0.0]
    assert compare(before, after, of="each_agent")["handled_diff"].tolist() == [0.0, 0.0, 0.0]
    assert compare(before, after, of="fairness", by=["type"])["agents_diff"].tolist() == [0.0, 0.0]
    assert compare(before, after, ["offered"]).shape == (1, 6)


def test_many_are_compared_with_the_first(before: Figures, after: Figures) -> None:
    frame: Any = compare_many({"now": before, "better": after, "again": before}, ["asa_s"], ["tier"])
    assert list(frame.index) == [(name, tier) for name in ("better", "again") for tier in ("standard", "vip")]
    assert frame.index.names == ["scenario", "tier"]
    assert frame.loc["again", "asa_s_diff"].tolist() == [0.0, 0.0]
    wanted = compare(before, after, ["asa_s"], ["tier"])
    np.testing.assert_array_equal(frame.loc["better"], wanted)
    whole = compare_many({"now": before, "better": after}, ["asa_s"])
    assert list(whole.index) == ["better"]


def test_holms_method() -> None:
    # the example of Holm's own kind: 0.01 * 4, 0.02 * 3, 0.03 * 2 (not less than the one before), 0.5 * 1
    np.testing.assert_allclose(holm(np.array([0.03, 0.01, math.nan, 0.5, 0.02])), [0.06, 0.04, math.nan, 0.5, 0.06])
    assert holm(np.array([0.4, 0.6])).tolist() == [0.8, 0.8]
    assert holm(np.array([])).size == 0


def test_adjusted_values_count_every_difference_of_the_table(before: Figures, after: Figures) -> None:
    plain: Any = compare_many({"now": before, "b": after, "c": after}, ["asa_s", "offered"], ["tier"])
    adjusted: Any = compare_many({"now": before, "b": after, "c": after}, ["asa_s", "offered"], ["tier"], adjust=True)
    columns = ["asa_s_p", "offered_p"]
    np.testing.assert_allclose(adjusted[columns].to_numpy().ravel(), holm(plain[columns].to_numpy().ravel()))
    assert adjusted.loc[("b", "vip"), "asa_s_p"] == pytest.approx(8 * plain.loc[("b", "vip"), "asa_s_p"])
    np.testing.assert_array_equal(adjusted.drop(columns=columns), plain.drop(columns=columns))


def test_a_difference_is_said_in_words(before: Figures, after: Figures) -> None:
    row: Any = compare(before, after, ["within_10_s"], ["tier"]).loc["vip"]
    half = (row["within_10_s_high"] - row["within_10_s_diff"]) * 100
    [said] = sentences(before, after, ["within_10_s"], ["tier"])
    assert said == f"standard within 10 s no difference; vip {row['within_10_s_diff'] * 100:+.1f} ± {half:.1f} points"
    faster, offered = sentences(before, after, ["asa_s", "offered"])
    assert faster.startswith(f"ASA {MINUS}")
    assert faster.endswith(" s")
    assert offered == "offered no difference"


def test_one_replication_has_a_difference_without_interval() -> None:
    world = make_world()
    crowds = [[Customer(0.0, 0, 0, Outcome.ANSWERED, wait_s)] for wait_s in (40.0, 10.0)]
    a, b = (Figures.of(world, [tally_of(world, crowd)]) for crowd in crowds)
    assert sentences(a, b, ["service_level"]) == ["service level +100.00 points (no interval)"]
    assert sentences(a, b, ["abandoned_wait_s"]) == ["abandoned wait nothing to compare"]
    assert math.isnan(compare(a, b, ["asa_s"])["asa_s_p"].item())


def test_only_what_both_have_is_compared(before: Figures) -> None:
    world = make_world(queues=("sales", "support", "mail"))
    renamed = Figures.of(world, before.tallies)
    frame = compare(before, renamed, ["offered"], ["queue"])
    assert list(frame.index) == ["sales", "mail"]
    with pytest.raises(FiguresError, match="nothing of the same name"):
        compare(before, Figures.of(make_world(queues=("x", "y", "z")), before.tallies), by=["queue"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"figures": ["asa"]}, r"figures: \['asa'\]; allowed is any of offered, answered"),
        ({"figures": []}, r"figures: \[\]"),
        ({"by": ["type"]}, "allowed is any subset of queue"),
        ({"confidence": 95.0}, r"confidence: 95\.0; allowed"),
    ],
)
def test_bad_arguments_are_refused(before: Figures, after: Figures, arguments: dict[str, object], said: str) -> None:
    with pytest.raises(FiguresError, match=said):
        compare(before, after, **arguments)  # type: ignore[arg-type]


def test_what_cannot_be_paired_is_refused(before: Figures, strangers: Figures) -> None:
    with pytest.raises(FiguresError, match="b: its seed is 43; allowed is 42"):
        compare(before, strangers)
    fewer = Figures.of(before.world, before.tallies[:3])
    with pytest.raises(FiguresError, match="fewer: has 3 replications; allowed is 8 replications"):
        compare_many({"before": before, "fewer": fewer})
    with pytest.raises(FiguresError, match="one replication; allowed is 8 replications"):
        compare(before, Figures.of(before.world, before.tallies[:1]))
    shorter = Figures.of(make_world(horizon_s=7_100.0), before.tallies)
    with pytest.raises(FiguresError, match="b: horizon_s is 7100; allowed is 7200"):
        compare(before, shorter, paired=False)
    with pytest.raises(FiguresError, match="at least two are needed"):
        compare_many({"before": before})
