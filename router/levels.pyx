# cython: cdivision=True
"""Levels of groups by skill, as bits; see levels.pxd.

Most requirements are defined with a queue, but an interaction may state its own, and may be the only one to. With
10,000 agents who all differ, finding who satisfies a new one took 100 µs when each group was looked at.
"""

from libc.stdint cimport int32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy, memset

from .model cimport Center, Group, Requirement, SkillLevel
from .require cimport clear_bit, has_bit, longer_bits, row_set_word, set_bit, words_of_groups

cdef extern from *:
    int __builtin_ctz(unsigned int) noexcept nogil


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


cdef bint is_at_least(Center *c, int32_t group, int32_t skill, int32_t level) noexcept nogil:
    cdef const uint64_t *levels = c.skills[skill].levels
    cdef int32_t own = 0
    cdef int b
    for b in range(LEVEL_BITS if levels != NULL else 0):
        own |= has_bit(levels + <size_t> b * words_of_groups(c), group) << b
    return own >= level


# Row by row, so that the compiler makes vectors of it: with 10,000 groups an ENQUEUE with an own requirement takes
# 15,900 instructions, and 28,100 when it is done word by word.

cdef void write_at_least(Center *c, const SkillLevel *wanted, uint64_t *row, int32_t words) noexcept nogil:
    """Write the bits of all groups that have the skill at this level, or a higher one."""
    cdef const uint64_t *levels = c.skills[wanted.skill].levels
    cdef int32_t w
    cdef int b = __builtin_ctz(wanted.level)
    if levels == NULL:
        memset(row, 0, <size_t> words * sizeof(uint64_t))
        return
    memcpy(row, levels + <size_t> b * words, <size_t> words * sizeof(uint64_t))
    levels += <size_t> (b + 1) * words
    for b in range(b + 1, LEVEL_BITS):  # from small digits on: what one decides, a greater one decides anew
        if (wanted.level >> b) & 1:
            for w in range(words):
                row[w] &= levels[w]
        else:
            for w in range(words):
                row[w] |= levels[w]
        levels += words


cdef int find_groups(Center *c, Requirement *one) except -1 nogil:
    """Set the bits of all groups that have one member of every clause and nothing that is excluded."""
    cdef int32_t words = words_of_groups(c), w, clause, i = 0
    cdef uint64_t *found = one.groups
    cdef uint64_t *met
    cdef uint64_t *more
    if words == 0:  # there are no groups yet, and no rows
        return 0
    met = <uint64_t *> malloc(2 * <size_t> words * sizeof(uint64_t))
    if met == NULL:
        raise MemoryError
    more = met + words
    memcpy(found, c.living_groups, <size_t> words * sizeof(uint64_t))
    for clause in range(one.n_clauses):
        write_at_least(c, &one.skills[i], met, words)
        i += 1
        while i < one.ends[clause]:
            write_at_least(c, &one.skills[i], more, words)
            for w in range(words):
                met[w] |= more[w]
            i += 1
        for w in range(words):
            found[w] &= met[w]
    while i < one.end_of_excluded:
        write_at_least(c, &one.skills[i], met, words)
        for w in range(words):
            found[w] &= ~met[w]
        i += 1
    free(met)
    for w in range(words):
        if found[w]:
            row_set_word(found, words, w, found[w])
            one.n_groups += acd_count_bits(found[w])
    return 0
