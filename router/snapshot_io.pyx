# cython: cdivision=True
"""Bytes in and out; see snapshot_io.pxd."""

from libc.stdint cimport int64_t, uint8_t
from libc.stdlib cimport realloc
from libc.string cimport memcpy

from .model cimport Name
from .store cimport name_keep


cdef bint io_more(Io *io, int64_t bytes) noexcept nogil:
    """Make room for so many more bytes to write; when reading there are none."""
    cdef int64_t used = io.at - io.begin, room = io.end - io.begin
    cdef unsigned char *moved
    if not io.writes:
        io.failed = 1
        io.at = io.end
        return False
    while room - used < bytes:
        room = 2 * room if room else 1 << 16
    moved = <unsigned char *> realloc(io.begin, <size_t> room)
    if moved == NULL:
        io.failed = 1
        return False
    io.begin, io.at, io.end = moved, moved + used, moved + room
    return True


cdef int io_name(Io *io, Name *name) except -1:
    cdef uint8_t length = <uint8_t> name.length
    cdef unsigned char *at
    io_u8(io, &length)
    at = io_take(io, length)
    if at == NULL:
        return 0
    if io.writes:
        if length:  # an empty name has no text
            memcpy(at, name.text, length)
        return 0
    return name_keep(name, <const char *> at, length)
