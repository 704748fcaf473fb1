"""What is drawn follows the distributions that were asked for, and belongs to whom it is drawn for."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from acdcore.sim.engine import simulate
from acdcore.sim.world import Distribution, Shape
from sim_worlds import constant, exponential, stream, world

N = 20_000
CASES = [
    (Distribution(Shape.EXPONENTIAL, (30.0,)), stats.expon(scale=30.0)),
    (Distribution(Shape.GAMMA, (0.7, 40.0)), stats.gamma(0.7, scale=40.0)),
    (Distribution(Shape.GAMMA, (3.0, 10.0)), stats.gamma(3.0, scale=10.0)),
    (Distribution(Shape.LOGNORMAL, (3.0, 0.8)), stats.lognorm(0.8, scale=math.exp(3.0))),
    (Distribution(Shape.WEIBULL, (1.5, 30.0)), stats.weibull_min(1.5, scale=30.0)),
    (Distribution(Shape.UNIFORM, (10.0, 50.0)), stats.uniform(10.0, 40.0)),
]


def drawn(distribution: Distribution, *others: Distribution, seed: int = 7, customers: int = N) -> NDArray[np.float64]:
    """Return talks of many customers, each with an agent at once."""
    told = simulate(
        world(
            60,
            talk=distribution,
            distributions=others,
            sources=(stream(0.5),),
            horizon_s=2.0 * customers,
            seed=seed,
            records=True,
        )
    )
    found: NDArray[np.float64] = told.records["talk_s"]
    return found


def test_every_shape_is_drawn() -> None:
    """Little of each, which is enough for the sanitizers; whether it follows its law is looked at without them."""
    others = constant(5.0), exponential(30.0)
    shapes = [
        *(asked for asked, _ in CASES),
        constant(30.0),
        Distribution(Shape.MIXTURE, (0.3, 1.0, 0.7, 2.0)),
        Distribution(Shape.EMPIRICAL, (1.0, 2.0, 3.0, 10.0)),
        Distribution(Shape.HAZARD, (0.0, 0.0, 10.0, 0.1, 30.0, 0.02)),
    ]
    assert {asked.shape for asked in shapes} == set(Shape)
    for asked in shapes:
        talks = drawn(asked, *others, customers=100)
        assert len(talks) > 50
        assert np.isfinite(talks).all() and talks.min() > 0.0


@pytest.mark.parametrize(("asked", "law"), CASES, ids=lambda case: getattr(case, "shape", None) and case.shape.name)
@pytest.mark.plain
def test_variates_follow_their_law(asked: Distribution, law: stats.rv_continuous) -> None:
    assert stats.kstest(drawn(asked), law.cdf).pvalue > 1e-4


@pytest.mark.plain
def test_the_test_would_notice_another_law() -> None:
    assert stats.kstest(drawn(exponential(30.0)), stats.expon(scale=31.5).cdf).pvalue < 1e-4


@pytest.mark.plain
def test_a_mixture_draws_each_part_in_its_share() -> None:
    mixture = Distribution(Shape.MIXTURE, (0.3, 1.0, 0.7, 2.0))
    talks = drawn(mixture, constant(5.0), exponential(30.0))
    share = np.isclose(talks, 5.0, atol=1e-6).mean()
    assert abs(share - 0.3) < 4.0 * math.sqrt(0.3 * 0.7 / N)
    rest = talks[~np.isclose(talks, 5.0, atol=1e-6)]
    assert stats.kstest(rest, stats.expon(scale=30.0).cdf).pvalue > 1e-4


@pytest.mark.plain
def test_empirical_values_are_all_as_likely() -> None:
    values = (1.0, 2.0, 3.0, 10.0)
    counts = np.bincount(np.rint(drawn(Distribution(Shape.EMPIRICAL, values))).astype(int), minlength=11)[[1, 2, 3, 10]]
    assert stats.chisquare(counts).pvalue > 1e-4


@pytest.mark.plain
def test_a_hazard_in_pieces_is_inverted_exactly() -> None:
    """No hazard for 10 s, then 0.1 for 20 s, then 0.02."""
    hazard = Distribution(Shape.HAZARD, (0.0, 0.0, 10.0, 0.1, 30.0, 0.02))

    talks = drawn(hazard)
    summed = 0.1 * np.clip(talks - 10.0, 0.0, 20.0) + 0.02 * np.clip(talks - 30.0, 0.0, None)
    assert stats.kstest(1.0 - np.exp(-summed), stats.uniform.cdf).pvalue > 1e-4


@pytest.mark.plain
def test_what_would_be_larger_is_cut() -> None:
    talks = drawn(Distribution(Shape.EXPONENTIAL, (30.0,), at_most=40.0))
    assert talks.max() == pytest.approx(40.0)
    assert np.isclose(talks, 40.0).mean() == pytest.approx(math.exp(-4.0 / 3.0), abs=0.02)


@pytest.mark.plain
def test_customers_and_seeds_have_numbers_of_their_own() -> None:
    one, other = drawn(exponential(30.0)), drawn(exponential(30.0), seed=8)
    assert len(set(np.round(one, 6))) > 0.99 * len(one)
    n = min(len(one), len(other))
    assert abs(np.corrcoef(one[:n], other[:n])[0, 1]) < 4.0 / math.sqrt(n)
    assert abs(np.corrcoef(one[:-1], one[1:])[0, 1]) < 4.0 / math.sqrt(n)
