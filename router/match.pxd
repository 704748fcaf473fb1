"""Who may serve whom, and who ranks first: requirements against groups, lines against agents."""

from libc.stdint cimport int32_t, int64_t

from .model cimport Center, Item


cdef void touch(Center *c, int32_t agent) noexcept nogil
cdef void wake(Center *c, int32_t interaction) noexcept nogil
cdef void line_leave(Center *c, int32_t interaction) noexcept nogil
cdef int32_t line_of(Center *c, int32_t queue, int32_t cell, int32_t priority) except -1 nogil
cdef bint is_available(Center *c, int32_t agent) noexcept nogil
cdef bint may_serve(Center *c, int32_t agent, int32_t interaction) noexcept nogil
cdef bint next_pair(Center *c, int32_t *interaction, int32_t *agent) noexcept nogil

cdef int32_t requirement_of(Center *c, const Item *items, int32_t n) except -1 nogil
cdef int32_t group_of(Center *c, const Item *items, int32_t n) except -1 nogil
cdef int strategy_use(Center *c, int64_t strategy) except -1 nogil
cdef int agent_room(Center *c, int32_t group) except -1 nogil
