# cython: cdivision=True
"""Variates from the distributions of a world; see draw.pxd for where their randomness comes from."""

from libc.math cimport fmax, fmin
from libc.stdint cimport int32_t, uint32_t, uint64_t

from numpy.random.c_distributions cimport (
    random_lognormal, random_standard_exponential, random_standard_gamma, random_weibull,
)


cdef enum:                          # world.Shape; a test compares the two
    CONSTANT = 0
    EXPONENTIAL = 1
    GAMMA = 2
    LOGNORMAL = 3
    WEIBULL = 4
    UNIFORM = 5
    EMPIRICAL = 6
    HAZARD = 7
    MIXTURE = 8


cdef uint64_t next_word(void *state) noexcept nogil:
    cdef uint64_t *word = <uint64_t *> state
    word[0] += <uint64_t> 0x9E3779B97F4A7C15
    return mixed(word[0])


cdef uint32_t next_half(void *state) noexcept nogil:
    return <uint32_t> (next_word(state) >> 32)


cdef double next_unit(void *state) noexcept nogil:
    return <double> (next_word(state) >> 11) * (1.0 / 9007199254740992.0)


cdef void draws_begin(Draws *d) noexcept nogil:
    """Connect the generator; ``d`` must stay where it is."""
    d.bits.state = &d.word
    d.bits.next_uint64 = next_word
    d.bits.next_uint32 = next_half
    d.bits.next_double = next_unit
    d.bits.next_raw = next_word


cdef double unit_exponential(Draws *d) noexcept nogil:
    return random_standard_exponential(&d.bits)


cdef double from_hazard(const double *pieces, int32_t n, double total) noexcept nogil:
    """Return when a hazard in pieces (from, rate) has summed up to ``total``."""
    cdef int32_t i
    cdef double piece
    for i in range(0, n - 2, 2):
        piece = (pieces[i + 2] - pieces[i]) * pieces[i + 1]
        if total <= piece and pieces[i + 1] > 0.0:
            return pieces[i] + total / pieces[i + 1]
        total -= piece
    return pieces[n - 2] + total / pieces[n - 1]


cdef double draw(Draws *d, int32_t which) noexcept nogil:
    """Return a variate of distribution ``which``."""
    cdef const Table *t = &d.tables[which]
    cdef double *values = t.values
    cdef double lot, value = 0.0, at_most = t.at_most
    cdef int32_t i
    if t.shape == MIXTURE:
        lot = uniform(d)
        i = 0
        while i + 2 < t.n and lot >= values[i]:
            lot -= values[i]
            i += 2
        t = &d.tables[<int32_t> values[i + 1]]
        values = t.values
        at_most = fmin(at_most, t.at_most)
    if t.shape == EXPONENTIAL:
        value = values[0] * random_standard_exponential(&d.bits)
    elif t.shape == CONSTANT:
        value = values[0]
    elif t.shape == GAMMA:
        value = values[1] * random_standard_gamma(&d.bits, values[0])
    elif t.shape == LOGNORMAL:
        value = random_lognormal(&d.bits, values[0], values[1])
    elif t.shape == WEIBULL:
        value = values[1] * random_weibull(&d.bits, values[0])
    elif t.shape == UNIFORM:
        value = values[0] + (values[1] - values[0]) * uniform(d)
    elif t.shape == EMPIRICAL:
        value = values[<int32_t> (uniform(d) * t.n)]
    elif t.shape == HAZARD:
        value = from_hazard(values, t.n, random_standard_exponential(&d.bits))
    return fmin(fmax(value, 0.0), at_most)
