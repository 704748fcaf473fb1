"""Claims: overdue interactions that keep an agent free for them."""

from libc.stdint cimport int32_t

from .law cimport CLAIMS
from .model cimport Center


cdef void join_claimants(Center *c, int32_t interaction) noexcept nogil   # if it is overdue and of the kind that claims
cdef int end_claims(Center *c) except -1 nogil                      # how many ended
cdef void forget_claims(Center *c) noexcept nogil                   # all may be different: they are looked at again
cdef int make_claims(Center *c) except -1 nogil                     # how many were made
cdef void ask_for_demand(Center *c, int32_t demand) noexcept nogil  # somebody may be past due there
cdef void find_claimants(Center *c) noexcept nogil                   # all there are, of whom nothing is known
cdef void drop_asked(Center *c, int32_t demand) noexcept nogil      # it is gone

cdef inline bint anybody_claims(Center *c) noexcept nogil:
    """Say whether anybody may be past due and want an agent kept free."""
    return c.claimants.n or c.asked_demands.n or c.claimants_apart.n


cdef inline bint claims_in(Center *c, int32_t queue) noexcept nogil:
    """Say whether those who are past due in a queue claim agents."""
    return c.queues[queue].fields[CLAIMS] and c.channels[c.queues[queue].channel].coarse
