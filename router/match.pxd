"""Who ranks first: indices of those who are available, against the lines of lines.pxd."""

from libc.stdint cimport int32_t, int64_t, uint32_t

from .model cimport Center


cdef void touch(Center *c, int32_t agent) noexcept nogil            # availability or keys may have changed
cdef void index_remove(Center *c, int32_t agent) noexcept nogil      # out of every index of available agents
cdef void settle_touched(Center *c) noexcept nogil                  # bring the indices up to date
cdef void wake(Center *c, int32_t interaction) noexcept nogil       # a WAITING one is to be paired, if it may be
cdef int next_pair(Center *c, int32_t *interaction, int32_t *agent) except -1 nogil
cdef void pick_shared(Center *c, int32_t interaction, int32_t most) noexcept nogil
cdef bint may_serve(Center *c, int32_t agent, int32_t interaction) noexcept nogil
cdef bint sooner(Center *c, int32_t one, int32_t two) noexcept nogil      # by rank, of two interactions
cdef bint is_suited(Center *c, int32_t agent, int32_t interaction) noexcept nogil
cdef bint is_banned(Center *c, int32_t agent, int32_t interaction) noexcept nogil
cdef bint has_room(Center *c, int32_t agent, int32_t channel) noexcept nogil
cdef int32_t units_in_the_way(Center *c, int32_t agent, int32_t channel) noexcept nogil
cdef uint32_t fitting(Center *c, int32_t agent) noexcept nogil
cdef int32_t limit_of(Center *c, int32_t agent, int32_t channel) noexcept nogil
cdef int64_t reserve_opens_ns(Center *c, int32_t interaction) noexcept nogil
cdef int64_t count_free(Center *c, int32_t requirement, int32_t extra, int32_t channel) noexcept nogil
