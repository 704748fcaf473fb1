"""Occupancy in integers, as arithmetic.py defines it: one agent, one pool, one static key."""

from libc.stdint cimport int32_t, int64_t

from .model cimport Pool


cdef int64_t evolve(int64_t value, int64_t load, int64_t elapsed_ns, int64_t half_life_ns) noexcept nogil
cdef void occupancy_key(
    int64_t value, int64_t load, int64_t at_ns, int64_t half_life_ns, int64_t *exponent, int64_t *mantissa
) noexcept nogil
cdef int64_t load_share(int32_t units) noexcept nogil
cdef void pool_settle(Pool *pool, int64_t at_ns, int64_t half_life_ns) noexcept nogil
cdef int64_t pool_mean(const Pool *pool) noexcept nogil
