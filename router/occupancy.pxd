"""Occupancy in integers, as arithmetic.py defines it: one agent, one pool, one static key."""

from libc.stdint cimport int32_t, int64_t

from .model cimport Center, HalfLife, Pool


cdef HalfLife half_life_of(int64_t half_life_ns) noexcept nogil
cdef int64_t evolve(int64_t value, int64_t load, int64_t elapsed_ns, const HalfLife *half_life) noexcept nogil
cdef void occupancy_key(
    int64_t value, int64_t load, int64_t at_ns, const HalfLife *half_life, int64_t *exponent, int64_t *mantissa
) noexcept nogil
cdef void pool_settle(Pool *pool, int64_t at_ns, const HalfLife *half_life) noexcept nogil
cdef void settle(Center *c, int32_t agent, bint ready, int32_t load) noexcept nogil     # both pools, too
cdef void change_pools(Center *c, int32_t agent, int32_t left, int32_t group) noexcept nogil

cdef inline int64_t load_share(int32_t units) noexcept nogil:
    """Return units as a share of all, at most 1, in 2**-40."""
    return (<int64_t> (units if units < 100 else 100) << 40) // 100
