"""The part of check_invariants that holds queues, gates, claims and pairs to the law."""

from .model cimport Center


cdef int check_channels(Center *c) except -1
cdef int check_queues(Center *c) except -1
cdef int check_gates(Center *c) except -1
cdef int check_pairing(Center *c) except -1
