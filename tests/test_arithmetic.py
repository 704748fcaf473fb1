"""The integer arithmetic of the law, against floating point, against itself in C, and as properties."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from acdcore.router import arithmetic
from acdcore.router.occupancy import OccupancyProbe

ONE = arithmetic.OCCUPANCY_ONE
SECOND = 10**9
HALF_LIFE = 1_800 * SECOND

occupancies = st.integers(0, ONE)
loads = st.integers(0, 100).map(arithmetic.load_share)
moments = st.integers(0, 2**62 - 1)
lengths = st.one_of(st.integers(0, 10**15), moments)
half_lives = st.integers(SECOND, 30 * 86_400 * SECOND)


@given(lengths, half_lives)
def test_decay_is_a_power_of_two(elapsed_ns: int, half_life_ns: int) -> None:
    exact = math.ldexp(2.0 ** (-elapsed_ns / half_life_ns), 62)
    got = arithmetic.decay(elapsed_ns, half_life_ns)
    assert math.isclose(got, exact, rel_tol=1e-9, abs_tol=2)  # a tick is 2**-30 half-lives


@given(lengths, lengths, half_lives)
def test_decay_never_grows(one_ns: int, two_ns: int, half_life_ns: int) -> None:
    shorter, longer = sorted((one_ns, two_ns))
    assert arithmetic.decay(shorter, half_life_ns) >= arithmetic.decay(longer, half_life_ns)
    assert arithmetic.decay(0, half_life_ns) == arithmetic.UNIT


@given(occupancies, loads, lengths, half_lives)
def test_occupancy_stays_between_where_it_was_and_the_load(
    o: int, load: int, elapsed_ns: int, half_life_ns: int
) -> None:
    assert min(o, load) <= arithmetic.evolve(o, load, elapsed_ns, half_life_ns) <= max(o, load)


@given(occupancies, loads, st.integers(1_000, 10**7), half_lives)
def test_settling_often_loses_next_to_no_time(o: int, load: int, step_ns: int, half_life_ns: int) -> None:
    """A thousand times a second, the time that remains of a tick each time is not enough to stand still by."""
    often = o
    for _ in range(1_000):
        often = arithmetic.evolve(often, load, step_ns, half_life_ns)
    at_once = arithmetic.evolve(o, load, 1_000 * step_ns, half_life_ns)
    ticks_lost = arithmetic.evolve(o, load, half_life_ns * 1_001 // 2**30, half_life_ns)
    assert abs(often - at_once) <= 1_001 + abs(ticks_lost - o)


def test_half_of_the_way_in_a_half_life() -> None:
    assert arithmetic.evolve(0, ONE, HALF_LIFE, HALF_LIFE) == ONE // 2
    assert arithmetic.evolve(ONE, 0, 2 * HALF_LIFE, HALF_LIFE) == ONE // 4
    assert arithmetic.evolve(ONE, 0, 2**62 - 1, HALF_LIFE) == 0


@given(occupancies, occupancies, loads, moments, moments, lengths)
def test_the_key_sorts_like_occupancy(o1: int, o2: int, load: int, t1: int, t2: int, later_ns: int) -> None:
    """Agents of equal load, settled at different moments, rank as their occupancies do at any later one."""
    at_ns = max(t1, t2)
    at_one = arithmetic.evolve(o1, load, at_ns - t1, HALF_LIFE)
    at_two = arithmetic.evolve(o2, load, at_ns - t2, HALF_LIFE)
    # what rounding cannot confuse: a tick's worth (2**-30 of a half-life) and a unit of 2**-40 each
    margin = 4 + (abs(at_one - load) + abs(at_two - load)) // 2**28
    if abs(at_one - at_two) > margin:
        one = arithmetic.occupancy_key(o1, load, t1, HALF_LIFE)
        two = arithmetic.occupancy_key(o2, load, t2, HALF_LIFE)
        assert (one < two) == (at_one < at_two)


@given(occupancies, loads, moments, half_lives)
def test_the_key_fits_its_words(o: int, load: int, at_ns: int, half_life_ns: int) -> None:
    exponent, mantissa = arithmetic.occupancy_key(o, load, at_ns, half_life_ns)
    assert -(2**63) < exponent < 2**63 and 0 <= mantissa < 2**64
    assert (exponent > 0) - (exponent < 0) == (o > load) - (o < load)


@given(st.integers(-5, 2**60), st.integers(0, 2**60), lengths, half_lives)
def test_evolve_is_the_same_in_c(value: int, load: int, elapsed_ns: int, half_life_ns: int) -> None:
    expected = arithmetic.evolve(value, load, elapsed_ns, half_life_ns)
    assert OccupancyProbe.evolve(value, load, elapsed_ns, half_life_ns) == expected


@given(occupancies, loads, moments, half_lives)
def test_the_key_is_the_same_in_c(o: int, load: int, at_ns: int, half_life_ns: int) -> None:
    expected = arithmetic.occupancy_key(o, load, at_ns, half_life_ns)
    assert OccupancyProbe.occupancy_key(o, load, at_ns, half_life_ns) == expected


def test_hashes_are_the_published_ones() -> None:
    """FNV-1a and SplitMix64 by their authors' own values, so that another language can check a digest."""
    value = 0xCBF29CE484222325
    for byte in b"foobar":
        value = (value ^ byte) * 0x100000001B3 & arithmetic.MASK64
    assert value == 0x85944171F73967E8
    assert arithmetic.name_hash(b"foobar") == arithmetic.mix64(value)
    assert arithmetic.mix64(0x9E3779B97F4A7C15) == 0xE220A8397B1DCDAF  # SplitMix64, seed 0, first output
    assert arithmetic.fold([1, 2]) != arithmetic.fold([2, 1])
    assert arithmetic.fold([]) == 0
