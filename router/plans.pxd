"""What follows from time and state alone: steps, gates, longest waits, addresses, claims; and doors."""

from libc.stdint cimport int32_t, int64_t

from .law cimport OK
from .model cimport Center, Interaction, Queue, Step
from .store cimport list_push


cdef int pair(Center *c) except -1 nogil                            # settle, and make pairs until none is left
cdef int settle(Center *c) except -1 nogil
cdef void check_again(Center *c, int32_t interaction) noexcept nogil  # its conditions are to be looked at
cdef void check_queue(Center *c, int32_t queue) noexcept nogil      # those of all who wait there
cdef void enter_watched(Center *c, int32_t interaction) noexcept nogil
cdef void leave_watched(Center *c, int32_t interaction) noexcept nogil
cdef void gates_of(Center *c, int32_t queue) noexcept nogil         # what they measure has changed
cdef int act(Center *c, int32_t interaction, const Step *step) except -1 nogil   # raise, or move
cdef int32_t who_waits_in(Center *c, int32_t queue) noexcept nogil     # into scratch, in order; how many
cdef void sort_by_seq(Center *c, int32_t *slots, int32_t n) noexcept nogil
cdef void queue_flags(Center *c, int32_t queue) noexcept nogil      # whether it needs a clock
cdef int32_t door_in_doubt(Center *c, int32_t queue, int32_t extra, bint is_addressed) noexcept nogil
cdef bint may_move(Center *c, int32_t interaction, int32_t queue) noexcept nogil
cdef int replan(Center *c, int32_t interaction, bint begins_anew) except -1 nogil

cdef inline bint has_plan(Center *c, int32_t interaction) noexcept nogil:
    """Say whether there is anything that time or state alone may do to it."""
    cdef Interaction *one = &c.interactions[interaction]
    cdef Queue *queue = &c.queues[one.queue]
    return queue.is_timed or queue.is_conditional or one.addressed >= 0 or one.clock >= 0


cdef inline void unsettle(Center *c, int32_t interaction) noexcept nogil:
    """Its plan is to be brought up to date, if it has one."""
    if not c.interactions[interaction].is_unsettled and has_plan(c, interaction):
        c.interactions[interaction].is_unsettled = 1
        list_push(&c.unsettled, interaction)


cdef inline void queue_join(Center *c, int32_t interaction) noexcept nogil:
    """It is WAITING or OFFERED in its queue from now on."""
    cdef Queue *queue = &c.queues[c.interactions[interaction].queue]
    queue.queued += 1
    if queue.is_watched or queue.n_dependents:
        enter_watched(c, interaction)


cdef inline void queue_leave(Center *c, int32_t interaction) noexcept nogil:
    """It is WAITING or OFFERED there no more."""
    cdef Queue *queue = &c.queues[c.interactions[interaction].queue]
    queue.queued -= 1
    if queue.is_watched or queue.n_dependents:
        leave_watched(c, interaction)


cdef inline int32_t door(Center *c, int32_t queue, int32_t extra, bint is_addressed) noexcept nogil:
    """Return why a queue takes nobody in, or OK."""
    cdef Queue *q = &c.queues[queue]
    if q.is_open and q.waits_unstaffed and q.queued < q.max_waiting:
        return OK
    return door_in_doubt(c, queue, extra, is_addressed)
