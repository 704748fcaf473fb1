# cython: cdivision=True
"""Sorted blocks of groups; see order.pxd."""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport calloc, free, realloc
from libc.string cimport memmove

from .heap cimport AgentKey, agent_before

cdef enum:
    NOBODY = -1
    OUT_OF_STEPS = -2


# ---------------------------------------------------------------------- room

cdef int order_reserve(Order *order, int64_t n) except -1 nogil:
    """Make room for ``n`` groups; raise MemoryError if there is none.

    Two blocks that follow each other have more than half a block's worth: hence the number of blocks.
    """
    cdef int64_t wanted = 4 * n // ACD_BLOCK + 3
    cdef int32_t capacity = order.capacity, i
    cdef void *moved
    if wanted <= capacity:
        return 0
    if wanted < 2 * capacity:
        wanted = 2 * capacity
    if wanted > 0x3FFFFFFF:
        raise MemoryError
    moved = realloc(order.blocks, <size_t> wanted * sizeof(Block))
    if moved == NULL:
        raise MemoryError
    order.blocks = <Block *> moved
    moved = realloc(order.free, <size_t> wanted * sizeof(int32_t))
    if moved == NULL:
        raise MemoryError
    order.free = <int32_t *> moved
    moved = realloc(order.sequence, 2 * <size_t> wanted * sizeof(int32_t))
    if moved == NULL:
        raise MemoryError
    order.sequence = <int32_t *> moved
    for i in range(capacity, <int32_t> wanted):
        order.free[order.n_free] = i
        order.n_free += 1
    order.capacity = <int32_t> wanted
    return 0


cdef void order_free(Order *order) noexcept:
    free(order.blocks)
    free(order.free)
    free(order.sequence)


cdef void order_clear(Order *order, Available *groups) noexcept nogil:
    """Take everybody out."""
    cdef int32_t i, j
    cdef const Block *block
    for i in range(order.first, order.first + order.n):
        block = &order.blocks[order.sequence[i]]
        for j in range(block.first, block.first + block.n):
            groups[block.groups[j]].block = -1
        order.free[order.n_free] = order.sequence[i]
        order.n_free += 1
    order.first = order.n = 0


# ---------------------------------------------------------------------- blocks

cdef inline bint ranks_before(const Available *groups, int32_t one, int64_t word, int32_t two) noexcept nogil:
    """Say whether one group's first agent ranks before another's, whose word is ``word``."""
    if groups[one].word != word:
        return groups[one].word < word
    return agent_before(&groups[one].heap.entries[0], &groups[two].heap.entries[0])


cdef void note_places(Order *order, int32_t place, int32_t end) noexcept nogil:
    """Tell the blocks of a part of the sequence where they stand."""
    while place < end:
        order.blocks[order.sequence[place]].place = place
        place += 1


cdef Block *block_new(Order *order, int32_t place) noexcept nogil:
    """Return an empty block at a place of the sequence, those from there on standing one further."""
    cdef int32_t number, end
    cdef Block *block
    if order.first + order.n == 2 * order.capacity:  # back to the front; so many have gone from there
        place -= order.first
        memmove(order.sequence, order.sequence + order.first, <size_t> order.n * sizeof(int32_t))
        order.first = 0
        note_places(order, 0, order.n)
    order.n_free -= 1
    number = order.free[order.n_free]
    end = order.first + order.n
    memmove(order.sequence + place + 1, order.sequence + place, <size_t> (end - place) * sizeof(int32_t))
    order.sequence[place] = number
    order.n += 1
    note_places(order, place, end + 1)
    block = &order.blocks[number]
    block.first = block.n = 0
    return block


cdef void block_drop(Order *order, Block *block) noexcept nogil:
    """Take an empty block from the sequence."""
    cdef int32_t place = block.place, end = order.first + order.n
    order.free[order.n_free] = order.sequence[place]
    order.n_free += 1
    order.n -= 1
    if place == order.first:
        order.first += 1
        return
    memmove(order.sequence + place, order.sequence + place + 1, <size_t> (end - place - 1) * sizeof(int32_t))
    note_places(order, place, end - 1)


cdef inline void shift(Block *block, int32_t entry, int32_t n, int32_t by) noexcept nogil:
    """Move ``n`` entries of a block."""
    memmove(&block.words[entry + by], &block.words[entry], <size_t> n * sizeof(int64_t))
    memmove(&block.groups[entry + by], &block.groups[entry], <size_t> n * sizeof(int32_t))


