"""The first interaction for an agent: of what is filed under the agent's skills, by rank."""

from libc.stdint cimport int32_t

from .heap cimport Rank, rank_before
from .law cimport ORDER, ORDER_DUE
from .model cimport Center


cdef int32_t best_waiting(Center *c, int32_t agent) noexcept nogil  # of those that the agent may take, or -1
cdef bint has_idle_peer(Center *c, int32_t agent) noexcept nogil    # then there is none
cdef bint sooner(Center *c, int32_t one, int32_t two) noexcept nogil    # by rank, of two interactions
cdef int compare_ranks(Center *c, const Rank *one, const Rank *two) noexcept nogil


cdef inline bint ranks_before(Center *c, const Rank *one, const Rank *two) noexcept nogil:
    if c.settings[ORDER] == ORDER_DUE:
        return rank_before(one, two)
    return compare_ranks(c, one, two) < 0
