# cython: cdivision=True
"""Scores of groups, added up as rows of bits; see scores.pxd.

With 10,000 agents who all differ and are idle, a call with an own requirement for the best skilled of them took 107 µs
when each group was looked at, and takes 7.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memset

from .codes import MAX_LEVEL, SETTING_RULES, Setting

from .available cimport Eligible, next_word
from .law cimport BEST_SKILLED, FEWEST_SKILLS
from .levels cimport LEVEL_BITS, acd_count_bits
from .model cimport Center, Index, Requirement
from .require cimport row_set_word, words_of_groups, words_of_row

cdef extern from *:
    """
    /* How many groups have to be eligible before their scores are added up at once. */
    #ifdef ACDCORE_DEBUG
    #define ACD_MANY_SCORES 2
    #else
    #define ACD_MANY_SCORES 64
    #endif
    """
    const int32_t ACD_MANY_SCORES
    int __builtin_ctzll(unsigned long long) noexcept nogil


cdef enum:
    SCORE_BITS = 11                 # for two requirements of as many skills as there may be, all at the highest level

assert 2 * SETTING_RULES[Setting.MAX_SKILLS_PER_REQUIREMENT].greatest * MAX_LEVEL < 1 << SCORE_BITS


# Center.scores has a row for each digit, the least first; then one for the groups that are left, and one for the best
# of them, which is a row as others read it (require.pxd).

cdef int scores_longer(Center *c, int32_t words) except -1 nogil:
    """What is in the rows is of use within one search only: nothing need be kept."""
    cdef size_t size = (SCORE_BITS + 1) * <size_t> words + <size_t> words_of_row(words)
    cdef uint64_t *longer = <uint64_t *> malloc(size * sizeof(uint64_t))
    if longer == NULL:
        raise MemoryError
    free(c.scores)
    c.scores = longer
    return 0


cdef inline void add(uint64_t *score, const uint64_t *more, int bits) noexcept nogil:
    """Add numbers of so many bits to the scores of 64 groups."""
    cdef uint64_t carry = 0, one, two
    cdef int b
    for b in range(bits):
        one, two = score[b], more[b]
        score[b] = one ^ two ^ carry
        carry = (one & two) | (carry & (one ^ two))
    b = bits
    while carry:
        one = score[b]
        score[b] = one ^ carry
        carry &= one
        b += 1


cdef inline void read_levels(Center *c, int32_t skill, int32_t w, uint64_t *found) noexcept nogil:
    """Read the levels of 64 groups in a skill."""
    cdef const uint64_t *levels = c.skills[skill].levels
    cdef int b
    for b in range(LEVEL_BITS):
        found[b] = levels[<size_t> b * words_of_groups(c) + w] if levels != NULL else 0


cdef inline uint64_t above(const uint64_t *one, const uint64_t *two) noexcept nogil:
    """Say of which groups the one level is greater than the other."""
    cdef uint64_t found = 0
    cdef int b
    for b in range(LEVEL_BITS):
        found = (one[b] & ~two[b]) | (~(one[b] ^ two[b]) & found)
    return found


cdef inline uint64_t reach(const uint64_t *levels, int32_t least) noexcept nogil:
    """Say of which groups the level is at least this."""
    cdef uint64_t found = ~<uint64_t> 0
    cdef int b
    for b in range(LEVEL_BITS):
        if (least >> b) & 1:
            found &= levels[b]
        else:
            found |= levels[b]
    return found


cdef void add_levels(Center *c, const Requirement *one, int32_t w, uint64_t *score) noexcept nogil:
    """Add what sum_of_levels (require.pyx) says: the best of each clause, and each preferred skill."""
    cdef uint64_t[LEVEL_BITS] best
    cdef uint64_t[LEVEL_BITS] other
    cdef uint64_t greater
    cdef int32_t i = 0, clause
    cdef int b
    for clause in range(one.n_clauses):
        read_levels(c, one.skills[i].skill, w, best)
        i += 1
        while i < one.ends[clause]:
            read_levels(c, one.skills[i].skill, w, other)
            greater = above(other, best)
            for b in range(LEVEL_BITS):
                best[b] = (best[b] & ~greater) | (other[b] & greater)
            i += 1
        add(score, best, LEVEL_BITS)
    for i in range(one.end_of_excluded, one.n_skills):
        read_levels(c, one.skills[i].skill, w, best)
        add(score, best, LEVEL_BITS)


cdef void add_preferred(Center *c, const Requirement *one, int32_t w, uint64_t *score) noexcept nogil:
    """Add what preferred_met (require.pyx) says."""
    cdef uint64_t[LEVEL_BITS] levels
    cdef uint64_t met
    cdef int32_t i
    for i in range(one.end_of_excluded, one.n_skills):
        read_levels(c, one.skills[i].skill, w, levels)
        met = reach(levels, one.skills[i].level)
        add(score, &met, 1)


cdef int32_t begin_scores(
    Center *c, const Index *index, const Eligible *of, int64_t strategy, int32_t requirement, int32_t extra
) noexcept nogil:
    cdef int32_t words = words_of_groups(c), w, count = 0
    cdef uint64_t *left
    cdef uint64_t[SCORE_BITS] score
    cdef int b
    if strategy == FEWEST_SKILLS or words == 0:  # or there are no groups yet, and no rows
        return 0
    left = c.scores + SCORE_BITS * <size_t> words
    memset(left, 0, <size_t> words * sizeof(uint64_t))
    w = next_word(c, index, of, 0)
    while w >= 0:
        left[w] = of.one[w] & of.two[w] & index.bits[w]
        count += acd_count_bits(left[w])
        w = next_word(c, index, of, w + 1)
    if count < ACD_MANY_SCORES:
        return 0
    for w in range(words):
        if left[w] == 0:
            continue
        memset(score, 0, sizeof(score))
        if strategy == BEST_SKILLED:
            add_levels(c, &c.requirements[requirement], w, score)
            if extra >= 0:
                add_levels(c, &c.requirements[extra], w, score)
        else:
            add_preferred(c, &c.requirements[requirement], w, score)
            if extra >= 0:
                add_preferred(c, &c.requirements[extra], w, score)
        for b in range(SCORE_BITS):
            c.scores[<size_t> b * words + w] = score[b]
    return count


cdef bint next_scored(Center *c, Eligible *of, int32_t *group) noexcept nogil:
    cdef int32_t words = words_of_groups(c), w, count = 0
    cdef uint64_t *left = c.scores + SCORE_BITS * <size_t> words
    cdef uint64_t *best = left + words
    cdef const uint64_t *digit
    cdef uint64_t found = 0
    cdef int b = SCORE_BITS
    memset(best + words, 0, <size_t> (words_of_row(words) - words) * sizeof(uint64_t))
    for w in range(words):
        best[w] = left[w]
        found |= left[w]
    if found == 0:
        return False
    while b:  # the greatest digit that some of them have decides first
        b -= 1
        digit = c.scores + <size_t> b * words
        found = 0
        for w in range(words):
            found |= best[w] & digit[w]
        if found:
            for w in range(words):
                best[w] &= digit[w]
    for w in range(words):
        if best[w]:
            left[w] &= ~best[w]
            row_set_word(best, words, w, best[w])
            group[0] = w * 64 + __builtin_ctzll(best[w])
            count += acd_count_bits(best[w])
    of[0] = Eligible(best, best, count)
    return True
