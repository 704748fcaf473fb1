"""The cool-downs of an interaction: a short list of banned agents, and one timer at its earliest end."""

from libc.stdint cimport int32_t, int64_t

from .model cimport Center


cdef void add_ban(Center *c, int32_t slot, int32_t agent, int64_t until_ns) noexcept nogil
cdef int32_t drop_ended_bans(Center *c, int32_t slot) noexcept nogil
cdef void drop_bans_of(Center *c, int32_t slot, int32_t agent) noexcept nogil
cdef void drop_bans(Center *c, int32_t slot) noexcept nogil

cdef inline void clear_bans(Center *c, int32_t slot) noexcept nogil:
    """Forget every cool-down, and their timer."""
    if c.interactions[slot].first_ban >= 0:
        drop_bans(c, slot)
