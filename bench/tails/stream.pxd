"""Commands on record: written once, by whoever drives a center, and replayed as often as one likes."""

from libc.stdint cimport int32_t, int64_t

from acdcore.router.core cimport Core
from acdcore.router.model cimport Answer, Command, Item


cdef struct Entry:                  # one command, with where its name and its items begin
    Command command
    int64_t name
    int64_t item
    int32_t label               # what it is measured as; 0: not at all

cdef struct Arena:                  # bytes one after the other
    char *bytes
    int64_t n
    int64_t capacity


cdef class Stream:
    cdef readonly Core core         # the center that the commands were recorded on; None once they were loaded
    cdef readonly list labels       # by number, the first being "": what brings the center where it is measured
    cdef public int64_t now_ns      # of the next command
    cdef int32_t label              # likewise
    cdef public dict about          # what the stream is, for whoever loads it
    cdef Arena entries
    cdef Arena names
    cdef Arena items

    cdef int put(self, Command *command, const char *name, const Item *items, Answer *answer) except -1
    cdef int push(self, const Command *command, const char *name, const Item *items) except -1 nogil
    cdef Arena *part(self, str name)


cdef inline int64_t length_of(Stream stream) noexcept nogil:
    return stream.entries.n // <int64_t> sizeof(Entry)


cdef inline const Entry *entry_of(Stream stream, int64_t i) noexcept nogil:
    return <const Entry *> stream.entries.bytes + i


cdef inline const char *name_of(Stream stream, const Entry *entry) noexcept nogil:
    return stream.names.bytes + entry.name


cdef inline const Item *items_of(Stream stream, const Entry *entry) noexcept nogil:
    return <const Item *> (stream.items.bytes + entry.item)
