# cython: cdivision=True
"""Occupancy in integers; arithmetic.py says what each function must return, and makes the tables."""

from libc.stdint cimport int32_t, int64_t, uint64_t

from . import arithmetic

from .model cimport Agent, Center, HalfLife, Pool
from .store cimport dirty_group

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
cdef enum:
    ROUND_UP = 0x3FFFFFFFFFFFFFFF       # 2**62 - 1
cdef int i
for i in range(1024):
    COARSE[i] = arithmetic.COARSE[i]
    FINE[i] = arithmetic.FINE[i]


cdef inline uint64_t half_power(uint64_t ticks) noexcept nogil:
    cdef uint64_t low = UNIT - (ticks & 1023) * STEP
    cdef uint64_t fine = <uint64_t> ((<wide> FINE[(ticks >> 10) & 1023] * <wide> low) >> 62)
    return <uint64_t> ((<wide> COARSE[ticks >> 20] * <wide> fine) >> 62)


cdef HalfLife half_life_of(int64_t half_life_ns) noexcept nogil:
    cdef HalfLife one = HalfLife(half_life_ns, 0)
    if half_life_ns > <int64_t> 1 << 30:
        one.ratio = <uint64_t> ((<wide> 1 << 94) // <wide> (<uint64_t> half_life_ns))
    return one


cdef inline wide ticks_of(int64_t time_ns, const HalfLife *half_life) noexcept nogil:
    """Return 2**30 * time / half-life, rounded down.

    A division of 128 bits takes some 40 ns, and every change of an agent's load needs three. The product with
    ``ratio`` is short of the quotient by less than 1 + time / 2**64, so by at most one, which the remainder tells.
    """
    cdef uint64_t time = <uint64_t> time_ns, quotient
    if half_life.ratio == 0:
        return (<wide> time << 30) // <wide> (<uint64_t> half_life.ns)
    quotient = <uint64_t> ((<wide> time * <wide> half_life.ratio) >> 64)
    return quotient + ((time << 30) - quotient * <uint64_t> half_life.ns >= <uint64_t> half_life.ns)


cdef inline uint64_t decay(int64_t elapsed_ns, const HalfLife *half_life) noexcept nogil:
    cdef wide ticks = ticks_of(elapsed_ns, half_life)
    cdef wide whole = ticks >> 30
    if whole > 62:
        return 0
    return half_power(<uint64_t> ticks & 0x3FFFFFFF) >> <int> whole


cdef inline int64_t evolved(int64_t value, int64_t load, uint64_t factor) noexcept nogil:
    """Return where a value comes to that goes towards ``load``, when ``factor`` of the way is left; rounded up."""
    if value > load:
        return load + <int64_t> ((<wide> (<uint64_t> (value - load)) * <wide> factor + ROUND_UP) >> 62)
    return load - <int64_t> ((<wide> (<uint64_t> (load - value)) * <wide> factor) >> 62)


cdef int64_t evolve(int64_t value, int64_t load, int64_t elapsed_ns, const HalfLife *half_life) noexcept nogil:
    if elapsed_ns == 0 or value == load:
        return value
    return evolved(value, load, decay(elapsed_ns, half_life))


cdef void occupancy_key(
    int64_t value, int64_t load, int64_t at_ns, const HalfLife *half_life, int64_t *exponent, int64_t *mantissa
) noexcept nogil:
    cdef int64_t difference = value - load
    cdef wide ticks, product
    cdef uint64_t fraction, growth, high
    cdef int bits
    if difference == 0:
        exponent[0] = 0
        mantissa[0] = <int64_t> (<uint64_t> 1 << 63)  # 0 with its top bit turned over
        return
    ticks = ticks_of(at_ns, half_life)
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


cdef void pool_settle(Pool *pool, int64_t at_ns, const HalfLife *half_life) noexcept nogil:
    pool.value = evolve(pool.value, pool.load, at_ns - pool.at_ns, half_life)
    pool.at_ns = at_ns


cdef int64_t pool_mean(const Pool *pool) noexcept nogil:
    cdef int64_t value = pool.value if pool.value > 0 else 0
    value = value // pool.count
    return value if value < ONE else ONE


cdef inline void pool_take(Pool *pool, const Agent *a, int64_t share) noexcept nogil:
    """Take the agent into a pool, at this load."""
    pool.count += 1
    pool.value += a.occupancy
    pool.load += share
    pool.handled += a.handled


cdef inline void pool_let_go(Pool *pool, const Agent *a, int64_t share) noexcept nogil:
    pool.count -= 1
    pool.value -= a.occupancy
    pool.load -= share
    pool.handled -= a.handled


cdef inline void pool_clear(Pool *pool) noexcept nogil:
    """Drop what rounding left behind when the last agent has gone."""
    if pool.count == 0:
        pool.value = pool.load = 0


cdef void settle(Center *c, int32_t agent, bint ready, int32_t load) noexcept nogil:
    """Bring occupancy to now under the old load, then go on under the new one.

    A newcomer begins at the means of the ready agents of equal skills, else of all, else at 0.
    """
    cdef Agent *a = &c.agents[agent]
    cdef int64_t old_share = load_share(a.load), new_share = load_share(load)
    cdef Pool *group = &c.groups[a.group].pool
    cdef bint was_alone = a.ready and group.count == 1 and group.at_ns == a.occupancy_ns
    was_alone = was_alone and group.value == a.occupancy
    pool_settle(&c.pool, c.at_ns, &c.half_life)
    if a.ready:
        a.occupancy = evolve(a.occupancy, old_share, c.at_ns - a.occupancy_ns, &c.half_life)
    if was_alone:  # the only ready one of their kind goes the way of the pool: one decay less
        group.value, group.at_ns = a.occupancy, c.at_ns
    else:
        pool_settle(group, c.at_ns, &c.half_life)
    if a.ready and ready:
        group.load += new_share - old_share
        c.pool.load += new_share - old_share
    else:
        change_readiness(c, a, ready, old_share, new_share)
    a.occupancy_ns = c.at_ns
    a.ready, a.load = ready, load
    dirty_group(c, a.group)


cdef void change_readiness(Center *c, Agent *a, bint ready, int64_t old_share, int64_t new_share) noexcept nogil:
    """Join or leave both pools, which are settled; who has no record yet begins in the middle."""
    cdef Pool *group = &c.groups[a.group].pool
    cdef Pool *pool
    cdef int i
    if not a.ready and not a.has_record:
        pool = group if group.count else &c.pool
        if pool.count:
            a.occupancy = pool_mean(pool)
            a.handled = pool.handled // pool.count
        a.has_record = 1
    for i in range(2):
        pool = group if i == 0 else &c.pool
        if a.ready:
            pool_let_go(pool, a, old_share)
        if ready:
            pool_take(pool, a, new_share)
        pool_clear(pool)


cdef void change_pools(Center *c, int32_t agent, int32_t left, int32_t group) noexcept nogil:
    """A ready agent, just settled, goes over from one group's pool to another's."""
    cdef Agent *a = &c.agents[agent]
    cdef int64_t share = load_share(a.load)
    pool_let_go(&c.groups[left].pool, a, share)
    pool_clear(&c.groups[left].pool)
    pool_settle(&c.groups[group].pool, c.at_ns, &c.half_life)
    pool_take(&c.groups[group].pool, a, share)


cdef class OccupancyProbe:
    """The functions, for tests that compare them with arithmetic.py."""

    @staticmethod
    def evolve(int64_t value, int64_t load, int64_t elapsed_ns, int64_t half_life_ns):
        cdef HalfLife half_life = half_life_of(half_life_ns)
        return evolve(value, load, elapsed_ns, &half_life)

    @staticmethod
    def occupancy_key(int64_t value, int64_t load, int64_t at_ns, int64_t half_life_ns):
        cdef int64_t exponent, mantissa
        cdef HalfLife half_life = half_life_of(half_life_ns)
        occupancy_key(value, load, at_ns, &half_life, &exponent, &mantissa)
        return exponent, <uint64_t> mantissa ^ (<uint64_t> 1 << 63)
