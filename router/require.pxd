"""Interned requirements, groups of agents, and demands: who is of the right kind, whatever they are doing."""

from libc.stdint cimport int32_t, int64_t, uint64_t

from .model cimport Center, Item


# Requirements. One is made with no references; who keeps it holds it, and releases it in the end.
cdef int32_t requirement_of(Center *c, const Item *items, int32_t n) except -1 nogil
cdef void requirement_hold(Center *c, int32_t requirement) noexcept nogil
cdef void requirement_release(Center *c, int32_t requirement) noexcept nogil
cdef bint requirement_is_empty(Center *c, int32_t requirement) noexcept nogil

# Groups. One is made without members; the last member who leaves takes it along.
cdef int32_t group_of(Center *c, const Item *items, int32_t n) except -1 nogil
cdef int group_join(Center *c, int32_t group) except -1 nogil
cdef void group_leave(Center *c, int32_t group) noexcept nogil
cdef void group_signed_in(Center *c, int32_t group, int32_t more) noexcept nogil
cdef void group_at_hand(Center *c, int32_t group, int32_t more) noexcept nogil
cdef int64_t count_at_hand(Center *c, int32_t requirement, int32_t channel) noexcept nogil
cdef bint is_hopeless_for(Center *c, int32_t requirement, int32_t extra, int32_t channel) noexcept nogil
cdef int32_t preferred_met(Center *c, int32_t group, int32_t requirement) noexcept nogil
cdef int32_t sum_of_levels(Center *c, int32_t group, int32_t requirement) noexcept nogil

# Indices of available agents: one for each channel and inner order that some queue needs.
cdef int kind_use(Center *c, int32_t channel, int64_t strategy) except -1 nogil
cdef int inner_order(int64_t strategy) noexcept nogil

# Demands. One is filed while somebody waits in one of its lines.
cdef int32_t demand_of(Center *c, int32_t requirement, int32_t extra, int32_t channel) except -1 nogil
cdef void demand_drop(Center *c, int32_t demand) noexcept nogil
cdef int file_demand(Center *c, int32_t demand) except -1 nogil
cdef void unfile_demand(Center *c, int32_t demand) noexcept nogil

cdef inline bint has_bit(const uint64_t *bits, int32_t i) noexcept nogil:
    return (bits[i >> 6] >> (i & 63)) & 1


cdef inline void set_bit(uint64_t *bits, int32_t i) noexcept nogil:
    bits[i >> 6] |= <uint64_t> 1 << (i & 63)


cdef inline void clear_bit(uint64_t *bits, int32_t i) noexcept nogil:
    bits[i >> 6] &= ~(<uint64_t> 1 << (i & 63))


cdef inline bint is_suited_group(Center *c, int32_t group, int32_t requirement, int32_t extra) noexcept nogil:
    """Say whether agents of the group have the skills of a requirement and, if there is one, of another."""
    return has_bit(c.requirements[requirement].groups, group) and (
        extra < 0 or has_bit(c.requirements[extra].groups, group)
    )


cdef inline int32_t words_of_groups(Center *c) noexcept nogil:
    return c.group_slots.capacity // 64
