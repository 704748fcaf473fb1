"""Indices of available agents: one for each channel and inner order that some queue needs."""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t

from .heap cimport AgentKey
from .model cimport Center, Index
from .order cimport Walk


cdef struct Eligible:               # groups that may be looked at: those whose bits are in both rows
    const uint64_t *one
    const uint64_t *two
    int32_t n                       # how many bits the first has


cdef int kind_use(Center *c, int32_t channel, int64_t strategy) except -1 nogil  # begin to keep it
cdef int inner_order(int64_t strategy) noexcept nogil
cdef void make_key(Center *c, int32_t agent, int order_by, AgentKey *key) noexcept nogil

# Room, as groups, their members and agents become more.
cdef int indices_of_groups(Center *c, int32_t words) except -1 nogil    # there were so many words of groups
cdef int indices_of_members(Center *c, int32_t group, int32_t n) except -1 nogil
cdef int indices_of_agents(Center *c, int32_t before) except -1 nogil   # there was room for so many agents
cdef void indices_free(Center *c) noexcept

# Who is in.
cdef void index_renew(Center *c, int32_t agent, uint32_t channels) noexcept nogil   # in those of these channels only
cdef void index_remove(Center *c, int32_t agent) noexcept nogil      # out of every index of available agents
cdef int begin_orders(Center *c) except -1 nogil                    # those that pay now, where orders_due says so

# Who is first.
cdef int32_t next_word(Center *c, const Index *index, const Eligible *of, int32_t w) noexcept nogil
cdef bint walk_pays(Center *c, const Index *index, const Eligible *of, int32_t w, Walk *walk) noexcept nogil
cdef int32_t first_available(Center *c, const Index *index, const Eligible *of) noexcept nogil
cdef int64_t count_free(Center *c, int32_t requirement, int32_t extra, int32_t channel) noexcept nogil

cdef inline Eligible eligible_for(Center *c, int32_t requirement, int32_t extra) noexcept nogil:
    """Return the groups that satisfy a requirement, and a second one, if that is not -1."""
    return Eligible(
        c.requirements[requirement].groups, c.requirements[extra if extra >= 0 else requirement].groups,
        c.requirements[requirement].n_groups
    )
