"""The gates of conditional steps: when they turn, and what follows."""

from libc.stdint cimport int32_t

from .model cimport Center


cdef int turn_gates(Center *c) except -1 nogil                      # how many turned
cdef int gates_renew(Center *c, int32_t queue) except -1 nogil      # it was defined: who measures whom
cdef int gates_relate(Center *c) except -1 nogil                    # the same of all
