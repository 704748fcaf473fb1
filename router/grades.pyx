# cython: cdivision=True
"""Which groups are equally good for a requirement, and which are better; see grades.pxd."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libc.stdlib cimport calloc, free

from .available cimport Eligible
from .law cimport BEST_SKILLED, FEWEST_SKILLS, LEAST_OCCUPIED
from .model cimport GRADINGS, Center, Grade, Grades, Requirement
from .require cimport has_bit, preferred_met, row_clear, row_longer, row_set, sum_of_levels, words_of_groups
from .store cimport reserve_array

cdef extern from *:
    """
    /* How many groups have to be looked at for one interaction before grades are kept. */
    #ifdef ACDCORE_DEBUG
    #define ACD_MANY_GROUPS 2
    #else
    #define ACD_MANY_GROUPS 32
    #endif
    """
    const int32_t ACD_MANY_GROUPS
    int __builtin_ctzll(unsigned long long) noexcept nogil


# ---------------------------------------------------------------------- how a group ranks

cdef bint ranks_groups(Center *c, int64_t strategy, int32_t requirement, int32_t extra) noexcept nogil:
    """Say whether groups differ in rank at all, keys aside."""
    if strategy == BEST_SKILLED or strategy == FEWEST_SKILLS or has_preferred(c, requirement):
        return True
    return extra >= 0 and has_preferred(c, extra)


cdef void rank_group(
    Center *c, int32_t group, int64_t strategy, int32_t requirement, int32_t extra, int64_t *first, int64_t *second
) noexcept nogil:
    """Return by what agents rank before their own keys: equal within a group."""
    first[0] = second[0] = 0
    if strategy == BEST_SKILLED:
        first[0] = -sum_of_levels(c, group, requirement)
        if extra >= 0:
            first[0] -= sum_of_levels(c, group, extra)
        return
    first[0] = -preferred_met(c, group, requirement)
    if extra >= 0:
        first[0] -= preferred_met(c, group, extra)
    if strategy == FEWEST_SKILLS:
        second[0] = c.groups[group].n_skills


# ---------------------------------------------------------------------- which grades there are

cdef inline int grading_of(int64_t strategy) noexcept nogil:
    """Return the number of the kind of rank that a strategy asks for."""
    return 0 if strategy == BEST_SKILLED else 1 if strategy == FEWEST_SKILLS else 2


cdef inline int64_t strategy_of(int grading) noexcept nogil:
    """Return a strategy that asks for this kind of rank."""
    return BEST_SKILLED if grading == 0 else FEWEST_SKILLS if grading == 1 else LEAST_OCCUPIED


cdef inline bint ranks_before(int64_t first, int64_t second, const Grade *grade) noexcept nogil:
    return first < grade.first or (first == grade.first and second < grade.second)


cdef inline bint ranks_too(Center *c, int64_t strategy, int32_t extra) noexcept nogil:
    """Say whether an interaction's own requirement ranks groups, so that those of its step alone do not help."""
    return extra >= 0 and (strategy == BEST_SKILLED or has_preferred(c, extra))


cdef const Grades *grades_of(
    Center *c, int64_t strategy, int32_t requirement, int32_t extra, int32_t n_available
) noexcept nogil:
    """Return the grades that a strategy asks for, or NULL: none are kept, or they are no help.

    They are none where an own requirement ranks, too, and where there are more of them than groups with somebody
    available, all of which may then be looked at.
    """
    cdef const Grades *found = c.requirements[requirement].grades
    if found == NULL or ranks_too(c, strategy, extra):
        return NULL
    found += grading_of(strategy)
    return found if found.is_kept and found.n <= n_available else NULL


cdef Eligible eligible_in(Center *c, const Grade *grade, int32_t requirement, int32_t extra) noexcept nogil:
    """Return the groups of one grade, of those that satisfy another requirement, too, if there is one."""
    cdef const uint64_t *two = c.requirements[extra].groups if extra >= 0 else grade.groups
    return Eligible(grade.groups, two, grade.n_groups)


# ---------------------------------------------------------------------- when they begin

cdef void miss_grades(
    Center *c, int64_t strategy, int32_t requirement, int32_t extra, int32_t looked_at
) noexcept nogil:
    """So many groups were looked at, one after the other: note that grades would help, if these are many."""
    cdef const Grades *grades = c.requirements[requirement].grades
    cdef bint is_kept = grades != NULL and grades[grading_of(strategy)].is_kept
    if looked_at >= ACD_MANY_GROUPS and not is_kept and not ranks_too(c, strategy, extra):
        c.requirements[requirement].grades_missed |= <uint8_t> (1 << grading_of(strategy))
        c.grades_due = 1


cdef int place_in(const Grades *of, int64_t first, int64_t second) noexcept nogil:
    """Return the place of the grade of this rank, or of the next one behind it."""
    cdef int32_t low = 0, high = of.n, middle
    while low < high:
        middle = (low + high) // 2
        if ranks_before(first, second, &of.grades[middle]) or (
            of.grades[middle].first == first and of.grades[middle].second == second
        ):
            high = middle
        else:
            low = middle + 1
    return low


cdef inline bint is_at(const Grades *of, int32_t place, int64_t first, int64_t second) noexcept nogil:
    return place < of.n and of.grades[place].first == first and of.grades[place].second == second


