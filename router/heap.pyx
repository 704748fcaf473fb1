# cython: cdivision=True
"""Indexed 4-ary heaps; see heap.pxd."""

from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport free, malloc, realloc

ctypedef fused Entry:
    Rank
    AgentKey


cdef inline bint before(const Entry *one, const Entry *two) noexcept nogil:
    if Entry is Rank:
        return rank_before(one, two)
    else:
        return agent_before(one, two)


cdef void sift_up(Entry *entries, int32_t *places, int32_t place, Entry entry) noexcept nogil:
    """Put ``entry`` at ``place`` or above it, whichever keeps the order."""
    cdef int32_t parent
    while place > 0:
        parent = (place - 1) // ARITY
        if not before(&entry, &entries[parent]):
            break
        entries[place] = entries[parent]
        places[entries[place].id] = place
        place = parent
    entries[place] = entry
    places[entry.id] = place


cdef void sift_down(Entry *entries, int32_t *places, int32_t n, int32_t place, Entry entry) noexcept nogil:
    """Put ``entry`` at ``place`` or below it, whichever keeps the order."""
    cdef int32_t child, last, first
    while True:
        child = place * ARITY + 1
        if child >= n:
            break
        last = child + ARITY if child + ARITY < n else n
        first = child
        child += 1
        while child < last:
            if before(&entries[child], &entries[first]):
                first = child
            child += 1
        if not before(&entries[first], &entry):
            break
        entries[place] = entries[first]
        places[entries[place].id] = place
        place = first
    entries[place] = entry
    places[entry.id] = place


cdef void take_out(Entry *entries, int32_t *places, int32_t n, int32_t id) noexcept nogil:
    """Remove ``id`` from a heap that had n + 1 entries: the last one takes its place."""
    cdef int32_t place = places[id]
    cdef Entry moved
    places[id] = -1
    if place == n:  # often the only one, whose entry need not be read
        return
    moved = entries[n]
    if place > 0 and before(&moved, &entries[(place - 1) // ARITY]):
        sift_up(entries, places, place, moved)
    else:
        sift_down(entries, places, n, place, moved)


cdef bint is_sound(const Entry *entries, const int32_t *places, int32_t n) noexcept nogil:
    cdef int32_t place
    for place in range(n):
        if places[entries[place].id] != place:
            return False
        if place > 0 and not before(&entries[(place - 1) // ARITY], &entries[place]):
            return False
    return True


cdef int32_t grown(int32_t capacity, int32_t n) noexcept nogil:
    """Return a capacity of at least ``n``, doubled from the one there is."""
    cdef int64_t room = capacity if capacity > 4 else 4
    while room < n:
        room *= 2
    return <int32_t> room if room < 0x7FFFFFFF else 0x7FFFFFFF


cdef int rank_reserve(RankHeap *heap, int32_t n) except -1 nogil:
    """Make room for ``n`` entries; raise MemoryError if there is none."""
    cdef int32_t capacity
    cdef void *entries
    if n <= heap.capacity:
        return 0
    capacity = grown(heap.capacity, n)
    entries = realloc(heap.entries, <size_t> capacity * sizeof(Rank))
    if entries == NULL:
        raise MemoryError
    heap.entries = <Rank *> entries
    heap.capacity = capacity
    return 0


cdef void rank_push(RankHeap *heap, int32_t *places, const Rank *entry) noexcept nogil:
    heap.n += 1
    sift_up(heap.entries, places, heap.n - 1, entry[0])


cdef void rank_remove(RankHeap *heap, int32_t *places, int32_t id) noexcept nogil:
    heap.n -= 1
    take_out(heap.entries, places, heap.n, id)


cdef void rank_renew(RankHeap *heap, int32_t *places, const Rank *entry) noexcept nogil:
    """Give an entry that is in another key."""
    cdef int32_t place = places[entry.id]
    if place > 0 and rank_before(entry, &heap.entries[(place - 1) // ARITY]):
        sift_up(heap.entries, places, place, entry[0])
    else:
        sift_down(heap.entries, places, heap.n, place, entry[0])


cdef bint rank_is_sound(const RankHeap *heap, const int32_t *places) noexcept nogil:
    return is_sound(heap.entries, places, heap.n)


cdef int agent_reserve(AgentHeap *heap, int32_t n) except -1 nogil:
    """Make room for ``n`` entries; raise MemoryError if there is none."""
    cdef int32_t capacity
    cdef void *entries
    if n <= heap.capacity:
        return 0
    capacity = grown(heap.capacity, n)
    entries = realloc(heap.entries, <size_t> capacity * sizeof(AgentKey))
    if entries == NULL:
        raise MemoryError
    heap.entries = <AgentKey *> entries
    heap.capacity = capacity
    return 0


cdef void agent_push(AgentHeap *heap, int32_t *places, const AgentKey *entry) noexcept nogil:
    heap.n += 1
    sift_up(heap.entries, places, heap.n - 1, entry[0])


cdef void agent_remove(AgentHeap *heap, int32_t *places, int32_t id) noexcept nogil:
    heap.n -= 1
    take_out(heap.entries, places, heap.n, id)


cdef bint agent_is_sound(const AgentHeap *heap, const int32_t *places) noexcept nogil:
    return is_sound(heap.entries, places, heap.n)


cdef class HeapProbe:
    """A heap of ranks with ids 0 to ``ids`` - 1, for tests."""

    cdef RankHeap heap
    cdef int32_t *places
    cdef int32_t ids

    def __cinit__(self, int32_t ids):
        cdef int32_t i
        self.ids = ids
        self.places = <int32_t *> malloc((<size_t> ids + 1) * sizeof(int32_t))
        if self.places == NULL:
            raise MemoryError
        for i in range(ids):
            self.places[i] = -1

    def __dealloc__(self):
        free(self.heap.entries)
        free(self.places)

    def push(self, int32_t which, int64_t a, int64_t b):
        """Put ``which`` in by the key (a, b, which); it must not be in."""
        cdef Rank rank = Rank(a, b, which, 0, which)
        assert 0 <= which < self.ids and self.places[which] < 0
        rank_reserve(&self.heap, self.heap.n + 1)
        rank_push(&self.heap, self.places, &rank)

    def remove(self, int32_t which):
        """Take ``which`` out; it must be in."""
        assert 0 <= which < self.ids and self.places[which] >= 0
        rank_remove(&self.heap, self.places, which)

    def first(self):
        """Return the id that ranks first, or -1."""
        return self.heap.entries[0].id if self.heap.n else -1

    def is_sound(self):
        """Say whether the heap is one, and every place is right."""
        return rank_is_sound(&self.heap, self.places)
