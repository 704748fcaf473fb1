"""A table from (kind, bytes) to a number: open addressing, linear probing, no tombstones, no stall when it grows.

The table does not own the bytes: whoever puts a name in keeps it unmoved until it is taken out.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t


cdef struct NameEntry:
    uint64_t hash                   # of the bytes, mixed with the kind; 0: an empty place
    const char *text
    int32_t length
    int32_t kind
    int64_t value

cdef struct NameTable:
    NameEntry *entries
    int64_t n
    int64_t capacity                # a power of two, or 0
    NameEntry *old                  # the table of before, while it moves over; else NULL
    int64_t old_capacity
    int64_t old_place               # before which it is empty

cdef int names_grow(NameTable *table, int64_t more) except -1 nogil
cdef NameEntry *names_find(
    const NameTable *table, int32_t kind, const char *text, int32_t length, uint64_t hash) noexcept nogil
cdef void names_put(
    NameTable *table, int32_t kind, const char *text, int32_t length, uint64_t hash, int64_t value) noexcept nogil
cdef void names_free(NameTable *table) noexcept nogil
cdef void names_remove(NameTable *table, int32_t kind, const char *text, int32_t length, uint64_t hash) noexcept nogil

cdef inline int names_reserve(NameTable *table, int64_t more) except -1 nogil:
    """Make room for ``more`` names; raise MemoryError if there is none."""
    return names_grow(table, more) if (table.n + more) * 2 > table.capacity else 0
