# cython: cdivision=True
"""Levels of groups by skill, as bits; see levels.pxd.

Most requirements are defined with a queue, but an interaction may state its own, and may be the only one to. With
10,000 agents who all differ, finding who satisfies a new one took 100 µs when each group was looked at.
"""

from libc.stdint cimport int32_t, uint64_t
from libc.stdlib cimport calloc

from .model cimport Center, Group, Requirement
from .require cimport clear_bit, longer_bits, row_set_word, set_bit, words_of_groups

cdef extern from *:
    int __builtin_popcountll(unsigned long long) noexcept nogil


cdef enum:
    LEVEL_BITS = 4                  # for 0, the skill is not there, to MAX_LEVEL = 10


cdef int levels_longer(Center *c, int32_t before, int32_t words) except -1 nogil:
    cdef int32_t skill
    for skill in range(c.n_skills):
        if c.skills[skill].levels != NULL:
            longer_bits(&c.skills[skill].levels, LEVEL_BITS, before, words)
    return 0


cdef int levels_join(Center *c, int32_t group) except -1 nogil:
    cdef const Group *one = &c.groups[group]
    cdef int32_t words = words_of_groups(c), i
    cdef int b
    cdef uint64_t **levels
    for i in range(one.n_skills):  # first: memory may run out
        levels = &c.skills[one.skills[i].skill].levels
        if levels[0] == NULL:
            levels[0] = <uint64_t *> calloc(LEVEL_BITS * <size_t> words, sizeof(uint64_t))
            if levels[0] == NULL:
                raise MemoryError
    for i in range(one.n_skills):
        for b in range(LEVEL_BITS):
            if (one.skills[i].level >> b) & 1:
                set_bit(c.skills[one.skills[i].skill].levels + <size_t> b * words, group)
    set_bit(c.living_groups, group)
    return 0


cdef void levels_leave(Center *c, int32_t group) noexcept nogil:
    cdef const Group *one = &c.groups[group]
    cdef int32_t words = words_of_groups(c), i
    cdef int b
    for i in range(one.n_skills):
        for b in range(LEVEL_BITS):
            clear_bit(c.skills[one.skills[i].skill].levels + <size_t> b * words, group)
    clear_bit(c.living_groups, group)


cdef uint64_t at_least(Center *c, int32_t skill, int32_t level, int32_t w) noexcept nogil:
    """Return a bit for each group of a word that has the skill at this level, or a higher one."""
    cdef const uint64_t *levels = c.skills[skill].levels
    cdef uint64_t found = ~<uint64_t> 0
    cdef int32_t words = words_of_groups(c)
    cdef int b
    if levels == NULL:
        return 0
    for b in range(LEVEL_BITS):  # from the least digit on: what is decided by a greater one is decided anew
        if (level >> b) & 1:
            found &= levels[<size_t> b * words + w]
        else:
            found |= levels[<size_t> b * words + w]
    return found


cdef void find_groups(Center *c, Requirement *one) noexcept nogil:
    """Set the bits of all groups that have one member of every clause and nothing that is excluded."""
    cdef int32_t words = words_of_groups(c), w, i, clause
    cdef uint64_t found, met
    for w in range(words):
        found = c.living_groups[w]
        i = 0
        for clause in range(one.n_clauses if found else 0):
            met = 0
            while i < one.ends[clause]:
                met |= at_least(c, one.skills[i].skill, one.skills[i].level, w)
                i += 1
            found &= met
        while found and i < one.end_of_excluded:
            found &= ~at_least(c, one.skills[i].skill, one.skills[i].level, w)
            i += 1
        if found:
            row_set_word(one.groups, words, w, found)
            one.n_groups += __builtin_popcountll(found)
