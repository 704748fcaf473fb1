"""Queues and the requirements of their plans, read item by item."""

from libc.stdint cimport int32_t

from .model cimport Answer, Center, Command, Item, Step


cdef int define_queue(
    Center *c, const Command *command, const char *name, const Item *items, Answer *answer) except -1 nogil
cdef bint is_of_requirement(const Item *item) noexcept nogil
# ``first`` is where the requirement that item ``i`` belongs to begins.
cdef bint requirement_item_is_good(
    Center *c, const Item *items, int32_t first, int32_t i, Answer *answer) noexcept nogil
# Write into the cell of a (queue, tier), which there is, what the queue promises to the tier.
cdef bint step_has_gate(const Step *step) noexcept nogil
cdef void cell_promise(Center *c, int32_t queue, int32_t tier) noexcept nogil
