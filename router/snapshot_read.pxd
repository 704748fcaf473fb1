"""A center from the bytes of its whole state."""

from libc.stdint cimport int32_t, int64_t

from .model cimport Center, Name
from .snapshot_io cimport Armed, Io


cdef Center *center_of(bytes data) except NULL

# What is read is held to what may be: these raise ValueError.
cdef int sound(bint good, str what) except -1
cdef int in_range(int64_t value, int64_t least, int64_t end, str what) except -1
cdef int32_t read_count(Io *io, int64_t least_bytes, str what) except -1
cdef int new_name(Center *c, int32_t kind, const Name *name, int64_t value, str what) except -1
cdef int take_timer(Center *c, const Armed *armed, int32_t kind, int32_t owner, int32_t *timer) except -1
