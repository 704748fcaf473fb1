"""After a restart, or a gap in time: leases and offers that nobody could see to meanwhile."""

from .model cimport Answer, Center, Command


cdef int resume(Center *c, const Command *command, Answer *answer) except -1 nogil
