"""Interned requirements and groups of agents: who is of the right kind, whatever they are doing."""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t

from .model cimport Center, Item, Requirement


# Requirements. One is made with no references; who keeps it holds it, and releases it in the end.
cdef int32_t requirement_of(Center *c, const Item *items, int32_t n) except -1 nogil
cdef int32_t requirement_keyed(Center *c, int32_t *key, int32_t length) except -1 nogil   # length in bytes
cdef void requirement_hold(Center *c, int32_t requirement) noexcept nogil
cdef void requirement_release(Center *c, int32_t requirement) noexcept nogil
cdef bint requirement_is_empty(Center *c, int32_t requirement) noexcept nogil
cdef uint64_t needs_of(const Requirement *one) noexcept nogil  # a bit for each skill that nobody may be without

# Groups. One is made without members; the last member who leaves takes it along.
cdef int32_t group_of(Center *c, const Item *items, int32_t n) except -1 nogil
cdef int32_t group_keyed(Center *c, int32_t *key, int32_t length) except -1 nogil
cdef int group_join(Center *c, int32_t group) except -1 nogil
cdef void group_leave(Center *c, int32_t group) noexcept nogil
cdef void group_signed_in(Center *c, int32_t group, int32_t more) noexcept nogil
cdef void group_at_hand(Center *c, int32_t group, int32_t more) noexcept nogil
cdef int64_t count_at_hand(Center *c, int32_t requirement, int32_t channel) noexcept nogil
cdef bint is_hopeless_for(Center *c, int32_t requirement, int32_t extra, int32_t channel) noexcept nogil
cdef int32_t preferred_met(Center *c, int32_t group, int32_t requirement) noexcept nogil
cdef int32_t sum_of_levels(Center *c, int32_t group, int32_t requirement) noexcept nogil
cdef int longer_bits(uint64_t **rows, int32_t n, int32_t before, int32_t words) except -1 nogil
cdef int row_longer(uint64_t **row, int32_t before, int32_t words) except -1 nogil


cdef inline bint has_bit(const uint64_t *bits, int32_t i) noexcept nogil:
    return (bits[i >> 6] >> (i & 63)) & 1


cdef inline void set_bit(uint64_t *bits, int32_t i) noexcept nogil:
    bits[i >> 6] |= <uint64_t> 1 << (i & 63)


cdef inline void clear_bit(uint64_t *bits, int32_t i) noexcept nogil:
    bits[i >> 6] &= ~(<uint64_t> 1 << (i & 63))


# A row has a bit for each group and, behind these, one for each word of them that is not 0, so that
# a row with few bits is read in few steps, however many groups there are.

cdef inline int32_t words_of_groups(Center *c) noexcept nogil:
    return c.group_slots.capacity // 64


cdef inline int32_t words_of_row(int32_t words) noexcept nogil:
    """Return how long a row is whose groups take ``words`` words."""
    return words + (words + 63) // 64


cdef inline void row_set(uint64_t *row, int32_t words, int32_t i) noexcept nogil:
    set_bit(row, i)
    set_bit(row + words, i >> 6)


cdef inline void row_set_word(uint64_t *row, int32_t words, int32_t w, uint64_t bits) noexcept nogil:
    """Set all bits of a word, of which some are."""
    row[w] = bits
    set_bit(row + words, w)


cdef inline void row_clear(uint64_t *row, int32_t words, int32_t i) noexcept nogil:
    clear_bit(row, i)
    if row[i >> 6] == 0:
        clear_bit(row + words, i >> 6)


cdef inline uint64_t skill_bit(int32_t skill) noexcept nogil:
    """Return the bit that stands for a skill where 64 bits stand for all."""
    return <uint64_t> 1 << (skill & 63)


cdef inline uint32_t bits_folded(uint64_t bits) noexcept nogil:
    """Return the bits of skills in half the room: who has not all of these has not all of those."""
    return <uint32_t> (bits | bits >> 32)


cdef inline bint is_broad(uint32_t needs) noexcept nogil:
    """Say whether so few skills are needed, one or none, that many have them."""
    return needs & (needs - 1) == 0


cdef inline bint is_suited_group(Center *c, int32_t group, int32_t requirement, int32_t extra) noexcept nogil:
    """Say whether agents of the group have the skills of a requirement and, if there is one, of another."""
    return has_bit(c.requirements[requirement].groups, group) and (
        extra < 0 or has_bit(c.requirements[extra].groups, group)
    )
