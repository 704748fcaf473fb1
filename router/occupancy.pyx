# cython: cdivision=True
"""Occupancy in integers; arithmetic.py says what each function must return, and makes the tables."""

from libc.stdint cimport int32_t, int64_t, uint64_t

from . import arithmetic

cdef extern from *:
    """
    typedef unsigned __int128 acd_wide;
    static inline int acd_bits(acd_wide value) {
        unsigned long long high = (unsigned long long)(value >> 64);
        if (high) return 128 - __builtin_clzll(high);
        return 64 - __builtin_clzll((unsigned long long)value);
    }
    """
    ctypedef unsigned long long wide "acd_wide"  # 128 bits in C; Cython only passes it through
    int acd_bits(wide value) noexcept nogil

cdef uint64_t[1024] COARSE
cdef uint64_t[1024] FINE
cdef uint64_t UNIT = arithmetic.UNIT
cdef uint64_t STEP = arithmetic.STEP
cdef int64_t ONE = <int64_t> 1 << 40
cdef int i
for i in range(1024):
    COARSE[i] = arithmetic.COARSE[i]
    FINE[i] = arithmetic.FINE[i]


cdef inline uint64_t half_power(uint64_t ticks) noexcept nogil:
    cdef uint64_t low = UNIT - (ticks & 1023) * STEP
    cdef uint64_t fine = <uint64_t> ((<wide> FINE[(ticks >> 10) & 1023] * <wide> low) >> 62)
    return <uint64_t> ((<wide> COARSE[ticks >> 20] * <wide> fine) >> 62)


cdef inline wide ticks_of(int64_t time_ns, int64_t half_life_ns) noexcept nogil:
    return (<wide> (<uint64_t> time_ns) << 30) // <wide> (<uint64_t> half_life_ns)


cdef uint64_t decay(int64_t elapsed_ns, int64_t half_life_ns) noexcept nogil:
    cdef wide ticks = ticks_of(elapsed_ns, half_life_ns)
    cdef wide whole = ticks >> 30
    if whole > 62:
        return 0
    return half_power(<uint64_t> ticks & 0x3FFFFFFF) >> <int> whole


cdef int64_t evolve(int64_t value, int64_t load, int64_t elapsed_ns, int64_t half_life_ns) noexcept nogil:
    cdef uint64_t factor
    if elapsed_ns == 0 or value == load:
        return value
    factor = decay(elapsed_ns, half_life_ns)
    if value > load:
        return load + <int64_t> ((<wide> (<uint64_t> (value - load)) * <wide> factor) >> 62)
    return load - <int64_t> ((<wide> (<uint64_t> (load - value)) * <wide> factor) >> 62)


cdef void occupancy_key(
    int64_t value, int64_t load, int64_t at_ns, int64_t half_life_ns, int64_t *exponent, int64_t *mantissa
) noexcept nogil:
    cdef int64_t difference = value - load
    cdef wide ticks, product
    cdef uint64_t fraction, growth, high
    cdef int bits
    if difference == 0:
        exponent[0] = 0
        mantissa[0] = <int64_t> (<uint64_t> 1 << 63)  # 0 with its top bit turned over
        return
    ticks = ticks_of(at_ns, half_life_ns)
    fraction = <uint64_t> ticks & 0x3FFFFFFF
    growth = <uint64_t> 1 << 62
    if fraction != 0:
        growth = 2 * half_power((<uint64_t> 1 << 30) - fraction)
    product = <wide> (<uint64_t> (difference if difference > 0 else -difference)) * <wide> growth
    bits = acd_bits(product)
    high = <uint64_t> (product >> (bits - 64)) if bits > 64 else <uint64_t> (product << (64 - bits))
    exponent[0] = <int64_t> (<uint64_t> (ticks >> 30)) + bits
    if difference < 0:
        exponent[0] = -exponent[0]
        high = ~high
    mantissa[0] = <int64_t> (high ^ (<uint64_t> 1 << 63))


cdef int64_t load_share(int32_t units) noexcept nogil:
    return <int64_t> (units if units < 100 else 100) * ONE // 100


cdef void pool_settle(Pool *pool, int64_t at_ns, int64_t half_life_ns) noexcept nogil:
    pool.value = evolve(pool.value, pool.load, at_ns - pool.at_ns, half_life_ns)
    pool.at_ns = at_ns


cdef int64_t pool_mean(const Pool *pool) noexcept nogil:
    cdef int64_t value = pool.value if pool.value > 0 else 0
    value = value // pool.count
    return value if value < ONE else ONE


cdef class OccupancyProbe:
    """The functions, for tests that compare them with arithmetic.py."""

    @staticmethod
    def evolve(int64_t value, int64_t load, int64_t elapsed_ns, int64_t half_life_ns):
        return evolve(value, load, elapsed_ns, half_life_ns)

    @staticmethod
    def occupancy_key(int64_t value, int64_t load, int64_t at_ns, int64_t half_life_ns):
        cdef int64_t exponent, mantissa
        occupancy_key(value, load, at_ns, half_life_ns, &exponent, &mantissa)
        return exponent, <uint64_t> mantissa ^ (<uint64_t> 1 << 63)
