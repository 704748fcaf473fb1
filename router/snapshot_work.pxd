"""The half of a snapshot that is work: interactions, offers, assignments, and what is remembered."""

from .model cimport Center
from .snapshot_io cimport Io


cdef int read_work(Io *io, Center *c) except -1
