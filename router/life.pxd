"""What happens to interactions, offers and assignments: every transition of the law."""

from libc.stdint cimport int32_t, int64_t, uint32_t

from .law cimport FREE
from .model cimport Cell, Center, Interaction, Slots
from .store cimport emit, handle_of


cdef void change_state(Center *c, int32_t slot, int32_t state) noexcept nogil   # and what follows
cdef void begin_waiting(Center *c, int32_t slot) noexcept nogil     # joins its queue, unsettled and woken
cdef void arrive(Center *c, int32_t slot) noexcept nogil            # the same for a new one
cdef void place(Center *c, int32_t slot, int64_t priority) noexcept nogil
cdef void tell_priority(Center *c, int32_t slot, int32_t old, int32_t cause) noexcept nogil  # if it has changed
cdef void prefer_last_agent(Center *c, int32_t slot) noexcept nogil
cdef void set_priority(Center *c, int32_t slot, int32_t priority, bint has_own, int32_t cause) noexcept nogil
cdef void return_interaction(Center *c, int32_t slot, int32_t cause) noexcept nogil
cdef void hold(Center *c, int32_t slot, int64_t until_ns, int32_t cause) noexcept nogil
cdef void release(Center *c, int32_t slot, int32_t cause) noexcept nogil
cdef int move(Center *c, int32_t slot, int32_t queue, int32_t cause, int64_t priority) except -1 nogil
cdef int overflow(Center *c, int32_t slot, int64_t queue, int32_t cause) except -1 nogil   # 1: moved, 0: not
cdef void reject(Center *c, int32_t slot, int32_t cause) noexcept nogil
cdef void expire(Center *c, int32_t slot) noexcept nogil
cdef void abandon(Center *c, int32_t slot, int32_t cause) noexcept nogil
cdef void offer_to(Center *c, int32_t slot, const int32_t *agents, int32_t n) noexcept nogil
cdef void emit_offer(
    Center *c, int32_t event, int32_t cause, int32_t slot, int64_t assignment, int64_t x, int64_t y) noexcept nogil
cdef void link_offer(Center *c, int32_t slot) noexcept nogil         # pending: last of its interaction's and agent's
cdef void link_assignment(Center *c, int32_t slot) noexcept nogil    # active or in wrap-up: last of its agent's
cdef int64_t accept_offer(Center *c, int32_t slot, int32_t cause) noexcept nogil            # the assignment's handle
cdef void withdraw_offers(Center *c, int32_t slot, int32_t cause) noexcept nogil
cdef int miss(                      # cool_down_ns 0: the queue's
    Center *c, int32_t slot, int32_t state, int32_t event, int32_t cause, int64_t cool_down_ns
) except -1 nogil
cdef int offer_expires(Center *c, int32_t slot) except -1 nogil
cdef int revoke_offers(Center *c, int32_t agent, int32_t cause) except -1 nogil
cdef void cool_downs_end(Center *c, int32_t slot) noexcept nogil
cdef void end_talk(Center *c, int32_t slot, int32_t cause) noexcept nogil
cdef void end_assignment(Center *c, int32_t slot, int32_t cause) noexcept nogil
cdef int return_work(Center *c, int32_t agent, int32_t cause) except -1 nogil
cdef int media_failed(Center *c, int32_t slot) except -1 nogil

cdef inline int64_t slot_in(const Slots *slots, int64_t handle) noexcept nogil:
    """Return the slot that a handle names if the pool has ever used it, or -1."""
    cdef int64_t slot = <int64_t> (<uint32_t> handle)
    return slot if slot < slots.used else -1


cdef inline int32_t interaction_slot(Center *c, int64_t handle) noexcept nogil:
    """Return the slot of an interaction, live or remembered, or -1."""
    cdef int64_t slot = slot_in(&c.interaction_slots, handle)
    if slot < 0 or c.interactions[slot].generation != handle >> 32 or c.interactions[slot].state == FREE:
        return -1
    return <int32_t> slot


cdef inline int32_t offer_slot(Center *c, int64_t handle) noexcept nogil:
    """Return the slot of an offer, pending or remembered, or -1."""
    cdef int64_t slot = slot_in(&c.offer_slots, handle)
    if slot < 0 or c.offers[slot].generation != handle >> 32 or c.offers[slot].state == FREE:
        return -1
    return <int32_t> slot


cdef inline int32_t assignment_slot(Center *c, int64_t handle) noexcept nogil:
    """Return the slot of an assignment that has not ended, or -1."""
    cdef int64_t slot = slot_in(&c.assignment_slots, handle)
    if slot < 0 or c.assignments[slot].generation != handle >> 32 or c.assignments[slot].state == FREE:
        return -1
    return <int32_t> slot


cdef inline void emit_interaction(
    Center *c, int32_t event, int32_t cause, int32_t slot, int32_t agent, int64_t x, int64_t y
) noexcept nogil:
    cdef Interaction *one = &c.interactions[slot]
    emit(c, event, cause, handle_of(one.generation, slot), 0, 0, one.queue, one.tier, agent, x, y)


cdef inline Cell *cell_at(Center *c, int32_t interaction) noexcept nogil:
    return &c.cells[c.interactions[interaction].cell]


cdef inline int64_t due_of(Center *c, int32_t slot) noexcept nogil:
    """Return the moment by which the promise is to be kept."""
    cdef const Cell *cell = cell_at(c, slot)
    return c.interactions[slot].since_ns + cell.promise_ns - cell.head_start_ns
