"""Queues and the requirements of their plans, read item by item."""

from libc.stdint cimport int32_t

from .model cimport Answer, Center, Command, Item


cdef int define_queue(
    Center *c, const Command *command, const char *name, const Item *items, Answer *answer) except -1 nogil
cdef bint is_of_requirement(const Item *item) noexcept nogil
cdef bint requirement_item_is_good(
    Center *c, const Item *items, int32_t first, int32_t i, Answer *answer) noexcept nogil
