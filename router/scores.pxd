"""Which of many groups rank best, where an interaction's own requirement counts: 64 groups at a time.

Grades (grades.pxd) are kept for what queues ask for. What one interaction asks for, nobody has kept anything for; but
the levels of all groups in a skill are rows of bits (levels.pxd), which are added as numbers are added by hand, and
the largest sums are found digit by digit.
"""

from libc.stdint cimport int32_t, int64_t

from .available cimport Eligible
from .model cimport Center, Index


cdef int scores_longer(Center *c, int32_t words) except -1 nogil     # there is room for more groups

# Add up what groups rank by, of those that are eligible and have somebody available; return how many these are. 0: they
# are few, or rank by something else; then look at each.
cdef int32_t begin_scores(
    Center *c, const Index *index, const Eligible *of, int64_t strategy, int32_t requirement, int32_t extra
) noexcept nogil

# The groups of the best score, and any one of them; the next time, of the next best. False: there are no more.
cdef bint next_scored(Center *c, Eligible *of, int32_t *group) noexcept nogil
