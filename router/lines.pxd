"""Lines: where those who wait stand, first come first in rank, filed under what they ask for."""

from libc.stdint cimport int32_t, int64_t

from .heap cimport Rank
from .law cimport NONE, STEP_KEEPS, STEP_MOVE_TO
from .model cimport Center, Step


cdef int line_join(Center *c, int32_t interaction) except -1 nogil  # into its line, or among its agent's own
cdef void line_leave(Center *c, int32_t interaction) noexcept nogil  # out of it, if it stands in one
cdef int32_t line_among(Center *c, int32_t cell, int32_t priority, int32_t step, int32_t extra) noexcept nogil
cdef int line_refile(Center *c, int32_t line) except -1 nogil       # its step in force is another
cdef void wake_line(Center *c, int32_t line) noexcept nogil         # to be looked at in the next pairing
cdef int lines_of_queue_renew(Center *c, int32_t queue) except -1 nogil   # the queue was defined anew

cdef inline int32_t channel_of(Center *c, int32_t interaction) noexcept nogil:
    return c.queues[c.interactions[interaction].queue].channel


cdef inline Rank rank_of(Center *c, int32_t interaction) noexcept nogil:
    """Return the static key of an interaction; what is addressed ranks before every priority."""
    cdef int64_t first = -<int64_t> c.interactions[interaction].priority
    if c.interactions[interaction].addressed >= 0:
        first -= 1000
    return Rank(
        first, c.interactions[interaction].due_ns, c.interactions[interaction].since_ns,
        c.interactions[interaction].seq, interaction
    )


cdef inline bint step_keeps(const Step *step) noexcept nogil:
    """Say whether the requirement of before goes on to hold in this step."""
    return step.fields[STEP_MOVE_TO] != NONE or step.fields[STEP_KEEPS]


cdef inline int32_t step_in_force(Center *c, int32_t queue, int32_t step) noexcept nogil:
    """Return the latest step begun that states a requirement and whose gate is open; the first one does."""
    while step and (step_keeps(&c.queues[queue].plan[step]) or not c.queues[queue].plan[step].is_open):
        step -= 1
    return step


cdef inline int32_t basis(Center *c, int32_t queue, int32_t step) noexcept nogil:
    """Return the requirement of a step, its gate aside; one that keeps it has that of the step before."""
    while step_keeps(&c.queues[queue].plan[step]):
        step -= 1
    return c.queues[queue].plan[step].requirement
