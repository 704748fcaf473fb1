"""Claims: overdue interactions that keep an agent free for them."""

from libc.stdint cimport int32_t

from .model cimport Center


cdef void join_claimants(Center *c, int32_t interaction) noexcept nogil   # if it is overdue and of the kind that claims
cdef int end_claims(Center *c) except -1 nogil                      # how many ended
cdef int make_claims(Center *c) except -1 nogil                     # how many were made
cdef bint may_be_claimed(Center *c, int32_t agent, int32_t interaction) noexcept nogil
