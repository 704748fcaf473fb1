# cython: cdivision=True
"""A table from (kind, bytes) to a number; see names.pxd."""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcmp

from .hashing cimport mix64, name_hash


cdef inline uint64_t keyed(int32_t kind, uint64_t hash) noexcept nogil:
    cdef uint64_t key = mix64(hash + <uint64_t> kind)
    return key if key != 0 else 1


cdef int names_grow(NameTable *table, int64_t more) except -1 nogil:
    """Make room for ``more`` further names at no more than half full; raise MemoryError if there is none."""
    cdef int64_t capacity = table.capacity if table.capacity > 16 else 16
    cdef int64_t old, place
    cdef NameEntry *entries
    while (table.n + more) * 2 > capacity:
        capacity *= 2
    if capacity == table.capacity:
        return 0
    entries = <NameEntry *> calloc(<size_t> capacity, sizeof(NameEntry))
    if entries == NULL:
        raise MemoryError
    for old in range(table.capacity):
        if table.entries[old].hash != 0:
            place = <int64_t> (table.entries[old].hash & <uint64_t> (capacity - 1))
            while entries[place].hash != 0:
                place = (place + 1) & (capacity - 1)
            entries[place] = table.entries[old]
    free(table.entries)
    table.entries = entries
    table.capacity = capacity
    return 0


cdef NameEntry *names_find(
    const NameTable *table, int32_t kind, const char *text, int32_t length, uint64_t hash
) noexcept nogil:
    """Return the entry of a name, or NULL. ``hash`` is the hash of the bytes alone."""
    cdef uint64_t key = keyed(kind, hash)
    cdef int64_t place
    cdef NameEntry *entry
    if table.capacity == 0:
        return NULL
    place = <int64_t> (key & <uint64_t> (table.capacity - 1))
    while True:
        entry = &table.entries[place]
        if entry.hash == 0:
            return NULL
        if entry.hash == key and entry.kind == kind and entry.length == length:
            if memcmp(entry.text, text, <size_t> length) == 0:
                return entry
        place = (place + 1) & (table.capacity - 1)


cdef void names_put(
    NameTable *table, int32_t kind, const char *text, int32_t length, uint64_t hash, int64_t value
) noexcept nogil:
    """Put in a name that is not there; room has been reserved."""
    cdef uint64_t key = keyed(kind, hash)
    cdef int64_t place = <int64_t> (key & <uint64_t> (table.capacity - 1))
    while table.entries[place].hash != 0:
        place = (place + 1) & (table.capacity - 1)
    table.entries[place] = NameEntry(key, text, length, kind, value)
    table.n += 1


cdef void names_remove(NameTable *table, int32_t kind, const char *text, int32_t length, uint64_t hash) noexcept nogil:
    """Take out a name that is there; what was pushed past it moves back (Knuth, 6.4, algorithm R)."""
    cdef NameEntry *entry = names_find(table, kind, text, length, hash)
    cdef int64_t mask = table.capacity - 1
    cdef int64_t hole, place, home
    if entry == NULL:
        return
    hole = <int64_t> (entry - table.entries)
    place = hole
    while True:
        place = (place + 1) & mask
        if table.entries[place].hash == 0:
            break
        home = <int64_t> (table.entries[place].hash & <uint64_t> mask)
        if ((place - home) & mask) >= ((place - hole) & mask):
            table.entries[hole] = table.entries[place]
            hole = place
    table.entries[hole].hash = 0
    table.n -= 1


cdef class NamesProbe:
    """A table of names of one kind, for tests. ``spread``: how many different hashes there are."""

    cdef NameTable table
    cdef dict kept
    cdef uint64_t spread

    def __cinit__(self, uint64_t spread):
        self.kept = {}
        self.spread = spread

    def __dealloc__(self):
        free(self.table.entries)

    cdef uint64_t hash_of(self, bytes name):
        return name_hash(name, <int32_t> len(name)) % self.spread

    def put(self, bytes name, int64_t value):
        """Put in a name that is not there."""
        self.kept[name] = name  # the table does not own the bytes
        names_reserve(&self.table, 1)
        names_put(&self.table, 1, name, <int32_t> len(name), self.hash_of(name), value)

    def find(self, bytes name):
        """Return the value of a name, or None."""
        cdef NameEntry *entry = names_find(&self.table, 1, name, <int32_t> len(name), self.hash_of(name))
        return entry.value if entry != NULL else None

    def remove(self, bytes name):
        """Take out a name that is there."""
        names_remove(&self.table, 1, self.kept.pop(name), <int32_t> len(name), self.hash_of(name))

    def __len__(self):
        return self.table.n
