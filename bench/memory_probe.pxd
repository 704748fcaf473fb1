"""What a center's memory is made of, array by array."""

from libc.stdint cimport int64_t

from acdcore.router.model cimport Center


cdef enum:
    MOST_ROWS = 96

cdef struct Row:
    const char *name
    int64_t used                    # entries in use, as far as it is known
    int64_t capacity                # entries that there is room for
    int64_t size                    # bytes an entry

cdef int rows_of(Center *c, Row *rows, bint deep) noexcept nogil    # deep: what hangs on entries, too (a scan)
cdef int64_t bytes_of(Center *c) noexcept nogil                     # of all that rows_of tells, not deep
