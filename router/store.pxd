"""Memory and book-keeping of a center: room, slots, timers, events, names, answers."""

from libc.stdint cimport int32_t, int64_t, uint64_t

from .model cimport Answer, Center, Command, Item, List, Name, Ring, Slots


cdef enum:
    # What one command or one timer may need at most before room is made again: an agent holds at most
    # UNITS things, each of which may return, be offered anew and bring its agent back.
    OFFERS_A_STEP = 256
    TIMERS_A_STEP = 640
    EVENTS_A_STEP = 1024
    ENDS_A_STEP = 256


cdef extern from *:
    """
    /* A debug build moves small arrays whenever room is asked for, so that a sanitizer sees who keeps a pointer. */
    #ifdef ACDCORE_DEBUG
    #define ACD_MOVES 1
    #else
    #define ACD_MOVES 0
    #endif
    """
    const bint ACD_MOVES


cdef Center *center_new() except NULL
cdef void center_free(Center *c) noexcept

cdef int reserve_all(Center *c) except -1 nogil
cdef int timers_reserve(Center *c, int64_t more) except -1 nogil
cdef int reserve_array(void **array, int32_t *capacity, int64_t n, size_t size) except -1 nogil
cdef int slots_reserve(Slots *slots, void **array, int64_t more, size_t size) except -1 nogil
cdef int places_reserve(int32_t **places, int32_t before, int32_t capacity) except -1 nogil
cdef int list_reserve(List *one, int64_t n) except -1 nogil

cdef int name_keep(Name *name, const char *text, int32_t length) except -1 nogil
cdef void name_drop(Name *name) noexcept nogil

cdef int32_t slot_take(Slots *slots) noexcept nogil
cdef void slot_give_back(Slots *slots, int32_t slot) noexcept nogil
cdef void ring_push(Ring *ring, int32_t slot) noexcept nogil
cdef int32_t ring_pop(Ring *ring) noexcept nogil

cdef int32_t timer_arm(Center *c, int32_t kind, int32_t owner, int64_t deadline_ns) noexcept nogil
cdef void timer_disarm(Center *c, int32_t *timer) noexcept nogil

cdef void emit(
    Center *c, int32_t event, int32_t cause, int64_t interaction, int64_t offer, int64_t assignment,
    int32_t queue, int32_t tier, int32_t agent, int64_t x, int64_t y
) noexcept nogil

cdef int32_t cell_of(Center *c, int32_t queue, int32_t tier) except -1 nogil

cdef uint64_t fingerprint(const Command *command, const char *name, const Item *items) noexcept nogil
cdef bint answer_find(Center *c, const Command *command, uint64_t print_, Answer *answer) noexcept nogil
cdef int answer_reserve(Center *c) except -1 nogil
cdef void answer_remember(Center *c, const Command *command, uint64_t print_, const Answer *answer) noexcept nogil

cdef void customer_remember(
    Center *c, uint64_t high, uint64_t low, int64_t number, int32_t agent) noexcept nogil
cdef int32_t customer_find(Center *c, uint64_t high, uint64_t low) noexcept nogil   # who served them last, or -1

cdef void forget_oldest(Center *c) noexcept nogil

cdef inline int64_t handle_of(int32_t generation, int32_t slot) noexcept nogil:
    return (<int64_t> generation << 32) | slot


cdef inline int32_t next_generation(int32_t generation) noexcept nogil:
    """Return the generation of a slot that is given to somebody else; never 0, so that 0 is no handle."""
    return 1 if generation == 0x7FFFFFFF else generation + 1


cdef inline void refuse(Answer *answer, int32_t code, int64_t value) noexcept nogil:
    answer.code = code
    answer.value = value


cdef inline void list_push(List *one, int32_t slot) noexcept nogil:
    one.slots[one.n] = slot
    one.n += 1


cdef inline void dirty_interaction(Center *c, int32_t slot) noexcept nogil:
    if not c.interactions[slot].dirty:
        c.interactions[slot].dirty = 1
        list_push(&c.dirty_interactions, slot)


cdef inline void dirty_offer(Center *c, int32_t slot) noexcept nogil:
    if not c.offers[slot].dirty:
        c.offers[slot].dirty = 1
        list_push(&c.dirty_offers, slot)


cdef inline void dirty_assignment(Center *c, int32_t slot) noexcept nogil:
    if not c.assignments[slot].dirty:
        c.assignments[slot].dirty = 1
        list_push(&c.dirty_assignments, slot)


cdef inline void dirty_agent(Center *c, int32_t slot) noexcept nogil:
    if not c.agents[slot].dirty:
        c.agents[slot].dirty = 1
        list_push(&c.dirty_agents, slot)


cdef inline void dirty_group(Center *c, int32_t slot) noexcept nogil:
    if not c.groups[slot].dirty:
        c.groups[slot].dirty = 1
        list_push(&c.dirty_groups, slot)


cdef inline void dirty_queue(Center *c, int32_t slot) noexcept nogil:
    if not c.queues[slot].dirty:
        c.queues[slot].dirty = 1
        list_push(&c.dirty_queues, slot)


cdef inline bint has_slots(const Slots *slots, int32_t more) noexcept nogil:
    return slots.used - slots.n_free + more <= slots.capacity


cdef inline int reserve(Center *c) except -1 nogil:
    """Make all room that one command or one timer may need, where there is not enough; see reserve_all."""
    if not ACD_MOVES and (
        has_slots(&c.interaction_slots, 1) and has_slots(&c.offer_slots, OFFERS_A_STEP)
        and has_slots(&c.assignment_slots, OFFERS_A_STEP) and has_slots(&c.ban_slots, ENDS_A_STEP)
        and has_slots(&c.timer_slots, TIMERS_A_STEP) and has_slots(&c.customer_slots, OFFERS_A_STEP)
        and c.ended_interactions.n + ENDS_A_STEP <= c.ended_interactions.capacity
        and c.ended_offers.n + OFFERS_A_STEP <= c.ended_offers.capacity
        and c.n_agents < c.dirty_agents.capacity and c.n_agents < c.touched.capacity
        and c.n_agents < c.candidates.capacity and c.n_queues < c.dirty_queues.capacity
        and c.n_events + EVENTS_A_STEP <= c.events_capacity
    ):
        return 0
    return reserve_all(c)
