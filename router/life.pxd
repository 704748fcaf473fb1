"""What happens to interactions, offers, assignments and agents: every transition of the law."""

from libc.stdint cimport int32_t, int64_t

from .model cimport Answer, Center, Command


cdef void pair(Center *c) noexcept nogil
cdef int64_t fire_due(Center *c) except -1 nogil

cdef int enqueue(Center *c, const Command *command, const char *name, Answer *answer) except -1 nogil
cdef void cancel(Center *c, const Command *command, Answer *answer) noexcept nogil
cdef void complete(Center *c, const Command *command, Answer *answer) noexcept nogil
cdef void end_wrap_up(Center *c, const Command *command, Answer *answer) noexcept nogil
cdef void sign_in(Center *c, const Command *command, Answer *answer) noexcept nogil
cdef void set_presence(Center *c, const Command *command, Answer *answer) noexcept nogil
cdef void renew_lease(Center *c, const Command *command, Answer *answer) noexcept nogil
cdef void accept(Center *c, const Command *command, Answer *answer) noexcept nogil
cdef void decline(Center *c, const Command *command, Answer *answer) noexcept nogil

cdef int32_t interaction_slot(Center *c, int64_t handle) noexcept nogil
cdef int32_t offer_slot(Center *c, int64_t handle) noexcept nogil
cdef int32_t assignment_slot(Center *c, int64_t handle) noexcept nogil