cdef void move_entries(
    Order *order, Available *groups, Block *source, int32_t entry, Block *to, int32_t at, int32_t n
) noexcept nogil:
    """Move entries from one block into the room that there is in another."""
    cdef int32_t i, number = order.sequence[to.place]
    for i in range(n):
        to.words[at + i] = source.words[entry + i]
        to.groups[at + i] = source.groups[entry + i]
        groups[to.groups[at + i]].block = number


cdef Block *split(Order *order, Available *groups, Block *block) noexcept nogil:
    """Move the upper half of a full block into a new one behind it, and return that."""
    cdef Block *upper = block_new(order, block.place + 1)
    cdef int32_t half = ACD_BLOCK // 2
    block.n -= half
    upper.n = half
    move_entries(order, groups, block, block.first + block.n, upper, 0, half)
    return upper


cdef void join(Order *order, Available *groups, Block *block, Block *behind) noexcept nogil:
    """Move all entries of a block to the end of the one before it."""
    if block.first + block.n + behind.n > ACD_BLOCK:
        shift(block, block.first, block.n, -block.first)
        block.first = 0
    move_entries(order, groups, behind, behind.first, block, block.first + block.n, behind.n)
    block.n += behind.n
    behind.n = 0
    block_drop(order, behind)


# ---------------------------------------------------------------------- entries

cdef Block *block_for(const Order *order, const Available *groups, int32_t group) noexcept nogil:
    """Return the last block whose first entry ranks before a group, or the first block."""
    cdef int32_t low = order.first, high = order.first + order.n - 1, middle
    cdef const Block *block
    while low < high:
        middle = (low + high + 1) // 2
        block = &order.blocks[order.sequence[middle]]
        if ranks_before(groups, group, block.words[block.first], block.groups[block.first]):
            high = middle - 1
        else:
            low = middle
    return &order.blocks[order.sequence[low]]


cdef int32_t entry_for(const Block *block, const Available *groups, int32_t group) noexcept nogil:
    """Return the place in a block before which a group belongs."""
    cdef int32_t low = block.first, high = block.first + block.n, middle
    while low < high:
        middle = (low + high) // 2
        if ranks_before(groups, group, block.words[middle], block.groups[middle]):
            high = middle
        else:
            low = middle + 1
    return low


cdef void put(Order *order, Available *groups, Block *block, int32_t entry, int32_t group) noexcept nogil:
    """Put a group before an entry of a block that is not full, moving the fewer of the others if there is room."""
    cdef int32_t before = entry - block.first, end = block.first + block.n
    if block.first and (end == ACD_BLOCK or before < block.n - before):
        shift(block, block.first, before, -1)
        block.first -= 1
        entry -= 1
    else:
        shift(block, entry, end - entry, 1)
    block.words[entry] = groups[group].word
    block.groups[entry] = group
    block.n += 1
    groups[group].block = order.sequence[block.place]


cdef void order_add(Order *order, Available *groups, int32_t group) noexcept nogil:
    """Put a group in, by the key of its first agent; mostly nobody has become available later."""
    cdef Block *block
    cdef Block *upper
    cdef int32_t entry, end
    if order.n == 0:
        block = block_new(order, order.first)
        put(order, groups, block, 0, group)
        return
    block = &order.blocks[order.sequence[order.first + order.n - 1]]
    end = block.first + block.n
    if not ranks_before(groups, group, block.words[end - 1], block.groups[end - 1]):
        if end == ACD_BLOCK and block.n > ACD_BLOCK // 2:
            block = block_new(order, order.first + order.n)
            end = 0
        put(order, groups, block, end, group)
        return
    block = block_for(order, groups, group)
    entry = entry_for(block, groups, group)
    if block.n == ACD_BLOCK:
        upper = split(order, groups, block)
        if entry > block.n:
            entry -= block.n
            block = upper
    put(order, groups, block, entry, group)


cdef void order_drop(Order *order, Available *groups, int32_t group) noexcept nogil:
    """Take a group out; its words need not be right any more."""
    cdef Block *block = &order.blocks[groups[group].block]
    cdef Block *next_to
    cdef int32_t entry = block.first, after
    while block.groups[entry] != group:
        entry += 1
    groups[group].block = -1
    after = block.first + block.n - entry - 1
    if entry - block.first < after:
        shift(block, block.first, entry - block.first, 1)
        block.first += 1
    else:
        shift(block, entry + 1, after, -1)
    block.n -= 1
    if block.n == 0:
        block_drop(order, block)
        return
    if block.n > ACD_BLOCK // 2:
        return
    if block.place > order.first:
        next_to = &order.blocks[order.sequence[block.place - 1]]
        if next_to.n + block.n <= ACD_BLOCK // 2:
            join(order, groups, next_to, block)
            return
    if block.place + 1 < order.first + order.n:
        next_to = &order.blocks[order.sequence[block.place + 1]]
        if next_to.n + block.n <= ACD_BLOCK // 2:
            join(order, groups, block, next_to)


