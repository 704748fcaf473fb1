# cython: cdivision=True
"""A table from (kind, bytes) to a number; see names.pxd."""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcmp

from .hashing cimport mix64, name_hash

cdef extern from *:
    """
    /* So many places move over at once; few in a debug build, so that tests see tables that are moving. */
    #ifdef ACDCORE_DEBUG
    #define ACD_AT_ONCE 16
    #else
    #define ACD_AT_ONCE 4096
    #endif
    """
    const int64_t AT_ONCE "ACD_AT_ONCE"

cdef enum:
    PLACES_A_STEP = 8               # a table that has doubled is full again after over twice the steps this needs

cdef int64_t MAX_PLACES = (<int64_t> 1 << 62)


cdef inline uint64_t keyed(int32_t kind, uint64_t hash) noexcept nogil:
    cdef uint64_t key = mix64(hash + <uint64_t> kind)
    return key if key != 0 else 1


cdef void put(NameEntry *entries, int64_t capacity, const NameEntry *one) noexcept nogil:
    """Put an entry at its home, or at the first free place behind it."""
    cdef int64_t place = <int64_t> (one.hash & <uint64_t> (capacity - 1))
    while entries[place].hash != 0:
        place = (place + 1) & (capacity - 1)
    entries[place] = one[0]


cdef void take_out(NameEntry *entries, int64_t capacity, int64_t hole) noexcept nogil:
    """Empty a place; what was pushed past it moves back (Knuth, 6.4, algorithm R)."""
    cdef int64_t mask = capacity - 1, place = hole, home
    while True:
        place = (place + 1) & mask
        if entries[place].hash == 0:
            break
        home = <int64_t> (entries[place].hash & <uint64_t> mask)
        if ((place - home) & mask) >= ((place - hole) & mask):
            entries[hole] = entries[place]
            hole = place
    entries[hole].hash = 0


cdef NameEntry *find(
    NameEntry *entries, int64_t capacity, uint64_t key, int32_t kind, const char *text, int32_t length
) noexcept nogil:
    cdef int64_t place = <int64_t> (key & <uint64_t> (capacity - 1))
    cdef NameEntry *entry
    if capacity == 0:
        return NULL
    while True:
        entry = &entries[place]
        if entry.hash == 0:
            return NULL
        if entry.hash == key and entry.kind == kind and entry.length == length:
            if memcmp(entry.text, text, <size_t> length) == 0:
                return entry
        place = (place + 1) & (capacity - 1)


# ---------------------------------------------------------------------- growth

cdef void move_over(NameTable *table, int64_t places) noexcept nogil:
    """Empty so many more places of the old table into the new one; free it with the last.

    What is taken out may bring another entry into its place, but never into one that has been emptied before.
    """
    cdef NameEntry entry
    while places and table.old_place < table.old_capacity:
        places -= 1
        if table.old[table.old_place].hash == 0:
            table.old_place += 1
            continue
        entry = table.old[table.old_place]
        take_out(table.old, table.old_capacity, table.old_place)
        put(table.entries, table.capacity, &entry)
    if table.old_place == table.old_capacity:
        free(table.old)
        table.old = NULL
        table.old_capacity = table.old_place = 0


cdef int names_grow(NameTable *table, int64_t more) except -1 nogil:
    """Make room for ``more`` further names at no more than half full; raise MemoryError if there is none.

    A large table moves over little by little, with every name that is put in or taken out: of a million names
    all at once would be 100 ms.
    """
    cdef int64_t capacity = table.capacity if table.capacity > 16 else 16
    cdef NameEntry *entries
    while (table.n + more) * 2 > capacity:
        capacity *= 2
    if capacity == table.capacity:
        return 0
    entries = <NameEntry *> calloc(<size_t> capacity, sizeof(NameEntry))
    if entries == NULL:
        raise MemoryError
    if table.old != NULL:
        move_over(table, MAX_PLACES)
    table.old, table.old_capacity, table.old_place = table.entries, table.capacity, 0
    table.entries, table.capacity = entries, capacity
    if table.old_capacity <= AT_ONCE:
        move_over(table, MAX_PLACES)
    return 0


# ---------------------------------------------------------------------- the table

cdef NameEntry *names_find(
    const NameTable *table, int32_t kind, const char *text, int32_t length, uint64_t hash
) noexcept nogil:
    """Return the entry of a name, or NULL. ``hash`` is the hash of the bytes alone."""
    cdef uint64_t key = keyed(kind, hash)
    cdef NameEntry *entry = find(table.entries, table.capacity, key, kind, text, length)
    if entry == NULL and table.old != NULL:
        entry = find(table.old, table.old_capacity, key, kind, text, length)
    return entry


cdef void names_put(
    NameTable *table, int32_t kind, const char *text, int32_t length, uint64_t hash, int64_t value
) noexcept nogil:
    """Put in a name that is not there; room has been reserved."""
    cdef NameEntry entry = NameEntry(keyed(kind, hash), text, length, kind, value)
    put(table.entries, table.capacity, &entry)
    table.n += 1
    if table.old != NULL:
        move_over(table, PLACES_A_STEP)


cdef void names_remove(NameTable *table, int32_t kind, const char *text, int32_t length, uint64_t hash) noexcept nogil:
    """Take out a name, if it is there."""
    cdef NameEntry *entry = names_find(table, kind, text, length, hash)
    if entry == NULL:
        return
    if table.old != NULL and table.old <= entry < table.old + table.old_capacity:
        take_out(table.old, table.old_capacity, entry - table.old)
    else:
        take_out(table.entries, table.capacity, entry - table.entries)
    table.n -= 1
    if table.old != NULL:
        move_over(table, PLACES_A_STEP)


cdef void names_free(NameTable *table) noexcept nogil:
    free(table.entries)
    free(table.old)


cdef class NamesProbe:
    """A table of names of one kind, for tests. ``spread``: how many different hashes there are."""

    cdef NameTable table
    cdef dict kept
    cdef uint64_t spread

    def __cinit__(self, uint64_t spread):
        self.kept = {}
        self.spread = spread

    def __dealloc__(self):
        names_free(&self.table)

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
