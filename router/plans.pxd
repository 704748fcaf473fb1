"""What follows from time and state alone: steps, gates, longest waits, addresses, claims; and doors."""

from libc.stdint cimport int32_t, int64_t

from .model cimport Center, Step


cdef int pair(Center *c) except -1 nogil                            # settle, and make pairs until none is left
cdef int settle(Center *c) except -1 nogil
cdef void unsettle(Center *c, int32_t interaction) noexcept nogil   # its plan is to be brought up to date
cdef void check_again(Center *c, int32_t interaction) noexcept nogil  # its conditions are to be looked at
cdef void check_queue(Center *c, int32_t queue) noexcept nogil      # those of all who wait there
cdef void queue_join(Center *c, int32_t interaction) noexcept nogil   # it is WAITING or OFFERED there from now on
cdef void queue_leave(Center *c, int32_t interaction) noexcept nogil
cdef void gates_of(Center *c, int32_t queue) noexcept nogil         # what they measure has changed
cdef int act(Center *c, int32_t interaction, const Step *step) except -1 nogil   # raise, or move
cdef void sort_by_seq(Center *c, int32_t *slots, int32_t n) noexcept nogil
cdef void queue_flags(Center *c, int32_t queue) noexcept nogil      # whether it needs a clock
cdef int32_t door(Center *c, int32_t queue, int32_t extra, bint is_addressed) noexcept nogil
cdef bint may_move(Center *c, int32_t interaction, int32_t queue) noexcept nogil
cdef int replan(Center *c, int32_t interaction, bint begins_anew) except -1 nogil
