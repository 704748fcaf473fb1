"""Who has which skill at which level, by skill: four rows of bits, the levels of 64 groups in each word of them.

A group's level in a skill, 0 to 10, stands in four words as a number stands in four binary digits, one bit for each
group. So 64 groups are compared with a level in four steps, and nothing of a group itself needs to be read.
"""

from libc.stdint cimport int32_t

from .model cimport Center, Requirement


cdef extern from *:
    """
    /* Not the compiler's own, which calls a function where it may not use an instruction that old processors lack. */
    static inline int acd_count_bits(unsigned long long bits) {
        bits -= bits >> 1 & 0x5555555555555555ull;
        bits = (bits & 0x3333333333333333ull) + (bits >> 2 & 0x3333333333333333ull);
        bits = (bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0full;
        return (int)(bits * 0x0101010101010101ull >> 56);
    }
    """
    int acd_count_bits(unsigned long long bits) noexcept nogil


cdef enum:
    LEVEL_BITS = 4                  # for 0, the skill is not there, to MAX_LEVEL = 10


cdef int levels_longer(Center *c, int32_t before, int32_t words) except -1 nogil  # there is room for more groups
cdef int levels_join(Center *c, int32_t group) except -1 nogil      # a group comes to life
cdef void levels_leave(Center *c, int32_t group) noexcept nogil     # or ends
cdef int find_groups(Center *c, Requirement *one) except -1 nogil    # that satisfy a new requirement
cdef bint is_at_least(Center *c, int32_t group, int32_t skill, int32_t level) noexcept nogil     # for invariants