cdef int add(Center *c, int32_t requirement, int grading, int32_t group) except -1 nogil:
    """Give a group its grade, which may be a new one."""
    cdef Grades *of = &c.requirements[requirement].grades[grading]
    cdef int64_t first, second
    cdef int32_t place, i
    cdef uint64_t *row = NULL
    rank_group(c, group, strategy_of(grading), requirement, -1, &first, &second)
    place = place_in(of, first, second)
    if not is_at(of, place, first, second):
        reserve_array(<void **> &of.grades, &of.capacity, of.n + 1, sizeof(Grade))
        row_longer(&row, 0, words_of_groups(c))
        i = of.n
        while i > place:
            of.grades[i] = of.grades[i - 1]
            i -= 1
        of.grades[place] = Grade(first, second, row, 0)
        of.n += 1
    row_set(of.grades[place].groups, words_of_groups(c), group)
    of.grades[place].n_groups += 1
    return 0


cdef int begin_grading(Center *c, int32_t requirement, int grading) except -1 nogil:
    """Give every group that satisfies a requirement its grade."""
    cdef Requirement *one = &c.requirements[requirement]
    cdef uint64_t word
    cdef int32_t w
    if one.grades == NULL:
        one.grades = <Grades *> calloc(GRADINGS, sizeof(Grades))
        if one.grades == NULL:
            raise MemoryError
    if one.grades[grading].is_kept:
        return 0
    for w in range(words_of_groups(c)):
        word = one.groups[w]
        while word:
            add(c, requirement, grading, w * 64 + __builtin_ctzll(word))
            word &= word - 1
    one.grades[grading].is_kept = 1
    return 0


cdef int begin_grades(Center *c) except -1 nogil:
    """Begin to keep those that have been missed.

    This takes two or three times as long as the search that missed them, once: with 10,000 groups 0.4 ms for one
    required skill, and 2.7 ms for twenty.
    """
    cdef int32_t requirement
    cdef int grading
    c.grades_due = 0
    for requirement in range(c.requirement_slots.used):
        for grading in range(GRADINGS):
            if (c.requirements[requirement].grades_missed >> grading) & 1:
                begin_grading(c, requirement, grading)
        c.requirements[requirement].grades_missed = 0
    return 0


# ---------------------------------------------------------------------- what they follow

cdef int grades_join(Center *c, int32_t requirement, int32_t group) except -1 nogil:
    """A group satisfies a requirement from now on."""
    cdef const Grades *grades = c.requirements[requirement].grades
    cdef int grading
    for grading in range(GRADINGS if grades != NULL else 0):
        if grades[grading].is_kept:
            add(c, requirement, grading, group)
    return 0


cdef void grades_leave(Center *c, int32_t requirement, int32_t group) noexcept nogil:
    """A group is about to end, which satisfies a requirement; an empty grade goes."""
    cdef Grades *of
    cdef Grade *grade
    cdef int64_t first, second
    cdef int32_t place
    cdef int grading
    for grading in range(GRADINGS if c.requirements[requirement].grades != NULL else 0):
        of = &c.requirements[requirement].grades[grading]
        if not of.is_kept:
            continue
        rank_group(c, group, strategy_of(grading), requirement, -1, &first, &second)
        place = place_in(of, first, second)
        grade = &of.grades[place]
        row_clear(grade.groups, words_of_groups(c), group)
        grade.n_groups -= 1
        if grade.n_groups:
            continue
        free(grade.groups)
        of.n -= 1
        while place < of.n:
            of.grades[place] = of.grades[place + 1]
            place += 1


cdef int grades_longer(Requirement *one, int32_t before, int32_t words) except -1 nogil:
    """There is room for more groups."""
    cdef int32_t i
    cdef int grading
    for grading in range(GRADINGS if one.grades != NULL else 0):
        for i in range(one.grades[grading].n):
            row_longer(&one.grades[grading].grades[i].groups, before, words)
    return 0


cdef void grades_free(Requirement *one) noexcept nogil:
    """Nobody asks for the requirement any more."""
    cdef int32_t i
    cdef int grading
    for grading in range(GRADINGS if one.grades != NULL else 0):
        for i in range(one.grades[grading].n):
            free(one.grades[grading].grades[i].groups)
        free(one.grades[grading].grades)
    free(one.grades)
    one.grades = NULL


# ---------------------------------------------------------------------- invariants

cdef bint is_sound(Center *c, int32_t requirement, int grading):
    """Say whether the grades are in order, none empty, and each group that satisfies the requirement in its own."""
    cdef const Requirement *one = &c.requirements[requirement]
    cdef const Grades *of = &one.grades[grading]
    cdef int32_t i, group, count, total = 0
    cdef int64_t first, second
    for i in range(of.n):
        count = 0
        if i and not ranks_before(of.grades[i - 1].first, of.grades[i - 1].second, &of.grades[i]):
            return False
        for group in range(c.group_slots.used):
            if not has_bit(of.grades[i].groups, group):
                continue
            rank_group(c, group, strategy_of(grading), requirement, -1, &first, &second)
            if not has_bit(one.groups, group) or not is_at(of, i, first, second):
                return False
            count += 1
        if count == 0 or count != of.grades[i].n_groups:
            return False
        total += count
    return total == one.n_groups


cdef bint grades_are_sound(Center *c, int32_t requirement):
    """Say whether all that are kept are; for invariants."""
    cdef const Requirement *one = &c.requirements[requirement]
    cdef int grading
    for grading in range(GRADINGS if one.grades != NULL else 0):
        if one.grades[grading].is_kept and not is_sound(c, requirement, grading):
            return False
    return True
