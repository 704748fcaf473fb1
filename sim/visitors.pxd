"""Customers: they arrive, wait, balk, hang up, are called back, are passed on, come again, and leave."""

from libc.stdint cimport int32_t, int64_t

from .stage cimport Stage


cdef void plan_arrival(Stage *s, int32_t source) noexcept nogil
cdef int source_speaks(Stage *s, int32_t source) except -1 nogil            # its next customers arrive
cdef int customer_acts(Stage *s, int32_t customer) except -1 nogil          # what the customer has planned is due
cdef int settle_newcomers(Stage *s) except -1 nogil
cdef int talk_is_over(Stage *s, int32_t customer) except -1 nogil           # and the customer leaves
cdef void is_answered(Stage *s, int32_t customer, int32_t agent) noexcept nogil
cdef int waits_again(Stage *s, int32_t customer) except -1 nogil            # back from an agent, without a talk
cdef int goes_unserved(Stage *s, int32_t customer, int32_t outcome) except -1 nogil
cdef int is_moved(Stage *s, int32_t customer, int32_t queue) except -1 nogil
cdef int begins_anew(Stage *s, int32_t customer, int64_t interaction, int32_t queue, int32_t tier) except -1 nogil
