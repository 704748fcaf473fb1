"""Grades: the groups that satisfy a requirement, by how they rank before their agents' own keys.

By levels, by preferred skills and by how few skills they have, groups rank as they are, whoever of them is there.
So for each requirement whose queues ask for such a rank there are rows of bits, the best first: whoever is
sought comes from the first row in which somebody is available. They are kept from when they are first missed until
the requirement goes, or a queue that asks for it gets another strategy: 10,000 groups in 190 grades, which ten skills
may make, take 245 KB. Where they do not help, what groups rank by is added up anew (scores.pxd).
"""

from libc.stdint cimport int32_t, int64_t

from .available cimport Eligible
from .model cimport Center, Grade, Grades, Requirement


cdef bint ranks_groups(Center *c, int64_t strategy, int32_t requirement, int32_t extra) noexcept nogil
cdef void rank_group(
    Center *c, int32_t group, int64_t strategy, int32_t requirement, int32_t extra, int64_t *first, int64_t *second
) noexcept nogil
cdef const Grades *grades_of(
    Center *c, int64_t strategy, int32_t requirement, int32_t extra, int32_t n_available
) noexcept nogil
cdef Eligible eligible_in(Center *c, const Grade *grade, int32_t requirement, int32_t extra) noexcept nogil

# When they begin: noted where they are missed, done where memory may fail.
cdef void miss_grades(
    Center *c, int64_t strategy, int32_t requirement, int32_t extra, int32_t looked_at
) noexcept nogil
cdef int begin_grades(Center *c) except -1 nogil

# What they follow.
cdef int grades_join(Center *c, int32_t requirement, int32_t group) except -1 nogil     # which satisfies it from now on
cdef void grades_leave(Center *c, int32_t requirement, int32_t group) noexcept nogil    # and from now on does not
cdef int grades_longer(Requirement *one, int32_t before, int32_t words) except -1 nogil     # words of groups
cdef void grades_free(Requirement *one) noexcept nogil

cdef bint grades_are_sound(Center *c, int32_t requirement)

cdef inline bint has_preferred(Center *c, int32_t requirement) noexcept nogil:
    return c.requirements[requirement].end_of_excluded < c.requirements[requirement].n_skills
