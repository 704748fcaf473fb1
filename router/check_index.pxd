"""The part of check_invariants that holds indices, requirements, demands and lines to what they index."""

from .model cimport Center


cdef int check_groups(Center *c) except -1
cdef int check_requirements(Center *c) except -1
cdef int check_lines(Center *c) except -1
cdef int check_demands(Center *c) except -1