cdef int32_t walk_on(const Order *order, const uint64_t *one, const uint64_t *two, Walk *walk) noexcept nogil:
    """Return the next group whose bit is set in both rows, NOBODY at the end, OUT_OF_STEPS if too many had it not."""
    cdef const Block *block
    cdef int32_t group, i, end
    cdef uint64_t word
    while walk.block < order.n:
        block = &order.blocks[order.sequence[order.first + walk.block]]
        end = block.first + block.n
        for i in range(block.first + walk.entry, end):
            group = block.groups[i]
            word = one[group >> 6] & two[group >> 6]
            if (word >> (group & 63)) & 1:
                walk.steps -= i + 1 - block.first - walk.entry
                walk.entry = i + 1 - block.first
                return group
        walk.steps -= block.n - walk.entry
        walk.block += 1
        walk.entry = 0
        if walk.steps < 0:
            return OUT_OF_STEPS
    return NOBODY


cdef bint order_is_sound(const Order *order, const Available *groups) noexcept nogil:
    """Say whether everything is where it is said to be, in order, and no two blocks are nearly empty."""
    cdef const Block *block
    cdef const Block *before = NULL
    cdef int32_t i, j, group, last = -1
    for i in range(order.first, order.first + order.n):
        block = &order.blocks[order.sequence[i]]
        if block.place != i or block.n < 1 or block.first < 0 or block.first + block.n > ACD_BLOCK:
            return False
        if before != NULL and before.n + block.n <= ACD_BLOCK // 2:
            return False
        before = block
        for j in range(block.first, block.first + block.n):
            group = block.groups[j]
            if groups[group].block != order.sequence[i] or groups[group].word != block.words[j]:
                return False
            if last >= 0 and not ranks_before(groups, last, block.words[j], group):
                return False
            last = group
    return order.n + order.n_free == order.capacity


cdef class OrderProbe:
    """An order of groups 0 to ``n`` - 1 with one agent each, for tests."""

    cdef Order order
    cdef Available *groups
    cdef AgentKey *keys
    cdef int32_t n

    def __cinit__(self, int32_t n):
        cdef int32_t i
        self.n = n
        self.groups = <Available *> calloc(<size_t> n + 1, sizeof(Available))
        self.keys = <AgentKey *> calloc(<size_t> n + 1, sizeof(AgentKey))
        if self.groups == NULL or self.keys == NULL:
            raise MemoryError
        for i in range(n):
            self.groups[i].block = -1
            self.groups[i].heap.entries = &self.keys[i]
        order_reserve(&self.order, n)

    def __dealloc__(self):
        order_free(&self.order)
        free(self.groups)
        free(self.keys)

    def add(self, int32_t group, int64_t word, int64_t rest):
        """Put a group in by the key (word, rest, group); it must not be in."""
        assert 0 <= group < self.n and self.groups[group].block < 0
        self.keys[group] = AgentKey(word, rest, 0, 0, 0, 0, group, group)
        self.groups[group].word = word
        order_add(&self.order, self.groups, group)

    def drop(self, int32_t group):
        """Take a group out; it must be in."""
        assert 0 <= group < self.n and self.groups[group].block >= 0
        order_drop(&self.order, self.groups, group)

    def clear(self):
        """Take everybody out."""
        order_clear(&self.order, self.groups)

    def walk(self, wanted, int64_t steps):
        """Return those of ``wanted`` in order, and whether the walk came to its end within ``steps``."""
        cdef uint64_t *row = <uint64_t *> calloc(<size_t> self.n // 64 + 1, sizeof(uint64_t))
        cdef Walk walk = Walk(0, 0, steps)
        cdef int32_t group
        if row == NULL:
            raise MemoryError
        for group in wanted:
            row[group >> 6] |= <uint64_t> 1 << (group & 63)
        found = []
        group = walk_on(&self.order, row, row, &walk)
        while group >= 0:
            found.append(group)
            group = walk_on(&self.order, row, row, &walk)
        free(row)
        return found, group == NOBODY

    def is_sound(self):
        """Say whether the blocks are as they are to be."""
        return order_is_sound(&self.order, self.groups)
