"""Random variates: NumPy's own algorithms, drawn from words that belong to one customer and one purpose.

Nothing is drawn from one long stream: the words for, say, the third talk of customer 17 of the second source come
from a hash of just that (SplitMix64, which Steele, Lea and Flood describe in "Fast splittable pseudorandom number
generators", OOPSLA 2014). So two policies, however differently they route, meet the same customers with the same
patience and the same talks: common random numbers that cannot get out of step.
"""

from libc.stdint cimport int32_t, uint32_t, uint64_t

from numpy.random cimport bitgen_t


cdef enum:                          # purposes; what is drawn for one never changes what is drawn for another
    OF_CHOICE = 1
    OF_PATIENCE = 2
    OF_TALK = 3
    OF_WRAP_UP = 4
    OF_BALKING = 5
    OF_RETRY = 6
    OF_CALLBACK = 7
    OF_PICK_UP = 8
    OF_FAILURE = 9
    OF_TRANSFER = 10
    OF_REST = 11
    OF_SELF_SERVICE = 12
    OF_RETURN = 13
    OF_MISSING = 14
    OF_DECLINING = 15

cdef struct Table:                  # a distribution, as world.Distribution has it
    double *values                  # its parameters
    double at_most
    int32_t n
    int32_t shape

cdef struct Draws:
    bitgen_t bits                   # what NumPy's functions draw words from: reads and moves on ``word``
    uint64_t word
    Table *tables


cdef void draws_begin(Draws *d) noexcept nogil
cdef double draw(Draws *d, int32_t which) noexcept nogil        # seconds, or a factor; at least 0
cdef double unit_exponential(Draws *d) noexcept nogil


cdef inline uint64_t mixed(uint64_t x) noexcept nogil:
    x = (x ^ (x >> 30)) * <uint64_t> 0xBF58476D1CE4E5B9
    x = (x ^ (x >> 27)) * <uint64_t> 0x94D049BB133111EB
    return x ^ (x >> 31)


cdef inline void draw_for(Draws *d, uint64_t key, int32_t purpose, int32_t time) noexcept nogil:
    """From here on draw what belongs to this purpose, for the ``time``-th time, of whom ``key`` belongs to."""
    d.word = mixed(key ^ mixed(<uint64_t> purpose << 32 | <uint64_t> <uint32_t> time))


cdef inline double uniform(Draws *d) noexcept nogil:
    """Return a number in [0, 1)."""
    d.word += <uint64_t> 0x9E3779B97F4A7C15
    return <double> (mixed(d.word) >> 11) * (1.0 / 9007199254740992.0)


cdef inline bint happens(Draws *d, double share) noexcept nogil:
    """Say whether something happens that does in ``share`` of all cases; draws nothing where there is no doubt."""
    return share > 0.0 and (share >= 1.0 or uniform(d) < share)
