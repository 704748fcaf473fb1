"""The law's integer arithmetic: occupancy that decays, keys that stay sorted, hashes that add up.

Nothing here, and so nothing in a router's state, depends on floating point or on libm: every result is
the same integer on every machine. The compiled router copies the two tables and repeats the functions
in C; tests hold them to each other and, within their rounding, to ``2.0 ** x``.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from math import isqrt
from typing import Final

MASK64: Final = 2**64 - 1
OCCUPANCY_ONE: Final = 2**40
"""Occupancy 1 (always at work): occupancies are integers in 2**-40."""
UNIT: Final = 2**62
"""One, in the fixed point of the decay tables (Q62)."""
TICK_BITS: Final = 30
"""A half-life is cut into 2**30 ticks: 1.7 us of the default 30 minutes.

What remains of a tick is lost whenever an occupancy is settled, so ticks have to be shorter than the time in which
anybody could change presence, or a busy center settle the sum of all.
"""
_TABLE_BITS: Final = 10
_TABLE_MASK: Final = 2**_TABLE_BITS - 1
_LOW_BITS: Final = TICK_BITS - 2 * _TABLE_BITS
_LOW_MASK: Final = 2**_LOW_BITS - 1
_TICK_MASK: Final = 2**TICK_BITS - 1
_GOLDEN: Final = 0x9E3779B97F4A7C15
_FNV_OFFSET: Final = 0xCBF29CE484222325
_FNV_PRIME: Final = 0x100000001B3


def _powers() -> tuple[tuple[int, ...], tuple[int, ...], int]:
    """Return 2**(-i/2**10) and 2**(-j/2**20) for i and j in 0..1023, and 1 - 2**(-1/2**30), in Q62.

    By square roots alone.
    """
    root = UNIT // 2
    roots = []  # roots[k] is 2**(-1 / 2**(k + 1))
    for _ in range(TICK_BITS):
        root = isqrt(root << 62)
        roots.append(root)

    def power(index: int, first_root: int) -> int:
        value = UNIT
        for bit in range(_TABLE_BITS):  # the highest bit of the index belongs to the largest exponent
            if index >> (_TABLE_BITS - 1 - bit) & 1:
                value = value * roots[first_root + bit] >> 62
        return value

    indices = range(2**_TABLE_BITS)
    return tuple(power(i, 0) for i in indices), tuple(power(j, _TABLE_BITS) for j in indices), UNIT - root


COARSE, FINE, STEP = _powers()
"""The decay tables, and what one tick takes away.

``COARSE[i] * FINE[j] * (UNIT - k * STEP)`` is 2**-((i * 2**20 + j * 2**10 + k) / 2**30) in Q186, for k in 0..1023
too small by less than a unit of 2**-40.
"""


def _half_power(ticks: int) -> int:
    """Return 2**(-ticks / 2**30) in Q62 for 0 <= ticks < 2**30."""
    fine = FINE[ticks >> _LOW_BITS & _TABLE_MASK] * (UNIT - (ticks & _LOW_MASK) * STEP) >> 62
    return COARSE[ticks >> _LOW_BITS + _TABLE_BITS] * fine >> 62


def decay(elapsed_ns: int, half_life_ns: int) -> int:
    """Return 2**(-elapsed / half_life) in Q62, rounded down; 0 after 62 half-lives."""
    ticks = (elapsed_ns << TICK_BITS) // half_life_ns
    whole = ticks >> TICK_BITS
    return 0 if whole > 62 else _half_power(ticks & _TICK_MASK) >> whole


def evolve(value: int, load: int, elapsed_ns: int, half_life_ns: int) -> int:
    """Return the solution of do/dt = (load - o)/tau after ``elapsed_ns``; value and load in 2**-40.

    The value is rounded up, towards having worked more: else whoever has their occupancy settled once more, by going
    away for a moment, would look a little less occupied than an equal. It stays between where it was and the load.
    """
    return load - ((load - value) * decay(elapsed_ns, half_life_ns) >> 62)  # >> rounds down, of negative numbers too


def occupancy_key(value: int, load: int, at_ns: int, half_life_ns: int) -> tuple[int, int]:
    """Return the static key (o - load) * 2**(at / half_life) as two integers that sort like it.

    The first is a signed exponent (int64), the second a mantissa (uint64) turned over for negative
    keys. Two agents of equal load keep this order for as long as neither changes load.
    """
    difference = value - load
    if difference == 0:
        return 0, 0
    ticks = (at_ns << TICK_BITS) // half_life_ns
    fraction = ticks & _TICK_MASK
    growth = UNIT if fraction == 0 else 2 * _half_power(2**TICK_BITS - fraction)
    product = abs(difference) * growth
    bits = product.bit_length()
    mantissa = product >> (bits - 64) if bits > 64 else product << (64 - bits)
    exponent = (ticks >> TICK_BITS) + bits
    return (exponent, mantissa) if difference > 0 else (-exponent, MASK64 - mantissa)


def load_share(units: int) -> int:
    """Return a load of ``units`` of 100 in 2**-40, at most 1."""
    return min(units, 100) * OCCUPANCY_ONE // 100


def mix64(word: int) -> int:
    """Return the SplitMix64 finalizer of a 64-bit word (Steele, Lea and Flood, 2014)."""
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9 & MASK64
    word = (word ^ (word >> 27)) * 0x94D049BB133111EB & MASK64
    return word ^ (word >> 31)


def fold(words: Iterable[int]) -> int:
    """Return the hash of a canonical tuple of integers (each taken mod 2**64), order mattering."""
    value = 0
    for word in words:
        value = mix64(((value ^ (word & MASK64)) + _GOLDEN) & MASK64)
    return value


@lru_cache(maxsize=2**14)
def name_hash(name: bytes) -> int:
    """Return FNV-1a (64 bits) of the name, mixed."""
    value = _FNV_OFFSET
    for byte in name:
        value = (value ^ byte) * _FNV_PRIME & MASK64
    return mix64(value)
